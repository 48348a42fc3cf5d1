"""The API as a process: `uvicorn --factory api.main:app`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.app import bare_app, move_in
from runtime import clock
from runtime.engine import open_engine
from runtime.repairing import Repairing
from runtime.resources import open_resources
from runtime.settings import Settings
from runtime.watch import Watch


def app() -> FastAPI:
    """Make the application from the environment; log, views and engine are opened when it starts. Raises SettingsError."""
    settings = Settings.read()

    @asynccontextmanager
    async def living(made: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings) as resources, open_engine(settings) as engine:
            repairing = Repairing(engine.client, settings.task_queue)
            move_in(made, settings, resources, engine, clock.now, repairing)
            watch = Watch(engine.client, resources.desk, resources.views, settings, clock.now)
            watching = asyncio.create_task(watch.keep(), name="the watch")
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.wait([watching])

    return bare_app(settings, living)
