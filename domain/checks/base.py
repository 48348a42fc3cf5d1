"""What every check is asked and what it answers.

A check is asked about one fact, on the path as it read on that day. It answers None when all is well and a Shortfall
when not; `window` tells on which days it could be well. There is no expression language: what the verbs cannot say,
a rulebook cannot ask.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NewType, Protocol

from domain.calendar import Workdays
from domain.facts.base import Fact
from domain.reading import Reading
from domain.words import Text

Topic = NewType("Topic", str)
"""A parameter that names a kind of fact."""

NO_TOPIC = Topic("")
"""Where no kind of fact is named."""

Word = NewType("Word", str)
"""A parameter that names what a unit may do: a word of the edition's capabilities."""

Reads = Iterable[tuple[str, str, str]]
"""Which parameter of a check names which field of which kind of fact: the reader of rulebooks verifies them."""


@dataclass(slots=True)
class Shortfall:
    """What is not well, in signs and in words; the days between which it would be, and what is missing.

    `rests_on` are the facts that count beside the one that was looked at; `start` is the day counted from. With `doubt`
    nothing is known to be wrong, but a table does not reach so far: it is told and refuses nothing.
    """

    arithmetic: str
    why: Text
    rests_on: tuple[Fact, ...] = ()
    start: date | None = None
    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False
    doubt: bool = False


@dataclass(slots=True)
class Window:
    """Between which days an act may happen, as far as one check says; what must be there first; and why."""

    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False
    rests_on: tuple[Fact, ...] = ()
    start: date | None = None
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at: the path as it reads with the fact in it, and the tables of the day."""

    reading: Reading
    workdays: Workdays
    capabilities: Mapping[str, frozenset[str]]
    stages: Mapping[str, Text]
    stages_of: Mapping[str, frozenset[str]]
    """To which stages the steps belong that a kind of fact is part of; empty where a fact may come at any stage."""

    written_opinions: bool = False
    """The school's policy lets written opinions count, where the edition leaves that to it."""

    remote_meetings: bool = False
    """The school's policy lets members take part in an assembly from afar."""


class Check(Protocol):
    """One verb with its parameters."""

    NAME: ClassVar[str]

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        """Tell what is wrong with the fact, if anything."""
        ...

    def window(self, case: Case) -> Window:
        """Tell when such a fact could come, as the path stands."""
        ...

    def reads(self, on: tuple[str, ...]) -> Reads:
        """Tell which fields the parameters name, when the rule is asked on these kinds of fact."""
        ...

    def concerns(self, topic: str, stages_of: Mapping[str, frozenset[str]]) -> bool:
        """Tell whether a fact of this kind can ever be wrong, under an edition that has steps at these stages."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """A check that sets no days and names no fields."""

    def window(self, case: Case) -> Window:  # noqa: ARG002 - the protocol's signature
        return Window()

    def reads(self, on: tuple[str, ...]) -> Reads:  # noqa: ARG002 - the protocol's signature
        return ()

    def concerns(self, topic: str, stages_of: Mapping[str, frozenset[str]]) -> bool:  # noqa: ARG002 - as above
        return True
