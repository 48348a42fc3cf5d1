"""What workflows and activities promise each other: payloads and the activities' interfaces, and no implementation."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio import activity

from domain.receipt import Alarm, Asked, Outcome, Reminder

TASK_QUEUE = "jieti"
PATH = "Path"
TRANSITION = "transition"
NUDGE = "nudge"


def workflow_id(path_id: UUID) -> str:
    """The name of a path's workflow: opaque, and the same for ever."""
    return f"path/{path_id}"


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
    """Which path is to be judged, at what moment."""

    path_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SendInput:
    """A reminder to be told, and the moment at which it fell due."""

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
