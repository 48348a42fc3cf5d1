"""Events become drafts and entries become events: nothing is written twice, nothing unknown is imported."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate, AggregateEvent, CanInitAggregate
from eventsourcing.persistence import (  # noqa: TID251 - what a mapping can be taught, and how it refuses
    Transcoding,
    TranscodingNotRegisteredError,
)
from eventsourcing.utils import TopicError

from eventlog.entry import Entry, Unwritable, place
from eventlog.log import EMPTY, Head
from eventlog.mapping import EventMapping, UnknownTopic, Unreadable

STREAM = UUID(int=7)
MOMENT = datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)
REQUEST = sha256(b"request").digest()


class Tree(Aggregate):
    """What the events of these tests are about."""


@dataclass(frozen=True)
class Planted(CanInitAggregate[UUID], AggregateEvent):
    """Opens a stream."""

    TOPIC: ClassVar[str] = "test-planted"

    originator_topic: str
    kind: str


@dataclass(frozen=True)
class Measured(AggregateEvent):
    """Has a field of every sort."""

    TOPIC: ClassVar[str] = "test-measured"

    on: date
    at: datetime
    by: UUID
    height: Decimal
    rings: tuple[int, ...]
    branches: tuple[tuple[str, ...], ...]
    notes: dict[str, Any]
    felled: bool = False
    remark: str | None = None


@dataclass(frozen=True)
class Pruned(AggregateEvent):
    """Is in its third version: once it had `cut`, then `branches_cut`, now `cuts` and `by_whom`."""

    TOPIC: ClassVar[str] = "test-pruned"
    class_version: ClassVar[int] = 3

    cuts: int
    by_whom: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Rename a field."""
        state["branches_cut"] = state.pop("cut")

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Rename it again and add another."""
        state["cuts"] = state.pop("branches_cut")
        state["by_whom"] = "unknown"


class Height:
    """A value of one's own."""

    def __init__(self, centimetres: int) -> None:
        self.centimetres = centimetres


class HeightAsNumber(Transcoding):
    """How such a value is written."""

    type = Height
    name = "height"

    def encode(self, obj: Height) -> int:
        """Write centimetres."""
        return obj.centimetres

    def decode(self, data: int) -> Height:
        """Read centimetres."""
        return Height(data)


TOPICS: dict[str, type] = {
    "test-tree": Tree,
    "test-planted": Planted,
    "test-measured": Measured,
    "test-pruned": Pruned,
    "test-trimmed": Pruned,
}


@pytest.fixture
def mapping() -> EventMapping:
    """Know the kinds above."""
    return EventMapping(TOPICS)


def planted(version: int = 1, originator_topic: str = "test-tree") -> Planted:
    """An opening event."""
    return Planted(
        originator_id=STREAM,
        originator_version=version,
        timestamp=MOMENT,
        originator_topic=originator_topic,
        kind="银杏",
    )


def measured(version: int = 1, **changes: Any) -> Measured:
    """An event with a value in every field."""
    fields: dict[str, Any] = {
        "originator_id": STREAM,
        "originator_version": version,
        "timestamp": MOMENT,
        "on": date(2026, 9, 1),
        "at": MOMENT,
        "by": UUID(int=9),
        "height": Decimal("1.10"),
        "rings": (1, 2, 3),
        "branches": (("left", "right"), ()),
        "notes": {"树": ("高",), "day": date(2026, 9, 2)},
    }
    return Measured(**(fields | changes))


def entries_of(mapping: EventMapping, events: Sequence[Any]) -> list[Entry]:
    """Place events as a log would."""
    return place(mapping.to_append(events, EMPTY, key="key", request=REQUEST))


def stored(topic: str, payload: bytes) -> Entry:
    """An entry as some program may have left it."""
    return Entry(1, STREAM, 1, topic, MOMENT, "key", REQUEST, payload, bytes(32), bytes(32))


def test_an_event_comes_back_equal(mapping: EventMapping) -> None:
    """Every sort of value survives, tuples as tuples, and so do stream, version and moment."""
    events = [planted(), measured(2)]
    back = [mapping.to_event(entry) for entry in entries_of(mapping, events)]
    assert back == events
    assert [type(event) for event in back] == [Planted, Measured]
    tree: Any = back[0].mutate(None)
    assert isinstance(tree, Tree)
    assert (tree.id, tree.version, tree.created_on) == (STREAM, 1, MOMENT)


def test_the_payload_is_readable_and_says_nothing_twice(mapping: EventMapping) -> None:
    """These bytes were promised: compact, in the order of the fields, in plain Chinese, without what the entry says."""
    assert mapping.to_draft(planted()).payload.decode() == '{"originator_topic":"test-tree","kind":"银杏"}'
    assert mapping.to_draft(measured()).payload.decode() == (
        '{"on":{"_type_":"date","_data_":"2026-09-01"},'
        '"at":{"_type_":"moment","_data_":"2026-09-01T08:30:00.123456+00:00"},'
        '"by":{"_type_":"uuid","_data_":"00000000-0000-0000-0000-000000000009"},'
        '"height":{"_type_":"decimal","_data_":"1.10"},"rings":[1,2,3],"branches":[["left","right"],[]],'
        '"notes":{"树":["高"],"day":{"_type_":"date","_data_":"2026-09-02"}},"felled":false,"remark":null}'
    )


def test_a_field_that_came_later_has_its_default(mapping: EventMapping) -> None:
    """An event stored before a field existed is read with the field's default."""
    payload = json.loads(mapping.to_draft(measured()).payload)
    del payload["remark"], payload["felled"]
    event = mapping.to_event(stored("test-measured", json.dumps(payload).encode()))
    assert event == measured()


@pytest.mark.parametrize(
    ("payload", "cuts", "by_whom"),
    [
        (b'{"cut":4}', 4, "unknown"),
        (b'{"branches_cut":5,"class_version":2}', 5, "unknown"),
        (b'{"cuts":6,"by_whom":"me","class_version":3}', 6, "me"),
    ],
)
def test_an_old_version_is_brought_up_to_date(mapping: EventMapping, payload: bytes, cuts: int, by_whom: str) -> None:
    """Stored bytes stay; what is read is always of today's class, whatever version was stored."""
    expected = Pruned(originator_id=STREAM, originator_version=1, timestamp=MOMENT, cuts=cuts, by_whom=by_whom)
    assert mapping.to_event(stored("test-pruned", payload)) == expected


def test_todays_version_is_written(mapping: EventMapping) -> None:
    """What is written now says which version it is."""
    event = Pruned(originator_id=STREAM, originator_version=1, timestamp=MOMENT, cuts=1, by_whom="me")
    assert mapping.to_draft(event).payload == b'{"cuts":1,"by_whom":"me","class_version":3}'


def test_an_old_name_is_read_and_not_written(mapping: EventMapping) -> None:
    """A class that got another topic is still found under the old one."""
    event = mapping.to_event(stored("test-trimmed", b'{"cut":4}'))
    assert isinstance(event, Pruned)
    assert mapping.to_draft(event).topic == "test-pruned"


def test_what_a_newer_program_wrote_is_not_guessed(mapping: EventMapping) -> None:
    """After a step back to an older program, newer entries are refused and not misread."""
    with pytest.raises(Unreadable, match="version 4"):
        mapping.to_event(stored("test-pruned", b'{"class_version":4}'))


@pytest.mark.parametrize("topic", ["this:s", "test-felled", "test-tree", "antigravity:geohash"])
def test_an_unknown_topic_imports_nothing(mapping: EventMapping, topic: str) -> None:
    """Whoever can write a row cannot make its reader import a module; an aggregate is no event either."""
    with pytest.raises(UnknownTopic, match=topic):
        mapping.to_event(stored(topic, b"{}"))
    assert not {"this", "antigravity"} & sys.modules.keys()


def test_an_unknown_aggregate_imports_nothing(mapping: EventMapping) -> None:
    """The topic of the aggregate, which stands in the payload of an opening event, is no way around that."""
    for topic in ("antigravity:geohash", "test-planted"):
        with pytest.raises(UnknownTopic, match=topic):
            mapping.to_event(entries_of(mapping, [planted(originator_topic=topic)])[0])
    assert "antigravity" not in sys.modules


@pytest.mark.usefixtures("mapping")
def test_an_unknown_event_is_not_written() -> None:
    """A kind that could not be read back is refused when it is to be written."""
    with pytest.raises(UnknownTopic, match="Planted"):
        EventMapping({"test-measured": Measured}).to_draft(planted())


@pytest.mark.usefixtures("mapping")
def test_a_topic_names_one_class() -> None:
    """Two classes under one topic are refused when the mapping is made."""
    with pytest.raises(TopicError):
        EventMapping({"test-measured": Measured, "test-planted": Measured})


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"class_version":"x"}',
        b'{"class_version":2}',
        b'{"a":{"_type_":"spell","_data_":1}}',
    ],
)
def test_a_damaged_payload_is_told(mapping: EventMapping, payload: bytes) -> None:
    """What cannot be read as its topic says is one clear error, whatever is wrong with it."""
    with pytest.raises(Unreadable, match="entry 1"):
        mapping.to_event(stored("test-pruned", payload))


@pytest.mark.parametrize(
    "value",
    [
        [1],
        ([1],),
        {"deep": ({"list": []},)},
        {1: "a"},
        {"_type_": "date", "_data_": "2026-09-01"},
        float("nan"),
        float("inf"),
        datetime(2026, 9, 1),  # noqa: DTZ001 - a moment without a zone is what must be refused
    ],
    ids=str,
)
def test_what_would_not_come_back_is_refused(mapping: EventMapping, value: object) -> None:
    """JSON silently changes some values; an event that holds one is not written."""
    with pytest.raises(Unwritable, match="notes"):
        mapping.to_draft(measured(notes=value))


def test_a_value_of_ones_own_needs_a_transcoding(mapping: EventMapping) -> None:
    """An unregistered type is refused, a registered one goes in and comes out."""
    with pytest.raises(TranscodingNotRegisteredError):
        mapping.to_draft(measured(notes={"height": Height(3)}))
    taught = EventMapping(TOPICS, [HeightAsNumber()])
    [entry] = entries_of(taught, [measured(notes={"height": Height(3)})])
    event = taught.to_event(entry)
    assert isinstance(event, Measured)
    assert event.notes["height"].centimetres == 3


def test_an_append_is_made_of_events_that_belong_together(mapping: EventMapping) -> None:
    """They follow the head one by one, in one stream, at one moment."""
    head = Head(4, sha256(b"head").digest())
    append = mapping.to_append([measured(5), measured(6)], head, key="key", request=REQUEST)
    assert (append.stream_id, append.version, append.head) == (STREAM, 4, head.digest)
    assert (append.key, append.request, append.recorded_at) == ("key", REQUEST, MOMENT)
    assert [draft.topic for draft in append.drafts] == ["test-measured"] * 2
    elsewhere = measured(6, originator_id=UUID(int=8))
    later = measured(6, timestamp=MOMENT.replace(hour=9))
    for events in ([], [measured(4)], [measured(5), measured(7)], [measured(5), elsewhere], [measured(5), later]):
        with pytest.raises(Unwritable):
            mapping.to_append(events, head, key="key", request=REQUEST)
