"""Writes what is signed: notes, checkpoints, cosignatures, receipts, and the list of keys; reading them is verify's.

The formats are public: C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof (all at c2sp.org). Every key
and every signature line names its algorithm, so that a line of another kind can stand beside the ones written here.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.verify import COSIGNATURE, ED25519, Keys

SEED_BYTES = 32
PRIVATE = "PRIVATE+KEY+"
RECEIPT = "c2sp.org/tlog-proof@v1"
KEYS = "jieti-keys/v1"


class BadKey(ValueError):
    """This is not the text of a signing key; the message never shows it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, the name it signs under, and whether it is a log's (ED25519) or a witness's (COSIGNATURE).

    Raises BadKey for a name that no note could hold.
    """

    name: str
    kind: int
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would break the line a signature stands in."""
        if not self.name or not self.name.isprintable() or any(one.isspace() or one == "+" for one in self.name):
            raise BadKey(f"a key's name has no spaces and no plus sign: {self.name!r}")
        if self.kind not in (ED25519, COSIGNATURE) or len(self.seed) != SEED_BYTES:
            raise BadKey(f"the key {self.name} is of no kind that is known here")

    @classmethod
    def read(cls, text: str) -> "SigningKey":
        """Read a key as `private` writes it, which is how Go's sumdb/note does. Raises BadKey."""
        name, _, rest = text.strip().removeprefix(PRIVATE).partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
            key = cls(name, raw[0], raw[1:])
        except (binascii.Error, IndexError):
            raise BadKey("a signing key is one line: PRIVATE+KEY+name+id+base64") from None
        if not text.startswith(PRIVATE) or key.key_id.hex() != key_id:
            raise BadKey("the id in the line of the signing key is not that of the key: a character was changed")
        return key

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._key().public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """The four bytes that lines signed with this key begin with."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The public key as others write it down: name, id and key. Whoever has this line can check."""
        return _vkey(self.name, self.key_id, self.kind, self.public)

    @property
    def private(self) -> str:
        """The whole key in a line, for a file that only its owner can read."""
        return f"{PRIVATE}{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.seed)}"

    def line(self, body: str, at: int = 0) -> str:
        """Sign the text of a note: the signature line, with its line feed.

        `at` is the moment in seconds since 1970, which a cosignature states and a log's signature does not.
        """
        signed, stamp = body.encode(), b""
        if self.kind == COSIGNATURE:
            signed, stamp = cosigned(body, at), at.to_bytes(8)
        return f"— {self.name} {_base64(self.key_id + stamp + self._key().sign(signed))}\n"

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def cosigned(body: str, at: int) -> bytes:
    """The bytes that a cosignature of a checkpoint's text covers (tlog-cosignature, Ed25519 signed message)."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def note(body: str, lines: Sequence[str]) -> str:
    """Put a text and its signature lines together."""
    return f"{body}\n{''.join(lines)}"


def checkpoint_body(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint: which log, how many entries, and the root of the tree over them."""
    return f"{origin}\n{size}\n{_base64(root)}\n"


def receipt(index: int, proof: Sequence[bytes], checkpoint: str, extra: bytes = b"") -> str:
    """A proof of inclusion that stands alone (tlog-proof): `index` is the position less one.

    `extra` proves nothing by itself; here it is the text of the entry, whose digest the proof is about.
    """
    lines = [RECEIPT, *([f"extra {_base64(extra)}"] if extra else []), f"index {index}", *map(_base64, proof)]
    return "\n".join(lines) + "\n\n" + checkpoint


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """A log's public key, the size of the first checkpoint it signed, and of the last: None while it still signs."""

    vkey: str
    since: int
    until: int | None = None
    leaked: bool = False

    @property
    def line(self) -> str:
        """`log <vkey> since <size> until <size or ->`, with `leaked` behind it for one that others may have."""
        until = "-" if self.until is None else self.until
        return f"log {self.vkey} since {self.since} until {until}{' leaked' if self.leaked else ''}\n"


def terms_of(keys: Keys) -> tuple[KeyTerm, ...]:
    """The terms of a list of keys that was read."""
    return tuple(KeyTerm(_vkey(*term.key), term.since, term.until, term.leaked) for term in keys.terms)


def keys_body(origin: str, terms: Sequence[KeyTerm], witnesses: Sequence[str]) -> str:
    """The text of the list of keys: each of the log's with its term, and the witnesses that are asked."""
    lines = [f"{KEYS}\n", f"origin {origin}\n", *(term.line for term in terms)]
    return "".join([*lines, *(f"witness {vkey}\n" for vkey in witnesses)])


def _vkey(name: str, key_id: bytes, kind: int, public: bytes) -> str:
    return f"{name}+{key_id.hex()}+{_base64(bytes([kind]) + public)}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
