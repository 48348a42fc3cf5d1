"""A worker as in production, but that its school reminds at a time of day that it is told.

Prints `ready` once everything is opened, and takes the time (HH:MM:SS) from a line of standard input.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time

import worker  # noqa: TID251 - this is that door, at another time of day
from runtime.resources import Resources, open_resources
from runtime.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Resources]:
    """Open what a worker works with; reminders go out at the time that was said."""
    async with open_resources(settings) as resources:
        print("ready", flush=True)
        send_at = time.fromisoformat((await asyncio.to_thread(sys.stdin.readline)).strip())
        books = resources.desk.rulebooks
        reminding = replace(books.policy.reminding, send_at=send_at)
        policy = replace(books.policy, reminding=reminding)
        desk = replace(resources.desk, rulebooks=replace(books, policy=policy))
        yield replace(resources, desk=desk)


if __name__ == "__main__":
    vars(worker).update(open_resources=opened)
    worker.main()
