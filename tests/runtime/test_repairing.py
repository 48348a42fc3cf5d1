"""Acts on workflows, on the real Temporal: what each does, that it loses no act and repeats none, and what it refuses."""

from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateStage
from temporalio.exceptions import ApplicationError

from activities.mailroom import at_once
from activities.paths import Paths
from domain.receipt import Outcome
from runtime.engine import Engine
from runtime.repairing import NotLegal, Repairing
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.standing import Standing, points, standing
from runtime.workers import make_worker
from tests.engine import until
from tests.school import School
from workflows.contract import TRANSITION, RecordInput, workflow_id
from workflows.path import Path

Look = Callable[[], Coroutine[Any, Any, Standing]]


@pytest.fixture
def repairing(client: Client, settings: Settings) -> Repairing:
    """The acts, on the school's task queue."""
    return Repairing(client, settings.task_queue)


def looking(client: Client, path_id: UUID) -> Look:
    """How a path's workflow stands, each time anew."""
    return lambda: standing(client, workflow_id(path_id))


async def opened(engine: Engine, school: School) -> UUID:
    """A path with a talk held, through the engine."""
    asked = school.opening(school.student())
    await engine.transition(asked)
    return asked.path_id


async def entries(school: School, path_id: UUID) -> list[str]:
    """What stands in the log of a path, entry by entry."""
    return [entry.key for entry in await school.desk.log.stream(path_id)]


async def test_a_restart_loses_no_act_and_repeats_none(
    client: Client, engine: Engine, school: School, repairing: Repairing
) -> None:
    """Temporal forgets its update ids with the old run; the log's keys hold: the same transition gets its first receipt."""
    path_id = await opened(engine, school)
    look = looking(client, path_id)
    asked = school.activist(path_id, "decision", mode="record")
    first = await engine.transition(asked)
    before = await look()
    assert before.wake_at
    await repairing.restart(path_id, before, "a test")

    async def alarmed() -> bool:
        return (await look()).wake_at == before.wake_at

    await until(alarmed)
    after = await look()
    assert after.running
    assert after.run_id != before.run_id
    again = await engine.transition(asked)
    assert first.receipt
    assert again.receipt
    assert (again.receipt.repeated, again.receipt.position) == (True, first.receipt.position)
    history = await client.get_workflow_handle(workflow_id(path_id), run_id=after.run_id).fetch_history()
    asked_again = [e for e in history.events if e.HasField("workflow_execution_update_accepted_event_attributes")]
    assert len(asked_again) == 1, "the new run was asked: Temporal did not know the id any more"
    assert len(await entries(school, path_id)) == 2
    with pytest.raises(NotLegal, match="moved on to another run"):
        await repairing.restart(path_id, before, "a second admin, at once")
    assert (await look()).run_id == after.run_id


async def test_a_workflow_that_is_gone_is_started_from_the_log(
    client: Client, engine: Engine, school: School, repairing: Repairing
) -> None:
    """A nudge or a restart brings back what was terminated, with its alarm; the log has what it had."""
    path_id = await opened(engine, school)
    look = looking(client, path_id)
    wake = (await look()).wake_at
    for nudged in (True, False):
        await client.get_workflow_handle(workflow_id(path_id)).terminate()
        seen = await look()
        assert seen.status == "terminated"
        await (repairing.nudge(path_id) if nudged else repairing.restart(path_id, seen, "a test"))

        async def alarmed() -> bool:
            seen = await look()
            return seen.running and seen.wake_at == wake

        await until(alarmed)
    assert len(await entries(school, path_id)) == 1
    assert str(await standing(client, "path/nobody")) == "no workflow"


@pytest.mark.parametrize(
    "without", [(), ("signals",), ("updates",)], ids=["all comes again", "no signals", "no updates"]
)
async def test_a_reset_does_its_tasks_anew_and_nothing_twice(
    client: Client, engine: Engine, school: School, repairing: Repairing, without: tuple[Any, ...]
) -> None:
    """Back to the first task: transitions come again under their ids, or are left out; the log stands as it stood."""
    path_id = await opened(engine, school)
    look = looking(client, path_id)
    first = await engine.transition(school.activist(path_id, "decision", mode="record"))
    await engine.nudge([path_id])
    seen = await look()
    stood = await entries(school, path_id)
    offered = await points(client, seen)
    assert offered[-1].after == "its start" or "transition" in offered[-1].after, offered
    assert any("transition" in point.after for point in offered)
    for _ in range(2):
        await repairing.reset(seen, offered[-1].event, "a test", key="k", without=without)

    async def settled() -> bool:
        now = await look()
        return now.running and now.run_id != seen.run_id and now.wake_at == seen.wake_at and not now.task_attempt

    await until(settled)
    again = await engine.transition(school.activist(path_id, "decision", mode="record"))
    assert first.receipt
    assert again.receipt
    assert again.receipt.position == first.receipt.position
    assert await entries(school, path_id) == stood
    with pytest.raises(NotLegal, match="reset: Temporal refuses it"):
        await repairing.reset(await look(), 99_999, "a point that there is not", key="k2")


class Failing(Paths):
    """Cannot record as long as it is told so."""

    broken = True
    tries = 0

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Fail, or record."""
        Failing.tries += 1
        if self.broken and asked.asked.topic != "application-submitted":
            raise ApplicationError("the disk is full")
        return await super().record(asked)


@pytest.fixture
async def failing(client: Client, settings: Settings, resources: Resources) -> AsyncIterator[Failing]:
    """A worker of its own queue whose record fails."""
    paths = Failing(resources.desk, at_once(resources.desk))
    told = replace(settings, task_queue="failing")
    made = make_worker(client, told, workflows=[Path], activities=[paths.record, paths.due, paths.send])
    async with made:
        yield paths


async def test_a_failing_activity_is_paused_taken_up_and_tried_at_once(
    client: Client, school: School, failing: Failing
) -> None:
    """What fails is seen with its error; paused it rests, and once mended the transition ends as it was asked, once."""
    engine, repairing = Engine(client, "failing"), Repairing(client, "failing")
    path_id = await opened(engine, school)
    look = looking(client, path_id)
    handle = client.get_workflow_handle(workflow_id(path_id))
    asked = school.activist(path_id, "decision", mode="record")
    asking = await handle.start_update(
        TRANSITION, asked, id=asked.key, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=Outcome
    )

    async def retried() -> bool:
        return any(one.attempt > 1 and one.error for one in (await look()).activities)

    await until(retried)
    seen = await look()
    (one,) = seen.activities
    assert (one.type, one.paused, one.error) == ("record", False, "the disk is full")
    await repairing.pause(seen, one.id, "the disk is mended first", key="k")

    async def paused() -> bool:
        return all(each.paused for each in (await look()).activities)

    await until(paused)
    failing.broken = False
    await repairing.unpause(await look(), one.id)
    outcome: Outcome = await asking.result()
    assert outcome.kind == "recorded"
    assert (await look()).activities == ()
    assert len(await entries(school, path_id)) == 2
    with pytest.raises(NotLegal, match="retry-now: Temporal refuses it"):
        await repairing.retry_now(await look(), one.id)


async def test_only_one_repairs_a_path_at_a_time(repairing: Repairing, school: School) -> None:
    """A second admin is told so; whoever was cut off may go on under their key, and is told that they had begun."""
    path_id = school.path_of(school.student())
    async with repairing.holding(path_id, "mine") as mine:
        assert not mine.begun
        with pytest.raises(NotLegal, match="somebody else is repairing"):
            async with repairing.holding(path_id, "theirs"):
                pass
    for acted in (False, True):
        with pytest.raises(OSError, match="cut off"):
            await cut_off(repairing, path_id, acted=acted)
    for begun in (True, False):
        async with repairing.holding(path_id, "theirs") as theirs:
            assert theirs.begun is begun


async def cut_off(repairing: Repairing, path_id: UUID, *, acted: bool) -> None:
    """Begin a repair and be cut off, before the act or after it."""
    async with repairing.holding(path_id, "theirs") as theirs:
        theirs.acted = acted
        raise OSError("cut off")
