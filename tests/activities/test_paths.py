"""The activities of a path by themselves, on the log in memory: what they answer, what they tell, what they write."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.mailroom import at_once
from activities.paths import Paths
from domain.facts.reminding import ReminderSent
from domain.path import TOPICS
from domain.receipt import Alarm
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk
from registry.record import record
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.clock import now
from tests.school import School
from workflows.contract import DueInput, RecordInput, SendInput
from workflows.mailing import Item


@pytest.fixture
async def school() -> School:
    """A school that keeps its log in memory."""
    rulebooks = load_rulebooks(HERE / "policy-sample.yaml")
    school = School(Desk(MemoryLog(), EventMapping(TOPICS), rulebooks, Vault(bytes(32))))
    await school.establish()
    return school


@pytest.fixture
def paths(school: School) -> Paths:
    """The activities at the school's desk."""
    return Paths(school.desk, at_once(school.desk))


async def owed(school: School, paths: Paths) -> tuple[UUID, datetime, Alarm]:
    """A path, the moment at which its first reminder is due, and the alarm of that moment."""
    path_id = await school.open_in_log(school.student())
    first = await ActivityEnvironment().run(paths.due, DueInput(path_id, now()))
    assert first.send == ()
    assert first.wake is not None
    return path_id, first.wake, await ActivityEnvironment().run(paths.due, DueInput(path_id, first.wake))


async def test_record_answers_with_an_outcome(school: School, paths: Paths) -> None:
    """A receipt, a refusal and a repeat are all values."""
    asked = school.opening(school.student())
    run = ActivityEnvironment().run
    first = await run(paths.record, RecordInput(asked, now()))
    again = await run(paths.record, RecordInput(asked, now()))
    refused = await run(paths.record, RecordInput(school.activist(asked.path_id, "early"), now()))
    assert first.receipt is not None
    assert again.receipt == replace(first.receipt, repeated=True)
    assert refused.kind == "refused"


async def test_what_the_sender_has_to_mend_is_not_tried_again(school: School, paths: Paths) -> None:
    """A shape that fits no fact fails for good, names the fields, and says which request was answered so."""
    path_id = await school.open_in_log(school.student())
    wrong = school.ask(path_id, "path-withdrawn", "k", by_unit="nowhere")
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(paths.record, RecordInput(wrong, now()))
    assert failed.value.non_retryable
    assert failed.value.type == "WrongShape"
    assert failed.value.details[0][0][0] == "by_unit"
    assert failed.value.details[1] == wrong.request


async def test_an_unknown_path_has_nothing_to_wait_for(school: School, paths: Paths) -> None:
    """A workflow without a path in the log is told that it may end."""
    asked = DueInput(school.path_of(school.student()), now())
    assert await ActivityEnvironment().run(paths.due, asked) == Alarm(closed=True)


async def test_a_reminder_is_handed_over_to_everybody_who_is_to_hear_it(school: School) -> None:
    """Nothing is written when a reminder is handed over: one item a recipient, and nothing said in it."""
    handed: list[Item] = []

    async def hand_over(items: Sequence[Item]) -> None:
        """Keep them."""
        handed.extend(items)

    told = [await school.reachable(f"staff-{n}", post="deputy-secretary") for n in range(2)]
    paths = Paths(school.desk, hand_over)
    path_id, moment, alarm = await owed(school, paths)
    (reminder,) = alarm.send
    await ActivityEnvironment().run(paths.send, SendInput(path_id, reminder, moment))
    assert sorted(handed, key=str) == sorted((Item(path_id, reminder.key, one, moment) for one in told), key=str)
    assert len(await school.desk.log.stream(path_id)) == 1


async def test_a_reminder_that_nobody_can_hear_is_recorded_as_refused(school: School, paths: Paths) -> None:
    """A branch without anybody in office: it stands in the log who was passed over and why, and is not tried again."""
    path_id, moment, alarm = await owed(school, paths)
    for _ in range(2):
        await ActivityEnvironment().run(paths.send, SendInput(path_id, alarm.send[0], moment))
    (sent,) = [fact for fact in (await school.desk.load(path_id)).facts if isinstance(fact, ReminderSent)]
    assert (sent.outcome, sent.code, sent.channel, sent.recipient) == ("refused", "nobody-to-tell", "none", None)
    assert "branch-secretary:vacant" in sent.passed_over
    assert (await ActivityEnvironment().run(paths.due, DueInput(path_id, moment))).send == ()


async def test_what_was_met_in_the_meantime_is_not_handed_over(school: School, paths: Paths) -> None:
    """Between the look and the sending somebody may have done it."""
    path_id, moment, alarm = await owed(school, paths)
    await record(school.desk, school.talk(path_id), moment + timedelta(seconds=1))
    await ActivityEnvironment().run(paths.send, SendInput(path_id, alarm.send[0], moment))
    assert [entry.topic for entry in await school.desk.log.stream(path_id)][-1] == "applicant-talk-held"
