"""What every log promises, whatever it is kept in; tests/contracts hold each of them to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from eventlog.entry import Append, Entry


class LogError(Exception):
    """The log could not do what was asked of it; nothing was written."""


class StreamMoved(LogError):
    """The stream has grown since it was loaded: load it again, decide again."""


class KeyReused(LogError):
    """The idempotency key was used on this stream before, for another request."""


class LogUnavailable(LogError):
    """The log cannot be reached now; the same request with the same key may be sent again."""


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


class Log(Protocol):
    """An append-only list of entries in one order, cut into streams."""

    async def append(self, append: Append) -> Written:
        """Write one append whole. Raises StreamMoved, KeyReused or LogUnavailable, and then nothing is written."""
        ...

    async def append_all(self, appends: Sequence[Append]) -> Sequence[Written]:
        """Write many appends in one transaction: all of them, or none. At most one append a stream."""
        ...

    async def stream(self, stream_id: UUID, *, upto: int | None = None) -> Sequence[Entry]:
        """Read one stream from its beginning, up to and with version `upto`; empty if there is none."""
        ...

    async def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Entry]]:
        """Read several whole streams in one query; a stream without entries maps to an empty sequence."""
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
        """Sleep until the log has an entry behind `position` or the time is over; returns its size then."""
        ...
