"""The tree: proofs made from tiles are those of the RFC, for every size, and every damaged one is refused."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.tiles import Edge, number_path, parse_number_path, parse_tile_path, tile_path, width_at
from eventlog.tree import TILE_WIDTH, TileMissing, Tiles, check_consistency, consistency, inclusion, root
from eventlog.verify import EMPTY_ROOT, check_inclusion, leaf, node

MOST = 130


def leaves_of(size: int) -> list[bytes]:
    """The leaves of a tree of numbers."""
    return [leaf(str(number).encode()) for number in range(size)]


def head(leaves: list[bytes]) -> bytes:
    """The root, as RFC 6962 section 2.1 defines it: word for word, and slow."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(head(leaves[:half]), head(leaves[half:]))


def tiles_of(leaves: list[bytes]) -> Tiles:
    """The tiles of a tree, as an edge that grows leaf by leaf writes them."""
    edge = Edge()
    kept = {tile: data for one in leaves for tile, data in edge.add(one)}
    kept |= dict(edge.partial())
    return lambda level, number: kept[level, number]


TREE = tiles_of(leaves_of(MOST))
HEADS = [head(leaves_of(size)) for size in range(MOST + 1)]
"""The roots of all trees up to the largest one."""


@pytest.mark.parametrize("size", range(MOST + 1))
def test_a_growing_edge_has_the_root_of_the_definition(size: int) -> None:
    """Tile by tile or by the recursion of the RFC: the same root."""
    edge = Edge()
    for one in leaves_of(size):
        edge.add(one)
    assert edge.root() == HEADS[size] == root(TREE, 0, size)


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_leaf_is_proved_and_no_damaged_proof_is_believed(size: int) -> None:
    """Each leaf of each tree has a proof; with one bit, one hash or one number changed it proves nothing."""
    for index, own in enumerate(leaves_of(size)):
        proof = inclusion(TREE, index, size)
        assert check_inclusion(index, size, own, proof, HEADS[size])
        assert not check_inclusion(index, size, sha256(own).digest(), proof, HEADS[size])
        assert not check_inclusion(index, size, own, [*proof, bytes(32)], HEADS[size])
        assert not check_inclusion(index, size, own, proof, HEADS[size - 1])
        for at in range(len(proof)):
            other = bytes([proof[at][0] ^ 1]) + proof[at][1:]
            assert not check_inclusion(index, size, own, [*proof[:at], other, *proof[at + 1 :]], HEADS[size])
            assert not check_inclusion(index, size, own, [*proof[:at], *proof[at + 1 :]], HEADS[size])


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_tree_is_proved_to_be_the_beginning_of_every_later_one(new: int) -> None:
    """Each older tree has a proof; with one hash changed, or one root, it proves nothing."""
    for old in range(new + 1):
        proof = consistency(TREE, old, new)
        assert check_consistency(old, HEADS[old], new, HEADS[new], proof)
        if 0 < old < new:
            assert not check_consistency(old, HEADS[old - 1], new, HEADS[new], proof)
            assert not check_consistency(old, HEADS[old], new, HEADS[old], proof)
        for at in range(len(proof)):
            other = sha256(proof[at]).digest()
            assert not check_consistency(old, HEADS[old], new, HEADS[new], [*proof[:at], other, *proof[at + 1 :]])
            assert not check_consistency(old, HEADS[old], new, HEADS[new], [*proof[:at], *proof[at + 1 :]])


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000])
def test_proofs_cross_the_borders_of_tiles(size: int) -> None:
    """Around full tiles of one and of two levels every kind of proof still holds."""
    leaves = leaves_of(size)
    tiles, top = tiles_of(leaves), head(leaves)
    for index in {0, 1, 255, 256, size // 2, size - 1} & set(range(size)):
        assert check_inclusion(index, size, leaves[index], inclusion(tiles, index, size), top)
    for old in {1, 254, 255, 256, 257, size // 3, size - 1} & set(range(size)):
        assert check_consistency(old, root(tiles, 0, old), size, top, consistency(tiles, old, size))


def test_what_a_tree_has_not_is_not_proved() -> None:
    """A leaf behind the end, and an older tree that is larger, are refused; so is a tile with too few hashes."""
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="has no leaf"):
            inclusion(TREE, index, size)
    with pytest.raises(ValueError, match="is not the beginning"):
        consistency(TREE, 6, 5)
    with pytest.raises(TileMissing):
        inclusion(TREE, 0, MOST + 1)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    """C2SP tlog-tiles, section Partial Tiles: 273 full and one of 112, one full and one of 17, and one of one."""
    assert [width_at(70_000, 0, number) for number in (272, 273, 274)] == [256, 112, 0]
    assert [width_at(70_000, 1, number) for number in (0, 1, 2)] == [256, 17, 0]
    assert [width_at(70_000, 2, number) for number in (0, 1)] == [1, 0]
    assert [width_at(256, level, 0) for level in (0, 1, 2)] == [256, 1, 0]


def test_a_number_is_written_as_the_specification_writes_it() -> None:
    """C2SP tlog-tiles, section Merkle Tree: index 1234067 is x001/x234/067."""
    assert number_path(1_234_067) == "x001/x234/067"
    assert (number_path(0), number_path(999), number_path(1000)) == ("000", "999", "x001/000")
    assert tile_path(0, 273, 112) == "0/273.p/112"


@given(level=st.integers(0, 63), number=st.integers(0, 10**12), width=st.integers(1, TILE_WIDTH))
def test_a_path_names_one_tile_and_a_tile_has_one_path(level: int, number: int, width: int) -> None:
    """Written and read again it is the same tile."""
    path = tile_path(level, number, width)
    assert parse_tile_path(path) == (level, number, width)
    assert parse_number_path(path.partition("/")[2]) == (number, width)


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "0/", "0/1", "0/01", "0/x001", "0/x000/001", "64/000", "00/000", "0/000.p/0", "0/000.p/256"),
        *("0/000.p/01", "0/000.p", "0/../000", "0/000/", "0/x001/x000", "-1/000", "0/0000", "0/000\n"),
    ],
)
def test_any_other_path_is_no_tile(path: str) -> None:
    """Leading zeros, widths that are none, and ways out of the folder are refused."""
    assert parse_tile_path(path) is None
