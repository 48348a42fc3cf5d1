"""Killed at every point: afterwards each key has one set of entries, the client its first receipt, the path its alarm."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from domain.facts.reminding import ReminderSent
from domain.receipt import Asked, Outcome
from eventlog.log import LogUnavailable
from registry.record import due, record
from runtime.clock import now, today
from runtime.client import connect
from runtime.engine import Engine, EngineUnavailable, StillRunning
from runtime.resources import Resources, open_resources
from tests.crash.plant import SELF, Kill, Plant, running
from tests.engine import until
from tests.school import School
from workflows.contract import NEXT_WAKE_AT, workflow_id
from workflows.path import MOST_EVENTS

pytestmark = pytest.mark.timeout(120)

VICTIMS = ["worker killed", "worker stopped", "Temporal killed", "PostgreSQL stopped at once", "all killed"]


@pytest.fixture(scope="module")
async def plant() -> AsyncIterator[Plant]:
    """Servers of our own, to be killed."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with running(Path(home)) as plant:
            yield plant


@pytest.fixture(scope="module")
async def school(plant: Plant) -> AsyncIterator[School]:
    """A school at a desk of this process: its pools outlive the death of their server."""
    async with open_resources(plant.settings) as resources:
        school = School(resources.desk)
        await school.establish()
        yield school


@pytest.fixture
async def engine(plant: Plant) -> Engine:
    """The client whose answers count."""
    return Engine(await connect(plant.settings, lazy=True), plant.settings.task_queue)


def killing(plant: Plant, victim: str) -> list[Kill]:
    """Whom to kill, the worker last: it is the one that kills."""
    temporal, database = (plant.engine.server.pid, signal.SIGKILL), (plant.database.server.pid, signal.SIGQUIT)
    return {
        "worker killed": [(SELF, signal.SIGKILL)],
        "worker stopped": [(SELF, signal.SIGTERM)],
        "Temporal killed": [temporal],
        "PostgreSQL stopped at once": [database],
        "all killed": [temporal, (database[0], signal.SIGKILL), (SELF, signal.SIGKILL)],
    }[victim]


async def restart(plant: Plant, victim: str) -> None:
    """Start again whatever was killed."""
    if victim in ("Temporal killed", "all killed"):
        await plant.start_engine()
    if victim in ("PostgreSQL stopped at once", "all killed"):
        await plant.start_database()
    if victim in ("worker killed", "worker stopped", "all killed"):
        code = await plant.stop_worker()
        assert code == {"worker stopped": 0}.get(victim, -signal.SIGKILL), plant.log()
        await plant.start_worker()


async def answered(engine: Engine, asked: Asked, seconds: float = 60) -> Outcome:
    """Send a request again and again, as a client does, until it is answered."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await engine.transition(asked)
            except (EngineUnavailable, StillRunning):
                await asyncio.sleep(0.2)


async def overdue(school: School) -> UUID:
    """A path in the log that somebody should have been reminded of long ago."""
    long_ago = (today() - timedelta(days=60)).isoformat()
    asked = school.opening(school.student(), effective_on=long_ago)
    asked = Asked(**{**_fields(asked), "mode": "record", "key": "import"})
    assert (await record(school.desk, asked, now())).kind == "recorded"
    return asked.path_id


def _fields(asked: Asked) -> dict[str, object]:
    return {name: getattr(asked, name) for name in Asked.__dataclass_fields__}


async def well(plant: Plant, school: School, path_ids: Sequence[UUID]) -> None:
    """What holds after every crash."""
    log = school.desk.log
    client = await connect(plant.settings)
    for path_id in path_ids:
        entries = await log.stream(path_id)
        assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))
        assert len({entry.key for entry in entries}) == len(entries)
        for before, entry in zip(entries, entries[1:], strict=False):
            assert entry.previous == before.digest

        async def alarmed(path_id: UUID = path_id) -> bool:
            expected = await due(school.desk, await school.desk.load(path_id), now())
            described = await client.get_workflow_handle(workflow_id(path_id)).describe()
            return not expected.send and described.typed_search_attributes.get(NEXT_WAKE_AT) == expected.wake

        await until(alarmed, 40)
    positions = [entry.position for entry in await log.after(0, limit=100_000)]
    assert positions == list(range(1, len(positions) + 1))
    assert [each.id async for each in client.list_workflows("TemporalReportedProblems IS NOT NULL")] == []


@pytest.mark.parametrize("victim", VICTIMS)
async def test_killed_in_the_middle_of_everything(plant: Plant, school: School, engine: Engine, victim: str) -> None:
    """One path stops at each of P3, P5, P6, P9 and P10; then the victim dies. Nothing is lost and nothing is double."""
    opened = [school.opening(school.student()) for _ in range(3)]
    late = [await overdue(school) for _ in range(2)]
    paths = [asked.path_id for asked in opened] + late
    points = dict(zip(map(str, paths), ["P3", "P5", "P6", "P9", "P10"], strict=True))
    await plant.start_worker(points, killing(plant, victim))
    try:
        for asked in opened:
            assert (await answered(engine, asked)).kind == "recorded"
        transitions = [school.activist(asked.path_id, "crash", mode="record") for asked in opened]
        calls = [asyncio.create_task(answered(engine, asked)) for asked in transitions]
        await plant.said("killing")
        await restart(plant, victim)
        outcomes = await asyncio.gather(*calls)
        again = [await answered(engine, asked) for asked in transitions]
        for first, second in zip(outcomes, again, strict=True):
            assert first.receipt is not None
            assert second.receipt is not None
            assert (first.receipt.version, first.receipt.digest) == (2, second.receipt.digest)
        await well(plant, school, paths)
        for path_id in late:
            facts = (await school.desk.load(path_id)).facts
            sent = [(one.obligation, one.due_on, one.rung_days) for one in facts if isinstance(one, ReminderSent)]
            assert sent
            assert len(sent) == len(set(sent))
    finally:
        await plant.stop_worker(signal.SIGKILL)
