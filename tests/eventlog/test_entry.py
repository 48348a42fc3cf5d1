"""What an entry commits to, byte for byte, and what can never stand in one."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from eventlog.entry import (
    MOST_NAME_CHARACTERS,
    MOST_PAYLOAD_BYTES,
    NOTHING,
    Append,
    Draft,
    Unwritable,
    place,
    positioned,
)

STREAM = UUID("3f1c8a8e-5d0e-4c5b-9d0a-0f2b8a6a1e11")
GOLDEN = """\
jieti-entry/v1
stream 3f1c8a8e-5d0e-4c5b-9d0a-0f2b8a6a1e11
version 1
topic activist-determined
recorded 2026-10-01T08:00:00.000000Z
key 确定 7
request 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
previous 0000000000000000000000000000000000000000000000000000000000000000
payload 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
"""
GOLDEN_DIGEST = "68a0d01a37de5e1e869032481d52974a3aed022c3a7de2506fb3dd546de5d6f9"
GOLDEN_SECOND_DIGEST = "00b192681afc17e6174972f06a8fea9d51ca8ee1fc503045756d9b5b59d17c4e"


def an_append(**changes: Any) -> Append:
    """An append that is right but for the changes."""
    fields: dict[str, Any] = {
        "stream_id": STREAM,
        "version": 0,
        "head": NOTHING,
        "key": "确定 7",
        "request": sha256(b"foo").digest(),
        "recorded_at": datetime(2026, 10, 1, 8, tzinfo=UTC),
        "drafts": [Draft("activist-determined", b"{}"), Draft("activist-determined", b"[]")],
    }
    return Append(**(fields | changes))


def test_the_text_and_digests_are_golden() -> None:
    """These bytes were promised: a program that writes others cannot check what this one wrote."""
    first, second = place(an_append())
    assert first.text.decode() == GOLDEN
    assert first.digest == sha256(b"\x00" + GOLDEN.encode()).digest()
    assert first.digest.hex() == GOLDEN_DIGEST
    assert (second.version, second.previous) == (2, first.digest)
    assert second.digest.hex() == GOLDEN_SECOND_DIGEST


def test_the_zone_of_the_moment_changes_nothing() -> None:
    """The text says the moment in UTC, wherever it was told."""
    moment = datetime(2026, 10, 1, 16, tzinfo=timezone(timedelta(hours=8)))
    assert place(an_append(recorded_at=moment)) == place(an_append())


def test_an_early_year_has_four_digits() -> None:
    """The text of a year before 1000 is as long as any other."""
    [entry] = place(an_append(recorded_at=datetime(987, 6, 5, tzinfo=UTC), drafts=[Draft("t", b"")]))
    assert b"\nrecorded 0987-06-05T00:00:00.000000Z\n" in entry.text


def test_positions_follow_one_another() -> None:
    """An entry gets its place without anything else in it changing."""
    entries = place(an_append())
    placed = positioned(entries, 41)
    assert [entry.position for entry in placed] == [41, 42]
    assert [entry.text for entry in placed] == [entry.text for entry in entries]
    assert [entry.digest for entry in placed] == [entry.digest for entry in entries]


@pytest.mark.parametrize(
    "hostile",
    ["", "a\nkey b", "a\r", "a\x00", "a\x85b", "a\u2028b", "a\tb", "\u202eab", "a\u200bb", "\ud800", "x" * 201],
    ids=ascii,
)
def test_a_name_is_one_printable_line(hostile: str) -> None:
    """A topic or key cannot forge another line, hide, turn around what is read, or fill an index."""
    with pytest.raises(Unwritable, match="topic"):
        Draft(hostile, b"{}")
    with pytest.raises(Unwritable, match="key"):
        an_append(key=hostile)


def test_the_longest_name_is_accepted() -> None:
    """The limit itself is allowed."""
    name = "名" * MOST_NAME_CHARACTERS
    assert an_append(key=name).key == Draft(name, b"").topic


def test_a_document_is_no_payload() -> None:
    """One byte over the limit is refused."""
    with pytest.raises(Unwritable, match="1048577"):
        Draft("topic", bytes(MOST_PAYLOAD_BYTES + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"drafts": []},
        {"request": b"short"},
        {"head": b"short"},
        {"head": sha256(b"x").digest()},
        {"version": 1},
        {"version": -1, "head": sha256(b"x").digest()},
        {"recorded_at": datetime(2026, 10, 1, 8)},  # noqa: DTZ001 - a moment without a zone is what must be refused
    ],
    ids=str,
)
def test_an_append_that_no_log_could_take_is_refused(change: dict[str, Any]) -> None:
    """What could never be written is told before it is sent."""
    with pytest.raises(Unwritable):
        an_append(**change)
