"""What the signer has published, as those read it who serve it or copy it: checkpoint, tiles, receipts, its own word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from eventlog import durable
from eventlog.notes import receipt
from eventlog.tiles import TileFolder, width_at
from eventlog.tree import HASH_BYTES, TileMissing, Tiles, check_consistency, consistency, hash_at, inclusion, root
from eventlog.verify import Checkpoint, Unreadable, check_inclusion, open_note, parse_checkpoint

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
        return _read(self.note())

    def receipt(self, position: int, extra: bytes = b"") -> str:
        """What proves to anybody that an entry stands at a position of the log. Raises NotSealed, TileMissing."""
        checkpoint = self.note()
        proof = self.inclusion(position, _read(checkpoint).size)
        return receipt(position - 1, proof, checkpoint.decode(), extra)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The path from an entry to the root over `size` entries. Raises NotSealed, TileMissing, ValueError.

        It is checked before it is given away: a damaged tile makes no proof.
        """
        sealed, tiles = self._sealed(max(position, size))
        proof = inclusion(tiles, position - 1, size)
        if not check_inclusion(
            position - 1, size, hash_at(tiles, 0, position - 1), proof, self._root(tiles, size, sealed)
        ):
            raise self._damaged(sealed)
        return proof

    def consistency(self, old: int, new: int) -> list[bytes]:
        """What proves that the log of `old` entries is the beginning of that of `new`. Raises as `inclusion` does."""
        sealed, tiles = self._sealed(max(old, new))
        proof = consistency(tiles, old, new)
        if not check_consistency(old, root(tiles, 0, old), new, self._root(tiles, new, sealed), proof):
            raise self._damaged(sealed)
        return proof

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """A tile of the sealed tree; None for one that it has not. Raises TileMissing if its file is gone."""
        there = width_at(self.checkpoint().size, level, number)
        return self._tiles.read(level, number, there)[: width * HASH_BYTES] if width <= there else None

    def status(self) -> Status | None:
        """What the signer last said of itself; None where there has never been one."""
        try:
            return _STATUS.validate_json((self.folder / STATUS).read_bytes())
        except (OSError, ValueError):
            return None

    def _sealed(self, size: int) -> tuple[Checkpoint, Tiles]:
        """The latest checkpoint and its tiles, which hold those of every smaller size. Raises NotSealed beyond it."""
        sealed = self.checkpoint()
        if size > sealed.size:
            raise NotSealed(f"the log is sealed up to entry {sealed.size}, and not yet up to {size}", sealed.size)
        return sealed, self._tiles.at(sealed.size)

    def _root(self, tiles: Tiles, size: int, sealed: Checkpoint) -> bytes:
        """The root that the log had at a size: one that what was signed last continues. Raises TileMissing."""
        if size == sealed.size:
            return sealed.root
        found = root(tiles, 0, size)
        if not check_consistency(size, found, sealed.size, sealed.root, consistency(tiles, size, sealed.size)):
            raise self._damaged(sealed)
        return found

    def _damaged(self, sealed: Checkpoint) -> TileMissing:
        self._tiles = TileFolder(self._tiles.folder)  # what was read of them is not to be believed
        return TileMissing(
            f"the tiles in {self._tiles.folder} do not give the root of the {sealed.size} entries that was signed: "
            "a signer that is started again makes them again from the log"
        )

    def _file(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise NotSealed("nothing is sealed here yet: no signer has been at work", 0) from None


def _read(note: bytes) -> Checkpoint:
    try:
        return parse_checkpoint(open_note(note, ())[0])
    except Unreadable as error:
        says = f"the published checkpoint is damaged ({error}): a signer that is started again publishes it again"
        raise NotSealed(says, 0) from None


def say_status(folder: Path, status: Status) -> None:
    """Write down what the signer says of itself."""
    durable.write(folder / STATUS, _STATUS.dump_json(status, indent=1))
