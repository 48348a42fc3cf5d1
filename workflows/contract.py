"""What workflows and activities promise each other: payloads and the activities' interfaces, and no implementation."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio import activity
from temporalio.common import SearchAttributeKey

from domain.receipt import Alarm, Asked, Outcome, Reminder

PATH = "Path"
CLOCK = "Clock"
TRANSITION = "transition"
NUDGE = "nudge"

PATH_UNIT = SearchAttributeKey.for_keyword("PathUnit")
PATH_STAGE = SearchAttributeKey.for_keyword("PathStage")
PATH_RULEBOOK = SearchAttributeKey.for_keyword("PathRulebook")
WAITING_FOR = SearchAttributeKey.for_keyword_list("WaitingFor")
DUE_AT = SearchAttributeKey.for_datetime("DueAt")
NEXT_WAKE_AT = SearchAttributeKey.for_datetime("NextWakeAt")
LOG_VERSION = SearchAttributeKey.for_int("LogVersion")
HEALTH = SearchAttributeKey.for_keyword("Health")
SEARCH_ATTRIBUTES = (PATH_UNIT, PATH_STAGE, PATH_RULEBOOK, WAITING_FOR, DUE_AT, NEXT_WAKE_AT, LOG_VERSION, HEALTH)
"""What Temporal's lists can be searched by. Plain text there, so nothing personal stands in them."""

WRONG_SHAPE = "WrongShape"
UNKNOWN_FACT = "UnknownFact"
"""Types of the failures of a transition that its sender has to mend. Their details: what is wrong, and the digest of
the request that was answered so."""


class PublicText(str):
    """Text that rests in Temporal unencrypted, to be read in its UI: it says nothing about a person."""

    __slots__ = ()


SUMMARY = PublicText("发展历程 · a path from applicant to full member")
"""What Temporal's UI says of every path."""

SUMMARIES: Mapping[str, PublicText] = {
    "path": SUMMARY,
    "unit": PublicText("党组织 · a unit: its terms come and go"),
    "term": PublicText("学期 · a unit in a term: what it owes there"),
}
"""What Temporal's UI says of the workflow of a stream, by what that is about."""


def clock_id(subject: str, stream_id: UUID) -> str:
    """The name of the workflow that keeps the time of a stream: opaque, and the same for ever."""
    return f"{subject}/{stream_id}"


def workflow_id(path_id: UUID) -> str:
    """The name of a path's workflow."""
    return clock_id("path", path_id)


@dataclass(frozen=True, slots=True)
class ClockInput:
    """All that a clock is told at its start or takes over from its earlier run."""

    stream_id: UUID
    schema: int = 1


@dataclass(frozen=True, slots=True)
class PathInput:
    """All that a path's workflow is told at its start or takes over from its earlier run: there is nothing to carry."""

    path_id: UUID
    schema: int = 1


@dataclass(frozen=True, slots=True)
class RecordInput:
    """A transition, with the moment at which the workflow took it."""

    asked: Asked
    at: datetime


@dataclass(frozen=True, slots=True)
class DueInput:
    """Which path, or other stream whose time is kept, is to be judged, at what moment."""

    path_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SendInput:
    """A reminder to be told of a path or another stream, and the moment at which it fell due."""

    path_id: UUID
    reminder: Reminder
    at: datetime


class PathActivities(ABC):
    """What a path's workflow lets others do."""

    @activity.defn(name="record")
    @abstractmethod
    async def record(self, asked: RecordInput) -> Outcome:
        """Load the path, judge, append: the one way in. A refusal is an outcome, not a failure."""

    @activity.defn(name="due")
    @abstractmethod
    async def due(self, asked: DueInput) -> Alarm:
        """Judge the path at a moment and say what to send and when to wake. Nothing is written."""

    @activity.defn(name="send")
    @abstractmethod
    async def send(self, asked: SendInput) -> None:
        """Tell a reminder and append that it was told, once."""


class ClockActivities(ABC):
    """What only the clocks of other streams than paths let others do."""

    @activity.defn(name="act")
    @abstractmethod
    async def act(self, asked: DueInput) -> None:
        """Record what comes by itself at a moment, each once."""
