"""What the signer has published, as those read it who serve it or copy it: checkpoint, tiles, receipts, its own word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from eventlog import durable
from eventlog.notes import receipt
from eventlog.tiles import TileFolder, width_at
from eventlog.tree import consistency, inclusion
from eventlog.verify import Checkpoint, open_note, parse_checkpoint

STATUS = "status"


class NotSealed(Exception):
    """There is no checkpoint yet that covers this. `size` is how far the log is sealed."""

    def __init__(self, message: str, size: int) -> None:
        """Say what is not covered."""
        super().__init__(message)
        self.size = size


@dataclass(frozen=True, slots=True)
class WitnessSeen:
    """A witness: the largest checkpoint it has cosigned for us, when (None: never), and what went wrong since."""

    name: str
    size: int
    at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """What the signer says of itself, every few seconds. `refused` names what it found that it will not sign.

    `log_size` is how many entries it saw in the log, `size` how many are sealed; both moments are aware, in UTC.
    """

    origin: str
    size: int
    log_size: int
    sealed_at: datetime | None
    seen_at: datetime
    refused: str
    error: str
    witnesses: Sequence[WitnessSeen]


_STATUS = TypeAdapter(Status)


class Published:
    """The signer's folder, read only."""

    def __init__(self, folder: Path) -> None:
        """Read below `folder`; it need not be there yet."""
        self.folder = folder
        self._tiles = TileFolder(folder / "tile")

    def note(self) -> bytes:
        """The latest checkpoint, with all its signatures. Raises NotSealed."""
        return self._file("checkpoint")

    def keys(self) -> bytes:
        """The signed list of the log's keys. Raises NotSealed."""
        return self._file("keys")

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint, read. Raises NotSealed."""
        return parse_checkpoint(open_note(self.note(), ())[0])

    def receipt(self, position: int, extra: bytes = b"") -> str:
        """What proves to anybody that an entry stands at a position of the log. Raises NotSealed, TileMissing."""
        checkpoint = self.note()
        size = parse_checkpoint(open_note(checkpoint, ())[0]).size
        proof = self.inclusion(position, size)
        return receipt(position - 1, proof, checkpoint.decode(), extra)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The path from an entry to the root over `size` entries. Raises NotSealed, TileMissing, ValueError."""
        self._refuse_beyond(max(position, size))
        return inclusion(self._tiles.at(size), position - 1, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """What proves that the log of `old` entries is the beginning of that of `new`. Raises as `inclusion` does."""
        self._refuse_beyond(max(old, new))
        return consistency(self._tiles.at(new), old, new)

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """A tile of the sealed tree; None for one that it has not. Raises TileMissing if its file is gone."""
        if width > width_at(self.checkpoint().size, level, number):
            return None
        return self._tiles.read(level, number, width)

    def status(self) -> Status | None:
        """What the signer last said of itself; None where there has never been one."""
        try:
            return _STATUS.validate_json((self.folder / STATUS).read_bytes())
        except (OSError, ValueError):
            return None

    def _refuse_beyond(self, size: int) -> None:
        sealed = self.checkpoint().size
        if size > sealed:
            raise NotSealed(f"the log is sealed up to entry {sealed}, and not yet up to {size}", sealed)

    def _file(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise NotSealed("nothing is sealed here yet: no signer has been at work", 0) from None


def say_status(folder: Path, status: Status) -> None:
    """Write down what the signer says of itself."""
    durable.write(folder / STATUS, _STATUS.dump_json(status, indent=1))
