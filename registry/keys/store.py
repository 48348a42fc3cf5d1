"""What every key store promises, and the one that forgets everything with its process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Protocol
from uuid import UUID

from registry.keys.ring import KEY_BYTES, KeyName


class KeysUnavailable(Exception):
    """The key store cannot be reached now: nothing can be sealed, and nothing that is sealed can be read."""


class Shredded(Exception):
    """The keys of this subject were destroyed. It never gets others: what was said of it stays unreadable."""

    def __init__(self, subject: UUID) -> None:
        """Take the subject."""
        super().__init__(f"the keys of {subject} were destroyed; nothing more is recorded about it")
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Stock:
    """How many keys there should be by the store's own tally, and how many there are."""

    expected: int
    present: int


class Keys(Protocol):
    """Random keys of 32 bytes, one for each subject and group."""

    async def make(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names; those that do not exist are made. Raises Shredded, KeysUnavailable."""
        ...

    async def fetch(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names, as far as there are any. Raises KeysUnavailable."""
        ...

    async def destroy(self, subject: UUID, moment: datetime) -> int:
        """Destroy all keys of a subject for ever and tell how many there were. Once done, doing it again is 0."""
        ...

    async def present(self, wanted: Sequence[KeyName]) -> set[KeyName]:
        """Which of these keys exist, asked of the store itself and not of what was read lately."""
        ...

    async def destroyed(self, subjects: Sequence[UUID]) -> set[UUID]:
        """Which of these subjects have had their keys destroyed through the door meant for it."""
        ...

    async def stock(self) -> Stock:
        """Count. Keys that were taken away behind the store's back make `present` less than `expected`."""
        ...


@dataclass(slots=True)
class MemoryKeys:
    """Keys in memory: for tests and for what is thrown away."""

    kept: dict[KeyName, bytes] = field(default_factory=dict)
    gone: set[UUID] = field(default_factory=set)
    tally: int = 0

    async def make(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names; those that do not exist are made. Raises Shredded."""
        for name in wanted:
            if name[0] in self.gone:
                raise Shredded(name[0])
            if name not in self.kept:
                self.kept[name] = token_bytes(KEY_BYTES)
                self.tally += 1
        return await self.fetch(wanted)

    async def fetch(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names, as far as there are any."""
        return {name: self.kept[name] for name in wanted if name in self.kept}

    async def destroy(self, subject: UUID, moment: datetime) -> int:  # noqa: ARG002 - the protocol's signature
        """Destroy all keys of a subject for ever and tell how many there were."""
        names = [name for name in self.kept if name[0] == subject]
        for name in names:
            del self.kept[name]
        self.gone.add(subject)
        self.tally -= len(names)
        return len(names)

    async def present(self, wanted: Sequence[KeyName]) -> set[KeyName]:
        """Which of these keys exist."""
        return set(await self.fetch(wanted))

    async def destroyed(self, subjects: Sequence[UUID]) -> set[UUID]:
        """Which of these subjects have had their keys destroyed."""
        return self.gone & set(subjects)

    async def stock(self) -> Stock:
        """Count."""
        return Stock(self.tally, len(self.kept))
