"""From obligations to an alarm: which reminders are due at a moment, and when to look again."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from domain.calendar import moment_on
from domain.facts.base import Fact
from domain.facts.reminding import ReminderSent
from domain.judgement import Judgement, Obligation
from domain.personal import personal_state
from domain.receipt import Alarm, Labels, Reminder

SEND_AT = time(9, 7)
"""Reminders go out in the morning, and not on the full or half hour, when every gateway is busy."""

ESCALATION_DAYS = 7
"""Each role up the tree is told so many days after the rung before."""


def alarm(judgement: Judgement, facts: Sequence[Fact], moment: datetime) -> Alarm:
    """Say what to send at `moment` (aware UTC) and when to wake next. What was sent stands among the facts."""
    if judgement.closed:
        return Alarm(closed=True, labels=labels(judgement))
    if personal_state(facts).restricted:  # nothing is done with the data, and nobody is told anything of them
        return Alarm(labels=labels(judgement))
    told = {(one.obligation, one.due_on, one.rung_days) for one in facts if isinstance(one, ReminderSent)}
    send: list[Reminder] = []
    # Another edition owes other things: on its first morning the path is looked at again.
    wakes = [moment_on(judgement.edition_until, SEND_AT)] if judgement.edition_until else []
    for obligation in judgement.obligations:
        due = [one for one in ladder(obligation) if moment_of(one) <= moment]
        # After a long silence the last rung says it all: the ones it has passed are not sent one after another.
        if due and (due[-1].obligation, due[-1].due_on, due[-1].rung_days) not in told:
            send.append(due[-1])
        wakes.extend(moment_of(one) for one in ladder(obligation) if moment_of(one) > moment)
    return Alarm(tuple(send), min(wakes, default=None), closed=False, labels=labels(judgement))


def ladder(obligation: Obligation) -> Iterator[Reminder]:
    """All rungs of an obligation in order: the one who owes it first, then the roles up the tree."""
    rungs = [(days, obligation.owed_by) for days in obligation.remind]
    last = obligation.remind[-1]
    rungs += [(last + ESCALATION_DAYS * n, role) for n, role in enumerate(obligation.escalate, 1)]
    for days, role in rungs:
        yield Reminder(
            obligation=obligation.id,
            step=obligation.step,
            owed_by=role,
            due_on=obligation.due_on,
            rung_days=days,
            zh=obligation.zh,
            en=obligation.en,
        )


def moment_of(reminder: Reminder) -> datetime:
    """The moment at which a rung is reached."""
    return moment_on(reminder.due_on + timedelta(days=reminder.rung_days), SEND_AT)


def labels(judgement: Judgement) -> Labels:
    """What Temporal's lists show of a path."""
    owed = [one for one in judgement.obligations if not one.tells]
    waiting = tuple(sorted({one.owed_by for one in owed}))
    due_on: date | None = min((one.due_on for one in owed), default=None)
    return Labels(
        unit=judgement.home_unit,
        stage=judgement.outcome or judgement.stage,
        edition=f"{judgement.edition}@{judgement.digest[:8]}",
        waiting_for=waiting,
        due_on=due_on,
        version=judgement.version,
    )
