"""What is reminded of on a path by somebody who looks at it every morning, and at each fact: no workflow, no timers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from domain.calendar import moment_on
from domain.facts import Fact
from domain.judge import judge
from domain.quiet import SEND_AT
from domain.reminders import alarm
from domain.story import Told
from tests.domain.given import made, rulebooks, told

OFFICE_OPENS = time(10)

Recorded = tuple[date, Sequence[Told]]
"""A day, and the facts that are recorded on it together."""


class Sent(NamedTuple):
    """A reminder: the day it was sent, obligation, role, due day, rung, and whether it says that it climbed."""

    day: date
    obligation: str
    owed_by: str
    due_on: date
    rung_days: int
    kind: str = "owed"


def looked_at_every_morning(
    recorded: Sequence[Recorded], until: date, units: Mapping[str, Mapping[str, Any]]
) -> Iterator[Sent]:
    """All reminders up to a day. Every day is looked at, and so is every new fact."""
    facts: list[Fact] = []
    day, left = recorded[0][0], list(recorded)
    while day <= until:
        yield from _looked_at(facts, day, SEND_AT)
        while left and left[0][0] == day:
            for one in left.pop(0)[1]:
                facts.append(made(one, len(facts) + 1, units, moment_on(day, OFFICE_OPENS)))
            yield from _looked_at(facts, day, OFFICE_OPENS)
        day += timedelta(days=1)


def _looked_at(facts: list[Fact], day: date, at: time) -> Iterator[Sent]:
    """Send what is due at a moment, and add it to the facts."""
    books, moment = rulebooks(), moment_on(day, at)
    for one in alarm(books, judge(books, facts, day, find=False, steps=False), facts, moment).send if facts else ():
        said = {"obligation": one.obligation, "step": one.step, "owed_by": one.owed_by, "due_on": str(one.due_on)}
        more = {"rung_days": one.rung_days, "kind": one.kind, "channel": "console", "outcome": "accepted"}
        facts.append(made(told("reminder-sent", day, None, **said, **more), len(facts) + 1, {}, moment))
        yield Sent(day, one.obligation, one.owed_by, one.due_on, one.rung_days, one.kind)
