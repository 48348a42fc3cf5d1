"""What the fuzzer tries: bytes of anybody, given to each parser that an auditor's program has.

A target returns when the bytes were read, or refused as the parser promises; anything else that is raised is a defect.
So is a forged thing that is believed: what is verified must be what was signed.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile

from eventlog.bundle import pieces
from eventlog.entry import NOTHING, Append, Draft, Entry, place, positioned
from eventlog.notes import KeyTerm, SigningKey, checkpoint_body, keys_body, note, receipt
from eventlog.tree import check_consistency
from eventlog.verify import (
    COSIGNATURE,
    ED25519,
    FORMAT,
    Audit,
    Bundle,
    Forged,
    Frontier,
    Unreadable,
    _pieces,
    check_inclusion,
    check_rows,
    columns_of,
    key_of,
    keys_of,
    node,
    open_note,
    parse_checkpoint,
    receipt_of,
    trusted,
    verify,
)

ORIGIN = "jieti.test/log"
LOG, WITNESS = SigningKey(ORIGIN, ED25519, b"1" * 32), SigningKey("audit.test", COSIGNATURE, b"2" * 32)
KEYS = (key_of(LOG.vkey), key_of(WITNESS.vkey))
CHUNK = "000000000001"
BEGAN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SCRATCH = Path(gettempdir()) / f"jieti-fuzz-{os.getpid()}.jieti"


class Believed(AssertionError):
    """Something was taken for true that was never signed."""


@cache
def entries() -> Sequence[Entry]:
    """Six entries in two streams, in turns."""
    placed: list[Entry] = []
    for number in range(6):
        stream = UUID(int=1 + number % 2)
        mine = [entry for entry in placed if entry.stream_id == stream]
        head = mine[-1].digest if mine else NOTHING
        draft = Draft("thing-happened", f'{{"said":"fact {number}\n"}}'.encode())
        asked = Append(stream, len(mine), head, f"k:{number}", bytes(32), BEGAN + timedelta(seconds=number), [draft])
        placed += positioned(place(asked), number + 1)
    return placed


@cache
def checkpoints() -> Mapping[int, bytes]:
    """The log as it was signed with no entry, with four and with all six, with a witness's word."""
    tree, found = Frontier(), {}
    for size in range(7):
        if size:
            tree.add(entries()[size - 1].digest)
        if size in {0, 4, 6}:
            body = checkpoint_body(ORIGIN, size, tree.root())
            found[size] = note(body, [LOG.line(body), WITNESS.line(body, int(BEGAN.timestamp()) + 60)]).encode()
    return found


def _members(some: Sequence[Entry], more: Mapping[str, bytes]) -> dict[str, bytes]:
    listed = keys_body(ORIGIN, [KeyTerm(LOG.vkey, 0)], [WITNESS.vkey])
    covered = {"format": FORMAT, "origin": ORIGIN, "entries": len(some)}
    return {
        "bundle.json": json.dumps(covered).encode(),
        f"entries/{CHUNK}": pieces([entry.text for entry in some]),
        f"payloads/{CHUNK}": pieces([entry.payload for entry in some]),
        f"digests/{CHUNK}": b"".join(entry.digest for entry in some),
        "checkpoints/000000": pieces(list(checkpoints().values())),
        "keys": note(listed, [LOG.line(listed)]).encode(),
        **more,
    }


@cache
def bases() -> Sequence[Mapping[str, bytes]]:
    """True bundles: of the whole log, and of one stream with the tree around it."""
    digests = [entry.digest for entry in entries()]
    tree = ["entries 1" if position % 2 else f"0 {digests[position - 1].hex()}" for position in range(1, 7)]
    first = [entry for entry in entries() if entry.position % 2]
    return _members(entries(), {}), _members(first, {f"tree/{CHUNK}": "\n".join(tree).encode() + b"\n"})


def archived(members: Mapping[str, bytes]) -> bytes:
    """Put members into a ZIP."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def _check(data: bytes) -> None:
    """Verify a bundle with keys that were brought; what is believed must be what was signed."""
    SCRATCH.write_bytes(data)
    try:
        bundle = Bundle(str(SCRATCH))
        listed = bundle.read("keys") if bundle.has("keys") else b""
        audit = Audit(ORIGIN, trusted(KEYS, listed), [], [])
        lies = list(verify(bundle, audit, everything=True))
        if not lies:
            _must_be_true(bundle, audit)
    except (Unreadable, Forged):
        return
    finally:
        SCRATCH.unlink()


def _must_be_true(bundle: Bundle, audit: Audit) -> None:
    true = {entry.text: entry.payload for entry in entries()}
    for name in bundle.names("entries"):
        texts = _pieces(name, bundle.read(name))
        payloads = _pieces(name, bundle.read(name.replace("entries", "payloads", 1)))
        for text, payload in list(zip(texts, payloads, strict=True))[: audit.sealed]:
            if true.get(text) != payload:
                raise Believed(f"an entry that was never signed: {text!r}")


def replaced(kind: int, name: str, data: bytes) -> None:
    """A true bundle in which one part is something else."""
    _check(archived({**bases()[kind], name: data}))


def edited(data: bytes) -> None:
    """A true bundle, edited: the first byte says which, then come edits of a part, a place, how much goes, what comes."""
    if not data:
        return
    members = dict(bases()[data[0] % len(bases())])
    names, at = list(members), 1
    while at + 5 <= len(data):
        name, place = names[data[at] % len(names)], int.from_bytes(data[at + 1 : at + 3], "big")
        gone, come = data[at + 3], data[at + 5 : at + 5 + data[at + 4]]
        old = members[name]
        place %= len(old) + 1
        members[name] = old[:place] + come + old[place + gone :]
        at += 5 + data[at + 4]
    _check(archived(members))


def archive(data: bytes) -> None:
    """A file that says it is a bundle."""
    _check(data)


def text(data: bytes) -> None:
    """The text of an entry: read, it can be written again from what was read."""
    try:
        some = columns_of(1, [data], [b"{}"], [bytes(32)])
    except Unreadable:
        return
    for piece in (
        some.streams[0],
        b"%d" % some.versions[0],
        some.recorded[0],
        some.previous[0].hex().encode(),
        some.payload_digests[0],
    ):
        if piece not in data:
            raise Believed("a column that does not stand in the text")
    if not any(kind == "row" for kind, _, _ in check_rows(some).wrong):
        raise Believed("a digest of zeros")


def signed(data: bytes) -> None:
    """A note, a checkpoint, a list of keys, a key."""
    bodies = {open_note(one, ())[0] for one in (*checkpoints().values(), bases()[0]["keys"])}
    with suppress(Unreadable, Forged):
        body, signatures = open_note(data, KEYS)
        if signatures and body not in bodies:
            raise Believed(f"a note that was never signed: {body!r}")
        parse_checkpoint(body)
    with suppress(Unreadable, Forged):
        keys_of(data)
    with suppress(Unreadable):
        key_of(data.decode("utf-8", "replace"))


def proof(data: bytes) -> None:
    """A receipt, and proofs cut from its bytes: none leads from a false leaf to the root, nor joins two histories."""
    last = parse_checkpoint(open_note(checkpoints()[6], ())[0])
    digests = [entry.digest for entry in entries()]
    with suppress(Unreadable):
        found = receipt_of("receipt", data)
        index = found.position - 1
        for place, digest in enumerate(digests):
            if check_inclusion(index, last.size, digest, found.proof, last.root) and place != index:
                raise Believed("a leaf in another place")
    steps = [data[at + 2 : at + 34] for at in range(0, len(data) - 33, 32)]
    if len(data) > 1 and check_consistency(data[0], bytes(32), data[1], last.root, steps):
        raise Believed("a history that begins with zeros")


PARTS = {
    "about": (0, "bundle.json"),
    "entries": (0, f"entries/{CHUNK}"),
    "payloads": (0, f"payloads/{CHUNK}"),
    "digests": (0, f"digests/{CHUNK}"),
    "checkpoints": (0, "checkpoints/000000"),
    "keys": (0, "keys"),
    "tree": (1, f"tree/{CHUNK}"),
}
"""The parts of a bundle that the fuzzer writes anew, each by itself: in which true bundle, and which part."""

TARGETS: Mapping[str, Callable[[bytes], None]] = {
    **{name: partial(replaced, kind, part) for name, (kind, part) in PARTS.items()},
    "edited": edited,
    "archive": archive,
    "text": text,
    "signed": signed,
    "proof": proof,
}


def seeds() -> Mapping[str, Sequence[bytes]]:
    """Where the fuzzer begins: a true example of everything."""
    digests = [entry.digest for entry in entries()]
    right = node(node(digests[0], digests[1]), node(digests[2], digests[3]))
    true = receipt(4, [digests[5], right], checkpoints()[6].decode(), entries()[4].text)
    answer = json.dumps({"position": 5, "digest": digests[4].hex()}).encode()
    return {
        **{name: [bases()[kind][part]] for name, (kind, part) in PARTS.items()},
        "edited": [
            bytes([kind, number, 0, 9, 1, 1, 55]) for kind, base in enumerate(bases()) for number in range(len(base))
        ],
        "archive": [archived(base) for base in bases()],
        "text": [entry.text for entry in entries()[:2]],
        "signed": [*checkpoints().values(), bases()[0]["keys"], LOG.vkey.encode()],
        "proof": [true.encode(), answer],
    }
