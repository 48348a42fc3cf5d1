"""What may happen to a path's workflow, told on a real engine: each story leaves histories that later code must replay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowHistory
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from registry.record import record
from runtime.clock import now
from runtime.engine import Engine
from runtime.settings import Settings
from runtime.workers import make_worker
from tests.school import School
from tests.workflows.gated import Gated
from workflows.clock import MOST_EVENTS
from workflows.contract import workflow_id
from workflows.path import Path


@dataclass(frozen=True)
class Stage:
    """Where a story is told: a client, an engine of its workflows, its school, and the gate before the log."""

    client: Client
    engine: Engine
    school: School
    gated: Gated
    skipper: TimeSkipper

    async def opened(self) -> UUID:
        """Open a path."""
        asked = self.school.opening(self.school.student())
        await self.engine.transition(asked)
        return asked.path_id

    async def runs(self, path_id: UUID) -> list[WorkflowHistory]:
        """The histories of all runs of a path, the oldest first."""
        handle = self.client.get_workflow_handle(workflow_id(path_id))
        found = [await handle.fetch_history()]
        while previous := found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
            older = self.client.get_workflow_handle(workflow_id(path_id), run_id=previous)
            found.insert(0, await older.fetch_history())
        return found


@asynccontextmanager
async def stage(client: Client, settings: Settings, school: School, queue: str) -> AsyncIterator[Stage]:
    """Set the stage with a worker of its own, served on this task queue."""
    gated = Gated(school.desk)
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    told = replace(settings, task_queue=queue)
    async with make_worker(client, told, workflows=[Path], activities=[gated.record, gated.due, gated.send]):
        yield Stage(client, Engine(skipper.client, queue), school, gated, skipper)
        gated.gate.set()


async def opened_and_closed(at: Stage) -> list[WorkflowHistory]:
    """Opened, refused, recorded, nudged, closed."""
    path_id = await at.opened()
    await at.engine.transition(at.school.activist(path_id, "early"))
    await at.engine.transition(at.school.activist(path_id, "happened", mode="record"))
    await at.engine.nudge([path_id])
    await asyncio.sleep(0.3)
    await at.engine.transition(at.school.withdrawal(path_id))
    return await at.runs(path_id)


async def refused_at_the_door(at: Stage) -> list[WorkflowHistory]:
    """An opening that the rules refuse."""
    asked = at.school.opening(at.school.student(), born_on="2012-01-01")
    await at.engine.transition(asked)
    await at.client.get_workflow_handle(workflow_id(asked.path_id)).result()
    return await at.runs(asked.path_id)


async def reminded(at: Stage) -> list[WorkflowHistory]:
    """Woken by its own timer again and again, with all that is reminded of in sixty days."""
    path_id = await at.opened()
    await at.skipper.fast_forward(at.client.get_workflow_handle(workflow_id(path_id)), timedelta(days=60))
    return await at.runs(path_id)


async def degraded_and_rolled_over(at: Stage) -> list[WorkflowHistory]:
    """A slow log: the regular activity takes over; the run has become long meanwhile and rolls over afterwards."""
    path_id = await at.opened()
    handle = at.client.get_workflow_handle(workflow_id(path_id))
    at.gated.gate.clear()
    tries = at.gated.tries
    slow = asyncio.create_task(at.engine.transition(at.school.activist(path_id, "slow", mode="record")))
    while at.gated.tries < tries + 3:  # two tries are local; the third is accepted and can be seen
        await asyncio.sleep(0.05)
    while (await handle.describe()).history_length <= MOST_EVENTS:
        await at.engine.nudge([path_id] * 10)
    at.gated.gate.set()
    await slow
    await at.engine.transition(at.school.activist(path_id, "slow", mode="record"))
    await asyncio.sleep(0.5)
    return await at.runs(path_id)


async def started_from_the_log(at: Stage) -> list[WorkflowHistory]:
    """Lost by Temporal and nudged."""
    path_id = await at.school.open_in_log(at.school.student())
    await record(at.school.desk, at.school.talk(path_id), now())
    await at.engine.nudge([path_id])
    await asyncio.sleep(0.5)
    return await at.runs(path_id)


STORIES = (opened_and_closed, refused_at_the_door, reminded, degraded_and_rolled_over, started_from_the_log)
