"""How a workflow stands in Temporal: whether it runs, what fails in it and since when, and where it could go back to."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import (
    EventType,
    PendingWorkflowTaskState,
    WorkflowExecutionStatus,
    WorkflowTaskFailedCause,
)
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client
from temporalio.converter import decode_typed_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from runtime.engine import EngineUnavailable
from workflows.contract import HEALTH, NEXT_WAKE_AT

RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
MOST_POINTS = 40
"""How many points of a history are offered to go back to, the last first."""

PAGE = 500
NON_DETERMINISTIC = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR


@dataclass(frozen=True, slots=True)
class Attempts:
    """An activity that is tried, or would be: which attempt, what went wrong the last time, when it is tried next."""

    id: str
    type: str
    attempt: int
    paused: bool
    error: str
    since: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Point:
    """A task of the workflow that it could go back to and do anew: the number of its event, when, and what led to it."""

    event: int
    at: datetime
    after: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a workflow stands. `run_id` is empty where Temporal knows none; `task_attempt` is above one while its task fails.

    `build` is the build that served it last, `pinned` the one that alone may. `wake_at` is the alarm it has set.
    """

    workflow_id: str
    run_id: str = ""
    status: str = "missing"
    started_at: datetime | None = None
    events: int = 0
    task_attempt: int = 0
    task_since: datetime | None = None
    task_taken: bool = False
    activities: tuple[Attempts, ...] = ()
    build: str = ""
    pinned: str = ""
    wake_at: datetime | None = None
    degraded: bool = False
    """It says of itself that it is not well."""

    @property
    def running(self) -> bool:
        """Whether it runs; a paused one does not end by itself, and counts as running."""
        return self.status in ("running", "paused")

    def __str__(self) -> str:
        """In words, for the record: nothing about a person."""
        if not self.run_id:
            return "no workflow"
        parts = [f"{self.status}, run {self.run_id}, {self.events} events"]
        if self.task_attempt > 1:
            parts.append(f"its task at attempt {self.task_attempt}")
        for one in self.activities:
            paused = "paused, " if one.paused else ""
            parts.append(f"activity {one.type} {paused}at attempt {one.attempt}")
        if self.pinned:
            parts.append(f"pinned to build {self.pinned}")
        if self.running and self.wake_at:
            parts.append(f"wakes at {self.wake_at:%Y-%m-%dT%H:%M:%SZ}")
        return "; ".join(parts)


@contextmanager
def asking_temporal() -> Iterator[None]:
    """Say in the house's words that Temporal is away. What it refuses is passed on. Raises EngineUnavailable, RPCError."""
    try:
        yield
    except RPCError as error:
        if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
            raise EngineUnavailable(f"Temporal: {error.message}") from error
        raise
    except RuntimeError as error:  # the connection that is made with the first call
        raise EngineUnavailable(f"Temporal: {error}") from error


async def standing(client: Client, workflow_id: str) -> Standing:
    """Ask Temporal how a workflow stands. Raises EngineUnavailable."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        with asking_temporal():
            told = await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Standing(workflow_id)
        raise
    activities = [await _attempts(client, one) for one in told.pending_activities]
    return _standing(workflow_id, told, activities)


def _standing(workflow_id: str, told: DescribeWorkflowExecutionResponse, activities: Sequence[Attempts]) -> Standing:
    info, task = told.workflow_execution_info, told.pending_workflow_task
    pending = told.HasField("pending_workflow_task")
    labels = decode_typed_search_attributes(info.search_attributes)
    versioning = info.versioning_info
    name = WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_")
    return Standing(
        workflow_id=workflow_id,
        run_id=info.execution.run_id,
        status=name.lower().replace("_", "-"),
        started_at=_moment(info.start_time),
        events=info.history_length,
        task_attempt=task.attempt if pending else 0,
        task_since=_moment(task.original_scheduled_time) if pending else None,
        task_taken=pending and task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED,
        activities=tuple(activities),
        build=versioning.deployment_version.build_id,
        pinned=versioning.versioning_override.pinned.version.build_id,
        wake_at=labels.get(NEXT_WAKE_AT),
        degraded=labels.get(HEALTH) == "degraded",
    )


async def _attempts(client: Client, told: PendingActivityInfo) -> Attempts:
    return Attempts(
        id=told.activity_id,
        type=told.activity_type.name,
        attempt=told.attempt,
        paused=told.paused,
        error=await in_words(client, told.last_failure) if told.HasField("last_failure") else "",
        since=_moment(told.scheduled_time) or datetime.min.replace(tzinfo=UTC),
        next_at=_moment(told.next_attempt_schedule_time),
    )


async def in_words(client: Client, failure: Failure) -> str:
    """What a failure says. It rests in Temporal encrypted, like everything else."""
    error = await client.data_converter.decode_failure(failure)
    return str(getattr(error, "message", error))


def _moment(given: Timestamp) -> datetime | None:
    return given.ToDatetime(UTC) if given.seconds else None


async def points(client: Client, of: Standing, most: int = MOST_POINTS) -> list[Point]:
    """List the tasks that a running workflow could go back to, the last first. Raises EngineUnavailable, RPCError."""
    found: list[Point] = []
    waiting: int | None = None
    at = datetime.min.replace(tzinfo=UTC)
    if not of.running:
        return found
    async for event in backwards(client, of):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            waiting, at = event.event_id, event.event_time.ToDatetime(UTC)
        elif waiting is not None and (led := _led(event)):
            found.append(Point(waiting, at, led))
            waiting = None
        if len(found) == most:
            break
    return found


LED: Mapping["EventType.ValueType", str] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "its start",
    EventType.EVENT_TYPE_TIMER_FIRED: "its timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "the answer of an activity",
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: "the failure of an activity",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED: "a transition, done anew",
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED: "",
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED: "",
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: "",
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: "",
}
"""What led to a task, by the event before it; nothing for events that belong to the task itself."""


def _led(event: HistoryEvent) -> str:
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        return f"signal {event.workflow_execution_signaled_event_attributes.signal_name}"
    return LED.get(event.event_type, "a transition")


@dataclass(frozen=True, slots=True)
class Failed:
    """What was wrong with a workflow's task. *Non-deterministic*: the code does not fit the history."""

    message: str = ""
    non_deterministic: bool = False


async def last_failure(client: Client, of: Standing) -> Failed:
    """What was wrong with a workflow's task the last time it failed, lately. Raises EngineUnavailable, RPCError."""
    async for event in backwards(client, of, most=20):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            return Failed(await in_words(client, failed.failure), failed.cause == NON_DETERMINISTIC)
    return Failed()


async def backwards(client: Client, of: Standing, most: int = 5000) -> AsyncIterator[HistoryEvent]:
    """The events of a workflow's run, the newest first. Raises EngineUnavailable, RPCError."""
    token, seen = b"", 0
    run = WorkflowExecution(workflow_id=of.workflow_id, run_id=of.run_id)
    while True:
        with asking_temporal():
            page = await client.workflow_service.get_workflow_execution_history_reverse(
                GetWorkflowExecutionHistoryReverseRequest(
                    namespace=client.namespace, execution=run, maximum_page_size=min(most, PAGE), next_page_token=token
                )
            )
        for event in page.history.events:
            yield event
            seen += 1
        token = page.next_page_token
        if not token or seen >= most:
            return
