"""Whom a recipient concerns, what a person says of their own, and who holds which post."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from api.actors import Actor
from api.house import House, opening_of, refuse_unless_concerned
from api.problems import NotYourUnit, Restricted, RoleMayNot, UnknownRecipient
from api.rights import DATA_PROTECTION, SEES_RESTRICTED, who_may
from domain.facts import Fact
from domain.facts.reminding import ReminderSnoozed
from domain.facts.units import Post
from domain.personal import personal_state
from domain.recipients import recipient_on
from registry.desk import unit_stream
from registry.drafting import path_of
from registry.due import looked
from registry.recipients import applicant_of, recipient_named
from registry.shelf import Loaded


async def holders(house: House, unit_id: str) -> list[tuple[Post, UUID, str]]:
    """Who holds a post at a unit today: post, recipient, sealed number."""
    held = await house.desk.holders(unit_id, house.today, house.clock())
    pairs = [(post, number) for post, numbers in held.items() for number in numbers]
    return [(post, await recipient_named(house.desk, unit_stream(unit_id), number), number) for post, number in pairs]


async def theirs(house: House, actor: Actor, recipient_id: UUID, *, to_change: bool = False) -> Loaded:
    """A recipient, for whom it concerns: the units at which they hold a post, or whose student they are; whoever
    registered them, until they hold one; the person; and those who answer for the whole house.

    Changed they are by units only while all their posts are there: no branch says where its committee's letters go.
    Raises UnknownRecipient, RoleMayNot, Restricted.
    """
    loaded = await house.desk.load(recipient_id)
    if not loaded.facts or recipient_on(loaded.facts, date.max) is None:
        raise unknown(recipient_id)
    if actor.role == "person":
        if recipient_id == await own_recipient(house, actor):
            return loaded
        raise RoleMayNot("a person reads and says what concerns themselves", role=actor.role, roles=())
    if actor.role in SEES_RESTRICTED:
        return loaded
    seats = await _seats(house, recipient_id)  # first: a unit that is followed in between is below, not elsewhere
    below = {actor.unit, *(row.unit_id for row in await house.views.units(actor.unit))}
    elsewhere = [unit_id for unit_id in seats if unit_id not in below]
    registered = not seats and loaded.facts[0].recorded_by == actor.id
    if not registered and len(elsewhere) == len(seats) and not await student_of(house, actor, loaded):
        message = f"they hold no post at or below your unit {actor.unit!r} and have no path there"
        raise RoleMayNot(message, role=actor.role, roles=sorted(SEES_RESTRICTED))
    if to_change and elsewhere:
        message = f"they hold a post at {elsewhere[0]!r} too, which is not at or below your unit {actor.unit!r}"
        raise RoleMayNot(message, role=actor.role, roles=sorted(DATA_PROTECTION))
    return loaded


async def _seats(house: House, recipient_id: UUID) -> list[str]:
    """The units at which a recipient holds a post today."""
    units = [row.unit_id for row in await house.views.units()]
    return [one for one in units if any(held == recipient_id for _, held, _ in await holders(house, one))]


async def student_of(house: House, actor: Actor, loaded: Loaded) -> bool:
    """Whether the recipient's newest path is one of the actor's."""
    state = recipient_on(loaded.facts, date.max)
    number = await house.desk.vault.open(loaded.facts[0].originator_id, state.number) if state else None
    if number is None:
        return False
    found: Loaded | None = None
    for path_id in _paths_of(house.desk.vault.person(number)):
        path = await house.desk.load(path_id)
        if not path.facts:
            break
        found = path
    try:
        if found:
            await refuse_unless_concerned(house, actor, found.facts)
    except NotYourUnit:
        return False
    return found is not None


def _paths_of(person_id: UUID) -> Iterator[UUID]:
    attempt = 1
    while True:
        yield path_of(person_id, attempt)
        attempt += 1


def refuse_unless_own(house: House, actor: Actor, facts: Sequence[Fact], obligation: object) -> None:
    """Raise RoleMayNot, Restricted where a person speaks of a path that is not theirs, or of what another owes on it."""
    if actor.unit != str(facts[0].originator_id):
        raise RoleMayNot("a person speaks of their own path", role=actor.role, roles=())
    if personal_state(facts).restricted:
        raise Restricted("your data are restricted: they are stored, and you are reminded of nothing")
    owed = looked(house.desk, facts, house.clock()).obligations
    if others := {one.owed_by for one in owed if one.id == obligation} - {"applicant"}:
        message = f"{obligation!r} is owed by {', '.join(sorted(others))}: a person snoozes what they owe themselves"
        raise RoleMayNot(message, role=actor.role, roles=who_may(ReminderSnoozed.TOPIC))


async def own_recipient(house: House, actor: Actor) -> UUID:
    """The recipient that a person is. Raises UnknownRecipient where their number can no longer be read."""
    try:
        loaded = await house.load(UUID(actor.unit))
    except ValueError:
        raise unknown(actor.unit) from None
    found = await applicant_of(house.desk, opening_of(loaded.facts))
    if found is None:
        raise unknown(actor.unit)
    return found


def unknown(recipient_id: UUID | str) -> UnknownRecipient:
    """The problem that there is no such recipient."""
    return UnknownRecipient(f"there is no recipient {recipient_id}")
