"""The watch, on the real engine: each technical cause is brought about, stands on the board in its words, and goes again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as File
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import WorkflowUpdateStage

from activities.reconciling import Reconciling
from domain.receipt import Outcome
from eventlog.published import Published, Status, say_status
from runtime.client import connect
from runtime.clock import now
from runtime.parts import Behind
from runtime.repairing import Repairing
from runtime.resources import Resources
from runtime.standing import standing
from runtime.sweep import astray
from runtime.watch import Watch
from tests.engine import followed, until
from tests.school import BRANCH, School
from tests.watched import Failing, Watched
from tests.workflows.defects import Changed, Oversleeping, Stumbling, Waiting
from workflows.contract import PATH, TRANSITION, PathInput, workflow_id
from workflows.path import Path
from workflows.reconciling import RECONCILE, Reconcile, ReconcileInput


async def started(watched: Watched, queue: str) -> UUID:
    """A path in the log whose workflow waits for workers of another queue."""
    path_id = await watched.school.open_in_log(watched.school.student())
    await watched.client.start_workflow(PATH, PathInput(path_id), id=workflow_id(path_id), task_queue=queue)
    return path_id


async def test_an_activity_that_fails_is_told_with_its_error(watched: Watched) -> None:
    """A decision that cannot be recorded: which activity, how often, what is wrong; paused it is another cause."""
    paths = Failing(watched.resources.desk)
    async with watched.served(paths):
        path_id = await watched.opened()
        handle = watched.client.get_workflow_handle(workflow_id(path_id))
        asked = watched.school.activist(path_id, "decision", mode="record")
        asking = await handle.start_update(
            TRANSITION, asked, id=asked.key, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=Outcome
        )
        item = await watched.stuck("activity-retrying", str(path_id))
        assert "record" in item["zh"]
        assert "the disk is full" in item["en"]
        assert (item["frees"], item["next"]["act"]) == ("admin", "retry-now")
        repairing, seen = (
            Repairing(watched.client, watched.settings.task_queue),
            await standing(watched.client, handle.id),
        )
        await repairing.pause(seen, seen.activities[0].id, "a test", key="k")
        item = await watched.stuck("paused", str(path_id))
        assert (item["next"]["act"], "record" in item["en"]) == ("unpause", True)
        paths.broken = False
        await repairing.unpause(await standing(watched.client, handle.id), seen.activities[0].id)
        assert (await asking.result()).kind == "recorded"
        await watched.free("paused")
        await watched.free("activity-retrying")


async def test_a_reminder_that_cannot_be_sent_is_seen_though_no_list_names_it(watched: Watched) -> None:
    """The worker that tries it again notes the workflow; once it goes on, the note is struck out."""
    paths = Failing(watched.resources.desk)
    async with watched.served(paths):
        opening = watched.school.opening(watched.school.student(), effective_on="2026-01-05", mode="record")
        await watched.engine.transition(opening)
        item = await watched.stuck("activity-retrying", str(opening.path_id))
        assert "send" in item["en"]
        assert "the post office is closed" in item["en"]
        paths.broken = False
        await watched.free("activity-retrying")


async def test_a_broken_release_is_told_by_what_is_wrong_with_it(watched: Watched) -> None:
    """A defect in the code and code that does not fit the history are two causes, each with its error and since when."""
    async with watched.served():
        path_id = await watched.opened()
    stumbling = replace(watched, settings=replace(watched.settings, task_queue="stumbling"))
    other = await started(watched, "stumbling")
    async with stumbling.served(workflows=[Stumbling]), watched.served(workflows=[Changed]):
        await watched.engine.nudge([path_id])
        defect, misfit = await asyncio.gather(
            watched.stuck("workflow-task-failing", str(other)), watched.stuck("non-determinism", str(path_id))
        )
    assert "a defect of this release" in defect["en"]
    assert misfit["next"]["act"] == "move"
    groups = {one["cause"]: one for one in (await watched.board())["groups"]}
    assert groups["non-determinism"]["severity"] == "grave"
    for broken in (path_id, other):
        await watched.client.get_workflow_handle(workflow_id(broken)).terminate()
    async with watched.served():
        await watched.engine.nudge([path_id, other])
        await watched.free("workflow-task-failing")
        await watched.free("non-determinism")


async def test_a_timer_that_does_not_ring_and_letters_that_wait_are_seen(watched: Watched) -> None:
    """Whatever kind of workflow it is: one has overslept, another keeps what no channel takes."""
    told = replace(watched, settings=replace(watched.settings, task_queue="odd"))
    path_id = await started(watched, "odd")
    await watched.client.start_workflow("Mailroom", id="mailroom/99", task_queue="odd")
    async with told.served(workflows=[Oversleeping, Waiting]), watched.served():
        item = await watched.stuck("timer-overdue", str(path_id))
        assert item["next"]["act"] == "nudge"
        assert "闹钟" in item["zh"]
        waits = await watched.stuck("letters-waiting", "mailroom/99")
        assert waits["path_id"] is None
        for name in (workflow_id(path_id), "mailroom/99"):
            await watched.client.get_workflow_handle(name).terminate()
        await watched.engine.nudge([path_id])
        await watched.free("timer-overdue")
        await watched.free("letters-waiting")


async def test_a_workflow_that_is_gone_is_missed(watched: Watched) -> None:
    """Terminated while its path is open, once and once more; nudged it is there again. A path that ends takes its workflow with it."""
    async with watched.served():
        path_id, ended = await watched.opened(), await watched.opened()
        await watched.free("workflow-gone")
        await watched.client.get_workflow_handle(workflow_id(path_id)).terminate()
        await watched.engine.transition(watched.school.withdrawal(ended))
        item = await watched.stuck("workflow-gone", str(path_id))
        assert "terminated" in item["en"]
        assert (await watched.board("cause=workflow-gone"))["stuck"] == 1
        await watched.engine.nudge([path_id])
        await watched.free("workflow-gone")
        await watched.client.get_workflow_handle(workflow_id(path_id)).terminate()
        await watched.stuck("workflow-gone", str(path_id), 20)  # though the numbers part as they did before
        other = await watched.opened()
        await watched.client.get_workflow_handle(workflow_id(other)).terminate()
        await watched.engine.nudge([path_id])
        await watched.stuck("workflow-gone", str(other), 20)  # though as many are gone as before
        await watched.engine.nudge([other])
        await watched.free("workflow-gone")


async def test_nobody_who_works_is_told_at_once_and_timers_are_not_blamed(watched: Watched) -> None:
    """A queue that no worker polls; with one, and of the current build, it is over."""
    await watched.another(replace(watched.settings, task_queue="nobody")).look()
    (one,) = [one for one in await watched.troubles() if one.cause == "no-worker"]
    assert (one.about, one.workflow_id) == ("nobody", None)
    assert "nobody" in one.en
    async with watched.served():
        await watched.free("no-worker")


async def test_what_the_last_reconciliation_left_is_shown(watched: Watched) -> None:
    """A workflow of a path that the log has not: found by a round, and on the board until another finds it gone."""
    stranger = UUID("6f0b1c9e-0000-4000-8000-000000000001")
    desk, views = watched.resources.desk, watched.resources.views
    rounds = Reconciling(
        desk,
        views,
        watched.client,
        nudge=watched.engine.nudge,
        astray=lambda moment: astray(watched.client, views, moment),
        clock=now,
    )
    await watched.client.start_workflow(PATH, PathInput(stranger), id=workflow_id(stranger), task_queue="unserved")
    async with watched.served(workflows=[Path, Reconcile], activities=[rounds.reconcile]):
        for left in (True, False):
            asked = ReconcileInput(repair=False)
            queue = watched.settings.task_queue
            await watched.client.execute_workflow(RECONCILE, asked, id="a-round", task_queue=queue)
            if left:
                item = await watched.stuck("disagreement", str(stranger))
                assert item["en"].startswith("workflow-without-path: ")
                await watched.client.get_workflow_handle(workflow_id(stranger)).terminate()
    await watched.board()
    assert str(stranger) not in {str(one.path_id) for one in await watched.troubles() if one.cause == "disagreement"}


async def test_a_temporal_that_is_away_is_a_cause_and_hides_no_other(watched: Watched) -> None:
    """What was known of the workflows stands as it was seen last; what needs no Temporal is looked at all the same."""
    async with watched.served():
        path_id = await watched.opened()
        await watched.client.get_workflow_handle(workflow_id(path_id)).terminate()
        await watched.stuck("workflow-gone", str(path_id))
        away = await connect(replace(watched.settings, temporal_address="127.0.0.1:1"), lazy=True)
        look = await Watch(away, watched.resources.desk, watched.resources.views, watched.settings, now).look()
        assert look.away
        known = {one.cause for one in await watched.troubles()}
        assert {"engine-away", "workflow-gone"} <= known
        await watched.engine.nudge([path_id])
        await watched.free("engine-away")
        await watched.free("workflow-gone")


async def test_a_post_that_nobody_holds_is_a_cause_of_its_unit(watched: Watched) -> None:
    """A branch whose paths are open and that has no secretary: reminders would reach nobody there."""
    async with watched.served():
        await watched.opened()
    item = await replace(watched, watch=watched.another()).stuck("nobody-appointed", BRANCH)
    assert (item["unit"], item["path_id"], item["frees"]) == (BRANCH, None, "superior-committee")
    assert "无人任职" in item["zh"]


async def test_only_one_keeps_the_watch(watched: Watched) -> None:
    """Two processes look in turns, not both: the second waits until the first is gone, and then goes on."""
    looks: list[str] = []

    class Telling(Watch):
        """Says when it looks."""

        def __init__(self, name: str) -> None:
            super().__init__(watched.client, watched.resources.desk, watched.resources.views, watched.settings, now)
            self._name = name

        async def look(self):  # type: ignore[no-untyped-def] # as its parent
            """Look, and say so."""
            looks.append(self._name)
            return await super().look()

    first = asyncio.create_task(Telling("first").keep(0.02))

    async def looked() -> bool:
        return len(looks) > 2

    await until(looked)
    second = asyncio.create_task(Telling("second").keep(0.02))
    await until(lambda: _has(looks, 6))
    assert set(looks) == {"first"}
    first.cancel()
    await asyncio.wait([first])
    await until(lambda: _has(looks, "second"))
    second.cancel()
    await asyncio.wait([second])


async def _has(looks: list[str], what: int | str) -> bool:
    return len(looks) >= what if isinstance(what, int) else what in looks


def said(size: int, ago: timedelta = timedelta(), *, refused: str = "", error: str = "") -> Status:
    """What a signer says of itself."""
    return Status("log", size, size, None, now() - ago, refused, error, ())


async def test_who_is_behind_the_log_is_told_after_a_while(
    resources: Resources, school: School, tmp_path: File
) -> None:
    """Views and signer may take their time; what stood in the log half a minute ago and is not followed is a cause."""
    await followed(resources)
    behind = Behind(resources.desk.log, resources.views, Published(tmp_path), seal_seconds=60)
    moment, size = now(), await resources.desk.log.size()
    say_status(tmp_path, said(size))
    assert await behind.amiss(moment) == []
    await school.open_in_log(school.student())
    assert await behind.amiss(moment + timedelta(seconds=1)) == []
    say_status(tmp_path, said(size, -timedelta(seconds=40)))
    (views,) = await behind.amiss(moment + timedelta(seconds=40))
    assert (views.cause, views.since) == ("views-behind", moment + timedelta(seconds=1))
    assert f"the views are at {size}, the log has {size + 1} entries" in views.en
    say_status(tmp_path, said(size, -timedelta(seconds=100)))
    causes = {one.cause: one for one in await behind.amiss(moment + timedelta(seconds=110))}
    assert causes["signer-behind"].since == moment + timedelta(seconds=1)
    await followed(resources)
    say_status(tmp_path, said(size + 1, -timedelta(seconds=120)))
    assert await behind.amiss(moment + timedelta(seconds=120)) == []


@pytest.mark.parametrize(
    ("status", "cause", "word"),
    [
        ({"ago": timedelta(minutes=1)}, "signer-behind", "has said nothing since"),
        ({"refused": "entry 7 was altered"}, "signer-refuses", "entry 7 was altered"),
        ({"error": "the disk is full"}, "signer-behind", "the disk is full"),
    ],
    ids=["silent", "refuses", "held up"],
)
async def test_a_signer_that_does_not_seal_says_why(
    resources: Resources, tmp_path: File, status: dict[str, Any], cause: str, word: str
) -> None:
    """By its own word, or by its silence; where there has never been one, none is missed."""
    behind = Behind(resources.desk.log, resources.views, Published(tmp_path), seal_seconds=60)
    assert "signer-behind" not in {one.cause for one in await behind.amiss(now())}
    say_status(tmp_path, said(10**9, **status))
    found = {one.cause: one for one in await behind.amiss(now())}
    assert word in found[cause].en
