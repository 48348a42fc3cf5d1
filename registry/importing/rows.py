"""What a row says: facts with the columns they stand in, and what is wrong with it, by sheet, row and column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_type_hints

from domain.facts import KINDS, Fact, required, said
from registry.importing.base import BadCell, Cell, plain_name
from registry.importing.cells import reader
from registry.importing.sheets import Row
from registry.importing.words import FIELDS, TITLES, named

UNIT_FIELDS = frozenset({"by_unit", "home_unit", "superior"})
"""Fields in which a unit of ours stands: its id, or its name where the clerk writes names."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: the row as the program numbers it (0: the sheet as a whole), the column with its header."""

    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        """The fault as a line: place and sentence."""
        row = f", row {self.row}" if self.row else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.sheet}{row}{column}: {self.message}"


@dataclass(slots=True)
class Said:
    """One fact as a row says it: typed values, and the columns they were read from."""

    topic: str
    values: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """All that one row says of one subject: a student number, or the id of a unit."""

    row: Row
    subject: str = ""
    name: str = ""
    facts: list[Said] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    """Column numbers (0: the row as a whole) and sentences."""


def letters(column: int) -> str:
    """The name of a column: 1 is A, 26 is Z, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


@cache
def hints(topic: str) -> Mapping[str, Any]:
    """The types of the fields that an author fills in."""
    types = get_type_hints(KINDS[topic], include_extras=True)
    return {item.name: types[item.name] for item in said(KINDS[topic])}


@cache
def needed(topic: str) -> frozenset[str]:
    """The fields that must be given."""
    return frozenset(item.name for item in said(KINDS[topic]) if required(item))


@cache
def topics_by_name() -> Mapping[str, str]:
    """Facts by every name that a clerk may write for them."""
    found: dict[str, str] = {}
    for topic, kind in KINDS.items():
        for name in (topic, kind.TITLE, f"{kind.TITLE}日期", *TITLES.get(topic, ())):
            if name:
                found.setdefault(plain_name(name), topic)
    return found


@cache
def fields_by_name() -> Mapping[str, str]:
    """Fields by every name that a clerk may write for them."""
    known = {item.name for kind in KINDS.values() for item in said(kind)}
    found = {plain_name(name): name for name in known}
    found |= {plain_name(name): field for field, names in FIELDS.items() for name in names}
    return found


def title(kind: type[Fact]) -> str:
    """A fact as messages name it."""
    return f"{kind.TITLE} ({kind.TOPIC})"


def say(topic: str, cells: Iterable[tuple[str, int, Cell]], units: Mapping[str, str], told: Told) -> Said:
    """Read the cells of one fact, (field, column, cell) each; what is wrong goes to the row's faults."""
    fact = Said(topic)
    types = hints(topic)
    for name, column, cell in cells:
        if column in told.row.hollow:
            told.faults.append((column, told.row.hollow[column]))
            continue
        try:
            value = reader(types[name])(cell)
        except BadCell as error:
            told.faults.append((column, str(error)))
            fact.columns[name] = column  # it is there, so it is not missing as well
            continue
        fact.values[name] = units.get(value, value) if name in UNIT_FIELDS else value
        fact.columns[name] = column
    return fact


def complete(fact: Said, told: Told, where: Mapping[str, int]) -> None:
    """Tell what a fact lacks; `where` are the columns in which its fields could stand."""
    for name in sorted(needed(fact.topic) - fact.columns.keys()):
        place = "is empty" if name in where else "is no column of this sheet"
        told.faults.append(
            (where.get(name, 0), f"{title(KINDS[fact.topic])} needs “{named(name)}” ({name}), which {place}")
        )
