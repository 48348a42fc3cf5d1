"""What a rehearsal tells, line by line: each line is plain data, and whoever shows it chooses how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.judgement import Finding
from domain.receipt import Kind
from domain.words import Text

Way = Literal["transition", "evidence"]
"""*transition*: asked of the path's workflow. *evidence*: put straight into the log."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Servers are up and units set up; `name` is that of the database, the namespace and the actor of the rehearsal.

    So many facts of `people` say who is in office and how everybody is reached.
    """

    title: Text
    units: int
    people: int
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody asked for a fact: recorded at `version` of the path with its findings, or refused with them.

    `astray` when the story told it otherwise: a fact that was refused, or an attempt that was not.
    """

    day: date
    topic: str
    text: Text
    by: Text
    way: Way
    verdict: Kind
    version: int
    findings: Sequence[Finding] = ()
    astray: bool = False


@dataclass(frozen=True, slots=True)
class Reminded:
    """The path's workflow woke by its own timer and had a role reminded of what it owes: those who were `told`."""

    day: date
    obligation: str
    text: Text
    owed_by: str
    due_on: date
    rung_days: int
    version: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """The path came to another stage."""

    day: date
    stage: str
    text: Text


@dataclass(frozen=True, slots=True)
class NewEdition:
    """Another edition of the rules came into force."""

    day: date
    edition: str
    text: Text


@dataclass(frozen=True, slots=True)
class Ended:
    """The path is closed, and its workflow has ended by itself. `moments` are the days that follow from the facts."""

    day: date
    outcome: str
    stage: Text
    moments: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it all, counted from the log and from Temporal's own history.

    `wakes` are timers of the workflow that fired, over all its runs; `days` is how long the story is, `seconds` how
    long it took. `verified` entries were read back and their digests and chains made anew; `head` is the digest of the
    path's last. `ended` says that the path is closed and that its workflow has ended by itself.
    """

    facts: int
    transitions: int
    reminders: int
    refusals: int
    astray: int
    wakes: int
    runs: int
    events: int
    days: int
    seconds: float
    verified: int
    head: str
    ended: bool


Line = Begun | Act | Reminded | Moved | NewEdition | Ended | Summary
