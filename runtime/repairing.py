"""Repairs of workflows: small acts on Temporal, each bound to the run that was looked at, and safe to be asked for twice."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    ResetActivityRequest,
    ResetWorkflowExecutionRequest,
    UnpauseActivityRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.path import Path
from runtime.engine import nudged
from runtime.releasing import DEPLOYMENT
from runtime.standing import Standing, asking_temporal, standing
from workflows.contract import clock_id

HELD = "RepairHeld"
"""The type of the workflow that stands for a repair under way. Nobody serves it: Temporal keeps it, and it alone, once."""

HELD_QUEUE = "repairs-held"
HELD_FOR = timedelta(minutes=1)
"""How long a repair may be under way; one that was cut off lets others come after that."""

DONE = "done"
LEFT_OUT = {
    "signals": ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
    "updates": ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
}
Without = Literal["signals", "updates"]


class NotLegal(Exception):
    """The repair cannot be done as things stand now; the message says why. Nothing was done."""


@contextmanager
def acting(what: str) -> Iterator[None]:
    """Say in words what Temporal has refused. Raises NotLegal, EngineUnavailable."""
    try:
        with asking_temporal():
            yield
    except RPCError as error:
        if error.status in (
            RPCStatusCode.NOT_FOUND,
            RPCStatusCode.INVALID_ARGUMENT,
            RPCStatusCode.FAILED_PRECONDITION,
            RPCStatusCode.ALREADY_EXISTS,
        ):
            raise NotLegal(f"{what}: Temporal refuses it: {error.message}") from error
        raise


@dataclass(slots=True)
class Hold:
    """Somebody's place at a path. *begun*: an earlier repair under the same key was cut off, and may have acted."""

    begun: bool = False
    acted: bool = False


class Repairing:
    """Does the acts, through one client. Each says who asked for it and why, which Temporal keeps beside it."""

    def __init__(self, client: Client, task_queue: str) -> None:
        """Act through this client; workflows that are started wait for workers of this task queue."""
        self.client, self._queue = client, task_queue

    async def nudge(self, stream_id: UUID, subject: str = Path.NAME) -> None:
        """Have the workflow of a path or another stream look for its alarm; one that is missing is started.

        Raises NotLegal, EngineUnavailable.
        """
        with acting("nudge"):
            await nudged(self.client, self._queue, stream_id, subject)

    async def restart(self, stream_id: UUID, seen: Standing, why: str, subject: str = Path.NAME) -> None:
        """End the run that was looked at, if it still runs, and start the workflow from the log.

        Nothing is lost: it holds no facts; a transition that is under way is sent again by its sender, and its key
        stands in the log. Raises NotLegal where another run has taken its place, EngineUnavailable.
        """
        name = clock_id(subject, stream_id)
        now = await standing(self.client, name)
        if now.running:
            if now.run_id != seen.run_id:
                raise NotLegal("restart: the workflow has moved on to another run; look again")
            with acting("restart"):
                await self.client.get_workflow_handle(name, run_id=now.run_id).terminate(reason=why)
        with acting("restart"):
            await nudged(self.client, self._queue, stream_id, subject)

    async def reset(self, seen: Standing, point: int, why: str, *, key: str, without: Collection[Without] = ()) -> None:
        """Have a workflow go back to a task of its run and do it anew; what came after comes again, but for `without`.

        The same key does it once. Raises NotLegal, EngineUnavailable.
        """
        with acting("reset"):
            await self.client.workflow_service.reset_workflow_execution(
                ResetWorkflowExecutionRequest(
                    namespace=self.client.namespace,
                    workflow_execution=_run(seen),
                    reason=why,
                    workflow_task_finish_event_id=point,
                    request_id=str(uuid5(UUID(seen.run_id), f"{point}/{key}")),
                    reset_reapply_exclude_types=[LEFT_OUT[one] for one in without],
                    identity=self.client.identity,
                )
            )

    async def retry_now(self, seen: Standing, activity_id: str) -> None:
        """Have a failing activity tried again now, counted from the first attempt. Raises NotLegal, EngineUnavailable."""
        with acting("retry-now"):
            await self.client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=self.client.namespace,
                    execution=_run(seen),
                    id=activity_id,
                    identity=self.client.identity,
                )
            )

    async def pause(self, seen: Standing, activity_id: str, why: str, *, key: str) -> None:
        """Have an activity not tried again until it is taken up. Raises NotLegal, EngineUnavailable."""
        with acting("pause"):
            await self.client.workflow_service.pause_activity(
                PauseActivityRequest(
                    namespace=self.client.namespace,
                    execution=_run(seen),
                    id=activity_id,
                    reason=why,
                    request_id=str(uuid5(UUID(seen.run_id), f"{activity_id}/{key}")),
                    identity=self.client.identity,
                )
            )

    async def unpause(self, seen: Standing, activity_id: str) -> None:
        """Take a paused activity up again, counted from the first attempt. Raises NotLegal, EngineUnavailable."""
        with acting("unpause"):
            await self.client.workflow_service.unpause_activity(
                UnpauseActivityRequest(
                    namespace=self.client.namespace,
                    execution=_run(seen),
                    id=activity_id,
                    reset_attempts=True,
                    identity=self.client.identity,
                )
            )

    async def move(self, seen: Standing, build: str | None) -> None:
        """Have a workflow served by one build alone; None: by whichever build is current. Raises NotLegal, EngineUnavailable."""
        override = None
        if build:
            version = WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=build)
            behaviour = VersioningOverride.PINNED_OVERRIDE_BEHAVIOR_PINNED
            override = VersioningOverride(pinned=VersioningOverride.PinnedOverride(behavior=behaviour, version=version))
        with acting("move"):
            await self.client.workflow_service.update_workflow_execution_options(
                UpdateWorkflowExecutionOptionsRequest(
                    namespace=self.client.namespace,
                    workflow_execution=_run(seen),
                    workflow_execution_options=WorkflowExecutionOptions(versioning_override=override),
                    update_mask=FieldMask(paths=["versioning_override"]),
                    identity=self.client.identity,
                )
            )

    @asynccontextmanager
    async def holding(self, whose: UUID | str, key: str) -> AsyncIterator["Hold"]:
        """Be the one who repairs a path, by its id, or another workflow, by its name.

        Temporal holds the place, so that it holds between processes too, and lets go after a minute of what was cut off
        once it had `acted`. Raises NotLegal while somebody else repairs it, EngineUnavailable.
        """
        name = f"repair/{whose}"
        before = await self._held(name)
        interrupted = before == key
        try:
            with acting("repair"):
                handle = await self.client.start_workflow(
                    HELD,
                    id=name,
                    task_queue=HELD_QUEUE,
                    memo={"key": key},
                    execution_timeout=HELD_FOR,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                )
        except WorkflowAlreadyStartedError:
            if not interrupted:
                raise NotLegal("somebody else is repairing this just now; look again in a minute") from None
            handle = self.client.get_workflow_handle(name)
        hold = Hold(begun=interrupted)
        try:
            yield hold
        except Exception:
            if not (hold.acted or hold.begun):
                await self._let_go(handle)
            raise
        await self._let_go(handle)

    async def _let_go(self, handle: WorkflowHandle[Any, Any]) -> None:
        with suppress(NotLegal), acting("repair"):  # its minute may be over
            await handle.terminate(reason=DONE)

    async def _held(self, name: str) -> str:
        """The key of the last repair that was begun and not ended."""
        try:
            with asking_temporal():
                told = await self.client.get_workflow_handle(name).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ""
            raise
        ended = told.status is not None and told.status.name == "TERMINATED"
        return "" if ended else str((await told.memo()).get("key", ""))


def _run(seen: Standing) -> WorkflowExecution:
    return WorkflowExecution(workflow_id=seen.workflow_id, run_id=seen.run_id)
