"""Makes the proofs of an RFC 6962 tree from stored hashes, and checks that one tree is the beginning of another.

The hashes are asked for as the tiles of C2SP tlog-tiles: of each height that is a multiple of eight, 256 in a row. A
proof for an older size is made from the tiles of the present one, which hold it.
"""

from collections.abc import Callable, Sequence

from eventlog.verify import EMPTY_ROOT, node, root_of, subtree

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


class TileMissing(Exception):
    """A tile is not there, or holds fewer hashes than the tree of the size that was asked for."""


Tiles = Callable[[int, int], bytes]
"""The hashes of a tile, by its level and its number in the level: as many as are there, one behind the other."""


def inclusion(tiles: Tiles, index: int, size: int) -> list[bytes]:
    """The path from leaf `index` to the root of the tree of `size` leaves, the leaf's neighbour first.

    RFC 6962 section 2.1.1. Raises ValueError for a leaf that the tree has not.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            path.append(root(tiles, middle, end))
            end = middle
        else:
            path.append(root(tiles, begin, middle))
            begin = middle
    return path[::-1]


def consistency(tiles: Tiles, old: int, new: int) -> list[bytes]:
    """What proves that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    RFC 6962 section 2.1.2; empty where the two are the same, or the old one has no leaves. Raises ValueError where the
    old tree is the larger one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {new}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _half(end - begin)
        if old <= middle:
            proof.append(root(tiles, middle, end))
            end = middle
        else:
            proof.append(root(tiles, begin, middle))
            begin, whole = middle, False
    if not whole:
        proof.append(root(tiles, begin, end))
    return proof[::-1]


def root(tiles: Tiles, begin: int, end: int) -> bytes:
    """The root over the leaves from `begin` up to `end`, where `begin` is one at which RFC 6962 would cut."""
    parts: list[bytes] = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        parts.append(_complete(tiles, begin, height))
        begin += 1 << height
    return root_of(parts)


def hash_at(tiles: Tiles, level: int, index: int) -> bytes:
    """A hash of a level of tiles: at level 0 that of a leaf, above it the root of a full tile. Raises TileMissing."""
    return _complete(tiles, index << (level * TILE_HEIGHT), level * TILE_HEIGHT)


def _complete(tiles: Tiles, begin: int, height: int) -> bytes:
    """The root of a complete subtree: from one row of a tile, hashed together."""
    level, above = divmod(height, TILE_HEIGHT)
    number, first = divmod(begin >> (level * TILE_HEIGHT), TILE_WIDTH)
    row = tiles(level, number)[first * HASH_BYTES : (first + (1 << above)) * HASH_BYTES]
    if len(row) != HASH_BYTES << above:
        raise TileMissing(f"tile {number} of level {level} holds too few hashes")
    return subtree(hashes(row))


def hashes(row: bytes) -> list[bytes]:
    """Cut a row into its hashes."""
    return [row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES)]


def _half(leaves: int) -> int:
    """The largest power of two below a number of leaves, which is two or more."""
    return 1 << ((leaves - 1).bit_length() - 1)


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether the proof shows the old tree to be the beginning of the new one (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size in {0, new_size}:  # nothing to prove: every tree begins with the empty one, and with itself
        same = old_root == (EMPTY_ROOT if old_size == 0 else new_root)
        return not proof and same and (new_size > 0 or new_root == EMPTY_ROOT)
    steps = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not steps:
        return False
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node(step, old), node(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
