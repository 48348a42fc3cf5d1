"""The client of Temporal's floors, a process of its own: updates in a closed loop, or starts of many workflows.

Reads one job a line from standard input, in JSON, and answers each with a line.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import count
from time import perf_counter
from typing import Any
from uuid import UUID

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from bench.bare_flow import TRANSITION, Clock, Door
from bench.harness import Load, closed_loop
from bench.servers import environment, process
from runtime.settings import Settings

STARTS_AT_ONCE = 16
"""As many as our own engine starts at a time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Updates by so many clients for so many seconds, each on `doors` workflows of its own; or `starts` clocks."""

    clients: int = 0
    seconds: float = 0.0
    doors: int = 1
    starts: int = 0


class Floor:
    """Asks the bare workflows."""

    def __init__(self, client: Client, task_queue: str) -> None:
        """Ask through this client."""
        self._client = client
        self._queue = task_queue
        self._names = count(1)

    async def updates(self, job: Job) -> Load:
        """Open the doors, then knock."""
        doors = [[await self._door() for _ in range(job.doors)] for _ in range(job.clients)]
        turns = [count() for _ in doors]
        numbers = count()

        async def act(client: int) -> None:
            handle, path_id = doors[client][next(turns[client]) % job.doors]
            said = {"path_id": str(path_id), "topic": "cultivation-continued", "key": f"k{next(numbers)}"}
            await handle.execute_update(TRANSITION, said, id=said["key"], result_type=int)

        return await closed_loop(job.clients, job.seconds, act)

    async def _door(self) -> tuple[Any, UUID]:
        path_id = UUID(int=next(self._names))
        handle = await self._client.start_workflow(Door.run, id=f"door/{path_id}", task_queue=self._queue)
        said = {"path_id": str(path_id), "topic": "application-submitted", "key": "open"}
        await handle.execute_update(TRANSITION, said, id="open", result_type=int)
        return handle, path_id

    async def starts(self, job: Job) -> Load:
        """Start so many clocks. `seconds` tells when every one was started, `took` when every one had its timer."""
        begun = perf_counter()
        waiting = iter([next(self._names) for _ in range(job.starts)])

        async def turn() -> None:
            for number in waiting:
                await self._client.start_workflow(Clock.run, id=f"clock/{UUID(int=number)}", task_queue=self._queue)

        await asyncio.gather(*(turn() for _ in range(STARTS_AT_ONCE)))
        started = perf_counter() - begun
        while await self._backlog():
            await asyncio.sleep(0.05)
        return Load(started, [perf_counter() - begun])

    async def _backlog(self) -> int:
        """How many workflow tasks wait for the worker."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            report_stats=True,
        )
        return (await self._client.workflow_service.describe_task_queue(request)).stats.approximate_backlog_count


class Bare:
    """Gives jobs to the client's process."""

    def __init__(self, started: asyncio.subprocess.Process) -> None:
        """Speak to this process."""
        self._process = started

    async def load(self, job: Job) -> Load:
        """Have a job done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            message = "the client of the floor has ended; its message stands above"
            raise RuntimeError(message)
        return Load(**json.loads(line))


@asynccontextmanager
async def bare(settings: Settings) -> AsyncIterator[Bare]:
    """Start the floor's worker and its client, each in a process of its own."""
    env = environment(settings)
    async with process(["-m", "bench.bare_worker"], env), process(["-m", "bench.bare_client"], env, pipes=True) as one:
        yield Bare(one)


async def _serve(settings: Settings) -> None:
    client = await Client.connect(settings.temporal_address or "", namespace=settings.temporal_namespace)
    floor = Floor(client, settings.task_queue)
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        job = Job(**json.loads(line))
        answer = await (floor.starts(job) if job.starts else floor.updates(job))
        print(json.dumps(asdict(answer)), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Settings.read()))
