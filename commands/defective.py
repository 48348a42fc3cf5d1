"""A defective worker, for drills alone: `python -m commands.defective DEFECT` serves paths badly until it is told to stop."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.mailroom import at_once
from activities.paths import Paths
from domain.receipt import Alarm, Outcome
from runtime.client import connect
from runtime.resources import open_resources
from runtime.settings import Settings
from runtime.workers import make_worker
from workflows.contract import DueInput, RecordInput, SendInput
from workflows.defective import Forgetful, Rewritten, Stumbling
from workflows.path import Path

FAILING = "failing"
DEFECTS: Mapping[str, type] = {
    "stumbling": Stumbling,
    "rewritten": Rewritten,
    "forgetful": Forgetful,
    FAILING: Path,
}


class Failing(Paths):
    """Whatever is asked of it fails."""

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Fail."""
        raise _full(asked)

    @activity.defn(name="due")
    async def due(self, asked: DueInput) -> Alarm:
        """Fail."""
        raise _full(asked)

    @activity.defn(name="send")
    async def send(self, asked: SendInput) -> None:
        """Fail."""
        raise _full(asked)


def _full(_asked: object) -> ApplicationError:
    return ApplicationError("drill: the disk is full")


async def serve(settings: Settings, defect: str) -> None:
    """Serve the paths with a defect until told to stop."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client = await connect(settings)
    async with open_resources(settings) as resources:
        kind = Failing if defect == FAILING else Paths
        paths = kind(resources.desk, at_once(resources.desk))
        activities: list[Callable[..., Any]] = [paths.record, paths.due, paths.send]
        async with make_worker(client, settings, workflows=[DEFECTS[defect]], activities=activities):
            await stop.wait()


def main(arguments: Sequence[str]) -> None:
    """Serve as the first argument says."""
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(Settings.read(), arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
