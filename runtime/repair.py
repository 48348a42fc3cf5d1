"""What is asked of the workshop, what it would do, and what it has done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.facts import Fact
from domain.facts.repairing import RepairApplied
from domain.repairs import Act
from eventlog.entry import Entry


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair that somebody asks for. `version` is that of the path as they saw it; None takes it as it is now.

    `said` is what the act needs beside the reason; what is left out is the first of what is offered.
    """

    path_id: UUID
    """The path, or the other stream in which the repair is recorded."""

    cause: str
    act: str
    reason: str
    actor: str
    capacity: str
    key: str
    version: int | None = None
    reference: str | None = None
    approved_by: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    mailroom: str = ""
    """The workflow of a mailroom, if it is one that is repaired."""

    digest: str = ""
    """Of all that was asked for; the workshop makes it."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment at which the workflow wakes, set or dropped by a repair."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What a repair would do: the facts it appends, the timers it sets or drops, and who is told what afterwards."""

    version: int
    facts: Sequence[Fact]
    timers: Sequence[Timer]
    told: Sequence[Mapping[str, Any]]
    does: Act


@dataclass(frozen=True, slots=True)
class Applied:
    """A repair that was done, and where it stands in the log; `repeated` if an earlier request with the key did it."""

    entry: Entry
    fact: RepairApplied
    repeated: bool
