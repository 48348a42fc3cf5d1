"""A repair of a whole group as a job: path by path, to be watched, cancelled and taken up again; one that fails stops no other."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from workflows.contract import PublicText

REPAIR_JOB = "RepairJob"
CANCEL, RESUME, PROGRESS = "cancel", "resume", "progress"

AT_ONCE = 10
"""Paths that one activity repairs: so many are done at most after somebody has cancelled the job."""

ATTEMPT = timedelta(minutes=2)
SILENCE = timedelta(seconds=20)
"""How long a worker may say nothing about the path it is at before another one takes over."""

RESTS = timedelta(days=30)
"""How long a cancelled job may be taken up again."""

MOST_LISTED = 200
"""Paths that could not be repaired, of which the progress tells each by itself; the others are counted."""


def job_workflow(job: str) -> str:
    """The name of a job's workflow."""
    return f"repairs/{job}"


@dataclass(frozen=True, slots=True)
class JobAsked:
    """The repair of a group: who asked for it, and why. `unit` is where the paths are at home, or below it."""

    job: str
    cause: str
    act: str
    unit: str
    reason: str
    actor: str
    capacity: str
    approved_by: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class JobInput:
    """A job with its paths, in the order in which they are repaired."""

    asked: JobAsked
    path_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A path that was not repaired, and why not."""

    path_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: of its `paths`, so many were `repaired` and so many `left`, of which the first are listed."""

    asked: JobAsked
    paths: int
    state: Literal["running", "cancelled", "done"] = "running"
    repaired: int = 0
    left: int = 0
    listed: tuple[Left, ...] = ()

    @property
    def done(self) -> int:
        """How many paths the job has been at."""
        return self.repaired + self.left


@dataclass(frozen=True, slots=True)
class RepairSome:
    """Some paths of a job."""

    asked: JobAsked
    path_ids: tuple[UUID, ...]


class RepairActivities(ABC):
    """What a job lets others do."""

    @activity.defn(name="repair_some")
    @abstractmethod
    async def repair_some(self, some: RepairSome) -> Sequence[Left]:
        """Repair these paths, each once however often this is tried, and tell which were left and why."""


@workflow.defn(name=REPAIR_JOB)
class RepairJob:
    """Goes from path to path; what it has done is in its memo, which can be read while no worker is there."""

    @workflow.init
    def __init__(self, job: JobInput) -> None:
        """Begin with nothing done."""
        self._progress = Progress(job.asked, len(job.path_ids))
        self._halted = False

    @workflow.signal(name=CANCEL)
    def cancel(self) -> None:
        """Stop after the paths that are under way; the job may be taken up again."""
        self._halted = True

    @workflow.signal(name=RESUME)
    def resume(self) -> None:
        """Go on where the job was cancelled."""
        self._halted = False

    @workflow.query(name=PROGRESS)
    def progress(self) -> Progress:
        """How far the job is."""
        return self._progress

    @workflow.run
    async def run(self, job: JobInput) -> Progress:
        """Repair path after path."""
        self._show("running")
        while self._progress.done < len(job.path_ids):
            if self._halted:
                self._show("cancelled")
                try:
                    await workflow.wait_condition(lambda: not self._halted, timeout=RESTS)
                except TimeoutError:
                    return self._progress
                self._show("running")
                continue
            done = self._progress.done
            some = RepairSome(job.asked, tuple(job.path_ids[done : done + AT_ONCE]))
            left = await workflow.execute_activity_method(
                RepairActivities.repair_some,
                some,
                start_to_close_timeout=ATTEMPT,
                heartbeat_timeout=SILENCE,
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)),
                summary=PublicText(f"修复 · repair paths {done + 1} to {done + len(some.path_ids)}"),
            )
            self._count(some, left)
        self._show("done")
        return self._progress

    def _count(self, some: RepairSome, left: Sequence[Left]) -> None:
        now = self._progress
        self._progress = replace(
            now,
            repaired=now.repaired + len(some.path_ids) - len(left),
            left=now.left + len(left),
            listed=(*now.listed, *left)[:MOST_LISTED],
        )
        self._show("running")

    def _show(self, state: Literal["running", "cancelled", "done"]) -> None:
        self._progress = now = replace(self._progress, state=state)
        workflow.upsert_memo({PROGRESS: now})
        workflow.set_current_details(
            f"- 修复 · Repair: **{now.asked.act}** ({now.asked.cause})\n"
            f"- 进度 · Progress: **{now.done} / {now.paths}**, {now.left} 未修复 · left\n- 状态 · State: **{now.state}**"
        )
