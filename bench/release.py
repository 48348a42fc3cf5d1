"""A release over running paths: how long they take to move over, and to be rolled back; what is stuck, lost or twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from temporalio.client import Client
from temporalio.worker import Worker

from activities.mailroom import at_once
from activities.paths import Paths
from bench.harness import Row, Sizes
from bench.school import BRANCHES, SECRETARY, School, days_ago
from bench.servers import both_servers
from domain.receipt import Asked
from registry.drafting import asking
from runtime.client import connect
from runtime.engine import Engine, EngineUnavailable, StillRunning, TransitionFailed
from runtime.releasing import DEPLOYMENT, make_current, serve_by
from runtime.resources import Resources, open_resources
from runtime.settings import Settings
from runtime.standing import standing
from runtime.workers import CheckedRunner, make_worker
from workflows.contract import workflow_id
from workflows.defective import Rewritten
from workflows.path import Path

FACTS = 12
MOST_SECONDS = 600.0


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Move all paths to a new build beside the old one; then release a bad one, and roll it back."""
    async with both_servers() as (settings, _), open_resources(settings) as resources:
        school = School(resources.desk)
        await school.establish()
        ids = await school.paths(sizes.paths, FACTS)
        client = await connect(settings)
        return await _released(Fleet(client, settings, resources), ids)


class Fleet:
    """Workers of several builds at one server, and who asks them."""

    def __init__(self, client: Client, settings: Settings, resources: Resources) -> None:
        """Begin without workers."""
        self.client, self.settings, self.resources = client, settings, resources
        self.engine = Engine(client, settings.task_queue)

    def build(self, name: str, workflow: type = Path) -> Worker:
        """A worker of a build."""
        desk = self.resources.desk
        paths = Paths(desk, at_once(desk))
        return make_worker(
            self.client,
            replace(self.settings, build_id=name),
            workflows=[workflow],
            activities=[paths.record, paths.due, paths.send],
            runner=CheckedRunner(),
        )

    async def of(self, name: str) -> set[UUID]:
        """The paths whose last task a build has served."""
        query = f"ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = '{DEPLOYMENT}:{name}'"
        return {UUID(run.id.partition("/")[2]) async for run in self.client.list_workflows(query, page_size=1000)}

    async def decided(self, ids: Sequence[UUID], key: str) -> int:
        """Have a decision recorded on each path, sent again until it is answered; tells how many are."""
        return sum(await asyncio.gather(*(self._decided(self._asked(one, key)) for one in ids)))

    def _asked(self, path_id: UUID, key: str) -> Asked:
        said = {"effective_on": days_ago(1).isoformat(), "home_unit": BRANCHES[1], "reason": "another major"}
        return asking(
            self.resources.desk,
            path_id,
            "cultivation-continued",
            {**said, "by_unit": BRANCHES[1]},
            actor=SECRETARY.id,
            capacity=SECRETARY.role,
            key=key,
            mode="record",
        )

    async def _decided(self, asked: Asked) -> bool:
        while True:
            try:
                outcome = await self.engine.transition(asked)
            except (EngineUnavailable, StillRunning, TransitionFailed):
                await asyncio.sleep(0.5)
            else:
                return outcome.kind == "recorded"

    async def stuck(self, ids: Sequence[UUID]) -> int:
        """How many paths have no workflow that runs and goes on."""
        seen = [await standing(self.client, workflow_id(one)) for one in ids]
        return sum(not one.running or one.task_attempt > 1 for one in seen)


async def _released(fleet: Fleet, ids: Sequence[UUID]) -> Sequence[Row]:
    async with fleet.build("1"):
        await make_current(fleet.client, "1")
        await _until(lambda: _all(fleet, "1", ids))
        async with fleet.build("2"):
            begun = time.monotonic()
            await make_current(fleet.client, "2")
            deciding = asyncio.create_task(fleet.decided(ids[::10], "meanwhile"))
            await _until(lambda: _all(fleet, "2", ids))
            moved, taken = time.monotonic() - begun, await deciding
    async with fleet.build("2"):
        async with fleet.build("3", Rewritten):
            await make_current(fleet.client, "3")
            await fleet.engine.nudge(ids)
            deciding = asyncio.create_task(fleet.decided(ids[::10], "in-the-bad-hour"))
            await asyncio.sleep(2.0)
            halted = await fleet.stuck(ids)
            begun = time.monotonic()
            await serve_by(fleet.client, "2")
        await _until(lambda: _none_stuck(fleet, ids))
        back, taken = time.monotonic() - begun, taken + await deciding
        stuck = await fleet.stuck(ids)
    wanted = 2 * len(ids[::10])
    return _table(len(ids), moved, back, halted, stuck, wanted - taken, await _twice(fleet, ids[::10]))


async def _all(fleet: Fleet, name: str, ids: Sequence[UUID]) -> bool:
    """Wake the paths that the build has not served, and look for a while whether it has: lists follow by and by."""
    left = set(ids) - await fleet.of(name)
    await fleet.engine.nudge(sorted(left))
    for _ in range(50):
        if not left:
            return True
        await asyncio.sleep(0.4)
        left -= await fleet.of(name)
    return False


async def _none_stuck(fleet: Fleet, ids: Sequence[UUID]) -> bool:
    return await fleet.stuck(ids) == 0


async def _twice(fleet: Fleet, ids: Sequence[UUID]) -> int:
    """How many of the acts stand more than once, or not at all."""
    wrong = 0
    for entries in (await fleet.resources.desk.log.streams(list(ids))).values():
        keys = [entry.key for entry in entries][FACTS:]
        wrong += sorted(keys) != sorted(f"{SECRETARY.id}:{key}" for key in ("meanwhile", "in-the-bad-hour"))
    return wrong


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(MOST_SECONDS):
        while not await true():
            await asyncio.sleep(0.2)


def _table(  # noqa: PLR0917 - all that was measured
    paths: int, moved: float, back: float, halted: int, stuck: int, lost: int, twice: int
) -> Sequence[Row]:
    note = (
        f"{paths:,} open paths, all nudged; a worker of each build in one process; a decision on every tenth meanwhile"
    )
    return [
        Row("release", "all paths move to a new build", f"{moved:.1f} s", note=note),
        Row(
            "release",
            "a bad build rolled back: no path stuck any more",
            f"{back:.1f} s",
            note=f"{halted:,} were halted by it",
        ),
        Row("release", "paths stuck afterwards", str(stuck), target="0", met=stuck == 0),
        Row("release", "acts lost", str(lost), target="0", met=lost == 0),
        Row("release", "paths with an act twice or missing", str(twice), target="0", met=twice == 0),
    ]
