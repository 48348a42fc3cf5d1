"""Reads ladders and the school's times of reminding: who is told when, and when nobody is, each mistake at its line."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import pairwise

from domain.calendar import DAY, Workdays
from domain.quiet import BUSY_MINUTES, LONGEST, Quiet, Reminding
from domain.rulewords import role
from domain.spot import Spot
from domain.termrules import Semester

UP = ("contacts", "branch-secretary", "superior-committee", "organisation-department")
"""Up the tree: whom an obligation climbs to that names nobody itself."""

BELOW: Mapping[str, int] = {
    "applicant": 0,
    "contacts": 1,
    "introducers": 1,
    "branch-secretary": 2,
    "unit-head": 2,
    "branch-committee": 2,
    "branch-assembly": 2,
    "organiser": 3,
    "superior-committee": 3,
    "organisation-department": 4,
}
"""How many of them do not stand above each role."""

MOST_RUNGS = 12
FARTHEST_DAYS = 366
LONGEST_SNOOZE = 60


def read_ladder(spot: Spot) -> tuple[int, ...]:
    """Read the rungs of a ladder: days relative to the due day, rising, within a year of it."""
    rungs = tuple(one.whole() for one in spot.list())
    if not rungs:
        raise spot.wrong("an obligation without a reminder ladder is never told to anybody")
    if list(rungs) != sorted(set(rungs)):
        raise spot.wrong("the rungs of a ladder rise, each day once")
    if len(rungs) > MOST_RUNGS:
        raise spot.wrong(f"a ladder has at most {MOST_RUNGS} rungs, and this one {len(rungs)}: nobody reads so many")
    for days in rungs:
        if abs(days) > FARTHEST_DAYS:
            raise spot.wrong(
                f"the rung {days} lies more than a year from the due day; from -{FARTHEST_DAYS} to {FARTHEST_DAYS}"
            )
    return rungs


def read_rungs(said: Mapping[str, Spot]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Read `remind` and `remind_workdays`; both are empty where neither is said, and the school's ladder is meant."""
    days = read_ladder(said["remind"]) if "remind" in said else ()
    workdays = read_ladder(said["remind_workdays"]) if "remind_workdays" in said else ()
    if len(days) + len(workdays) > MOST_RUNGS:
        raise said["remind"].wrong(f"a ladder has at most {MOST_RUNGS} rungs, in days and working days together")
    return days, workdays


def read_escalate(spot: Spot, owed_by: str) -> tuple[str, ...]:
    """Read the roles that are told one after another when nothing happens; an empty list is nobody."""
    found: list[str] = []
    for one in spot.list():
        up = role(one)
        if up == owed_by:
            raise one.wrong(
                f"{up!r} owes it: it climbs to others, for instance {', '.join(above(owed_by)) or 'nobody'}"
            )
        if up in found:
            raise one.wrong(f"{up!r} stands on this ladder twice, and it would never end; each role once")
        found.append(up)
    return tuple(found)


def above(owed_by: str) -> tuple[str, ...]:
    """The roles up the tree from the one who owes something."""
    return UP[BELOW[owed_by] :]


def read_reminding(spot: Spot, semesters: Sequence[Semester]) -> Reminding:
    """Read when a school reminds: the time of day, the ladder where none is named, the quiet times, the longest snooze."""
    said = spot.map(("send_at", "remind", "remind_workdays", "snooze_days", "quiet"))
    plain = Reminding()
    days, workdays = read_rungs(said)
    if "remind" not in said and "remind_workdays" not in said:
        days = plain.remind
    quiet = said["quiet"].map(("weekends", "holidays", "vacations", "after", "exams")) if "quiet" in said else {}
    made = Reminding(
        send_at=_minute(said["send_at"]) if "send_at" in said else plain.send_at,
        remind=days,
        remind_workdays=workdays,
        snooze_days=_snooze(said["snooze_days"]) if "snooze_days" in said else plain.snooze_days,
        weekends="weekends" in quiet and quiet["weekends"].flag(),
        holidays="holidays" in quiet and quiet["holidays"].flag(),
        after=_time(quiet["after"]) if "after" in quiet else None,
        quiet=_days(quiet, semesters),
    )
    if made.after == made.send_at:
        raise quiet["after"].wrong(
            f"reminders go out at {made.send_at:%H:%M}; it is quiet after a later time, as 21:30"
        )
    if "quiet" in said:
        _leaves_days(said["quiet"], made)
    return made


def _minute(spot: Spot) -> time:
    """A time of day at which letters may go out."""
    at = _time(spot)
    if at.minute in BUSY_MINUTES:
        raise spot.wrong(
            f"nothing is sent at {at:%H:%M}: on the full and the half hour every gateway is busy; write {at:%H}:07, or "
            f"{at:%H}:37"
        )
    return at


def _time(spot: Spot) -> time:
    said = spot.text()
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", said):
        raise spot.wrong(f"{said!r} is not a time of day; write 09:07")
    return time.fromisoformat(said)


def _snooze(spot: Spot) -> int:
    days = spot.whole()
    if not 1 <= days <= LONGEST_SNOOZE:
        raise spot.wrong(f"a snooze of {days} days is none, or hides what is owed; from 1 to {LONGEST_SNOOZE} days")
    return days


def _days(said: Mapping[str, Spot], semesters: Sequence[Semester]) -> tuple[Quiet, ...]:
    """The quiet days that are named, and where the school says so the vacations: what lies between two semesters."""
    found = [_span(one) for one in said["exams"].list()] if "exams" in said else []
    if "vacations" in said and said["vacations"].flag():
        if len(semesters) < 2:  # noqa: PLR2004 - a vacation lies between two
            raise said["vacations"].wrong(
                "a vacation lies between two semesters, and fewer are named under `semesters`"
            )
        for before, after in pairwise(semesters):
            if before.end + DAY < after.start:
                found.append(Quiet(f"{before.name} – {after.name}", before.end + DAY, after.start - DAY))
    return tuple(sorted(found, key=lambda one: one.start))


def _span(spot: Spot) -> Quiet:
    said = spot.map(("name", "start", "end"), ("name", "start", "end"))
    quiet = Quiet(said["name"].text(), said["start"].day(), said["end"].day())
    if quiet.end < quiet.start:
        raise said["end"].wrong(f"{quiet.name!r} ends on {quiet.end}, before it starts on {quiet.start}")
    return quiet


def _leaves_days(spot: Spot, reminding: Reminding) -> None:
    """Refuse quiet times that leave no day to send on: whoever owes something would not hear of it in time."""
    reached = date.min
    for one in reminding.quiet:
        first, last = max(one.start, reached), one.end
        if last < first:
            continue
        if last - first > LONGEST * 4:
            raise spot.wrong(_never(first, last))
        before = reminding.last_day(first, Workdays())
        reached = reminding.next_day(last, Workdays())
        if reached - before > LONGEST:
            raise spot.wrong(_never(before + DAY, reached - DAY))


def _never(first: date, last: date) -> str:
    return (
        f"no day is left to send on from {first} to {last}: at most {LONGEST.days} days on end may be quiet; shorten the "
        "exams, or let reminders go out in this vacation"
    )
