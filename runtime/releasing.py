"""Releases over running paths: which build serves them, how a new one takes over, how paths go back to an earlier one."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, WorkflowRunner

from runtime.guard import UpdateGuard

LOG = logging.getLogger("jieti.worker")

DEPLOYMENT = "jieti"
ASK_AGAIN_SECONDS = 0.2
TRIED = 100
"""How many running workflows a new build tries itself on before it takes over."""


class NoSuchBuild(Exception):
    """Temporal has not heard of a build of this name: no worker of it has polled."""


@dataclass(frozen=True, slots=True)
class Release:
    """A build that Temporal has heard of. `workflows` is how many running ones it served last; `ramp` its share of new tasks in percent."""

    build: str
    current: bool
    ramp: float
    heard_at: datetime
    workflows: int


async def make_current(client: Client, build_id: str) -> bool:
    """Have every path taken over by this build, if it is new or current already; tells whether it is so.

    A build takes over once, at its first arrival: Temporal has heard of it when its first worker polls. A worker of an
    old build that starts again does not take the paths back, nor does one that was rolled back. Raises RPCError.
    """
    while True:
        known = await described(client)
        mine = _summaries(known).get(build_id) if known else None
        if known and mine:
            current = known.worker_deployment_info.routing_config.current_deployment_version.build_id
            if current == build_id:
                return True
            if mine.first_activation_time.seconds or _born(known).get(current, 0) > mine.create_time.ToNanoseconds():
                LOG.warning(
                    "build %s serves nothing: build %s is current; `jieti release` changes that", build_id, current
                )
                return False
            if await _set_current(client, known, build_id):
                LOG.info("build %s takes over the paths%s", build_id, f" from build {current}" if current else "")
                return True
        await asyncio.sleep(ASK_AGAIN_SECONDS)


async def unfit(client: Client, workflows: Sequence[type], runner: WorkflowRunner, *, most: int = TRIED) -> str:
    """Replay some of what runs with this build's workflows; tells in words what does not fit, empty where all does.

    Those that started last, of each type `most`: their histories are the ones most like all others. Raises RPCError.
    """
    replayer = Replayer(
        workflows=workflows,
        data_converter=client.data_converter,
        interceptors=[UpdateGuard()],
        workflow_runner=runner,
        namespace=client.namespace,
    )
    for one in workflows:
        name = getattr(one, "__temporal_workflow_definition").name
        async for run in client.list_workflows(f"WorkflowType = '{name}' AND ExecutionStatus = 'Running'", limit=most):
            history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
            failure = (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure
            if failure:
                return f"its code does not fit the history of {run.id}: {failure}"
    return ""


async def releases(client: Client) -> Sequence[Release]:
    """All builds that Temporal has heard of, the newest first; none where workers run without. Raises RPCError."""
    known = await described(client)
    if known is None:
        return ()
    routing = known.worker_deployment_info.routing_config
    found = [
        Release(
            build=build,
            current=build == routing.current_deployment_version.build_id,
            ramp=routing.ramping_version_percentage if build == routing.ramping_deployment_version.build_id else 0.0,
            heard_at=each.create_time.ToDatetime(UTC),
            workflows=await _served(client, build),
        )
        for build, each in _summaries(known).items()
    ]
    return sorted(found, key=lambda one: one.heard_at, reverse=True)


async def serve_by(client: Client, build: str, *, percent: float | None = None) -> None:
    """Have all paths served by a build from their next task on, forward or back; or a share of them, to begin with.

    Raises NoSuchBuild, RPCError.
    """
    known = await described(client)
    if known is None or build not in _summaries(known):
        raise NoSuchBuild(build)
    if percent is None:
        if not await _set_current(client, known, build):
            raise NoSuchBuild(build)
        return
    await client.workflow_service.set_worker_deployment_ramping_version(
        SetWorkerDeploymentRampingVersionRequest(
            namespace=client.namespace,
            deployment_name=DEPLOYMENT,
            build_id=build if percent else "",
            percentage=percent,
            identity=client.identity,
            conflict_token=known.conflict_token,
        )
    )


async def _served(client: Client, build: str) -> int:
    query = f"ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = '{DEPLOYMENT}:{build}'"
    answer = await client.workflow_service.count_workflow_executions(
        CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    )
    return answer.count


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
    known = await described(client)
    born = _born(known) if known else {}
    return sorted(born, key=lambda build: born[build], reverse=True)


async def current_build(client: Client) -> str:
    """The build that serves the paths; empty where workers run without. Raises RPCError."""
    known = await described(client)
    return known.worker_deployment_info.routing_config.current_deployment_version.build_id if known else ""


async def described(client: Client) -> DescribeWorkerDeploymentResponse | None:
    """What Temporal knows of our builds; None where workers run without. Raises RPCError."""
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        return await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


def _summaries(
    known: DescribeWorkerDeploymentResponse,
) -> dict[str, WorkerDeploymentInfo.WorkerDeploymentVersionSummary]:
    return {each.deployment_version.build_id: each for each in known.worker_deployment_info.version_summaries}


def _born(known: DescribeWorkerDeploymentResponse) -> dict[str, int]:
    """When each build was first heard of, in nanoseconds."""
    return {build: each.create_time.ToNanoseconds() for build, each in _summaries(known).items()}
