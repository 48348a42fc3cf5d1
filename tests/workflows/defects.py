"""Workflows that are broken in the ways in which a release can break them, under the names of the real ones."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from workflows.contract import HEALTH, NEXT_WAKE_AT, NUDGE, PathInput


@workflow.defn(name="Path")
class Stumbling:
    """Fails in its first task, and in each that follows."""

    @workflow.run
    async def run(self, _path: PathInput) -> None:
        """Raise what no workflow should."""
        raise ZeroDivisionError("a defect of this release")

    @workflow.signal(name=NUDGE)
    def nudge(self) -> None:
        """Take note of nothing."""


@workflow.defn(name="Path")
class Changed:
    """Does something else first than the history of a path says."""

    @workflow.run
    async def run(self, _path: PathInput) -> None:
        """Sleep where a path asks what is due."""
        await asyncio.sleep(3600)

    @workflow.signal(name=NUDGE)
    def nudge(self) -> None:
        """Take note of nothing."""


@workflow.defn(name="Path")
class Oversleeping:
    """Has set an alarm, and no timer for it."""

    @workflow.run
    async def run(self, _path: PathInput) -> None:
        """Say when it would wake, and wait for ever."""
        workflow.upsert_search_attributes([NEXT_WAKE_AT.value_set(workflow.now() - timedelta(minutes=5))])
        await workflow.wait_condition(lambda: False)

    @workflow.signal(name=NUDGE)
    def nudge(self) -> None:
        """Take note of nothing."""


@workflow.defn(name="Mailroom")
class Waiting:
    """Keeps letters that no channel takes."""

    @workflow.run
    async def run(self) -> None:
        """Say that it is not well, and wait for ever."""
        workflow.upsert_search_attributes([HEALTH.value_set("degraded")])
        await workflow.wait_condition(lambda: False)
