"""What the log commits to: a short readable text for each entry, and the digest of that text.

The digest is at once the leaf of an RFC 6962 tree over the whole log and the link of the chain of one stream,
for every entry names the digest of the entry before it in its stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

NOTHING = bytes(32)
"""Stands where the digest of an earlier entry would stand, in the first entry of a stream."""

MOST_PAYLOAD_BYTES = 1 << 20
"""A payload over one mebibyte is a document, and documents are kept elsewhere."""

MOST_NAME_CHARACTERS = 200
"""How long a topic or a key may be: both stand in a line of text and in an index."""


class Unwritable(ValueError):
    """This cannot stand in the log, whatever is in it already."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing to be written: its name for ever (`topic`) and its bytes, exactly as they will be hashed.

    Raises Unwritable for a topic that is not one printable line, and for a payload over `MOST_PAYLOAD_BYTES`.
    """

    topic: str
    payload: bytes

    def __post_init__(self) -> None:
        """Refuse what an entry's text could not hold."""
        _refuse_unless_a_line("topic", self.topic)
        if len(self.payload) > MOST_PAYLOAD_BYTES:
            message = f"a payload of {len(self.payload)} bytes is over the limit of {MOST_PAYLOAD_BYTES}"
            raise Unwritable(message)


@dataclass(frozen=True, slots=True)
class Append:
    """All that one request adds to one stream, to be written whole or not at all.

    `version` and `head` are those of the stream as it was loaded: 0 and `NOTHING` for a new one. `key` makes the
    request repeatable; `request` is the SHA-256 digest of what was asked, so that a key reused for something else
    is told and not answered. `recorded_at` is an aware moment in UTC. Raises Unwritable for what could never be
    written: no drafts, a key that is not one printable line, a digest that is none, a moment without a zone.
    """

    stream_id: UUID
    version: int
    head: bytes
    key: str
    request: bytes
    recorded_at: datetime
    drafts: Sequence[Draft]

    def __post_init__(self) -> None:
        """Refuse what no log could take."""
        _refuse_unless_a_line("key", self.key)
        if not self.drafts:
            message = "an append without drafts would leave no trace of its key"
            raise Unwritable(message)
        if len(self.head) != len(NOTHING) or len(self.request) != len(NOTHING):
            message = "`head` and `request` are SHA-256 digests of 32 bytes"
            raise Unwritable(message)
        if self.version < 0 or (self.version == 0) != (self.head == NOTHING):
            message = "a stream without entries has version 0 and the head NOTHING, and no other stream has either"
            raise Unwritable(message)
        if self.recorded_at.utcoffset() is None:
            message = "`recorded_at` has no time zone, so it names no moment"
            raise Unwritable(message)


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft in its place. `position` counts the whole log from 1 without a gap; `version` counts its stream."""

    position: int
    stream_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    key: str
    request: bytes
    payload: bytes
    previous: bytes
    digest: bytes

    @property
    def text(self) -> bytes:
        """The readable text that `digest` covers."""
        return entry_text(self)


def entry_text(entry: Entry) -> bytes:
    """Write the text of an entry, byte for byte as docs/log-format.md gives it."""
    return _text(
        stream_id=entry.stream_id,
        version=entry.version,
        topic=entry.topic,
        recorded_at=entry.recorded_at.astimezone(UTC),
        key=entry.key,
        request=entry.request,
        previous=entry.previous,
        payload=entry.payload,
    )


def _text(
    *,
    stream_id: UUID,
    version: int,
    topic: str,
    recorded_at: datetime,
    key: str,
    request: bytes,
    previous: bytes,
    payload: bytes,
) -> bytes:
    return (
        f"jieti-entry/v1\nstream {stream_id}\nversion {version}\ntopic {topic}\n"
        f"recorded {recorded_at.isoformat(timespec='microseconds')[:26]}Z\n"
        f"key {key}\nrequest {request.hex()}\nprevious {previous.hex()}\npayload {sha256(payload).hexdigest()}\n"
    ).encode()


def leaf(text: bytes) -> bytes:
    """Digest an entry's text as RFC 6962 section 2.1 digests a leaf."""
    return sha256(b"\x00" + text).digest()


def _refuse_unless_a_line(name: str, value: str) -> None:
    """Refuse a text that could break the line it stands in, or hide something in it.

    `isprintable` is false for line ends, control and direction characters, NUL, lone surrogates, and every space but
    the plain one.
    """
    if not value or len(value) > MOST_NAME_CHARACTERS or not value.isprintable():
        message = f"a {name} is one line of 1 to {MOST_NAME_CHARACTERS} printable characters"
        raise Unwritable(message)


def place(append: Append) -> list[Entry]:
    """Chain the drafts of an append behind its head, as entries that have no position yet (0)."""
    recorded_at = append.recorded_at.astimezone(UTC)
    entries: list[Entry] = []
    previous = append.head
    for version, draft in enumerate(append.drafts, append.version + 1):
        text = _text(
            stream_id=append.stream_id,
            version=version,
            topic=draft.topic,
            recorded_at=recorded_at,
            key=append.key,
            request=append.request,
            previous=previous,
            payload=draft.payload,
        )
        digest = leaf(text)
        entries.append(
            Entry(
                0,
                append.stream_id,
                version,
                draft.topic,
                recorded_at,
                append.key,
                append.request,
                draft.payload,
                previous,
                digest,
            )
        )
        previous = digest
    return entries


def positioned(entries: Sequence[Entry], first: int) -> list[Entry]:
    """Give placed entries their positions, one after another from `first`."""
    return [
        Entry(
            position,
            entry.stream_id,
            entry.version,
            entry.topic,
            entry.recorded_at,
            entry.key,
            entry.request,
            entry.payload,
            entry.previous,
            entry.digest,
        )
        for position, entry in enumerate(entries, first)
    ]
