"""The sweep: every open path, and every other clock, has a running workflow that wakes when it should; what was lost is nudged."""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.client import Client

from domain.path import Path
from runtime.engine import Engine
from views.clocks import ClockRow
from views.listing import Wanted
from views.rows import PathRow
from views.store import Views
from workflows.contract import CLOCK, NEXT_WAKE_AT, PATH, clock_id, workflow_id

LOG = logging.getLogger("jieti.sweep")

PAGE = 1000

GRACE = timedelta(minutes=1)
"""A workflow whose moment has just come is looking at it."""


async def astray(client: Client, views: Views, moment: datetime) -> dict[UUID, str]:
    """Tell which open paths' workflows, and which other clocks, are missing or do not know their alarm.

    Answers what each of the streams is about. `moment` is now, aware UTC. Raises RPCError, ViewsUnavailable.
    """
    running = {
        each.id: each.typed_search_attributes.get(NEXT_WAKE_AT)
        async for each in client.list_workflows(
            f"WorkflowType IN ('{PATH}', '{CLOCK}') AND ExecutionStatus = 'Running'", page_size=PAGE
        )
    }
    found = {
        row.path_id: Path.NAME
        async for row in _open(views)
        if _astray(workflow_id(row.path_id), row.wake_at, running, moment)
    }
    async for clock in _clocks(views):
        if _astray(clock_id(clock.subject, clock.stream_id), clock.wake_at, running, moment):
            found[clock.stream_id] = clock.subject
    return found


async def sweep(client: Client, engine: Engine, views: Views, moment: datetime) -> list[UUID]:
    """Nudge the workflows that are astray, and tell which. Raises RPCError, EngineUnavailable, ViewsUnavailable."""
    found = await astray(client, views, moment)
    if found:
        LOG.info("the workflows of %d paths and other streams are missing or do not know their alarm", len(found))
        await engine.nudge(found)
    return list(found)


async def _open(views: Views) -> AsyncIterator[PathRow]:
    after = None
    while rows := await views.paths(Wanted(open=True), after=after, limit=PAGE):
        for row in rows:
            yield row
        after = (rows[-1].opened_on, rows[-1].path_id)


async def _clocks(views: Views) -> AsyncIterator[ClockRow]:
    after = UUID(int=0)
    while rows := await views.clocks.of(after=after, limit=PAGE, unfinished=True):
        for row in rows:
            yield row
        after = rows[-1].stream_id


def _astray(name: str, wake_at: datetime | None, running: Mapping[str, datetime | None], moment: datetime) -> bool:
    """Tell whether a workflow is missing or set to another moment than its stream was judged to need.

    Once that moment has passed the workflow has looked for a later one, which the view learns with the next fact.
    """
    if name not in running:
        return True
    wake = running[name]
    if wake_at is not None and wake_at <= moment:
        return wake is not None and wake <= moment - GRACE
    return wake != wake_at
