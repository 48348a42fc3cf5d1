"""A reminder is snoozed and asked for again by a fact; what does not fit is refused with a sentence, and nothing is written."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import civil_day, moment_on
from domain.facts.reminding import ReminderSent
from domain.receipt import Alarm, Reminder
from registry.batch import record_all
from registry.desk import Desk
from registry.drafting import asking
from registry.due import due, looked
from registry.record import record
from registry.shape import WrongShape
from tests.registry.lin import LIN, Asking

APPLIED = date.fromisoformat(LIN["effective_on"])
DUE = date(2026, 4, 2)


def at(day: date) -> datetime:
    """Just before noon in China."""
    return moment_on(day, time(11, 50))


async def ring(desk: Desk, path: UUID, day: date) -> Alarm:
    """What the workflow would be told on a day."""
    return await due(desk, await desk.load(path), at(day))


async def tell(
    desk: Desk, path: UUID, reminder: Reminder, day: date, *, recipient: str | None = None, of: int = 1
) -> None:
    """Record that a reminder was told on a day."""
    said = {
        "effective_on": day,
        "obligation": reminder.obligation,
        "step": reminder.step,
        "owed_by": reminder.owed_by,
        "due_on": reminder.due_on,
        "rung_days": reminder.rung_days,
        "kind": reminder.kind,
        "workdays": reminder.workdays,
        "channel": "mail",
        "outcome": "accepted",
        "recipient": recipient,
        "recipients": of,
    }
    key = f"{reminder.key}/{recipient}"
    asked = asking(desk, path, ReminderSent.TOPIC, said, actor="jieti", capacity="system", key=key, mode="record")
    assert (await record(desk, asked, at(day))).kind == "recorded"


@pytest.fixture
async def path(desk: Desk, question: Asking, lin: UUID) -> UUID:
    """Somebody applied on the second of March; the talk is due on the second of April."""
    assert (await record(desk, question("application-submitted", **LIN), at(APPLIED))).kind == "recorded"
    (owed,) = looked(desk, (await desk.load(lin)).facts, at(APPLIED)).obligations
    assert (owed.id, owed.due_on) == ("talk", DUE)
    return lin


async def refused(desk: Desk, asked: Any, day: date) -> str:
    """What is said to a question that does not fit; nothing was written."""
    size = await desk.log.size()
    with pytest.raises(WrongShape) as caught:
        await record(desk, asked, at(day))
    assert await desk.log.size() == size
    ((field, message),) = caught.value.faults
    return f"{field}: {message}"


async def test_a_snooze_silences_until_its_day(desk: Desk, question: Asking, path: UUID) -> None:
    """Ten days before, the secretary snoozes for nine days: silence, then what has passed is told, and the climb is not put off."""
    tenth = DUE - timedelta(days=10)
    until = tenth + timedelta(days=9)
    said = {"obligation": "talk", "until": str(until), "reason": "出差", "effective_on": str(tenth)}
    assert (await record(desk, question("reminder-snoozed", **said), at(tenth))).kind == "recorded"
    for day in range(9):
        assert (await ring(desk, path, tenth + timedelta(days=day))).send == ()
    rung = (await ring(desk, path, until)).send
    assert [(one.owed_by, one.rung_days) for one in rung] == [("branch-secretary", -10)]


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ({"obligation": "oath"}, "obligation: 'oath' is not owed here now; owed: talk"),
        ({"until": "2026-03-20"}, "until: today is 2026-03-20: a snooze ends on a day to come"),
        ({"until": "2026-03-02"}, "until: today is 2026-03-20: a snooze ends on a day to come"),
        ({"until": "2026-04-04"}, "until: until 2026-04-03 at most: this school lets a reminder wait for 14 days"),
    ],
)
@pytest.mark.usefixtures("path")
async def test_a_snooze_that_does_not_fit_is_refused(
    desk: Desk, question: Asking, says: dict[str, str], message: str
) -> None:
    """No such obligation, a day gone by, a day too far: each is told, with what would be well."""
    day = date(2026, 3, 20)
    said = {"obligation": "talk", "until": "2026-04-01", "reason": "出差", "effective_on": str(day), **says}
    assert await refused(desk, question("reminder-snoozed", **said), day) == message


@pytest.mark.usefixtures("path")
async def test_a_snooze_ends_where_it_climbs(desk: Desk, question: Asking) -> None:
    """After the due day a snooze lasts until the superior is told, and no longer; behind that the school's limit holds."""
    day, climbs = date(2026, 4, 3), date(2026, 4, 9)
    said = {"obligation": "talk", "until": "2026-04-10", "reason": "出差", "effective_on": str(day)}
    told = await refused(desk, question("reminder-snoozed", **said), day)
    assert told == f"until: until {climbs} at most: on that day it is told up the tree, which no snooze puts off"
    assert (
        await record(desk, question("reminder-snoozed", **{**said, "until": str(climbs)}), at(day))
    ).kind == "recorded"


async def test_a_rung_is_told_once_all_were_told(desk: Desk, path: UUID) -> None:
    """Of two recipients one is told: the rung is still to be told; then the other is, and it is not."""
    day = DUE - timedelta(days=10)
    (reminder,) = (await ring(desk, path, day)).send
    await tell(desk, path, reminder, day, recipient="a", of=2)
    assert (await ring(desk, path, day)).send == (reminder,)
    await tell(desk, path, reminder, day, recipient="b", of=2)
    assert (await ring(desk, path, day)).send == ()


@pytest.mark.parametrize("counts", [(2, 3), (3, 2)])
async def test_whoever_comes_or_goes_meanwhile_is_not_waited_for(
    desk: Desk, path: UUID, counts: tuple[int, int]
) -> None:
    """Two are told of a rung; before or after the first of them three were to hear it: it is told."""
    day = DUE - timedelta(days=10)
    (reminder,) = (await ring(desk, path, day)).send
    for recipient, of in zip("ab", counts, strict=True):
        assert (await ring(desk, path, day)).send == (reminder,)
        await tell(desk, path, reminder, day, recipient=recipient, of=of)
    assert (await ring(desk, path, day)).send == ()


async def test_a_batch_is_looked_at_as_one_fact_is(desk: Desk, question: Asking, path: UUID) -> None:
    """What does not fit what is owed is refused in a batch too, also by what stands before it there."""
    day = date(2026, 3, 20)
    on = {"effective_on": str(day)}
    snooze = {"obligation": "talk", "until": "2026-03-25", "reason": "出差", **on}
    talked = question("applicant-talk-held", "b/1", mode="record", held_by="t-1", post="secretary", **on)
    for wrong in (
        [question("reminder-snoozed", "b/2", **{**snooze, "until": "2026-05-01"})],
        [question("reminder-asked-again", "b/2", obligation="talk", due_on=str(DUE), rung_days=0, reason="甲", **on)],
        [talked, question("reminder-snoozed", "b/2", **snooze)],
    ):
        size = await desk.log.size()
        with pytest.raises(WrongShape):
            await record_all(desk, wrong, at(day))
        assert await desk.log.size() == size
    for repeated, when in ((False, day), (True, DUE)):  # sent again, it is known, though on that day it would not fit
        (written,) = await record_all(desk, [question("reminder-snoozed", "b/2", **snooze)], at(when))
        assert written.repeated == repeated
    assert (await ring(desk, path, date(2026, 3, 24))).send == ()


async def test_what_was_told_is_told_once_more_when_asked_for(desk: Desk, question: Asking, path: UUID) -> None:
    """Asked again, the rung is due under a key of its own; told again, it is done, and the log has both."""
    day = DUE - timedelta(days=10)
    said = {"obligation": "talk", "due_on": str(DUE), "rung_days": -10, "reason": "没收到", "effective_on": str(day)}
    told = await refused(desk, question("reminder-asked-again", **said), day)
    assert told == "rung_days: this rung has not been told yet: it is reached on 2026-03-23, and told by itself"
    (reminder,) = (await ring(desk, path, day)).send
    await tell(desk, path, reminder, day)
    for body, message in (
        ({"rung_days": -9}, "rung_days: its ladder has no such rung; it has -10, +0, +7"),
        ({"due_on": "2026-04-03"}, "due_on: 'talk' is due on 2026-04-02"),
        ({"obligation": "dossier"}, "obligation: 'dossier' is not owed here now; owed: talk"),
    ):
        assert await refused(desk, question("reminder-asked-again", **{**said, **body}), day) == message
    assert (await record(desk, question("reminder-asked-again", **said), at(day))).kind == "recorded"
    (again,) = (await ring(desk, path, day)).send
    assert (again.key, again.times) == (f"{reminder.key}/again-1", 1)
    await tell(desk, path, again, day)
    assert (await ring(desk, path, day)).send == ()
    sent = [fact for fact in (await desk.load(path)).facts if isinstance(fact, ReminderSent)]
    assert len(sent) == 2
    assert {civil_day(one.timestamp) for one in sent} == {day}
