"""A worker as in production, but that its school reminds at a time of day that it is told: `reminders_worker HH:MM:SS`."""

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
        books = resources.desk.rulebooks
        reminding = replace(books.policy.reminding, send_at=time.fromisoformat(sys.argv[1]))
        policy = replace(books.policy, reminding=reminding)
        desk = replace(resources.desk, rulebooks=replace(books, policy=policy))
        yield replace(resources, desk=desk)


if __name__ == "__main__":
    vars(worker).update(open_resources=opened)
    worker.main()
