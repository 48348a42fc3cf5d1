"""Sealing and opening with the keys at hand: what a sealed value looks like, and what it is bound to."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "v2"
KEY_BYTES = 32
NONCE_BYTES = 12
SEALED = re.compile(r"v2:([a-z]+):([0-9a-f]{32}):([A-Za-z0-9_=-]+)")
"""A sealed value: scheme, group, subject, and nonce and ciphertext in URL-safe base64."""

KeyName = tuple[UUID, str]
"""Whose key, and for which group of values."""


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved to another person, or sealed with another secret."""


class NoKey(Exception):
    """There is no key for this value: it was destroyed, or it is missing. `jieti subject check` tells which."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Keys at hand for a moment. Made by `Vault.ring`."""

    keys: Mapping[KeyName, bytes]

    def _key(self, subject: UUID, group: str) -> bytes:
        try:
            return self.keys[subject, group]
        except KeyError:
            raise NoKey(f"no key for {group} of {subject}") from None

    def seal(self, subject: UUID, group: str, value: str, *, alike: bool = False) -> str:
        """Seal a value about a subject. Raises NoKey.

        Two seals of one value differ, so that nobody can tell from the log that two texts are the same; with `alike`
        they are equal, so that one can tell (and no more) that two facts name the same person.
        """
        key = self._key(subject, group)
        nonce = digest(key, b"alike/" + value.encode(), sha256)[:NONCE_BYTES] if alike else token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, value.encode(), _bound(subject, group))
        return f"{SCHEME}:{group}:{subject.hex}:{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str) -> str:
        """Open a sealed value. Raises NoKey, SealBroken."""
        found = SEALED.fullmatch(sealed)
        if found is None:
            raise SealBroken
        group, subject = found[1], UUID(hex=found[2])
        key = self._key(subject, group)
        try:
            raw = urlsafe_b64decode(found[3])
            return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(subject, group)).decode()
        except (ValueError, InvalidTag):
            raise SealBroken from None

    def mark(self, subject: UUID, group: str, text: str) -> str:
        """A hex digest that nobody can find again by guessing once the key is gone. Raises NoKey."""
        return digest(self._key(subject, group), b"mark/" + text.encode(), sha256).hex()


def _bound(subject: UUID, group: str) -> bytes:
    return subject.bytes + group.encode()


def name_of(sealed: str) -> KeyName | None:
    """Under whose key, and of which group, a value is sealed; None for what is no value under a stored key."""
    found = SEALED.fullmatch(sealed)
    return (UUID(hex=found[2]), found[1]) if found else None
