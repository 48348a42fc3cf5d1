"""The ladder of an obligation: to whom it is told at which moment, first to the one who owes it, then up the tree."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.judgement import Obligation
from domain.quiet import shifted
from domain.receipt import Reminder
from domain.rulebook import Rulebooks

UP_DAYS, UP_WORKDAYS = 7, 5
"""Each role up the tree is told a week after the rung before, counted as the ladder's last rung is."""


class Rung(NamedTuple):
    """A reminder with the moment (UTC) at which its rung is reached; `up` where it has left the one who owes."""

    reminder: Reminder
    at: datetime
    up: bool


class _Told(NamedTuple):
    """A rung to the one who owes: by how many days, or working days, and on which day it is told."""

    days: int
    workdays: bool
    on: date


def ladder(rulebooks: Rulebooks, obligation: Obligation) -> Iterator[Rung]:
    """All rungs of an obligation in the order of their moments.

    A rung that fell before the obligation began is left out. Where all of them did, the last one is told as it begins.
    Each role up the tree is counted from the day on which the rung before was told, so that nobody is passed over by a
    vacation; whoever owes it is told that it climbed, at the same moment.
    """
    reminding, workdays = rulebooks.policy.reminding, rulebooks.workdays
    own = _own(rulebooks, obligation)
    for one in own:
        yield Rung(_reminder(obligation, one.days, workdays=one.workdays), reminding.on(one.on), up=False)
    last = own[-1]
    days, day = last.days, last.on
    for role in obligation.escalate:
        days += UP_WORKDAYS if last.workdays else UP_DAYS
        falls = shifted(workdays, day, UP_WORKDAYS) if last.workdays else day + timedelta(days=UP_DAYS)
        day = reminding.settled(falls, obligation.due_on, day + timedelta(days=1), workdays)
        at = reminding.on(day)
        yield Rung(_reminder(obligation, days, workdays=last.workdays, climbs=role), at, up=True)
        yield Rung(_reminder(obligation, days, workdays=last.workdays, climbed=role), at, up=True)


def _own(rulebooks: Rulebooks, obligation: Obligation) -> list[_Told]:
    """The rungs to the one who owes."""
    reminding, workdays, due_on = rulebooks.policy.reminding, rulebooks.workdays, obligation.due_on
    begins_on = obligation.begins_on or obligation.since
    falls = [_Told(days, workdays=False, on=due_on + timedelta(days=days)) for days in obligation.remind]
    falls += [_Told(days, workdays=True, on=shifted(workdays, due_on, days)) for days in obligation.remind_workdays]
    falls.sort(key=lambda one: one.on)
    kept = [one for one in falls if one.on >= begins_on] or [falls[-1]._replace(on=begins_on)]
    return [one._replace(on=reminding.settled(one.on, due_on, begins_on, workdays)) for one in kept]


def _reminder(obligation: Obligation, days: int, *, workdays: bool, climbs: str = "", climbed: str = "") -> Reminder:
    return Reminder(
        obligation=obligation.id,
        step=obligation.step,
        owed_by=climbs or obligation.owed_by,
        due_on=obligation.due_on,
        rung_days=days,
        zh=obligation.zh,
        en=obligation.en,
        kind="climbed" if climbed else "owed",
        workdays=workdays,
        to=climbed,
    )
