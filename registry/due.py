"""What is due on a stream at a moment: one question, whatever the stream is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.calendar import civil_day
from domain.facts import Fact
from domain.judge import judge
from domain.judgement import Obligation
from domain.path import Path, Term, Unit
from domain.receipt import Act, Alarm, Reminder
from domain.reminders import alarm
from domain.termclock import term_alarm, unit_alarm
from registry.desk import Desk
from registry.shelf import Loaded

BY_ITSELF = "jieti"
"""Who records what nobody says by hand."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be sent and when to wake, and the obligations that it rests on."""

    alarm: Alarm
    obligations: Sequence[Obligation] = ()
    unit: str = ""
    """The unit whose affair it is."""

    def obligation_of(self, reminder: Reminder) -> Obligation | None:
        """The obligation that a reminder tells; None if it is owed no longer."""
        told = (reminder.obligation, reminder.due_on)
        return next((one for one in self.obligations if (one.id, one.due_on) == told), None)


def _on_path(desk: Desk, facts: Sequence[Fact], moment: datetime) -> Due:
    known = judge(desk.rulebooks, facts, civil_day(moment), find=False, steps=False)
    return Due(alarm(desk.rulebooks, known, facts, moment), known.obligations, known.home_unit)


def _on_term(desk: Desk, facts: Sequence[Fact], moment: datetime) -> Due:
    told, known = term_alarm(desk.rulebooks, facts, moment)
    return Due(told, known.obligations, known.home_unit)


def _on_unit(desk: Desk, facts: Sequence[Fact], moment: datetime) -> Due:
    told = unit_alarm(desk.rulebooks, facts, moment)
    return Due(told, unit=told.labels.unit)


LOOKS: Mapping[str, Callable[[Desk, Sequence[Fact], datetime], Due]] = {
    Path.NAME: _on_path,
    Term.NAME: _on_term,
    Unit.NAME: _on_unit,
}
"""Who says what is due, by what the stream is about. On anything else nothing is ever owed."""


def looked(desk: Desk, facts: Sequence[Fact], moment: datetime) -> Due:
    """Judge a stream by its facts at a moment (aware UTC). One that is not there is closed."""
    if not facts or (look := LOOKS.get(facts[0].SUBJECT)) is None:
        return Due(Alarm(closed=True))
    return look(desk, facts, moment)


async def due(desk: Desk, loaded: Loaded, now: datetime) -> Alarm:
    """Say what to send at a moment (aware UTC) and when to wake next; of the acts, those that do not stand yet."""
    told = looked(desk, loaded.facts, now).alarm
    if told.send:
        told = replace(told, locally=True)
    return replace(told, acts=await _left(desk, told.acts)) if told.acts else told


async def _left(desk: Desk, acts: Sequence[Act]) -> tuple[Act, ...]:
    known = {act.stream_id: await desk.load(act.stream_id) for act in acts}
    keys = {stream: {entry.key for entry in loaded.entries} for stream, loaded in known.items()}
    return tuple(act for act in acts if key_of(act) not in keys[act.stream_id])


def key_of(act: Act) -> str:
    """The key under which an act stands in the log."""
    return f"{BY_ITSELF}:{act.key}"
