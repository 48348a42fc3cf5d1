"""Keys derived from one secret: pseudonyms of persons, digests of requests, and sealed values."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "v1"
NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved to another person, or sealed with another secret."""


class Vault:
    """Seals and opens values about persons. Every (subject, group) has a key of its own, derived from the secret.

    A sealed value is text, `v1:<group>:<base64 of nonce and ciphertext>`, bound to its subject. The scheme stands in
    it, so that values under stored keys can stand beside it later.
    """

    def __init__(self, secret: bytes) -> None:
        """Take the secret: 32 random bytes or more, never changed. Raises ValueError for a shorter one."""
        if len(secret) < 32:  # noqa: PLR2004 - the size of the digest
            message = "the identity key must have at least 32 bytes"
            raise ValueError(message)
        self._secret = secret
        self._persons = self._key("person")
        self._requests = self._key("request")

    def _key(self, purpose: str) -> bytes:
        return digest(self._secret, purpose.encode(), sha256)

    def person(self, student_no: str) -> UUID:
        """The pseudonym of a person: the same for the same number, and a guess without the secret tells nothing."""
        return UUID(bytes=digest(self._persons, student_no.strip().encode(), sha256)[:16], version=5)

    def request(self, asked: Mapping[str, Any]) -> str:
        """The hex digest of a request (JSON values), so that a key reused for another one is told."""
        text = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return digest(self._requests, text.encode(), sha256).hex()

    def seal(self, subject: UUID, group: str, value: str) -> str:
        """Seal a value about a subject."""
        nonce = token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._key(f"seal/{subject}/{group}")).encrypt(nonce, value.encode(), subject.bytes)
        return f"{SCHEME}:{group}:{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, subject: UUID, sealed: str) -> str:
        """Open a sealed value. Raises SealBroken."""
        try:
            scheme, group, text = sealed.split(":")
            raw = urlsafe_b64decode(text)
            if scheme != SCHEME:
                raise SealBroken
            key = AESGCM(self._key(f"seal/{subject}/{group}"))
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], subject.bytes).decode()
        except (ValueError, InvalidTag):
            raise SealBroken from None
