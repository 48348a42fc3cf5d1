"""Verifying: a live log and a bundle of it, in one process and in two, beside hashing the same bytes and nothing else.

The log is put into a scratch database through COPY, with a real chain, and sealed every thousand entries by a signer
and a witness. What is measured runs in a process of its own, whose peak memory is told at two sizes.
"""

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg

from bench.harness import Row, Sizes, number
from bench.servers import ROOT, database, emptied
from eventlog.bundle import about, write_all, writing
from eventlog.entry import Append, Draft, place
from eventlog.live import reading
from eventlog.notes import KeyTerm, SigningKey, checkpoint_body, keys_body, note
from eventlog.verify import COSIGNATURE, ED25519, Frontier
from runtime.embedded import Postgres
from runtime.settings import Settings

ENTRIES, FEWER = 1_000_000, 250_000
ENTRIES_QUICK, FEWER_QUICK = 20_000, 10_000
A_STREAM = 80
SEALED_EVERY = 1000
BEGAN = datetime(2026, 9, 1, tzinfo=UTC)
Way = tuple[str, int]
"""A live log or a bundle, and in how many processes."""

LOG, WITNESS = SigningKey("bench.test/log", ED25519, b"1" * 32), SigningKey("bench.test/w", COSIGNATURE, b"2" * 32)
COLUMNS = [
    "position",
    "stream_id",
    "version",
    "topic",
    "recorded_at",
    "key",
    "request",
    "payload",
    "previous",
    "digest",
]
TARGETS: dict[Way, int] = {("live", 1): 75_000, ("live", 2): 100_000, ("bundle", 1): 130_000, ("bundle", 2): 200_000}


@dataclass(frozen=True, slots=True)
class Log:
    """A log of so many entries: where it is, where its checkpoints are, and a bundle of it."""

    dsn: str
    folder: Path
    bundle: Path
    entries: int


def _rows(entries: int) -> Iterator[tuple[Any, ...]]:
    """Entries of about 400 bytes of payload, eighty to a stream, the streams in turns."""
    streams = max(1, entries // A_STREAM)
    heads = [(0, bytes(32))] * streams
    for at in range(entries):
        which = at * 7919 % streams
        version, head = heads[which]
        payload = f'{{"conclusion":"{"考察" * 60}{at}"}}'.encode()
        request = sha256(payload).digest()
        moment = BEGAN + timedelta(seconds=at)
        draft = Draft("half-year-inspection-recorded", payload)
        asked = Append(UUID(int=which + 1 << 64), version, head, f"secretary-li:{at}", request, moment, [draft])
        [entry] = place(asked)
        heads[which] = (entry.version, entry.digest)
        yield (
            at + 1, entry.stream_id, entry.version, entry.topic, moment, entry.key, request, payload, head, entry.digest, True,
        )  # fmt: skip


async def _fill(dsn: str, folder: Path, entries: int) -> None:
    """Write the rows, and a checkpoint with a cosignature for every thousand of them."""
    connection = await asyncpg.connect(dsn)
    (folder / "checkpoints").mkdir(parents=True)
    tree, rows = Frontier(), _rows(entries)
    while page := list(islice(rows, SEALED_EVERY)):
        await connection.copy_records_to_table("entry", schema_name="log", columns=[*COLUMNS, "opens"], records=page)
        tree.extend([row[9] for row in page])
        body = checkpoint_body(LOG.name, tree.size, tree.root())
        at = int((BEGAN + timedelta(seconds=tree.size + 1)).timestamp())
        (folder / "checkpoints" / str(tree.size)).write_text(note(body, [LOG.line(body), WITNESS.line(body, at)]))
    listed = keys_body(LOG.name, [KeyTerm(LOG.vkey, 0)], [WITNESS.vkey])
    (folder / "keys").write_text(note(listed, [LOG.line(listed)]))
    await connection.execute("update log.head set size = $1", entries)
    await connection.execute("vacuum analyze log.entry")
    await connection.close()


async def _made(server: Postgres, settings: Settings, home: Path, entries: int) -> Log:
    """Make a log of a size, and a bundle of it."""
    dsn = (await emptied(server, f"verify_{entries}", settings)).database_url or ""
    made = Log(dsn, home / str(entries), home / f"{entries}.jieti", entries)
    await _fill(dsn, made.folder, entries)
    with writing(made.bundle, BEGAN) as file:
        async with reading(dsn, None) as reader:
            covered = await write_all(file, reader, made.folder)
        file.add("bundle.json", json.dumps(about(covered, LOG.name, {})).encode())
    return made


@dataclass(frozen=True, slots=True)
class Ran:
    """One verification in a process of its own: how long it took, its processor time (the database's is not in it),
    and the peak memory of the largest of its processes in KiB.
    """

    entries: int
    seconds: float
    cpu: float
    peak_kib: int

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds


def _verified(log: Log, kind: str, jobs: int) -> Ran:
    """Verify once."""
    where = log.dsn if kind == "live" else str(log.bundle)
    command = [sys.executable, "-m", "bench.verifying", where, str(log.folder), str(jobs), LOG.vkey, WITNESS.vkey]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return Ran(**json.loads(ran.stdout))


def _hashed() -> float:
    """The floor: each text, each payload and each node of the tree hashed once, from memory; entries a second."""
    texts = [b"x" * 390 + b"%08d" % at for at in range(100_000)]
    node = b"\x01" + bytes(64)
    begun = perf_counter()
    for text in texts:
        sha256(b"\x00" + text).digest()
        sha256(text).hexdigest()
        sha256(node).digest()
    return len(texts) / (perf_counter() - begun)


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Make two logs, verify each in every way, and tell the larger one's speed and both memories."""
    many, few = (ENTRIES_QUICK, FEWER_QUICK) if sizes.quick else (ENTRIES, FEWER)
    found: dict[Way, list[Ran]] = {way: [] for way in TARGETS}
    floors: list[float] = []
    with TemporaryDirectory(prefix="jieti-bench-") as home:
        async with database() as (server, settings):
            large = await _made(server, settings, Path(home), many)
            small = await _made(server, settings, Path(home), few)
            for _ in range(sizes.rounds):
                floors.append(_hashed())
                for way, ran in found.items():
                    ran.append(await asyncio.to_thread(_verified, large, *way))
            less = {way: await asyncio.to_thread(_verified, small, *way) for way in TARGETS}
    return [_row(way, found[way], floors, less[way]) for way in TARGETS]


def _row(way: Way, ran: Sequence[Ran], floors: Sequence[float], small: Ran) -> Row:
    kind, jobs = way
    ratios = [one.rate / floor for one, floor in zip(ran, floors, strict=True)]
    rate, large = statistics.median(one.rate for one in ran), ran[-1]
    each = statistics.median(one.cpu / one.entries for one in ran) * 1e6
    return Row(
        bench="verify",
        what=f"{'a live log' if kind == 'live' else 'a bundle'}, {jobs} process{'es' if jobs > 1 else ''}",
        ours=number(rate, "entries/s"),
        theirs=number(statistics.median(floors), "entries/s"),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        target=f"≥ {TARGETS[way]:,}/s",
        met=rate >= TARGETS[way],
        note=f"every check of {large.entries:,} entries and {large.entries // SEALED_EVERY:,} checkpoints, from the "
        f"start of the process on; the alternative only hashes the same bytes. {each:.1f} µs of processor an entry. "
        f"Peak {small.peak_kib / 1024:.0f} MiB at {small.entries:,}, {large.peak_kib / 1024:.0f} MiB at {large.entries:,}",
    )
