"""Between events and entries: the one module that uses the library's persistence, and of it only what computes.

The stream, the version and the topic of an event stand in its entry, and its `timestamp` is the entry's `recorded_at`.
None of these is written a second time into the payload: reading puts them back. Dates, moments, ids and decimals say
what they are (`{"_type_":"date","_data_":"2026-09-01"}`). An array is read as a tuple, for an event never changes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, cast
from uuid import UUID

from eventsourcing.domain import CanMutateAggregate
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent, Transcoding
from eventsourcing.utils import get_topic, register_topic

from eventlog.entry import Append, Draft, Entry, Unwritable
from eventlog.log import Head, LogError

Event = CanMutateAggregate[Any]
"""An event of the library's domain model: a subclass of `AggregateEvent` with a `TOPIC`."""


class UnknownTopic(LogError):
    """An entry or event names a kind of event or aggregate that is not among the known ones."""


class Unreadable(LogError):
    """The payload of an entry cannot be read as an event of its topic."""


class _Date(Transcoding):
    type = date
    name = "date"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> date:
        return date.fromisoformat(data)


class _Moment(Transcoding):
    type = datetime
    name = "moment"

    def encode(self, obj: datetime) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> datetime:
        return datetime.fromisoformat(data)


class _Id(Transcoding):
    type = UUID
    name = "uuid"

    def encode(self, obj: UUID) -> str:
        return str(obj)

    def decode(self, data: str) -> UUID:
        return UUID(data)


class _Decimal(Transcoding):
    type = Decimal
    name = "decimal"

    def encode(self, obj: Decimal) -> str:
        return str(obj)

    def decode(self, data: str) -> Decimal:
        return Decimal(data)


class _Payloads(JSONTranscoder):
    """The library's JSON, compact and in the order of the fields, refusing what it would not give back as it was."""

    def encode(self, obj: dict[str, Any]) -> bytes:
        """Write the state of an event, but for the moment, which stands in the entry."""
        state = {name: value for name, value in obj.items() if name != "timestamp"}
        for name, value in state.items():
            if (why := _altered(value)) is not None:
                message = f"{name}: {why}"
                raise Unwritable(message)
        return super().encode(state)

    def _decode_obj(self, d: dict[str, Any]) -> Any:
        for name, value in d.items():
            if type(value) is list:
                d[name] = _tuple(value)
        return super()._decode_obj(d)


def _tuple(values: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(value) if type(value) is list else value for value in values)


def _altered(value: object) -> str | None:
    """Say why JSON would not give this value back as it is; None if it would."""
    why: str | None = None
    match value:
        case list():
            why = "an event never changes, so it holds tuples and no lists"
        case float() if not isfinite(value):
            why = f"{value} is no number of JSON"
        case datetime() if value.utcoffset() is None:
            why = "a moment needs its time zone"
        case dict() if not all(isinstance(name, str) for name in value):
            why = "the names in an object of JSON are strings"
        case dict() if value.keys() == {"_type_", "_data_"}:
            why = "an object of exactly these names means a value of another type"
        case dict():
            why = next(filter(None, map(_altered, value.values())), None)
        case tuple():
            why = next(filter(None, map(_altered, value)), None)
    return why


class EventMapping:
    """Turns events into drafts and entries into events; knows only the topics it was given."""

    def __init__(self, topics: Mapping[str, type], transcodings: Sequence[Transcoding] = ()) -> None:
        """Know these event classes, and the aggregate classes that opening events name (`originator_topic`).

        A class may have several topics, so that what was written under an old name is read by its new class; it is
        written under its own `TOPIC`. Raises the library's TopicError if a topic already names another class.
        """
        for topic, named in topics.items():
            register_topic(topic, named)
        self._events = {topic: named for topic, named in topics.items() if issubclass(named, CanMutateAggregate)}
        self._aggregates = topics.keys() - self._events.keys()
        transcoder = _Payloads()
        for transcoding in (_Date(), _Moment(), _Id(), _Decimal(), *transcodings):
            transcoder.register(transcoding)
        self._mapper: Mapper[Any] = Mapper(transcoder)

    def to_draft(self, event: Event) -> Draft:
        """Write an event. Raises UnknownTopic, Unwritable, or TypeError for a value without a transcoding."""
        topic = get_topic(type(event))
        if self._events.get(topic) is not type(event):
            message = f"{type(event).__qualname__} is not the event known as {topic!r}"
            raise UnknownTopic(message)
        return Draft(topic, self._mapper.to_stored_event(event).state)

    def to_append(self, events: Sequence[Event], head: Head, *, key: str, request: bytes) -> Append:
        """Make one append of events that follow a head. They are of one stream and one moment (`timestamp`).

        Raises Unwritable if they are not, and whatever `to_draft` raises.
        """
        if not events:
            message = "an append needs at least one event"
            raise Unwritable(message)
        stream_id, moment = events[0].originator_id, events[0].timestamp
        for version, event in enumerate(events, head.version + 1):
            if (event.originator_id, event.originator_version, event.timestamp) != (stream_id, version, moment):
                message = f"version {event.originator_version} is not version {version} of {stream_id} at {moment}"
                raise Unwritable(message)
        drafts = [self.to_draft(event) for event in events]
        return Append(stream_id, head.version, head.digest, key, request, moment, drafts)

    def to_event(self, entry: Entry) -> Event:
        """Read an event, as its class is today (`class_version`, `upcast_v1_v2` and so on). The upcasters see no moment.

        Raises UnknownTopic before the library could import what the entry names, and Unreadable.
        """
        known = self._events.get(entry.topic)
        if known is None:
            message = f"entry {entry.position} has the unknown topic {entry.topic!r}"
            raise UnknownTopic(message)
        try:
            if b'"class_version":' in entry.payload:
                _refuse_newer(entry, getattr(known, "class_version", 1))
            event = self._mapper.to_domain_event(
                StoredEvent(entry.stream_id, entry.version, entry.topic, entry.payload)
            )
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # of the library or an upcaster
            message = f"entry {entry.position} cannot be read as {entry.topic!r}: {error}"
            raise Unreadable(message) from error
        state = vars(event)
        state["timestamp"] = entry.recorded_at
        aggregate = state.get("originator_topic")
        if aggregate is not None and aggregate not in self._aggregates:
            message = f"entry {entry.position} opens the unknown aggregate {aggregate!r}"
            raise UnknownTopic(message)
        return cast("Event", event)


def _refuse_newer(entry: Entry, class_version: int) -> None:
    """Refuse what a newer program wrote: the library would read it as if it were of today's class."""
    written = json.loads(entry.payload).get("class_version", 1)
    if written > class_version:
        message = f"entry {entry.position} is version {written} of {entry.topic}; this program knows {class_version}"
        raise Unreadable(message)
