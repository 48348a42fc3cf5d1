"""Fixtures for whoever needs the whole engine: Temporal beside PostgreSQL, a school, and a worker that serves it."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path as File
from uuid import UUID

import asyncpg
import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.worker import Worker

from activities.clocks import Clocks
from activities.mailroom import at_once
from activities.paths import Paths
from activities.repairing import Mending
from eventlog.log import KeyReused
from runtime.client import connect
from runtime.clock import now
from runtime.embedded import Postgres, Temporal, temporal
from runtime.engine import Engine
from runtime.jobs import mend
from runtime.namespace import prepare
from runtime.noting import Noting
from runtime.repairing import NotLegal, Repairing
from runtime.resources import Resources, migrate_all, open_resources
from runtime.settings import PayloadKey, Settings
from runtime.workers import make_worker
from runtime.workshop import Workshop
from tests.school import School
from views.follow import follow
from views.troubles import Troubles
from workflows.clock import Clock
from workflows.contract import SEARCH_ATTRIBUTES
from workflows.path import Path
from workflows.repairing import RepairJob

TIME_SKIPPING = {"frontend.WorkflowTimeSkippingEnabled": "true"}
TEST_KEY = PayloadKey("test", bytes(range(32)))
IDENTITY_KEY = bytes(reversed(range(32)))
DATABASE = "engine"


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until something comes true, at most so many seconds."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.05)


def asks_what_is_due(event: HistoryEvent) -> bool:
    """Tell whether at this event a path had asked what is due, and was answered at once."""
    (data,) = event.marker_recorded_event_attributes.details["data"].payloads or [Payload(data=b"{}")]
    return bool(json.loads(data.data).get("activity_type") == "due")


async def followed(resources: Resources, clock: Callable[[], datetime] = now) -> None:
    """Have the views follow the log to its end, and judge by a clock."""

    async def tell_nobody(path_ids: Sequence[UUID]) -> None:
        """Leave it all to the sweep."""

    desk = resources.desk
    following = asyncio.create_task(follow(desk.log, desk.mapping, desk.rulebooks, resources.views, clock, tell_nobody))
    try:
        size = await desk.log.size()
        assert await resources.views.wait_for(size, seconds=20) >= size
    finally:
        following.cancel()
        await asyncio.wait([following])


@pytest.fixture(scope="session")
async def temporal_server() -> AsyncIterator[Temporal]:
    """A Temporal of our own that can skip time."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with temporal(File(home), port=0, ui_port=None, config=TIME_SKIPPING) as server:
            yield server


@pytest.fixture(scope="session")
async def settings(database_server: Postgres, temporal_server: Temporal) -> Settings:
    """The settings of a process that uses both servers; the database is migrated, the namespace prepared."""
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await administrator.execute(f'create database "{DATABASE}"')
    finally:
        await administrator.close()
    told = Settings(
        database_url=database_server.dsn(database=DATABASE),
        temporal_address=temporal_server.address,
        payload_key=(TEST_KEY,),
        identity_key=IDENTITY_KEY,
    )
    await migrate_all(told)
    await prepare(await connect(told), retention=timedelta(days=365), search_attributes=SEARCH_ATTRIBUTES)
    return told


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
    paths = Paths(resources.desk, at_once(resources.desk))
    workshop = Workshop(resources.desk, Repairing(client, settings.task_queue), now)
    mending = Mending(partial(mend, workshop), (NotLegal, KeyReused))
    made = make_worker(
        client,
        settings,
        workflows=[Path, Clock, RepairJob],
        activities=[paths.record, paths.due, paths.send, Clocks(resources.desk).act, mending.repair_some],
        interceptors=[Noting(Troubles(resources.views))],
    )
    async with made:
        yield made


@pytest.fixture
def engine(client: Client, settings: Settings, worker: Worker) -> Engine:
    """An engine whose workflows are served."""
    assert worker.task_queue == settings.task_queue
    return Engine(client, settings.task_queue)
