"""Handing reminders over to the mailrooms of their recipients: what many activities hand over is one signal a mailroom."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol

from temporalio.client import Client

from workflows.mailing import MAILROOM, SUMMARY, TAKE_IN, Bundle, Carried, Item, room_of, workflow_id

LINGER_SECONDS = 0.5
"""How long a worker waits for what else is handed over to the same mailroom: a signal costs as much as a workflow task."""

MOST_ITEMS = 1000
"""Items of one signal, about 250 kB; Temporal takes no more than 2 MB."""


class HandOver(Protocol):
    """Sees to it that recipients are told. Returns when that is certain, or raises what may be tried again."""

    async def __call__(self, items: Sequence[Item]) -> None:
        """Take over reminders, each for one recipient. The same item may come again."""
        ...


class ToMailrooms:
    """Hands over by signal, and starts the mailroom that is not there."""

    def __init__(
        self, client: Client, task_queue: str, *, gather_seconds: float, linger_seconds: float = LINGER_SECONDS
    ) -> None:
        """Speak to Temporal through this client; the mailrooms gather for so long."""
        self._client, self._queue, self._gather, self._linger = client, task_queue, gather_seconds, linger_seconds
        self._waiting: dict[int, list[Item]] = {}
        self._sending: dict[int, asyncio.Task[None]] = {}

    async def __call__(self, items: Sequence[Item]) -> None:
        """Return when Temporal has all items. Raises RPCError, RuntimeError when it cannot be reached."""
        rooms = {room_of(item.recipient_id) for item in items}
        for item in items:
            self._waiting.setdefault(room_of(item.recipient_id), []).append(item)
        # Shielded: others wait for the same signal, and one who gives up must not take it from them.
        await asyncio.gather(*(asyncio.shield(self._sent(room)) for room in rooms))

    def _sent(self, room: int) -> asyncio.Task[None]:
        """The signal that takes along what waits now."""
        sending = self._sending.get(room)
        if sending is None:
            sending = self._sending[room] = asyncio.create_task(self._send(room), name=f"hand over to mailroom {room}")
            sending.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # heard, if nobody waits any more
        return sending

    async def _send(self, room: int) -> None:
        await asyncio.sleep(self._linger)
        del self._sending[room]  # what comes from now on goes with the next signal
        items = self._waiting.pop(room)
        for part in _parts(items):
            await self._client.start_workflow(
                MAILROOM,
                Carried(),
                id=workflow_id(room),
                task_queue=self._queue,
                start_signal=TAKE_IN,
                start_signal_args=[Bundle(part, self._gather)],
                static_summary=SUMMARY,
            )


def _parts(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), MOST_ITEMS):
        yield tuple(items[start : start + MOST_ITEMS])
