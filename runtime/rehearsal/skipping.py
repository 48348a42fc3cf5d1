"""All that is known here of Temporal's time skipping, which is experimental: the clock of one path, moved at will.

Temporal skips forward only, from the present on, and a story may begin years ago. So the story's time is the
workflow's less a distance that stays the same, and the activities are given moments of the story.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import TimeSkipper

from domain.receipt import Alarm, Outcome
from runtime.clock import now
from workflows.contract import NEXT_WAKE_AT, DueInput, PathActivities, RecordInput, SendInput

SERVER = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # How late the server may look at its timers, to spare its database. It is 1 s, and that is what a wake would take.
    "history.timerProcessorMaxTimeShift": '"10ms"',
}
"""Dynamic configuration of a Temporal whose time can be skipped."""

PATIENCE_SECONDS = 60.0
"""What takes longer has stopped for good."""

ASK_AGAIN_SECONDS = 0.01


class PathClock:
    """The clock of a rehearsed path. It stands still before the path's workflow begins and after it has ended."""

    def __init__(self, client: Client, begins: datetime) -> None:
        """Begin the story at a moment, aware UTC."""
        self._client = client
        self._skipper = TimeSkipper(client)
        self.begin(begins)

    def begin(self, moment: datetime) -> None:
        """Begin a story at a moment (aware UTC), be it the next one: stand there until its path is to be watched."""
        self._workflow = ""
        self._stand_at(moment)

    def watch(self, workflow: str) -> None:
        """Go by this workflow from now on."""
        self._workflow = workflow

    def last(self) -> datetime:
        """Tell the latest moment of the story that anybody was told."""
        return self._last

    async def now(self) -> datetime:
        """Tell the moment of the story. Raises RPCError."""
        return await self._now() if await self._running() else self._last

    async def forward(self, moment: datetime) -> datetime:
        """Move on to a moment of the story, but not over the path's next alarm; tell where that is.

        A timer that fires is awaited with all that it starts. To leap over several timers would be quicker, but a run
        that follows on another leaps to the end before its first task, and would miss the timers left. Nor does the
        server go on after 200 of them. Raises RPCError, and TimeoutError if the workflow or the server do not move.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            described = await self._quiet()
            if described is None:
                self._stand_at(max(self._last, moment))
            else:
                wake = described.typed_search_attributes.get(NEXT_WAKE_AT)
                moment = min(moment, wake - self._distance) if wake else moment
                if (left := moment - await self._now()) > timedelta(0):
                    await self._skipper.fast_forward(self._handle(), left)
                    await self._quiet()
            return max(self._last, moment)

    async def _now(self) -> datetime:
        return self.to_story(await self._skipper.get_current_time(self._handle()))

    async def _running(self) -> WorkflowExecutionDescription | None:
        """Describe the workflow if it runs."""
        described = await self._handle().describe() if self._workflow else None
        return described if described and described.status is WorkflowExecutionStatus.RUNNING else None

    async def _quiet(self) -> WorkflowExecutionDescription | None:
        """Wait until the workflow sleeps, and describe it; None if it does not run any more."""
        while described := await self._running():
            raw = described.raw_description
            wake = described.typed_search_attributes.get(NEXT_WAKE_AT)
            busy = raw.pending_activities or raw.HasField("pending_workflow_task")
            if not busy and (wake is None or wake - self._distance > await self._now()):
                return described
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        return None

    def _stand_at(self, moment: datetime) -> None:
        """Stand still until the path's workflow begins, which it does in the present."""
        self._last = moment
        self._distance = now() - moment

    def to_story(self, moment: datetime) -> datetime:
        """From the workflow's time to the story's."""
        self._last = max(self._last, moment - self._distance)
        return moment - self._distance

    def to_workflow(self, alarm: Alarm) -> Alarm:
        """From the story's time to the workflow's."""
        return replace(alarm, wake=alarm.wake and alarm.wake + self._distance)

    def _handle(self) -> WorkflowHandle[Any, Any]:
        """The workflow's present run, whichever that is by now."""
        return self._client.get_workflow_handle(self._workflow)


class OnStoryTime(PathActivities):
    """The real activities, at the moments of the story."""

    def __init__(self, real: PathActivities, clock: PathClock) -> None:
        """Take the real ones, and the clock that knows both times."""
        self._real = real
        self._clock = clock

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Record a transition on its day in the story."""
        outcome = await self._real.record(replace(asked, at=self._clock.to_story(asked.at)))
        if outcome.receipt is None:
            return outcome
        return replace(outcome, receipt=replace(outcome.receipt, alarm=self._clock.to_workflow(outcome.receipt.alarm)))

    @activity.defn(name="due")
    async def due(self, asked: DueInput) -> Alarm:
        """Judge the path on its day in the story."""
        return self._clock.to_workflow(await self._real.due(replace(asked, at=self._clock.to_story(asked.at))))

    @activity.defn(name="send")
    async def send(self, asked: SendInput) -> None:
        """Send a reminder on its day in the story."""
        await self._real.send(replace(asked, at=self._clock.to_story(asked.at)))
