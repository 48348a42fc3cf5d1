"""The first reading of a file: every row against its form, the units, the rest of the file and the log."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from domain.calendar import civil_day
from domain.facts import KINDS, Opening
from domain.facts.application import ApplicationSubmitted
from domain.facts.units import Appointed, AppointmentEnded
from domain.receipt import Asked
from registry.desk import Desk, unit_stream
from registry.drafting import asking, draft, path_of
from registry.importing.forms import Of, hint
from registry.importing.plan import Plan, Table
from registry.importing.reaching import Seats, stands_already
from registry.importing.rows import Fault, Said, Told, title
from registry.importing.standing import Standing, meaning, meanings, others, persons
from registry.keys.ring import Ring
from registry.shape import WrongShape
from registry.vault import Opener

MOST_FAULTS = 10_000
COMMITTEES = frozenset({"university-committee", "college-committee"})

Progress = Callable[[int], None]
"""Told how many rows have been done since it was told last."""


@dataclass(slots=True)
class Checked:
    """What the first reading found."""

    rows: int = 0
    facts: int = 0
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0
    """Faults beyond `MOST_FAULTS`: counted only."""

    bad: set[tuple[int, int]] = field(default_factory=set)
    """Sheet and row of what cannot be saved."""

    present: set[tuple[int, int]] = field(default_factory=set)
    """Sheet and row of what this very file brought before."""

    attempts: dict[str, int] = field(default_factory=dict)
    """Persons whose path is not their first."""

    old: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)
    """By sheet and row, which facts of it stand already, counted from 0: of these nothing is saved."""

    @property
    def good(self) -> int:
        """How many rows can be saved."""
        return self.rows - len(self.bad) - len(self.present)

    def wrong(self, table: Table, row: int, column: int, message: str) -> None:
        """Take down a fault of a row, or of the sheet's header."""
        if row != table.columns.row:
            self.bad.add((table.number, row))
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(table.place(row, column, message))
        else:
            self.untold += 1


def questions(desk: Desk, plan: Plan, table: Table, told: Told, *, attempt: int) -> Iterator[Asked]:
    """Put the facts of a row as questions: the same, with the same key, each time the file is read. Raises WrongShape."""
    stream_id = _stream(desk, plan.form.OF, told.subject, attempt)
    key = f"import/{plan.book.digest}/{table.number}/{told.row.number}"
    for fact in told.facts:
        yield asking(
            desk,
            stream_id,
            fact.topic,
            fact.values,
            actor=plan.clerk.actor,
            capacity=plan.clerk.capacity,
            key=key,
            mode="record",
            source=plan.source,
        )


def _stream(desk: Desk, of: Of, subject: str, attempt: int) -> UUID:
    if of == "unit":
        return unit_stream(subject)
    return desk.vault.other(subject) if of == "recipient" else path_of(desk.vault.person(subject), attempt)


async def check(desk: Desk, plan: Plan, now: datetime, progress: Progress = lambda _: None) -> Checked:
    """Read the file once and say all that is wrong with it; nothing is written. Raises LogUnavailable, NoTable."""
    reading = _Reading(desk, plan, now)
    for table in plan.tables:
        for column, message in table.columns.faults:
            more = hint(table.columns.headers[column]) if "is not a column" in message else ""
            reading.found.wrong(table, table.columns.row, column, message + more)
    for table, chunk in plan.chunks():
        await reading.chunk(table, chunk)
        progress(len(chunk))
    return reading.found


class _Wrong(Exception):
    """The row cannot be saved. `field` says in which column one sees why, of the fact if it is one's fault alone."""

    def __init__(self, field: str, message: str, fact: Said | None = None) -> None:
        super().__init__(message)
        self.field, self.fact = field, fact

    def column(self, told: Told) -> int:
        """The column, or 0."""
        facts = [self.fact] if self.fact else told.facts
        return next((fact.columns[self.field] for fact in facts if self.field in fact.columns), 0)


class _Reading:
    """One reading, and what earlier rows said as far as later ones must agree with it."""

    def __init__(self, desk: Desk, plan: Plan, now: datetime) -> None:
        self.desk, self.plan, self.now = desk, plan, now
        self.found = Checked()
        self.opened: dict[str, tuple[str, int, int]] = {}
        """Where each subject was opened: sheet, row, attempt."""
        self.said: dict[bytes, int] = {}
        self.superiors = _superiors(plan) if plan.form.NAME == "units" else {}
        self.seats = Seats(desk.vault)
        self.opener = Opener(desk.vault, Ring({}))

    async def chunk(self, table: Table, chunk: list[Told]) -> None:
        """Check some rows."""
        self.found.rows += len(chunk)
        subjects = list(dict.fromkeys(told.subject for told in chunk if told.subject))
        if self.plan.form.OF == "path":
            standing = await persons(self.desk, subjects, self.now)
        else:
            standing = await others(self.desk, self.plan.form.OF, subjects)
        self.opener = await self.desk.vault.opener(
            one.loaded.facts[0].name
            for one in standing.values()
            if one.loaded and isinstance(one.loaded.facts[0], ApplicationSubmitted)
        )
        stand = {
            subject: await meanings(self.desk.vault, one.loaded.facts) if one.loaded else {}
            for subject, one in standing.items()
        }
        for told in chunk:
            for column, message in told.faults:
                self.found.wrong(table, told.row.number, column, message)
            if not told.faults:
                await self._row(table, told, standing[told.subject], stand[told.subject])

    async def _row(self, table: Table, told: Told, standing: Standing, stand: Mapping[str, str | None]) -> None:
        first = told.facts[0]
        try:
            opens = issubclass(KINDS[first.topic], Opening)
            if self.plan.form.OF == "recipient":
                attempt = await self._recipient(table, told, standing)
            elif self.plan.form.NAME == "appointments":
                attempt = self._appointment(told, standing, stand)
            else:
                attempt = self._opening(table, told, standing) if opens else self._evidence(told, standing, stand)
            if attempt:
                await self._draft(table, told, attempt, standing)
        except _Wrong as wrong:
            column = wrong.column(told) or table.columns.of.get(("", 1, wrong.field)) or _subject_column(table)
            self.found.wrong(table, told.row.number, column, str(wrong))
            return
        if not attempt:
            self.found.present.add((table.number, told.row.number))
            return
        self.found.facts += len(told.facts)
        if attempt > 1:
            self.found.attempts[told.subject] = attempt

    def _opening(self, table: Table, told: Told, standing: Standing) -> int:
        """Which path a row opens; 0 if this file opened it before."""
        if told.subject in self.opened:
            sheet, row, _ = self.opened[told.subject]
            raise _Wrong("subject", f"{told.subject} stands in this file already: {sheet}, row {row}")
        attempt = standing.attempt + 1
        if standing.source == self.plan.source:
            attempt = 0
        elif self.plan.form.NAME == "units":
            self._unit(told, standing)
        elif standing.loaded and not standing.closed:
            raise _Wrong("subject", f"{told.subject} has an open path already, {_origin(standing)}")
        self.opened[told.subject] = (table.sheet.name, told.row.number, attempt or standing.attempt)
        return attempt

    def _unit(self, told: Told, standing: Standing) -> None:
        if standing.loaded:
            raise _Wrong("unit_id", f"the unit {told.subject} is known already, {_origin(standing)}")
        values = told.facts[0].values
        if values.get("approves") and values["unit_kind"] not in COMMITTEES:
            raise _Wrong("approves", "only committees can hold approval authority")
        line = [told.subject]
        while (above := self.superiors.get(line[-1])) is not None:
            if above in line:
                raise _Wrong("superior", f"the units stand in a circle: {' → '.join([*line, above])}")
            line.append(above)

    def _evidence(self, told: Told, standing: Standing, stand: Mapping[str, str | None]) -> int:
        """Which path a fact belongs to; 0 if this file brought it before."""
        (fact,) = told.facts
        opened = self.opened.get(told.subject)
        if not standing.loaded and not opened:
            raise _Wrong("subject", f"no path is open for {told.subject}: import the roster first, or open it")
        self._name_fits(told, standing)
        try:
            words = meaning(fact.topic, fact.values)
        except WrongShape as shape:
            raise _Wrong(*shape.faults[0]) from None
        if words in stand:
            if stand[words] == self.plan.source:
                return 0
            raise _Wrong("effective_on", f"this {title(KINDS[fact.topic])} stands on the path already")
        mark = sha256(f"{told.subject} {words}".encode()).digest()[:16]
        if mark in self.said:
            raise _Wrong("effective_on", f"the same fact stands in row {self.said[mark]} of this file")
        self.said[mark] = told.row.number
        return opened[2] if opened else standing.attempt

    async def _recipient(self, table: Table, told: Told, standing: Standing) -> int:
        """1 for somebody who is new or has a new address, 0 where all that the row says stands already."""
        if told.subject in self.opened:
            sheet, row, _ = self.opened[told.subject]
            raise _Wrong("subject", f"{told.subject} stands in this file already: {sheet}, row {row}")
        self.opened[told.subject] = (table.sheet.name, told.row.number, 1)
        try:
            old = await stands_already(self.desk.vault, standing, told.facts, civil_day(self.now))
        except WrongShape as shape:
            raise _Wrong(*shape.faults[0]) from None
        self.found.old[table.number, told.row.number] = old
        return int(len(old) < len(told.facts))

    def _appointment(self, told: Told, standing: Standing, stand: Mapping[str, str | None]) -> int:
        """1 for an appointment that is new, 0 if this file brought it before."""
        if not standing.loaded:
            raise _Wrong("unit_id", f"there is no unit {told.subject!r}: import the units first")
        words = [meaning(fact.topic, fact.values) for fact in told.facts]
        if any(one in stand for one in words):
            if all(stand.get(one) == self.plan.source for one in words):
                return 0
            raise _Wrong("effective_on", "this appointment stands at the unit already")
        return 1

    def _name_fits(self, told: Told, standing: Standing) -> None:
        if told.name and standing.loaded:
            opening = standing.loaded.facts[0]
            known = isinstance(opening, ApplicationSubmitted) and self.opener.open(standing.stream_id, opening.name)
            if known and known.replace(" ", "") != told.name.replace(" ", ""):
                raise _Wrong("name", f"the student number {told.subject} is not {told.name}'s")

    async def _draft(self, table: Table, told: Told, attempt: int, standing: Standing) -> None:
        """Try each fact as it would be written: its shape, its day, its units, its post."""
        asked = questions(self.desk, self.plan, table, told, attempt=attempt)
        for fact in told.facts:
            try:
                made = await draft(self.desk, next(asked), 1, self.now, ())
                if isinstance(made, Appointed | AppointmentEnded) and standing.loaded:
                    self.seats.take(told.subject, standing.loaded.facts, made)
            except WrongShape as shape:
                name, message = shape.faults[0]
                raise _Wrong(name, message, fact) from None
        above = told.facts[0].values.get("superior")
        day = civil_day(self.now)
        if above and above not in self.superiors and await self.desk.unit(above, day, self.now) is None:
            raise _Wrong("superior", f"there is no unit {above!r}, neither in this file nor in the log")


def _subject_column(table: Table) -> int:
    """The column of the student number or the unit's id."""
    names = ("unit_id", "student_no", "number")
    where = {name: number for (_, _, name), number in table.columns.of.items()}
    return next(where[name] for name in names if name in where)


def _superiors(plan: Plan) -> dict[str, str | None]:
    """Which unit stands above which, by what the file says."""
    found: dict[str, str | None] = {}
    for _, chunk in plan.chunks():
        found |= {told.subject: told.facts[0].values.get("superior") for told in chunk if told.subject}
    return found


def _origin(standing: Standing) -> str:
    """Where an opening came from, in words."""
    if standing.loaded is None:
        return ""
    opening = standing.loaded.facts[0]
    origin = f"from another file ({opening.source[:24]}…)" if opening.source else "recorded by hand"
    return f"{origin} on {civil_day(opening.timestamp)}; a roster only opens paths, add facts with dossiers"
