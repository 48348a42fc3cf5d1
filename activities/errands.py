"""What there is to tell, looked at again each time: is it still owed, who is to hear it; and that it was told."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.channels.base import Delivery
from activities.handing import HandOver
from domain.calendar import civil_day
from domain.correcting import as_corrected
from domain.facts.application import ApplicationSubmitted
from domain.facts.reminding import ReminderSent
from domain.receipt import Reminder
from domain.words import Text
from registry.desk import Desk
from registry.drafting import asking
from registry.due import Due, looked
from registry.keys.store import Shredded
from registry.letters import LetterItem, item_of
from registry.recipients import Reached, recipients_of
from registry.record import record
from registry.sealing import opened_value
from registry.shape import WrongShape
from registry.shelf import Loaded
from workflows.mailing import Item

LOG = logging.getLogger("jieti.reminders")

ACTOR, CAPACITY = "jieti", "system"
"""Who says that a reminder was sent."""

NOBODY, NOBODY_ELSE = "nobody-to-tell", "nobody-else"
"""Codes of our own: nobody can be told; the others who can have been told, and whoever was to be told beside them is gone."""

NO_CHANNEL = "none"
"""The channel of a reminder that went through none."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A reminder that is to be told now, to one of the `recipients` who are to hear it; `passed_over` come before them."""

    loaded: Loaded
    reminder: Reminder
    due: Due
    reached: Reached
    recipients: int = 1
    passed_over: tuple[str, ...] = ()

    @property
    def stream_id(self) -> UUID:
        """The stream on which it is owed."""
        return self.loaded.entries[0].stream_id


async def errand_of(desk: Desk, item: Item, now: datetime, hand_over: HandOver) -> Errand | None:
    """Look at an item again at a moment (aware UTC); None if there is nothing to tell this recipient any more.

    What was met, told, put off or closed meanwhile is not told. What is no longer for this recipient to hear, who may have
    left, is handed over to those who hear it now.
    """
    loaded = await desk.load(item.stream_id)
    due = looked(desk, loaded.facts, now)
    reminder = next((one for one in due.alarm.send if one.key == item.reminder), None)
    if reminder is None or _is_told(loaded, item):
        return None
    resolved = await recipients_of(desk, loaded, reminder, now)
    reached = next((one for one in resolved.found if one.recipient_id == item.recipient_id), None)
    if reached is None:
        await hand_on(desk, loaded, reminder, now, hand_over)
        return None
    return Errand(loaded, reminder, due, reached, len(resolved.found), resolved.passed_over)


async def hand_on(desk: Desk, loaded: Loaded, reminder: Reminder, now: datetime, hand_over: HandOver) -> None:
    """Hand a reminder over to everybody who is to hear it and has not. Where there is nobody, that is recorded."""
    stream_id = loaded.entries[0].stream_id
    resolved = await recipients_of(desk, loaded, reminder, now)
    items = [Item(stream_id, reminder.key, one.recipient_id, now) for one in resolved.found]
    if left := [item for item in items if not _is_told(loaded, item)]:
        await hand_over(left)
        return
    code = NOBODY_ELSE if items else NOBODY
    LOG.warning("%s: %s on %s: %s", code, reminder.key, stream_id, ", ".join(resolved.passed_over))
    said = {"channel": NO_CHANNEL, "outcome": "refused", "code": code, "passed_over": list(resolved.passed_over)}
    await _record(desk, stream_id, reminder, said, key=reminder.key, now=now)


async def was_had(desk: Desk, letter: str, items: Sequence[Item]) -> bool:
    """Tell whether the log says of any of these items that its recipient has had it in this letter."""
    for item in items:
        facts = (await desk.load(item.stream_id)).facts
        if any(isinstance(one, ReminderSent) and one.letter == letter and one.outcome != "refused" for one in facts):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Sent:
    """Under which id a letter went out, through which channel, and what was answered."""

    letter: str
    channel: str
    answer: Delivery


async def record_told(desk: Desk, errand: Errand, sent: Sent, now: datetime) -> None:
    """Record that a reminder was told in a letter, and what the channel answered. Done again, it is there once."""
    recipient = str(errand.reached.recipient_id)
    said = {
        "channel": sent.channel,
        "outcome": sent.answer.outcome,
        "code": sent.answer.code,
        "recipient": recipient,
        "recipients": errand.recipients,
        "letter": sent.letter,
        "passed_over": list(errand.passed_over),
    }
    key = _key(errand.reminder.key, recipient)
    await _record(desk, errand.stream_id, errand.reminder, said, key=key, now=now)


async def letter_item(desk: Desk, errand: Errand, now: datetime) -> LetterItem | None:
    """Say an errand as an item of a letter; None where the obligation is owed no longer."""
    obligation = errand.due.obligation_of(errand.reminder)
    if obligation is None:
        return None
    unit = await desk.unit(errand.due.unit, civil_day(now), now)
    name = Text(unit.name, unit.name_en) if unit else Text(errand.due.unit, errand.due.unit)
    person = await _person(desk, errand.loaded)
    about = errand.loaded.facts[0].SUBJECT
    return item_of(obligation, errand.reminder, errand.stream_id, name, person, errand.loaded.head.version, about)


async def _person(desk: Desk, loaded: Loaded) -> str | None:
    """The name of the person of a path; None where it is nobody's, or cannot be read any more."""
    opening = as_corrected(loaded.facts)[0]
    if not isinstance(opening, ApplicationSubmitted):
        return None
    name: str | None = await opened_value(desk.vault, opening.originator_id, opening.name)
    return name


def _key(reminder: str, recipient: str) -> str:
    return f"{reminder}/{recipient}"


def _is_told(loaded: Loaded, item: Item) -> bool:
    key = f"{ACTOR}:{_key(item.reminder, str(item.recipient_id))}"
    return any(entry.key == key for entry in loaded.entries)


async def _record(
    desk: Desk, stream_id: UUID, reminder: Reminder, said: Mapping[str, object], *, key: str, now: datetime
) -> None:
    said = {
        "effective_on": civil_day(now),
        "obligation": reminder.obligation,
        "step": reminder.step,
        "owed_by": reminder.owed_by,
        "due_on": reminder.due_on,
        "rung_days": reminder.rung_days,
        "workdays": reminder.workdays,
        "kind": reminder.kind,
        **said,
    }
    asked = asking(desk, stream_id, ReminderSent.TOPIC, said, actor=ACTOR, capacity=CAPACITY, key=key, mode="record")
    try:
        await record(desk, asked, now)
    except (WrongShape, Shredded) as error:  # the data of the person were destroyed while the letter went out
        LOG.warning("%s on %s was told and cannot be recorded: %s", key, stream_id, error)
