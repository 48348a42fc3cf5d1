"""What every verb of the linter's own rules looks at, and what it answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol

from domain.calendar import Workdays
from domain.words import Text
from registry.linting.dossier import Person, Place
from registry.linting.headings import headings


@dataclass(frozen=True, slots=True)
class Around:
    """What a verb may look at beside the person."""

    day: date
    workdays: Workdays
    members: Mapping[str, list[date]]
    persons: Mapping[str, list[Person]]
    """By name and by number."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong: about which paper, in which cells, by what arithmetic, and in words."""

    kind: str
    on: date | None
    cells: tuple[Place, ...]
    arithmetic: str
    why: Text


class Verb(Protocol):
    """One verb with its parameters."""

    NAME: ClassVar[str]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        """Tell what is wrong with a person's papers."""
        ...


def named(kind: str) -> Text:
    """A kind of paper as sentences call it."""
    found = headings().title(kind)
    return Text(f"“{found.zh}”", f"“{found.en.replace('-', ' ')}”")


def cells_of(*places: Place | None) -> tuple[Place, ...]:
    """The cells there are, each once, in this order."""
    return tuple(dict.fromkeys(place for place in places if place))
