"""The reconciliation on the real engine: each disagreement is brought about, found, and put right or listed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.reconciling import Reconciling
from domain.calendar import civil_day
from registry.record import record
from runtime.clock import now
from runtime.engine import Engine
from runtime.resources import Resources
from runtime.schedules import NIGHTLY, ensure_nightly
from runtime.settings import Settings
from runtime.sweep import astray
from runtime.workers import make_worker
from tests.engine import followed, until
from tests.school import School
from workflows.contract import PATH, PathInput, workflow_id
from workflows.reconciling import RECONCILE, Disagreement, Reconcile, ReconcileInput, Reconciliation

QUEUE = "reconciling"


class Rounds:
    """Begins rounds as an admin does, and looks at what they say of one path."""

    def __init__(self, client: Client, since: datetime) -> None:
        """Ask this Temporal, for what was recorded since a moment."""
        self.client = client
        self.since = since

    async def round(self, *, repair: bool = True) -> Reconciliation:
        """One round."""
        asked = ReconcileInput(self.since, repair)
        found: Reconciliation = await self.client.execute_workflow(
            RECONCILE, asked, id=f"round-{now().isoformat()}", task_queue=QUEUE, result_type=Reconciliation
        )
        return found

    async def about(self, path_id: UUID, *, repair: bool = True) -> Sequence[Disagreement]:
        """What a round says of a path."""
        return [one for one in (await self.round(repair=repair)).disagreements if one.path_id == str(path_id)]


@pytest.fixture
async def rounds(
    client: Client, settings: Settings, resources: Resources, engine: Engine, school: School
) -> AsyncIterator[Rounds]:
    """A worker that reconciles, with views that follow at a word and no grace for what has just been recorded."""
    assert school.desk is resources.desk
    rounds = Reconciling(
        resources.desk,
        resources.views,
        client,
        nudge=engine.nudge,
        astray=lambda moment: astray(client, resources.views, moment),
        clock=now,
        grace=timedelta(),
        patience_seconds=1,  # others write into this log too, and nobody follows it but at a word
    )
    own = replace(settings, task_queue=QUEUE)
    async with make_worker(client, own, workflows=[Reconcile], activities=[rounds.reconcile]):
        yield Rounds(client, now())


async def status(client: Client, path_id: UUID) -> WorkflowExecutionStatus | None:
    """How a path's workflow is."""
    return (await client.get_workflow_handle(workflow_id(path_id)).describe()).status


async def test_where_all_agree_nothing_is_said(
    rounds: Rounds, engine: Engine, school: School, resources: Resources
) -> None:
    """A path that was opened, went on and was closed through its workflow gives no cause."""
    opening = school.opening(school.student())
    await engine.transition(opening)
    await engine.transition(school.withdrawal(opening.path_id))
    await followed(resources)
    assert await rounds.about(opening.path_id) == []


async def test_recipients_are_no_paths(rounds: Rounds, school: School, resources: Resources) -> None:
    """What stands of a recipient has neither a workflow nor a row of a path, and nothing is amiss with that."""
    recipient_id = await school.reachable(school.student(), post="committee-member")
    await followed(resources)
    assert await rounds.about(recipient_id) == []


async def test_a_decision_past_the_workflow_is_listed(
    rounds: Rounds, engine: Engine, school: School, resources: Resources
) -> None:
    """A decision that somebody wrote into the log through no workflow is named with its position and its author."""
    opening = school.opening(school.student())
    await engine.transition(opening)
    await record(resources.desk, school.withdrawal(opening.path_id), now())
    await followed(resources)
    found = {one.kind: one for one in await rounds.about(opening.path_id)}
    assert not found["entry-without-update"].repaired
    assert "path-withdrawn, version 2" in found["entry-without-update"].told
    assert found["workflow-of-closed-path"].repaired

    async def ended() -> bool:
        return await status(rounds.client, opening.path_id) == WorkflowExecutionStatus.COMPLETED

    await until(ended)


async def test_a_lost_workflow_is_started_again(
    rounds: Rounds, engine: Engine, school: School, resources: Resources
) -> None:
    """A path whose workflow was terminated gets another; a dry run only tells."""
    opening = school.opening(school.student())
    await engine.transition(opening)
    await followed(resources)
    await rounds.client.get_workflow_handle(workflow_id(opening.path_id)).terminate("a mistake")

    async def is_told() -> bool:
        told = await rounds.about(opening.path_id, repair=False)
        return [(one.kind, one.repaired) for one in told] == [("workflow-astray", False)]

    await until(is_told, 20)
    assert [(one.kind, one.repaired) for one in await rounds.about(opening.path_id)] == [("workflow-astray", True)]
    assert await status(rounds.client, opening.path_id) == WorkflowExecutionStatus.RUNNING


async def test_a_workflow_without_a_path_is_listed(
    rounds: Rounds, school: School, resources: Resources, worker: Worker
) -> None:
    """A workflow that somebody started for a path that was never opened is not ended behind anybody's back."""
    assert worker.task_queue
    await followed(resources)
    path_id = uuid5(UUID(int=7), school.student())
    handle = await rounds.client.start_workflow(
        PATH, PathInput(path_id), id=workflow_id(path_id), task_queue="nobody-serves-this"
    )

    async def is_told() -> bool:
        told = await rounds.about(path_id, repair=False)
        return [(one.kind, one.repaired) for one in told] == [("workflow-without-path", False)]

    try:
        await until(is_told, 20)
    finally:
        await handle.terminate()


async def test_a_receipt_without_its_entry_is_listed(
    rounds: Rounds, engine: Engine, school: School, settings: Settings, resources: Resources
) -> None:
    """When the log has lost what Temporal answered for, the receipt says what is missing and where it stood."""
    opening = school.opening(school.student())
    outcome = await engine.transition(opening)
    assert outcome.receipt is not None
    await followed(resources)
    superuser = await asyncpg.connect(settings.database_url)
    change = "update log.entry set digest = $2 where stream_id = $1"
    try:
        await superuser.execute("alter table log.entry disable trigger all")
        await superuser.execute(change, opening.path_id, bytes(32))
        found = await rounds.about(opening.path_id, repair=False)
    finally:
        await superuser.execute(change, opening.path_id, bytes.fromhex(outcome.receipt.digest))
        await superuser.execute("alter table log.entry enable always trigger entry_stays")
        await superuser.execute("alter table log.entry enable always trigger entries_stay")
        await superuser.close()
    assert [one.kind for one in found] == ["receipt-not-recorded"]
    assert outcome.receipt.digest in found[0].told


async def test_views_that_are_wrong_follow_again(
    rounds: Rounds, engine: Engine, school: School, settings: Settings, resources: Resources
) -> None:
    """A row that says something else than the log, and one that is gone, are made anew from the log."""
    changed, gone = school.opening(school.student()), school.opening(school.student())
    for opening in (changed, gone):
        await engine.transition(opening)
    await followed(resources)
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("update view.path set stage = 'full-member' where path_id = $1", changed.path_id)
        await connection.execute("delete from view.path where path_id = $1", gone.path_id)
    finally:
        await connection.close()
    found = {one.path_id: one for one in (await rounds.round()).disagreements if one.kind.startswith("view")}
    assert (found[str(changed.path_id)].kind, found[str(changed.path_id)].repaired) == ("view-differs", True)
    assert "stage is applicant, the views say full-member" in found[str(changed.path_id)].told
    assert found[str(gone.path_id)].kind == "view-missing"
    await followed(resources)
    rows = await resources.views.rows([changed.path_id, gone.path_id])
    assert {row.stage for row in rows.values()} == {"applicant"}
    assert len(rows) == 2


async def test_a_row_without_a_path_is_listed(
    rounds: Rounds, engine: Engine, school: School, settings: Settings, resources: Resources
) -> None:
    """A path that only the views know is told, and is not taken for one."""
    opening = school.opening(school.student())
    await engine.transition(opening)
    await followed(resources)
    invented = uuid5(UUID(int=8), school.student())
    connection = await asyncpg.connect(settings.database_url)
    try:
        copied = """
            insert into view.path select (jsonb_populate_record(p, jsonb_build_object('path_id', $2::uuid))).*
              from view.path p where path_id = $1
        """
        await connection.execute(copied, opening.path_id, invented)
        found = await rounds.about(invented, repair=False)
    finally:
        await connection.execute("delete from view.path where path_id = $1", invented)
        await connection.close()
    assert "view-without-path" in {one.kind for one in found}


async def test_what_was_lost_on_its_way_is_handed_over_once_more(
    client: Client, school: School, resources: Resources
) -> None:
    """A reminder that is not told a day after its moment, as its mailroom was ended by hand, has its path nudged; no other."""
    moments = [now() - timedelta(days=22), now() - timedelta(days=2)]
    late, ahead = [
        await school.recorded(
            school.opening(school.student(), effective_on=civil_day(moment).isoformat(), key=f"at {moment}"), moment
        )
        for moment in moments
    ]
    await followed(resources, lambda: moments[0])
    nudged: dict[UUID, str] = {}

    async def nudge(streams: Mapping[UUID, str]) -> None:
        nudged.update(streams)

    async def none_astray(_moment: datetime) -> Mapping[UUID, str]:
        return {}

    rounds = Reconciling(resources.desk, resources.views, client, nudge=nudge, astray=none_astray, clock=now)
    night = ReconcileInput(now(), repair=True)
    found: Reconciliation = await ActivityEnvironment().run(rounds.reconcile, night)
    assert (nudged.get(late), nudged.get(ahead)) == ("path", None)
    assert str(late) not in {one.path_id for one in found.disagreements}


async def test_every_night_has_its_round(client: Client, settings: Settings) -> None:
    """The schedule is made once however often a worker starts, and looks back over more than a day."""
    for _ in range(2):
        await ensure_nightly(client, settings.task_queue)
    handle = client.get_schedule_handle(NIGHTLY)
    try:
        described = await handle.describe()
        assert described.schedule.spec.time_zone_name == "Asia/Shanghai"
        (night,) = described.schedule.spec.calendars
        assert (night.hour[0].start, night.minute[0].start) == (2, 47)
        assert described.info.next_action_times
    finally:
        await handle.delete()
