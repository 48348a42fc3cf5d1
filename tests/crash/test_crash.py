"""Killed at every point: afterwards each key has one set of entries, the client its first receipt, the path its alarm."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from temporalio.service import RPCError

from domain.calendar import add_months
from domain.facts.reminding import ReminderSent
from domain.receipt import Asked, Outcome
from registry.due import due
from runtime.client import connect
from runtime.clock import now, today
from runtime.engine import Engine, EngineUnavailable, StillRunning
from runtime.resources import open_resources
from tests.crash.plant import SELF, Kill, Plant, running
from tests.engine import until
from tests.gateways import MailHouse, mail_server
from tests.school import BRANCH, School
from workflows.clock import MOST_EVENTS
from workflows.contract import NEXT_WAKE_AT, workflow_id

pytestmark = pytest.mark.timeout(120)

VICTIMS = ["worker killed", "worker stopped", "Temporal killed", "PostgreSQL stopped at once", "all killed"]


@pytest.fixture(scope="module")
async def plant() -> AsyncIterator[Plant]:
    """Servers of our own, to be killed."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with running(Path(home)) as plant:
            yield plant


@pytest.fixture(scope="module")
async def mail(plant: Plant) -> AsyncIterator[MailHouse]:
    """Where the mail goes."""
    async with mail_server() as house:
        plant.mail_goes_to(house.port)
        yield house


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


def killing(plant: Plant, victim: str) -> Sequence[Kill]:
    """Whom to kill, the worker last: it is the one that kills."""
    temporal, database = (plant.engine.server.pid, signal.SIGKILL), (plant.database.server.pid, signal.SIGQUIT)
    plans: dict[str, Sequence[Kill]] = {
        "worker killed": [(SELF, signal.SIGKILL)],
        "worker stopped": [(SELF, signal.SIGTERM)],
        "Temporal killed": [temporal],
        "PostgreSQL stopped at once": [database],
        "all killed": [temporal, (database[0], signal.SIGKILL), (SELF, signal.SIGKILL)],
    }
    return plans[victim]


async def restart(plant: Plant, victim: str) -> None:
    """Start again whatever was killed."""
    if victim in ("Temporal killed", "all killed"):
        await plant.start_engine()
    if victim in ("PostgreSQL stopped at once", "all killed"):
        await plant.start_database()
    if victim in ("worker killed", "worker stopped", "all killed"):
        code = await plant.stop_worker()
        assert code == {"worker stopped": 0}.get(victim, -signal.SIGKILL), (code, plant.log())
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
    """A path in the log whose person should have been told, days ago, that they are old enough to apply again."""
    student, born = school.student(), add_months(today(), -18 * 12) - timedelta(days=5)
    recipient_id = school.desk.vault.other(student)
    await school.set_up(recipient_id, "recipient-registered", number=student, name="李雷")
    await school.set_up(recipient_id, "address-given", channel="mail", address=f"{student}@example.com")
    applied, deferred = ((today() - timedelta(days=days)).isoformat() for days in (60, 59))
    asked = school.opening(student, effective_on=applied, born_on=born.isoformat())
    path_id = await school.recorded(replace(asked, mode="record", key="import"))
    said: dict[str, Any] = {"effective_on": deferred, "cause": "under-age", "by_unit": BRANCH}
    await school.recorded(school.ask(path_id, "application-deferred", "deferred", mode="record", **said))
    return path_id


async def well(plant: Plant, school: School, path_ids: Sequence[UUID]) -> None:
    """What holds after every crash."""
    log = school.desk.log
    client = await connect(plant.settings)
    for path_id in path_ids:
        entries = await log.stream(path_id)
        assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))
        assert len({entry.key for entry in entries}) == len(entries)
        for before, entry in pairwise(entries):
            assert entry.previous == before.digest

        async def alarmed(path_id: UUID = path_id) -> bool:
            expected = await due(school.desk, await school.desk.load(path_id), now())
            try:
                described = await client.get_workflow_handle(workflow_id(path_id)).describe()
            except RPCError:
                return False
            return not expected.send and described.typed_search_attributes.get(NEXT_WAKE_AT) == expected.wake

        await until(alarmed, 40)
    positions = [entry.position for entry in await log.after(0, limit=100_000)]
    assert positions == list(range(1, len(positions) + 1))
    assert [each.id async for each in client.list_workflows("TemporalReportedProblems IS NOT NULL")] == []


@pytest.mark.parametrize("victim", VICTIMS)
async def test_killed_in_the_middle_of_everything(
    plant: Plant, school: School, engine: Engine, mail: MailHouse, victim: str
) -> None:
    """One path stops at each of P3, P5, P6 and P9 to P12; then the victim dies. Nothing is lost and nothing is double.

    But a mail: where the victim died between sending and recording, it may come a second time, under the same Message-ID.
    """
    opened = [school.opening(school.student()) for _ in range(3)]
    late = [await overdue(school) for _ in range(4)]
    paths = [asked.path_id for asked in opened] + late
    points = dict(zip(map(str, paths), ["P3", "P5", "P6", "P9", "P10", "P11", "P12"], strict=True))
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
            facts = [one for one in (await school.desk.load(path_id)).facts if isinstance(one, ReminderSent)]
            sent = [(one.obligation, one.due_on, one.rung_days, one.kind, one.recipient) for one in facts]
            assert len(sent) == len(set(sent))
            (letter,) = {one.letter or "none" for one in facts if one.outcome == "accepted"}
            assert 1 <= sum(letter in str(one.mail["Message-ID"]) for one in mail.received) <= 2
    finally:
        await plant.stop_worker(signal.SIGKILL)


SLOW_COMMIT = """
    create table if not exists public.armed (key text primary key);
    create or replace function public.dawdle() returns trigger language plpgsql as $$
    begin
        if exists (select from public.armed where new.key like '%:' || key) then
            perform pg_sleep(30);
        end if;
        return null;
    end
    $$;
    create or replace trigger dawdle after insert on log.entry for each row execute function public.dawdle();
    grant select on public.armed to public;
"""


@pytest.mark.parametrize("victim", ["worker killed", "PostgreSQL stopped at once", "all killed"])
async def test_killed_inside_the_transaction(plant: Plant, school: School, engine: Engine, victim: str) -> None:
    """P4: the entry is inserted and not committed. It is rolled back or it stands, and the retry makes it one."""
    await plant.start_worker()
    try:
        opening = school.opening(school.student())
        assert (await answered(engine, opening)).kind == "recorded"
        asked = school.activist(opening.path_id, f"dawdling {victim}", mode="record")
        owner = await asyncpg.connect(plant.settings.database_url)
        await owner.execute(SLOW_COMMIT)
        await owner.execute("insert into public.armed values ($1)", f"dawdling {victim}")
        call = asyncio.create_task(answered(engine, asked))

        async def inside() -> bool:
            return bool(await owner.fetchval("select count(*) from pg_stat_activity where wait_event = 'PgSleep'"))

        await until(inside)
        if victim == "worker killed":
            assert plant.worker is not None
            plant.worker.kill()
            # The database notices that nobody is there when it would answer; let that be now, while it is asleep.
            await owner.execute("delete from public.armed")
            await owner.execute("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
        else:
            await owner.execute("delete from public.armed")
            if victim == "all killed":
                assert plant.worker is not None
                plant.worker.kill()
                plant.engine.server.process.kill()
            plant.database.server.process.send_signal(signal.SIGQUIT)
        owner.terminate()
        await restart(plant, victim)
        outcome = await call
        assert outcome.receipt is not None
        assert outcome.receipt.version == 2
        await well(plant, school, [asked.path_id])
    finally:
        await plant.stop_worker(signal.SIGKILL)


async def test_killed_while_rolling_over(plant: Plant, school: School, engine: Engine) -> None:
    """P8: the run has decided to begin anew and has not. The next worker decides so again; the key holds on the new run."""
    opening = school.opening(school.student())
    path_id = opening.path_id
    await plant.start_worker({str(path_id): "P8"}, killing(plant, "worker killed"))
    try:
        assert (await answered(engine, opening)).kind == "recorded"
        determined = school.activist(path_id, "before", mode="record")
        first = await answered(engine, determined)
        handle = (await connect(plant.settings)).get_workflow_handle(workflow_id(path_id))
        run = (await handle.describe()).run_id
        killed = asyncio.create_task(plant.said("killing"))
        while not killed.done():
            await engine.nudge([path_id])
            await asyncio.sleep(0.02)
        assert (await handle.describe()).history_length > MOST_EVENTS
        assert (await handle.describe()).run_id == run
        await restart(plant, "worker killed")

        async def anew() -> bool:
            return (await handle.describe()).run_id != run

        await until(anew, 30)
        again = await answered(engine, determined)
        assert first.receipt is not None
        assert again.receipt is not None
        assert (again.receipt.digest, again.receipt.repeated) == (first.receipt.digest, True)
        await well(plant, school, [path_id])
    finally:
        await plant.stop_worker(signal.SIGKILL)


async def test_temporal_killed_before_anybody_has_taken_the_transition(
    plant: Plant, school: School, engine: Engine
) -> None:
    """P1 and P2: sent to a server that is gone, or lost in one that had not handed it over: sent again, it runs once."""
    await plant.start_worker()
    opened = [school.opening(school.student()) for _ in range(2)]
    for asked in opened:
        assert (await answered(engine, asked)).kind == "recorded"
    await plant.stop_worker()
    try:
        waiting, late = [school.activist(asked.path_id, "lost", mode="record") for asked in opened]
        calls = [asyncio.create_task(answered(engine, waiting))]
        await asyncio.sleep(0.5)
        plant.engine.server.process.kill()
        calls.append(asyncio.create_task(answered(engine, late)))
        await asyncio.sleep(0.2)
        await plant.start_engine()
        await plant.start_worker()
        outcomes = await asyncio.gather(*calls)
        assert [outcome.receipt.version for outcome in outcomes if outcome.receipt] == [2, 2]
        await well(plant, school, [asked.path_id for asked in opened])
    finally:
        await plant.stop_worker(signal.SIGKILL)


@pytest.mark.parametrize("moment", ["admitted", "recorded"])
async def test_a_client_that_is_gone(plant: Plant, school: School, moment: str) -> None:
    """P2 to P7 with the caller as the victim: what it asked for runs alone, and whoever asks again gets its receipt."""
    opening = school.opening(school.student())
    await plant.start_worker()
    try:
        gone = Engine(await connect(plant.settings), plant.settings.task_queue)
        assert (await answered(gone, opening)).kind == "recorded"
        if moment == "admitted":
            await plant.stop_worker()
        asked = school.activist(opening.path_id, "alone", mode="record")
        call = asyncio.create_task(gone.transition(asked))

        async def recorded() -> bool:
            return len(await school.desk.log.stream(asked.path_id)) == 2

        if moment == "recorded":
            await until(recorded)
        else:
            await asyncio.sleep(0.3)
        call.cancel()
        await asyncio.wait([call])
        if moment == "admitted":
            await plant.start_worker()
        heir = Engine(await connect(plant.settings), plant.settings.task_queue)
        outcome = await answered(heir, asked)
        assert outcome.receipt is not None
        assert outcome.receipt.version == 2
        await well(plant, school, [asked.path_id])
    finally:
        await plant.stop_worker(signal.SIGKILL)


async def test_all_that_temporal_knew_is_lost(plant: Plant, school: School) -> None:
    """Temporal begins again with nothing: the worker's start gives every open path its workflow and its alarm again."""
    client = await connect(plant.settings)
    known = [await school.open_in_log(school.student()), *await _open_paths(school)]
    await plant.forget_engine()
    assert [each.id async for each in client.list_workflows()] == []
    await plant.start_worker()
    try:
        await well(plant, school, known)
    finally:
        assert await plant.stop_worker() == 0


async def _open_paths(school: School) -> list[UUID]:
    """The open paths that the tests before have left in the log."""
    entries = await school.desk.log.after(0, limit=100_000)
    return list({entry.stream_id: None for entry in entries if entry.topic == "application-submitted"})
