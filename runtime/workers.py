"""How a worker is made: what its workflows may import, how much it does at a time, which build it says it runs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import (
    Interceptor,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from runtime.guard import UpdateGuard
from runtime.settings import Settings

LOG = logging.getLogger("jieti.worker")

DEPLOYMENT = "jieti"
ASK_AGAIN_SECONDS = 0.2

STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that has the workflow in memory. After a crash everybody waits that long."""

GRACE = timedelta(seconds=20)
"""How long activities may finish after SIGTERM; a supervisor should wait longer before it kills."""

RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules(
    "domain", "workflows.contract", "workflows.clock", "workflows.mailing"
).with_import_notification_policy(
    SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    | SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
)
"""Anything else that a workflow imports would be imported a second time. For a C extension that is the process's end,
so a worker whose workflows do it is refused when it is made."""

SANDBOX = SandboxedWorkflowRunner(restrictions=RESTRICTIONS)


class CheckedRunner(UnsandboxedWorkflowRunner):
    """Runs workflows outside the sandbox, after each has been through it once, when the worker is made.

    The sandbox costs a fifth of what a worker does for a transition. What it would find at run time is found before:
    workflows import the domain and their contract alone, and are tested and replayed inside it.
    """

    def prepare_workflow(self, defn: Any) -> None:
        """Refuse a workflow that the sandbox refuses."""
        SANDBOX.prepare_workflow(defn)
        super().prepare_workflow(defn)


def make_worker(
    client: Client,
    settings: Settings,
    *,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    interceptors: Sequence[Interceptor] = (),
    runner: WorkflowRunner = SANDBOX,
) -> Worker:
    """Make a worker for the task queue of the settings. Raises RuntimeError for a workflow that imports too much."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=workflows,
        activities=activities,
        interceptors=[UpdateGuard(), *interceptors],
        workflow_runner=runner,
        deployment_config=_deployment(settings.build_id),
        max_concurrent_workflow_tasks=16,
        max_concurrent_activities=32,
        max_concurrent_local_activities=16,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=GRACE,
    )


def _deployment(build_id: str | None) -> WorkerDeploymentConfig:
    """Say which build this is. Without versioning the build is a name in the history, and nothing is sent by it."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, build_id or "unversioned"),
        use_worker_versioning=build_id is not None,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE if build_id else VersioningBehavior.UNSPECIFIED,
    )


async def make_current(client: Client, build_id: str) -> bool:
    """Have every path taken over by this build, unless one that came later is current; tells whether it is so.

    Waits until Temporal has heard of the build, which is when its first worker polls. A worker of an old build that
    starts again must not take the paths back. Raises RPCError.
    """
    while True:
        known = await _described(client)
        born = _born(known) if known else {}
        if known and build_id in born:
            current = known.worker_deployment_info.routing_config.current_deployment_version.build_id
            if current == build_id:
                return True
            if born.get(current, 0) > born[build_id]:
                LOG.warning("build %s serves nothing: build %s came later and is current", build_id, current)
                return False
            if await _set_current(client, known, build_id):
                LOG.info("build %s takes over the paths%s", build_id, f" from build {current}" if current else "")
                return True
        await asyncio.sleep(ASK_AGAIN_SECONDS)


async def _set_current(client: Client, known: DescribeWorkerDeploymentResponse, build_id: str) -> bool:
    """Make a build current; not yet while its worker does not poll for all kinds of tasks, or another was quicker."""
    try:
        await client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=client.namespace,
                deployment_name=DEPLOYMENT,
                build_id=build_id,
                identity=client.identity,
                conflict_token=known.conflict_token,
            )
        )
    except RPCError as error:
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            return False
        raise
    return True


async def builds(client: Client) -> Sequence[str]:
    """The builds that Temporal has heard of, the newest first; none where workers run without. Raises RPCError."""
    known = await _described(client)
    born = _born(known) if known else {}
    return sorted(born, key=lambda build: born[build], reverse=True)


async def current_build(client: Client) -> str:
    """The build that serves the paths; empty where workers run without. Raises RPCError."""
    known = await _described(client)
    return known.worker_deployment_info.routing_config.current_deployment_version.build_id if known else ""


async def _described(client: Client) -> DescribeWorkerDeploymentResponse | None:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        return await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


def _born(known: DescribeWorkerDeploymentResponse) -> dict[str, int]:
    """When each build was first heard of, in nanoseconds."""
    return {
        each.deployment_version.build_id: each.create_time.ToNanoseconds()
        for each in known.worker_deployment_info.version_summaries
    }
