"""Mailrooms on the real engine: gathered, put off, held for the morning, rolled over; and their stored histories replay."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from runtime.codec import make_data_converter
from runtime.settings import Settings
from runtime.workers import RESTRICTIONS
from tests.engine import TEST_KEY
from tests.school import School
from tests.workflows.mailrooms import STORIES, Sorting, sorting
from workflows.mailing import Envelope, Item
from workflows.mailroom import Mailroom, batch_of

RECORDED = sorted(File(__file__).with_name("histories").joinpath("mailroom").glob("*.json"))
"""Made by `python -m tests.workflows.record_histories` whenever a mailroom does something new; never made again."""


def replayer() -> Replayer:
    """What replays a mailroom."""
    return Replayer(
        workflows=[Mailroom],
        data_converter=make_data_converter(Settings(payload_key=(TEST_KEY,))),
        workflow_runner=SandboxedWorkflowRunner(restrictions=RESTRICTIONS),
    )


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_story_of_a_mailroom(
    story: Callable[[Sorting], Coroutine[Any, Any, list[WorkflowHistory]]],
    client: Client,
    settings: Settings,
    school: School,
) -> None:
    """The story goes as it says, and what it leaves replays."""
    async with sorting(client, settings, school, f"mail-{story.__name__}") as at:
        histories = await story(at)
    for history in histories:
        assert (await replayer().replay_workflow(history)).replay_failure is None


@pytest.mark.parametrize(("letters", "items", "taken"), [(150, 1, 100), (5, 900, 2), (2, 5000, 1), (0, 1, 0)])
def test_a_batch_is_as_large_as_temporal_takes(letters: int, items: int, taken: int) -> None:
    """So many letters go together, fewer where they tell much, and one that tells very much goes by itself."""
    each = Item(UUID(int=1), "reminder", UUID(int=2), datetime(2026, 11, 22, tzinfo=UTC))
    envelopes = [replace(Envelope.begun(each, each.at), items=(each,) * items) for _ in range(letters)]
    assert batch_of(envelopes) == tuple(envelopes[:taken])


def test_there_are_histories() -> None:
    """Every story has left at least one."""
    assert {story.__name__ for story in STORIES} <= {path.name.split(".")[0] for path in RECORDED}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: File) -> None:
    """The mailroom of today asks for what the one that was recorded asked for, in the same order."""
    history = WorkflowHistory.from_json("mailroom/recorded", path.read_text(encoding="utf-8"))
    assert (await replayer().replay_workflow(history)).replay_failure is None
