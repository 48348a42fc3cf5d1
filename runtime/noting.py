"""Has workers note in which workflows an activity is tried again: no list of Temporal's tells, so the watch is told."""

import logging
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from views.store import ViewsUnavailable
from views.troubles import Troubles

LOG = logging.getLogger("jieti.watch")


class Noting(Interceptor):
    """Notes a workflow when one of its activities is not tried for the first time, for whatever reason."""

    def __init__(self, troubles: Troubles) -> None:
        """Note it there."""
        self._troubles = troubles

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the library's own signature
        """Look at each attempt."""
        return _Noted(next, self._troubles)


class _Noted(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, troubles: Troubles) -> None:  # noqa: A002 - as above
        super().__init__(next)
        self._troubles = troubles

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as above
        """Note it before it is tried: it may never end. Local attempts are few, and followed by a regular one."""
        info = activity.info()
        if info.attempt > 1 and not info.is_local and info.workflow_id:
            try:
                await self._troubles.suspect(info.workflow_id, info.workflow_type or "")
            except ViewsUnavailable as error:  # what keeps the views away is seen by itself
                LOG.warning("cannot note that an activity of %s is tried again: %s", info.workflow_id, error)
        return await super().execute_activity(input)
