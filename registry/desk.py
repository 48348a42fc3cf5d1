"""What every use case needs at hand: the log, how facts are written in it, rulebooks, units, recipients, the vault."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid5

from domain.facts import Fact
from domain.facts.units import Post
from domain.path import Subject, Unit
from domain.recipients import RecipientState, recipient_on
from domain.rulebook import Rulebooks
from domain.units import UnitState, holders_on, unit_on
from eventlog.entry import Entry
from eventlog.log import Log
from eventlog.mapping import EventMapping
from registry.shelf import Loaded, Shelf
from registry.vault import Vault

UNITS = UUID("6f1d3c52-6d0f-5b0e-9a53-0c7f6f0d5a11")
"""The namespace in which the id of a unit's stream is made from the unit's own id."""

UNIT_KNOWN_FOR = timedelta(seconds=5)
"""How long a unit or a recipient is taken to be what it was; a unit changes once in years."""

MOST_KNOWN = 20_000
"""How many recipients are remembered in one process, about a kilobyte each."""


def unit_stream(unit_id: str) -> UUID:
    """The stream of a unit."""
    return uuid5(UNITS, unit_id)


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a unit as they were read at a moment, and what they say of it on the days that were asked for."""

    since: datetime
    facts: Sequence[Fact]
    on: dict[date, UnitState | None] = field(default_factory=dict)
    held: dict[date, Mapping[Post, tuple[str, ...]]] = field(default_factory=dict)


async def _no_departments() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once for a process, in `runtime/resources.py` or a test.

    `departments` lists the ids of all organisation departments: they hang beside the line of units above a path, where
    the log cannot be asked for them.
    """

    log: Log
    mapping: EventMapping
    rulebooks: Rulebooks
    vault: Vault
    departments: Callable[[], Awaitable[Sequence[str]]] = _no_departments
    _units: dict[str, Known] = field(default_factory=dict, repr=False)
    _recipients: dict[UUID, tuple[datetime, Sequence[Fact]]] = field(default_factory=dict, repr=False)
    _departments: list[tuple[datetime, Sequence[str]]] = field(default_factory=list, repr=False)
    _shelf: Shelf = field(default_factory=Shelf, repr=False)

    async def load(self, stream_id: UUID, *, upto: int | None = None) -> Loaded:
        """Read a whole stream, or its beginning. Of what was read before, only what has come since is read."""
        if upto is not None:
            return self.loaded(await self.log.stream(stream_id, upto=upto))
        known = self._shelf.take(stream_id)
        loaded = await self._further(known) if known else None
        if loaded is None:
            loaded = self.loaded(await self.log.stream(stream_id))
        if loaded.entries and loaded is not known:
            self._shelf.put(stream_id, loaded)
        return loaded

    async def _further(self, known: Loaded) -> Loaded | None:
        """What a stream has become; None if it does not go on from what is known, entry by entry."""
        last = known.entries[-1]
        entries = await self.log.stream(last.stream_id, since=last.version)
        if not entries or entries[0].digest != last.digest:
            return None
        more = entries[1:]
        for entry in more:
            if (entry.version, entry.previous) != (last.version + 1, last.digest):
                return None
            last = entry
        facts = [cast("Fact", self.mapping.to_event(entry)) for entry in more]
        return Loaded((*known.entries, *more), (*known.facts, *facts)) if more else known

    def grown(self, loaded: Loaded, entry: Entry, fact: Fact) -> None:
        """Remember that a stream, as it was loaded, has got this one more fact."""
        self.forget(entry.stream_id, fact.SUBJECT)
        self._shelf.put(entry.stream_id, Loaded((*loaded.entries, entry), (*loaded.facts, fact)))

    def forget(self, stream_id: UUID, subject: str) -> None:
        """Look anew at a stream that has just grown, if it is a unit's or a recipient's."""
        self._recipients.pop(stream_id, None)
        if subject == Unit.NAME:
            self._units.clear()

    def loaded(self, entries: Sequence[Entry]) -> Loaded:
        """Rebuild the path or unit from its entries. A gap in its versions raises eventsourcing's own error."""
        subject: Subject | None = None
        for entry in entries:
            subject = cast("Fact", self.mapping.to_event(entry)).mutate(subject)
        return Loaded(entries, tuple(subject.facts) if subject else ())

    async def unit(self, unit_id: str, day: date, now: datetime) -> UnitState | None:
        """Tell what a unit is on a day; None if there is no such unit."""
        known = await self._unit(unit_id, now)
        if day not in known.on:
            known.on[day] = unit_on(known.facts, day)
        return known.on[day]

    async def holders(self, unit_id: str, day: date, now: datetime) -> Mapping[Post, tuple[str, ...]]:
        """Tell who holds which post at a unit on a day, by sealed numbers."""
        known = await self._unit(unit_id, now)
        if day not in known.held:
            known.held[day] = holders_on(known.facts, day)
        return known.held[day]

    async def _unit(self, unit_id: str, now: datetime) -> Known:
        known = self._units.get(unit_id)
        if known is None or now - known.since > UNIT_KNOWN_FOR:
            known = Known(now, (await self.load(unit_stream(unit_id))).facts)
            if known.facts:  # what is not there may come at any moment
                self._units[unit_id] = known
        return known

    async def all_departments(self, now: datetime) -> Sequence[str]:
        """List the ids of all organisation departments."""
        if not self._departments or now - self._departments[-1][0] > UNIT_KNOWN_FOR:
            self._departments[:] = [(now, await self.departments())]
        return self._departments[-1][1]

    async def recipient(self, recipient_id: UUID, day: date, now: datetime) -> RecipientState | None:
        """Tell what is known of a recipient on a day; None if nobody is registered under this id."""
        since, facts = self._recipients.get(recipient_id, (None, ()))
        if since is None or now - since > UNIT_KNOWN_FOR:
            facts = (await self.load(recipient_id)).facts
            if len(self._recipients) >= MOST_KNOWN:
                self._recipients.clear()
            if facts:
                self._recipients[recipient_id] = (now, facts)
        return recipient_on(facts, day)

    async def line(self, unit_id: str, day: date, now: datetime) -> list[str]:
        """The unit and all above it, up to the root of the tree."""
        found: list[str] = []
        at: str | None = unit_id
        while at and at not in found:
            found.append(at)
            unit = await self.unit(at, day, now)
            at = unit.superior if unit else None
        return found
