"""The clocks of units and terms on the real engine: from term to term on skipped time, and back from the log alone."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as File

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from domain.facts.reminding import ReminderSent
from domain.facts.terms import TermClosed, TermCutShort, TermOpened
from runtime.client import connect
from runtime.clock import now
from runtime.codec import make_data_converter
from runtime.embedded import temporal
from runtime.engine import Engine
from runtime.namespace import prepare
from runtime.settings import Settings
from runtime.sweep import sweep
from runtime.workers import RESTRICTIONS, make_worker
from tests.engine import TEST_KEY, TIME_SKIPPING, until
from tests.workflows.keeping import NEXT, QUEUE, THIS, TODAY, Kept, day_of, keeping, own, through_a_term
from views.store import migrate_views
from workflows.clock import Clock
from workflows.contract import SEARCH_ATTRIBUTES

RECORDED = sorted((File(__file__).parent / "histories" / "clock").glob("*.json"))
"""Made by `python -m tests.workflows.record_histories`; never made again."""


def replayer() -> Replayer:
    """What replays a clock."""
    return Replayer(
        workflows=[Clock],
        data_converter=make_data_converter(Settings(payload_key=(TEST_KEY,))),
        workflow_runner=SandboxedWorkflowRunner(restrictions=RESTRICTIONS),
    )


@pytest.fixture
async def kept(client: Client, settings: Settings, database: str) -> AsyncIterator[Kept]:
    """A branch whose terms are kept, in a database of its own."""
    connection = await asyncpg.connect(database)
    try:
        await migrate_views(connection)
    finally:
        await connection.close()
    async with keeping(client, settings, database) as made:
        yield made


async def test_a_unit_goes_through_two_terms_by_itself(kept: Kept) -> None:
    """Opened late and marked so, reminded at its rungs, closed with its report; the next term begins on its day."""
    unit, this, later = kept.unit, kept.term("this"), kept.term("next")
    for history in await through_a_term(kept):
        assert (await replayer().replay_workflow(history)).replay_failure is None
    facts = await kept.facts(this)
    due_on = THIS + timedelta(days=62)
    assert [type(fact) for fact in facts] == [TermOpened, ReminderSent, ReminderSent, TermClosed]
    assert (facts[0].effective_on, day_of(facts[0])) == (THIS, TODAY)
    assert [(one.obligation, one.rung_days, day_of(one)) for one in facts if isinstance(one, ReminderSent)] == [
        ("term-report", days, due_on + timedelta(days=days)) for days in (-3, 0)
    ]
    closed = facts[-1]
    assert isinstance(closed, TermClosed)
    assert (day_of(closed), closed.not_done, closed.rules) == (
        THIS + timedelta(days=71),
        ("term-report",),
        ("TERM_CLOCK_LATE",),
    )

    await kept.skip("unit", unit, 91)
    await kept.begun(later)
    (opening,) = await kept.facts(later)
    assert (opening.effective_on, day_of(opening)) == (NEXT, NEXT)
    await kept.waits("term", later)
    await kept.say(later, "term-job-done", job="term-report")
    await kept.skip("term", later, 155)
    await kept.ended("term", later)
    facts = await kept.facts(later)
    assert [fact.TOPIC for fact in facts] == ["term-opened", "term-job-done", "term-closed"]
    assert (day_of(facts[-1]), facts[-1].effective_on) == (NEXT + timedelta(days=61), NEXT + timedelta(days=61))


async def test_a_dissolved_unit_takes_its_clocks_along(kept: Kept) -> None:
    """Its term is cut short by the unit's clock, closed by its own, and neither clock runs on."""
    unit, this = kept.unit, kept.term("this")
    await kept.begun(this)
    await kept.waits("term", this)
    await kept.waits("unit", unit)
    await kept.say(unit, "unit-dissolved")
    await kept.ended("unit", unit)
    await kept.ended("term", this)
    facts = await kept.facts(this)
    assert [type(fact) for fact in facts] == [TermOpened, TermCutShort, TermClosed]
    await kept.views.wait_for(await kept.desk.log.size(), seconds=10)
    (row,) = await kept.views.clocks.terms(kept.branch)
    assert (row.last_on, row.closed_on) == (TODAY - timedelta(days=1), TODAY)


async def test_what_temporal_lost_comes_back_from_the_log(kept: Kept, settings: Settings) -> None:
    """With none of Temporal's data, one sweep gives the unit and its open term their clocks again; nothing is said twice."""
    unit, this = kept.unit, kept.term("this")
    await kept.begun(this)
    await kept.waits("term", this)
    await kept.waits("unit", unit)
    size = await kept.desk.log.size()
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with temporal(File(home), port=0, ui_port=None, config=TIME_SKIPPING) as empty:
            told = replace(settings, temporal_address=empty.address, task_queue=QUEUE)
            client = await connect(told)
            await prepare(client, retention=timedelta(days=30), search_attributes=SEARCH_ATTRIBUTES)
            engine = Engine(client, QUEUE)
            async with make_worker(client, told, workflows=[Clock], activities=own(kept.desk)):
                assert set(await sweep(client, engine, kept.views, now())) == {unit, this}

                async def all_back() -> bool:
                    return await sweep(client, engine, kept.views, now()) == []

                await until(all_back, 20)
    assert await kept.desk.log.size() == size


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_of_a_clock_replays(path: File) -> None:
    """Clocks run for years: the one of today asks for what the one that was recorded asked for, in the same order."""
    history = WorkflowHistory.from_json("clock/recorded", path.read_text(encoding="utf-8"))
    assert (await replayer().replay_workflow(history)).replay_failure is None


def test_there_are_histories_of_clocks() -> None:
    """Of a unit's clock and of a term's."""
    assert len(RECORDED) == 2
