"""What every check is asked and what it answers.

A check is asked about one fact, on the path as it read on that day. It answers None when all is well and a Shortfall
when not; `window` tells on which days it could be well. There is no expression language: what the verbs cannot say,
a rulebook cannot ask.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol

from domain.calendar import Workdays
from domain.facts.base import Fact
from domain.reading import Reading, Ref

Anchor = Ref | str
"""A fact or a moment of `reading.MOMENTS`, from whose day a rule counts."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is not well: the days between which it would be, what is missing, and the arithmetic in signs."""

    arithmetic: str
    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Between which days an act may happen, as far as one check says; and what must be there first."""

    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at: the path as it reads with the fact in it, and the tables of the day."""

    reading: Reading
    workdays: Workdays
    capabilities: Mapping[str, frozenset[str]]


class Check(Protocol):
    """One verb with its parameters."""

    NAME: ClassVar[str]

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        """Tell what is wrong with the fact, if anything."""
        ...

    def window(self, case: Case) -> Window:
        """Tell when such a fact could come, as the path stands."""
        ...


@dataclass(frozen=True, slots=True)
class SetsNoDays:
    """A check that sets no days."""

    def window(self, case: Case) -> Window:  # noqa: ARG002 - the protocol's signature
        return Window()
