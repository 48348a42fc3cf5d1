"""The tree in files, as C2SP tlog-tiles lays them out: `tile/<level>/<number>`, and `.p/<width>` where not yet full."""

import re
import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from eventlog.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, TileMissing, hash_at, hashes, root
from eventlog.verify import subtree

Tile = tuple[int, int]
"""The level of a tile, and its number in the level."""

_NUMBER = r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?"
_PATH = re.compile(rf"([0-9]|[1-5][0-9]|6[0-3])/{_NUMBER}")
_BUNDLE = re.compile(_NUMBER)
CACHED = 512
"""Full tiles kept in memory: 4 MiB, all that proofs near the end of a log of millions need."""


def number_path(number: int) -> str:
    """Write a tile's number in groups of three digits, `x` before all but the last: 1234067 is x001/x234/067."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Where a tile stands below `tile/`."""
    return f"{level}/{number_path(number)}" + (f".p/{width}" if width < TILE_WIDTH else "")


def parse_tile_path(path: str) -> tuple[int, int, int] | None:
    """The level, number and width that a path below `tile/` names; None for what is not the one way to write them."""
    found = _PATH.fullmatch(path)
    if found is None or (place := parse_number_path(path.partition("/")[2])) is None:
        return None
    return int(found[1]), *place


def parse_number_path(path: str) -> tuple[int, int] | None:
    """The number and width that the path of an entry bundle names below `tile/entries/`, None likewise."""
    found = _BUNDLE.fullmatch(path)
    if found is None:
        return None
    number, width = int(re.sub(r"[x/]", "", found[1])), int(found[2] or TILE_WIDTH)
    written = number_path(number) + (f".p/{width}" if width < TILE_WIDTH else "")
    return (number, width) if written == path else None


def width_at(size: int, level: int, number: int) -> int:
    """How many hashes a tile of the tree of `size` leaves holds; 0 if it has no such tile."""
    return max(0, min(TILE_WIDTH, (size >> (level * TILE_HEIGHT)) - number * TILE_WIDTH))


class Edge:
    """The right edge of a growing tree: of each level the hashes of the last tile. What else there is, is full."""

    def __init__(self, size: int = 0, rows: Sequence[bytes] = ()) -> None:
        """Begin at a tree of `size` leaves whose last tiles, from level 0 up, hold `rows`."""
        self.size = size
        self._rows = [bytearray(row) for row in rows]

    def add(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add a leaf; returns the tiles that it fills, with their hashes."""
        filled: list[tuple[Tile, bytes]] = []
        self.size += 1
        level, above = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append(bytearray())
            row = self._rows[level]
            row += above
            if len(row) < TILE_WIDTH * HASH_BYTES:
                return filled
            whole = bytes(row)
            filled.append(((level, (self.size >> ((level + 1) * TILE_HEIGHT)) - 1), whole))
            above = subtree(hashes(whole))
            row.clear()
            level += 1

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The last tile of each level that is neither empty nor full."""
        return [
            ((level, self.size >> ((level + 1) * TILE_HEIGHT)), bytes(row))
            for level, row in enumerate(self._rows)
            if row
        ]

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        return root(lambda level, _number: bytes(self._rows[level]), 0, self.size)


class TileFolder:
    """The tiles in a folder, as somebody reads them who knows a checkpoint."""

    def __init__(self, folder: Path) -> None:
        """Read below `folder`, which is what the layout calls `tile`."""
        self.folder = folder
        self._full = lru_cache(maxsize=CACHED)(self._read_full)

    def read(self, level: int, number: int, width: int = TILE_WIDTH) -> bytes:
        """The first `width` hashes of a tile; where its partial tile is gone, the full one has them. TileMissing."""
        if width < TILE_WIDTH:
            try:
                data = (self.folder / tile_path(level, number, width)).read_bytes()
            except FileNotFoundError:
                data = self._full(level, number)[: width * HASH_BYTES]
            if len(data) != width * HASH_BYTES:
                raise TileMissing(f"{tile_path(level, number, width)} has {len(data)} bytes")
            return data
        return self._full(level, number)

    def at(self, size: int) -> Callable[[int, int], bytes]:
        """The tiles of the tree of `size` leaves, for making proofs."""

        def read(level: int, number: int) -> bytes:
            return self.read(level, number, width_at(size, level, number))

        return read

    def edge(self, size: int) -> Edge:
        """The right edge of the tree of `size` leaves. Raises TileMissing where it is not all there."""
        rows: list[bytes] = []
        for level in range(-(-size.bit_length() // TILE_HEIGHT)):
            number, width = divmod(size >> (level * TILE_HEIGHT), TILE_WIDTH)
            rows.append(self.read(level, number, width) if width else b"")
        return Edge(size, rows)

    def whole(self, size: int) -> bool:
        """Whether each full tile below the tree of `size` leaves is there, and is what the tile above it says."""
        tiles = self.at(size)
        try:
            return all(
                subtree(hashes(self._read_full(level, number))) == hash_at(tiles, level + 1, number)
                for level in range(-(-size.bit_length() // TILE_HEIGHT))
                for number in range(size >> ((level + 1) * TILE_HEIGHT))
            )
        except TileMissing:
            return False

    def where(self, tile: Tile, data: bytes) -> Path:
        """The file of a tile that holds these hashes."""
        return self.folder / tile_path(*tile, len(data) // HASH_BYTES)

    def forget_partial(self, tile: Tile) -> None:
        """Remove the partial tiles of one that is full now: whoever asks for one of them gets its part of the full one."""
        whole = self.folder / tile_path(*tile)
        shutil.rmtree(whole.with_name(f"{whole.name}.p"), ignore_errors=True)

    def _read_full(self, level: int, number: int) -> bytes:
        path = tile_path(level, number)
        try:
            data = (self.folder / path).read_bytes()
        except FileNotFoundError:
            raise TileMissing(f"{path} is not there") from None
        if len(data) != TILE_WIDTH * HASH_BYTES:
            raise TileMissing(f"{path} has {len(data)} bytes")
        return data
