"""One task that gathers the appends waiting at a moment into one transaction: a commit for many costs what one costs."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from eventlog.entry import Append, Entry
from eventlog.log import LogUnavailable

MOST_APPENDS = 512
"""How many appends share a transaction at most: more would only make the first of them wait."""

FEW_APPENDS = 32
"""So many appends are always taken together."""

MOST_BYTES = 4 << 20
"""How many bytes of payload a gathered transaction carries at most."""


class Outcome(IntEnum):
    """What became of one append, by the numbers that the database function gives."""

    WRITTEN = 0
    REPEATED = 1
    KEY_REUSED = 2
    STREAM_MOVED = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """An append, and its entries chained behind its head; they get their positions from the database."""

    append: Append
    entries: Sequence[Entry]


Outcomes = Sequence[tuple[Outcome, int]]
"""For each append what became of it, and the position of its first entry if it was written."""

Send = Callable[[Sequence[Placed], bool], Awaitable[Outcomes]]
"""Writes a batch in one transaction; with True the whole batch or nothing. Raises LogError."""


class _Request:
    """A caller who waits for its appends."""

    __slots__ = ("answer", "batch", "size", "streams", "whole")

    def __init__(self, batch: Sequence[Placed], *, whole: bool) -> None:
        self.batch = batch
        self.whole = whole
        self.streams = {placed.append.stream_id for placed in batch}
        self.size = sum(len(entry.payload) for placed in batch for entry in placed.entries)
        self.answer: asyncio.Future[Outcomes] = asyncio.get_running_loop().create_future()

    def fulfil(self, outcomes: Outcomes) -> None:
        """Answer the caller, if it still waits."""
        if not self.answer.done():
            self.answer.set_result(outcomes)

    def fail(self, error: Exception) -> None:
        """Tell the caller, if it still waits."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Writer:
    """Sends what waits, one batch after another. Its task lives while somebody waits and ends with the last."""

    def __init__(self, send: Send) -> None:
        """Write through `send`, which is never called twice at the same time."""
        self._send = send
        self._waiting: deque[_Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def write(self, batch: Sequence[Placed], *, whole: bool) -> Outcomes:
        """Wait until the batch is written: with `whole` in a transaction of its own, else together with others.

        A caller that is cancelled may have written; its key tells it so when it comes again.
        """
        if self._closed:
            message = "the log is closed"
            raise LogUnavailable(message)
        request = _Request(batch, whole=whole)
        self._waiting.append(request)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="log writer")
        return await request.answer

    async def close(self) -> None:
        """Take no more, and return when all that waited is answered."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        try:
            while requests := self._gather():
                await self._send_all(requests)
                if not self._waiting:
                    await asyncio.sleep(0)  # whoever was just answered may bring the next append: let it come in
        finally:
            self._task = None
            for request in self._waiting:  # not empty only if this task was cancelled
                request.fail(LogUnavailable("the writer was stopped"))
            self._waiting.clear()

    def _gather(self) -> list[_Request]:
        """Take the requests of the next transaction, in their order.

        One that must be whole goes alone. A second append to a stream waits for the next transaction, where it will
        see what the first one did.
        """
        requests: list[_Request] = []
        later: list[_Request] = []
        streams: set[UUID] = set()
        size = 0
        # Half of those waiting, if there are many: while the database writes them, this process serves the others.
        most = min(MOST_APPENDS, max(FEW_APPENDS, len(self._waiting) // 2))
        while self._waiting and len(streams) < most and size < MOST_BYTES:
            request = self._waiting.popleft()
            if request.answer.cancelled():
                continue
            if not streams.isdisjoint(request.streams) or (request.whole and requests):
                later.append(request)
                if request.whole:
                    break
                continue
            requests.append(request)
            streams |= request.streams
            size += request.size
            if request.whole:
                break
        self._waiting.extendleft(reversed(later))
        return requests

    async def _send_all(self, requests: Sequence[_Request]) -> None:
        """Send the requests in one transaction and answer each; what fails for all together is tried one by one."""
        batch = [placed for request in requests for placed in request.batch]
        try:
            outcomes = await self._send(batch, requests[0].whole)
        except LogUnavailable as error:
            for request in requests:
                request.fail(LogUnavailable(str(error)))  # a copy each: a raised exception collects tracebacks
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to a caller and not to this task
            if len(requests) == 1:
                requests[0].fail(error)
                return
            for request in requests:
                await self._send_all([request])
        except BaseException:
            for request in requests:
                request.fail(LogUnavailable("the writer was stopped"))
            raise
        else:
            start = 0
            for request in requests:
                end = start + len(request.batch)
                request.fulfil(outcomes[start:end])
                start = end
