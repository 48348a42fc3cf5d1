"""Appending: our log beside eventsourcing's own PostgreSQL recorder, on one server, entries of about 400 bytes."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from time import perf_counter
from uuid import UUID

from eventsourcing.persistence import StoredEvent  # noqa: TID251 - what their recorder takes
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from bench.harness import Load, Row, Sizes, at_least, closed_loop, compared, interleaved, number
from bench.servers import database
from eventlog.entry import Append, Draft
from eventlog.log import EMPTY, Head, Log
from eventlog.postgres import PostgresLog, open_log
from runtime.clock import now
from runtime.embedded import Postgres
from runtime.resources import ROLE

WAITING = 64
THREADS = 8
LONGEST = 300
"""Events of a stream, after which another is begun."""

PAYLOAD = ('{"conclusion":"' + "考察" * 60 + '"}').encode()
TOPIC = "half-year-inspection-recorded"


class Ours:
    """Writers that each extend a stream of their own, one append after another."""

    def __init__(self, log: Log, first_stream: int) -> None:
        """Write to this log; streams are numbered from `first_stream`."""
        self._log = log
        self._next = first_stream
        self._streams: dict[int, tuple[UUID, Head]] = {}
        self.positions: list[int] = []

    async def append(self, writer: int) -> None:
        """Append one entry and remember its position."""
        stream, head = self._streams.get(writer) or (self._new(), EMPTY)
        key = f"bench/{head.version}"
        request = sha256(key.encode()).digest()
        draft = Draft(TOPIC, PAYLOAD)
        written = await self._log.append(Append(stream, head.version, head.digest, key, request, now(), [draft]))
        entry = written.entries[-1]
        self.positions.append(entry.position)
        if entry.version < LONGEST:
            self._streams[writer] = (stream, Head(entry.version, entry.digest))
        else:
            del self._streams[writer]

    def _new(self) -> UUID:
        self._next += 1
        return UUID(int=self._next)


class Theirs:
    """The library's own recorder with its pool; threads that each extend a stream of their own."""

    def __init__(self, server: Postgres) -> None:
        """Make the library's table in the server's `postgres` database."""
        self._store = PostgresDatastore(
            "postgres", str(server.directory), "5432", "postgres", "", pool_size=THREADS, max_overflow=THREADS
        )
        self._recorder = PostgresApplicationRecorder(self._store, events_table_name="stored_events")
        self._recorder.create_table()
        self._next = 0

    def load(self, threads: int, seconds: float) -> Load:
        """Let so many threads insert for so long, one event a transaction."""
        begun = perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            first = self._next
            self._next += threads * 1_000_000
            numbers = [first + n * 1_000_000 for n in range(threads)]
            took = [one for part in pool.map(lambda n: self._turn(n, begun + seconds), numbers) for one in part]
        return Load(perf_counter() - begun, took)

    def _turn(self, stream: int, end: float) -> list[float]:
        took: list[float] = []
        while (start := perf_counter()) < end:
            version = len(took) % LONGEST + 1
            stream += version == 1
            self._recorder.insert_events([StoredEvent(UUID(int=stream), version, TOPIC, PAYLOAD)])
            took.append(perf_counter() - start)
        return took

    def close(self) -> None:
        """Let go of the connections."""
        self._store.close()


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Append with many waiting and with one; then write and read the tail at the same time, and count."""
    seconds = min(sizes.seconds, 3.0)
    async with database() as (server, settings), open_log(settings.database_url or "", role=ROLE) as log:
        theirs = await asyncio.to_thread(Theirs, server)
        try:
            found = await interleaved(
                sizes.rounds,
                {
                    "ours many": lambda: _ours(log, WAITING, seconds),
                    "theirs many": lambda: asyncio.to_thread(theirs.load, THREADS, seconds),
                    "ours one": lambda: _ours(log, 1, seconds),
                    "theirs one": lambda: asyncio.to_thread(theirs.load, 1, seconds),
                },
            )
        finally:
            await asyncio.to_thread(theirs.close)
        async with open_log(settings.database_url or "", role=ROLE) as other:
            tail = await _tail([log, other], seconds)
    rate = {name: [load.rate for load in loads] for name, loads in found.items()}
    p50 = {name: sorted(load.ms() for load in loads)[len(loads) // 2] for name, loads in found.items()}
    return [
        compared(
            "append",
            f"{WAITING} waiting appends",
            (rate["ours many"], rate["theirs many"]),
            "/s",
            at_least(20),
            note=f"one entry an append, {len(PAYLOAD)} B; theirs: eventsourcing's recorder with {THREADS} threads; "
            f"p50 {p50['ours many']:.1f} and {p50['theirs many']:.1f} ms",
        ),
        compared(
            "append",
            "one at a time",
            (rate["ours one"], rate["theirs one"]),
            "/s",
            at_least(2),
            note=f"theirs with one thread; p50 {p50['ours one']:.2f} and {p50['theirs one']:.2f} ms",
        ),
        tail,
    ]


async def _ours(log: Log, writers: int, seconds: float) -> Load:
    return await closed_loop(writers, seconds, Ours(log, (await log.size() + 1) * 1000).append)


async def _tail(logs: Sequence[PostgresLog], seconds: float) -> Row:
    """Write by two logs, as two processes do, while somebody reads the tail; all that was written must be seen."""
    log = logs[0]
    first = last = await log.size()
    seen: list[int] = []
    writers = [Ours(one, (first + 1) * 1000 + half * 500) for half, one in enumerate(logs)]
    writing = asyncio.gather(*(closed_loop(WAITING // 2, seconds, one.append) for one in writers))
    while not writing.done() or last < await log.size():
        entries = await log.after(last)
        seen.extend(entry.position for entry in entries)
        last = seen[-1] if seen else last
        await log.wait(last, seconds=0.05)
    await writing
    recorded = sorted(position for one in writers for position in one.positions)
    missed = len(set(recorded) - set(seen))
    gaps = sum(1 for before, after in zip([first, *recorded], recorded, strict=False) if after != before + 1)
    return Row(
        "append",
        "a reader at the tail while two logs write",
        f"{gaps} gaps, {missed} missed",
        target="0, 0",
        met=not gaps and not missed,
        note=f"{number(len(recorded), 'entries')} written by {WAITING} writers, {number(len(seen), 'seen')} meanwhile",
    )
