"""The engine: asks the workflows of paths for transitions, and nudges them. It is Temporal's client and holds no facts."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.facts import KINDS, Opening
from domain.path import Path
from domain.receipt import Asked, Outcome
from registry.shape import UnknownFact, WrongShape
from runtime.client import connect
from runtime.clock import now
from runtime.settings import Settings
from workflows.contract import (
    CLOCK,
    NUDGE,
    PATH,
    SUMMARIES,
    SUMMARY,
    TRANSITION,
    UNKNOWN_FACT,
    WRONG_SHAPE,
    ClockInput,
    PathInput,
    clock_id,
    workflow_id,
)

AT_ONCE = 16
"""Transitions under way at a time in one process. More would not be done sooner, but each later."""

WAIT_SECONDS = 10.0
"""How long a transition is waited for before its sender is told to ask again; half of it for its turn at most."""

RETRY_AFTER_SECONDS = 5

TASK_TIMEOUT = timedelta(seconds=5)
"""How long a worker may be silent about a path before another one takes over. A record needs at most about two."""

POLL_FRESH_SECONDS = 70.0
"""A worker's poll lasts up to a minute; one that began earlier than that is a dead worker's."""


class EngineUnavailable(Exception):
    """Temporal cannot be reached or does not answer: the same request with the same key may be sent again.

    `retry_after_s` says when that may be worth it.
    """

    def __init__(self, message: str) -> None:
        """Take what was wrong."""
        super().__init__(message)
        self.retry_after_s = RETRY_AFTER_SECONDS


class StillRunning(Exception):
    """The transition was handed over and has not been answered in time; sent again with the same key, it will be."""


class TransitionFailed(Exception):
    """A defect of our own in the path's workflow: the worker's log has the details. Nothing is known to be written."""


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Whether Temporal answers, and who works for it: `last_poll_age_s` tells when a worker last asked for work."""

    reachable: bool
    error: str = ""
    pollers: int = 0
    last_poll_age_s: float | None = None


class _Gone(Exception):
    """The workflow that was asked is not running, or its task failed under the transition: nothing was accepted."""


class Engine:
    """Asks workflows. Made by `open_engine`."""

    def __init__(self, client: Client, task_queue: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        """Ask through this client for workers of this task queue."""
        self._client = client
        self._queue = task_queue
        self._wait = wait_seconds
        self._slots = asyncio.Semaphore(AT_ONCE)

    @property
    def client(self) -> Client:
        """The client it asks through, for whoever looks after workflows."""
        return self._client

    async def transition(self, asked: Asked) -> Outcome:
        """Ask a path's workflow for a transition; an opening starts it.

        Raises EngineUnavailable, StillRunning, WrongShape, UnknownFact, TransitionFailed.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._wait / 2):
                await self._slots.acquire()
        except TimeoutError:
            raise EngineUnavailable("too many transitions are waiting") from None
        try:
            async with asyncio.timeout(self._wait - (time.monotonic() - begun)):
                return await self._answer(asked)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            task = asyncio.current_task()
            if task and task.cancelling():  # the SDK says the same of a caller who has gone
                raise asyncio.CancelledError from None
            raise StillRunning(str(asked.path_id)) from None
        finally:
            self._slots.release()

    async def _answer(self, asked: Asked) -> Outcome:
        # A workflow that is not there may have ended, or Temporal has lost it. Started anew, it asks the log; and it
        # ends at once where there is nothing for it to do.
        for way in (self._start if _opens(asked) else self._ask, self._start, self._start):
            try:
                outcome = await self._heard(way, asked)
            except _Gone:
                continue
            return outcome if outcome.request == asked.request else Outcome("key-reused", version=outcome.version)
        raise EngineUnavailable("Temporal: the path's workflow does not stay long enough to answer")

    async def _heard(self, way: Callable[[Asked], Awaitable[Outcome]], asked: Asked) -> Outcome:
        """Say in the house's words what went wrong on the way."""
        try:
            return await way(asked)
        except WorkflowUpdateFailedError as error:
            return _failed(error, asked)
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                raise _Gone from error
            if error.status is RPCStatusCode.INVALID_ARGUMENT:
                raise
            raise EngineUnavailable(f"Temporal: {error.message}") from error
        except RuntimeError as error:  # the connection that is made with the first call
            raise EngineUnavailable(f"Temporal: {error}") from error

    async def _ask(self, asked: Asked) -> Outcome:
        handle = self._client.get_workflow_handle(workflow_id(asked.path_id))
        outcome: Outcome = await handle.execute_update(TRANSITION, asked, id=asked.key, result_type=Outcome)
        return outcome

    async def _start(self, asked: Asked) -> Outcome:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            PATH,
            PathInput(asked.path_id),
            id=workflow_id(asked.path_id),
            task_queue=self._queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            task_timeout=TASK_TIMEOUT,
            static_summary=SUMMARY,
        )
        # The SDK says what goes wrong a second time, to whoever waits for the handle; somebody has to hear it.
        hearing = asyncio.ensure_future(start.workflow_handle())
        hearing.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            outcome: Outcome = await self._client.execute_update_with_start_workflow(
                TRANSITION, asked, start_workflow_operation=start, id=asked.key, result_type=Outcome
            )
        finally:
            hearing.cancel()
        return outcome

    async def nudge(self, streams: Sequence[UUID] | Mapping[UUID, str]) -> None:
        """Tell workflows to look for their alarm; one that is missing is started. Raises EngineUnavailable.

        `streams` are paths, or streams with what each is about.
        """
        waiting = iter(streams.items() if isinstance(streams, Mapping) else [(one, Path.NAME) for one in streams])

        async def take_turns() -> None:
            for stream_id, subject in waiting:
                await nudged(self._client, self._queue, stream_id, subject)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(AT_ONCE, len(streams))):
                    tasks.create_task(take_turns())
        except* (RPCError, RuntimeError) as errors:
            raise EngineUnavailable(f"Temporal: {errors.exceptions[0]}") from errors

    async def health(self) -> EngineHealth:
        """Tell whether Temporal answers and whether workers ask it for work. Never raises."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            async with asyncio.timeout(2):
                described = await self._client.workflow_service.describe_task_queue(request)
        except (RPCError, RuntimeError, TimeoutError) as error:
            return EngineHealth(reachable=False, error=str(error) or "no answer within 2 s")
        moment = now()
        ages = [
            (moment - each.last_access_time.ToDatetime(moment.tzinfo)).total_seconds() for each in described.pollers
        ]
        fresh = [age for age in ages if age <= POLL_FRESH_SECONDS]
        return EngineHealth(reachable=True, pollers=len(fresh), last_poll_age_s=max(min(ages), 0.0) if ages else None)


async def nudged(client: Client, task_queue: str, stream_id: UUID, subject: str) -> None:
    """Have the workflow of a path or another stream look for its alarm; one that is missing is started. Raises RPCError."""
    path = subject == Path.NAME
    await client.start_workflow(
        PATH if path else CLOCK,
        PathInput(stream_id) if path else ClockInput(stream_id),
        id=clock_id(subject, stream_id),
        task_queue=task_queue,
        start_signal=NUDGE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        task_timeout=TASK_TIMEOUT,
        static_summary=SUMMARIES[subject],
    )


def _opens(asked: Asked) -> bool:
    return issubclass(KINDS[asked.topic], Opening)


def _failed(error: WorkflowUpdateFailedError, asked: Asked) -> Outcome:
    """Turn the failure of an update into what its sender is told."""
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        raise TransitionFailed(str(cause)) from error
    if cause.type == "AcceptedUpdateCompletedWorkflow":
        raise _Gone from error
    if cause.type not in (WRONG_SHAPE, UNKNOWN_FACT):
        raise TransitionFailed(f"{cause.type}: {cause.message}") from error
    wrong, request = cause.details
    if request != asked.request:
        return Outcome("key-reused", request=asked.request)
    if cause.type == UNKNOWN_FACT:
        raise UnknownFact(wrong) from error
    raise WrongShape([(field, fault) for field, fault in wrong]) from error


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[Engine]:
    """Make an engine, which connects with the first request: Temporal may be away now. Raises SettingsError."""
    yield Engine(await connect(settings, lazy=True), settings.task_queue)
