"""A path on the real engine: opened, moved, refused, nudged, ended."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from domain.calendar import add_months, moment_on
from domain.quiet import SEND_AT
from registry.due import due
from registry.record import record
from registry.sealing import sealed
from registry.shape import WrongShape
from runtime.clock import now, today
from runtime.engine import Engine
from runtime.resources import Resources
from tests.engine import asks_what_is_due, until
from tests.school import BRANCH, School
from workflows.contract import (
    DUE_AT,
    HEALTH,
    LOG_VERSION,
    NEXT_WAKE_AT,
    PATH_RULEBOOK,
    PATH_STAGE,
    PATH_UNIT,
    SUMMARY,
    WAITING_FOR,
    workflow_id,
)


def handle(client: Client, path_id: UUID) -> WorkflowHandle[Any, Any]:
    """A path's workflow."""
    return client.get_workflow_handle(workflow_id(path_id))


async def opened(engine: Engine, school: School, **changes: Any) -> UUID:
    """Open a path and say which."""
    asked = school.opening(school.student(), **changes)
    assert (await engine.transition(asked)).kind == "recorded"
    return asked.path_id


async def asked_what_is_due(client: Client, path_id: UUID) -> int:
    """How often this run has asked what is due."""
    history = await handle(client, path_id).fetch_history()
    return sum(map(asks_what_is_due, history.events))


async def test_an_opening_starts_the_workflow_and_its_receipt_sets_the_alarm(
    engine: Engine, client: Client, school: School, resources: Resources
) -> None:
    """One call opens the path in the log, starts its workflow, and sets wake and labels without a second question."""
    (asked,) = await sealed(resources.desk, [school.opening(school.student())])
    outcome = await engine.transition(asked)
    receipt = outcome.receipt
    assert outcome.kind == "recorded"
    assert receipt is not None
    assert (receipt.version, receipt.request) == (1, asked.request)
    (entry,) = await resources.desk.log.stream(asked.path_id)
    assert (entry.position, entry.digest.hex()) == (receipt.position, receipt.digest)
    shown = (await handle(client, asked.path_id).describe()).typed_search_attributes
    wake = moment_on(today() + timedelta(days=_month(today()) - 10), SEND_AT)
    assert receipt.alarm.wake == wake
    assert shown.get(NEXT_WAKE_AT) == wake
    assert shown.get(PATH_UNIT) == BRANCH
    assert shown.get(PATH_STAGE) == "applicant"
    assert (shown.get(PATH_RULEBOOK) or "").startswith("cpc-2026@")
    assert shown.get(WAITING_FOR) == ["branch-secretary"]
    assert (shown.get(DUE_AT) or now()) > now()
    assert (shown.get(LOG_VERSION), shown.get(HEALTH)) == (1, "ok")
    assert await asked_what_is_due(client, asked.path_id) == 0


def _month(day: date) -> int:
    """The days of the month that begins on a day."""
    return (add_months(day, 1) - day).days


async def test_a_transition_is_recorded_and_a_refusal_is_a_value(
    engine: Engine, school: School, resources: Resources
) -> None:
    """What a blocking rule forbids is refused with the rule and nothing is written; what is allowed is written."""
    path_id = await opened(engine, school)
    refused = await engine.transition(school.activist(path_id, "early"))
    assert refused.kind == "refused"
    assert any(finding.severity == "block" for finding in refused.findings)
    assert len(await resources.desk.log.stream(path_id)) == 1
    recorded = await engine.transition(school.activist(path_id, "happened", mode="record"))
    assert recorded.kind == "recorded"
    assert recorded.receipt is not None
    assert recorded.receipt.version == 2
    assert recorded.findings
    assert [entry.topic for entry in await resources.desk.log.stream(path_id)] == [
        "application-submitted",
        "activist-determined",
    ]


async def test_a_repeat_gets_the_first_receipt(engine: Engine, school: School, resources: Resources) -> None:
    """The same key and request are answered alike however far the path has come, and stand once in the log."""
    path_id = await opened(engine, school)
    first = await engine.transition(school.activist(path_id, "again", mode="record"))
    await record(resources.desk, school.talk(path_id), now())
    again = await engine.transition(school.activist(path_id, "again", mode="record"))
    assert first.receipt is not None
    assert again.receipt is not None
    assert again.receipt.digest == first.receipt.digest
    assert len(await resources.desk.log.stream(path_id)) == 3


@pytest.mark.parametrize("mode", ["record", "authorise"])
async def test_a_key_used_for_another_request_is_told(engine: Engine, school: School, mode: Any) -> None:
    """Temporal would answer any request under a known key with what it said first, be that a receipt or a refusal."""
    path_id = await opened(engine, school)
    first = await engine.transition(school.activist(path_id, "one", mode=mode))
    assert first.kind == ("recorded" if mode == "record" else "refused")
    assert (await engine.transition(school.withdrawal(path_id, "one"))).kind == "key-reused"
    assert (await engine.transition(school.activist(path_id, "one", mode=mode))).kind == first.kind


async def test_a_stale_version_is_told(engine: Engine, school: School, resources: Resources) -> None:
    """Who decides on an old state of the path is told so, and nothing is written."""
    path_id = await opened(engine, school)
    await record(resources.desk, school.talk(path_id), now())
    outcome = await engine.transition(school.activist(path_id, "stale", mode="record", version=1))
    assert (outcome.kind, outcome.version) == ("stale", 2)
    assert len(await resources.desk.log.stream(path_id)) == 2


async def test_what_only_the_log_can_find_wrong_comes_back_by_field(engine: Engine, school: School) -> None:
    """A unit that does not exist is the sender's mistake: told at once, not tried again as an outage."""
    path_id = await opened(engine, school)
    wrong = school.ask(path_id, "path-withdrawn", "nowhere", by_unit="branch-of-nowhere")
    with pytest.raises(WrongShape) as told:
        await engine.transition(wrong)
    assert told.value.faults[0][0] == "by_unit"
    right = school.withdrawal(path_id, "nowhere")
    assert (await engine.transition(right)).kind == "key-reused"


async def test_a_second_opening_meets_the_first(engine: Engine, school: School, resources: Resources) -> None:
    """Another key for the same person's opening is answered by the path that is there."""
    student = school.student()
    await engine.transition(school.opening(student))
    again = await engine.transition(school.opening(student, key="open-once-more"))
    assert (again.kind, again.version) == ("already-open", 1)
    assert len(await resources.desk.log.stream(school.path_of(student))) == 1


async def test_a_refused_opening_leaves_no_workflow(engine: Engine, client: Client, school: School) -> None:
    """The workflow that was started for an opening ends when there is no path."""
    asked = school.opening(school.student(), born_on="2012-01-01")  # too young to apply
    assert (await engine.transition(asked)).kind == "refused"
    assert await handle(client, asked.path_id).result() is None


async def test_a_transition_of_an_unknown_path_leaves_no_workflow(
    engine: Engine, client: Client, school: School
) -> None:
    """A path that the log does not know is told to be unknown, and nothing stays behind."""
    path_id = school.path_of(school.student())
    assert (await engine.transition(school.withdrawal(path_id))).kind == "unknown-path"
    assert await handle(client, path_id).result() is None


async def test_a_nudge_sets_the_alarm_anew(
    engine: Engine, client: Client, school: School, resources: Resources
) -> None:
    """Evidence that moves the alarm reaches the workflow by a nudge, which asks the log."""
    path_id = await opened(engine, school)
    await record(resources.desk, school.talk(path_id), now())
    await engine.nudge([path_id])
    expected = await due(resources.desk, await resources.desk.load(path_id), now())

    async def heard() -> bool:
        shown = (await handle(client, path_id).describe()).typed_search_attributes
        return shown.get(LOG_VERSION) == 2 and shown.get(NEXT_WAKE_AT) == expected.wake

    await until(heard)
    assert await asked_what_is_due(client, path_id) == 1


async def test_closing_ends_the_workflow_and_its_answers_stay(
    engine: Engine, client: Client, school: School, resources: Resources
) -> None:
    """A path that closes ends its workflow; a late repeat gets the first receipt, a late request is refused."""
    path_id = await opened(engine, school)
    first = await engine.transition(school.withdrawal(path_id))
    assert await handle(client, path_id).result() is None
    again = await engine.transition(school.withdrawal(path_id))
    assert again.receipt == first.receipt
    late = await engine.transition(school.activist(path_id, "late"))
    assert late.kind == "refused"
    assert "CLOSED" in {finding.rule for finding in late.findings}
    assert len(await resources.desk.log.stream(path_id)) == 2
    await until(lambda: _ended(client, path_id))


async def _ended(client: Client, path_id: UUID) -> bool:
    return (await handle(client, path_id).describe()).status == WorkflowExecutionStatus.COMPLETED


async def test_a_missing_workflow_is_started_from_the_log(
    engine: Engine, client: Client, school: School, resources: Resources
) -> None:
    """A path that Temporal has lost takes its next transition all the same, and has its alarm again."""
    path_id = await school.open_in_log(school.student())
    with pytest.raises(RPCError):
        await handle(client, path_id).describe()
    outcome = await engine.transition(school.activist(path_id, "after-loss", mode="record"))
    assert outcome.kind == "recorded"
    shown = (await handle(client, path_id).describe()).typed_search_attributes
    assert shown.get(LOG_VERSION) == 2
    assert len(await resources.desk.log.stream(path_id)) == 2


async def test_an_orphan_entry_is_found_by_the_next_transition(
    engine: Engine, school: School, resources: Resources
) -> None:
    """An entry that was written while its workflow was lost is answered to its key, and counted by what follows."""
    path_id = await opened(engine, school)
    orphan = school.activist(path_id, "orphan", mode="record")
    await record(resources.desk, orphan, now())  # all that a killed worker has left of the transition
    following = await engine.transition(school.withdrawal(path_id))
    assert following.receipt is not None
    assert following.receipt.version == 3
    late = await engine.transition(orphan)
    assert late.receipt is not None
    assert (late.receipt.version, late.receipt.repeated) == (2, True)
    assert len(await resources.desk.log.stream(path_id)) == 3


async def test_people_can_read_in_temporal_where_a_path_stands(engine: Engine, client: Client, school: School) -> None:
    """Summary and details are readable without a key, in both languages, and name nobody."""
    path_id = await opened(engine, school, name="王小明")
    described = await handle(client, path_id).describe()
    assert described.raw_description.execution_config.user_metadata.summary.data.decode() == f'"{SUMMARY}"'
    assert await described.static_summary() == SUMMARY
    metadata = await handle(client, path_id).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "阶段 · Stage: **applicant**" in metadata.current_details
    assert BRANCH in metadata.current_details
    assert "王小明" not in metadata.current_details
