# Longer than 300 lines: an auditor gets this one file, and reads it in one sitting.
"""Check a log without trusting whoever kept it: this one file, the standard library, and nothing else of the project.

What is checked is written in docs/log-format.md. Hashes follow RFC 6962, notes, checkpoints and cosignatures the C2SP
specifications of those names. The package `cryptography` is used for Ed25519 where it is there, for it is faster;
without it the arithmetic below does the same.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256, sha512
from typing import NamedTuple

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
        """Add a leaf, or the root of a full subtree of 2^level leaves. Raises ValueError where such cannot stand."""
        if self.size % (1 << level):
            message = f"a subtree of {1 << level} leaves cannot stand behind leaf {self.size}"
            raise ValueError(message)
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
        return not proof and old_root == (new_root if old_size else EMPTY_ROOT)
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
