"""What tables can be read, and three of them: units, a roster with one row a student, dossiers with one row a fact."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar, Literal, Protocol

from domain.facts import KINDS, Opening
from domain.facts.application import ApplicationSubmitted
from domain.facts.units import UnitEstablished
from registry.importing.base import BadCell, Cell, is_empty, plain_name
from registry.importing.cells import as_text
from registry.importing.rows import Said, Told, complete, fields_by_name, hints, say, title, topics_by_name
from registry.importing.sheets import Row
from registry.importing.words import SUPERIOR_UNIT, TOPIC

Address = tuple[str, int, str]
"""What a column is for: a fact (empty: whatever the row tells), which one of several of its kind, and a field of it."""

Of = Literal["unit", "path", "recipient"]
"""What the rows of a table tell of; it decides in which stream their facts stand."""

IDENTITY = ("student_no", "name", "home_unit", "born_on", "leaves_on")
OPENS = ApplicationSubmitted.TOPIC
ACTS_OF_SUPERIOR = frozenset(
    {
        "activist-filed",
        "activist-returned",
        "admission-approved",
        "admission-not-approved",
        "approval-period-extended",
        "cancellation-approved",
        "conversion-approved",
        "conversion-returned",
        "departure-consented",
        "development-target-filed",
        "extension-approved",
        "application-form-issued",
        "pre-approval-talk-held",
        "pre-review-passed",
        "pre-review-returned",
        "superior-consent-given",
        "target-training-completed",
        "training-waiver-granted",
    }
)
"""In a roster these are acts of the approving committee; the person's own are nobody's; all others are the branch's."""

ACTS_OF_PERSON = frozenset({OPENS, "application-form-completed", "conversion-application-submitted", "admission-filed"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a sheet as it was understood."""

    row: int
    headers: Mapping[int, str]
    of: Mapping[Address, int]
    faults: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Given:
    """What the clerk says beside the file: the ids of units by name, and values for what the file leaves out."""

    units: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By fact and field; an empty fact means every fact that has the field."""


class Form(Protocol):
    """A kind of table."""

    NAME: ClassVar[str]
    OF: ClassVar[Of]
    NEEDS: ClassVar[Sequence[Address]]
    """A sheet without these columns is another table."""

    def address(self, header: str) -> Address | None:
        """Tell what a column with this header is for; None if it means nothing here."""
        ...

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read a row."""
        ...


def understand(form: Form, row: Row) -> Columns:
    """Read a row as the header of a form. What it cannot say stands in `faults`, without a hint what may be meant."""
    headers = {number: str(cell).strip() for number, cell in row.cells.items()}
    of: dict[Address, int] = {}
    faults: list[tuple[int, str]] = []
    for number, header in headers.items():
        address = form.address(header)
        if address is None:
            faults.append((number, f"“{header}” is not a column of {form.NAME}"))
        elif address in of:
            faults.append((number, f"“{header}” stands twice; number a fact's second column: “{header}2”"))
        else:
            of[address] = number
    return Columns(row.number, headers, of, faults)


def hint(header: str) -> str:
    """What may have been meant by a header that means nothing."""
    near = get_close_matches(header, [*fields_by_name(), *topics_by_name()], 1, 0.6)
    return f"; did you mean “{near[0]}”?" if near and near[0] != header else ""


class UnitsForm:
    """One row a unit of the Party: committees, branches, groups."""

    NAME: ClassVar[str] = "units"
    OF: ClassVar[Of] = "unit"
    NEEDS: ClassVar[Sequence[Address]] = [("", 1, "unit_id"), ("", 1, "unit_kind")]

    def address(self, header: str) -> Address | None:
        """Take the fields of a unit's foundation."""
        name = plain_name(header)
        field = "effective_on" if name in ("设立日期", "成立日期") else fields_by_name().get(name)
        return ("", 1, field) if field and field in hints(UnitEstablished.TOPIC) else None

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read a unit."""
        told = Told(row)
        where = {field: number for (_, _, field), number in columns.of.items()}
        cells = cells_of(row, where, UnitEstablished.TOPIC, given)
        fact = say(UnitEstablished.TOPIC, cells, given.units, told)
        complete(fact, told, where)
        told.subject = str(fact.values.get("unit_id", ""))
        told.facts = [fact]
        return told


class DossiersForm:
    """One row a fact: the student number, what happened, the day, and the fields of that fact."""

    NAME: ClassVar[str] = "dossiers"
    OF: ClassVar[Of] = "path"
    NEEDS: ClassVar[Sequence[Address]] = [("", 1, "student_no"), ("", 1, "topic"), ("", 1, "effective_on")]

    def address(self, header: str) -> Address | None:
        """Take the fields of any fact about a path."""
        name = plain_name(header)
        if name in map(plain_name, TOPIC):
            return ("", 1, "topic")
        field = fields_by_name().get(name)
        return ("", 1, field) if field else None

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read a fact of one person."""
        told = Told(row)
        where = {field: number for (_, _, field), number in columns.of.items()}
        told.subject = text_of(row, where["student_no"], told)
        topic = self._topic(row, where["topic"], told)
        if topic is None:
            return told
        known = {name: number for name, number in where.items() if name in hints(topic)}
        own = issubclass(KINDS[topic], ApplicationSubmitted)
        if "name" in where and not own:
            told.name = text_of(row, where["name"], told, needed=False)
        for name, number in where.items():
            stray = name not in known and name not in ("student_no", "topic", "name")
            if stray and number in row.cells:
                told.faults.append((number, f"{title(KINDS[topic])} has no such field; leave the cell empty"))
        fact = say(topic, cells_of(row, known, topic, given), given.units, told)
        complete(fact, told, known)
        told.facts = [fact]
        return told

    def _topic(self, row: Row, number: int, told: Told) -> str | None:
        said = text_of(row, number, told)
        topic = topics_by_name().get(plain_name(said))
        if topic and KINDS[topic].SUBJECT == "path" and topic != "reminder-sent":
            return topic
        if said:
            near = get_close_matches(said, [kind.TITLE for kind in KINDS.values()], 2, 0.4)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            told.faults.append((number, f"“{said}” is not a fact about a person{hint}"))
        return None


class RosterForm:
    """One row a student: who they are, and a column for the day of each fact, with columns for its fields beside it.

    A fact's column is called by its title or topic (“半年考察”), its second one “半年考察2”; a field of it “半年考察.结论”,
    “半年考察2.结论”.
    """

    NAME: ClassVar[str] = "a roster"
    OF: ClassVar[Of] = "path"
    NEEDS: ClassVar[Sequence[Address]] = [(OPENS, 1, name) for name in ("student_no", "name", "effective_on")]

    def address(self, header: str) -> Address | None:
        """Take who the person is, the days of facts, and their fields."""
        text = unicodedata.normalize("NFKC", header)
        name = plain_name(text)
        field = fields_by_name().get(name)
        if field in IDENTITY:
            return (OPENS, 1, field)
        if name in map(plain_name, SUPERIOR_UNIT):
            return ("", 1, "superior_unit")
        fact, _, rest = re.sub(r"[·/]", ".", text).partition(".")
        found = self._fact(plain_name(fact))
        field = fields_by_name().get(plain_name(rest)) if rest else "effective_on"
        if found and field and field in hints(found[0]):
            return (*found, field)
        return None

    def _fact(self, name: str) -> tuple[str, int] | None:
        topics = topics_by_name()
        known = {topic: 1 for topic in [topics.get(name)] if topic}
        numbered = re.fullmatch(r"(.*?)([0-9]{1,2})", name)
        if not known and numbered and numbered[1] in topics:
            known = {topics[numbered[1]]: int(numbered[2])}
        return next(((topic, nth) for topic, nth in known.items() if KINDS[topic].SUBJECT == "path"), None)

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read a person with all facts that have a day."""
        told = Told(row)
        told.subject = text_of(row, columns.of[OPENS, 1, "student_no"], told)
        by_fact: dict[tuple[str, int], dict[str, int]] = {}
        for (topic, nth, name), number in columns.of.items():
            if topic:
                by_fact.setdefault((topic, nth), {})[name] = number
        acting = self._acting(row, columns, given)
        for (topic, _), where in by_fact.items():
            if any(number in row.cells or number in row.hollow for number in where.values()):
                fact = say(topic, cells_of(row, where, topic, given), given.units, told)
                complete(fact, told, where)
                unit = acting.get("superior" if topic in ACTS_OF_SUPERIOR else "branch")
                if unit and topic not in ACTS_OF_PERSON:
                    fact.values.setdefault("by_unit", unit)
                told.facts.append(fact)
        if not any(issubclass(KINDS[fact.topic], Opening) for fact in told.facts):
            told.faults.append((0, "the row names no person: student number, name and day of application are needed"))
        told.facts.sort(key=_in_order)
        return told

    def _acting(self, row: Row, columns: Columns, given: Given) -> dict[str, str]:
        found: dict[str, str] = {}
        for role, address in (("branch", (OPENS, 1, "home_unit")), ("superior", ("", 1, "superior_unit"))):
            cell = row.cells.get(columns.of.get(address, 0))
            if isinstance(cell, str) and not is_empty(cell):
                text = as_text(cell)
                found[role] = given.units.get(text, text)
        return found


def cells_of(row: Row, where: Mapping[str, int], topic: str, given: Given) -> list[tuple[str, int, Cell]]:
    """The cells of one fact that hold something; where they are empty, what the clerk gave for them."""
    cells = [(name, number, row.cells.get(number)) for name, number in where.items()]
    found = [one for one in cells if one[1] in row.cells or one[1] in row.hollow]
    seen = {name for name, _, _ in found}
    for name in hints(topic):
        constant = given.constants.get((topic, name), given.constants.get(("", name)))
        if constant is not None and name not in seen:
            found.append((name, where.get(name, 0), constant))
    return found


def text_of(row: Row, number: int, told: Told, *, needed: bool = True) -> str:
    try:
        text = as_text(row.cells.get(number))
    except BadCell as error:
        told.faults.append((number, str(error)))
        return ""
    if needed and not text and number not in row.hollow:
        told.faults.append((number, "the cell is empty"))
    return text


def _in_order(fact: Said) -> tuple[bool, str]:
    """The opening first, then by day; what falls on one day stays in the order of the columns."""
    return (fact.topic != OPENS, str(fact.values.get("effective_on", "")))
