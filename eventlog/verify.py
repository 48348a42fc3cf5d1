# Longer than 300 lines: an auditor gets this one file, and reads it in one sitting.
"""Check a log without trusting whoever kept it: this one file, the standard library, and nothing else of the project.

What is checked is written in docs/log-format.md. Hashes follow RFC 6962, notes, checkpoints and cosignatures the C2SP
specifications of those names. The package `cryptography` is used for Ed25519 where it is there, for it is faster;
without it the arithmetic below does the same.
"""

import argparse
import base64
import binascii
import gc
import json
import multiprocessing
import os
import re
import struct
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256, sha512
from itertools import accumulate, count, pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519 as fast
except ImportError:  # an auditor's machine may have Python alone
    FAST = False
else:
    FAST = True

# --- the tree (RFC 6962, section 2.1) --------------------------------------------------------------------------------

EMPTY_ROOT = sha256(b"").digest()


class Unreadable(ValueError):
    """This is not what it should be: nothing can be said about whether it is true."""


class Forged(ValueError):
    """A signature in the name of a key we know was not made with that key over this text."""


def leaf(text: bytes) -> bytes:
    """Digest an entry's text as a leaf of the tree."""
    return sha256(b"\x00" + text).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Digest two subtrees as the node above them."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, the largest first, one for each bit of `size`.

    It takes leaves, or roots of full subtrees that stand where their own size divides the position.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Begin empty, or where another frontier was. Raises ValueError if there is not one peak for each bit."""
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count():
            message = f"a tree of {size} leaves does not have {len(self.peaks)} full subtrees"
            raise ValueError(message)

    def add(self, digest: bytes, level: int = 0) -> None:
        """Add a leaf, or the root of a full subtree of 2^level leaves. Raises Unreadable where such cannot stand."""
        if self.size % (1 << level):
            message = f"a subtree of {1 << level} leaves cannot stand behind leaf {self.size}"
            raise Unreadable(message)
        above = self.size >> level
        self.size += 1 << level
        while above & 1:
            digest = node(self.peaks.pop(), digest)
            above >>= 1
        self.peaks.append(digest)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, the fast way: level by level instead of leaf by leaf."""
        start = 0
        while start < len(leaves):
            room = (self.size & -self.size) or 1 << 62  # the largest subtree that may stand here
            level = min(room, len(leaves) - start).bit_length() - 1
            self.add(subtree(leaves[start : start + (1 << level)]), level)
            start += 1 << level

    def root(self) -> bytes:
        """The root of all leaves added so far."""
        return root_of(self.peaks)


def subtree(digests: Sequence[bytes]) -> bytes:
    """Digest 2^k leaves (or nodes of one level) into their root."""
    while len(digests) > 1:
        digests = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(digests[::2], digests[1::2], strict=True)
        ]
    return digests[0]


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Join the roots of full subtrees, the largest first, into the root of the whole tree."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


def check_inclusion(index: int, size: int, digest: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof leads from leaf number `index` (from 0) to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last = index, size - 1
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            digest = node(step, digest)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            digest = node(digest, step)
        here, last = here >> 1, last >> 1
    return last == 0 and digest == root


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


# --- Ed25519 (RFC 8032, section 5.1.7), for where `cryptography` is not installed -------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def _point(encoded: bytes) -> _Point | None:
    number = int.from_bytes(encoded, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or x * x % _P != square or (x == 0 and odd):
        return None
    return (x if x & 1 == odd else _P - x, y, 1, (x if x & 1 == odd else _P - x) * y % _P)


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
        point = _plus(point, point)
        number >>= 1
    return total


def ed25519_by_hand(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature is the key's, with integers alone; a few milliseconds."""
    base, key = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")), _point(public)
    first, second = signature[:32], int.from_bytes(signature[32:], "little")
    if base is None or key is None or len(public) != 32 or len(signature) != 64 or second >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % _ORDER
    minus = (_P - key[0], key[1], 1, _P - key[3])
    x, y, z, _ = _plus(_times(second, base), _times(challenge, minus))
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


# --- notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ---------------------------------------

ED25519, COSIGNATURE = 0x01, 0x04
"""The kinds of signature that are understood: a log's own, and a witness's with its time. Others are passed over."""

MOST_NOTE_BYTES = 1 << 20
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


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
    except (binascii.Error, ValueError) as error:
        message = f"{text[:40]!r} is not base64"
        raise Unreadable(message) from error


def key_of(line: str) -> Key:
    """Read a verifier key, `name+mark+base64`. Raises Unreadable."""
    found = _KEY.fullmatch(line.strip())
    if not found:
        message = f"{line[:60]!r} is not a verifier key (name+8 hexadecimal digits+base64)"
        raise Unreadable(message)
    name, mark, content = found[1], bytes.fromhex(found[2]), _base64(found[3])
    if sha256(name.encode() + b"\n" + content).digest()[:4] != mark:
        message = f"the verifier key of {name!r} was damaged or is another's: its mark does not fit"
        raise Unreadable(message)
    if content[0] in {ED25519, COSIGNATURE} and len(content) != 33:
        message = f"the verifier key of {name!r} does not have 32 bytes"
        raise Unreadable(message)
    return Key(name, mark, content[0], content[1:])


def open_note(note: bytes, keys: Iterable[Key]) -> tuple[str, list[Signature]]:
    """Read a signed note: its body, and the signatures of the given keys, checked; others are passed over.

    Raises Unreadable if it is no note, Forged if a signature in a given key's name is not that key's.
    """
    text, lines = _parts(note)
    known = {(key.name, key.mark): key for key in keys if key.kind in {ED25519, COSIGNATURE}}
    signatures = []
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        if not found:
            message = f"{line[:60]!r} is not a signature line"
            raise Unreadable(message)
        content = _base64(found[2])
        if key := known.get((found[1], content[:4])):
            signatures.append(_signature(text, key, content[4:]))
    return text, signatures


def _parts(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MOST_NOTE_BYTES:
        message = f"{len(note)} bytes are too many for a note"
        raise Unreadable(message)
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        message = "a note is UTF-8, and this is not"
        raise Unreadable(message) from error
    body, gap, signed = whole.rpartition("\n\n")
    if not gap or not signed.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", whole):
        message = "not a signed note: a text, an empty line, and lines of signatures"
        raise Unreadable(message)
    return body + "\n", signed[:-1].split("\n")


def _signature(body: str, key: Key, content: bytes) -> Signature:
    time, message = None, body.encode()
    if key.kind == COSIGNATURE:
        time = int.from_bytes(content[:8], "big")
        content, message = content[8:], f"cosignature/v1\ntime {time}\n".encode() + message
    if len(content) != 64 or not ed25519(key.public, message, content):
        words = f"the signature in the name of {key.name!r} was not made with its key over this text"
        raise Forged(words)
    return Signature(key, time)


def parse_checkpoint(body: str) -> Checkpoint:
    """Read the body of a checkpoint; lines behind the third are extensions and stand for nothing here.

    Raises Unreadable.
    """
    lines = body.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        message = "not a checkpoint: a name, a size and a root in lines of their own"
        raise Unreadable(message)
    root = _base64(lines[2])
    if len(root) != 32:
        message = f"the checkpoint's root has {len(root)} bytes and not 32"
        raise Unreadable(message)
    return Checkpoint(lines[0], int(lines[1]), root)


# --- keys: whose signatures count, and for which part of the log -------------------------------------------------------

_TERM = re.compile(r"log (\S+) since ([0-9]{1,19}) until ([0-9]{1,19}|-)( leaked)?")


class Term(NamedTuple):
    """A key of the log, the sizes it may sign, and whether others may have it."""

    key: Key
    since: int = 0
    until: int | None = None
    leaked: bool = False

    def may_sign(self, size: int) -> bool:
        """Whether it was the log's key when the log had so many entries."""
        return self.since <= size and (self.until is None or size <= self.until)


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
    """Read a log's own list of keys (docs/log-format.md). Raises Unreadable, or Forged if none of them has signed it."""
    terms, witnesses = [], []
    for line in _parts(note)[0].splitlines()[2:]:
        if found := _TERM.fullmatch(line):
            until = None if found[3] == "-" else int(found[3])
            terms.append(Term(key_of(found[1]), int(found[2]), until, bool(found[4])))
        elif line.startswith("witness "):
            witnesses.append(key_of(line[8:]))
        else:
            message = f"{line[:60]!r} is not a line of a list of keys"
            raise Unreadable(message)
    if not open_note(note, [term.key for term in terms])[1]:
        message = "the list of keys is not signed with any of the log's keys in it"
        raise Forged(message)
    return Keys(tuple(terms), tuple(witnesses), ours=False)


def trusted(brought: Sequence[Key], listed: bytes) -> Keys:
    """The keys that count: those brought, and those that a list signed with one of them names; else the list's own."""
    own = keys_of(listed) if listed else Keys((), (), ours=False)
    mine = [key for key in brought if key.kind == ED25519]
    asked = [key for key in brought if key.kind == COSIGNATURE]
    terms = own.terms if not mine or (listed and open_note(listed, mine)[1]) else tuple(Term(key) for key in mine)
    return Keys(terms, tuple({*own.witnesses, *asked}), bool(mine), tuple(key.name for key in asked))


# --- what is checked of the entries ------------------------------------------------------------------------------------

REGION = 1 << 16
"""Entries that are checked together and apart from all others: a full subtree of the log's tree."""

NOTHING = b"0" * 64
_ENTRY = re.compile(
    rb"jieti-entry/v1\nstream (.{36})\nversion ([1-9]\d{0,9})\ntopic .+\nrecorded (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    rb"key .+\nrequest .{64}\nprevious (.{64})\npayload (.{64})\n"
)


class Lie(NamedTuple):
    """Something that is not as it was: what kind of check has found it, where, and what it says."""

    kind: str
    place: str
    words: str


class Columns(NamedTuple):
    """Entries that follow each other in the log, column by column; `first` is the position of the first.

    `previous` and `payload_digests` are hexadecimal, as they stand in the texts; `digests` are what the log claims.
    Where the texts were just made of the payloads there is nothing to compare, and `payload_digests` is empty.
    """

    first: int
    texts: Sequence[bytes]
    streams: Sequence[bytes]
    versions: Sequence[bytes]
    recorded: Sequence[bytes]
    previous: Sequence[bytes]
    payload_digests: Sequence[bytes]
    payloads: Sequence[bytes]
    digests: Sequence[bytes]


def columns_of(first: int, texts: Sequence[bytes], payloads: Sequence[bytes], digests: Sequence[bytes]) -> Columns:
    """Read the texts of entries. Raises Unreadable for one that is none."""
    if not len(texts) == len(payloads) == len(digests) > 0:
        message = f"from position {first}: {len(texts)} entries, {len(payloads)} payloads, {len(digests)} digests"
        raise Unreadable(message)
    found = list(map(_ENTRY.fullmatch, texts))
    if None in found:
        message = f"position {first + found.index(None)}: this is not the text of an entry"
        raise Unreadable(message)
    streams, versions, recorded, previous, marks = zip(*[match.groups() for match in found if match], strict=True)
    return Columns(first, texts, streams, versions, recorded, previous, marks, payloads, digests)


class Span(NamedTuple):
    """The earliest and the latest moment of recording behind one checkpoint, up to `size`, and where they stand."""

    size: int
    earliest: bytes
    earliest_at: int
    latest: bytes
    latest_at: int


class Region:
    """A part of the log that is checked by itself: what it finds, and what is needed to join it to the part before."""

    def __init__(self, first: int, cuts: Iterable[int], wanted: Iterable[int] = ()) -> None:
        """Begin at a position. `cuts` are sizes whose root is asked for, `wanted` positions whose digest is."""
        self.start = self.size = first - 1
        self.tree, self.entries = Frontier(), 0
        self.begins: dict[bytes, tuple[int, bytes, int]] = {}
        self.ends: dict[bytes, tuple[int, bytes]] = {}
        self.peaks: dict[int, list[bytes]] = {}
        self.spans: list[Span] = []
        self.kept: dict[int, bytes] = {}
        self.lies: list[Lie] = []
        self.checkpoints: list[tuple[Checkpoint, list[Signature]]] = []
        self._cuts = sorted({cut for cut in cuts if cut >= self.size}, reverse=True)
        self._wanted = set(wanted)
        self._cut()

    def take(self, some: Columns) -> None:
        """Check the next entries: each row by itself, its payload, its stream, and its place in the tree."""
        if some.first > self.size + 1:
            self.gap(some.first - 1)
        leaves = [sha256(b"\x00" + text).digest() for text in some.texts]
        if leaves != list(some.digests):
            for place in _differing(leaves, some.digests, some.first):
                self._lie("row", place, "what the entry says is not what its digest was made of")
        named = list(some.payload_digests)
        found = [sha256(payload).hexdigest().encode() for payload in some.payloads]
        if named and found != named:
            for place in _differing(found, named, some.first):
                self._lie("payload", place, "the payload is not the one that the entry names")
        self._chain(some)
        self._grow(some.recorded, leaves)
        for place in self._wanted.intersection(range(some.first, self.size + 1)):
            self.kept[place] = leaves[place - some.first]
        self.entries += len(leaves)

    def skip(self, level: int, digest: bytes) -> None:
        """Pass over entries that are not here, by the root of their full subtree. Raises Unreadable."""
        self.tree.add(digest, level)
        self.size += 1 << level
        while self._cuts and self._cuts[-1] < self.size:
            self._cuts.pop()  # inside of what was passed over: its root cannot be told
        self._cut()

    def gap(self, last: int) -> None:
        """Say that positions up to `last` are missing, and go on as if something had stood there."""
        self._lie("gap", f"{self.size + 1}–{last}" if last > self.size + 1 else last, "nothing stands here")
        self._grow([], [bytes(32)] * (last - self.size))

    def _lie(self, kind: str, place: int | str, words: str) -> None:
        self.lies.append(Lie(kind, f"position {place}", words))

    def _chain(self, some: Columns) -> None:
        ends = self.ends
        get = ends.get
        digests = map(binascii.hexlify, some.digests)
        rows = zip(count(some.first), some.streams, map(int, some.versions), some.previous, digests)
        for place, stream, number, previous, digest in rows:
            last = get(stream)
            if last is None:
                self.begins[stream] = (number, previous, place)
            elif last[0] + 1 != number or last[1] != previous:
                self.lies.append(_broken(stream, last, number, place))
            ends[stream] = (number, digest)

    def _grow(self, recorded: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        start, behind = 0, self.size
        while start < len(leaves):
            stop = min(self._cuts[-1] - behind, len(leaves)) if self._cuts else len(leaves)
            self.tree.extend(leaves[start:stop])
            self.size = behind + stop
            if some := recorded[start:stop]:
                first, early, late = behind + start + 1, min(some), max(some)
                self.spans.append(Span(self.size, early, first + some.index(early), late, first + some.index(late)))
            self._cut()
            start = stop

    def _cut(self) -> None:
        if self._cuts and self._cuts[-1] == self.size:
            self.peaks[self._cuts.pop()] = list(self.tree.peaks)


def _differing(found: Sequence[bytes], claimed: Sequence[bytes], first: int) -> list[int]:
    return [place for place, (one, other) in enumerate(zip(found, claimed, strict=True), first) if one != other]


def _broken(stream: bytes, last: tuple[int, bytes], number: int, place: int) -> Lie:
    if last[0] + 1 != number:
        words = f"version {number} of stream {stream.decode(errors='replace')} comes behind version {last[0]}"
    else:
        words = f"version {number} of stream {stream.decode(errors='replace')} names another predecessor"
    return Lie("chain", f"position {place}", words)


# --- joining the parts: roots, checkpoints, times, receipts --------------------------------------------------------------

SKEW_SECONDS = 120
"""How far the clocks of log and witness may lie apart."""
BEHIND_SECONDS = 3600
"""How far a witness may be behind: an entry recorded longer ago than this before a checkpoint that it is not in, and
that was cosigned, was not there when its moment of recording says it was."""


class Source(Protocol):
    """Where entries come from: a bundle, or a live log. It is handed to other processes, so it can be pickled."""

    @property
    def last(self) -> int:
        """The position of the last entry."""

    @property
    def parts(self) -> int:
        """How many regions of 65,536 positions there are entries or checkpoints in; 1 where all is checked at once."""

    def notes(self, part: int) -> Iterable[bytes]:
        """The checkpoints whose last entry lies in a part; one of size 0 in the first."""

    def check(self, part: int, region: Region) -> None:
        """Let the region take all entries of a part, in order."""


class Receipt(NamedTuple):
    """What somebody got for an entry: its position, its digest if they know it, and a proof where it was sealed."""

    name: str
    position: int
    digest: bytes | None
    proof: tuple[bytes, ...] = ()
    checkpoint: bytes = b""


def examine(source: Source, keys: Keys, cuts: Sequence[int], wanted: Sequence[int], part: int) -> Region:
    """Check one part of the log by itself. Raises Unreadable."""
    lies: list[Lie] = []
    checkpoints = []
    for note in source.notes(part):
        try:
            body, signatures = open_note(note, keys.all)
            checkpoints.append((parse_checkpoint(body), signatures))
        except Forged as error:
            lies.append(Lie("checkpoint", f"{parse_checkpoint(_parts(note)[0]).size} entries", str(error)))
    first = part * REGION + 1
    end = first + REGION if source.parts > 1 else 1 << 64
    sizes = [*cuts, *(checkpoint.size for checkpoint, _ in checkpoints)]
    region = Region(first, [size for size in sizes if size < end], wanted)
    collecting = gc.isenabled()
    gc.disable()  # nothing here forms cycles, and looking for some among so many rows takes longer than hashing them
    try:
        source.check(part, region)
    finally:
        if collecting:
            gc.enable()
    if region.size < min(first + REGION - 1, source.last):
        region.gap(min(first + REGION - 1, source.last))
    region.checkpoints, region.lies = checkpoints, lies + region.lies
    return region


class Audit:
    """Joins the parts in their order, and remembers what was verified and what was not."""

    def __init__(self, origin: str, keys: Keys, held: Sequence[tuple[str, bytes]], receipts: Sequence[Receipt]) -> None:
        """Take the log's name, the keys that count, the checkpoints that the auditor kept, and receipts."""
        self.origin, self.keys, self.receipts = origin, keys, receipts
        self.lies: list[Lie] = []
        self.tree, self.entries = Frontier(), 0
        self.streams: dict[bytes, tuple[int, bytes]] = {}
        self.sealed, self.checkpoints, self.unequal = -1, 0, 0
        self.witnessed: dict[str, tuple[int, int]] = {}
        self.kept: dict[int, bytes] = {}
        self.root_at: dict[int, bytes] = {}
        self.held: list[tuple[str, Checkpoint]] = []
        self._floor, self._latest = "", (b"", 0)
        for name, note in [*held, *((one.name, one.checkpoint) for one in receipts if one.checkpoint)]:
            self._hold(name, note)

    def _hold(self, name: str, note: bytes) -> None:
        try:
            body, signatures = open_note(note, self.keys.all)
        except Forged as error:
            self.lies.append(Lie("held", name, str(error)))
            return
        checkpoint = parse_checkpoint(body)
        if fault := self._unsigned(checkpoint, signatures):
            self.lies.append(Lie("held", name, fault))
        else:
            self.held.append((name, checkpoint))

    def _unsigned(self, checkpoint: Checkpoint, signatures: Sequence[Signature]) -> str:
        """Why a checkpoint is not one of this log's, as a sentence; empty if it is."""
        if checkpoint.origin != self.origin:
            return f"a checkpoint of another log, {checkpoint.origin!r}, and not of {self.origin!r}"
        terms = [term for term in self.keys.terms if any(one.key == term.key for one in signatures)]
        if not terms:
            names = ", ".join(f"{term.key.name}+{term.key.mark.hex()}" for term in self.keys.terms) or "none is known"
            return f"not signed with a key of this log ({names})"
        terms = [term for term in terms if term.may_sign(checkpoint.size)]
        if not terms:
            return "signed with a key that was not the log's at this size"
        if all(term.leaked for term in terms) and all(one.time is None for one in signatures):
            return "signed with a key that others may have, and seen by no witness"
        return ""

    @property
    def cuts(self) -> list[int]:
        """The sizes whose roots are asked for besides those of the log's own checkpoints."""
        return [checkpoint.size for _, checkpoint in self.held]

    @property
    def wanted(self) -> list[int]:
        """The positions whose digests are asked for."""
        return [one.position for one in self.receipts]

    def join(self, region: Region) -> None:
        """Put a part behind those before it."""
        self.lies += region.lies
        self.entries += region.entries
        self.kept |= region.kept
        for stream, (number, previous, place) in region.begins.items():
            last = self.streams.get(stream, (0, NOTHING))
            if last[0] + 1 != number or last[1] != previous:
                self.lies.append(_broken(stream, last, number, place))
        self.streams |= region.ends
        here = region.start == self.tree.size  # else it lies behind the end of the log
        roots = {size: root_of([*self.tree.peaks, *peaks]) for size, peaks in region.peaks.items() if here}
        self.root_at |= {size: roots[size] for size in self.cuts if size in roots}
        times = {}
        for checkpoint, signatures in sorted(region.checkpoints, key=lambda one: one[0].size):
            times[checkpoint.size] = self._checkpoint(checkpoint, signatures, roots.get(checkpoint.size))
        self._times(region.spans, times)
        for level in range(region.tree.size.bit_length() - 1, -1, -1):
            if region.tree.size >> level & 1:
                self.tree.add(region.tree.peaks.pop(0), level)

    def _checkpoint(self, checkpoint: Checkpoint, signatures: Sequence[Signature], root: bytes | None) -> int | None:
        """Compare a checkpoint of the log with what is there; returns when a witness first saw it, if one has."""
        place = f"{checkpoint.size} entries"
        if fault := self._unsigned(checkpoint, signatures):
            self.lies.append(Lie("checkpoint", place, fault))
            return None
        seen = [(one.key.name, one.time) for one in signatures if one.time is not None]
        if root is None:
            self.lies.append(Lie("root", place, "the log is shorter than this, or its tree was not cut here"))
        elif root != checkpoint.root:
            self.unequal += 1
            if self.unequal == 1:  # every later root is another one too
                words = "their root is not the one that was signed: something was altered behind position"
                self.lies.append(Lie("root", place, f"{words} {max(self.sealed, 0)}"))
        else:
            self.sealed, self.checkpoints = checkpoint.size, self.checkpoints + 1
            if checkpoint.size:  # to have seen an empty log says nothing
                self.witnessed |= {name: (checkpoint.size, time) for name, time in seen}
        return min((time for _, time in seen), default=None)

    def _times(self, spans: Sequence[Span], times: Mapping[int, int | None]) -> None:
        """Each entry was recorded before the witness saw it, and not long before a checkpoint it is not in."""
        for span in spans:
            if span.earliest.decode() < self._floor:
                words = f"recorded {span.earliest.decode()}, but not in what a witness saw long after, {self._floor}"
                self.lies.append(Lie("time", f"position {span.earliest_at}", words))
            self._latest = max(self._latest, (span.latest, span.latest_at))
            seen = times.get(span.size)
            if seen is not None:
                if self._latest[0].decode() > _moment(seen + SKEW_SECONDS):
                    words = f"recorded {self._latest[0].decode()}, after a witness saw it, {_moment(seen)}"
                    self.lies.append(Lie("time", f"position {self._latest[1]}", words))
                self._floor, self._latest = max(self._floor, _moment(seen - BEHIND_SECONDS)), (b"", 0)

    def finish(self, claimed: int | None = None) -> list[Lie]:
        """Check what can be said at the end only: what was kept, receipts, and that something is signed at all."""
        before = len(self.lies)
        if claimed is not None and claimed != self.entries:
            self.lies.append(Lie("gap", "the end", f"{claimed} entries were promised, and {self.entries} are here"))
        for name, checkpoint in self.held:
            if fault := self._elsewhere(checkpoint):
                self.lies.append(Lie("held", name, fault))
        for receipt in self.receipts:
            if fault := self._receipt(receipt):
                self.lies.append(Lie("receipt", receipt.name, fault))
        for name in self.keys.asked:
            if name not in self.witnessed:
                self.lies.append(Lie("witness", name, "this witness has seen none of these checkpoints"))
        if self.sealed < 0 and not self.lies:
            self.lies.append(Lie("checkpoint", "the end", "no checkpoint is here, so nothing is sealed"))
        return self.lies[before:]

    def _elsewhere(self, checkpoint: Checkpoint) -> str:
        if checkpoint.size > self.tree.size:
            return f"the log had {checkpoint.size} entries then, and has {self.tree.size} now"
        if checkpoint.size not in self.root_at:
            return f"a tree of {checkpoint.size} entries cannot be told from this bundle: ask for one cut there"
        if checkpoint.root != self.root_at[checkpoint.size]:
            return f"the first {checkpoint.size} entries are not those that you hold a checkpoint of"
        return ""

    def _receipt(self, receipt: Receipt) -> str:
        found = self.kept.get(receipt.position)
        if found is None:
            there = f"no entry {receipt.position} is here; the log ends with {self.tree.size}"
            return there if receipt.position > self.tree.size else f"entry {receipt.position} is not here"
        if receipt.digest is not None and receipt.digest != found:
            return f"entry {receipt.position} is not the one that the receipt was given for"
        if receipt.checkpoint:
            _, size, root = parse_checkpoint(_parts(receipt.checkpoint)[0])
            if not check_inclusion(receipt.position - 1, size, found, receipt.proof, root):
                return f"the proof does not lead from entry {receipt.position} to the root of its checkpoint"
        return ""


def _moment(seconds: int) -> str:
    """A time as entries write it."""
    return f"{datetime.fromtimestamp(min(max(seconds, 0), 1 << 37), UTC):%Y-%m-%dT%H:%M:%S.000000Z}"


def receipt_of(name: str, data: bytes) -> Receipt:
    """Read a receipt: a C2SP tlog-proof, or the JSON that the API answered with. Raises Unreadable."""
    head, _, checkpoint = data.partition(b"\n\n")
    try:
        if head.startswith(b"c2sp.org/tlog-proof@v1\n"):
            lines = head.decode().split("\n")[1:]
            text = _base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
            if not lines or not re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[0]):
                message = f"{name}: no line says which entry it is about"
                raise Unreadable(message)
            digest = leaf(text) if text.startswith(b"jieti-entry/v1\n") else None
            return Receipt(name, int(lines[0][6:]) + 1, digest, tuple(map(_base64, lines[1:])), checkpoint)
        said = json.loads(data)
        return Receipt(name, int(said["position"]), bytes.fromhex(said["digest"]))
    except (KeyError, TypeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        message = f"{name}: neither a tlog-proof nor a receipt of the API with position and digest"
        raise Unreadable(message) from error


# --- bundles -----------------------------------------------------------------------------------------------------------

FORMAT = "jieti-bundle/v1"
BROKEN = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, LookupError, OverflowError, struct.error)
"""What reading a ZIP raises for bytes that are none: a name that is no text, an offset beyond the end, encryption."""

MOST_MEMBER_BYTES = 64 << 20
MOST_PARTS = 1 << 14
"""Regions in a bundle: a thousand million entries."""


class Bundle:
    """A bundle in a file."""

    def __init__(self, path: str) -> None:
        """Open it. Raises Unreadable for what is none, and for one that could unfold to more than it is."""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            message = f"not a bundle, or its end is missing: {error}"
            raise Unreadable(message) from error
        members = self._zip.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members):
            message = "a bundle's parts are neither compressed nor encrypted; pack it again without compression"
            raise Unreadable(message)
        if sum(member.file_size for member in members) > Path(path).stat().st_size:
            message = "its parts claim to be larger than the file"
            raise Unreadable(message)
        self._folders: dict[str, list[str]] = {}
        for name in self._zip.namelist():
            self._folders.setdefault(name.partition("/")[0], []).append(name)
        if len(set(self._zip.namelist())) != len(members):
            message = "two parts have the same name"
            raise Unreadable(message)
        self.whole = "tree" not in self._folders
        self._chunks: dict[int, list[str]] = {}
        for name in self.names("entries"):
            self._chunks.setdefault((_number(name) - 1) // REGION, []).append(name)
        if max(self._chunks, default=0) >= MOST_PARTS:
            message = "entries stand behind a thousand million others: no log is that long"
            raise Unreadable(message)

    def __reduce__(self) -> tuple[type["Bundle"], tuple[str]]:
        """Another process opens the file for itself."""
        return Bundle, (self.path,)

    def read(self, name: str) -> bytes:
        """The bytes of a part of the file. Raises Unreadable."""
        if not self.has(name):
            message = f"{name} is missing"
            raise Unreadable(message)
        if self._zip.getinfo(name).file_size > MOST_MEMBER_BYTES:
            message = f"{name} is larger than any part of a bundle may be"
            raise Unreadable(message)
        try:
            return self._zip.read(name)
        except BROKEN as error:
            message = f"{name} was damaged in storing or sending: {error}"
            raise Unreadable(message) from error

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._zip.NameToInfo

    def names(self, folder: str) -> list[str]:
        """The numbered parts in a folder, in the order of their numbers. Raises Unreadable."""
        return sorted(self._folders.get(folder, []), key=_number)

    def about(self) -> dict[str, object]:
        """What the bundle says of itself. Nothing is believed for it. Raises Unreadable."""
        try:
            said = json.loads(self.read("bundle.json"))
        except (ValueError, RecursionError) as error:
            message = f"bundle.json cannot be read: {error}"
            raise Unreadable(message) from error
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            message = f"this is not a bundle of the format {FORMAT}"
            raise Unreadable(message)
        return said

    @property
    def last(self) -> int:
        """The position of the last entry of a whole log."""
        if not self.whole or not self._chunks:
            return 0
        name = self._chunks[max(self._chunks)][-1]
        return _number(name) + len(self.read(name.replace("entries", "digests", 1))) // 32 - 1

    @property
    def parts(self) -> int:
        """How many regions there are; a bundle of some entries is checked in one go."""
        return 1 + max([0, *self._chunks, *map(_number, self.names("checkpoints"))]) if self.whole else 1

    def notes(self, part: int) -> Iterator[bytes]:
        """The checkpoints that end in a part."""
        for name in self.names("checkpoints"):
            if not self.whole or _number(name) == part:
                yield from _pieces(name, self.read(name))

    def check(self, part: int, region: Region) -> None:
        """Let the region take the entries of a part."""
        for name in self._chunks.get(part, []) if self.whole else []:
            if _number(name) <= region.size:
                message = f"{name} begins before the part in front of it ends"
                raise Unreadable(message)
            region.take(self._columns(_number(name), name))
        for name in self.names("tree"):
            self._walk(region, name)

    def _columns(self, first: int, name: str) -> Columns:
        texts = _pieces(name, self.read(name))
        payloads = self.read(name.replace("entries", "payloads", 1))
        digests = self.read(name.replace("entries", "digests", 1))
        hashes = [digests[at : at + 32] for at in range(0, len(digests), 32)]
        return columns_of(first, texts, _pieces(name, payloads), hashes)

    def _walk(self, region: Region, name: str) -> None:
        """Go along a `tree`: `entries N` are the next N entries, `LEVEL DIGEST` stands for 2^LEVEL that are not here."""
        entries, start = name.replace("tree", "entries", 1), 0
        columns = self._columns(0, entries) if entries in self._folders.get("entries", []) else None
        for line in self.read(name).decode("ascii", "replace").splitlines():
            kind, _, value = line.partition(" ")
            if columns and kind == "entries" and re.fullmatch(r"[1-9]\d{0,6}", value):
                stop = start + int(value)
                some = Columns(region.size + 1, *(column[start:stop] for column in columns[1:]))
                region.take(some)
                start = stop
            elif re.fullmatch(r"[0-5]?\d", kind) and re.fullmatch(r"[0-9a-f]{64}", value):
                region.skip(int(kind), bytes.fromhex(value))
            else:
                message = f"{name}: {line[:60]!r} is not a line of a tree"
                raise Unreadable(message)
        if columns and start != len(columns.texts):
            message = f"{name} has places for {start} entries, and {len(columns.texts)} are there"
            raise Unreadable(message)

    def misnamed(self) -> Iterator[Lie]:
        """Sets of rulebooks whose digest is not the one they are filed under."""
        sets: dict[str, list[str]] = {}
        for name in self._folders.get("rulebooks", []):  # in the order of the file, which the digest covers
            if name.count("/") == 2:
                sets.setdefault(name.split("/")[1], []).append(name)
        for digest, names in sets.items():
            files = [name.split("/")[2].encode() + b"\0" + self.read(name) for name in names]
            if sha256(b"\0".join(files)).hexdigest() != digest:
                yield Lie("rulebooks", f"rulebooks/{digest}", "their digest is another one: a rule was altered")


def _number(name: str) -> int:
    found = re.fullmatch(r"[a-z]+/(\d{1,15})", name)
    if not found:
        message = f"{name} is not the name of a part of a bundle"
        raise Unreadable(message)
    return int(found[1])


def _pieces(name: str, data: bytes) -> list[bytes]:
    """Cut a part into its pieces: the first line says how many bytes each has."""
    head, _, body = data.partition(b"\n")
    if not re.fullmatch(rb"(\d{1,9}( \d{1,9})*)?", head):
        message = f"{name} does not begin with the lengths of its pieces"
        raise Unreadable(message)
    ends = list(accumulate(map(int, head.split()), initial=0))
    if ends[-1] != len(body):
        message = f"{name} has {len(body)} bytes where {ends[-1]} were to come"
        raise Unreadable(message)
    return [body[start:stop] for start, stop in pairwise(ends)]


# --- the whole -----------------------------------------------------------------------------------------------------------


def run(source: Source, audit: Audit, *, jobs: int = 1, everything: bool = False) -> Iterator[Lie]:
    """Check all parts and join them; yields lies as they are found, all of them or the first one. Raises Unreadable."""
    told = 0
    for region in _regions(source, partial(examine, source, audit.keys, audit.cuts, audit.wanted), jobs):
        audit.join(region)
        yield from audit.lies[told:] if everything else audit.lies[told : told + 1]
        told = len(audit.lies)
        if told and not everything:
            return


_Work = Callable[[int], Region]
_work: _Work | None = None


def _begin(work: _Work) -> None:
    """Take the work into a process that was started for it."""
    global _work  # noqa: PLW0603 - what a process was started with
    _work = work


def _do(part: int) -> Region:
    assert _work is not None  # noqa: S101 - every process begins with `_begin`
    return _work(part)


def _regions(source: Source, work: _Work, jobs: int) -> Iterator[Region]:
    parts = source.parts
    if min(jobs, parts) <= 1:
        yield from map(work, range(parts))
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, parts), spawn, _begin, (work,)) as pool:
        waiting = [pool.submit(_do, part) for part in range(min(parts, 2 * jobs))]
        for part in range(parts):  # a few ahead, so that what is found does not pile up
            region = waiting.pop(0).result()
            if part + 2 * jobs < parts:
                waiting.append(pool.submit(_do, part + 2 * jobs))
            yield region


def verify(source: Source, audit: Audit, *, jobs: int = 1, everything: bool = False) -> Iterator[Lie]:
    """Check a log or a bundle; yields lies as they are found, all of them or the first one. Raises Unreadable."""
    claimed = None
    if isinstance(source, Bundle):
        claimed = source.about().get("entries")
        audit.lies += source.misnamed()
    yield from run(source, audit, jobs=jobs, everything=everything)
    if everything or not audit.lies:
        yield from audit.finish(claimed if isinstance(claimed, int) else None)[: None if everything else 1]


def account(audit: Audit, *, partial_log: bool) -> Iterator[str]:
    """What was verified, and what was not: for people."""
    named = f"the log {audit.origin!r}"
    yield f"{audit.entries:,} entries in {len(audit.streams):,} streams of {named}: rows, payloads, chains and order"
    yield f"{audit.checkpoints:,} checkpoints signed by the log; the last seals the first {max(audit.sealed, 0):,} entries"
    for name, (size, seen) in sorted(audit.witnessed.items()):
        yield f"the witness {name} saw the first {size:,} of them, last on {_moment(seen)[:16].replace('T', ' ')} UTC"
    if audit.held:
        yield f"{len(audit.held)} checkpoints that were kept elsewhere are beginnings of this log"
    if audit.receipts:
        yield f"{len(audit.receipts)} receipts name entries that are here as they were then"
    yield "NOT verified:"
    if not audit.keys.ours:
        yield "- whose log it is: the keys come with it. Give the key you were handed by another way with --key"
    unseen = audit.tree.size - max((size for size, _ in audit.witnessed.values()), default=0)
    if unseen:
        yield f"- that everybody is shown the same last {unseen:,} entries: no witness saw them, so two logs could be signed"
    if audit.tree.size > max(audit.sealed, 0):
        behind = audit.tree.size - max(audit.sealed, 0)
        yield f"- the last {behind:,} entries: no checkpoint seals them yet, so their end could be cut off unseen"
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
        source, origin, listed = live or _bundle(given.file)
        held = [(name, Path(name).read_bytes()) for name in given.held]
        receipts = [receipt_of(name, Path(name).read_bytes()) for name in given.receipt]
        audit = Audit(origin, trusted(list(_keys(given.key)), listed), held, receipts)
        whole = not isinstance(source, Bundle) or source.whole
        return tell(audit, verify(source, audit, jobs=given.jobs, everything=given.all), partial_log=not whole)
    except (Unreadable, Forged, OSError) as error:
        print(f"UNREADABLE {given.file}: {error}", file=sys.stderr)
        return 2


def _bundle(path: str) -> tuple[Source, str, bytes]:
    bundle = Bundle(path)
    return bundle, str(bundle.about().get("origin")), bundle.read("keys") if bundle.has("keys") else b""


def tell(audit: Audit, lies: Iterable[Lie], *, partial_log: bool) -> int:
    """Print what is found, and then what was verified; returns the exit code."""
    wrong = 0
    for lie in lies:
        wrong += 1
        print(f"LIE {lie.kind:10} {lie.place}: {lie.words}")
    if wrong:
        print(f"NOT VERIFIED: {wrong} found" if wrong > 1 else "NOT VERIFIED")
        return 1
    print("VERIFIED" if audit.keys.ours else "VERIFIED, trusting the key that came with it")
    for line in account(audit, partial_log=partial_log):
        print(line)
    return 0


def _keys(given: Iterable[str]) -> Iterator[Key]:
    for one in given:
        if _KEY.fullmatch(one):
            yield key_of(one)
        else:
            data = Path(one).read_bytes()
            if data.startswith(b"jieti-keys/v1\n"):
                yield from keys_of(data).all
            else:
                yield from (key_of(line) for line in data.decode("utf-8", "replace").splitlines() if line.strip())


if __name__ == "__main__":
    sys.exit(main())
