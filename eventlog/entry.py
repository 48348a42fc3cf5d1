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


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing to be written: its name for ever (`topic`) and its bytes, exactly as they will be hashed."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """All that one request adds to one stream, to be written whole or not at all.

    `version` and `head` are those of the stream as it was loaded: 0 and `NOTHING` for a new one. `key` makes the
    request repeatable; `request` is the SHA-256 digest of what was asked, so that a key reused for something else
    is told and not answered. `recorded_at` is an aware moment in UTC.
    """

    stream_id: UUID
    version: int
    head: bytes
    key: str
    request: bytes
    recorded_at: datetime
    drafts: Sequence[Draft]


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
        entry.stream_id,
        entry.version,
        entry.topic,
        entry.recorded_at,
        entry.key,
        entry.request,
        entry.previous,
        entry.payload,
    )


def _text(
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
        f"recorded {recorded_at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}\n"
        f"key {key}\nrequest {request.hex()}\nprevious {previous.hex()}\npayload {sha256(payload).hexdigest()}\n"
    ).encode()


def leaf(text: bytes) -> bytes:
    """Digest an entry's text as RFC 6962 section 2.1 digests a leaf."""
    return sha256(b"\x00" + text).digest()


def place(append: Append) -> list[Entry]:
    """Chain the drafts of an append behind its head, as entries that have no position yet (0)."""
    entries: list[Entry] = []
    previous = append.head
    for version, draft in enumerate(append.drafts, append.version + 1):
        text = _text(
            append.stream_id,
            version,
            draft.topic,
            append.recorded_at,
            append.key,
            append.request,
            previous,
            draft.payload,
        )
        digest = leaf(text)
        entries.append(
            Entry(
                0,
                append.stream_id,
                version,
                draft.topic,
                append.recorded_at,
                append.key,
                append.request,
                draft.payload,
                previous,
                digest,
            )
        )
        previous = digest
    return entries
