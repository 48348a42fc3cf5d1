"""Other rules under running paths: the alarms move within a minute, and no workflow's code is touched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time

from temporalio.client import Client

from activities.mailroom import at_once
from activities.paths import Paths
from registry.desk import Desk
from runtime.clock import now
from runtime.engine import Engine
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.workers import make_worker
from tests.engine import followed, until
from tests.school import School
from views.follow import follow
from workflows.contract import NEXT_WAKE_AT, workflow_id
from workflows.path import Path

QUEUE = "rules-change"


def under_other_rules(desk: Desk) -> Desk:
    """The desk of a later release: its school reminds an hour earlier."""
    books = desk.rulebooks
    reminding = replace(books.policy.reminding, send_at=time(8, 11))
    return replace(
        desk, rulebooks=replace(books, policy=replace(books.policy, reminding=reminding), digest="of a later release")
    )


@asynccontextmanager
async def served(client: Client, settings: Settings, desk: Desk) -> AsyncIterator[None]:
    """A worker of one release."""
    paths = Paths(desk, at_once(desk))
    told = replace(settings, task_queue=QUEUE)
    async with make_worker(client, told, workflows=[Path], activities=[paths.record, paths.due, paths.send]):
        yield


async def test_a_change_of_rules_moves_the_alarms_of_running_paths(
    client: Client, settings: Settings, school: School, resources: Resources
) -> None:
    """A worker is started again with another policy: its follower judges all paths anew and nudges those that moved."""
    engine = Engine(client, QUEUE)
    asked = school.opening(school.student())
    async with served(client, settings, resources.desk):
        opened = await engine.transition(asked)
        await followed(resources)
    assert opened.receipt
    before = opened.receipt.alarm.wake
    assert before
    desk = under_other_rules(resources.desk)
    handle = client.get_workflow_handle(workflow_id(asked.path_id))

    async def moved() -> bool:
        wake = (await handle.describe()).typed_search_attributes.get(NEXT_WAKE_AT)
        return bool(wake and (wake - before).total_seconds() == -56 * 60)

    async with served(client, settings, desk):
        following = asyncio.create_task(
            follow(desk.log, desk.mapping, desk.rulebooks, resources.views, now, engine.nudge)
        )
        try:
            await until(moved, 60)
        finally:
            following.cancel()
            await asyncio.wait([following])
