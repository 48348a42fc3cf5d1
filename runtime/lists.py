"""What Temporal's lists say without looking into any workflow: which run, which are not well, and who polls for tasks."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeTaskQueueRequest,
    ListWorkersRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client

from runtime.client import HEARTBEAT
from runtime.standing import asking_temporal

PAGE = 1000
RUNNING = "ExecutionStatus = 'Running'"
PROBLEMS = "TemporalReportedProblems"
NON_DETERMINISM = "cause=WorkflowTaskFailedCauseNonDeterministicError"

FRESH = 3 * HEARTBEAT
"""A worker says so often that it lives; one that has not for so long is gone."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A workflow in a list. `problems` is what Temporal reports of its task."""

    id: str
    run_id: str
    type: str
    problems: tuple[str, ...] = ()


async def listed(client: Client, query: str, most: int | None = None) -> AsyncIterator[Listed]:
    """Go through the workflows that a query selects. Raises EngineUnavailable, RPCError."""
    # Temporal's own way of listing cannot read the status of a paused workflow.
    token, seen = b"", 0
    while most is None or seen < most:
        with asking_temporal():
            page = await client.workflow_service.list_workflow_executions(
                ListWorkflowExecutionsRequest(
                    namespace=client.namespace,
                    query=query,
                    page_size=PAGE if most is None else min(PAGE, most - seen),
                    next_page_token=token,
                )
            )
        for one in page.executions:
            yield Listed(one.execution.workflow_id, one.execution.run_id, one.type.name, _problems(one))
        seen += len(page.executions)
        token = page.next_page_token
        if not token:
            return


def _problems(one: WorkflowExecutionInfo) -> tuple[str, ...]:
    found = one.search_attributes.indexed_fields
    return tuple(json.loads(found[PROBLEMS].data)) if PROBLEMS in found else ()


async def counted(client: Client, query: str) -> int:
    """How many workflows a query selects. Raises EngineUnavailable, RPCError."""
    with asking_temporal():
        answer = await client.workflow_service.count_workflow_executions(
            CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
        )
    return answer.count


@dataclass(frozen=True, slots=True)
class Workers:
    """Who polls a task queue: the builds of the workers that live, and when one was heard of last."""

    builds: Sequence[str]
    heard_at: datetime | None


async def workers(client: Client, task_queue: str, moment: datetime) -> Workers:
    """Ask who lives of the workers of a task queue. Raises EngineUnavailable, RPCError."""
    service, namespace = client.workflow_service, client.namespace
    with asking_temporal():
        told = await service.list_workers(ListWorkersRequest(namespace=namespace, query=f"TaskQueue = '{task_queue}'"))
        queue = await service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
        )
    beats = [one.worker_heartbeat for one in told.workers_info]
    polls = [(one.last_access_time.ToDatetime(UTC), one.deployment_options.build_id) for one in queue.pollers]
    # A poll lasts up to a minute, so its beginning tells only of a worker that has just come and not said a word yet.
    alive = [(at, build) for at, build in polls if moment - at <= FRESH]
    alive += [
        (one.heartbeat_time.ToDatetime(UTC), one.deployment_version.build_id)
        for one in beats
        if one.status == WorkerStatus.WORKER_STATUS_RUNNING and moment - one.heartbeat_time.ToDatetime(UTC) <= FRESH
    ]
    heard = [at for at, _ in polls] + [one.heartbeat_time.ToDatetime(UTC) for one in beats]
    return Workers(sorted({build for _, build in alive}), max(heard, default=None))


def overdue_before(moment: datetime, grace: timedelta) -> str:
    """The query for workflows whose timer should have rung."""
    return f"{RUNNING} AND NextWakeAt < '{moment - grace:%Y-%m-%dT%H:%M:%SZ}'"
