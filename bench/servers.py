"""The servers that a benchmark needs: PostgreSQL and Temporal as `jieti demo` starts them, and processes beside them."""

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg

from runtime.client import connect
from runtime.embedded import Postgres, postgres, temporal
from runtime.namespace import prepare
from runtime.resources import migrate_all
from runtime.settings import PayloadKey, Settings
from workflows.contract import SEARCH_ATTRIBUTES

ROOT = Path(__file__).resolve().parent.parent
KEY = bytes(range(32))
START_SECONDS = 30.0
STOP_SECONDS = 30.0


@asynccontextmanager
async def database() -> AsyncIterator[tuple[Postgres, Settings]]:
    """A PostgreSQL with everything at its defaults, fsync on; its database is migrated and empty."""
    with tempfile.TemporaryDirectory(prefix="jieti-bench-") as home:
        async with postgres(Path(home)) as server:
            settings = Settings(database_url=server.dsn(), identity_key=KEY, token_key=KEY, log_level="warning")
            await migrate_all(settings)
            yield server, settings


@asynccontextmanager
async def both_servers() -> AsyncIterator[tuple[Settings, Path]]:
    """The same with a Temporal beside it, whose namespace is prepared; and where Temporal's database file is."""
    async with database() as (_, settings):
        with tempfile.TemporaryDirectory(prefix="jieti-bench-") as home:
            async with temporal(Path(home), port=0, ui_port=None) as server:
                told = replace(settings, temporal_address=server.address, payload_key=(PayloadKey("bench", KEY),))
                await prepare(await connect(told), retention=timedelta(days=365), search_attributes=SEARCH_ATTRIBUTES)
                yield told, Path(home) / "temporal.db"


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process with these settings, and nothing else in it."""
    found = {
        "JIETI_DATABASE_URL": settings.database_url or "",
        "JIETI_TEMPORAL_ADDRESS": settings.temporal_address or "",
        "JIETI_PAYLOAD_KEY": ",".join(f"{each.key_id}:{each.key.hex()}" for each in settings.payload_key),
        "JIETI_TOKEN_KEY": KEY.hex(),
        "JIETI_IDENTITY_KEY": KEY.hex(),
        "JIETI_TASK_QUEUE": settings.task_queue,
        "JIETI_LOG_LEVEL": settings.log_level,
        "PYTHONPATH": str(ROOT),
        "PATH": str(Path(sys.executable).parent),
    }
    return {name: value for name, value in found.items() if value}


@asynccontextmanager
async def process(
    command: Sequence[str], env: Mapping[str, str], *, pipes: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a Python program beside this one, and stop it at the end."""
    pipe = asyncio.subprocess.PIPE if pipes else None
    started = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=dict(env), cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 28
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(started.wait(), STOP_SECONDS)
        except TimeoutError:
            started.kill()
            await started.wait()


@asynccontextmanager
async def uvicorn(factory: str, env: Mapping[str, str]) -> AsyncIterator[int]:
    """Serve an application made by `module:function` on a free port, with the settings that all sides share."""
    port = _free_port()
    options = ["--factory", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    async with process(["-m", "uvicorn", factory, *options], env) as server:
        await _listening(port, server)
        yield port


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker as `worker.py` runs it: workflows, activities, the follower of the log."""
    async with process(["worker.py"], environment(settings)) as started:
        yield started


async def _listening(port: int, server: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if server.returncode is not None:
                message = f"the server on port {port} ended with {server.returncode}"
                raise RuntimeError(message)
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def emptied(server: Postgres, name: str, settings: Settings) -> Settings:
    """Another migrated, empty database on the same server."""
    administrator = await asyncpg.connect(server.dsn(database="postgres"))
    try:
        await administrator.execute(f'create database "{name}"')
    finally:
        await administrator.close()
    told = replace(settings, database_url=server.dsn(database=name))
    await migrate_all(told)
    return told
