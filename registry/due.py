"""What is due on a stream at a moment: one question, whatever the stream is about."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from domain.calendar import civil_day
from domain.facts import Fact
from domain.judge import judge
from domain.path import Path
from domain.receipt import Alarm
from domain.reminders import alarm
from registry.desk import Desk
from registry.shelf import Loaded


def alarm_of_path(desk: Desk, facts: Sequence[Fact], moment: datetime) -> Alarm:
    """Judge a path by its facts at a moment (aware UTC)."""
    known = judge(desk.rulebooks, facts, civil_day(moment), find=False, steps=False)
    return alarm(known, facts, moment)


ALARMS: Mapping[str, Callable[[Desk, Sequence[Fact], datetime], Alarm]] = {Path.NAME: alarm_of_path}
"""Who says what is due, by what the stream is about. On anything else nothing is ever owed."""


async def due(desk: Desk, loaded: Loaded, now: datetime) -> Alarm:
    """Say what to send at a moment (aware UTC) and when to wake next. A stream that is not there is closed."""
    if not loaded.facts or (alarm_at := ALARMS.get(loaded.facts[0].SUBJECT)) is None:
        return Alarm(closed=True)
    return alarm_at(desk, loaded.facts, now)
