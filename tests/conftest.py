"""Fixtures for every room: one PostgreSQL a session, and from it a new database for each test that wants one."""

import tempfile
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from eventlog.migrations import migrate
from runtime.embedded.database import Postgres, postgres

pytest_plugins = ["tests.engine", "tests.watched"]

NUMBERS = count(1)


@pytest.fixture(scope="session")
async def database_server() -> AsyncIterator[Postgres]:
    """A PostgreSQL of our own. It need not survive a power cut, so it does not wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with postgres(Path(home), options={"fsync": "off"}) as server:
            yield server


@pytest.fixture(scope="session")
async def migrated_template(database_server: Postgres) -> str:
    """The name of a database that has the log and nothing in it; nobody stays connected to it."""
    connection = await asyncpg.connect(database_server.dsn())
    try:
        await migrate(connection)
    finally:
        await connection.close()
    return "jieti"


@pytest.fixture
async def database(database_server: Postgres, migrated_template: str) -> AsyncIterator[str]:
    """How to connect, as superuser, to a migrated database that no other test sees."""
    name = f"test_{next(NUMBERS)}"
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await administrator.execute(f'create database "{name}" template "{migrated_template}" strategy file_copy')
        yield database_server.dsn(database=name)
        await administrator.execute(f'drop database "{name}" with (force)')
    finally:
        await administrator.close()
