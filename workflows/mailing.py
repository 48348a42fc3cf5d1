"""What mailrooms and their activities promise each other: items, letters that are on their way, and what became of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID, uuid5

from temporalio import activity

from domain.calendar import civil_day
from workflows.contract import PublicText

MAILROOM = "Mailroom"
TAKE_IN = "take-in"

MAILROOMS = 8
"""How many there are. A recipient always belongs to the same one; what several have to do is done side by side."""

LETTERS = UUID("b6b1c1ce-8f42-5f57-9a3c-3a6c0a0f5d27")
"""The namespace in which the id of a letter is made from the moment at which it was begun and the first thing in it."""

SUMMARY = PublicText("收发室 · a mailroom: gathers reminders into letters and has them delivered")


Address = tuple[UUID, date]
"""A recipient, and a civil day: for each there is one letter."""


def room_of(recipient_id: UUID) -> int:
    """The number of a recipient's mailroom."""
    return recipient_id.int % MAILROOMS


def workflow_id(room: int) -> str:
    """The name of a mailroom's workflow."""
    return f"mailroom/{room}"


@dataclass(frozen=True, slots=True)
class Item:
    """A reminder to be told to one recipient: on which stream it is owed, its key there, and the moment it fell due.

    What it says is not here: it is judged again when the letter is written.
    """

    stream_id: UUID
    reminder: str
    recipient_id: UUID
    at: datetime

    @property
    def key(self) -> str:
        """What makes it once only, whatever handed it over."""
        return f"{self.stream_id}/{self.reminder}/{self.recipient_id}"

    @property
    def to(self) -> Address:
        """To whose letter, of which civil day, it belongs."""
        return self.recipient_id, civil_day(self.at)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is handed over at once; letters wait for more until nothing has come for them for `gather_seconds`."""

    items: tuple[Item, ...]
    gather_seconds: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter that is to be written and delivered. Its id is fixed before that, so that each attempt has the same.

    `since` is when it was begun, `tries` how often its channel could not take it, and `not_before` when
    it is tried again.
    """

    letter_id: UUID
    recipient_id: UUID
    items: tuple[Item, ...]
    since: datetime
    not_before: datetime
    tries: int = 0

    @property
    def to(self) -> Address:
        """Whose letter it is, of which civil day."""
        return self.items[0].to

    @classmethod
    def begun(cls, item: Item, moment: datetime) -> Self:
        """Begin a letter at a moment. What was told before may come again, so that the first item alone names no letter."""
        letter_id = uuid5(LETTERS, f"{moment.isoformat()}/{item.key}")
        return cls(letter_id, item.recipient_id, (item,), since=moment, not_before=moment)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a mailroom takes over from its earlier run: nothing, at its start."""

    gather_seconds: float = 0.0
    envelopes: tuple[Envelope, ...] = ()
    held: tuple[Item, ...] = ()
    told: tuple[Address, ...] = ()
    morning: datetime | None = None
    schema: int = 1


@dataclass(frozen=True, slots=True)
class DeliverInput:
    """Letters to be written and delivered, and the moment at which the mailroom asks for it."""

    envelopes: tuple[Envelope, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """A letter that stays, and when it may be tried again.

    It was `tried` and its channel could not take it, so that the mailroom may wait longer; or it is a quiet time.
    """

    letter_id: UUID
    not_before: datetime
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch: letters that went out, and those to be tried again.

    The others were refused, or had nothing to tell any more. `morning` is when the next letters go out to those who have had one.
    """

    told: tuple[UUID, ...]
    later: tuple[Later, ...]
    morning: datetime


class MailroomActivities(ABC):
    """What a mailroom lets others do."""

    @activity.defn(name="deliver")
    @abstractmethod
    async def deliver(self, asked: DeliverInput) -> Delivered:
        """Write letters, deliver them, and record each reminder that they tell."""
