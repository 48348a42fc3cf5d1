"""What is asked and answered when a fact is recorded: the question, the outcome, the receipt and the alarm.

These are plain data: they travel through Temporal and stand in no log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from domain.judgement import Confidence, Finding


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact that somebody wants recorded, or a decision they ask leave for.

    `said` are the author's fields as JSON; `request` is the hex SHA-256 digest of all that was asked; `version` is
    the version of the path that the author had seen, if they said so. Once `sealed`, nothing in `said` tells of a person,
    and an opening carries the `person_id` that was made from the student number.
    """

    path_id: UUID
    topic: str
    said: Mapping[str, Any]
    key: str
    request: str
    actor: str
    capacity: str
    mode: Literal["authorise", "record"] = "authorise"
    version: int | None = None
    source: str | None = None
    sealed: bool = False
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """An obligation to be told to one role at one moment: the rung lies `rung_days` after the due day.

    They are working days where it says so. One that `climbed` tells the first one that it now goes to the role `to`. `times`
    is how often it was asked for again after it had been told.
    """

    obligation: str
    step: str
    owed_by: str
    due_on: date
    rung_days: int
    zh: str
    en: str
    kind: Literal["owed", "climbed"] = "owed"
    workdays: bool = False
    times: int = 0
    to: str = ""

    @property
    def key(self) -> str:
        """What makes it once only in the log."""
        parts = ["reminder", self.obligation, self.due_on, f"{self.rung_days}{'wd' if self.workdays else ''}"]
        parts += ["climbed"] if self.kind == "climbed" else []
        parts += [f"again-{self.times}"] if self.times else []
        return "/".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class Labels:
    """What Temporal's lists show of a path: copied from the last judgement, never read back."""

    unit: str = ""
    stage: str = ""
    edition: str = ""
    waiting_for: tuple[str, ...] = ()
    due_on: date | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """A fact that the clock of a stream records by itself, there or in another stream; `key` makes it once only.

    With a `version`, it is recorded only while the stream stands there: what it says was made of just that.
    """

    stream_id: UUID
    topic: str
    key: str
    said: Mapping[str, Any]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Send these now, and wake then; a closed path needs no more waking. `acts` come before anything else."""

    send: tuple[Reminder, ...] = ()
    wake: datetime | None = None
    closed: bool = False
    labels: Labels = field(default_factory=Labels)
    acts: tuple[Act, ...] = ()
    locally: bool = False
    """What is to be sent is handed over as transitions are recorded: locally at first. Alarms of earlier days do not say
    so, and a workflow that is replayed does what it did then."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the recorder gets back: where the fact stands in the log and what was found."""

    path_id: UUID
    topic: str
    position: int
    version: int
    digest: str
    request: str
    recorded_at: datetime
    findings: tuple[Finding, ...]
    alarm: Alarm
    repeated: bool = False


Kind = Literal["recorded", "refused", "already-open", "unknown-path", "stale", "key-reused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. Only `recorded` has a receipt; otherwise nothing was written.

    `version` is the path's version at the time, for `stale` and `already-open`. `request` is the digest of the request
    that was answered so, where the answer came through the path's workflow: an answer kept under a key tells whose it is.
    """

    kind: Kind
    receipt: Receipt | None = None
    findings: tuple[Finding, ...] = ()
    version: int = 0
    request: str = ""
    confidence: Confidence = "sure"
    """How well the least known of the rules that were asked is known."""
