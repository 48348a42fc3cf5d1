"""A recipient as their facts tell: whether, in which language and where they are told; and whom a path's facts name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from domain.facts import Fact
from domain.facts.cultivation import CultivationContactAssigned, CultivationContactEnded
from domain.facts.recipients import (
    AddressGiven,
    AddressWithdrawn,
    ChannelName,
    Language,
    RecipientLeft,
    RecipientRegistered,
    RecipientReturned,
    RecipientShredded,
)
from domain.facts.target import IntroducerRightsLost, IntroducersConfirmed
from domain.reading import in_order

CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)
"""Every channel on which somebody can have an address."""


@dataclass(frozen=True, slots=True)
class RecipientState:
    """What is known of a recipient on a day. Number, name and addresses (by channel) are sealed."""

    number: str
    name: str
    language: Language
    addresses: Mapping[str, str]
    left: bool = False
    shredded: bool = False


def recipient_on(facts: Sequence[Fact], day: date) -> RecipientState | None:
    """Tell what is known of a recipient on a day; None for one who is not registered by then."""
    opening = facts[0] if facts else None
    if not isinstance(opening, RecipientRegistered) or opening.effective_on > day:
        return None
    addresses: dict[str, str] = {}
    left = shredded = False
    for fact in in_order(facts):
        if fact.effective_on > day:
            break
        match fact:
            case AddressGiven():
                addresses[fact.channel] = fact.address
            case AddressWithdrawn():
                addresses.pop(fact.channel, None)
            case RecipientLeft() | RecipientReturned():
                left = isinstance(fact, RecipientLeft)
            case RecipientShredded():
                shredded = True
            case _:
                pass
    return RecipientState(opening.number, opening.name, opening.language, addresses, left, shredded)


def recipient_faults(facts: Sequence[Fact], fact: Fact) -> Iterator[tuple[str, str]]:
    """What stands against a fact beside what is known of its recipient: (field, sentence) pairs."""
    state = recipient_on(facts, fact.effective_on)
    if state is None:
        if facts:
            yield "effective_on", f"the recipient is registered from {facts[0].effective_on} on"
        return
    match fact:
        case _ if any(isinstance(one, RecipientShredded) for one in facts):
            yield "recipient", "the keys of this recipient were destroyed; nothing more is recorded of them"
        case AddressWithdrawn() if fact.channel not in state.addresses:
            yield "channel", f"the recipient has no address of the channel {fact.channel} on {fact.effective_on}"
        case RecipientLeft() if state.left:
            yield "recipient", "the recipient has left already"
        case RecipientReturned() if not state.left:
            yield "recipient", "the recipient has not left"
        case _:
            pass


def contacts_on(facts: Sequence[Fact], day: date) -> tuple[str, ...]:
    """The cultivation contacts that a path has on a day, by their sealed numbers, in the order of their appointment."""
    found: list[str] = []
    for fact in in_order(facts):
        if fact.effective_on > day:
            break
        if isinstance(fact, CultivationContactEnded) and fact.contact_id in found:
            found.remove(fact.contact_id)
        elif isinstance(fact, CultivationContactAssigned) and fact.contact_id not in found:
            found.append(fact.contact_id)
    return tuple(found)


def introducers_on(facts: Sequence[Fact], day: date) -> tuple[str, ...]:
    """The introducers of a path on a day, by their sealed numbers: those confirmed last who have not lost their rights."""
    found: tuple[str, ...] = ()
    for fact in in_order(facts):
        if fact.effective_on > day:
            break
        if isinstance(fact, IntroducersConfirmed):
            found = fact.introducers
        elif isinstance(fact, IntroducerRightsLost):
            found = tuple(one for one in found if one != fact.introducer_id)
    return found
