"""Fixtures for every room: one PostgreSQL a session, and from it a new database for each test that wants one."""

import tempfile
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from eventlog.migrations import migrate
from runtime.embedded.database import Postgres, postgres

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
        await administrator.execute(f'create database "{name}" template "{migrated_template}"')
        yield database_server.dsn(database=name)
        await administrator.execute(f'drop database "{name}" with (force)')
    finally:
        await administrator.close()


@pytest.fixture(scope="session")
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """The log, the views and what goes with them, open."""
    async with open_resources(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def school(resources: Resources) -> School:
    """A school whose units are set up."""
    school = School(resources.desk)
    await school.establish()
    return school


@pytest.fixture(scope="session")
async def client(settings: Settings) -> Client:
    """A connection to Temporal as the processes have it."""
    return await connect(settings)


@pytest.fixture(scope="session")
async def worker(client: Client, settings: Settings, resources: Resources) -> AsyncIterator[Worker]:
    """A worker that serves the paths of the school."""
    paths = Paths(resources.desk)
    made = make_worker(client, settings, workflows=[Path], activities=[paths.record, paths.due, paths.send])
    async with made:
        yield made


@pytest.fixture
def engine(client: Client, settings: Settings, worker: Worker) -> Engine:
    """An engine whose workflows are served."""
    assert worker.task_queue == settings.task_queue
    return Engine(client, settings.task_queue)
