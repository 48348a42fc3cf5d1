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
TARGETS = {("live", 1): 75_000, ("live", 2): 100_000, ("bundle", 1): 130_000, ("bundle", 2): 200_000}


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


def _verified(log: Log, kind: str, jobs: int) -> tuple[float, float]:
    """Verify in a process of its own: entries a second, and the peak memory of its largest process in MiB."""
    where = log.dsn if kind == "live" else str(log.bundle)
    command = [sys.executable, "-m", "bench.verifying", where, str(log.folder), str(jobs), LOG.vkey, WITNESS.vkey]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    said = json.loads(ran.stdout)
    assert said["entries"] == log.entries
    return log.entries / said["seconds"], said["peak_kib"] / 1024


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
    rates: dict[tuple[str, int], list[float]] = {way: [] for way in TARGETS}
    peaks: dict[tuple[str, int], tuple[float, float]] = {}
    floors: list[float] = []
    with TemporaryDirectory(prefix="jieti-bench-") as home:
        async with database() as (server, settings):
            large = await _made(server, settings, Path(home), many)
            small = await _made(server, settings, Path(home), few)
            for _ in range(sizes.rounds):
                floors.append(_hashed())
                for way in TARGETS:
                    rate, most = await asyncio.to_thread(_verified, large, *way)
                    rates[way].append(rate)
                    peaks[way] = ((await asyncio.to_thread(_verified, small, *way))[1], most)
    return [_row(way, rates[way], floors, peaks[way], (few, many)) for way in TARGETS]


def _row(
    way: tuple[str, int],
    rates: Sequence[float],
    floors: Sequence[float],
    peaks: tuple[float, float],
    counts: tuple[int, int],
) -> Row:
    kind, jobs = way
    ratios = [rate / floor for rate, floor in zip(rates, floors, strict=True)]
    rate = statistics.median(rates)
    return Row(
        bench="verify",
        what=f"{'a live log' if kind == 'live' else 'a bundle'}, {jobs} process{'es' if jobs > 1 else ''}",
        ours=number(rate, "entries/s"),
        theirs=number(statistics.median(floors), "entries/s"),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        target=f"≥ {TARGETS[way]:,}/s",
        met=rate >= TARGETS[way],
        note=f"all checks, roots and signatures of {counts[1]:,} entries; the alternative only hashes the same bytes. "
        f"Peak memory {peaks[0]:.0f} MiB at {counts[0]:,}, {peaks[1]:.0f} MiB at {counts[1]:,}",
    )
