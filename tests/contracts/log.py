"""What a log promises, as tests: a subclass says how to open one and inherits them all."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

import pytest

from eventlog.entry import MOST_PAYLOAD_BYTES, NOTHING, Append, Draft, Entry, leaf
from eventlog.log import EMPTY, Head, KeyReused, Log, StreamMoved, head_of

MOMENT = datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)


def stream(number: int) -> UUID:
    """An id that reads well in a failure."""
    return UUID(int=number)


def asked(
    stream_id: UUID,
    head: Head = EMPTY,
    *,
    key: str = "first",
    payloads: Sequence[bytes] = (b"{}",),
    request: bytes = b"",
    moment: datetime = MOMENT,
) -> Append:
    """An append as somebody might ask for it; without `request` the digest of what is asked is made of the payloads."""
    digest = sha256(request or b"|".join(payloads)).digest()
    drafts = [Draft("thing-happened", payload) for payload in payloads]
    return Append(stream_id, head.version, head.digest, key, digest, moment, drafts)


async def grown(log: Log, stream_id: UUID, *keys: str) -> Head:
    """Write one entry for each key and tell the head."""
    head = head_of(await log.stream(stream_id))
    for key in keys:
        head = head_of((await log.append(asked(stream_id, head, key=key))).entries)
    return head


async def everything(log: Log) -> list[Entry]:
    """Read the log from its beginning as a follower does."""
    entries: list[Entry] = []
    while page := await log.after(len(entries), limit=100):
        entries.extend(page)
    return entries


def assert_sound(entries: Sequence[Entry]) -> None:
    """Check what an auditor checks: no gap, and every digest and every link of every stream recomputed."""
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    heads: dict[UUID, Head] = {}
    for entry in entries:
        head = heads.get(entry.stream_id, EMPTY)
        assert (entry.version, entry.previous) == (head.version + 1, head.digest)
        assert entry.digest == leaf(entry.text)
        heads[entry.stream_id] = Head(entry.version, entry.digest)


class LogContract(ABC):
    """The promises of `eventlog.log.Log`."""

    @pytest.fixture
    @abstractmethod
    def log(self) -> AsyncIterator[Log]:
        """Open a log without entries."""

    async def test_an_empty_log_is_empty(self, log: Log) -> None:
        """Nothing is found where nothing was written."""
        assert await log.size() == 0
        assert list(await log.after(0)) == []
        assert list(await log.stream(stream(1))) == []
        assert {key: list(value) for key, value in (await log.streams([stream(1)])).items()} == {stream(1): []}
        assert await log.heads([stream(1)]) == {stream(1): Head(0, NOTHING)}
        assert list(await log.append_all([])) == []

    async def test_what_was_written_is_read_back(self, log: Log) -> None:
        """Every way of reading gives the very entries that the receipt held, byte for byte."""
        append = asked(stream(1), key="钥匙 1", payloads=(b"", "张三 \x00\n".encode(), b"\xff" * 3))
        written = await log.append(append)
        entries = list(written.entries)
        assert not written.repeated
        assert [entry.payload for entry in entries] == [draft.payload for draft in append.drafts]
        assert [(entry.position, entry.version) for entry in entries] == [(1, 1), (2, 2), (3, 3)]
        assert {(entry.key, entry.request, entry.recorded_at) for entry in entries} == {
            ("钥匙 1", append.request, MOMENT)
        }
        assert list(await log.stream(stream(1))) == entries
        assert list(await log.after(0)) == entries
        assert [list(found) for found in (await log.streams([stream(1)])).values()] == [entries]
        assert type((await log.after(0))[0].stream_id) is UUID
        assert_sound(entries)

    async def test_streams_between_two_ids(self, log: Log) -> None:
        """A span of ids has all its streams whole and in their order, both ends included, and no others."""
        for number in (3, 1, 2, 9):
            await grown(log, stream(number), "a", "b")
        await grown(log, stream(1), "c")
        found = await log.streams_between(stream(1), stream(3))
        assert list(found) == [stream(1), stream(2), stream(3)]
        assert [[entry.version for entry in entries] for entries in found.values()] == [[1, 2, 3], [1, 2], [1, 2]]
        assert list(await log.streams_between(stream(4), stream(8))) == []

    async def test_a_moment_is_kept_to_the_microsecond_in_utc(self, log: Log) -> None:
        """Whatever zone the moment came in, the same moment is hashed, stored and read."""
        in_shanghai = MOMENT.astimezone(timezone(timedelta(hours=8)))
        await log.append(asked(stream(1), moment=in_shanghai))
        [entry] = await log.stream(stream(1))
        assert entry.recorded_at == MOMENT
        assert entry.recorded_at.utcoffset() == timedelta(0)
        assert b"recorded 2026-09-01T08:30:00.123456Z\n" in entry.text

    async def test_the_largest_payload_fits(self, log: Log) -> None:
        """One mebibyte goes in and comes out."""
        payload = bytes(MOST_PAYLOAD_BYTES)
        await log.append(asked(stream(1), payloads=[payload]))
        assert [entry.payload for entry in await log.stream(stream(1))] == [payload]

    async def test_reading_parts(self, log: Log) -> None:
        """`since`, `upto`, `limit`, several streams and heads cut what they say they cut."""
        one, two = await grown(log, stream(1), "a", "b", "c"), await grown(log, stream(2), "a")
        assert [entry.version for entry in await log.stream(stream(1), upto=2)] == [1, 2]
        assert list(await log.stream(stream(1), upto=0)) == []
        assert [entry.version for entry in await log.stream(stream(1), since=2)] == [2, 3]
        assert [entry.version for entry in await log.stream(stream(1), since=2, upto=2)] == [2]
        assert list(await log.stream(stream(1), since=4)) == []
        assert [entry.position for entry in await log.after(1, limit=2)] == [2, 3]
        assert [entry.position for entry in await log.after(3)] == [4]
        assert list(await log.after(4)) == []
        assert await log.size() == 4
        assert await log.heads([stream(2), stream(3), stream(1)]) == {stream(1): one, stream(2): two, stream(3): EMPTY}
        found = await log.streams([stream(2), stream(3), stream(1)])
        assert {key: [entry.version for entry in entries] for key, entries in found.items()} == {
            stream(1): [1, 2, 3],
            stream(2): [1],
            stream(3): [],
        }

    async def test_a_repeat_gets_the_first_receipt(self, log: Log) -> None:
        """The same request is written once, however far the stream has come and whatever head the repeat brings."""
        append = asked(stream(1), key="a", payloads=(b"1", b"2"))
        first = await log.append(append)
        head = await grown(log, stream(1), "b", "c")
        again = await log.append(append)
        later = await log.append(asked(stream(1), head, key="a", payloads=(b"1", b"2")))
        assert again.repeated
        assert later.repeated
        assert list(again.entries) == list(later.entries) == list(first.entries)
        assert await log.size() == 4

    async def test_a_key_is_not_used_for_something_else(self, log: Log) -> None:
        """A key with another request is told, and is free on another stream."""
        await log.append(asked(stream(1), key="a"))
        with pytest.raises(KeyReused, match="'a'"):
            await log.append(asked(stream(1), key="a", request=b"another"))
        assert not (await log.append(asked(stream(2), key="a", request=b"another"))).repeated
        assert await log.size() == 2

    @pytest.mark.parametrize(
        ("version", "digest"),
        [(0, "nothing"), (1, "of 1"), (3, "of 2"), (2, "of 1"), (2, "invented")],
        ids=["as if new", "behind", "ahead", "wrong digest", "invented digest"],
    )
    async def test_only_the_head_can_be_followed(self, log: Log, version: int, digest: str) -> None:
        """Version and digest must both be those of the last entry."""
        await grown(log, stream(1), "a", "b")
        digests = {f"of {entry.version}": entry.digest for entry in await log.stream(stream(1))}
        digests |= {"nothing": NOTHING, "invented": sha256(b"invented").digest()}
        with pytest.raises(StreamMoved, match=str(stream(1))):
            await log.append(asked(stream(1), Head(version, digests[digest]), key="c"))
        assert await log.size() == 2

    async def test_a_stream_begins_with_version_one(self, log: Log) -> None:
        """A stream that does not exist cannot be continued."""
        with pytest.raises(StreamMoved):
            await log.append(asked(stream(1), Head(1, sha256(b"invented").digest())))
        assert await log.size() == 0

    async def test_of_racing_appends_one_wins(self, log: Log) -> None:
        """Forty appends after the same head, some of one entry and some of two: one is written, the others are told."""
        head = await grown(log, stream(1), "begin")
        results = await asyncio.gather(
            *(log.append(asked(stream(1), head, key=f"{n}", payloads=[b"x"] * (1 + n % 2))) for n in range(40)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, StreamMoved) for result in results) == 39
        assert_sound(await everything(log))

    async def test_of_racing_repeats_one_writes(self, log: Log) -> None:
        """The same request sent forty times at once is written once, and all forty get its receipt."""
        results = await asyncio.gather(*(log.append(asked(stream(1), key="same")) for _ in range(40)))
        assert sum(not result.repeated for result in results) == 1
        assert {result.entries[0].position for result in results} == {1}
        assert await log.size() == 1

    async def test_the_conflict_of_one_does_not_hurt_the_others(self, log: Log) -> None:
        """Appends that wait together succeed and fail each on its own."""
        for number in range(30):
            await grown(log, stream(number), "begin")
        heads = await log.heads([stream(number) for number in range(30)])
        results = await asyncio.gather(
            *(log.append(asked(stream(n), heads[stream(n)] if n % 3 else EMPTY, key="next")) for n in range(30)),
            return_exceptions=True,
        )
        assert [isinstance(result, StreamMoved) for result in results] == [n % 3 == 0 for n in range(30)]
        assert await log.size() == 50
        assert_sound(await everything(log))

    async def test_all_or_none(self, log: Log) -> None:
        """Of appends that belong together none is written when one cannot be, and the error names it."""
        head = await grown(log, stream(7), "begin")
        good = [asked(stream(number), payloads=(b"1", b"2")) for number in range(3)]
        with pytest.raises(StreamMoved, match=str(stream(7))):
            await log.append_all([*good, asked(stream(7), key="stale")])
        with pytest.raises(KeyReused, match=str(stream(7))):
            await log.append_all([asked(stream(7), head, key="begin", request=b"another"), *good])
        with pytest.raises(StreamMoved, match=str(stream(7))):
            await log.append_all([asked(stream(7), key="stale")])
        assert await log.size() == 1
        written = await log.append_all([*good, asked(stream(7), head, key="fresh")])
        assert [[entry.position for entry in each.entries] for each in written] == [[2, 3], [4, 5], [6, 7], [8]]
        assert_sound(await everything(log))

    async def test_all_again(self, log: Log) -> None:
        """A repeated request of many gets its first receipts, beside what is new in it."""
        first = await log.append_all([asked(stream(1), payloads=(b"1", b"2")), asked(stream(2))])
        again = await log.append_all([asked(stream(3)), asked(stream(2)), asked(stream(1), payloads=(b"1", b"2"))])
        assert [each.repeated for each in again] == [False, True, True]
        assert [list(each.entries) for each in again[1:]] == [list(each.entries) for each in reversed(first)]
        assert await log.size() == 4

    async def test_one_transaction_has_one_append_a_stream(self, log: Log) -> None:
        """Two appends to a stream cannot both have been decided on its head."""
        with pytest.raises(ValueError, match="one stream"):
            await log.append_all([asked(stream(1), key="a"), asked(stream(1), key="b")])
        assert await log.size() == 0

    async def test_a_follower_misses_nothing(self, log: Log) -> None:
        """Whoever reads behind the last position while four writers write sees each entry once and in order."""

        async def write(number: int) -> None:
            head = EMPTY
            for turn in range(60):
                append = asked(stream(number), head, key=f"{turn}", payloads=[b"x"] * (1 + turn % 3))
                head = head_of((await log.append(append)).entries)
                if turn % 10 == 0:
                    with pytest.raises(StreamMoved):
                        await log.append(asked(stream(number), key="stale"))

        writers = asyncio.gather(*(write(number) for number in range(4)))
        seen: list[Entry] = []
        while not writers.done() or await log.size() > len(seen):
            if page := await log.after(len(seen), limit=7):
                assert page[0].position == len(seen) + 1
                assert all(one.position + 1 == two.position for one, two in pairwise(page))
                seen.extend(page)
            else:
                await log.wait(len(seen), seconds=0.05)
        await writers
        assert len(seen) == 4 * 120
        assert_sound(seen)

    async def test_waiting_wakes(self, log: Log) -> None:
        """Who waits behind the last entry wakes when there is another one, long before the time is over."""
        await grown(log, stream(1), "a")
        assert await log.wait(0, seconds=60) == 1
        waiting = asyncio.create_task(log.wait(1, seconds=60))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await grown(log, stream(1), "b")
        assert await asyncio.wait_for(waiting, 1.5) == 2

    async def test_waiting_ends(self, log: Log) -> None:
        """Who waits for what does not come is told the size when the time is over."""
        await grown(log, stream(1), "a")
        assert await asyncio.wait_for(log.wait(1, seconds=0.05), 10) == 1
        assert await log.wait(5, seconds=0) == 1

    async def test_who_gives_up_does_not_stop_the_others(self, log: Log) -> None:
        """A caller cancelled while it waits leaves the others their receipts."""
        tasks = [asyncio.create_task(log.append(asked(stream(number)))) for number in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(not isinstance(result, BaseException) for result in results[1::2])
        await grown(log, stream(99), "a")
        assert_sound(await everything(log))
