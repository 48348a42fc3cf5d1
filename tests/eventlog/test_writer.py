"""The writer gathers what waits, in order, and leaves nobody without an answer."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from eventlog.entry import place
from eventlog.log import LogError, LogUnavailable
from eventlog.writer import FEW_APPENDS, MOST_APPENDS, MOST_BYTES, Outcome, Outcomes, Placed, Writer
from tests.contracts.log import asked, stream


class Recording:
    """Something to send to, which remembers the batches and can be told to fail for a stream, or to wait."""

    def __init__(self) -> None:
        """Answer at once, and well."""
        self.batches: list[tuple[list[UUID], bool]] = []
        self.bad: dict[UUID, Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, batch: Sequence[Placed], whole: bool) -> Outcomes:
        """Remember the batch; fail if a bad stream is in it."""
        self.batches.append(([placed.append.stream_id for placed in batch], whole))
        await self.gate.wait()
        for placed in batch:
            if placed.append.stream_id in self.bad:
                raise self.bad[placed.append.stream_id]
        return [(Outcome.WRITTEN, placed.append.stream_id.int) for placed in batch]

    @property
    def sizes(self) -> list[int]:
        """How many appends each batch had."""
        return [len(streams) for streams, _ in self.batches]


def one(number: int, payload: bytes = b"{}") -> list[Placed]:
    """A request of one append."""
    append = asked(stream(number), payloads=[payload])
    return [Placed(append, place(append))]


async def test_what_waits_goes_together() -> None:
    """Requests that wait at the same moment share a transaction, and each gets its own answer."""
    target = Recording()
    writer = Writer(target.send)
    answers = await asyncio.gather(*(writer.write(one(number), whole=False) for number in range(20)))
    assert answers == [[(Outcome.WRITTEN, number)] for number in range(20)]
    assert target.sizes == [20]


async def test_many_go_in_halves() -> None:
    """Of many that wait half go first, so that this process works while the database does; a batch has a limit."""
    target = Recording()
    writer = Writer(target.send)
    await asyncio.gather(*(writer.write(one(number), whole=False) for number in range(4 * MOST_APPENDS)))
    assert target.sizes[0] == MOST_APPENDS
    assert all(size <= MOST_APPENDS for size in target.sizes)
    assert FEW_APPENDS in target.sizes
    assert [number.int for streams, _ in target.batches for number in streams] == list(range(4 * MOST_APPENDS))


async def test_large_payloads_do_not_pile_up() -> None:
    """A transaction is closed when its payloads have reached the limit."""
    target = Recording()
    writer = Writer(target.send)
    await asyncio.gather(*(writer.write(one(n, bytes(MOST_BYTES // 4)), whole=False) for n in range(8)))
    assert target.sizes == [4, 4]


async def test_a_second_append_to_a_stream_waits_its_turn() -> None:
    """Two appends to one stream never meet in a transaction, keep their order, and hold nobody else up."""
    target = Recording()
    writer = Writer(target.send)
    await asyncio.gather(*(writer.write(one(number), whole=False) for number in (1, 1, 2, 1, 3)))
    assert [[each.int for each in streams] for streams, _ in target.batches] == [[1, 2, 3], [1], [1]]


async def test_what_is_whole_goes_alone() -> None:
    """A request that must be whole has a transaction to itself, and those around it keep their order."""
    target = Recording()
    writer = Writer(target.send)
    await asyncio.gather(
        writer.write(one(1), whole=False),
        writer.write([*one(2), *one(3)], whole=True),
        writer.write(one(4), whole=False),
        writer.write(one(5), whole=False),
    )
    assert [([each.int for each in streams], whole) for streams, whole in target.batches] == [
        ([1], False),
        ([2, 3], True),
        ([4, 5], False),
    ]


async def test_one_that_cannot_be_sent_does_not_spoil_the_others() -> None:
    """When a batch fails for a reason other than the server's absence, each request is tried alone."""
    target = Recording()
    target.bad[stream(3)] = LogError("no")
    writer = Writer(target.send)
    answers = await asyncio.gather(
        *(writer.write(one(number), whole=False) for number in range(5)), return_exceptions=True
    )
    assert [isinstance(answer, LogError) for answer in answers] == [False, False, False, True, False]


async def test_absence_is_told_to_all() -> None:
    """When the server is away everybody in the batch is told at once, and nothing is sent again by itself."""
    target = Recording()
    target.bad[stream(3)] = LogUnavailable("away")
    writer = Writer(target.send)
    answers = await asyncio.gather(
        *(writer.write(one(number), whole=False) for number in range(5)), return_exceptions=True
    )
    assert all(isinstance(answer, LogUnavailable) for answer in answers)
    assert len({id(answer) for answer in answers}) == 5
    assert target.sizes == [5]


async def test_who_has_gone_is_not_sent() -> None:
    """A caller that gave up while waiting is left out; one that gave up while being written harms nobody."""
    target = Recording()
    target.gate.clear()
    writer = Writer(target.send)
    tasks = [asyncio.create_task(writer.write(one(number), whole=False)) for number in range(3)]
    await asyncio.sleep(0.01)
    late = [asyncio.create_task(writer.write(one(number), whole=False)) for number in (10, 11)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    late[0].cancel()
    await asyncio.sleep(0)
    target.gate.set()
    assert list(await asyncio.gather(tasks[1], late[1])) == [[(Outcome.WRITTEN, 1)], [(Outcome.WRITTEN, 11)]]
    assert [[each.int for each in streams] for streams, _ in target.batches] == [[0, 1, 2], [11]]


async def test_who_has_gone_is_not_told() -> None:
    """A failure that comes after its caller gave up is told to the others only."""
    target = Recording()
    target.gate.clear()
    target.bad[stream(1)] = LogUnavailable("away")
    writer = Writer(target.send)
    gone, stays = (asyncio.create_task(writer.write(one(number), whole=False)) for number in (0, 1))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0)
    target.gate.set()
    with pytest.raises(LogUnavailable):
        await stays
    assert gone.cancelled()


async def test_closing_answers_those_who_wait_and_takes_no_more() -> None:
    """A log that is closed finishes what it was given."""
    target = Recording()
    target.gate.clear()
    writer = Writer(target.send)
    waiting = asyncio.create_task(writer.write(one(1), whole=False))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    with pytest.raises(LogUnavailable, match="closed"):
        await writer.write(one(2), whole=False)
    target.gate.set()
    await closing
    assert await waiting == [(Outcome.WRITTEN, 1)]


async def test_a_stopped_writer_leaves_nobody_waiting() -> None:
    """If the writer's task is cancelled from outside, all who wait are told, and the next request begins anew."""
    target = Recording()
    target.gate.clear()
    writer = Writer(target.send)
    first = asyncio.create_task(writer.write(one(1), whole=False))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(writer.write(one(2), whole=False))
    await asyncio.sleep(0)
    assert writer._task is not None
    writer._task.cancel()
    for told in await asyncio.gather(first, second, return_exceptions=True):
        assert isinstance(told, LogUnavailable)
    target.gate.set()
    assert await writer.write(one(3), whole=False) == [(Outcome.WRITTEN, 3)]
