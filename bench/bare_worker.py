"""The worker of the floor: made as ours is, with the same settings, on a task queue of its own."""

import asyncio
import json
import signal
from hashlib import sha256
from uuid import UUID

import asyncpg
from temporalio import activity
from temporalio.client import Client

from bench.bare import INSERT, TABLE
from bench.bare_flow import INSERT as INSERTS
from bench.bare_flow import Clock, Door
from runtime.clock import now
from runtime.settings import Settings
from runtime.workers import make_worker


class Rows:
    """The one activity: insert a row, and nothing else."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Insert through this pool."""
        self._pool = pool

    @activity.defn(name=INSERTS)
    async def insert(self, said: dict[str, str]) -> int:
        """Insert a row of the log's columns and return its position."""
        payload = json.dumps(said).encode()
        digest = sha256(payload).digest()
        arguments = (UUID(said["path_id"]), said["topic"], now(), said["key"], digest, payload)
        position: int = await self._pool.fetchval(INSERT, *arguments)
        return position


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(settings.temporal_address or "", namespace=settings.temporal_namespace)
    async with asyncpg.create_pool(settings.database_url) as pool:
        await pool.execute(TABLE)
        async with make_worker(client, settings, workflows=[Door, Clock], activities=[Rows(pool).insert]):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(Settings.read()))
