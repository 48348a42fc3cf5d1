"""The log in memory: the twin of the PostgreSQL log, for tests and tools; what it holds ends with the process."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from eventlog.entry import Append, Entry, place, positioned
from eventlog.log import Head, KeyReused, StreamMoved, Written, head_of, refuse_second_append_to_a_stream


class MemoryLog:
    """A `Log` that keeps its entries in lists. Nothing awaits between looking and writing, so an append is whole."""

    def __init__(self) -> None:
        """Begin with an empty log."""
        self._entries: list[Entry] = []
        self._streams: dict[UUID, list[Entry]] = {}
        self._keys: dict[tuple[UUID, str], list[Entry]] = {}
        self._grown = asyncio.Event()

    async def append(self, append: Append) -> Written:
        """Write one append whole, or answer with what its key wrote before."""
        return self._write(append, self._judge(append))

    async def append_all(self, appends: Sequence[Append]) -> Sequence[Written]:
        """Write many appends: all of them, or none."""
        refuse_second_append_to_a_stream(appends)
        earlier = [self._judge(append) for append in appends]
        return [self._write(append, entries) for append, entries in zip(appends, earlier, strict=True)]

    def _judge(self, append: Append) -> list[Entry] | None:
        """Return what the key wrote before, None if the append may be written; raise if it may not."""
        earlier = self._keys.get((append.stream_id, append.key))
        if earlier is not None:
            if earlier[0].request != append.request:
                raise KeyReused.on(append)
            return earlier
        if head_of(self._streams.get(append.stream_id, ())) != Head(append.version, append.head):
            raise StreamMoved.on(append)
        return None

    def _write(self, append: Append, earlier: list[Entry] | None) -> Written:
        if earlier is not None:
            return Written(tuple(earlier), repeated=True)
        entries = positioned(place(append), len(self._entries) + 1)
        self._entries.extend(entries)
        self._streams.setdefault(append.stream_id, []).extend(entries)
        self._keys[append.stream_id, append.key] = entries
        self._grown.set()
        self._grown = asyncio.Event()
        return Written(tuple(entries), repeated=False)

    async def stream(self, stream_id: UUID, *, since: int = 1, upto: int | None = None) -> Sequence[Entry]:
        """Read one stream, from version `since` up to and with version `upto`."""
        return tuple(self._streams.get(stream_id, ())[max(since - 1, 0) : upto if upto is None else max(upto, 0)])

    async def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Entry]]:
        """Read several whole streams."""
        return {stream_id: tuple(self._streams.get(stream_id, ())) for stream_id in stream_ids}

    async def streams_between(self, first: UUID, last: UUID) -> Mapping[UUID, Sequence[Entry]]:
        """Read all whole streams with ids from `first` to `last`, both included."""
        return {one: tuple(self._streams[one]) for one in sorted(self._streams) if first <= one <= last}

    async def heads(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Head]:
        """Tell how far each of these streams has come."""
        return {stream_id: head_of(self._streams.get(stream_id, ())) for stream_id in stream_ids}

    async def after(self, position: int, *, limit: int = 1000) -> Sequence[Entry]:
        """Read the whole log behind a position, in order."""
        first = max(position, 0)
        return tuple(self._entries[first : first + limit])

    async def size(self) -> int:
        """Tell the position of the last entry; 0 for an empty log."""
        return len(self._entries)

    async def wait(self, position: int, *, seconds: float) -> int:
        """Sleep until there is an entry behind `position` or the time is over; returns the size then."""
        try:
            async with asyncio.timeout(seconds):
                while len(self._entries) <= position:
                    await self._grown.wait()
        except TimeoutError:
            pass
        return len(self._entries)
