"""The alarm clock of a path: woken by its own timer, reminded once, rolled over, and never parted from the log."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from domain.calendar import civil_day
from domain.facts.reminding import ReminderSent
from registry.record import record
from runtime.clock import now
from runtime.engine import Engine, StillRunning
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.workers import make_worker
from tests.engine import asks_what_is_due, until
from tests.school import COMMITTEE, School
from tests.workflows.gated import Gated
from workflows.clock import MOST_EVENTS
from workflows.contract import HEALTH, LOG_VERSION, NEXT_WAKE_AT, workflow_id
from workflows.path import Path


@pytest.fixture
def skipper(client: Client, worker: Worker) -> TimeSkipper:
    """Moves the clocks of paths that are opened through its client; the school's worker serves them."""
    assert worker.task_queue  # it may not have begun to run, but it will
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False))


@pytest.fixture
async def gated(client: Client, settings: Settings, resources: Resources) -> AsyncIterator[Gated]:
    """Activities with a gate, served on a task queue of their own."""
    activities = Gated(resources.desk)
    worker = make_worker(
        client,
        replace(settings, task_queue="gated"),
        workflows=[Path],
        activities=[activities.record, activities.due, activities.send],
    )
    async with worker:
        yield activities
        activities.gate.set()


@pytest.fixture
def gated_engine(client: Client, gated: Gated) -> Engine:
    """An engine whose workflows wait at the gate."""
    assert gated.gate.is_set()
    return Engine(client, "gated")


async def test_a_path_wakes_by_its_own_timer_and_reminds_once(
    skipper: TimeSkipper, settings: Settings, school: School, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    """Years need no nudge: at each rung the workflow wakes, the reminder goes out, and stands once in the log."""
    caplog.set_level(logging.INFO, "jieti.reminders")
    await school.set_up_unit(unit := "branch-of-alarms", "branch", superior=COMMITTEE)
    secretary = await school.reachable("secretary-of-alarms", unit=unit)
    asked = school.opening(school.student(), name="赵铁柱", by_unit=unit, home_unit=unit)
    opened = await Engine(skipper.client, settings.task_queue).transition(asked)
    assert opened.receipt is not None
    handle = skipper.client.get_workflow_handle(workflow_id(asked.path_id))
    first, due_on = opened.receipt.alarm.wake, opened.receipt.alarm.labels.due_on
    assert first is not None
    assert due_on is not None
    await skipper.fast_forward(handle, timedelta(days=60))

    loaded = await resources.desk.load(asked.path_id)
    sent = [fact for fact in loaded.facts if isinstance(fact, ReminderSent)]
    told = [(one.obligation, one.owed_by, one.due_on, one.rung_days, one.outcome) for one in sent]
    assert told == [
        ("talk", "branch-secretary", due_on, -10, "accepted"),
        ("talk", "branch-secretary", due_on, 0, "accepted"),
        ("talk", "superior-committee", due_on, 7, "refused"),  # nobody is in office there
        ("talk", "branch-secretary", due_on, 7, "accepted"),  # told that it has climbed
    ]
    assert sent[0].timestamp >= first
    by = {(one.recorded_by, one.capacity, one.channel, one.recipient) for one in sent if one.outcome == "accepted"}
    assert by == {("jieti", "system", "console", str(secretary))}
    assert [civil_day(one.timestamp) for one in sent] == [one.effective_on for one in sent]
    lines = [json.loads(line) for line in caplog.messages if str(asked.path_id) in line and line[0] == "{"]
    assert [line["letter"] for line in lines] == [one.letter for one in sent if one.letter]
    assert "赵铁柱" not in caplog.text


async def test_a_reminder_that_was_met_is_not_sent(
    skipper: TimeSkipper, settings: Settings, school: School, resources: Resources
) -> None:
    """What was owed and has been done by the time the timer fires is not reminded of, even if no nudge came."""
    asked = school.opening(school.student())
    await Engine(skipper.client, settings.task_queue).transition(asked)
    await record(resources.desk, school.talk(asked.path_id), now())
    handle = skipper.client.get_workflow_handle(workflow_id(asked.path_id))
    await skipper.fast_forward(handle, timedelta(days=45))
    facts = (await resources.desk.load(asked.path_id)).facts
    assert [fact.TOPIC for fact in facts] == ["application-submitted", "applicant-talk-held"]
    assert (await handle.describe()).typed_search_attributes.get(LOG_VERSION) == 2


async def test_an_outage_degrades_and_is_made_good(
    client: Client, gated: Gated, gated_engine: Engine, school: School, resources: Resources
) -> None:
    """While the log does not answer, the path shows it and the activity can be seen; then the answer comes by itself."""
    asked = school.opening(school.student())
    await gated_engine.transition(asked)
    handle = client.get_workflow_handle(workflow_id(asked.path_id))
    gated.gate.clear()
    tries = gated.tries
    transition = asyncio.create_task(gated_engine.transition(school.withdrawal(asked.path_id)))

    async def degraded() -> bool:
        described = await handle.describe()
        shown = described.typed_search_attributes.get(HEALTH)
        pending = [each.activity_type.name for each in described.raw_description.pending_activities]
        return shown == "degraded" and pending == ["record"]

    await until(degraded)
    await until(lambda: _reached(gated, tries + 3))
    gated.gate.set()
    outcome = await transition
    assert outcome.receipt is not None
    assert outcome.receipt.version == 2
    assert len(await resources.desk.log.stream(asked.path_id)) == 2
    assert await handle.result() is None
    assert (await handle.describe()).typed_search_attributes.get(HEALTH) == "ok"


async def _reached(gated: Gated, tries: int) -> bool:
    return gated.tries >= tries


async def test_a_workflow_ended_by_an_operator_is_started_again(
    client: Client, gated: Gated, gated_engine: Engine, school: School, resources: Resources
) -> None:
    """A transition whose workflow is terminated under it finds a new one, and is recorded once."""
    asked = school.opening(school.student())
    await gated_engine.transition(asked)
    gated.gate.clear()
    tries = gated.tries
    transition = asyncio.create_task(gated_engine.transition(school.activist(asked.path_id, "robbed", mode="record")))
    await until(lambda: _reached(gated, tries + 3))  # accepted, and in the regular activity
    await client.get_workflow_handle(workflow_id(asked.path_id)).terminate("by mistake")
    gated.gate.set()
    outcome = await transition
    assert outcome.receipt is not None
    assert outcome.receipt.version == 2
    assert len(await resources.desk.log.stream(asked.path_id)) == 2


async def test_a_caller_is_not_kept_waiting_and_may_ask_again(
    client: Client, gated: Gated, gated_engine: Engine, school: School
) -> None:
    """After its time a caller is told that it still runs; the same request, sent again, gets the answer."""
    asked = school.opening(school.student())
    await gated_engine.transition(asked)
    gated.gate.clear()
    hasty = Engine(client, "gated", wait_seconds=0.3)
    with pytest.raises(StillRunning):
        await hasty.transition(school.withdrawal(asked.path_id))
    gated.gate.set()
    outcome = await gated_engine.transition(school.withdrawal(asked.path_id))
    assert outcome.receipt is not None
    assert outcome.receipt.version == 2


async def test_a_run_rolls_over_without_cutting_off_an_update(
    client: Client, gated: Gated, gated_engine: Engine, school: School, resources: Resources
) -> None:
    """A run with many events waits for the transition in flight, then starts anew; the key holds on the next run."""
    asked = school.opening(school.student())
    await gated_engine.transition(asked)
    handle = client.get_workflow_handle(workflow_id(asked.path_id))
    first_run = (await handle.describe()).run_id
    gated.gate.clear()
    determined = school.activist(asked.path_id, "in-flight", mode="record")
    tries = gated.tries
    in_flight = asyncio.create_task(gated_engine.transition(determined))
    await until(lambda: _reached(gated, tries + 3))  # accepted, and in the regular activity
    while (await handle.describe()).history_length <= MOST_EVENTS + 20:
        for _ in range(20):
            await gated_engine.nudge([asked.path_id])
    assert (await handle.describe()).run_id == first_run
    gated.gate.set()
    first = await in_flight
    assert first.receipt is not None

    async def next_run() -> bool:
        described = await handle.describe()
        shown = described.typed_search_attributes.get(NEXT_WAKE_AT)
        return described.run_id != first_run and shown == first.receipt.alarm.wake if first.receipt else False

    await until(next_run)
    old = await client.get_workflow_handle(workflow_id(asked.path_id), run_id=first_run).describe()
    assert old.status == WorkflowExecutionStatus.CONTINUED_AS_NEW
    again = await gated_engine.transition(determined)
    assert again.receipt is not None
    assert (again.receipt.digest, again.receipt.repeated) == (first.receipt.digest, True)
    assert len(await resources.desk.log.stream(asked.path_id)) == 2


async def test_a_nudge_during_a_transition_is_answered_after_it(
    client: Client, gated: Gated, gated_engine: Engine, school: School, resources: Resources
) -> None:
    """Evidence that comes in during a transition counts in the alarm, whichever of the two was written first."""
    asked = school.opening(school.student())
    await gated_engine.transition(asked)
    handle = client.get_workflow_handle(workflow_id(asked.path_id))
    gated.gate.clear()
    transition = asyncio.create_task(
        gated_engine.transition(school.activist(asked.path_id, "with-nudge", mode="record"))
    )
    await until(lambda: _reached(gated, 2))
    await record(resources.desk, school.talk(asked.path_id), now())
    await gated_engine.nudge([asked.path_id])
    gated.gate.set()
    await transition

    async def asked_after_it() -> bool:
        events = (await handle.fetch_history()).events
        done = [
            n for n, each in enumerate(events) if each.HasField("workflow_execution_update_completed_event_attributes")
        ]
        asks = [n for n, each in enumerate(events) if asks_what_is_due(each)]
        return len(done) == 2 and len(asks) == 1 and asks[0] > done[1]

    await until(asked_after_it)
