"""Calendars: what lies ahead of a path, and what is owed by a recipient in a role, behind an address that is a secret."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from uuid import UUID

from domain.calendar import civil_day, moment_on
from domain.facts import Fact
from domain.facts.calendars import CalendarClosed, CalendarOpened, CalendarRole
from domain.judgement import Obligation
from domain.owed import rungs_of
from domain.personal import personal_state
from domain.quiet import shifted
from domain.recipients import contacts_on
from domain.reminders import Planned, ahead
from domain.rulebook import Duty, Rulebooks
from registry.desk import Desk, unit_stream
from registry.due import looked
from registry.letters.events import Event, calendar_of
from registry.letters.item import Language, Links
from registry.letters.reading import LetterTexts
from registry.recipients import SEATS, recipient_named
from registry.shelf import Loaded
from registry.vault import Vault

RANDOM_BYTES, ID_BYTES = 32, 16

OWES: Mapping[CalendarRole, tuple[str, ...]] = {
    "applicant": ("applicant",),
    "contacts": ("contacts", "applicant"),
    "branch-secretary": ("branch-secretary", "branch-committee", "branch-assembly"),
    "organiser": ("organiser",),
    "general-branch": ("general-branch",),
    "superior-committee": ("superior-committee",),
    "organisation-department": ("organisation-department",),
}
"""Whose obligations a calendar shows: a secretary's those of the branch too, a contact's those of the person they tend."""

TOLD_FOR = timedelta(days=30)
"""How long a day stays in a calendar on which something became possible. What is owed stays until it is met."""


# --- the address: a secret that leads to its recipient, and stands nowhere -------------------------------------------


def new_secret(vault: Vault, recipient_id: UUID, key: str) -> str:
    """The secret part of a new address. The same request key makes the same one, so that a lost answer can be repeated.

    It is random to everybody without the vault's own secret, and holds the recipient's id, which only the vault finds.
    """
    random = digest(vault.derived("calendar"), f"{recipient_id}/{key}".encode(), sha256)
    return urlsafe_b64encode(random + _masked(vault, random, recipient_id.bytes)).decode()


def recipient_of(vault: Vault, secret: str) -> UUID | None:
    """Whose calendar a secret would lead to; a secret that was made up leads to nobody that there is."""
    try:
        raw = urlsafe_b64decode(secret.encode("ascii"))
    except (Base64Error, ValueError):
        return None
    if len(raw) != RANDOM_BYTES + ID_BYTES:
        return None
    return UUID(bytes=_masked(vault, raw[:RANDOM_BYTES], raw[RANDOM_BYTES:]))


def _masked(vault: Vault, random: bytes, text: bytes) -> bytes:
    mask = digest(vault.derived("calendar/recipient"), random, sha256)
    return bytes(one ^ other for one, other in zip(text, mask, strict=False))


def digest_of(secret: str) -> str:
    """What of a secret stands in the log."""
    return sha256(secret.encode()).hexdigest()


def open_calendars(facts: Sequence[Fact]) -> list[CalendarOpened]:
    """The calendars of a recipient whose addresses lead somewhere, in the order of their opening."""
    closed = {fact.digest for fact in facts if isinstance(fact, CalendarClosed)}
    return [fact for fact in facts if isinstance(fact, CalendarOpened) and fact.digest not in closed]


def calendar_at(facts: Sequence[Fact], secret: str) -> CalendarOpened | None:
    """The calendar that a secret opens; compared in the same time whatever is wrong with it."""
    wanted, found = digest_of(secret), None
    for one in open_calendars(facts):
        if compare_digest(one.digest, wanted):
            found = one
    return found


# --- who follows what ---------------------------------------------------------------------------------------------


async def holds(desk: Desk, recipient_id: UUID, role: CalendarRole, unit: str | None, now: datetime) -> bool:
    """Tell whether a recipient can be told anything, and acts in a role at a unit now: a calendar ends with the post."""
    day = civil_day(now)
    state = await desk.recipient(recipient_id, day, now)
    if state is None or state.left or state.shredded:
        return False
    seat = SEATS.get(role)
    if seat is None or unit is None:
        return seat is None and (role == "applicant" or unit is not None)
    known = await desk.unit(unit, day, now)
    if (
        known is None
        or (known.dissolved_on and known.dissolved_on <= day)
        or (seat.kinds and known.kind not in seat.kinds)
    ):
        return False
    held = await desk.holders(unit, day, now)
    numbers = {number for turn in seat.turns for post in turn for number in held.get(post, ())}
    return recipient_id in [await recipient_named(desk, unit_stream(unit), number) for number in numbers]


async def is_for(desk: Desk, role: CalendarRole, unit: str, home: str, now: datetime) -> bool:
    """Tell whether what is owed in a role on a path of a home unit is owed at this very unit, and not at one between."""
    seat = SEATS[role]
    if not seat.kinds:
        return True
    day = civil_day(now)
    for one in (await desk.line(home, day, now))[1:]:
        state = await desk.unit(one, day, now)
        if state is not None and state.kind in seat.kinds:
            return one == unit
    return False


async def tends(desk: Desk, recipient_id: UUID, path_id: UUID, now: datetime) -> bool:
    """Tell whether a recipient is a cultivation contact of a path now."""
    loaded = await desk.load(path_id)
    named = contacts_on(loaded.facts, civil_day(now))
    return recipient_id in [await recipient_named(desk, path_id, number) for number in named]


# --- what lies ahead of a path --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day on which something is owed, or may be done from then on, with the reminders of it that lie ahead."""

    obligation: Obligation
    reminders: tuple[Planned, ...]


def days_ahead(desk: Desk, loaded: Loaded, moment: datetime) -> list[DayAhead]:
    """What lies ahead of a path at a moment (aware UTC), as things stand; nothing where its data are restricted."""
    if personal_state(loaded.facts).restricted:
        return []
    owed = looked(desk, loaded.facts, moment).obligations
    planned = ahead(desk.rulebooks, owed, loaded.facts, moment)
    return [
        DayAhead(one, tuple(plan for plan in planned if plan.reminder.obligation == one.id))
        for one in sorted(owed, key=lambda one: (one.due_on, one.id))
    ]


# --- events -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owing:
    """What of something owed an event shows: the fields that an obligation and a view's row both have."""

    obligation: str
    step: str
    edition: str
    since: date
    start: date | None
    due_on: date
    tells: bool


def owing_of(one: Obligation) -> Owing:
    """An obligation as an event shows it."""
    return Owing(one.id, one.step, one.edition, one.since, one.start, one.due_on, one.tells)


@dataclass(frozen=True, slots=True)
class EventMaker:
    """Makes events in a language: neutral titles, links to the act, alarms where the ladder has its rungs."""

    texts: LetterTexts
    links: Links
    language: Language
    rulebooks: Rulebooks
    _duties: dict[tuple[str, str], Duty] = field(default_factory=dict, repr=False)

    def event(self, owing: Owing, stream_id: UUID, version: int, changed_at: datetime) -> Event:
        """The event of something owed on a stream, which was last changed by a fact of that moment (aware UTC)."""
        return Event(
            stream_id=stream_id,
            obligation=owing.obligation,
            begun_on=self._begun_on(owing),
            due_on=owing.due_on,
            title=self.texts.title(owing.obligation, owing.step, self.language),
            details=self.texts.say("calendar_details", self.language),
            link=self.links.act(stream_id, owing.step),
            version=version,
            changed_at=changed_at,
            alarms=self._alarms(owing),
        )

    def _begun_on(self, owing: Owing) -> date:
        """Since when this very thing is owed: what recurs is another thing each time it was done."""
        duty = self._duty(owing)
        return owing.start or owing.since if duty and duty.recurs else owing.since

    def _alarms(self, owing: Owing) -> tuple[int, ...]:
        duty = self._duty(owing)
        if duty is None:
            return ()
        days, workdays = rungs_of(duty, self.rulebooks.policy.reminding)
        shifts = ((shifted(self.rulebooks.workdays, owing.due_on, count) - owing.due_on).days for count in workdays)
        return tuple(sorted({*days, *shifts}))

    def _duty(self, owing: Owing) -> Duty | None:
        """The duty that is owed; none for one that the rulebooks no longer have."""
        if not self._duties:
            for one in self.rulebooks.editions:
                self._duties.update({(one.name, duty.id): duty for duty in self.rulebooks.duties_of(one)})
        return self._duties.get((owing.edition, owing.obligation))

    def calendar(self, events: Sequence[Event], today: date) -> str:
        """The events as a calendar that is the same, byte by byte, until one of them changes."""
        at = max((one.changed_at for one in events if one.changed_at), default=moment_on(today, time(0)))
        return calendar_of(self.texts.say("calendar_name", self.language), events, at)


def stays(owing: Owing, today: date) -> bool:
    """Tell whether something stands in a calendar on a day: until it is met; what is only told, for a month."""
    return not owing.tells or owing.due_on + TOLD_FOR >= today
