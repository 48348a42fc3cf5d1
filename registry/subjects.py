"""A person's own data: all of it in full, the destruction of its keys, and the search for keys that are missing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from domain.calendar import civil_day
from domain.facts import Fact, said
from domain.facts.application import ApplicationSubmitted
from domain.facts.personal import OtherShredded, PersonShredded
from domain.facts.recipients import RecipientShredded
from domain.personal import personal_state
from eventlog.entry import Entry
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.keys.ring import SEALED, KeyName, name_of
from registry.recipients import applicant_of
from registry.record import record
from registry.sealing import opened_value
from registry.shape import sealed_fields
from registry.shelf import Loaded
from registry.vault import own_subject

PAGE = 2000
ACTOR, CAPACITY = "jieti", "system"


class NotDue(Exception):
    """The keys cannot be destroyed now: nobody asked for it, or the cooling period is not over."""


@dataclass(frozen=True, slots=True)
class Shred:
    """Keys were destroyed: how many now, and where the fact stands that says so."""

    subject: UUID
    keys: int
    position: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A sealed value in the log whose key is not as the log says.

    *lost*: its key is gone, and no fact says that it was destroyed: an alarm. *unfinished*: a fact says that it was
    destroyed, and it is still there: `jieti subject shred --finish` carries it out.
    """

    kind: Literal["lost", "unfinished"]
    subject: UUID
    group: str
    position: int
    """Of the first entry that holds such a value."""


@dataclass(frozen=True, slots=True)
class FactOpened:
    """A fact with all that is sealed in it opened; what was shredded is None."""

    position: int
    version: int
    topic: str
    title: str
    effective_on: date
    recorded_at: datetime
    recorded_by: str
    capacity: str
    fields: Mapping[str, Any]
    digest: str


async def opened(desk: Desk, loaded: Loaded, groups: frozenset[str]) -> list[FactOpened]:
    """All that is recorded about a person, with the values of these groups readable."""
    pairs = zip(loaded.entries, loaded.facts, strict=True)
    return [await _opened(desk, entry, fact, groups) for entry, fact in pairs]


async def _opened(desk: Desk, entry: Entry, fact: Fact, groups: frozenset[str]) -> FactOpened:
    values = {item.name: getattr(fact, item.name) for item in said(type(fact))}
    for name, group in sealed_fields(type(fact)).items():
        values[name] = await opened_value(desk.vault, entry.stream_id, values[name]) if group in groups else None
    if isinstance(says := values.get("says"), Mapping):  # a correction: new values of another kind's fields
        values["says"] = {name: await _said(desk, entry.stream_id, value, groups) for name, value in says.items()}
    del values["effective_on"]
    return FactOpened(
        position=entry.position,
        version=entry.version,
        topic=entry.topic,
        title=fact.TITLE,
        effective_on=fact.effective_on,
        recorded_at=entry.recorded_at,
        recorded_by=fact.recorded_by,
        capacity=fact.capacity,
        fields={name: value for name, value in values.items() if value not in (None, ())},
        digest=entry.digest.hex(),
    )


async def _said(desk: Desk, stream_id: UUID, value: Any, groups: frozenset[str]) -> Any:
    name = name_of(value) if isinstance(value, str) else None
    if name is None:
        return value
    return await opened_value(desk.vault, stream_id, value) if name[1] in groups else None


async def shred(desk: Desk, path_id: UUID, now: datetime, *, actor: str = ACTOR) -> Shred:
    """Carry out what was requested: record it, then destroy the keys. Done again, it destroys what is still there.

    With the last of a person's paths goes what stands of them as a recipient. Raises NotDue; LogUnavailable and
    KeysUnavailable, after which it may be done again.
    """
    loaded = await desk.load(path_id)
    state = personal_state(loaded.facts)
    keys = 0
    if not state.shredded:
        _refuse_unless_due(state.not_before, civil_day(now))
        request = loaded.facts[state.request - 1]
        # While the number can still be read, and before anything says that all is done: an interruption is made good.
        recipient_id = await _last_of(desk, loaded)
        if recipient_id is not None:
            keys = await _shred_recipient(desk, recipient_id, state.basis, request.approved_by, now, actor)
        told = {"effective_on": civil_day(now), "requested": state.request, "basis": state.basis}
        told["approved_by"] = request.approved_by
        key = f"shred/{state.request}"
        asked = asking(
            desk, path_id, PersonShredded.TOPIC, told, actor=actor, capacity=CAPACITY, key=key, mode="record"
        )
        outcome = await record(desk, asked, now)
        if outcome.receipt is None:
            raise NotDue(f"it was not recorded: {outcome.kind}")
        loaded = await desk.load(path_id)
    position = next(
        e.position for e, f in zip(loaded.entries, loaded.facts, strict=True) if isinstance(f, PersonShredded)
    )
    return Shred(path_id, keys + await desk.vault.keys.destroy(path_id, now), position)


async def _last_of(desk: Desk, loaded: Loaded) -> UUID | None:
    """The recipient whose path this is, unless they have another one whose data stand."""
    opening = loaded.facts[0]
    if not isinstance(opening, ApplicationSubmitted):
        return None
    attempt = 1
    while (other := await desk.load(path_of(opening.person_id, attempt))).facts:
        if other.head != loaded.head and not personal_state(other.facts).shredded:
            return None
        attempt += 1
    return await applicant_of(desk, opening)


async def _shred_recipient(  # noqa: PLR0917 - whose, why, with whose consent, when and by whom
    desk: Desk, recipient_id: UUID, basis: str, approved_by: str | None, now: datetime, actor: str
) -> int:
    """Record that a recipient's keys are destroyed, then destroy them; tell how many. Nothing where there is none."""
    loaded = await desk.load(recipient_id)
    if not loaded.facts:
        return 0
    if not any(isinstance(fact, RecipientShredded) for fact in loaded.facts):
        told = {"effective_on": civil_day(now), "basis": basis, "approved_by": approved_by}
        topic = RecipientShredded.TOPIC
        asked = asking(desk, recipient_id, topic, told, actor=actor, capacity=CAPACITY, key="shred", mode="record")
        outcome = await record(desk, asked, now)
        if outcome.receipt is None:
            raise NotDue(f"it was not recorded: {outcome.kind}")
    return await desk.vault.keys.destroy(own_subject(recipient_id), now)


async def shred_other(desk: Desk, unit_id: str, whom: UUID, now: datetime, *, actor: str = ACTOR) -> Shred:
    """The same for somebody whom facts name beside the person; the request stands in the stream of a unit."""
    loaded = await desk.load(unit_stream(unit_id))
    done = _of_other(loaded, whom, "other-shredded")
    if done is None:
        request, withdrawn = (_of_other(loaded, whom, f"other-shredding-{word}") for word in ("requested", "withdrawn"))
        undone = request and withdrawn and withdrawn.version > request.version
        fact: Any = loaded.facts[request.version - 1] if request and not undone else None
        _refuse_unless_due(fact.not_before if fact else None, civil_day(now))
        told = {"effective_on": civil_day(now), "whom": str(whom), "basis": fact.basis, "approved_by": fact.approved_by}
        key = f"shred/{fact.originator_version}"
        stream_id = unit_stream(unit_id)
        asked = asking(
            desk, stream_id, OtherShredded.TOPIC, told, actor=actor, capacity=CAPACITY, key=key, mode="record"
        )
        outcome = await record(desk, asked, now)
        done = _of_other(await desk.load(stream_id), whom, "other-shredded")
        if done is None:  # never a key destroyed without the fact that says so
            raise NotDue(f"it was not recorded: {outcome.kind}")
    said_so: Any = (await desk.load(unit_stream(unit_id))).facts[done.version - 1]
    keys = await _shred_recipient(desk, whom, said_so.basis, said_so.approved_by, now, actor)
    return Shred(whom, keys + await desk.vault.keys.destroy(whom, now), done.position)


def _of_other(loaded: Loaded, whom: UUID, topic: str) -> Entry | None:
    """The last entry of a kind about somebody."""
    pairs = zip(loaded.entries, loaded.facts, strict=True)
    found = [entry for entry, fact in pairs if fact.TOPIC == topic and getattr(fact, "whom", "") == str(whom)]
    return found[-1] if found else None


def _refuse_unless_due(not_before: date | None, today: date) -> None:
    if not_before is None:
        raise NotDue("nobody has asked that these keys be destroyed, or it was withdrawn")
    if today < not_before:
        raise NotDue(f"the keys may be destroyed from {not_before} on; until then the request can be withdrawn")


async def missing_keys(desk: Desk) -> list[Missing]:
    """Compare all sealed values of the log with the key store. An empty list: every key that should be there is.

    Reads the whole log once. Values under the one old secret (`v1:`) have no key of their own and are not looked at.
    """
    first: dict[KeyName, int] = {}
    shredded: set[UUID] = set()
    async for entry in _entries(desk):
        for found in SEALED.finditer(entry.payload.decode()):
            first.setdefault((UUID(hex=found[2]), found[1]), entry.position)
        if entry.topic == PersonShredded.TOPIC:
            shredded.add(entry.stream_id)
        elif entry.topic == RecipientShredded.TOPIC:
            shredded.add(own_subject(entry.stream_id))
        elif entry.topic == OtherShredded.TOPIC:
            shredded.add(UUID(getattr(desk.mapping.to_event(entry), "whom")))  # noqa: B009 - the event's class is known by its topic
    names = list(first)
    there: set[KeyName] = set()
    for start in range(0, len(names), PAGE):
        there |= await desk.vault.keys.present(names[start : start + PAGE])
    found_missing = [
        Missing("unfinished" if name in there else "lost", *name, first[name])
        for name in names
        if (name in there) == (name[0] in shredded)
    ]
    return sorted(found_missing, key=lambda one: one.position)


async def _entries(desk: Desk) -> AsyncIterator[Entry]:
    position = 0
    while entries := await desk.log.after(position, limit=PAGE):
        for entry in entries:
            yield entry
        position = entries[-1].position


def lost(found: Sequence[Missing]) -> list[Missing]:
    """Those that are an alarm: gone, and nobody recorded why."""
    return [one for one in found if one.kind == "lost"]
