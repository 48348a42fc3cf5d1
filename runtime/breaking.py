"""How things are broken in a demo, as they would break by themselves, and mended again: what drills are made of."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path as Place
from uuid import UUID, uuid5

import psutil
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from runtime.client import connect
from runtime.clock import now
from runtime.demo import environment
from runtime.embedded import ServerFailed, child
from runtime.repairing import Repairing
from runtime.resources import Resources, open_resources
from runtime.schedules import BACK_HOURS
from runtime.settings import Settings
from runtime.standing import Standing, standing
from runtime.sweep import astray
from views.troubles import Troubles
from workflows.contract import PATH, workflow_id
from workflows.reconciling import RECONCILE, ReconcileInput, Reconciliation

KILL = ((signal.SIGKILL, 10.0),)
STOP = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
PATHS = 3
"""How many paths a drill is about, where it is about paths."""

STRANGER = """
    insert into view.path
    select (jsonb_populate_record(p, jsonb_build_object('path_id', $2::uuid, 'outcome', 'other', 'nudge', false))).*
      from view.path p where path_id = $1 on conflict (path_id) do nothing
"""
"""A copy of a row, closed: nobody waits for it, and it should have no workflow."""

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.05
SETTLED_LOOKS = 4
"""After so many looks, a second apart, at which nothing was to be put right, a demo is taken to be at rest."""


@dataclass
class Site:
    """A demo that is drilled in: its settings with the addresses of its servers, who has been hit so far, and what went wrong."""

    settings: Settings
    client: Client
    resources: Resources
    hit: tuple[UUID, ...] = ()
    wrong: str = ""

    @property
    def home(self) -> Place:
        """The demo's data directory."""
        return self.settings.data_dir

    @property
    def repairing(self) -> Repairing:
        """Hands on its workflows."""
        return Repairing(self.client, self.settings.task_queue)

    async def quiet(self) -> None:
        """Wait until nobody puts anything right: a worker that has just come brings back what is missing. Raises TimeoutError."""
        calm = 0
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            while calm < SETTLED_LOOKS:
                await asyncio.sleep(1)
                lost = await astray(self.client, self.resources.views, now()) or await self.resources.views.to_nudge(1)
                calm = 0 if lost else calm + 1

    async def choose(self) -> tuple[UUID, ...]:
        """Some open paths to be hit."""
        query = f"WorkflowType = '{PATH}' AND ExecutionStatus = 'Running'"
        found = [UUID(run.id.partition("/")[2]) async for run in self.client.list_workflows(query, limit=PATHS)]
        self.hit = tuple(found)
        return self.hit

    async def until(self, true: Callable[[Standing], bool]) -> None:
        """Wait until it is true of the workflows of all paths that were hit. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for path_id in self.hit:
                while not true(await standing(self.client, workflow_id(path_id))):
                    await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def site(settings: Settings) -> AsyncIterator[Site]:
    """Enter a running demo. Raises ServerFailed, RuntimeError where it cannot be reached."""
    async with open_resources(settings) as resources:
        yield Site(settings, await connect(settings), resources)


@asynccontextmanager
async def away(site: Site, part: str) -> AsyncIterator[None]:
    """Kill a part of the demo, and hold it away: its directory is ours until the drill ends."""
    home = site.home / part
    with ExitStack() as held:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                process = child.leftover(home)
                if process is not None:
                    process.kill()
                    await asyncio.to_thread(psutil.wait_procs, [process], 5)
                try:
                    held.enter_context(child.holding(home))
                    break
                except ServerFailed:
                    await asyncio.sleep(LOOK_SECONDS)
        yield


@asynccontextmanager
async def bad_release(site: Site, defect: str) -> AsyncIterator[None]:
    """Put a defective worker in the place of the demo's."""
    home = site.home / "drill"
    async with away(site, "worker"):
        with child.holding(home):
            await child.end_leftover(home, KILL)
            server = child.start(
                "a defective worker",
                [sys.executable, "-m", "commands.defective", defect],
                home=home,
                last_will=signal.SIGTERM,
                environment=environment(replace(site.settings, data_dir=site.home)),
            )
            try:
                yield
            finally:
                await server.end(STOP)


def part(name: str) -> Callable[[Site], AbstractAsyncContextManager[None]]:
    """A drill that kills a part and holds it away."""

    @asynccontextmanager
    async def begin(site: Site) -> AsyncIterator[None]:
        async with away(site, name):
            yield

    return begin


def defect(name: str, true: Callable[[Standing], bool]) -> Callable[[Site], AbstractAsyncContextManager[None]]:
    """A drill with a bad release under which something becomes true of some paths; then the good one is back."""

    @asynccontextmanager
    async def begin(site: Site) -> AsyncIterator[None]:
        async with AsyncExitStack() as bad:
            await bad.enter_async_context(bad_release(site, name))
            for path_id in await site.choose():
                if name == "forgetful":
                    seen = await standing(site.client, workflow_id(path_id))
                    await site.repairing.restart(path_id, seen, "drill")
                else:
                    await site.repairing.nudge(path_id)
            await site.until(true)
            if name == "forgetful":
                await bad.aclose()  # what it has lost stays lost when the good build is back
            yield

    return begin


@asynccontextmanager
async def gone(site: Site) -> AsyncIterator[None]:
    """End the workflows of some paths behind everybody's back."""
    await site.quiet()
    for path_id in await site.choose():
        await site.client.get_workflow_handle(workflow_id(path_id)).terminate(reason="drill")
    yield


@asynccontextmanager
async def paused(site: Site) -> AsyncIterator[None]:
    """Pause what fails, mend the worker, and forget about it."""
    async with defect("failing", lambda seen: any(one.attempt > 1 for one in seen.activities))(site):
        for path_id in site.hit:
            seen = await standing(site.client, workflow_id(path_id))
            for one in seen.activities:
                await site.repairing.pause(seen, one.id, "drill", key="drill")
    yield


@asynccontextmanager
async def unfollowed(site: Site) -> AsyncIterator[None]:
    """Empty the views, and let nobody follow the log."""
    async with AsyncExitStack() as held:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                process = child.leftover(site.home / "worker")
                if process is not None:
                    process.kill()
                keeper = await held.enter_async_context(site.resources.views.following())
                if keeper is not None:
                    break
                await held.aclose()
                await asyncio.sleep(LOOK_SECONDS)
        await site.resources.views.follow_again(0)
        yield


@asynccontextmanager
async def unwatched(site: Site) -> AsyncIterator[None]:
    """Keep the watch, and do not look."""
    async with AsyncExitStack() as held:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                process = child.leftover(site.home / "api")
                if process is not None:
                    process.kill()
                if await held.enter_async_context(Troubles(site.resources.views).watching()):
                    break
                await held.aclose()
                await asyncio.sleep(LOOK_SECONDS)
        yield


@asynccontextmanager
async def disagreeing(site: Site) -> AsyncIterator[None]:
    """Have the views know a path that the log has not; taken out at the end, and compared once more."""
    (one, *_), pool = await site.choose(), site.resources.views.pool
    stranger = uuid5(one, "drill")
    site.hit = ()
    try:
        await pool.execute(STRANGER, one, stranger)
        await _compared(site)
        yield
    finally:
        await pool.execute("delete from view.path where path_id = $1", stranger)
        await _compared(site)


async def _compared(site: Site) -> None:
    """Reconcile, and only look. Raises WorkflowFailureError."""
    await site.client.execute_workflow(
        RECONCILE,
        ReconcileInput(hours=BACK_HOURS, repair=False),
        id=f"{RECONCILE.lower()}-drill",
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        task_queue=site.settings.task_queue,
        result_type=Reconciliation,
    )
