"""Jobs of repair: started for a whole group, listed with their progress, cancelled and taken up again."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from runtime.repair import Repair
from runtime.repairing import NotLegal
from runtime.standing import asking_temporal
from runtime.workshop import Workshop
from workflows.contract import PublicText
from workflows.repairing import (
    CANCEL,
    PROGRESS,
    REPAIR_JOB,
    RESUME,
    JobAsked,
    JobInput,
    Progress,
    job_workflow,
)

MOST_PATHS = 5000
"""Paths of one job; a larger group is repaired by several."""

MOST_JOBS = 50

SUMMARY = PublicText("成批修复 · the repair of a whole group")


class NoSuchJob(Exception):
    """There is no job of this name."""


class Jobs:
    """The jobs that workers of a task queue carry out."""

    def __init__(self, client: Client, task_queue: str) -> None:
        """Ask through this client."""
        self._client, self._queue = client, task_queue

    async def start(self, asked: JobAsked, path_ids: Sequence[UUID]) -> Progress:
        """Begin a job; one of this name that was begun already is answered as it is. Raises NotLegal, EngineUnavailable."""
        if not path_ids:
            raise NotLegal(f"no path of {asked.unit!r} is stuck for {asked.cause!r} now: there is nothing to repair")
        given = JobInput(asked, tuple(path_ids[:MOST_PATHS]))
        first = Progress(asked, len(given.path_ids))
        try:
            with asking_temporal():
                await self._client.start_workflow(
                    REPAIR_JOB,
                    given,
                    id=job_workflow(asked.job),
                    task_queue=self._queue,
                    memo={PROGRESS: first},
                    static_summary=SUMMARY,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                )
        except WorkflowAlreadyStartedError:
            return await self.read(asked.job)
        return first

    async def read(self, job: str) -> Progress:
        """How far a job is. It can be read while no worker is there. Raises NoSuchJob, EngineUnavailable."""
        return await _progress(await self._described(job))

    async def list(self) -> AsyncIterator[Progress]:
        """The last jobs, the newest first. Raises EngineUnavailable."""
        with asking_temporal():
            async for one in self._client.list_workflows(f"WorkflowType = '{REPAIR_JOB}'", limit=MOST_JOBS):
                yield await _progress(one)

    async def cancel(self, job: str) -> Progress:
        """Have a job stop after the paths that are under way. Raises NoSuchJob, NotLegal, EngineUnavailable."""
        return await self._tell(job, CANCEL)

    async def resume(self, job: str) -> Progress:
        """Have a cancelled job go on. Raises NoSuchJob, NotLegal, EngineUnavailable."""
        return await self._tell(job, RESUME)

    async def _tell(self, job: str, word: str) -> Progress:
        described = await self._described(job)
        now = await _progress(described)
        if described.close_time is not None:
            raise NotLegal(f"{word}: the job is over ({now.repaired} repaired, {now.left} left)")
        with asking_temporal():
            await self._client.get_workflow_handle(job_workflow(job)).signal(word)
        return now

    async def _described(self, job: str) -> WorkflowExecutionDescription:
        try:
            with asking_temporal():
                return await self._client.get_workflow_handle(job_workflow(job)).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NoSuchJob(job) from None
            raise


async def _progress(described: WorkflowExecution) -> Progress:
    found: Progress = await described.memo_value(PROGRESS, type_hint=Progress)
    return found


async def mend(workshop: Workshop, path_id: UUID, asked: JobAsked) -> None:
    """Repair one path for a job, once. Raises what the workshop raises."""
    await workshop.apply(
        Repair(
            path_id=path_id,
            cause=asked.cause,
            act=asked.act,
            reason=asked.reason,
            actor=asked.actor,
            capacity=asked.capacity,
            key=f"job/{asked.job}",
            reference=asked.reference,
            approved_by=asked.approved_by,
        )
    )
