"""The activities of a path by themselves, on the log in memory: what they answer, what they tell, what they write."""

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.paths import Paths
from domain.facts import KINDS
from domain.facts.reminding import ReminderSent
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


@pytest.fixture
async def school() -> School:
    """A school that keeps its log in memory."""
    rulebooks = load_rulebooks(HERE / "policy-sample.yaml")
    school = School(Desk(MemoryLog(), EventMapping(KINDS), rulebooks, Vault(bytes(32))))
    await school.establish()
    return school


@pytest.fixture
def paths(school: School) -> Paths:
    """The activities at the school's desk."""
    return Paths(school.desk)


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


async def test_a_reminder_is_told_and_stands_in_the_log_once(
    school: School, paths: Paths, caplog: pytest.LogCaptureFixture
) -> None:
    """A second attempt at the same reminder tells nobody and writes nothing."""
    caplog.set_level(logging.INFO, "jieti.reminders")
    path_id, moment, alarm = await owed(school, paths)
    (reminder,) = alarm.send
    for _ in range(2):
        await ActivityEnvironment().run(paths.send, SendInput(path_id, reminder, moment))
    loaded = await school.desk.load(path_id)
    (sent,) = [fact for fact in loaded.facts if isinstance(fact, ReminderSent)]
    assert loaded.entries[-1].key == f"jieti:{reminder.key}"
    assert (sent.mode, sent.recorded_by, sent.capacity) == ("record", "jieti", "system")
    (line,) = [json.loads(message) for message in caplog.messages]
    assert line["path"] == str(path_id)
    assert line["to"] == reminder.owed_by
    assert (await ActivityEnvironment().run(paths.due, DueInput(path_id, moment))).send == ()


async def test_a_crash_between_telling_and_recording_tells_twice_and_records_once(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    """The only thing that can happen twice is the telling, under the same key."""

    class Crash(Exception):
        """The process is gone."""

    class Crashing(Paths):
        """Dies right after the channel has taken the reminder."""

        async def tell(self, asked: SendInput) -> None:
            """Tell, and die."""
            await super().tell(asked)
            raise Crash

    caplog.set_level(logging.INFO, "jieti.reminders")
    path_id, moment, alarm = await owed(school, Paths(school.desk))
    given = SendInput(path_id, alarm.send[0], moment)
    with pytest.raises(Crash):
        await ActivityEnvironment().run(Crashing(school.desk).send, given)
    await ActivityEnvironment().run(Paths(school.desk).send, given)
    assert [json.loads(message)["reminder"] for message in caplog.messages] == [alarm.send[0].key] * 2
    assert [entry.topic for entry in await school.desk.log.stream(path_id)].count("reminder-sent") == 1


async def test_what_was_met_in_the_meantime_is_not_told(school: School, paths: Paths) -> None:
    """Between the look and the sending somebody may have done it."""
    path_id, moment, alarm = await owed(school, paths)
    await record(school.desk, school.talk(path_id), moment + timedelta(seconds=1))
    await ActivityEnvironment().run(paths.send, SendInput(path_id, alarm.send[0], moment))
    assert [entry.topic for entry in await school.desk.log.stream(path_id)][-1] == "applicant-talk-held"
