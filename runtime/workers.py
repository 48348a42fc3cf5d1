"""How a worker is made: what its workflows may import, how much it does at a time, which build it says it runs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
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
from runtime.releasing import DEPLOYMENT
from runtime.settings import Settings

STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that has the workflow in memory. After a crash everybody waits that long."""

AT_ONCE = 128
"""Workflows that are looked at side by side: most of them wait, for the log or for others that go the same way."""

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
        max_concurrent_workflow_tasks=AT_ONCE,
        max_concurrent_activities=32,
        max_concurrent_local_activities=AT_ONCE,
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
