# Longer than 300 lines: an auditor gets this one file, and reads it in one sitting.
"""Check a log without trusting whoever kept it: this one file, the standard library, and nothing else of the project.

It is laid out in the order in which one reads it. What is written where is docs/log-format.md's to say.

1. Hashing: each entry is a leaf of a tree (RFC 6962), and the root of the tree stands for all of them in their order.
2. Signatures: Ed25519 (RFC 8032), by the package `cryptography` where it is there, for it is faster; else by hand.
3. Notes: checkpoints, cosignatures and lists of keys (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
4. Entries: each one's text, digest and payload, apart from all others; many processes may do it (`check_rows`).
5. Receipts: what somebody was handed for an entry.
6. The log: in the order of positions, each entry behind the one before in its stream, each checkpoint when as many
   entries have gone by as it has; then what was kept elsewhere (`Audit`).
7. The file they come in (`Bundle`), the work of several processes, and the command.
"""

import argparse
import base64
import gc
import json
import multiprocessing
import os
import re
import struct
import sys
import threading
import zipfile
from binascii import unhexlify
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from hashlib import sha256, sha512
from heapq import heappop, heappush
from itertools import accumulate, count, pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, Protocol

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519 as fast
except ImportError:  # an auditor's machine may have Python alone
    FAST = False
else:
    FAST = True


class Unreadable(ValueError):
    """This is not what it should be: nothing can be said about whether it is true."""


class Forged(ValueError):
    """A signature in the name of a key we know was not made with that key over this text."""


class Lie(NamedTuple):
    """Something that is not as it was: what kind of check has found it, where, and what it says."""

    kind: str
    place: str
    words: str


# --- 1. Hashing (RFC 6962, section 2.1) --------------------------------------------------------------------------------


def leaf(text: bytes) -> bytes:
    """Digest an entry's text as a leaf of the tree."""
    return sha256(b"\x00" + text).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Digest two subtrees as the node above them."""
    return sha256(b"\x01" + left + right).digest()


def subtree(digests: Sequence[bytes]) -> bytes:
    """Digest 2^k leaves (or nodes of one level) into their root."""
    while len(digests) > 1:
        pairs = zip(digests[::2], digests[1::2], strict=True)
        digests = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return digests[0]


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Join the roots of full subtrees, the largest first, into the root of the whole tree."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


EMPTY_ROOT = sha256(b"").digest()
ABSENT = list(accumulate(range(62), lambda below, _: node(below, below), initial=bytes(32)))
"""Full subtrees, by their level, of leaves that are not there: they are taken for zeros."""


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, the largest first, one for each bit of `size`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, digest: bytes, level: int = 0) -> None:
        """Add a leaf, or the root of a full subtree of 2^level leaves. Raises Unreadable where such cannot stand."""
        if self.size % (1 << level):
            raise Unreadable(f"a subtree of {1 << level} leaves cannot stand behind leaf {self.size}")
        above = self.size >> level
        self.size += 1 << level
        while above & 1:
            digest = node(self.peaks.pop(), digest)
            above >>= 1
        self.peaks.append(digest)

    def room(self, most: int) -> int:
        """The level of the largest full subtree that can stand next and has at most so many leaves."""
        return min((self.size & -self.size) or most, most).bit_length() - 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, the fast way: level by level instead of leaf by leaf."""
        start = 0
        while start < len(leaves):
            level = self.room(len(leaves) - start)
            self.add(subtree(leaves[start : start + (1 << level)]), level)
            start += 1 << level

    def root(self) -> bytes:
        """The root of all leaves added so far."""
        return root_of(self.peaks)


def check_inclusion(index: int, size: int, digest: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof leads from leaf number `index` (from 0) to the root (RFC 6962, section 2.1.1)."""
    inside, sides = 0 <= index < size, []
    while inside and size > 1:  # a tree of more leaves than half, a power of two, has `half` in its left part
        half = 1 << (size - 1).bit_length() - 1
        sides.append(index >= half)
        index, size = (index - half, size - half) if index >= half else (index, half)
    for right, step in zip(reversed(sides), proof, strict=False):
        digest = node(step, digest) if right else node(digest, step)
    return inside and len(sides) == len(proof) and digest == root


# --- 2. Signatures: Ed25519 (RFC 8032, section 5.1) ----------------------------------------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]
"""x = X/Z, y = Y/Z, and T with x·y = T/Z."""


def _point(encoded: bytes) -> _Point | None:
    number = int.from_bytes(encoded, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if len(encoded) != 32 or y >= _P or x * x % _P != square or (x == 0 and odd):
        return None
    x = x if x & 1 == odd else _P - x
    return (x, y, 1, x * y % _P)


def _plus(a: _Point, b: _Point) -> _Point:
    less, more = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    t, z = 2 * a[3] * b[3] * _D, 2 * a[2] * b[2]
    e, f, g, h = more - less, z - t, z + t, more + less
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(number: int, point: _Point) -> _Point:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _plus(total, point)
        point, number = _plus(point, point), number >> 1
    return total


def ed25519_by_hand(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature is the key's, with integers alone; a few milliseconds."""
    base, key = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")), _point(public)
    first, second = signature[:32], int.from_bytes(signature[32:], "little")
    if base is None or key is None or len(signature) != 64 or second >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % _ORDER
    x, y, z, _ = _plus(_times(second, base), _times(challenge, (_P - key[0], key[1], 1, _P - key[3])))
    scale = pow(z, -1, _P)
    return (y * scale % _P | (x * scale % _P & 1) << 255).to_bytes(32, "little") == first


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature of the message is the key's."""
    if not FAST:
        return ed25519_by_hand(public, message, signature)
    try:
        fast.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- 3. Notes ------------------------------------------------------------------------------------------------------------

ED25519, COSIGNATURE = 0x01, 0x04
"""The kinds of signature that are understood: a log's own, and a witness's with its time. Others are passed over."""

MOST_NOTE_BYTES = 1 << 20
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_TERM = re.compile(r"log (\S+) since ([0-9]{1,19}) until ([0-9]{1,19}|-)( leaked)?")


class Key(NamedTuple):
    """A verifier key: the name it signs under, the four bytes it is told by, its kind, and the public key."""

    name: str
    mark: bytes
    kind: int
    public: bytes


class Signature(NamedTuple):
    """Who has signed, proved; a witness says when (seconds since 1970, in UTC), a log does not."""

    key: Key
    time: int | None


class Checkpoint(NamedTuple):
    """What a log says of itself: whose it is, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Unreadable(f"{text[:40]!r} is not base64") from error


def key_of(line: str) -> Key:
    """Read a verifier key, `name+mark+base64`. Raises Unreadable."""
    found = _KEY.fullmatch(line.strip())
    if not found:
        raise Unreadable(f"{line[:60]!r} is not a verifier key (name+8 hexadecimal digits+base64)")
    name, mark, content = found[1], bytes.fromhex(found[2]), _base64(found[3])
    if sha256(name.encode() + b"\n" + content).digest()[:4] != mark:
        raise Unreadable(f"the verifier key of {name!r} was damaged or is another's: its mark does not fit")
    if content[0] in {ED25519, COSIGNATURE} and len(content) != 33:
        raise Unreadable(f"the verifier key of {name!r} does not have 32 bytes")
    return Key(name, mark, content[0], content[1:])


def _body(note: bytes) -> tuple[str, list[str]]:
    """Part a note into its body and its lines of signatures."""
    if len(note) > MOST_NOTE_BYTES:
        raise Unreadable(f"{len(note)} bytes are too many for a note")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("a note is UTF-8, and this is not") from error
    body, gap, signed = whole.rpartition("\n\n")
    if not gap or not signed.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", whole):
        raise Unreadable("not a signed note: a text, an empty line, and lines of signatures")
    return body + "\n", signed[:-1].split("\n")


def open_note(note: bytes, keys: Iterable[Key]) -> tuple[str, list[Signature]]:
    """Read a signed note: its body, and the signatures of the given keys, checked; others are passed over.

    Raises Unreadable if it is no note, Forged if a signature in a given key's name is not that key's.
    """
    body, lines = _body(note)
    known = {(key.name, key.mark): key for key in keys if key.kind in {ED25519, COSIGNATURE}}
    signatures = []
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        if not found:
            raise Unreadable(f"{line[:60]!r} is not a signature line")
        content = _base64(found[2])
        if key := known.get((found[1], content[:4])):
            time, content, message = None, content[4:], body.encode()
            if key.kind == COSIGNATURE:
                time, content = int.from_bytes(content[:8], "big"), content[8:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            if len(content) != 64 or not ed25519(key.public, message, content):
                raise Forged(f"the signature in the name of {key.name!r} was not made with its key over this text")
            signatures.append(Signature(key, time))
    return body, signatures


def parse_checkpoint(body: str) -> Checkpoint:
    """Read the body of a checkpoint; lines behind the third are extensions and stand for nothing. Raises Unreadable."""
    lines = body.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        raise Unreadable("not a checkpoint: a name, a size and a root in lines of their own")
    root = _base64(lines[2])
    if len(root) != 32:
        raise Unreadable(f"the checkpoint's root has {len(root)} bytes and not 32")
    return Checkpoint(lines[0], int(lines[1]), root)


class Term(NamedTuple):
    """A key of the log, the sizes it may sign, and whether others may have it."""

    key: Key
    since: int = 0
    until: int | None = None
    leaked: bool = False


class Keys(NamedTuple):
    """The keys that count. `ours` tells that the auditor brought the log's, and did not take it from what is checked.

    `asked` are the witnesses whose keys were brought: they must have seen this log.
    """

    terms: tuple[Term, ...]
    witnesses: tuple[Key, ...]
    ours: bool
    asked: tuple[str, ...] = ()

    @property
    def all(self) -> list[Key]:
        """Every key, of the log and of its witnesses."""
        return [term.key for term in self.terms] + list(self.witnesses)


def keys_of(note: bytes) -> Keys:
    """Read a log's own list of keys. Raises Unreadable, or Forged if none of them has signed it."""
    terms, witnesses = [], []
    for line in _body(note)[0].splitlines()[2:]:
        if found := _TERM.fullmatch(line):
            until = None if found[3] == "-" else int(found[3])
            terms.append(Term(key_of(found[1]), int(found[2]), until, bool(found[4])))
        elif line.startswith("witness "):
            witnesses.append(key_of(line[8:]))
        else:
            raise Unreadable(f"{line[:60]!r} is not a line of a list of keys")
    if not open_note(note, [term.key for term in terms])[1]:
        raise Forged("the list of keys is not signed with any of the log's keys in it")
    return Keys(tuple(terms), tuple(witnesses), ours=False)


def trusted(brought: Sequence[Key], listed: bytes) -> Keys:
    """The keys that count: those brought, and those that a list signed with one of them names; else the list's own."""
    own = keys_of(listed) if listed else Keys((), (), ours=False)
    mine = [key for key in brought if key.kind == ED25519]
    asked = [key for key in brought if key.kind == COSIGNATURE]
    terms = own.terms if not mine or (listed and open_note(listed, mine)[1]) else tuple(Term(key) for key in mine)
    return Keys(terms, tuple({*own.witnesses, *asked}), bool(mine), tuple(key.name for key in asked))


# --- 4. Entries ------------------------------------------------------------------------------------------------------------

_ENTRY = re.compile(
    rb"jieti-entry/v1\nstream (.{36})\nversion ([1-9]\d{0,9})\ntopic .+\nrecorded (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    rb"key .+\nrequest .{64}\nprevious (.{64})\npayload (.{64})\n"
)


class Columns(NamedTuple):
    """Entries that follow each other in the log, column by column; `first` is the position of the first.

    It is 0 where they stand behind whatever came before. `digests` are what the log claims, `previous` what each text
    names as the digest before it in its stream. `payload_digests` are hexadecimal, as in the texts, and left out where
    the texts were just made of the payloads.
    """

    first: int
    texts: Sequence[bytes]
    streams: Sequence[bytes]
    versions: Sequence[int]
    recorded: Sequence[bytes]
    previous: Sequence[bytes]
    payload_digests: Sequence[bytes]
    payloads: Sequence[bytes]
    digests: Sequence[bytes]


class Checked(NamedTuple):
    """Entries after `check_rows`: what is needed to put them behind others, and what was wrong with which of them."""

    rows: Columns
    leaves: Sequence[bytes]
    wrong: Sequence[tuple[str, int, str]]


def columns_of(first: int, texts: Sequence[bytes], payloads: Sequence[bytes], digests: Sequence[bytes]) -> Columns:
    """Read the texts of entries. Raises Unreadable for one that is none."""
    if not len(texts) == len(payloads) == len(digests) > 0:
        counts = f"{len(texts)} entries, {len(payloads)} payloads, {len(digests)} digests"
        raise Unreadable(f"from position {first}: {counts}")
    found = list(map(_ENTRY.fullmatch, texts))
    if None in found:
        raise Unreadable(f"position {first + found.index(None)}: this is not the text of an entry")
    streams, versions, recorded, previous, named = zip(*[match.groups() for match in found if match], strict=True)
    if b"".join(previous).translate(None, b"0123456789abcdef"):
        raise Unreadable(f"from position {first}: the digest before one of these entries is not hexadecimal")
    before = list(map(unhexlify, previous))
    return Columns(first, texts, streams, list(map(int, versions)), recorded, before, named, payloads, digests)


def check_rows(some: Columns) -> Checked:
    """Check each entry by itself: that its text has its digest, and that its payload is the one that it names."""
    leaves: Sequence[bytes] = [sha256(b"\x00" + text).digest() for text in some.texts]
    named = [sha256(payload).hexdigest().encode() for payload in some.payloads] if some.payload_digests else []
    wrong = []
    for kind, found, claimed, words in (
        ("row", leaves, some.digests, "what the entry says is not what its digest was made of"),
        ("payload", named, some.payload_digests, "the payload is not the one that the entry names"),
    ):
        if found != list(claimed):
            pairs = enumerate(zip(found, claimed, strict=True))
            wrong += [(kind, index, words) for index, (one, other) in pairs if one != other]
    return Checked(some._replace(texts=(), payload_digests=(), payloads=()), leaves if wrong else some.digests, wrong)


class Hole(NamedTuple):
    """Entries that a bundle leaves out: 2^level of them, as the root of their full subtree."""

    level: int
    digest: bytes


class Seen(NamedTuple):
    """A checkpoint, and whose signatures it bears."""

    checkpoint: Checkpoint
    signatures: Sequence[Signature]


def check_note(note: bytes, keys: Iterable[Key]) -> Seen | Lie:
    """Read a checkpoint with its signatures; one that is forged is a lie. Raises Unreadable."""
    try:
        body, signatures = open_note(note, keys)
    except Forged as error:
        return Lie("checkpoint", f"{parse_checkpoint(_body(note)[0]).size} entries", str(error))
    return Seen(parse_checkpoint(body), signatures)


Piece = Columns | Hole | bytes
"""What a log is read in: entries, what stands for entries, and signed checkpoints."""


def check_piece(piece: Piece, keys: Sequence[Key]) -> Checked | Hole | Seen | Lie:
    """Check what can be checked apart from all that comes before. Raises Unreadable."""
    if isinstance(piece, bytes):
        return check_note(piece, keys)
    return check_rows(piece) if isinstance(piece, Columns) else piece


# --- 5. Receipts -------------------------------------------------------------------------------------------------------------


class Receipt(NamedTuple):
    """What somebody got for an entry: its position, its digest if they know it, and a proof where it was sealed."""

    name: str
    position: int
    digest: bytes | None
    proof: tuple[bytes, ...] = ()
    checkpoint: bytes = b""


_PROOF = re.compile(
    rb"c2sp.org/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/=]*)\n)?index (0|[1-9]\d{0,18})((?:\n[A-Za-z0-9+/]+=*)*)"
)


def receipt_of(name: str, data: bytes) -> Receipt:
    """Read a receipt: a C2SP tlog-proof, or the JSON that the API answered with. Raises Unreadable."""
    head, _, checkpoint = data.partition(b"\n\n")
    if found := _PROOF.fullmatch(head):
        text, proof = _base64((found[1] or b"").decode()), [_base64(line.decode()) for line in found[3].split()]
        digest = leaf(text) if text.startswith(b"jieti-entry/v1\n") else None
        return Receipt(name, int(found[2]) + 1, digest, tuple(proof), checkpoint)
    try:
        said = json.loads(data)
        return Receipt(name, int(said["position"]), bytes.fromhex(said["digest"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"{name}: neither a tlog-proof nor a receipt of the API with position and digest") from error


# --- 6. The log ----------------------------------------------------------------------------------------------------------------

SKEW_SECONDS = 120
"""How far the clocks of log and witness may lie apart."""
BEHIND_SECONDS = 3600
"""How old an entry may be when it comes into the log. More where a witness comes by less often: it may have been shown
a checkpoint that was made any time after it had last been there.
"""
BEGINNING = (0, bytes(32))
"""What stands before the first entry of a stream: version 0, and zeros for a digest."""


class Audit:
    """Goes along the log, and remembers what was verified and what was not.

    What it holds grows with the number of streams, for each may go on at any time; not with the number of entries.
    """

    def __init__(self, origin: str, keys: Keys, held: Sequence[tuple[str, bytes]], receipts: Sequence[Receipt]) -> None:
        """Take the log's name, the keys that count, the checkpoints that the auditor kept, and receipts."""
        self.origin, self.keys, self.receipts = origin, keys, receipts
        self.lies: list[Lie] = []
        self.tree, self.entries = Frontier(), 0
        self.streams: dict[bytes, tuple[int, bytes]] = {}
        self.sealed, self.checkpoints = -1, 0
        self.witnessed: dict[str, tuple[int, int]] = {}
        self.held: list[tuple[str, Checkpoint]] = []
        self._digests: dict[int, bytes | None] = dict.fromkeys(one.position for one in receipts)
        self._due: list[int] = []  # sizes at which something is to be compared, the next one first
        self._waiting: dict[int, list[Seen]] = {}  # the checkpoints of these sizes
        self._floor, self._latest = b"", (b"", 0)  # no entry may be earlier; the latest since a witness looked
        self._looked: dict[str, int] = {}
        self._unequal = False
        for name, note in [*held, *((one.name, one.checkpoint) for one in receipts if one.checkpoint)]:
            seen = check_note(note, keys.all)
            if fault := seen.words if isinstance(seen, Lie) else self._unsigned(seen):
                self.lies.append(Lie("held", name, fault))
            elif isinstance(seen, Seen):
                self.held.append((name, seen.checkpoint))
                heappush(self._due, seen.checkpoint.size)
        self._roots: dict[int, bytes | None] = dict.fromkeys(self._due)
        self._reach()

    def take(self, piece: Checked | Hole | Seen | Lie) -> None:
        """Put a piece behind those before it. Raises Unreadable where it cannot stand there."""
        if isinstance(piece, Checked):
            self._rows(*piece)
        elif isinstance(piece, Hole):
            self.tree.add(piece.digest, piece.level)
        elif isinstance(piece, Seen):
            self._waiting.setdefault(piece.checkpoint.size, []).append(piece)
            heappush(self._due, piece.checkpoint.size)
        else:
            self.lies.append(piece)
        self._reach()

    def _rows(self, some: Columns, leaves: Sequence[bytes], wrong: Sequence[tuple[str, int, str]]) -> None:
        behind = self.tree.size
        first = some.first or behind + 1
        if first <= behind:
            raise Unreadable(f"position {first} comes behind position {behind}")
        if first > behind + 1:
            self._gap(first - 1)
        self.entries += len(leaves)
        self.lies += [Lie(kind, f"position {first + index}", words) for kind, index, words in wrong]
        self._chain(first, some)
        for position in self._digests.keys() & range(first, first + len(leaves)):
            self._digests[position] = leaves[position - first]
        start = 0
        while start < len(leaves):
            stop = min(self._due[0] - first + 1, len(leaves)) if self._due else len(leaves)
            self.tree.extend(leaves[start:stop])
            self._moments(first + start, some.recorded[start:stop])
            self._reach()
            start = stop

    def _gap(self, last: int) -> None:
        """Say that positions up to `last` are missing, and go on as if something had stood there."""
        first = self.tree.size + 1
        place = f"position {first}–{last}" if last > first else f"position {last}"
        self.lies.append(Lie("gap", place, "nothing stands here"))
        while self.tree.size < last:
            level = self.tree.room(min([last, *self._due[:1]]) - self.tree.size)
            self.tree.add(ABSENT[level], level)
            self._reach()

    def _chain(self, first: int, some: Columns) -> None:
        """In each stream versions go 1, 2, 3 …, and each entry names the digest of the one before."""
        streams, get = self.streams, self.streams.get
        rows = zip(count(first), some.streams, some.versions, some.previous, some.digests)
        for position, stream, version, previous, digest in rows:
            last = get(stream, BEGINNING)
            if last[0] + 1 != version or last[1] != previous:
                other = f"comes behind version {last[0]}" if last[0] + 1 != version else "names another predecessor"
                words = f"version {version} of stream {stream.decode(errors='replace')} {other}"
                self.lies.append(Lie("chain", f"position {position}", words))
            streams[stream] = (version, digest)

    def _reach(self) -> None:
        """Compare the checkpoints of as many entries as have gone by; of fewer, inside of a hole, none can be told."""
        while self._due and self._due[0] <= self.tree.size:
            size = heappop(self._due)
            root = self.tree.root() if size == self.tree.size else None
            if size in self._roots and root:
                self._roots[size] = root
            for seen in self._waiting.pop(size, ()):
                self._checkpoint(seen, root)

    def _checkpoint(self, seen: Seen, root: bytes | None) -> None:
        size, place = seen.checkpoint.size, f"{seen.checkpoint.size} entries"
        times = {one.key.name: one.time for one in seen.signatures if one.time is not None}
        if fault := self._unsigned(seen):
            self.lies.append(Lie("checkpoint", place, fault))
        elif root is None:
            self.lies.append(Lie("root", place, "the log is shorter than this, or its tree was not cut here"))
        else:
            if root == seen.checkpoint.root:
                self.sealed, self.checkpoints = size, self.checkpoints + 1
                if size:  # to have seen an empty log says nothing
                    self.witnessed |= {name: (size, time) for name, time in times.items()}
            elif not self._unequal:  # every later root is another one too
                self._unequal = True
                words = "their root is not the one that was signed: something was altered behind position"
                self.lies.append(Lie("root", place, f"{words} {max(self.sealed, 0)}"))
            if times:
                self._witnessed_at(times)

    def _unsigned(self, seen: Seen) -> str:
        """Why a checkpoint is not one of this log's, as a sentence; empty if it is."""
        (origin, size, _), signatures = seen
        if origin != self.origin:
            return f"a checkpoint of another log, {origin!r}, and not of {self.origin!r}"
        terms = [term for term in self.keys.terms if any(one.key == term.key for one in signatures)]
        if not terms:
            names = ", ".join(f"{term.key.name}+{term.key.mark.hex()}" for term in self.keys.terms) or "none is known"
            return f"not signed with a key of this log ({names})"
        terms = [term for term in terms if term.since <= size <= (size if term.until is None else term.until)]
        if not terms:
            return "signed with a key that was not the log's at this size"
        if all(term.leaked for term in terms) and all(one.time is None for one in signatures):
            return "signed with a key that others may have, and seen by no witness"
        return ""

    def _moments(self, first: int, recorded: Sequence[bytes]) -> None:
        """None of these was recorded long before a checkpoint that it is not in; the latest waits for the next one."""
        early, late = min(recorded), max(recorded)
        if early < self._floor:
            words = f"recorded {early.decode()}, but not in what a witness saw long after, {self._floor.decode()}"
            self.lies.append(Lie("time", f"position {first + recorded.index(early)}", words))
        if late > self._latest[0]:
            self._latest = (late, first + recorded.index(late))

    def _witnessed_at(self, times: dict[str, int]) -> None:
        """No entry was recorded after a witness saw it; from here on none long before."""
        late, position = self._latest
        if late > _moment(min(times.values()) + SKEW_SECONDS).encode():
            words = f"recorded {late.decode()}, after a witness saw it, {_moment(min(times.values()))}"
            self.lies.append(Lie("time", f"position {position}", words))
        self._latest = (b"", 0)
        for name, time in times.items():
            if name in self._looked:
                floor = min(time - BEHIND_SECONDS, self._looked[name] - SKEW_SECONDS)
                self._floor = max(self._floor, _moment(floor).encode())
            self._looked[name] = time

    def finish(self, claimed: object = None) -> None:
        """Check what can be said at the end only: what was kept, receipts, and that something is signed at all."""
        for size in sorted(self._waiting):
            for seen in self._waiting[size]:
                self._checkpoint(seen, None)
        if isinstance(claimed, int) and claimed != self.entries:
            self.lies.append(Lie("gap", "the end", f"{claimed} entries were promised, and {self.entries} are here"))
        found = [("held", name, self._elsewhere(checkpoint)) for name, checkpoint in self.held]
        found += [("receipt", receipt.name, self._receipt(receipt)) for receipt in self.receipts]
        unseen = "this witness has seen none of these checkpoints"
        found += [("witness", name, unseen) for name in self.keys.asked if name not in self.witnessed]
        self.lies += [Lie(*one) for one in found if one[2]]
        if self.sealed < 0 and not self.lies:
            self.lies.append(Lie("checkpoint", "the end", "no checkpoint is here, so nothing is sealed"))

    def _elsewhere(self, checkpoint: Checkpoint) -> str:
        if checkpoint.size > self.tree.size:
            return f"the log had {checkpoint.size} entries then, and has {self.tree.size} now"
        if self._roots[checkpoint.size] is None:
            return f"a tree of {checkpoint.size} entries cannot be told from this bundle: ask for one cut there"
        if checkpoint.root != self._roots[checkpoint.size]:
            return f"the first {checkpoint.size} entries are not those that you hold a checkpoint of"
        return ""

    def _receipt(self, receipt: Receipt) -> str:
        found = self._digests[receipt.position]
        if found is None:
            there = f"no entry {receipt.position} is here; the log ends with {self.tree.size}"
            return there if receipt.position > self.tree.size else f"entry {receipt.position} is not here"
        if receipt.digest is not None and receipt.digest != found:
            return f"entry {receipt.position} is not the one that the receipt was given for"
        if receipt.checkpoint:
            _, size, root = parse_checkpoint(_body(receipt.checkpoint)[0])
            if not check_inclusion(receipt.position - 1, size, found, receipt.proof, root):
                return f"the proof does not lead from entry {receipt.position} to the root of its checkpoint"
        return ""


def _moment(seconds: int) -> str:
    """A time as entries write it."""
    return f"{datetime.fromtimestamp(min(max(seconds, 0), 1 << 37), UTC):%Y-%m-%dT%H:%M:%S.000000Z}"


# --- 7. The file, the processes, the command -----------------------------------------------------------------------------------

FORMAT = "jieti-bundle/v1"
REGION = 1 << 16
"""Checkpoints are filed by these stretches of positions, and no file of entries goes beyond one."""
MOST_ENTRIES, MOST_MEMBER_BYTES = 1 << 30, 64 << 20
BROKEN = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, LookupError, OverflowError, struct.error)
"""What reading a ZIP raises for bytes that are none: a name that is no text, an offset beyond the end, encryption."""


class Source(Protocol):
    """Where a log comes from: a bundle, or a database. It can be pickled, and a copy can be used in another process."""

    @property
    def parts(self) -> int:
        """How many parts of some thousand entries it is read in."""

    def each(self, parts: Sequence[int], take: Callable[[list[Piece]], None]) -> None:
        """Hand over some parts, one by one: entries in their order, each checkpoint before the entry that it ends with."""


class Bundle:
    """A bundle in a file."""

    def __init__(self, path: str) -> None:
        """Open it. Raises Unreadable for what is none, and for one that could unfold to more than it is."""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            raise Unreadable(f"not a bundle, or its end is missing: {error}") from error
        members, self._names = self._zip.infolist(), self._zip.namelist()
        if any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members):
            raise Unreadable("a bundle's parts are neither compressed nor encrypted; pack it again without compression")
        if sum(member.file_size for member in members) > Path(path).stat().st_size:
            raise Unreadable("its parts claim to be larger than the file")
        if len(set(self._names)) != len(members):
            raise Unreadable("two parts have the same name")
        self.whole = not self.names("tree")
        self._order = [*self.names("checkpoints"), *self.names("tree")]
        if self.whole:
            placed = [(_number(name) * REGION + 1, name) for name in self.names("checkpoints")]
            placed += [(_number(name), name) for name in self.names("entries")]
            if not all(0 < position <= MOST_ENTRIES for position, _ in placed):
                raise Unreadable("it names position 0, or one behind a thousand million others: no log is that long")
            self._order = [name for _, name in sorted(placed)]  # "checkpoints" comes before "entries"
        self.parts = len(self._order)

    def __reduce__(self) -> tuple[type["Bundle"], tuple[str]]:
        """Another process opens the file for itself."""
        return Bundle, (self.path,)

    def has(self, name: str) -> bool:
        """Whether there is such a part of the file."""
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """The bytes of a part of the file. Raises Unreadable."""
        if not self.has(name):
            raise Unreadable(f"{name} is missing")
        if self._zip.getinfo(name).file_size > MOST_MEMBER_BYTES:
            raise Unreadable(f"{name} is larger than any part of a bundle may be")
        try:
            return self._zip.read(name)
        except BROKEN as error:
            raise Unreadable(f"{name} was damaged in storing or sending: {error}") from error

    def names(self, folder: str) -> list[str]:
        """The numbered parts in a folder of the file, in the order of their numbers. Raises Unreadable."""
        return sorted((name for name in self._names if name.startswith(f"{folder}/")), key=_number)

    def about(self) -> dict[str, object]:
        """What the bundle says of itself. Nothing is believed for it. Raises Unreadable."""
        try:
            said = json.loads(self.read("bundle.json"))
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"bundle.json cannot be read: {error}") from error
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise Unreadable(f"this is not a bundle of the format {FORMAT}")
        return said

    def each(self, parts: Sequence[int], take: Callable[[list[Piece]], None]) -> None:
        """Hand over some parts, one by one. Raises Unreadable."""
        for name in (self._order[part] for part in parts):
            if name.startswith("checkpoints/"):
                take([*_pieces(name, self.read(name))])
            elif name.startswith("entries/"):
                take([columns_of(_number(name), *self._entries(name))])
            else:
                take([*self._walk(name)])

    def _entries(self, name: str) -> list[list[bytes]]:
        """Texts, payloads and digests."""
        payloads, digests = name.replace("entries", "payloads", 1), self.read(name.replace("entries", "digests", 1))
        hashes = [digests[at : at + 32] for at in range(0, len(digests), 32)]
        return [_pieces(name, self.read(name)), _pieces(payloads, self.read(payloads)), hashes]

    def _walk(self, name: str) -> Iterator[Piece]:
        """Go along a `tree`: `entries N` are the next N entries, `LEVEL DIGEST` stands for 2^LEVEL that are not here."""
        entries, start = name.replace("tree", "entries", 1), 0
        columns = self._entries(entries) if self.has(entries) else [[], [], []]
        for line in self.read(name).decode("ascii", "replace").splitlines():
            kind, _, value = line.partition(" ")
            if kind == "entries" and re.fullmatch(r"[1-9]\d{0,6}", value):
                stop = start + int(value)
                yield columns_of(0, *(column[start:stop] for column in columns))
                start = stop
            elif re.fullmatch(r"[0-5]?\d", kind) and re.fullmatch(r"[0-9a-f]{64}", value):
                yield Hole(int(kind), bytes.fromhex(value))
            else:
                raise Unreadable(f"{name}: {line[:60]!r} is not a line of a tree")
        if any(start != len(column) for column in columns):
            raise Unreadable(f"{name} has places for {start} entries, and {len(columns[0])} are there")

    def misnamed(self) -> Iterator[Lie]:
        """Sets of rulebooks whose digest is not the one they are filed under."""
        sets: dict[str, list[bytes]] = {}
        for name in self._names:  # in the order of the file, which the digest covers
            if name.startswith("rulebooks/") and name.count("/") == 2:
                _, digest, file = name.split("/")
                sets.setdefault(digest, []).append(file.encode() + b"\0" + self.read(name))
        for digest, files in sets.items():
            if sha256(b"\0".join(files)).hexdigest() != digest:
                yield Lie("rulebooks", f"rulebooks/{digest}", "their digest is another one: a rule was altered")


def _number(name: str) -> int:
    found = re.fullmatch(r"[a-z]+/(\d{1,15})", name)
    if not found:
        raise Unreadable(f"{name} is not the name of a part of a bundle")
    return int(found[1])


def _pieces(name: str, data: bytes) -> list[bytes]:
    """Cut a part of the file into its pieces: the first line says how many bytes each has."""
    head, _, body = data.partition(b"\n")
    if not re.fullmatch(rb"(\d{1,9}( \d{1,9})*)?", head):
        raise Unreadable(f"{name} does not begin with the lengths of its pieces")
    ends = list(accumulate(map(int, head.split()), initial=0))
    if ends[-1] != len(body):
        raise Unreadable(f"{name} has {len(body)} bytes where {ends[-1]} were to come")
    return [body[start:stop] for start, stop in pairwise(ends)]


def verify(source: Source, audit: Audit, *, jobs: int = 1, everything: bool = False) -> Iterator[Lie]:
    """Check a log or a bundle; yields lies as they are found, all of them or the first one. Raises Unreadable."""
    claimed, told, collecting = None, 0, gc.isenabled()
    gc.disable()  # nothing here forms cycles, and looking for some among so many rows takes a tenth of the time
    try:
        if isinstance(source, Bundle):
            claimed = source.about().get("entries")
            audit.lies += source.misnamed()
        jobs = min(jobs, source.parts)
        for _ in _together(source, audit, jobs) if jobs > 1 else _alone(source, audit):
            yield from audit.lies[told:] if everything else audit.lies[told : told + 1]
            told = len(audit.lies)
            if told and not everything:
                return
        audit.finish(claimed)
        yield from audit.lies[told:] if everything else audit.lies[told : told + 1]
    finally:
        if collecting:
            gc.enable()


def _alone(source: Source, audit: Audit) -> Iterator[None]:
    """Take all parts in their order, stopping every now and then."""

    def take(pieces: list[Piece]) -> None:
        for piece in pieces:
            audit.take(check_piece(piece, audit.keys.all))

    for start in range(0, source.parts, 16):
        source.each(range(start, min(start + 16, source.parts)), take)
        yield


def _together(source: Source, audit: Audit, jobs: int) -> Iterator[None]:
    """The same with several processes: of so many each checks every so many-th part, and here they are joined."""
    # A copy of this process is the quickest start, where that is the platform's way; but not one of several threads.
    context = multiprocessing.get_context("spawn" if threading.active_count() > 1 else None)
    workers = []
    try:
        for job in range(jobs):
            here, there = context.Pipe(duplex=False)
            given = (source, range(job, source.parts, jobs), audit.keys.all, here, there)
            worker = context.Process(target=_work, args=given, daemon=True)
            worker.start()
            there.close()
            workers.append((worker, here))
        for part in range(source.parts):
            found = workers[part % jobs][1].recv()
            if isinstance(found, Exception):
                raise found
            for piece in found:
                audit.take(piece)
            yield
    except EOFError as error:
        raise Unreadable("a process that was checking a part ended before it was done; try --jobs 1") from error
    finally:
        for worker, here in workers:
            worker.kill()
            worker.join()
            here.close()


def _work(source: Source, parts: Sequence[int], keys: Sequence[Key], here: Connection, there: Connection) -> None:
    """Check parts, and wait whenever nobody has taken the last one yet."""
    here.close()
    gc.disable()
    try:  # a copy of the source reads through a file of its own
        copy(source).each(parts, lambda pieces: there.send([check_piece(piece, keys) for piece in pieces]))
    except Exception as error:  # noqa: BLE001 - it is raised again where the parts are joined
        there.send(error)


def account(audit: Audit, *, partial_log: bool) -> Iterator[str]:
    """What was verified, and what was not: for people."""
    log, sealed, size = f"the log {audit.origin!r}", max(audit.sealed, 0), audit.tree.size
    yield f"{audit.entries:,} entries in {len(audit.streams):,} streams of {log}: rows, payloads, chains and order"
    yield f"{audit.checkpoints:,} checkpoints signed by the log; the last seals the first {sealed:,} entries"
    for name, (seen, time) in sorted(audit.witnessed.items()):
        yield f"the witness {name} saw the first {seen:,} of them, last on {_moment(time)[:16].replace('T', ' ')} UTC"
    if audit.held:
        yield f"{len(audit.held)} checkpoints that were kept elsewhere are beginnings of this log"
    if audit.receipts:
        yield f"{len(audit.receipts)} receipts name entries that are here as they were then"
    yield "NOT verified:"
    if not audit.keys.ours:
        yield "- whose log it is: the keys come with it. Give the key you were handed by another way with --key"
    if last := size - max((seen for seen, _ in audit.witnessed.values()), default=0):
        yield f"- that everybody is shown the same last {last:,} entries: no witness saw them, so two logs could be signed"
    if size > sealed:
        yield f"- the last {size - sealed:,} entries: no checkpoint seals them yet, so their end could be cut off unseen"
    if partial_log:
        yield "- that nothing came later in these streams, and that there are no others: this is a part of the log"
    yield "- that what was written was true, and that everything was written; pages made for reading (timeline.html)"


def main(arguments: Sequence[str] | None = None, live: tuple[Source, str, bytes] | None = None) -> int:
    """Check what the command line names: 0 if nothing is wrong, 1 if something is, 2 if it cannot be read.

    `live` is a log to be checked in the place of a bundle, with its name and its list of keys.
    """
    parser = argparse.ArgumentParser(prog="verify", description="Check a bundle of a Jieti log, offline.")
    parser.add_argument("file", metavar="FILE", help="the bundle (*.jieti)")
    parser.add_argument("--held", action="append", default=[], metavar="FILE", help="a checkpoint you kept")
    parser.add_argument("--receipt", action="append", default=[], metavar="FILE", help="a receipt or tlog-proof")
    parser.add_argument("--key", action="append", default=[], metavar="KEY", help="a key you trust, or a file of them")
    parser.add_argument("--all", action="store_true", help="tell everything that is wrong, not the first thing only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    given = parser.parse_args(arguments)
    try:
        if live:
            source, origin, listed = live
        else:
            source = bundle = Bundle(given.file)
            origin, listed = str(bundle.about().get("origin")), bundle.read("keys") if bundle.has("keys") else b""
        held = [(name, Path(name).read_bytes()) for name in given.held]
        receipts = [receipt_of(name, Path(name).read_bytes()) for name in given.receipt]
        brought = [key for one in given.key for key in _keys(one)]
        audit, wrong = Audit(origin, trusted(brought, listed), held, receipts), 0
        for lie in verify(source, audit, jobs=given.jobs, everything=given.all):
            wrong += 1
            print(f"LIE {lie.kind:10} {lie.place}: {lie.words}")
    except (Unreadable, Forged, OSError) as error:
        print(f"UNREADABLE {given.file}: {error}", file=sys.stderr)
        return 2
    if wrong:
        print(f"NOT VERIFIED: {wrong} found" if wrong > 1 else "NOT VERIFIED")
        return 1
    print("VERIFIED" if audit.keys.ours else "VERIFIED, trusting the key that came with it")
    print("\n".join(account(audit, partial_log=isinstance(source, Bundle) and not source.whole)))
    return 0


def _keys(given: str) -> list[Key]:
    if _KEY.fullmatch(given):
        return [key_of(given)]
    data = Path(given).read_bytes()
    if data.startswith(b"jieti-keys/v1\n"):
        return keys_of(data).all
    return [key_of(line) for line in data.decode("utf-8", "replace").splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
