"""Workers: what they refuse to run, how they answer for defects, and how a new build takes over running paths."""

import time
from dataclasses import replace
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker, WorkflowRunner

from activities.mailroom import at_once
from activities.paths import Paths
from runtime.client import connect
from runtime.engine import Engine
from runtime.releasing import make_current
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.workers import SANDBOX, CheckedRunner, make_worker
from tests.runtime.conftest import namespace_of_its_own
from tests.school import School
from tests.workflows.broken import Broken
from tests.workflows.stray import Stray
from workflows.contract import workflow_id
from workflows.path import Path


@pytest.mark.parametrize("runner", [SANDBOX, CheckedRunner()], ids=lambda runner: type(runner).__name__)
async def test_a_worker_whose_workflow_imports_the_driver_is_refused(
    client: Client, settings: Settings, runner: WorkflowRunner
) -> None:
    """Loaded a second time the driver would end the process in the middle of its work: better not to begin."""
    with pytest.raises(RuntimeError, match="Stray") as refused:
        make_worker(client, settings, workflows=[Stray], activities=[], runner=runner)
    assert "asyncpg was not intentionally passed through" in str(refused.value.__cause__)


async def test_a_defect_in_an_update_handler_is_answered_at_once(client: Client, settings: Settings) -> None:
    """The sender hears of the defect, not of a timeout a minute later, and the workflow goes on."""
    queue = "broken"
    async with make_worker(client, replace(settings, task_queue=queue), workflows=[Broken], activities=[]):
        handle = await client.start_workflow(Broken.run, id="broken", task_queue=queue)
        begun = time.monotonic()
        with pytest.raises(WorkflowUpdateFailedError) as answered:
            await handle.execute_update(Broken.stumble, "a")
        assert time.monotonic() - begun < 3
        cause = answered.value.cause
        assert isinstance(cause, ApplicationError)
        assert (cause.type, cause.message) == ("InternalDefect", "ValueError in the handler of update stumble")
        assert await handle.execute_update(Broken.stumble, "0") == "0"
        await handle.terminate()


@pytest.fixture(scope="module")
async def apart(settings: Settings, client: Client) -> Settings:
    """A namespace of its own: builds are known in the whole of one."""
    return await namespace_of_its_own(settings, client, "builds")


def build(client: Client, settings: Settings, resources: Resources, build_id: str | None) -> Worker:
    """A worker of a build."""
    paths = Paths(resources.desk, at_once(resources.desk))
    told = replace(settings, build_id=build_id)
    return make_worker(client, told, workflows=[Path], activities=[paths.record, paths.due, paths.send])


async def test_a_new_build_takes_over_running_paths(apart: Settings, school: School, resources: Resources) -> None:
    """A path that began without builds, then ran on one, goes on with the next; an old build cannot take it back."""
    client = await connect(apart)
    engine = Engine(client, apart.task_queue)
    asked = school.opening(school.student())
    async with build(client, apart, resources, None):
        await engine.transition(asked)
        assert await builds(client, asked.path_id) == [""]
    async with build(client, apart, resources, "1"):
        assert await make_current(client, "1")
        await engine.transition(school.activist(asked.path_id, "on-1"))
        assert await builds(client, asked.path_id) == ["", "1"]
        assert (await engine.health()).pollers > 0
        async with build(client, apart, resources, "2"):
            assert await make_current(client, "2")
            assert await make_current(client, "2")
            assert not await make_current(client, "1")
            await engine.transition(school.activist(asked.path_id, "on-2"))
            await engine.nudge([asked.path_id])
    async with build(client, apart, resources, "2"):
        outcome = await engine.transition(school.activist(asked.path_id, "on-2-alone", mode="record"))
    assert outcome.kind == "recorded"
    assert await builds(client, asked.path_id) == ["", "1", "2"]


async def builds(client: Client, path_id: UUID) -> list[str]:
    """The builds that have worked for a path, in their order, over all its runs."""
    found: list[str] = []
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id(path_id)}'"):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        runs: list[str] = []
        for event in (await handle.fetch_history()).events:
            if event.HasField("workflow_task_completed_event_attributes"):
                done = event.workflow_task_completed_event_attributes
                runs.append(done.deployment_version.build_id if done.versioning_behavior else "")
        found = runs + found
    return [one for n, one in enumerate(found) if n == 0 or found[n - 1] != one]
