"""The streams beside the paths whose time is kept, and the terms of units: their rows, and how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.facts import KINDS, Fact
from domain.facts.terms import TermClosed
from domain.path import Term, Unit
from domain.receipt import Alarm
from domain.reminders import planned
from domain.rulebook import Rulebooks
from domain.termclock import term_alarm, unit_alarm
from domain.terms import TermJudgement
from eventlog.server import reaching
from views.listing import BELOW
from views.reminders import ReminderRow, reminder_rows
from views.rows import fingerprint, only_reminders


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A stream whose time is kept, with its alarm as it was judged last: what it is about, and whose affair it is.

    `nudge` says that its clock does not know this alarm yet.
    """

    stream_id: UUID
    subject: str
    unit: str
    version: int
    position: int
    closed: bool
    wake_at: datetime | None
    alarm: str
    nudge: bool = False


@dataclass(frozen=True, slots=True)
class TermRow:
    """A unit in a term, as it was judged when the log stood at `position`.

    It is over after `last_on` and closed on `closed_on`; `not_done` are jobs that are owed or were never done. What counts
    stands in three lists of one order: the kinds, how often each was held, and with how many people.
    """

    stream_id: UUID
    unit: str
    term: str
    version: int
    position: int
    first_on: date
    last_on: date
    closes_on: date
    closed_on: date | None
    due_on: date | None
    waiting_for: tuple[str, ...]
    not_done: tuple[str, ...]
    rules: tuple[str, ...]
    activities: tuple[str, ...]
    numbers: tuple[int, ...]
    participants: tuple[int, ...]


CLOCK = [item.name for item in fields(ClockRow)]
TERM = [item.name for item in fields(TermRow)]
TERMS = f"select {', '.join(TERM)} from view.term"  # noqa: S608 - made of our own names


def clock_rows(
    rulebooks: Rulebooks, facts: Sequence[Fact], position: int, now: datetime
) -> tuple[ClockRow, TermRow | None, list[ReminderRow]]:
    """Judge a unit or a term at a moment (aware UTC) and put into rows when it wakes, and what was done and told in the term."""
    subject = KINDS[facts[0].TOPIC].SUBJECT
    if subject == Unit.NAME:
        return _clock(subject, facts, position, unit_alarm(rulebooks, facts, now)), None, []
    alarm, known = term_alarm(rulebooks, facts, now)
    told = reminder_rows(facts, planned(rulebooks, known, facts, now))
    return _clock(subject, facts, position, alarm), _term(facts, position, alarm, known), told


KEPT = (Unit.NAME, Term.NAME)
"""What these rows are made of."""


def _clock(subject: str, facts: Sequence[Fact], position: int, alarm: Alarm) -> ClockRow:
    return ClockRow(
        stream_id=facts[0].originator_id,
        subject=subject,
        unit=alarm.labels.unit,
        version=facts[-1].originator_version,
        position=position,
        closed=alarm.closed,
        wake_at=alarm.wake,
        alarm=fingerprint(alarm),
    )


def _term(facts: Sequence[Fact], position: int, alarm: Alarm, known: TermJudgement) -> TermRow:
    closed = next((fact for fact in reversed(facts) if isinstance(fact, TermClosed)), None)
    return TermRow(
        stream_id=facts[0].originator_id,
        unit=known.home_unit,
        term=known.stage,
        version=facts[-1].originator_version,
        position=position,
        first_on=known.first_on,
        last_on=known.last_on,
        closes_on=known.closes_on,
        closed_on=closed.effective_on if closed else None,
        due_on=alarm.labels.due_on,
        waiting_for=alarm.labels.waiting_for,
        not_done=known.not_done,
        rules=tuple(sorted({finding.rule for finding in known.findings})),
        activities=tuple(one.activity for one in known.counts),
        numbers=tuple(one.number for one in known.counts),
        participants=tuple(one.participants for one in known.counts),
    )


def nudges(row: ClockRow, before: ClockRow | None, facts: Sequence[Fact], *, judged_anew: bool) -> bool:
    """Tell whether a clock must be told: it may owe that from before, or the alarm has changed.

    What a term's own clock recorded, its closing and the reminders, it knows.
    """
    if row.closed and (before is None or isinstance(facts[-1], TermClosed)) and not judged_anew:
        return False
    if before is None:
        return True
    if only_reminders(facts[before.version :]):
        return before.nudge
    return before.nudge or before.alarm != row.alarm


class Clocks:
    """Reads clocks and terms from the views. Made by `Views`."""

    def __init__(self, pool: Any, unavailable: type[Exception]) -> None:
        """Read through this pool; raise this where it cannot be reached, as all that follow do."""
        self._pool = pool
        self._unavailable = unavailable

    async def terms(self, unit: str) -> list[TermRow]:
        """List the terms of a unit, the last one first."""
        return await self._terms(f"{TERMS} where unit = $1 order by first_on desc", unit)

    async def below(self, unit: str, term: str) -> list[TermRow]:
        """List a term of a unit and of all units below it, by their ids."""
        where = f"where term = $2 and unit in ({BELOW.format('$1')}) order by unit"
        return await self._terms(f"{TERMS} {where}", unit, term)

    async def _terms(self, query: str, *arguments: object) -> list[TermRow]:
        with reaching(self._unavailable):
            return [TermRow(**_plain(row)) for row in await self._pool.fetch(query, *arguments)]

    async def of(self, *, after: UUID, limit: int, unfinished: bool = False) -> list[ClockRow]:
        """List clocks in the order of their streams' ids: all, or those that are not closed."""
        where = "and not closed" if unfinished else ""
        query = f"select {', '.join(CLOCK)} from view.clock where stream_id > $1 {where} order by stream_id limit $2"  # noqa: S608 - our own names
        with reaching(self._unavailable):
            return [clock_of(row) for row in await self._pool.fetch(query, after, limit)]

    async def to_nudge(self, limit: int) -> Sequence[ClockRow]:
        """The streams whose clock does not know its alarm yet."""
        query = f"select {', '.join(CLOCK)} from view.clock where nudge limit $1"  # noqa: S608 - our own names
        with reaching(self._unavailable):
            return [clock_of(row) for row in await self._pool.fetch(query, limit)]

    async def nudged(self, rows: Sequence[ClockRow]) -> None:
        """Note that these clocks were told, unless the alarm has changed once more in the meantime."""
        query = """
            update view.clock c set nudge = false
              from unnest($1::uuid[], $2::text[]) as told(stream_id, alarm)
             where c.stream_id = told.stream_id and c.alarm = told.alarm and c.nudge
        """
        with reaching(self._unavailable):
            await self._pool.execute(query, [row.stream_id for row in rows], [row.alarm for row in rows])


def clock_of(row: Any) -> ClockRow:
    """Make a row of the view of one of the database's."""
    return ClockRow(**_plain(row))


def _plain(row: Any) -> dict[str, Any]:
    """A row of the database with plain UUIDs, and tuples for arrays."""
    found: dict[str, Any] = dict(row)
    for name, value in found.items():
        if isinstance(value, list):
            found[name] = tuple(value)
    return {**found, "stream_id": UUID(bytes=found["stream_id"].bytes)}
