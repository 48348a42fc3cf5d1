"""A log in memory that is sealed in a folder: what the tests of sealing begin with, and the process that is killed.

Run as a program it seals the first 100 entries whole, goes on to 300, and dies at the given renaming of a file.
"""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from eventlog.keyring import Keyring
from eventlog.log import Head
from eventlog.memory import MemoryLog
from eventlog.notes import SigningKey
from eventlog.sealing import Sealer
from eventlog.verify import ED25519, Checkpoint, key_of, open_note, parse_checkpoint
from tests.contracts.log import asked, stream

ORIGIN = "log.example"
STREAMS = 7


def key(number: int = 1, name: str = ORIGIN) -> SigningKey:
    """A key of the log, always the same for a number."""
    return SigningKey(name, ED25519, bytes([number]) * 32)


def silence(_line: str) -> None:
    """Say nothing."""


@dataclass
class SealedLog:
    """A log of numbered entries, and the folder of its signer."""

    home: Path
    log: MemoryLog = field(default_factory=MemoryLog)
    keys: Keyring = field(default_factory=lambda: Keyring((key(),)))

    @property
    def state(self) -> Path:
        """The signer's state."""
        return self.home / "state"

    @property
    def folder(self) -> Path:
        """What the signer publishes."""
        return self.home / "sealed"

    async def grow(self, size: int) -> None:
        """Append until the log has so many entries; entry after entry they are always the same."""
        for number in range(await self.log.size(), size):
            version, stream_id = number // STREAMS, stream(number % STREAMS)
            entries = await self.log.stream(stream_id, since=version)
            head = Head(version, entries[-1].digest) if version else Head(0, bytes(32))
            await self.log.append(asked(stream_id, head, key=f"k{number}", payloads=[str(number).encode()]))

    async def sealer(self) -> Sealer:
        """A signer that has just started."""
        sealer = Sealer(self.log, origin=ORIGIN, keys=self.keys, state=self.state, folder=self.folder)
        await sealer.begin(silence)
        return sealer

    async def sealed(self, size: int) -> Sealer:
        """Grow, and seal all of it."""
        await self.grow(size)
        sealer = await self.sealer()
        await sealer.look()
        await sealer.seal()
        return sealer

    def published(self, name: str = "checkpoint") -> Checkpoint:
        """A published checkpoint, which must bear a signature of ours."""
        vkeys = [key_of(key(number).vkey) for number in (1, 2, 3)]
        body, signatures = open_note((self.folder / name).read_bytes(), vkeys)
        assert signatures
        return parse_checkpoint(body)


async def _die_at(home: Path, wanted: int, *, after: bool) -> None:
    held = SealedLog(home)
    await held.sealed(100)
    done = 0
    replace = Path.replace

    def counting(self: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done == wanted and not after:
            os._exit(9)
        replaced = replace(self, target)
        if done == wanted:
            os._exit(9)
        return replaced

    setattr(Path, "replace", counting)  # noqa: B010 - what is replaced here is what the rest of the program calls
    await held.sealed(300)


if __name__ == "__main__":
    asyncio.run(_die_at(Path(sys.argv[1]), int(sys.argv[2]), after=sys.argv[3] == "after"))
