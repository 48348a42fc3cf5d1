"""What a mailroom has done for it: each letter is judged again, written, delivered, and what it tells is recorded."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from temporalio import activity

from activities.channels.base import Channel, Console, Delivery, Message
from activities.errands import NO_CHANNEL, Errand, Sent, errand_of, letter_item, record_told, was_had
from activities.handing import HandOver
from domain.calendar import DAY, civil_day
from eventlog.log import LogError
from registry.desk import Desk
from registry.keys.store import KeysUnavailable
from registry.letters import LetterTexts, Links, compose, load_letters
from registry.record import Contended
from views.store import ViewsUnavailable
from workflows.mailing import Delivered, DeliverInput, Envelope, Item, Later, MailroomActivities

LOG = logging.getLogger("jieti.reminders")

AT_ONCE = 16
"""Letters of a batch that are under way at a time."""

HEARTBEAT_SECONDS = 3.0
NOWHERE = "http://127.0.0.1:8080"
"""Where the links of letters lead that nobody gets."""

GIVE_UP_AFTER = timedelta(days=7)
OUTAGES = (LogError, KeysUnavailable, ViewsUnavailable, Contended)
"""What is broken for every letter: the batch is tried again when it is over."""

GAVE_UP, NO_ADDRESS = "gave-up", "no-channel"
"""Codes of our own: its channel could not take it for days; none of the recipient's channels is configured."""


class Deliveries(MailroomActivities):
    """Delivers letters from one desk. Exceptions are for outages; Temporal tries again."""

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        texts: LetterTexts,
        links: Links,
        hand_over: HandOver,
        *,
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        """Deliver through these channels, the first one first. What none takes for so long is recorded as refused."""
        self._desk, self._channels, self._texts, self._links = desk, channels, texts, links
        self._hand_over, self._give_up_after = hand_over, give_up_after

    @activity.defn(name="deliver")
    async def deliver(self, asked: DeliverInput) -> Delivered:
        """Deliver a batch. What was recorded by an earlier attempt at the same batch is not told again."""
        async with _heard_from():
            turns = asyncio.Semaphore(AT_ONCE)

            async def in_turn(envelope: Envelope) -> Later | bool:
                async with turns:
                    return await self._deliver(envelope, asked.at)

            # All come to their end before an outage is told: a letter cut off in the middle would be sent once more.
            answers = await asyncio.gather(*map(in_turn, asked.envelopes), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        told = [each.letter_id for each, answer in zip(asked.envelopes, answers, strict=True) if answer is True]
        later = [answer for answer in answers if isinstance(answer, Later)]
        return Delivered(tuple(told), tuple(later), self._morning_after(asked.at))

    def _morning_after(self, at: datetime) -> datetime:
        books = self._desk.rulebooks
        return books.policy.reminding.on(books.policy.reminding.next_day(civil_day(at) + DAY, books.workdays))

    async def _deliver(self, envelope: Envelope, asked_at: datetime) -> Later | bool:
        """Deliver a letter and tell whether its recipient has had one, or when to come again.

        One that was refused is not the letter of the day: nobody has had it, and what is asked for again goes out at once.
        What is owed is judged at the moment of its items, which may lie ahead of the mailroom's own clock where time is skipped.
        """
        at = max(asked_at, *(item.at for item in envelope.items))
        opens = self._desk.rulebooks.policy.reminding.open_at(at, self._desk.rulebooks.workdays)
        if opens > at:
            return Later(envelope.letter_id, opens, tried=False)
        try:
            looked = [await errand_of(self._desk, item, at, self._hand_over) for item in envelope.items]
            errands = [errand for errand in looked if errand]
            if not errands:  # an attempt whose answer was lost may have told them all: then it is the letter of the day
                return await was_had(self._desk, str(envelope.letter_id), envelope.items)
            sent = await self._sent(await self._message(envelope, errands, at), errands, asked_at - envelope.since)
            if sent.answer.outcome == "later":
                return Later(envelope.letter_id, asked_at + timedelta(seconds=sent.answer.retry_after_s or 0))
            await self._recorded(errands, sent, at)
        except OUTAGES:
            raise
        except Exception:
            # What is wrong with one letter must not keep the others waiting. It is tried again, and seen to wait.
            LOG.exception("letter %s cannot be delivered", envelope.letter_id)
            return Later(envelope.letter_id, asked_at)
        return sent.answer.outcome != "refused"

    async def _message(self, envelope: Envelope, errands: Sequence[Errand], at: datetime) -> Message:
        """Write a letter in its recipient's language."""
        found = [await letter_item(self._desk, errand, at) for errand in errands]
        reached, items = errands[0].reached, [item for item in found if item]
        letter = compose(self._texts, reached.language, reached.name, civil_day(at), items, self._links)
        return Message(
            key=str(envelope.letter_id),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            calendar=letter.calendar,
            markdown=letter.markdown,
            link=letter.link,
            stop_link=letter.stop_link,
            language=reached.language,
        )

    async def _sent(self, message: Message, errands: Sequence[Errand], waited: timedelta) -> Sent:
        """Send through the channels on which the recipient has an address, one after the other while they refuse."""
        addresses = errands[0].reached.addresses
        sent = Sent(message.key, NO_CHANNEL, Delivery("refused", code=NO_ADDRESS))
        for name, channel in self._channels.items():
            if channel.group or not (name in addresses or isinstance(channel, Console)):
                continue  # the console has no addresses: whatever is to be told to anybody can be read there
            answer = await channel.send(addresses.get(name, ""), message)
            if answer.outcome == "later" and waited >= self._give_up_after:
                answer = Delivery("refused", code=GAVE_UP)
            sent = Sent(message.key, name, answer)
            if answer.outcome != "refused":
                break
        return sent

    async def _recorded(self, errands: Sequence[Errand], sent: Sent, at: datetime) -> None:
        for errand in errands:
            await record_told(self._desk, errand, sent, at)


class NotYet(Exception):
    """A channel cannot take a letter now; whoever wants it delivered at once has to come again."""


class AtOnce:
    """Delivers in place, a letter for what is handed over together: where years go by in a minute, nobody gathers."""

    def __init__(self, desk: Desk, channels: Mapping[str, Channel], texts: LetterTexts, links: Links) -> None:
        """Deliver through these channels, the first one first."""
        self._deliveries = Deliveries(desk, channels, texts, links, self)

    async def __call__(self, items: Sequence[Item]) -> None:
        """Return when all are told and it is recorded. Raises NotYet."""
        for item in items:
            envelope = Envelope.begun(item, item.at)
            if (await self._deliveries.deliver(DeliverInput((envelope,), item.at))).later:
                raise NotYet(str(envelope.letter_id))


def at_once(desk: Desk, channels: Mapping[str, Channel] | None = None, *, school: str = "sample") -> AtOnce:
    """Deliver to the console, unless other channels are given, in the words of a school."""
    console = Console()
    return AtOnce(desk, channels or {console.name: console}, load_letters(school, desk.rulebooks), Links(NOWHERE))


@asynccontextmanager
async def _heard_from() -> AsyncIterator[None]:
    """Let Temporal hear that this worker is alive, so that a batch of a dead one is soon another's."""

    async def tell() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    telling = asyncio.create_task(tell()) if activity.in_activity() else None
    try:
        yield
    finally:
        if telling:
            telling.cancel()
