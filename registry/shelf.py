"""Streams that were read lately, kept decoded: reading a path again costs one look at how far it has come."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.facts import Fact
from eventlog.entry import Entry
from eventlog.log import Head, head_of

MOST_FACTS = 50_000
"""How many facts are kept in one process, about two kilobytes each."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stream as it was read: its entries and the facts they hold, in the same order."""

    entries: Sequence[Entry]
    facts: Sequence[Fact]

    @property
    def head(self) -> Head:
        """How far the stream had come."""
        return head_of(self.entries)


class Shelf:
    """Keeps what was used last. What it gives may be behind its stream: whoever takes it reads what has come since."""

    def __init__(self, most_facts: int = MOST_FACTS) -> None:
        """Keep so many facts."""
        self._most = most_facts
        self._held = 0
        self._streams: OrderedDict[UUID, Loaded] = OrderedDict()

    def take(self, stream_id: UUID) -> Loaded | None:
        """What is known of a stream."""
        found = self._streams.get(stream_id)
        if found is not None:
            self._streams.move_to_end(stream_id)
        return found

    def put(self, stream_id: UUID, loaded: Loaded) -> None:
        """Keep a stream, and let go of what was not used for the longest time."""
        before = self._streams.pop(stream_id, None)
        self._held += len(loaded.facts) - (len(before.facts) if before else 0)
        self._streams[stream_id] = loaded
        while self._held > self._most:
            _, oldest = self._streams.popitem(last=False)
            self._held -= len(oldest.facts)
