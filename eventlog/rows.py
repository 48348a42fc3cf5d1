"""How appends and entries look to the database: the arguments of its functions, and the rows of its table."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from eventlog.entry import Entry
from eventlog.writer import Placed


def values(placed: Placed) -> tuple[Any, ...]:
    """Turn an append of one entry into what log.append_one takes."""
    append, [entry] = placed.append, placed.entries
    return (
        append.stream_id,
        append.version,
        append.head,
        append.key,
        append.request,
        append.recorded_at,
        entry.topic,
        entry.payload,
        entry.digest,
    )


def columns(batch: Sequence[Placed]) -> list[list[Any]]:
    """Turn appends into the arrays that log.append takes."""
    appends = [placed.append for placed in batch]
    entries = [entry for placed in batch for entry in placed.entries]
    return [
        [append.stream_id for append in appends],
        [append.version for append in appends],
        [append.head for append in appends],
        [append.key for append in appends],
        [append.request for append in appends],
        [append.recorded_at for append in appends],
        [owner for owner, placed in enumerate(batch, 1) for _ in placed.entries],
        [entry.topic for entry in entries],
        [entry.payload for entry in entries],
        [entry.digest for entry in entries],
    ]


def entries_of(rows: Iterable[Any]) -> Iterator[Entry]:
    """Make entries of rows. Ids become plain UUIDs: the driver's own kind is unknown to every JSON encoder."""
    plain: dict[UUID, UUID] = {}
    for position, stream_id, *rest in rows:
        if (known := plain.get(stream_id)) is None:
            known = plain.setdefault(stream_id, UUID(bytes=stream_id.bytes))
        yield Entry(position, known, *rest)
