"""What every log promises, whatever it is kept in; tests/contracts hold each of them to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from eventlog.entry import NOTHING, Append, Entry


class LogError(Exception):
    """The log could not do what was asked of it."""


class StreamMoved(LogError):
    """The stream has grown since it was loaded: load it again, decide again. Nothing was written."""

    @classmethod
    def on(cls, append: Append) -> Self:
        """Name the stream and the version it was loaded at."""
        return cls(f"stream {append.stream_id} no longer ends with version {append.version} as it was loaded")


class KeyReused(LogError):
    """The idempotency key was used on this stream before, for another request. Nothing was written."""

    @classmethod
    def on(cls, append: Append) -> Self:
        """Name the stream and the key."""
        return cls(f"key {append.key!r} was used on stream {append.stream_id} for another request")


class LogUnavailable(LogError):
    """The log cannot be reached now, and whether it has written is not known.

    The same request may be sent again: its key makes sure that it is written once.
    """


@dataclass(frozen=True, slots=True)
class Written:
    """The entries of one append in their places; `repeated` when an earlier request with the same key wrote them."""

    entries: Sequence[Entry]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Head:
    """How far a stream has come: its last version and digest (0 and `NOTHING` for a stream without entries)."""

    version: int
    digest: bytes


EMPTY = Head(0, NOTHING)
"""The head of a stream without entries."""


def head_of(entries: Sequence[Entry]) -> Head:
    """Tell the head of a stream from its entries."""
    return Head(entries[-1].version, entries[-1].digest) if entries else EMPTY


def refuse_second_append_to_a_stream(appends: Sequence[Append]) -> None:
    """Raise ValueError for two appends to one stream: the second could only have been decided without the first."""
    if len({append.stream_id for append in appends}) < len(appends):
        message = "two appends to one stream cannot stand in one transaction"
        raise ValueError(message)


class Log(Protocol):
    """An append-only list of entries in one order, cut into streams."""

    async def append(self, append: Append) -> Written:
        """Write one append whole, or answer with what an earlier request with the same key wrote.

        The key is looked for first, so that a repeat is answered however far the stream has come since. Raises
        StreamMoved, KeyReused or LogUnavailable.
        """
        ...

    async def append_all(self, appends: Sequence[Append]) -> Sequence[Written]:
        """Write many appends in one transaction: all of them, or none. At most one append a stream.

        Appends that an earlier request wrote are answered beside those that are new. Raises as `append` does, naming
        the first append that could not be written, and ValueError for two appends to one stream.
        """
        ...

    async def stream(self, stream_id: UUID, *, since: int = 1, upto: int | None = None) -> Sequence[Entry]:
        """Read one stream, from version `since` (its beginning) up to and with version `upto`; empty if there is none."""
        ...

    async def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Entry]]:
        """Read several whole streams in one query; a stream without entries maps to an empty sequence."""
        ...

    async def streams_between(self, first: UUID, last: UUID) -> Mapping[UUID, Sequence[Entry]]:
        """Read all whole streams with ids from `first` to `last`, both included, in the order of their ids.

        Ids made by hashing lie evenly, so that equal spans of ids are parts of the log of about equal size.
        """
        ...

    async def heads(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Head]:
        """Tell how far each of these streams has come."""
        ...

    async def after(self, position: int, *, limit: int = 1000) -> Sequence[Entry]:
        """Read the whole log behind a position, in order: `after(0)` begins with the first entry."""
        ...

    async def size(self) -> int:
        """Tell the position of the last entry; 0 for an empty log."""
        ...

    async def wait(self, position: int, *, seconds: float) -> int:
        """Sleep until the log has an entry behind `position` or the time is over; returns its size then.

        Never returns later than the time says, and may return a little before an entry is there: look at the size.
        """
        ...
