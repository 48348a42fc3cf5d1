"""The port of all channels: what is handed to one, and what it answers. And the console, which is always there."""

import json
import logging
from dataclasses import dataclass, field
from typing import Literal, Protocol

LOG = logging.getLogger("jieti.reminders")

LONGEST_LINK_BYTES = 1_000

DeliveryOutcome = Literal["accepted", "refused", "unknown", "later"]


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient, or one group, is told.

    The `key` makes it one message however often it is sent: it becomes the Message-ID and the webhook's id. `link` leads
    to the very act, `stop_link` to where the recipient can stop such letters; what cannot be shown whole is cut, the link
    never. A message to a group has its subject, markdown and link and nothing else, so that no letter to one person,
    which names people, can be handed to a group. What tells of people is not shown in its repr.
    """

    key: str
    subject: str = field(repr=False)
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    calendar: str | None = field(default=None, repr=False)
    markdown: str = field(default="", repr=False)
    link: str = field(default="", repr=False)
    language: str = "zh"
    group: bool = False
    stop_link: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError for a message that no channel could carry."""
        if not self.key:
            raise ValueError("a message needs a key")
        if not (self.text or self.markdown):
            raise ValueError("a message says something: in `text`, or in `markdown`")
        if len(self.link.encode()) > LONGEST_LINK_BYTES:
            raise ValueError(
                f"a link has {LONGEST_LINK_BYTES} bytes at most: it is shown whole in the shortest message"
            )
        if self.group and (self.text or self.html or self.calendar is not None):
            raise ValueError("a group is told counts and a link in `markdown`, and nothing else")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a channel answered.

    `accepted`, `refused` and `unknown` are final and are recorded: nobody sends again what is `unknown` (the connection
    broke before the answer, or nobody answers who would know). `later` is never recorded: the same message is to be sent
    again after `retry_after_s` seconds. `code` is the gateway's own, `provider_id` its name for the message; `detail` is
    a sentence for a person, with neither a secret nor a name in it.
    """

    outcome: DeliveryOutcome
    code: str | None = None
    provider_id: str | None = None
    detail: str = ""
    retry_after_s: float | None = None


class Channel(Protocol):
    """One way to somebody. `group` tells whether everybody in a group sees what is sent."""

    name: str
    group: bool

    async def send(self, to: str, message: Message) -> Delivery:
        """Send a message to an address of this channel (for a group: any word, it has one address only).

        Never raises for what the other side says or fails to say: that is the answer.
        """
        ...


class Configured(Channel, Protocol):
    """A channel of the channel file."""

    async def check(self) -> Delivery:
        """Look whether it can be reached, without sending anything: accepted, refused or later, and a sentence why."""
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...


def not_for_a_group(name: str) -> Delivery:
    """What a channel that a whole group reads answers to a message for one person. The lock on the door, not the rule:
    whoever chooses the channel should have known."""
    return Delivery("refused", code="not-for-a-group", detail=f"{name} is read by a group, and this letter is for one")


class Console:
    """Writes a line to the process's log: what is used where no channel is configured. It names nobody."""

    group = False

    def __init__(self, name: str = "console") -> None:
        """Under this name."""
        self.name = name

    async def send(self, to: str, message: Message) -> Delivery:
        """Write it; the log always takes it. The address is not written: it tells who somebody is."""
        del to
        LOG.info("%s", json.dumps({"letter": message.key, "link": message.link}, ensure_ascii=False))
        return Delivery("accepted", code="logged")

    async def check(self) -> Delivery:
        """Say what it does."""
        return Delivery("accepted", detail="no channel is set up: what would be sent is a line of the process's log")

    async def close(self) -> None:
        """Nothing is open."""
