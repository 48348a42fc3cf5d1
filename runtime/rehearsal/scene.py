"""Where a rehearsal takes place: servers, keys and a worker of its own, in a directory that is thrown away."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

from temporalio.client import Client

from registry.desk import Desk
from runtime.client import connect
from runtime.embedded import Postgres, Temporal, postgres, temporal
from runtime.engine import Engine
from runtime.namespace import prepare
from runtime.rehearsal.skipping import SERVER, OnStoryTime, PathClock
from runtime.resources import create_database, migrate_all, open_resources
from runtime.settings import KEY_BYTES, PayloadKey, Settings
from runtime.workers import make_worker
from views.follow import follow
from views.store import Views
from workflows.contract import SEARCH_ATTRIBUTES, PathActivities

NAME = "rehearsal"
"""Of the database, of Temporal's namespace and of the actor: what was rehearsed is never taken for the real thing."""

SETTLE_SECONDS = 30.0
ASK_AGAIN_SECONDS = 0.02

RETENTION = timedelta(days=7 * 365)
"""As long as in earnest: a run that rolls over is read at the end, years of skipped time later."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything at hand: the desk and the views, the engine, the clock of the one path, and Temporal itself."""

    desk: Desk
    views: Views
    engine: Engine
    clock: PathClock
    client: Client

    async def settled(self) -> None:
        """Wait until the follower has seen all that was recorded, and the workflow knows its alarm. Raises TimeoutError."""
        size = await self.desk.log.size()
        async with asyncio.timeout(SETTLE_SECONDS):
            while await self.views.wait_for(size, SETTLE_SECONDS) < size or await self.views.to_nudge(1):
                await asyncio.sleep(ASK_AGAIN_SECONDS)


@asynccontextmanager
async def open_scene(
    begins: datetime, *, workflow: type, activities: Callable[[Desk], PathActivities]
) -> AsyncIterator[Scene]:
    """Start servers, a worker and a follower for a story that begins at a moment (aware UTC); end and forget them.

    Raises ServerFailed, and whatever the worker or the follower raise meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="jieti-rehearsal-") as directory:
        home = Path(directory)
        async with (
            postgres(home / "postgres", options={"fsync": "off"}) as database,  # it need not survive a power cut
            temporal(home / "temporal", namespace=NAME, port=0, ui_port=None, config=SERVER) as server,
        ):
            settings = await _settings(database, server)
            client = await connect(settings)
            await prepare(client, retention=RETENTION, search_attributes=SEARCH_ATTRIBUTES)
            async with open_resources(settings) as opened:
                engine = Engine(client, settings.task_queue)
                scene = Scene(opened.desk, opened.views, engine, PathClock(client, begins), client)
                async with _served(scene, settings, workflow, activities(opened.desk)):
                    yield scene


async def _settings(database: Postgres, server: Temporal) -> Settings:
    """Prepare a database under a name of its own, and say how everything is reached."""
    await create_database(database.dsn(database="postgres"), NAME)
    settings = Settings(
        database_url=database.dsn(database=NAME),
        temporal_address=server.address,
        temporal_namespace=NAME,
        payload_key=(PayloadKey(NAME, token_bytes(KEY_BYTES)),),
        identity_key=token_bytes(KEY_BYTES),  # no person and no path has the id here that it has anywhere else
        task_queue=NAME,
        origin=f"jieti.local/{NAME}",  # whatever is sealed of it can never be taken for the real log
    )
    await migrate_all(settings)
    return settings


@asynccontextmanager
async def _served(scene: Scene, settings: Settings, workflow: type, real: PathActivities) -> AsyncIterator[None]:
    """Serve the path and follow the log, as a worker does."""
    desk, on_time = scene.desk, OnStoryTime(real, scene.clock)
    served: list[Callable[..., Any]] = [on_time.record, on_time.due, on_time.send]
    worker = make_worker(scene.client, settings, workflows=[workflow], activities=served)
    async with worker, asyncio.TaskGroup() as beside:
        following = beside.create_task(
            follow(desk.log, desk.mapping, desk.rulebooks, scene.views, scene.clock.last, scene.engine.nudge)
        )
        yield
        following.cancel()
