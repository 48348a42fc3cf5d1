"""The sweep: every open path has a running workflow that wakes when it should. Whatever was lost is nudged."""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.client import Client

from runtime.engine import Engine
from views.listing import Wanted
from views.rows import PathRow
from views.store import Views
from workflows.contract import NEXT_WAKE_AT, PATH, workflow_id

LOG = logging.getLogger("jieti.sweep")

PAGE = 1000

GRACE = timedelta(minutes=1)
"""A workflow whose moment has just come is looking at it."""


async def astray(client: Client, views: Views, moment: datetime) -> list[UUID]:
    """Tell which open paths' workflows are missing or do not know their alarm. `moment` is now, aware UTC.

    Raises RPCError, ViewsUnavailable.
    """
    running = {
        each.id: each.typed_search_attributes.get(NEXT_WAKE_AT)
        async for each in client.list_workflows(
            f"WorkflowType = '{PATH}' AND ExecutionStatus = 'Running'", page_size=PAGE
        )
    }
    return [row.path_id async for row in _open(views) if _astray(row, running, moment)]


async def sweep(client: Client, engine: Engine, views: Views, moment: datetime) -> list[UUID]:
    """Nudge the workflows that are astray, and tell which. Raises RPCError, EngineUnavailable, ViewsUnavailable."""
    found = await astray(client, views, moment)
    if found:
        LOG.info("the workflows of %d paths are missing or do not know their alarm: nudging them", len(found))
        await engine.nudge(found)
    return found


async def _open(views: Views) -> AsyncIterator[PathRow]:
    after = None
    while rows := await views.paths(Wanted(open=True), after=after, limit=PAGE):
        for row in rows:
            yield row
        after = (rows[-1].opened_on, rows[-1].path_id)


def _astray(row: PathRow, running: Mapping[str, datetime | None], moment: datetime) -> bool:
    """Tell whether a path's workflow is missing or set to another moment than the path was judged to need.

    Once that moment has passed the workflow has looked for a later one, which the view learns with the next fact.
    """
    name = workflow_id(row.path_id)
    if name not in running:
        return True
    wake = running[name]
    if row.wake_at is not None and row.wake_at <= moment:
        return wake is not None and wake <= moment - GRACE
    return wake != row.wake_at
