"""The library's own published cases for recorders, run against our log.

They are synchronous, so the log stands behind a facade with an event loop in a thread. They begin some streams with
version 0 and want their state back byte for byte: the facade keeps their version in front of the payload.
"""

import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count, pairwise
from threading import Event
from types import ModuleType
from typing import Any, Self
from uuid import UUID

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from eventsourcing.persistence import (  # noqa: TID251 - the classes that the published cases speak of
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)

from eventlog.entry import Append, Draft, Entry
from eventlog.log import EMPTY, Head, Log, StreamMoved
from eventlog.postgres import open_log
from tests.contracts.log import MOMENT

# Published beside our cases are others, about encryption, for which the module imports a package that we do not need.
sys.modules.setdefault("eventsourcing.cipher", ModuleType("eventsourcing.cipher")).__dict__.setdefault(
    "AESCipher", object
)
from eventsourcing.tests import persistence as published  # noqa: E402 - after the line above

KEYS = count()
NEVER = sha256(b"no entry has this digest").digest()


class Following:
    """A subscription: the ordered tail of the log, one notification after another."""

    def __init__(self, recorder: "ApplicationFacade", gt: int | None, topics: Sequence[str]) -> None:
        self.recorder = recorder
        self.position = gt or 0
        self.topics = topics
        self.waiting: list[Notification] = []
        self.stopped = Event()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.stop()

    def __iter__(self) -> Self:
        """Iterate over itself."""
        return self

    def __next__(self) -> Notification:
        """Give the next one, or wait for it."""
        while not self.stopped.is_set():
            if self.waiting:
                notification = self.waiting.pop(0)
                self.position = notification.id
                return notification
            self.waiting = list(
                self.recorder.select_notifications(self.position, 10, topics=self.topics, inclusive_of_start=False)
            )
            if not self.waiting:
                self.recorder.call(lambda log: log.wait(self.position, seconds=0.2))
        raise StopIteration

    def stop(self) -> None:
        """Give no more."""
        self.stopped.set()


class AggregateFacade(AggregateRecorder):
    """Our log as the library's recorder of aggregates. Whether an insert conflicts is for the log to say."""

    def __init__(self, portal: BlockingPortal, log: Log) -> None:
        """Speak to the log through the portal to its event loop."""
        self.portal = portal
        self.log = log

    def call(self, ask: Any) -> Any:
        """Ask the log, and wait for its answer in this thread."""
        return self.portal.call(ask, self.log)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Write them all in one transaction."""
        self.write(stored_events)
        return None

    def write(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        """Write them all, one append a stream, and tell the positions."""
        streams: dict[UUID, list[StoredEvent]] = {}
        for event in stored_events:
            streams.setdefault(UUID(str(event.originator_id)), []).append(event)
        appends = [self.append_of(stream_id, events) for stream_id, events in streams.items()]
        try:
            receipts = self.call(lambda log: log.append_all(appends))
        except StreamMoved as error:
            raise IntegrityError(str(error)) from error
        return [entry.position for receipt in receipts for entry in receipt.entries]

    def append_of(self, stream_id: UUID, events: Sequence[StoredEvent]) -> Append:
        """Make the append that says: these follow the version before the first of them."""
        if any(one.originator_version + 1 != two.originator_version for one, two in pairwise(events)):
            raise IntegrityError("versions are consecutive")
        entries = self.call(lambda log: log.stream(stream_id))
        first = version_of(entries[0]) if entries else events[0].originator_version
        version = events[0].originator_version - first
        if version == 0:
            head = EMPTY
        else:
            known = 0 < version <= len(entries)
            head = Head(max(version, 1), entries[version - 1].digest if known else NEVER)
        drafts = [Draft(event.topic, b"%d:%b" % (event.originator_version, event.state)) for event in events]
        return Append(stream_id, head.version, head.digest, f"{next(KEYS)}", NEVER, MOMENT, drafts)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read one stream, or a part of it."""
        events = [
            StoredEvent(entry.stream_id, version_of(entry), entry.topic, entry.payload.split(b":", 1)[1])
            for entry in self.call(lambda log: log.stream(UUID(str(originator_id))))
            if (gt is None or version_of(entry) > gt) and (lte is None or version_of(entry) <= lte)
        ]
        return events[::-1][:limit] if desc else events[:limit]


class ApplicationFacade(AggregateFacade, ApplicationRecorder):
    """Our log as the library's recorder of an application's events."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Write them all and tell the positions."""
        return self.write(stored_events)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the log from a position."""
        position = 0 if start is None else start - inclusive_of_start
        found: list[Notification] = []
        while len(found) < limit and (page := self.portal.call(self.log.after, position)):
            position = page[-1].position
            found += [
                notification_of(entry)
                for entry in page
                if (not topics or entry.topic in topics) and (stop is None or entry.position <= stop)
            ]
        return found[:limit]

    def max_notification_id(self) -> int | None:
        """Tell the last position."""
        return self.call(lambda log: log.size()) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Any:
        """Follow the log."""
        return Following(self, gt, topics)


def version_of(entry: Entry) -> int:
    """The version that the library's case gave."""
    return int(entry.payload.split(b":", 1)[0])


def notification_of(entry: Entry) -> Notification:
    """An entry as the library's notification."""
    state = entry.payload.split(b":", 1)[1]
    return Notification(entry.stream_id, version_of(entry), entry.topic, state, id=entry.position)


class OnOurLog:
    """What each of the cases below needs: an open log behind a facade."""

    @pytest.fixture(autouse=True)
    def opened(self, database: str) -> Iterator[None]:
        """Open the log in an event loop in a thread of its own."""
        with (
            start_blocking_portal() as portal,
            portal.wrap_async_context_manager(open_log(database, role="jieti_app")) as log,
        ):
            self.portal, self.log = portal, log
            yield


class TestAggregateRecorder(OnOurLog, published.AggregateRecorderTestCase):
    """Insert, select, conflict, atomicity, ranges."""

    def create_recorder(self) -> AggregateRecorder:
        """Put the facade in front."""
        return AggregateFacade(self.portal, self.log)


class TestApplicationRecorder(OnOurLog, published.ApplicationRecorderTestCase[ApplicationRecorder]):
    """Positions, topics, limits, writers and readers at once, following."""

    def create_recorder(self) -> ApplicationRecorder:
        """Put the facade in front."""
        return ApplicationFacade(self.portal, self.log)

    def test_insert_subscribe(self) -> None:
        """The case that is optional for recorders without subscriptions holds too."""
        self.optional_test_insert_subscribe()


class TestNonInterleaving(OnOurLog, published.NonInterleavingNotificationIDsBaseCase):
    """Two large appends that race do not mix their positions."""

    def create_recorder(self) -> ApplicationRecorder:
        """Put the facade in front."""
        return ApplicationFacade(self.portal, self.log)
