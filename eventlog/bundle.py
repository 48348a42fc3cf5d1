"""Writes the part of a bundle that the log can tell: entries, payloads, digests, the tree around them, checkpoints, keys.

How it is laid out is docs/log-format.md's to say; `eventlog/verify.py` reads it. What is written goes to a file beside
its place and is renamed when it is whole. Nothing is held that grows with the log but the list of checkpoint sizes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from eventlog.live import Reader, columns_of_rows, sealed_sizes, without_gaps
from eventlog.tiles import TileFolder
from eventlog.tree import root
from eventlog.verify import REGION, Columns, Frontier

MOST_ENTRIES = 4096
MOST_BYTES = 16 << 20
"""Where a part of a bundle ends: so many entries, or so many bytes of payload, whichever comes first."""

MOST_CHECKPOINTS = 10_000
"""How many checkpoints stand in one part of a bundle of some streams."""

SPREAD = 1000
"""How many checkpoints a bundle of some streams has besides those around its entries: where else it can be compared."""


class BundleFile:
    """A bundle while it is written. Made by `writing`."""

    def __init__(self, file: ZipFile, made_at: datetime) -> None:
        """Write into this file; everything in it has the same time."""
        self._file = file
        self._time = made_at.timetuple()[:6]

    def add(self, name: str, data: bytes) -> None:
        """Write one part."""
        self._file.writestr(self._info(name), data)

    def open(self, name: str) -> IO[bytes]:
        """Begin a part that is written piece by piece; no other may be written until it is closed."""
        return self._file.open(self._info(name), "w", force_zip64=True)

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._time)
        info.external_attr = 0o644 << 16
        return info


@contextmanager
def writing(out: Path, made_at: datetime) -> Iterator[BundleFile]:
    """Write a bundle that is there when it is whole, and not before. Raises OSError."""
    draft = out.with_name(f".{out.name}.new")
    try:
        with ZipFile(draft, "w", ZIP_STORED, allowZip64=True) as file:
            yield BundleFile(file, made_at)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


@dataclass(slots=True)
class Covered:
    """What of the log a bundle has: `size` entries were in it, `sealed` of them under a checkpoint."""

    size: int
    sealed: int = 0
    entries: int = 0
    checkpoints: int = 0
    unsealed: int = 0


def pieces(parts: Sequence[bytes]) -> bytes:
    """Put pieces one behind the other, with a first line that says how many bytes each has."""
    return " ".join(str(len(part)) for part in parts).encode() + b"\n" + b"".join(parts)


class _Chunk:
    """Rows on their way into the file: those of one part."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.payloads: list[bytes] = []
        self.digests: list[bytes] = []
        self.bytes = 0

    def take(self, some: Columns, start: int, stop: int) -> None:
        self.texts += some.texts[start:stop]
        self.payloads += some.payloads[start:stop]
        self.digests += some.digests[start:stop]
        self.bytes += sum(map(len, some.payloads[start:stop]))

    @property
    def full(self) -> bool:
        return len(self.texts) >= MOST_ENTRIES or self.bytes >= MOST_BYTES

    def write(self, file: BundleFile, number: int) -> None:
        """Write the part under a number, and begin anew."""
        if self.texts:
            file.add(f"entries/{number:012}", pieces(self.texts))
            file.add(f"payloads/{number:012}", pieces(self.payloads))
            file.add(f"digests/{number:012}", b"".join(self.digests))
        self.texts, self.payloads, self.digests, self.bytes = [], [], [], 0


async def write_all(file: BundleFile, reader: Reader, folder: Path) -> Covered:
    """Write the whole log as it is now, with every checkpoint; one of more entries than there are is for all to see."""
    sizes = sealed_sizes(folder)  # first: a log that grows meanwhile never has fewer entries than were sealed
    last = await reader.last()
    covered = Covered(last, sizes[-1] if sizes else 0, unsealed=max(0, last - (sizes[-1] if sizes else 0)))
    chunk, first = _Chunk(), 1
    async for page in reader.pages(1, last):
        for rows in without_gaps(page):
            some, position = columns_of_rows(rows), rows[0][0]
            for at in range(len(rows)):
                if chunk.full or position + at != first + len(chunk.texts) or (position + at - 1) % REGION == 0:
                    chunk.write(file, first)
                    first = position + at
                chunk.take(some, at, at + 1)
            covered.entries += len(rows)
    chunk.write(file, first)
    for part, group in groupby(sizes, lambda size: max(size - 1, 0) // REGION):
        covered.checkpoints += _write_checkpoints(file, folder, part, list(group))
    _write_keys(file, folder)
    return covered


def _write_checkpoints(file: BundleFile, folder: Path, number: int, sizes: Sequence[int]) -> int:
    file.add(f"checkpoints/{number:06}", pieces([(folder / "checkpoints" / str(size)).read_bytes() for size in sizes]))
    return len(sizes)


def _write_keys(file: BundleFile, folder: Path) -> None:
    if (folder / "keys").exists():
        file.add("keys", (folder / "keys").read_bytes())


async def write_some(
    file: BundleFile, reader: Reader, folder: Path, *, streams: Collection[UUID], held: Collection[int] = ()
) -> Covered:
    """Write some streams whole, each entry in its place in a tree whose other parts stand as digests.

    The tree can be compared with the checkpoints around each entry, with some of the others, and with those of the
    sizes `held`. Raises TileMissing where the signer's folder does not hold the tree.
    """
    sizes = sealed_sizes(folder)
    last = await reader.last()
    positions: list[int] = []
    async for page in reader.some(streams, last):
        positions += [row[0] for row in page]
    cuts = _cuts(sizes, positions) | set(held)
    covered = Covered(last, sizes[-1] if sizes else 0, len(positions))
    covered.unsealed = len(positions) - bisect_right(positions, covered.sealed)
    tree = _Holes(reader, folder, covered.sealed, sorted(cuts | {last}))
    chunk, number, size, lines = _Chunk(), 1, 0, []
    async for page in reader.some(streams, last):
        for row in page:
            lines += await tree.lines(size, row[0] - 1)
            lines.append("entries 1")
            chunk.take(columns_of_rows([row]), 0, 1)
            size = row[0]
            if chunk.full:
                chunk.write(file, number)
                file.add(f"tree/{number:012}", "".join(f"{line}\n" for line in lines).encode())
                number, lines = number + 1, []
    lines += await tree.lines(size, last)
    chunk.write(file, number)
    file.add(f"tree/{number:012}", "".join(f"{line}\n" for line in lines).encode())
    chosen = sorted(cuts & set(sizes))
    for number, start in enumerate(range(0, len(chosen), MOST_CHECKPOINTS)):
        some = chosen[start : start + MOST_CHECKPOINTS]
        covered.checkpoints += _write_checkpoints(file, folder, number, some)
    _write_keys(file, folder)
    return covered


def _cuts(sizes: Sequence[int], positions: Sequence[int]) -> set[int]:
    """The checkpoints that a bundle of some entries has: around each of them, some of all, and the last."""
    around = {bisect_left(sizes, position) for position in positions}
    places = around | {place - 1 for place in around if place} | {len(sizes) - 1}
    chosen = {sizes[place] for place in places if 0 <= place < len(sizes)}
    return chosen | set(sizes[:: max(1, len(sizes) // SPREAD)])


class _Holes:
    """Digests for what is left out: of full subtrees, cut where a root is to be compared."""

    def __init__(self, reader: Reader, folder: Path, sealed: int, cuts: Sequence[int]) -> None:
        self._reader, self._sealed, self._cuts = reader, sealed, cuts
        self._tiles = TileFolder(folder / "tile").at(sealed)

    async def lines(self, begin: int, end: int) -> list[str]:
        """Stand for leaves `begin` up to `end`, in as few lines as the cuts allow."""
        found = []
        while begin < end:
            stop = min(end, self._cuts[bisect_right(self._cuts, begin)])
            room = (begin & -begin).bit_length() - 1 if begin else 62
            level = min(room, (stop - begin).bit_length() - 1)
            found.append(f"{level} {(await self._digest(begin, level)).hex()}")
            begin += 1 << level
        return found

    async def _digest(self, begin: int, level: int) -> bytes:
        if begin + (1 << level) <= self._sealed:
            return root(self._tiles, begin, begin + (1 << level))
        tree = Frontier()  # not sealed yet: no tile has it
        async for page in self._reader.pages(begin + 1, begin + (1 << level)):
            tree.extend([row[-1] for row in page])
        return tree.root()


def about(covered: Covered, origin: str, more: Mapping[str, object]) -> dict[str, object]:
    """What a bundle says of itself."""
    return {
        "format": "jieti-bundle/v1",
        "origin": origin,
        "entries": covered.entries,
        "log_size": covered.size,
        "sealed_size": covered.sealed,
        "checkpoints": covered.checkpoints,
        **more,
    }
