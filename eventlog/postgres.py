"""The log in PostgreSQL: one writer with a connection of its own, a pool for reading, a connection that listens."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

from eventlog.entry import Append, Entry, place, positioned
from eventlog.log import (
    EMPTY,
    Head,
    KeyReused,
    LogError,
    LogUnavailable,
    StreamMoved,
    Written,
    refuse_second_append_to_a_stream,
)
from eventlog.rows import columns, entries_of, values
from eventlog.server import CONNECT_SECONDS, Server, reaching_log
from eventlog.writer import Outcome, Outcomes, Placed, Writer

WRITE_SECONDS = 30.0
"""How long a transaction of appends may take. The database gives up waiting for its turn after 10 seconds."""
POLL_SECONDS = 2.0
"""How often the listening connection is tried: a peer that is gone does not say so, and a bell may be missed."""
MOST_VERSION = 2**31 - 1
_APPEND = "select outcomes, firsts from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_APPEND_ONE = "select outcome, first from log.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_SIZE = "select size from log.head"
_ENTRY = (
    "select position, stream_id, version, topic, recorded_at, key, request, payload, previous, digest from log.entry"
)
_REFUSED: dict[str, type[KeyReused | StreamMoved]] = {"JT002": KeyReused, "JT003": StreamMoved}


async def _leave_as_it_is(_connection: object) -> None:
    """Spare the round trip that would clear a session of what no reader here ever leaves in it."""


class _Pen:
    """The connection that writes. It is opened when needed and thrown away when anything was wrong with it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: asyncpg.Connection | None = None
        self._append: Any = None
        self._append_one: Any = None

    async def send(self, batch: Sequence[Placed], whole: bool) -> Outcomes:
        """Write a batch in one call, which is one transaction. Raises LogError."""
        with self._dropping():
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._server.connect("jieti log writer")
                self._append = await self._connection.prepare(_APPEND)
                self._append_one = await self._connection.prepare(_APPEND_ONE)
            if len(batch) == 1 and len(batch[0].entries) == 1:
                row = await self._append_one.fetchrow(*values(batch[0]), timeout=WRITE_SECONDS)
                return [(Outcome(row["outcome"]), row["first"])]
            try:
                row = await self._append.fetchrow(*columns(batch), whole, timeout=WRITE_SECONDS)
            except asyncpg.PostgresError as error:
                if error.sqlstate in _REFUSED:
                    raise _REFUSED[error.sqlstate].on(batch[int(error.detail) - 1].append) from error
                raise
            return [(Outcome(outcome), first) for outcome, first in zip(row["outcomes"], row["firsts"], strict=True)]

    @contextmanager
    def _dropping(self) -> Iterator[None]:
        try:
            with reaching_log():
                yield
        except (LogUnavailable, asyncio.CancelledError):
            self.drop()
            raise

    def drop(self) -> None:
        """Let go of the connection, without waiting for a server that may not answer."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class _Bell:
    """Rings whenever the log has grown, and every few seconds anyway. Begins to listen when somebody first waits."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._task: asyncio.Task[None] | None = None
        self._rung = asyncio.Event()
        self._size = 0

    async def beyond(self, position: int, seconds: float) -> None:
        """Sleep until the log was heard to have an entry behind `position`, or the time is over."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="log bell")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._size <= position:
                    await self._rung.wait()

    def _ring(self, size: int) -> None:
        self._size = size
        self._rung.set()
        self._rung = asyncio.Event()

    async def _listen(self) -> None:
        while True:
            with suppress(LogError):
                await self._listen_once()
            await asyncio.sleep(POLL_SECONDS / 4)  # then begin again with another connection

    async def _listen_once(self) -> None:
        connection = await self._server.connect("jieti log bell")
        try:
            with reaching_log():
                await connection.add_listener("log", lambda *heard: self._ring(int(heard[-1])))
                gone = asyncio.Event()
                connection.add_termination_listener(lambda _: gone.set())
                while not gone.is_set():
                    self._ring(await connection.fetchval(_SIZE, timeout=CONNECT_SECONDS))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(gone.wait(), POLL_SECONDS)
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


@asynccontextmanager
async def open_log(dsn: str, *, role: str | None = None, readers: int = 8) -> AsyncIterator["PostgresLog"]:
    """Open the log of a migrated database: one connection for writing, one for listening, up to `readers` to read.

    `role` is taken on as soon as connected (`jieti_app` in production, when the login itself can do more). Raises
    LogUnavailable when the server cannot be reached now; later it may go and come as it likes.
    """
    server = Server(dsn, role, LogUnavailable, statement_timeout=f"{WRITE_SECONDS:.0f}s")
    pool = await server.pool("jieti log reader", readers, reset=_leave_as_it_is)
    pen, bell = _Pen(server), _Bell(server)
    writer = Writer(pen.send)
    try:
        yield PostgresLog(pool, writer, bell)
    finally:
        await writer.close()
        pen.drop()
        await bell.close()
        pool.terminate()


class PostgresLog:
    """A `Log` in PostgreSQL. Made by `open_log`."""

    def __init__(self, pool: asyncpg.Pool, writer: Writer, bell: _Bell) -> None:
        """Read through `pool`, write through `writer`, wait for `bell`."""
        self._pool = pool
        self._writer = writer
        self._bell = bell

    async def append(self, append: Append) -> Written:
        """Write one append whole, together with whatever else waits to be written."""
        placed = Placed(append, place(append))
        [(outcome, first)] = await self._writer.write([placed], whole=False)
        return await self._written(placed, outcome, first)

    async def append_all(self, appends: Sequence[Append]) -> Sequence[Written]:
        """Write many appends in one transaction: all of them, or none."""
        refuse_second_append_to_a_stream(appends)
        batch = [Placed(append, place(append)) for append in appends]
        outcomes = await self._writer.write(batch, whole=True) if batch else []
        return [
            await self._written(placed, outcome, first)
            for placed, (outcome, first) in zip(batch, outcomes, strict=True)
        ]

    async def _written(self, placed: Placed, outcome: Outcome, first: int) -> Written:
        """Turn an outcome into what the caller gets or meets."""
        match outcome:
            case Outcome.WRITTEN:
                return Written(positioned(placed.entries, first), repeated=False)
            case Outcome.REPEATED:
                query = f"{_ENTRY} where stream_id = $1 and key = $2 order by version"
                return Written(await self._read(query, placed.append.stream_id, placed.append.key), repeated=True)
            case Outcome.KEY_REUSED:
                raise KeyReused.on(placed.append)
        raise StreamMoved.on(placed.append)

    async def stream(self, stream_id: UUID, *, since: int = 1, upto: int | None = None) -> Sequence[Entry]:
        """Read one stream, from version `since` up to and with version `upto`."""
        query = f"{_ENTRY} where stream_id = $1 and version between $2 and $3 order by version"
        return await self._read(query, stream_id, since, MOST_VERSION if upto is None else upto)

    async def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Entry]]:
        """Read several whole streams in one query."""
        found = await self._by_stream("stream_id = any($1)", stream_ids)
        return {stream_id: found.get(stream_id, ()) for stream_id in stream_ids}

    async def streams_between(self, first: UUID, last: UUID) -> Mapping[UUID, Sequence[Entry]]:
        """Read all whole streams with ids from `first` to `last`, both included."""
        return await self._by_stream("stream_id between $1 and $2", first, last)

    async def _by_stream(self, where: str, *arguments: object) -> dict[UUID, list[Entry]]:
        found: dict[UUID, list[Entry]] = {}
        for entry in await self._read(f"{_ENTRY} where {where} order by stream_id, version", *arguments):
            found.setdefault(entry.stream_id, []).append(entry)
        return found

    async def heads(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Head]:
        """Tell how far each of these streams has come, by one index probe each."""
        query = """
            select asked.stream_id, tip.version, tip.digest
              from unnest($1::uuid[]) as asked(stream_id)
             cross join lateral (select version, digest from log.entry e where e.stream_id = asked.stream_id
                                  order by version desc limit 1) tip
        """
        with reaching_log():
            rows = await self._pool.fetch(query, stream_ids)
        found = {row["stream_id"]: Head(row["version"], row["digest"]) for row in rows}
        return {stream_id: found.get(stream_id, EMPTY) for stream_id in stream_ids}

    async def after(self, position: int, *, limit: int = 1000) -> Sequence[Entry]:
        """Read the whole log behind a position, in order."""
        return await self._read(f"{_ENTRY} where position > $1 order by position limit $2", position, limit)

    async def size(self) -> int:
        """Tell the position of the last entry; 0 for an empty log."""
        with reaching_log():
            size: int = await self._pool.fetchval(_SIZE)
        return size

    async def wait(self, position: int, *, seconds: float) -> int:
        """Sleep until there is an entry behind `position` or the time is over; returns the size then."""
        size = await self.size()
        if size > position:
            return size
        await self._bell.beyond(position, seconds)
        return await self.size()

    async def _read(self, query: str, *arguments: object) -> list[Entry]:
        with reaching_log():
            rows = await self._pool.fetch(query, *arguments)
        return list(entries_of(rows))
