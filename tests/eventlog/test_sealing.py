"""Sealing: what is signed is recomputed and only ever extended, whatever happens to rows, files, keys and the process."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eventlog import durable
from eventlog.entry import Entry, leaf
from eventlog.keyring import Keyring, add_key, retire_key
from eventlog.memory import MemoryLog
from eventlog.notes import BadKey, SigningKey
from eventlog.published import NotSealed, Published
from eventlog.sealing import Promise, Refused
from eventlog.tiles import TileFolder
from eventlog.tree import TileMissing, check_consistency, consistency, inclusion
from eventlog.verify import COSIGNATURE, ED25519, Frontier, check_inclusion, key_of, open_note
from tests.eventlog.sealed_log import ORIGIN, SealedLog, key

ROOT = Path(__file__).parents[2]


@pytest.fixture
def held(tmp_path: Path) -> SealedLog:
    """An empty log with an empty folder."""
    return SealedLog(tmp_path)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
async def test_what_is_sealed_is_the_tree_over_the_log(held: SealedLog, size: int) -> None:
    """The checkpoint has the root that an auditor computes, and every entry is proved from the tiles."""
    await held.sealed(size)
    entries = await held.log.after(0, limit=1000)
    frontier = Frontier()
    for entry in entries:
        frontier.add(entry.digest)
    assert held.published() == held.published(f"checkpoints/{size}") == (ORIGIN, size, frontier.root())
    published = Published(held.folder)
    for entry in entries:
        proof = published.inclusion(entry.position, size)
        assert check_inclusion(entry.position - 1, size, leaf(entry.text), proof, frontier.root())


async def test_every_checkpoint_is_the_beginning_of_the_next(held: SealedLog) -> None:
    """Sealed again and again, from one process and from new ones, each checkpoint is proved to continue the last."""
    sizes = [3, 90, 255, 256, 300, 513]
    for size in sizes:
        await held.sealed(size)
    tiles = TileFolder(held.folder / "tile").at(sizes[-1])
    heads = [held.published(f"checkpoints/{size}") for size in sizes]
    for old in heads:
        for new in heads:
            if old.size <= new.size:
                proof = consistency(tiles, old.size, new.size)
                assert check_consistency(old.size, old.root, new.size, new.root, proof)


async def test_partial_tiles_give_way_to_full_ones(held: SealedLog) -> None:
    """What the layout asks for is there: full tiles without partial ones beside them; older widths are cut from them."""
    for size in (250, 256, 260):
        await held.sealed(size)
    files = sorted(str(path.relative_to(held.folder)) for path in (held.folder / "tile").rglob("*") if path.is_file())
    assert files == ["tile/0/000", "tile/0/001.p/4", "tile/1/000.p/1"]
    whole = (held.folder / "tile/0/000").read_bytes()
    assert Published(held.folder).tile(0, 0, 250) == whole[: 250 * 32]


async def test_every_size_there_was_has_its_proofs(held: SealedLog) -> None:
    """Sizes between two checkpoints too: whoever asks for the log as it was then gets what an auditor can check."""
    await held.sealed(300)
    frontier, roots = Frontier(), [Frontier().root()]
    entries = await held.log.after(0, limit=300)
    for entry in entries:
        frontier.add(entry.digest)
        roots.append(frontier.root())
    published = Published(held.folder)
    for size in (1, 2, 255, 256, 257, 290, 299):
        proof = published.inclusion(size, size)
        assert check_inclusion(size - 1, size, entries[size - 1].digest, proof, roots[size])
        for new in (size, 291, 300):
            if size <= new:
                assert check_consistency(size, roots[size], new, roots[new], published.consistency(size, new))
    assert published.tile(0, 1, 30) == b"".join(entry.digest for entry in entries[256:286])


async def test_a_damaged_tile_makes_no_proof_and_is_made_again(held: SealedLog) -> None:
    """Whatever byte of the tiles is changed, no proof that is wrong is given away; the next start makes them right."""
    await held.sealed(600)
    published = Published(held.folder)
    proof = published.inclusion(3, 600)
    for name in ("0/000", "0/001", "0/002.p/88", "1/000.p/2"):
        file = held.folder / "tile" / name
        right = file.read_bytes()
        file.write_bytes(bytes([right[0] ^ 1]) + right[1:])
        with pytest.raises(TileMissing, match="again"):
            assert [Published(held.folder).inclusion(asked, 600) for asked in (3, 300, 513)]
        with pytest.raises(TileMissing, match="again"):
            assert [Published(held.folder).consistency(size, 600) for size in (1, 257, 513)]
        said: list[str] = []
        await (await held.sealer()).begin(said.append)
        assert file.read_bytes() == right
        assert said == []  # the start before this one has made them again
    first = held.folder / "tile/0/000"
    right = first.read_bytes()
    first.write_bytes(bytes(8192))
    published = Published(held.folder)
    with pytest.raises(TileMissing):
        published.receipt(3)
    first.write_bytes(right)
    assert published.inclusion(3, 600) == proof, "what was read of a damaged tile is forgotten"


async def test_a_published_checkpoint_that_is_damaged_is_no_checkpoint(held: SealedLog) -> None:
    """Who asks is told what is wrong and what puts it right; the next start publishes it again."""
    await held.sealed(3)
    right = (held.folder / "checkpoint").read_bytes()
    (held.folder / "checkpoint").write_bytes(b"garbage")
    with pytest.raises(NotSealed, match="is damaged"):
        Published(held.folder).receipt(1)
    await held.sealer()
    assert (held.folder / "checkpoint").read_bytes() == right


def edited(changes: dict[str, Any]) -> Callable[[MemoryLog], None]:
    """Change the fifteenth row behind the log's back."""

    def attack(log: MemoryLog) -> None:
        log._entries[14] = replace(log._entries[14], **changes)

    return attack


def rehashed(entry: Entry) -> Entry:
    """The row with a digest that fits it."""
    return replace(entry, digest=leaf(entry.text))


def _relinked(log: MemoryLog) -> None:
    log._entries[14] = rehashed(replace(log._entries[14], previous=bytes(32)))


def _rewound(log: MemoryLog) -> None:
    log._entries[9] = rehashed(replace(log._entries[9], payload=b"another history"))


def _version(log: MemoryLog) -> None:
    log._entries[14] = rehashed(replace(log._entries[14], version=9))


def _taken_out(log: MemoryLog) -> None:
    del log._entries[14]


def _cut(log: MemoryLog) -> None:
    del log._entries[5:]


ATTACKS: dict[str, tuple[str, int, Callable[[MemoryLog], None]]] = {
    "a payload": ("digest", 15, edited({"payload": b"forged"})),
    "a digest": ("digest", 15, edited({"digest": bytes(32)})),
    "a topic": ("digest", 15, edited({"topic": "other-thing"})),
    "a version with a digest that fits": ("chain", 15, _version),
    "a link with a digest that fits": ("chain", 15, _relinked),
    "a row taken out": ("gap", 15, _taken_out),
    "a row moved": ("gap", 15, edited({"position": 16})),
    "the end of what was sealed": ("shrunk", 6, _cut),
    "the last that was sealed": ("changed", 10, _rewound),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
async def test_what_is_no_extension_is_refused(held: SealedLog, attack: str, restarted: bool) -> None:
    """Ten entries are sealed and ten more written; then somebody alters rows: nothing is signed, and it is said what is wrong."""
    kind, position, alter = ATTACKS[attack]
    sealer = await held.sealed(10)
    await held.grow(20)
    before = (held.state.read_bytes(), (held.folder / "checkpoint").read_bytes())
    alter(held.log)
    if restarted:
        sealer = await held.sealer()

    async def look_and_seal() -> None:
        await sealer.look()
        await sealer.seal()

    with pytest.raises(Refused) as refused:
        await look_and_seal()
    assert (refused.value.kind, refused.value.position) == (kind, position)
    assert (held.state.read_bytes(), (held.folder / "checkpoint").read_bytes()) == before


async def test_another_log_or_a_damaged_state_is_refused(held: SealedLog) -> None:
    """A state of another log, or one that cannot be read, is not begun with."""
    await held.sealed(3)
    kept = held.state.read_text()
    held.state.write_text(kept.replace(ORIGIN, "other.example", 1))
    with pytest.raises(Refused, match="origin"):
        await held.sealer()
    for damaged in ("", "{}", kept[:-20], "[]"):
        held.state.write_text(damaged)
        with pytest.raises(Refused, match="put back a copy"):
            await held.sealer()


async def test_a_lost_state_is_found_again_in_what_was_published(held: SealedLog) -> None:
    """Without its state the signer goes on from the checkpoint that bears its signature, and does not forget it."""
    await held.sealed(10)
    held.state.unlink()
    await held.grow(20)
    _rewound(held.log)
    with pytest.raises(Refused, match="changed at position 10"):
        await (await held.sealer()).look()


async def test_lost_tiles_are_made_again_and_must_give_the_root_that_was_signed(held: SealedLog) -> None:
    """The published folder may be lost: it is made from the log, unless the log is not what was signed."""
    await held.sealed(300)
    promised = held.published()
    shutil.rmtree(held.folder)
    sealer = await held.sealer()
    assert held.published() == promised
    assert inclusion(TileFolder(held.folder / "tile").at(300), 299, 300)
    assert await sealer.look() == 0
    shutil.rmtree(held.folder)
    log = held.log
    log._entries[0] = rehashed(replace(log._entries[0], payload=b"forged"))
    log._entries[7] = rehashed(replace(log._entries[7], previous=log._entries[0].digest))  # and so on: chained anew
    for at in range(14, 300, 7):
        log._entries[at] = rehashed(replace(log._entries[at], previous=log._entries[at - 7].digest))
    with pytest.raises(Refused, match="rebuilt at position 300"):
        await held.sealer()


def steps() -> list[tuple[int, str]]:
    """Each renaming of a file: what is published again at the start, one full tile and two partial, state, keys, checkpoints."""
    return [(number, when) for number in range(1, 11) for when in ("before", "after")]


@pytest.mark.parametrize(("step", "when"), steps())
async def test_killed_at_any_step_it_goes_on_where_it_was(held: SealedLog, step: int, when: str) -> None:
    """A process that dies while it seals leaves nothing that is not proved to be continued by what is signed later."""
    command = [sys.executable, "-m", "tests.eventlog.sealed_log", str(held.home), str(step), when]
    code = (await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)).returncode
    assert code == 9
    before = held.published()
    promised = Promise.read(held.state)
    assert promised is not None
    assert promised.size >= before.size
    await held.grow(400)
    sealer = await held.sealer()
    assert held.published() == (ORIGIN, promised.size, promised.root)
    await sealer.look()
    await sealer.seal()
    tiles = TileFolder(held.folder / "tile").at(400)
    for old in (before, promised):
        proof = consistency(tiles, old.size, 400)
        assert check_consistency(old.size, old.root, 400, held.published().root, proof)


async def test_a_new_key_signs_beside_the_old_one_until_that_is_retired(held: SealedLog) -> None:
    """For an overlap every checkpoint has both lines; the list of keys says since and until which size each has signed."""
    await held.sealed(5)
    held.keys = Keyring((key(1), key(2)))
    sealer = await held.sealer()
    assert sealer.keys_changed
    await held.sealed(8)
    both = [key_of(key(1).vkey), key_of(key(2).vkey)]
    assert [one.key for one in open_note((held.folder / "checkpoint").read_bytes(), both)[1]] == both
    assert [one.key for one in open_note((held.folder / "keys").read_bytes(), both)[1]] == both
    held.keys = Keyring((key(2),), frozenset({key(1).vkey}))
    await held.sealed(9)
    body, signers = open_note((held.folder / "keys").read_bytes(), both)
    assert body.splitlines()[2:] == [f"log {key(1).vkey} since 5 until 8 leaked", f"log {key(2).vkey} since 8 until -"]
    assert [one.key for one in signers] == both[1:]
    assert not (await held.sealer()).keys_changed


async def test_a_lost_state_forgets_no_key(held: SealedLog) -> None:
    """The list of keys that was published says which key leaked: it is taken up again, and nothing is signed for it anew."""
    await held.sealed(5)
    held.keys = Keyring((key(1), key(2)))
    await held.sealed(8)
    held.keys = Keyring((key(2),), frozenset({key(1).vkey}))
    await held.sealed(9)
    listed = (held.folder / "keys").read_bytes()
    held.state.unlink()
    sealer = await held.sealer()
    assert not sealer.keys_changed
    await sealer.seal()
    assert (held.folder / "keys").read_bytes() == listed
    held.state.unlink()
    (held.folder / "keys").unlink()
    assert (await held.sealer()).promise.size == 9


async def test_a_key_that_leaked_before_it_signed_is_nothing_new_for_ever(held: SealedLog) -> None:
    """A key that was retired before any checkpoint bore it stands in no list, and does not have the log sealed again and again."""
    held.keys = Keyring((key(1),), frozenset({key(2).vkey}))
    assert not (await held.sealed(5)).keys_changed


async def test_another_key_under_the_same_tree_keeps_what_witnesses_have_signed(held: SealedLog) -> None:
    """A cosignature is of the text alone: it stays when the same text is signed with another key, and ends with the text."""
    sealer = await held.sealed(5)
    line = SigningKey("witness.example", COSIGNATURE, bytes(32)).line(
        sealer.promise.note.partition("\n\n")[0] + "\n", 1
    )
    sealer.publish(sealer.promise.note + line)
    held.keys = Keyring((key(1), key(2)))
    sealer = await held.sealed(5)
    assert (held.folder / "checkpoint").read_text() == sealer.promise.note + line
    sealer = await held.sealed(6)
    assert (held.folder / "checkpoint").read_text() == sealer.promise.note


def test_a_file_of_keys_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Keys are added and retired by id; the last one stays; a damaged line is named by its number."""
    path = tmp_path / "deep" / "key"
    first, second = add_key(path, ORIGIN, ED25519), add_key(path, ORIGIN, ED25519)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert Keyring.read(path).keys == (first, second)
    with pytest.raises(BadKey, match="has no key 00000000"):
        retire_key(path, "00000000", leaked=False)
    assert retire_key(path, first.key_id.hex(), leaked=True) == first
    assert Keyring.read(path) == Keyring((second,), frozenset({first.vkey}))
    with pytest.raises(BadKey, match="the only key"):
        retire_key(path, second.vkey, leaked=False)
    path.write_text("# a remark\n\nPRIVATE+KEY+x\n")
    with pytest.raises(BadKey, match="line 3"):
        Keyring.read(path)


def test_two_signers_do_not_work_with_one_state(tmp_path: Path) -> None:
    """The second is told; when the first has ended the place is free."""
    with durable.alone(tmp_path / "state"), pytest.raises(durable.InUse), durable.alone(tmp_path / "state"):
        pass
    with durable.alone(tmp_path / "state"):
        pass


async def test_what_is_not_sealed_has_no_proof(held: SealedLog) -> None:
    """Asked for too early, it is said how far the log is sealed; a tile that is missing is not made up."""
    published = Published(held.folder)
    with pytest.raises(NotSealed, match="no signer"):
        published.receipt(1)
    await held.sealed(300)
    with pytest.raises(NotSealed) as early:
        published.receipt(301)
    assert early.value.size == 300
    assert published.tile(0, 1, 45) is None
    assert published.tile(2, 0, 1) is None
    assert published.status() is None
    (held.folder / "tile/0/000").write_bytes(b"short")
    with pytest.raises(TileMissing):
        Published(held.folder).receipt(1)
    (held.folder / "tile/0/000").unlink()
    with pytest.raises(TileMissing):
        Published(held.folder).receipt(1)


async def test_tiles_that_are_not_those_that_were_signed_are_made_again(held: SealedLog) -> None:
    """Whoever has changed a tile: at the next start the tree is made from the log, and said to be."""
    sealer = await held.sealed(20)
    right = (held.folder / "tile/0/000.p/20").read_bytes()
    (held.folder / "tile/0/000.p/20").write_bytes(bytes(20 * 32))
    said: list[str] = []
    await sealer.begin(said.append)
    assert [line for line in said if "made again" in line]
    assert (held.folder / "tile/0/000.p/20").read_bytes() == right
