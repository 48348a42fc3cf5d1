"""What is taken from a workbook that is linted: persons, their papers, and the cells in which everything stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry.importing.rows import letters

DAY = "effective_on"
"""The field that holds the day of a paper."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell: its sheet, and row and column from 1; column 0 is the row as a whole, row 0 the sheet."""

    sheet: str
    row: int = 0
    column: int = 0
    cell: str = field(init=False, compare=False, default="")
    """As spreadsheet programs call it: F12; only as much as there is of it."""

    def __post_init__(self) -> None:
        """Name the cell."""
        object.__setattr__(self, "cell", f"{letters(self.column)}{self.row or ''}")


@dataclass(slots=True)
class Paper:
    """One thing that a sheet says of a person: a fact, or a paper that only the linter knows; with its cells by field."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    nth: int = 1
    assumed: bool = False
    """The sheets have no place for it, and what follows shows that it was: nothing is found that rests on it."""

    unsaid: set[str] = field(default_factory=set)
    """Fields that the sheets do not say and that were taken to be well."""

    @property
    def day(self) -> date | None:
        """Its day, if it is known."""
        found: date | None = self.values.get(DAY)
        return found

    def place(self, name: str = DAY) -> Place | None:
        """Where a field stands, or else anything of the paper."""
        return self.places.get(name) or next(iter(self.places.values()), None)


@dataclass(slots=True)
class Person:
    """Somebody about whom the workbook speaks. `place` is where they are named."""

    place: Place
    student_no: str = ""
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    """Day of birth, branch, day of leaving."""

    places: dict[str, Place] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    """Kinds for which the person's sheets have a place: what stands nowhere, though it could, has not happened."""

    empty: dict[str, Place] = field(default_factory=dict)
    """Where a kind would stand and does not."""

    unread: set[str] = field(default_factory=set)
    """Kinds that are there and cannot be read: nothing is found for the want of them."""

    @property
    def called(self) -> str:
        """The person as a report names them."""
        return " ".join(part for part in (self.student_no, self.name) if part) or f"{self.place.sheet} {self.place.row}"

    def all(self, kind: str) -> list[Paper]:
        """The papers of a kind whose day is known, in the order of their days."""
        found = [one for one in self.papers if one.kind == kind and one.day]
        return sorted(found, key=lambda one: (one.day or date.max, one.nth))

    def last(self, kind: str) -> Paper | None:
        """The last paper of a kind."""
        found = self.all(kind)
        return found[-1] if found else None


@dataclass(slots=True)
class Gathered:
    """All that a workbook says."""

    persons: list[Person] = field(default_factory=list)
    members: dict[str, list[date]] = field(default_factory=dict)
    """Full members by name or number, with the days from which they are."""

    units: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    """Units by id and by name: kind and approval authority."""

    noted: "list[Noted]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Noted:
    """What the reading of a workbook came upon: under which rule of `linting.yaml`, where, and of whom."""

    rule: str
    place: Place
    why_zh: str
    why_en: str
    person: Person | None = None
    more: tuple[Place, ...] = ()
