"""Bad bundles, and bundles of other things than one thought: each says what it is, and none is verified by mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog import verify as checking
from eventlog.bundle import pieces
from eventlog.entry import NOTHING, Append, Draft, Entry, entry_text, leaf, place, positioned
from eventlog.notes import KeyTerm, SigningKey, checkpoint_body, keys_body, note
from eventlog.verify import ED25519, Audit, Bundle, Frontier, Piece, key_of, trusted, verify
from tests.fuzz.targets import BEGAN, LOG, ORIGIN, WITNESS, archived, bases, checkpoints, edited, entries

OTHER = SigningKey("another.test/log", ED25519, b"9" * 32)
CHUNK = "000000000001"
WHOLE, SOME = bases()


def run(tmp_path: Path, members: Mapping[str, bytes] | bytes, *options: str) -> tuple[int, Path]:
    """Verify members (or a file's bytes) as the command line does."""
    path = tmp_path / "some.jieti"
    path.write_bytes(members if isinstance(members, bytes) else archived(members))
    return checking.main([str(path), "--all", *options]), path


def with_piece(name: str, change: Mapping[int, bytes], base: Mapping[str, bytes] = WHOLE) -> dict[str, bytes]:
    """A bundle in which some pieces of one part are others."""
    parts = checking._pieces(name, base[name])
    return {**base, name: pieces([change.get(number, part) for number, part in enumerate(parts)])}


def entries_root() -> bytes:
    """The root over all entries of the small log."""
    return checking.parse_checkpoint(checking.open_note(checkpoints()[6], ())[0]).root


def signed(size: int, root: bytes, key: SigningKey = LOG, origin: str = ORIGIN) -> bytes:
    """A checkpoint as somebody signs it."""
    body = checkpoint_body(origin, size, root)
    return note(body, [key.line(body)]).encode()


@pytest.mark.parametrize("base", bases(), ids=["whole", "some"])
def test_a_true_bundle_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: Mapping[str, bytes]
) -> None:
    """With the keys that were handed over it is verified, and what was not is said as well."""
    code, _ = run(tmp_path, base, "--key", LOG.vkey, "--key", WITNESS.vkey)
    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("VERIFIED\n")
    assert "the witness audit.test saw the first 6" in said
    assert ("this is a part of the log" in said) == ("tree/" + CHUNK in base)


def test_a_bundle_s_own_key_is_said_to_be_no_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a key from elsewhere the first line already says whom one trusts."""
    assert run(tmp_path, WHOLE)[0] == 0
    assert capsys.readouterr().out.startswith("VERIFIED, trusting the key that came with it\n")


def test_python_alone_is_enough(tmp_path: Path) -> None:
    """The file runs as an auditor runs it: alone, isolated, without any package, and without ours."""
    program = tmp_path / "verify.py"
    program.write_bytes(Path(checking.__file__).read_bytes())
    path = tmp_path / "whole.jieti"
    path.write_bytes(archived(WHOLE))
    command = [sys.executable, "-I", "-S", str(program), str(path), "--key", LOG.vkey]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("VERIFIED\n")
    path.write_bytes(archived({**WHOLE, "checkpoints/000000": pieces([signed(6, bytes(32), OTHER)])}))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def flipped() -> bytes:
    """A bundle with one bit turned over on the way, in the middle of an entry."""
    data = bytearray(archived(WHOLE))
    data[data.index(b"thing-happened") + 3] ^= 1
    return bytes(data)


def doubled() -> bytes:
    """A bundle with two parts of one name."""
    file = BytesIO(archived(WHOLE))
    with ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("keys", b"")
    return file.getvalue()


def compressed() -> bytes:
    """A bundle that would unfold to more than it is."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", WHOLE["bundle.json"])
        archive.writestr("entries/" + CHUNK, bytes(10_000_000))
    return file.getvalue()


def overlapping() -> bytes:
    """A bundle whose directory claims that each part is as large as all of them."""
    data = bytearray(archived(WHOLE))
    at = data.index(b"PK\x01\x02")
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 20 : at + 28] = (len(data) - 100).to_bytes(4, "little") * 2
        at += 4
    return bytes(data)


UNREADABLE: dict[str, tuple[Mapping[str, bytes] | bytes, str]] = {
    "truncated": (archived(WHOLE)[:-40], "its end is missing"),
    "empty": (b"", "its end is missing"),
    "something else": (b"%PDF-1.7\n" * 50, "not a bundle"),
    "a bit": (flipped(), "damaged in storing or sending"),
    "compressed": (compressed(), "neither compressed nor encrypted"),
    "overlapping": (overlapping(), "claim to be larger than the file"),
    "two of a name": (doubled(), "two parts have the same name"),
    "another format": ({**WHOLE, "bundle.json": b'{"format": "jieti-bundle/v2"}'}, "jieti-bundle/v1"),
    "no json": ({**WHOLE, "bundle.json": b"[" * 5000}, "bundle.json cannot be read"),
    "no text": (with_piece("entries/" + CHUNK, {2: b"jieti-entry/v1\n"}), "position 3: this is not the text"),
    "a version of many digits": (
        with_piece("entries/" + CHUNK, {2: entries()[2].text.replace(b"version 2", b"version 2" + b"0" * 5000)}),
        "position 3: this is not the text",
    ),
    "lengths": ({**WHOLE, "payloads/" + CHUNK: b"1 2 3\n"}, "0 bytes where 6 were to come"),
    "a part is missing": ({name: WHOLE[name] for name in WHOLE if name != "digests/" + CHUNK}, "digests/"),
    "before the first": ({**WHOLE, "entries/000000000000": WHOLE["entries/" + CHUNK]}, "it names position 0"),
    "very far": ({**WHOLE, "entries/999999999999": WHOLE["entries/" + CHUNK]}, "no log is that long"),
    "bad number": ({**WHOLE, "entries/abc": b""}, "entries/abc is not the name"),
    "no tree": ({**SOME, "tree/" + CHUNK: b"entries 99\nnonsense\n"}, "from position 1|not a line of a tree|places"),
    "a tree out of place": (
        {**SOME, "tree/" + CHUNK: SOME["tree/" + CHUNK].replace(b"\n0 ", b"\n1 ", 1)},
        "cannot stand",
    ),
    "not a note": (with_piece("checkpoints/000000", {1: b"nothing"}), "not a signed note"),
    "keys": (
        {**WHOLE, "keys": note("jieti-keys/v1\norigin x\n", [LOG.line("x")]).encode()},
        "list of keys is not signed",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    """Exit code 2, one sentence, nothing verified."""
    members, why = UNREADABLE[what]
    code, _ = run(tmp_path, members)
    streams = capsys.readouterr()
    assert code == 2, streams.out
    assert "UNREADABLE" in streams.err
    assert any(one in streams.err for one in why.split("|")), streams.err
    assert "VERIFIED" not in streams.out


def lies_of(tmp_path: Path, members: Mapping[str, bytes], *, held: Sequence[bytes] = ()) -> set[tuple[str, str]]:
    """What is found in a bundle, by kind and place."""
    path = tmp_path / "some.jieti"
    path.write_bytes(archived(members))
    bundle = Bundle(str(path))
    audit = Audit(ORIGIN, trusted([key_of(LOG.vkey)], bundle.read("keys")), [("mine", one) for one in held], [])
    return {(lie.kind, lie.place) for lie in verify(bundle, audit, everything=True)}


def test_each_lie_has_its_kind_and_place(tmp_path: Path) -> None:
    """A payload, a text, an order, a missing piece, a rulebook: whatever was changed is found where it stands."""
    texts = [entry.text for entry in entries()]
    assert lies_of(tmp_path, with_piece("payloads/" + CHUNK, {2: b"{}"})) == {("payload", "position 3")}
    other = texts[2].replace(b"thing-happened", b"thing-happenes")
    assert lies_of(tmp_path, with_piece("entries/" + CHUNK, {2: other})) == {
        ("row", "position 3"), ("root", "4 entries"),
    }  # fmt: skip
    swapped = lies_of(tmp_path, with_piece("entries/" + CHUNK, {0: texts[1], 1: texts[0]}))
    assert {("row", "position 1"), ("row", "position 2"), ("root", "4 entries")} <= swapped
    assert lies_of(tmp_path, {**WHOLE, f"rulebooks/{'0' * 64}/cpc-2026.yaml": b"rules"}) == {
        ("rulebooks", f"rulebooks/{'0' * 64}"),
    }  # fmt: skip


def test_a_bundle_of_nothing_is_not_verified(tmp_path: Path) -> None:
    """Where there is nothing to go over, what was kept and what else is in the bundle are compared all the same."""
    nothing = {"bundle.json": json.dumps({"format": checking.FORMAT, "origin": ORIGIN, "entries": 0}).encode()}
    assert lies_of(tmp_path, {**nothing, "keys": WHOLE["keys"]}) == {("checkpoint", "the end")}
    rules = {**nothing, "keys": WHOLE["keys"], f"rulebooks/{'0' * 64}/cpc-2026.yaml": b"rules"}
    assert lies_of(tmp_path, rules) == {("rulebooks", f"rulebooks/{'0' * 64}")}
    false = signed(6, entries_root(), OTHER)
    assert lies_of(tmp_path, {**nothing, "keys": WHOLE["keys"]}, held=[false]) == {("held", "mine")}


def test_a_bundle_without_its_end_is_not_verified(tmp_path: Path) -> None:
    """Entries are cut off at the end: the checkpoint of six entries, and what the bundle promised, tell."""
    short = {**WHOLE}
    for folder in ("entries", "payloads"):
        short[f"{folder}/{CHUNK}"] = pieces(checking._pieces("", WHOLE[f"{folder}/{CHUNK}"])[:5])
    short["digests/" + CHUNK] = WHOLE["digests/" + CHUNK][: 5 * 32]
    assert lies_of(tmp_path, short) == {("root", "6 entries"), ("gap", "the end")}


def test_what_is_not_sealed_is_not_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the last checkpoint two entries are chained and not sealed; without any, nothing is verified."""
    four = {**WHOLE, "checkpoints/000000": pieces([checkpoints()[4]])}
    assert run(tmp_path, four, "--key", LOG.vkey)[0] == 0
    said = capsys.readouterr().out
    assert "the last 2 entries: no checkpoint seals them yet" in said
    assert "the same last 2 entries: no witness saw them" in said
    assert lies_of(tmp_path, {**WHOLE, "checkpoints/000000": pieces([])}) == {("checkpoint", "the end")}


def test_checkpoints_of_others(tmp_path: Path) -> None:
    """One of another log, one with a stranger's key, one with a false signature in the log's name."""
    root = entries_root()
    theirs = signed(6, root, OTHER, OTHER.name)
    stranger = signed(6, root, OTHER)
    body = checkpoint_body(ORIGIN, 6, root)
    forged = note(body, [LOG.line(body + "x")]).encode()
    for false in (theirs, stranger, forged):
        assert ("checkpoint", "6 entries") in lies_of(tmp_path, with_piece("checkpoints/000000", {2: false}))
        assert lies_of(tmp_path, WHOLE, held=[false]) == {("held", "mine")}


def test_a_key_of_another_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever trusts another log's key is told that nothing here is signed with it."""
    assert run(tmp_path, WHOLE, "--key", OTHER.vkey)[0] == 1
    assert "not signed with a key of this log (another.test/log+" in capsys.readouterr().out


def test_a_tree_of_size_zero(tmp_path: Path) -> None:
    """Its one root is the beginning of every log; with another root it is of none."""
    assert lies_of(tmp_path, WHOLE, held=[checkpoints()[0]]) == set()
    assert lies_of(tmp_path, WHOLE, held=[signed(0, bytes(32))]) == {("held", "mine")}
    assert lies_of(tmp_path, with_piece("checkpoints/000000", {0: signed(0, bytes(32))})) == {("root", "0 entries")}


def test_what_is_held_and_falls_into_a_hole(tmp_path: Path) -> None:
    """A part of the log can be compared only where its tree was cut; else it says so, and does not pass."""
    digests = [entry.digest for entry in entries()]
    tree = Frontier()
    tree.extend(digests[:3])
    wide = {**SOME, "tree/" + CHUNK: b"entries 1\n" + SOME["tree/" + CHUNK].split(b"\n", 1)[1]}
    assert lies_of(tmp_path, wide, held=[signed(3, tree.root())]) == set()
    two = [entry for entry in entries() if entry.position > 4 and entry.position % 2]
    first = Frontier()
    first.extend(digests[:4])
    lines = f"2 {first.root().hex()}\nentries 1\n0 {digests[5].hex()}\n"
    part = {
        **SOME,
        "bundle.json": json.dumps({"format": checking.FORMAT, "entries": 1}).encode(),
        "entries/" + CHUNK: pieces([two[0].text]),
        "payloads/" + CHUNK: pieces([two[0].payload]),
        "digests/" + CHUNK: two[0].digest,
        "tree/" + CHUNK: lines.encode(),
    }
    # Version 3 of its stream without 1 and 2: the chain is broken; and a tree of three entries cannot be told.
    assert lies_of(tmp_path, part, held=[signed(3, tree.root())]) == {("chain", "position 5"), ("held", "mine")}


def test_receipts_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A receipt of an entry that is here, that is another one, that is in no part of it, and that is none."""
    receipt = tmp_path / "receipt"
    for position, digest, base, words in (
        (3, entries()[2].digest, WHOLE, "1 receipts name entries"),
        (3, bytes(32), WHOLE, "is not the one that the receipt was given for"),
        (99, bytes(32), WHOLE, "no entry 99 is here; the log ends with 6"),
        (2, entries()[1].digest, SOME, "entry 2 is not here"),
    ):
        receipt.write_text(json.dumps({"position": position, "digest": digest.hex()}))
        code, _ = run(tmp_path, base, "--receipt", str(receipt), "--key", LOG.vkey)
        assert words in capsys.readouterr().out
        assert code == (0 if words.startswith("1 ") else 1)
    receipt.write_text("{}")
    assert run(tmp_path, WHOLE, "--receipt", str(receipt))[0] == 2


def test_keys_have_their_terms(tmp_path: Path) -> None:
    """A key signs only within its term, and one that others may have only what a witness has seen."""

    def with_keys(*terms: KeyTerm) -> dict[str, bytes]:
        body = keys_body(ORIGIN, terms, [WITNESS.vkey])
        return {**WHOLE, "keys": note(body, [LOG.line(body)]).encode()}

    assert lies_of(tmp_path, with_keys(KeyTerm(LOG.vkey, 0, 4), KeyTerm(OTHER.vkey, 5))) == {
        ("checkpoint", "6 entries")
    }
    leaked = with_keys(KeyTerm(LOG.vkey, 0, None, leaked=True))
    assert lies_of(tmp_path, leaked) == set()
    empty = {**WHOLE, "checkpoints/000000": pieces([checkpoints()[0], signed(6, entries_root())])}
    asked = trusted([key_of(LOG.vkey), key_of(WITNESS.vkey)], WHOLE["keys"])
    path = tmp_path / "empty.jieti"
    path.write_bytes(archived(empty))
    lies = list(verify(Bundle(str(path)), Audit(ORIGIN, asked, [], []), everything=True))
    assert [lie.kind for lie in lies] == ["witness"]  # a witness who saw the empty log saw nothing
    alone = signed(6, entries_root())
    assert lies_of(tmp_path, {**leaked, "checkpoints/000000": pieces([alone])}) == {("checkpoint", "6 entries")}


@given(st.binary(max_size=60))
def test_no_edit_of_a_true_bundle_is_believed(data: bytes) -> None:
    """Whatever is cut, put in or changed in a part, it is told, or what is verified is what was signed."""
    edited(data)


def long_log(size: int, every: timedelta = timedelta()) -> list[Entry]:
    """A log of many entries in few streams, recorded at one moment or one after another."""
    heads: dict[int, tuple[int, bytes]] = {}
    found = []
    for number in range(size):
        version, head = heads.get(number % 97, (0, NOTHING))
        at = BEGAN + number * every
        asked = Append(UUID(int=number % 97), version, head, f"k:{number}", bytes(32), at, [Draft("t", b"{}")])
        found += positioned(place(asked), number + 1)
        heads[number % 97] = (version + 1, found[-1].digest)
    return found


def packed(log: Sequence[Entry]) -> dict[str, bytes]:
    """A bundle of a whole log, still without checkpoints."""
    members = {"bundle.json": json.dumps({"format": checking.FORMAT, "origin": ORIGIN, "entries": len(log)}).encode()}
    for first in range(0, len(log), 4096):
        some = log[first : first + 4096]
        members[f"entries/{first + 1:012}"] = pieces([entry.text for entry in some])
        members[f"payloads/{first + 1:012}"] = pieces([entry.payload for entry in some])
        members[f"digests/{first + 1:012}"] = b"".join(entry.digest for entry in some)
    return members


@pytest.mark.parametrize(("late", "lies"), [(97, set()), (85, set()), (83, {("time", "position 97")})])
def test_a_witness_may_be_carried_to_once_a_day(tmp_path: Path, late: int, lies: set[tuple[str, str]]) -> None:
    """What it cosigns half a day late was made after it last looked: nothing since then is early, all before it is."""
    log = long_log(96, timedelta(hours=1))
    log += [replace(long_log(1, timedelta())[0], position=97, stream_id=UUID(int=4711), recorded_at=at_hour(late))]
    log[-1] = replace(log[-1], digest=leaf(entry_text(log[-1])))
    tree, notes = Frontier(), []
    for day in range(4):
        tree.extend([entry.digest for entry in log[day * 24 : day * 24 + 24]])
        body = checkpoint_body(ORIGIN, tree.size, tree.root())
        seen = int(at_hour(tree.size + 12).timestamp())
        notes.append(note(body, [LOG.line(body), WITNESS.line(body, seen)]).encode())
    members = {**packed(log), "checkpoints/000000": pieces(notes), "keys": WHOLE["keys"]}
    assert lies_of(tmp_path, members) == lies


def at_hour(hours: int) -> datetime:
    """So many hours after the log began."""
    return BEGAN + timedelta(hours=hours)


def test_a_gap_of_any_length_is_one_lie(tmp_path: Path) -> None:
    """Nobody has to wait until hundreds of millions of missing entries were gone over one by one."""
    far = {f"{kind}/000900000001": WHOLE[f"{kind}/{CHUNK}"] for kind in ("entries", "payloads", "digests")}
    lies = lies_of(tmp_path, {**WHOLE, **far})
    assert ("gap", "position 7–900000000") in lies
    assert {kind for kind, _ in lies} == {"gap", "chain"}  # the same entries a second time, and more than promised


class Falling:
    """A log whose second part cannot be read: its reader says so, or is killed."""

    parts = 2

    def __init__(self, *, silent: bool) -> None:
        """Say it, or die without a word."""
        self.silent = silent

    def each(self, parts: Sequence[int], take: Callable[[list[Piece]], None]) -> None:
        """Fall in the second part."""
        for part in parts:
            if part and self.silent:
                os._exit(9)
            if part:
                raise checking.Unreadable("its second part is on fire")
            take([])


@pytest.mark.parametrize(("silent", "words"), [(False, "on fire"), (True, "ended before it was done")])
def test_a_process_that_falls_is_heard(silent: bool, words: str) -> None:
    """What another process could not read is told here, and one that dies is no silence that passes for truth."""
    audit = Audit(ORIGIN, trusted([key_of(LOG.vkey)], b""), [], [])
    with pytest.raises(checking.Unreadable, match=words):
        list(verify(Falling(silent=silent), audit, jobs=2))


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    """Parts that are checked apart are joined: chains, roots and lies across their border are the same."""
    log = long_log(checking.REGION + 300)
    members = packed(log)
    tree, notes = Frontier(), {}
    for size in (checking.REGION - 1, checking.REGION, checking.REGION + 1, len(log)):
        tree.extend([entry.digest for entry in log[tree.size : size]])
        notes[size] = signed(size, tree.root())
    members["checkpoints/000000"] = pieces([notes[checking.REGION - 1], notes[checking.REGION]])
    members["checkpoints/000001"] = pieces([notes[checking.REGION + 1], notes[len(log)]])
    broken = {**members, f"entries/{checking.REGION + 1:012}": pieces([entry.text for entry in [log[0], *log[-299:]]])}
    for case, wrong in ((members, False), (broken, True)):
        path = tmp_path / f"{wrong}.jieti"
        path.write_bytes(archived(case))
        found = []
        for jobs in (1, 2):
            audit = Audit(ORIGIN, trusted([key_of(LOG.vkey)], b""), [], [])
            found.append((list(verify(Bundle(str(path)), audit, jobs=jobs, everything=True)), audit.tree.root()))
        assert found[0] == found[1]
        assert bool(found[0][0]) == wrong
        assert found[0][1] == tree.root() or wrong


def test_times_are_told_as_they_are() -> None:
    """A time of a witness far beyond the calendar is a time, and no crash."""
    assert checking._moment(-5) == "1970-01-01T00:00:00.000000Z"
    assert checking._moment(1 << 62) > (BEGAN + timedelta(days=365_000)).isoformat()
