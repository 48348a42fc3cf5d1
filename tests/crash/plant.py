"""Everything that can be killed: both servers and a worker, each a process of its own, started again where it was."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from runtime.embedded import Postgres, Temporal, postgres, temporal
from runtime.resources import migrate_all
from runtime.settings import Settings
from tests.engine import IDENTITY_KEY, TEST_KEY

ROOT = Path(__file__).parents[2]
SELF = 0
"""Stands in a plan for the worker's own process id."""

Kill = tuple[int, int]
"""A process id and a signal."""


class Plant:
    """Both servers and a worker, in one directory."""

    def __init__(self, home: Path) -> None:
        """Stand still."""
        self._home = home
        self._databases, self._engines = AsyncExitStack(), AsyncExitStack()
        self.worker: asyncio.subprocess.Process | None = None
        self.channels: Path | None = None
        self.database: Postgres
        self.engine: Temporal

    @property
    def settings(self) -> Settings:
        """The settings of every process here."""
        return Settings(
            database_url=self.database.dsn(),
            temporal_address=self.engine.address,
            payload_key=(TEST_KEY,),
            identity_key=IDENTITY_KEY,
            gather_seconds=1,
            channels_file=self.channels,
        )

    def mail_goes_to(self, port: int) -> None:
        """Have the workers that are started from now on send mail there."""
        mail = {"kind": "mail", "host": "127.0.0.1", "port": port, "tls": "none", "from": "jieti@example.edu.cn"}
        self.channels = self._home / "channels.yaml"
        self.channels.write_text(json.dumps({"channels": {"mail": mail}}), encoding="utf-8")

    async def start_database(self) -> None:
        """Start PostgreSQL, or start it again where it was."""
        await self._databases.aclose()
        self.database = await self._databases.enter_async_context(postgres(self._home / "postgres"))

    async def start_engine(self) -> None:
        """Start Temporal, or start it again at the same address."""
        await self._engines.aclose()
        port = int(self.engine.address.rpartition(":")[2]) if hasattr(self, "engine") else 0
        self.engine = await self._engines.enter_async_context(
            temporal(self._home / "temporal", port=port, ui_port=None)
        )

    async def forget_engine(self) -> None:
        """Lose all of Temporal's data, and start it again."""
        await self._engines.aclose()
        for file in (self._home / "temporal").glob("temporal.db*"):
            file.unlink()
        await self.start_engine()

    async def start_worker(
        self, points: Mapping[str, str] | None = None, kill: Sequence[Kill] = ()
    ) -> asyncio.subprocess.Process:
        """Start a worker with a plan whom to kill when."""
        plan = json.dumps({"points": points or {}, "kill": kill})
        with (self._home / "worker.log").open("ab") as complaints:
            self.worker = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.crash.worker_process", plan),
                env=_environment(self.settings),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
            )
        await self.said("serving")
        return self.worker

    async def said(self, word: str, seconds: float = 30) -> None:
        """Wait until the worker says a word."""
        assert self.worker is not None
        assert self.worker.stdout is not None
        async with asyncio.timeout(seconds):
            while line := await self.worker.stdout.readline():
                if line.decode().startswith(word):
                    return
        raise AssertionError(self.log())

    async def stop_worker(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Stop the worker, unless it is dead already, and tell its code."""
        assert self.worker is not None
        if self.worker.returncode is None:
            # Not its own `send_signal`: that looks first whether the process has ended, and takes its code from asyncio.
            with suppress(ProcessLookupError):
                os.kill(self.worker.pid, sign)
        async with asyncio.timeout(30):
            return await self.worker.wait()

    def log(self) -> str:
        """What the workers have complained of."""
        return (self._home / "worker.log").read_text(encoding="utf-8")[-8000:]

    async def stop(self) -> None:
        """Stop everything."""
        if self.worker is not None:
            await self.stop_worker(signal.SIGKILL)
        await self._engines.aclose()
        await self._databases.aclose()


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Plant]:
    """A plant with both servers running and the database migrated; no worker yet."""
    plant = Plant(home)
    try:
        await plant.start_database()
        await plant.start_engine()
        await migrate_all(plant.settings)
        yield plant
    finally:
        await plant.stop()


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as a process of ours reads them, and nothing else of this process's environment."""
    channels = {"JIETI_CHANNELS_FILE": str(settings.channels_file)} if settings.channels_file else {}
    return {
        **channels,
        "JIETI_GATHER_SECONDS": str(settings.gather_seconds),
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "JIETI_DATABASE_URL": settings.database_url or "",
        "JIETI_TEMPORAL_ADDRESS": settings.temporal_address or "",
        "JIETI_PAYLOAD_KEY": ",".join(f"{one.key_id}:{one.key.hex()}" for one in settings.payload_key),
        "JIETI_IDENTITY_KEY": (settings.identity_key or b"").hex(),
        "JIETI_TASK_QUEUE": settings.task_queue,
    }
