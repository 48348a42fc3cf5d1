"""Reads a live log as it is checked and bundled: raw rows from PostgreSQL, checkpoints from the signer's folder."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from eventlog.log import LogUnavailable
from eventlog.server import Server, reaching_log
from eventlog.verify import Columns, Piece

PAGE = 4096
_COLUMNS = """
    position, stream_id::text, version, topic,
    to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), key, request, payload, previous, digest
"""
_PAGE = (
    f"select {_COLUMNS} from log.entry where position > $1 and position <= $2"  # noqa: S608 - our own names
    f" order by position limit {PAGE}"
)
_SOME = f"select {_COLUMNS} from log.entry where position <= $1 and stream_id = any($2) order by position"  # noqa: S608 - our own names
_LAST = "select coalesce(max(position), 0) from log.entry"

Row = Any
"""A row in the order of `_COLUMNS`; the driver's own kind."""


class Reader:
    """One connection that reads, and may do nothing else. Made by `reading`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Read through this connection."""
        self._connection = connection

    async def last(self) -> int:
        """The position of the last entry that is there; not what the log says of its size. Raises LogError."""
        last: int = await self._connection.fetchval(_LAST)
        return last

    async def pages(self, first: int, last: int) -> AsyncIterator[Sequence[Row]]:
        """The rows from position `first` up to `last`, some thousand at a time."""
        page = await self._connection.prepare(_PAGE)
        at = first - 1
        while at < last and (rows := await page.fetch(at, last)):
            at = rows[-1][0]
            yield rows

    async def some(self, streams: Collection[UUID], last: int) -> AsyncIterator[Sequence[Row]]:
        """The rows of some streams in the order of their positions, some thousand at a time."""
        async with self._connection.transaction(readonly=True):
            cursor = await self._connection.cursor(_SOME, last, list(streams))
            while rows := await cursor.fetch(PAGE):
                yield rows


@asynccontextmanager
async def reading(dsn: str, role: str | None) -> AsyncIterator[Reader]:
    """Connect for reading. Raises LogUnavailable where nobody answers, LogError for what the server refuses."""
    with reaching_log():
        connection = await Server(dsn, role, LogUnavailable).connect("jieti log reading")
        try:
            yield Reader(connection)
        finally:
            await connection.close()


def columns_of_rows(rows: Sequence[Row]) -> Columns:
    """Make the texts that rows stand for. The payloads' digests are made here, so there is nothing to compare them with.

    The rows follow each other without a gap.
    """
    texts = [
        (
            f"jieti-entry/v1\nstream {stream}\nversion {version}\ntopic {topic}\nrecorded {recorded}\nkey {key}\n"
            f"request {request.hex()}\nprevious {previous.hex()}\npayload {sha256(payload).hexdigest()}\n"
        ).encode()
        for _, stream, version, topic, recorded, key, request, payload, previous, _ in rows
    ]
    first, streams, versions, _, recorded, _, _, payloads, previous, digests = zip(*rows, strict=True)
    return Columns(
        first=first[0],
        texts=texts,
        streams=[stream.encode() for stream in streams],
        versions=versions,
        recorded=[moment.encode() for moment in recorded],
        previous=previous,
        payload_digests=[],
        payloads=payloads,
        digests=digests,
    )


def without_gaps(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows where a position is missing; almost always they come back whole."""
    if rows[-1][0] - rows[0][0] == len(rows) - 1:
        yield rows
        return
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at][0] != rows[at - 1][0] + 1:
            yield rows[start:at]
            start = at


def sealed_sizes(folder: Path) -> list[int]:
    """The sizes of all checkpoints in the signer's folder, in order; none where it has not signed yet."""
    try:
        return sorted(int(file.name) for file in (folder / "checkpoints").iterdir() if file.name.isdecimal())
    except FileNotFoundError:
        return []


class LiveLog:
    """A log in PostgreSQL, as what checks it takes it: part by part, each through a connection of its own."""

    def __init__(self, dsn: str, role: str | None, folder: Path, sizes: Sequence[int], last: int) -> None:
        """Take where it is; `of` finds the rest."""
        self._dsn, self._role, self._folder, self._sizes, self._last = dsn, role, folder, sizes, last
        self.parts = max(1, *(-(-end // PAGE) for end in (last, *sizes[-1:])))

    @classmethod
    async def of(cls, dsn: str, role: str | None, folder: Path) -> "LiveLog":
        """The log as it is now; what is written meanwhile is left for another time. Raises LogError.

        The checkpoints are listed first: a log never has fewer entries than were sealed.
        """
        sizes = sealed_sizes(folder)
        async with reading(dsn, role) as reader:
            return cls(dsn, role, folder, sizes, await reader.last())

    def each(self, parts: Sequence[int], take: Callable[[list[Piece]], None]) -> None:
        """Hand over some parts, one by one: the signer's checkpoints that end in it, and its rows. Raises LogError."""
        asyncio.run(self._each(parts, take))

    async def _each(self, parts: Sequence[int], take: Callable[[list[Piece]], None]) -> None:
        async with reading(self._dsn, self._role) as reader:
            for part in parts:
                pieces: list[Piece] = list(self._notes(part))
                async for rows in reader.pages(part * PAGE + 1, min((part + 1) * PAGE, self._last)):
                    pieces += [columns_of_rows(some) for some in without_gaps(rows)]
                take(pieces)

    def _notes(self, part: int) -> Iterator[bytes]:
        first = bisect_right(self._sizes, part * PAGE) if part else 0
        for size in self._sizes[first : bisect_right(self._sizes, (part + 1) * PAGE)]:
            yield (self._folder / "checkpoints" / str(size)).read_bytes()
