"""Who is told a reminder: found at the moment of sending from the units, appointments and recipients in the log."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.calendar import civil_day
from domain.correcting import as_corrected
from domain.facts import Fact
from domain.facts.application import ApplicationSubmitted
from domain.facts.recipients import Language
from domain.facts.terms import TermOpened
from domain.facts.units import Post
from domain.reading import home_of
from domain.receipt import Reminder
from domain.recipients import RecipientState, contacts_on, introducers_on
from domain.units import BRANCHES, COMMITTEES, PLACES
from registry.desk import Desk, unit_stream
from registry.keys.ring import name_of
from registry.sealing import opened_value
from registry.shelf import Loaded

Why = Literal["vacant", "self", "unregistered", "left", "no-address", "shredded"]
"""Why somebody is passed over: nobody holds the post; it is the person whose path it is, and they are not the one who
owes it; they are not registered; they have left; they have no address; their keys were destroyed."""

GENERAL_BRANCH = frozenset({"general-branch"})
DEPARTMENT = "organisation-department"
HEAD = "unit-head"


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who is told, in which role and of which unit, with what only the moment of sending may know: it is never
    shown, logged or passed on.
    """

    recipient_id: UUID
    role: str
    unit: str
    language: Language
    addresses: Mapping[str, str] = field(repr=False)
    """By channel."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who is told, and who comes before them and is not, as `branch-secretary:no-address`. Nobody may be found."""

    found: tuple[Reached, ...] = ()
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreached:
    """A post of a unit through which nobody can be told anything: it is vacant, or whoever holds it has no address."""

    post: Post
    why: Why
    recipient_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Where those sit who act in a role: at the home unit, or at the nearest unit of these kinds above it.

    Of a place, the home unit in this is the nearest organisation of the Party above it; its head may be that of a larger one.

    Those of a turn are told together; the next turn comes when nobody of the one before can be reached.
    """

    turns: tuple[tuple[Post, ...], ...]
    kinds: frozenset[str] = frozenset()


SEATS: Mapping[str, Seat] = {
    "branch-secretary": Seat((("branch-secretary", "secretary"), ("deputy-secretary",))),
    "branch-committee": Seat((("branch-secretary", "secretary"), ("deputy-secretary",), ("committee-member",))),
    "branch-assembly": Seat((("branch-secretary", "secretary"), ("deputy-secretary",), ("committee-member",))),
    "organiser": Seat((("organiser",),), GENERAL_BRANCH | COMMITTEES),
    "general-branch": Seat((("secretary",), ("deputy-secretary",), ("organiser",)), GENERAL_BRANCH),
    "superior-committee": Seat((("secretary", "organiser"), ("deputy-secretary",), ("committee-member",)), COMMITTEES),
    DEPARTMENT: Seat((("department-staff",),)),
    HEAD: Seat((("head",),)),
}
"""The roles that posts of units stand for."""

UP: Mapping[str, str] = {
    "applicant": "contacts",
    "contacts": "branch-secretary",
    "introducers": "branch-secretary",
    "branch-secretary": "general-branch",
    "branch-committee": "general-branch",
    "branch-assembly": "general-branch",
    HEAD: "branch-secretary",
    "general-branch": "superior-committee",
    "organiser": "superior-committee",
    "superior-committee": DEPARTMENT,
}
"""Which role is told in the place of one in which nobody can be reached."""

NEEDED: Mapping[str, tuple[Post, ...]] = {
    **dict.fromkeys(BRANCHES, ("branch-secretary",)),
    "university-committee": ("secretary",),
    "college-committee": ("secretary", "organiser"),
    "general-branch": ("secretary",),
    DEPARTMENT: ("department-staff",),
    **dict.fromkeys(("community", "school-leader", "department-leader"), ("head",)),
}
"""The posts of each kind of unit that must not stay vacant, if its reminders are to reach anybody."""


async def recipients_of(desk: Desk, loaded: Loaded, reminder: Reminder, now: datetime) -> Resolved:
    """Find who is told a reminder about a path or a term at a moment (aware UTC).

    Where nobody of a role can be reached it goes up; what tells somebody that it went up is for them alone. Raises
    LogUnavailable, KeysUnavailable, and what listing the departments raises.
    """
    search = await _search(desk, loaded, now)
    passed_over: dict[str, None] = {}
    role: str | None = reminder.owed_by
    while role is not None:
        for unit, holders in await search.turns(role):
            found, whys = await search.reach(role, unit, holders)
            passed_over |= dict.fromkeys(f"{role}:{why}" for why in whys)
            if found:
                return Resolved(found, tuple(passed_over))
        role = UP.get(role) if reminder.kind == "owed" else None
    return Resolved(passed_over=tuple(passed_over))


async def unreachable(desk: Desk, unit_id: str, now: datetime) -> list[Unreached]:
    """Tell through which posts of a unit nobody can be told anything: findings about the unit, to be put right there."""
    day = civil_day(now)
    unit = await desk.unit(unit_id, day, now)
    if unit is None or (unit.dissolved_on and unit.dissolved_on <= day):
        return []
    held = await desk.holders(unit_id, day, now)
    found = [Unreached(post, "vacant") for post in NEEDED.get(unit.kind, ()) if post not in held]
    for post, numbers in held.items():
        for number in numbers:
            recipient_id = await recipient_named(desk, unit_stream(unit_id), number)
            state = await desk.recipient(recipient_id, day, now)
            if why := why_not(state):
                found.append(Unreached(post, why, recipient_id))
    return found


def why_not(state: RecipientState | None) -> Why | None:
    """Why somebody cannot be told anything; None if they can."""
    if state is None:
        return "unregistered"
    if state.shredded:
        return "shredded"
    if state.left:
        return "left"
    return None if state.addresses else "no-address"


async def recipient_named(desk: Desk, stream_id: UUID, number: str) -> UUID:
    """The recipient whose number stands sealed in a fact of a stream that is about something else."""
    name = name_of(number)  # the seal itself says whose it is; only one of the old scheme must be opened
    return name[0] if name else desk.vault.other(await opened_value(desk.vault, stream_id, number))


async def applicant_of(desk: Desk, opening: ApplicationSubmitted) -> UUID | None:
    """The recipient whose path this is; None if it can no longer be known."""
    number = await opened_value(desk.vault, opening.originator_id, opening.student_no)
    return desk.vault.other(number) if number else None


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: the stream that is reminded of, its unit with all above, and whose it is."""

    desk: Desk
    facts: Sequence[Fact]
    line: Sequence[str]
    applicant: UUID | None
    day: date
    now: datetime

    async def turns(self, role: str) -> Sequence[tuple[str, Sequence[UUID]]]:
        """Who is to be told in a role, turn by turn, with their unit. Only the first turn may be empty: it is missed."""
        home = self.line[0] if self.line else ""
        if role == "applicant":
            return [(home, [self.applicant] if self.applicant else [])]
        if role in ("contacts", "introducers"):
            named = contacts_on(self.facts, self.day) if role == "contacts" else introducers_on(self.facts, self.day)
            stream_id = self.facts[0].originator_id
            return [(home, [await recipient_named(self.desk, stream_id, number) for number in named])]
        seat = SEATS[role]
        found: list[tuple[str, Sequence[UUID]]] = []
        for unit in await self._units(role, seat):
            held = await self.desk.holders(unit, self.day, self.now)
            for nth, posts in enumerate(seat.turns):
                numbers = [number for post in posts for number in held.get(post, ())]
                if numbers or not nth:
                    found.append((unit, [await recipient_named(self.desk, unit_stream(unit), one) for one in numbers]))
        return found

    async def _units(self, role: str, seat: Seat) -> Sequence[str]:
        """The units at which a role is looked for."""
        if role == DEPARTMENT:
            return await self._departments()
        if not seat.kinds:
            places = [unit_id async for unit_id in self._places()]
            return places if role == HEAD else self.line[len(places) :][:1]
        for unit_id in self.line[1:]:
            unit = await self.desk.unit(unit_id, self.day, self.now)
            if unit is not None and unit.kind in seat.kinds:
                return [unit_id]
        return []

    async def _places(self) -> AsyncIterator[str]:
        """The place that it is about, and those in which it lies."""
        for unit_id in self.line:
            unit = await self.desk.unit(unit_id, self.day, self.now)
            if unit is None or unit.kind not in PLACES:
                return
            yield unit_id

    async def _departments(self) -> Sequence[str]:
        """The departments that hang at the line, the nearest first, and the committee that may have staff of its own."""
        hanging: list[tuple[int, str]] = []
        for unit_id in {*await self.desk.all_departments(self.now), *self.line}:
            unit = await self.desk.unit(unit_id, self.day, self.now)
            if unit is not None and unit.kind == DEPARTMENT and unit.superior in self.line:
                hanging.append((self.line.index(unit.superior), unit_id))
        return [*(unit_id for _, unit_id in sorted(hanging)), *self.line[-1:]]

    async def reach(self, role: str, unit: str, holders: Sequence[UUID]) -> tuple[tuple[Reached, ...], Sequence[Why]]:
        """Those of one turn who can be told, with their addresses opened; and why the others cannot."""
        whys: list[Why] = [] if holders else ["vacant"]
        states: dict[UUID, RecipientState] = {}
        for one in dict.fromkeys(holders):
            state = await self.desk.recipient(one, self.day, self.now)
            why: Why | None = "self" if one == self.applicant and role != "applicant" else why_not(state)
            if why:
                whys.append(why)
            elif state:
                states[one] = state
        opener = await self.desk.vault.opener(
            text for state in states.values() for text in (state.name, *state.addresses.values())
        )
        found: list[Reached] = []
        for one, state in states.items():
            opened = {channel: opener.open(one, text) for channel, text in state.addresses.items()}
            addresses = {channel: address for channel, address in opened.items() if address is not None}
            if addresses:
                name = opener.open(one, state.name) or ""
                found.append(Reached(one, role, unit, state.language, addresses, name))
            else:
                whys.append("shredded")
        return tuple(found), whys


async def _search(desk: Desk, loaded: Loaded, now: datetime) -> _Search:
    facts, day = as_corrected(loaded.facts), civil_day(now)
    opening = facts[0]
    home = opening.unit_id if isinstance(opening, TermOpened) else home_of(facts)
    applicant = await applicant_of(desk, opening) if isinstance(opening, ApplicationSubmitted) else None
    return _Search(desk, facts, await desk.line(home, day, now), applicant, day, now)
