"""What a letter is made of and what it becomes: its items, where its links lead, and its forms."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from domain.judgement import Confidence, Obligation
from domain.path import Path
from domain.receipt import Reminder
from domain.words import Text

Language = Literal["zh", "en"]

NUMBER_CHARACTERS = 8
"""How much of a path's id is its number in a letter: enough to tell the paths of a unit apart."""


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One thing owed, as it is told to one recipient.

    `person` is the name of whose path it is, where the recipient may see it; else the letter has the path's number.
    `owes` is the role that owes it: where the reminder is for another, it has climbed. `begun_on` and `version`
    tell calendars which event it is, and how new.
    """

    reminder: Reminder
    stream_id: UUID
    unit: Text
    why: Text
    edition: str
    sources: tuple[str, ...]
    confidence: Confidence
    owes: str
    begun_on: date
    person: str | None = None
    tells: bool = False
    provisional: bool = False
    version: int = 0
    about: str = Path.NAME
    """What the stream is about: a path, or a term of a unit, which is nobody's."""

    @property
    def what(self) -> Text:
        """The obligation's own sentence."""
        return Text(self.reminder.zh, self.reminder.en)

    @property
    def due_on(self) -> date:
        """The day by which it is owed."""
        return self.reminder.due_on

    @property
    def number(self) -> str:
        """The path's number in a letter."""
        return str(self.stream_id)[:NUMBER_CHARACTERS]

    def late(self, day: date) -> bool:
        """Whether it is overdue on a day."""
        return self.due_on < day and not self.tells


def item_of(  # noqa: PLR0917 - what is owed, as it is told, where it stands, and whose path it is
    obligation: Obligation,
    reminder: Reminder,
    stream_id: UUID,
    unit: Text,
    person: str | None = None,
    version: int = 0,
    about: str = Path.NAME,
) -> LetterItem:
    """Say an obligation as an item of a letter; `person` only to an individual recipient who may see the name."""
    return LetterItem(
        reminder=reminder,
        stream_id=stream_id,
        unit=unit,
        why=Text(obligation.why_zh, obligation.why_en),
        edition=obligation.edition,
        sources=obligation.sources,
        confidence=obligation.confidence,
        owes=obligation.owed_by,
        begun_on=obligation.begins_on or obligation.since,
        person=person,
        tells=obligation.tells,
        provisional=obligation.provisional,
        version=version,
        about=about,
    )


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of letters lead: pages of the address under which this installation is known."""

    base: str

    def act(self, path_id: UUID, step: str) -> str:
        """The page of a step on a path."""
        return f"{self.base.rstrip('/')}/paths/{path_id}/steps/{quote(step, safe='')}"

    def of(self, item: LetterItem) -> str:
        """The page of the very act that an item speaks of."""
        if item.about == Path.NAME:
            return self.act(item.stream_id, item.reminder.step)
        return f"{self.base.rstrip('/')}/{item.about}s/{item.stream_id}/jobs/{quote(item.reminder.obligation, safe='')}"

    @property
    def all(self) -> str:
        """The page that says where all that is owed is read."""
        return f"{self.base.rstrip('/')}/reminders"


@dataclass(frozen=True, slots=True)
class Letter:
    """The one text that a recipient gets that day, in each form; `calendar` is iCalendar.

    `link` leads to the act where there is one item, else to all; `stop_link` to where it is said how to stop such letters.
    """

    subject: str
    text: str
    html: str
    markdown: str
    calendar: str | None
    link: str
    stop_link: str
