"""Repairing the paths of a job: each by the workshop, under a key of the job's own, so that it is repaired once."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from temporalio import activity

from registry.keys.store import Shredded
from registry.repairing import Moved
from registry.shape import WrongShape
from workflows.repairing import JobAsked, Left, RepairActivities, RepairSome

LOG = logging.getLogger("jieti.repairs")

Mend = Callable[[UUID, JobAsked], Awaitable[object]]
"""Repairs one path for a job."""


class Mending(RepairActivities):
    """Repairs by a workshop's own hands; `refusals` are what it raises for a path that it does not repair."""

    def __init__(self, mend: Mend, refusals: tuple[type[Exception], ...]) -> None:
        """Repair so. What is raised beside the refusals is an outage, and Temporal tries again."""
        self._mend = mend
        self._refusals: tuple[type[Exception], ...] = (*refusals, Moved, WrongShape, Shredded)

    @activity.defn(name="repair_some")
    async def repair_some(self, some: RepairSome) -> Sequence[Left]:
        """Repair these paths, each once however often this is tried, and tell which were left and why."""
        left: list[Left] = []
        for path_id in some.path_ids:
            activity.heartbeat(str(path_id))
            try:
                await self._mend(path_id, some.asked)
            except self._refusals as error:
                LOG.info("job %s leaves path %s: %s", some.asked.job, path_id, error)
                left.append(Left(path_id, str(error) or "the path has changed meanwhile"))
        return left
