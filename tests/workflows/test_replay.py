"""Old histories and new code: whatever a path has been through, the workflow of today must take it up again."""

from collections.abc import Callable, Coroutine
from pathlib import Path as File
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from runtime.codec import make_data_converter
from runtime.guard import UpdateGuard
from runtime.settings import Settings
from runtime.workers import RESTRICTIONS
from tests.engine import TEST_KEY
from tests.school import School
from tests.workflows.stories import STORIES, Stage, stage
from workflows.path import Path

RECORDED = sorted(File(__file__).with_name("histories").glob("*.json"))
"""Made by `python -m tests.workflows.record_histories` whenever the workflow does something new; never made again."""


def replayer() -> Replayer:
    """What replays a path."""
    return Replayer(
        workflows=[Path],
        data_converter=make_data_converter(Settings(payload_key=(TEST_KEY,))),
        interceptors=[UpdateGuard()],
        workflow_runner=SandboxedWorkflowRunner(restrictions=RESTRICTIONS),
    )


def test_there_are_histories() -> None:
    """Every story has left at least one, and the long one two."""
    told = {path.name.split(".")[0] for path in RECORDED}
    assert {story.__name__ for story in STORIES} <= told
    assert len(RECORDED) > len(STORIES)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: File) -> None:
    """The workflow of today asks for what the one that was recorded asked for, in the same order."""
    history = WorkflowHistory.from_json("path/recorded", path.read_text(encoding="utf-8"))
    assert (await replayer().replay_workflow(history)).replay_failure is None


async def test_another_order_of_commands_is_noticed() -> None:
    """The net is not open: a history in which another activity was called does not replay."""
    path = next(path for path in RECORDED if path.name.startswith("reminded"))
    history = WorkflowHistory.from_json("path/recorded", path.read_text(encoding="utf-8"))
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            event.activity_task_scheduled_event_attributes.activity_type.name = "another"
    result = await replayer().replay_workflow(history, raise_on_replay_failure=False)
    assert "TMPRL1100" in str(result.replay_failure)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_story_of_today_replays(
    story: Callable[[Stage], Coroutine[Any, Any, list[WorkflowHistory]]],
    client: Client,
    settings: Settings,
    school: School,
) -> None:
    """What is told now replays now: the stories that are recorded are stories of this workflow."""
    async with stage(client, settings, school, f"stories-{story.__name__}") as at:
        histories = await story(at)
    assert len(histories) == (2 if story.__name__ == "degraded_and_rolled_over" else 1)
    for history in histories:
        assert (await replayer().replay_workflow(history)).replay_failure is None
