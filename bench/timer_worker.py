"""The worker of the reminders' floor: made as ours is; its activity does nothing but remember when it ran.

Answers each line of standard input with the moments (seconds since 1970) at which the activity ran, in JSON, or with `count`.
"""

import asyncio
import json
import sys

from temporalio import activity
from temporalio.client import Client

from bench.timer_flow import REMIND, BareReminder
from runtime.clock import now
from runtime.settings import Settings
from runtime.workers import CheckedRunner, make_worker

RAN: list[float] = []


@activity.defn(name=REMIND)
async def remind() -> None:
    """Remember when."""
    RAN.append(now().timestamp())


async def serve(settings: Settings) -> None:
    """Serve until nobody asks any more."""
    client = await Client.connect(settings.temporal_address or "", namespace=settings.temporal_namespace)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with make_worker(client, settings, workflows=[BareReminder], activities=[remind], runner=CheckedRunner()):
        while line := await lines.readline():
            print(len(RAN) if line.strip() == b"count" else json.dumps(RAN), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Settings.read()))
