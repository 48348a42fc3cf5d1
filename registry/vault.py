"""What is known of persons without naming them: pseudonyms, digests of requests, and who opens what was sealed."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Any
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.keys.ring import NONCE_BYTES, KeyName, NoKey, Ring, SealBroken, name_of
from registry.keys.store import Keys, MemoryKeys

DERIVED = "v1"
"""The scheme of values sealed before there were stored keys: they are read, and never written again."""

OTHERS = "contact"
"""The group of values that name somebody else than the person of the path: their subject is that other person."""


def own_subject(recipient_id: UUID) -> UUID:
    """Whose key seals what a recipient's own facts say.

    It is another than the one under which facts about others name the same person: when somebody's addresses are
    destroyed, it stays readable whom they have cultivated.
    """
    return uuid5(recipient_id, "own")


class Vault:
    """Makes pseudonyms from one secret, and seals and opens with the keys of a store."""

    def __init__(self, secret: bytes, keys: Keys | None = None) -> None:
        """Take the secret (32 random bytes or more, never changed) and the key store; without one, keys are forgotten
        with this object. Raises ValueError for a shorter secret.
        """
        if len(secret) < 32:  # noqa: PLR2004 - the size of the digest
            message = "the identity key must have at least 32 bytes"
            raise ValueError(message)
        self._secret = secret
        self._persons = self.derived("person")
        self._others = self.derived("other")
        self._requests = self.derived("request")
        self.keys: Keys = keys or MemoryKeys()

    def derived(self, purpose: str) -> bytes:
        """A key for a purpose, made from the secret."""
        return digest(self._secret, purpose.encode(), sha256)

    def person(self, student_no: str) -> UUID:
        """The pseudonym of a person: the same for the same number, and a guess without the secret tells nothing."""
        return UUID(bytes=digest(self._persons, student_no.strip().encode(), sha256)[:16], version=5)

    def other(self, named: str) -> UUID:
        """The pseudonym of somebody whom a fact names beside the person: a contact, an introducer, who held a talk."""
        return UUID(bytes=digest(self._others, named.strip().encode(), sha256)[:16], version=5)

    def request(self, asked: Mapping[str, Any]) -> str:
        """The hex digest of a request (JSON values), so that a key reused for another one is told."""
        text = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return digest(self._requests, text.encode(), sha256).hex()

    async def opener(self, sealed: Iterable[str]) -> "Opener":
        """Get at hand what opens these values. Raises KeysUnavailable."""
        names = {name for one in sealed if (name := name_of(one))}
        return Opener(self, Ring(await self.keys.fetch(list(names)) if names else {}))

    async def open(self, subject: UUID, sealed: str) -> str | None:
        """Open one value; None if its key is gone. Raises SealBroken, KeysUnavailable."""
        return (await self.opener([sealed])).open(subject, sealed)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the values it was asked for. Made by `Vault.opener`."""

    vault: Vault
    ring: Ring

    def open(self, subject: UUID, sealed: str) -> str | None:
        """Open a value that stands in the stream of a subject; None if its key is gone. Raises SealBroken."""
        name = name_of(sealed)
        if name is None:
            return self._derived(subject, sealed)
        if not _stands(name, subject):
            raise SealBroken
        try:
            return self.ring.open(sealed)
        except NoKey:
            return None

    def _derived(self, subject: UUID, sealed: str) -> str:
        try:
            scheme, group, text = sealed.split(":")
            raw = urlsafe_b64decode(text)
            if scheme != DERIVED:
                raise SealBroken
            key = AESGCM(self.vault.derived(f"seal/{subject}/{group}"))
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], subject.bytes).decode()
        except (ValueError, InvalidTag):
            raise SealBroken from None


def _stands(name: KeyName, subject: UUID) -> bool:
    """Whether a value may stand in the stream of a subject: its own, or one that names somebody else."""
    return name[0] == subject or name[1] == OTHERS or name[0] == own_subject(subject)
