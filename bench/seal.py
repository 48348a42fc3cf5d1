"""Proofs and receipts from tiles on the disk, in a log of a million entries; and how fast a tree grows."""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from bench.harness import Row, Sizes, number, percentile
from eventlog import durable
from eventlog.notes import SigningKey, checkpoint_body, note
from eventlog.published import Published
from eventlog.tiles import Edge, TileFolder
from eventlog.verify import ED25519, check_inclusion, node

ENTRIES, QUICK_ENTRIES = 1_000_000, 20_000
LIMIT_MS = 2.0
PROOFS = 3_000


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Grow a tree, write its tiles, and make proofs of entries chosen at random."""
    entries = QUICK_ENTRIES if sizes.quick else ENTRIES
    leaves = [sha256(place.to_bytes(8)).digest() for place in range(entries)]
    with _published(leaves) as (folder, root, grown):
        chance = random.Random(1)
        positions = [chance.randint(1, entries) for _ in range(PROOFS // 10 if sizes.quick else PROOFS)]
        published = Published(folder)
        for position in positions[:50]:
            assert check_inclusion(
                position - 1, entries, leaves[position - 1], published.inclusion(position, entries), root
            )
        rows = [
            _row("a receipt of one entry, anywhere in the log", _times(positions, Published(folder).receipt), entries),
            _row(
                "the same by a process that has read no tile yet",
                _times(positions[:200], lambda position: Published(folder).receipt(position)),
                entries,
            ),
            _row(
                "a proof of consistency from any size to the present one",
                _times(positions, lambda position: published.consistency(position, entries)),
                entries,
            ),
        ]
    bare = perf_counter()
    for at in range(len(leaves) - 1):
        node(leaves[at], leaves[at + 1])
    hashing = len(leaves) / (perf_counter() - bare)
    growth = Row(
        "seal",
        "leaves taken into the tree and its tiles",
        number(grown, "/s"),
        number(hashing, "/s"),
        grown / hashing,
        note="beside the hash of a node for each of them, which no tree can do without",
    )
    return [*rows, growth]


@contextmanager
def _published(leaves: Sequence[bytes]) -> Iterator[tuple[Path, bytes, float]]:
    """A folder as the signer leaves it; with the root, and how many leaves a second the tree took."""
    edge, filled = Edge(), []
    begun = perf_counter()
    for leaf in leaves:
        filled += edge.add(leaf)
    root = edge.root()
    grown = len(leaves) / (perf_counter() - begun)
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        folder = Path(home)
        tiles = TileFolder(folder / "tile")
        durable.write_all({tiles.where(tile, data): data for tile, data in (*filled, *edge.partial())})
        key = SigningKey("bench.example/log", ED25519, bytes(32))
        body = checkpoint_body(key.name, len(leaves), root)
        durable.write(folder / "checkpoint", note(body, [key.line(body)]).encode())
        yield folder, root, grown


def _times(positions: Sequence[int], act: Callable[[int], object]) -> list[float]:
    took = []
    for position in positions:
        start = perf_counter()
        act(position)
        took.append(perf_counter() - start)
    return took


def _row(what: str, took: Sequence[float], entries: int) -> Row:
    p50, p99 = (percentile(took, share) * 1000 for share in (0.5, 0.99))
    return Row(
        bench="seal",
        what=what,
        ours=f"{p50:.2f} ms, p99 {p99:.2f} ms",
        target=f"< {LIMIT_MS:g} ms",
        met=p50 < LIMIT_MS,
        note=number(entries, "entries"),
    )
