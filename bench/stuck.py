"""What is stuck: the board over a whole school of open paths, and one look of the watch over as many running workflows."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import httpx2
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from activities.mailroom import at_once
from activities.paths import Paths
from api.app import make_app
from bench.harness import Row, Sizes, closed_loop, number
from bench.school import School, token
from bench.servers import KEY, both_servers
from runtime.client import connect
from runtime.clock import now
from runtime.engine import Engine
from runtime.resources import Resources, open_resources
from runtime.settings import Settings
from runtime.watch import Watch
from runtime.workers import make_worker
from views.follow import follow
from workflows.contract import NEXT_WAKE_AT, PATH, PathInput, workflow_id
from workflows.path import Path

FACTS, LATE_FACTS = 14, 2
"""Of an activist to whom nothing is owed, and of an applicant with whom nobody has talked."""

STUCK_SHARE = 0.05
STARTING = 32
BOARD_MS, LOOK_S = 200.0, 10.0


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Fill log and views, start a workflow for each path, and look: first at all, then while nothing changes."""
    async with both_servers() as (settings, _), open_resources(settings) as resources:
        client = await connect(settings)
        paths = await _filled(resources, sizes.students)
        await _started(client, paths)
        desk = resources.desk
        activities = Paths(desk, at_once(desk))
        serving = make_worker(client, settings, workflows=[Path], activities=[activities.record, activities.due])
        async with serving:
            watch = Watch(client, desk, resources.views, settings, now)
            looks = []
            for _ in range(sizes.rounds):
                begun = perf_counter()
                await watch.look()
                looks.append(perf_counter() - begun)
        board = await _board(settings, resources, Engine(client, settings.task_queue), sizes.seconds)
    return [_board_row(*board, len(paths)), _look_row(looks, len(paths))]


async def _filled(resources: Resources, count: int) -> list[UUID]:
    """So many open paths in the log and in the views; some of them late."""
    late = max(int(count * STUCK_SHARE), 1)
    school = School(resources.desk)
    await school.establish()
    paths = await school.paths(count - late, FACTS)
    paths += await replace(school, first=count).paths(late, LATE_FACTS)
    desk = resources.desk

    async def tell_nobody(_paths: Sequence[UUID]) -> None:
        """The workflows are started by hand."""

    following = asyncio.create_task(follow(desk.log, desk.mapping, desk.rulebooks, resources.views, now, tell_nobody))
    try:
        size = await desk.log.size()
        while await resources.views.wait_for(size, 60) < size or await resources.views.to_nudge(1):
            await asyncio.sleep(0.1)
    finally:
        following.cancel()
        await asyncio.wait([following])
    return paths


async def _started(client: Client, paths: Sequence[UUID]) -> None:
    """A running workflow for each path, which nobody serves: it sleeps as those of a school do, until a day to come."""
    waiting = iter(paths)
    wakes = TypedSearchAttributes([SearchAttributePair(NEXT_WAKE_AT, now() + timedelta(days=30))])

    async def start() -> None:
        for path_id in waiting:
            await client.start_workflow(
                PATH, PathInput(path_id), id=workflow_id(path_id), task_queue="asleep", search_attributes=wakes
            )

    await asyncio.gather(*(start() for _ in range(STARTING)))


async def _board(
    settings: Settings, resources: Resources, engine: Engine, seconds: float
) -> tuple[float, float, int, int]:
    """Ask for the board as a secretary does, one time after another: p50 and p99 in ms, how many are stuck, how often."""
    app = make_app(settings, resources, engine, now)
    headers = {"Authorization": f"Bearer {token(KEY)}"}
    stuck = 0
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://bench") as http:

        async def ask(_number: int) -> None:
            nonlocal stuck
            response = await http.get("/v1/stuck", headers=headers)
            assert response.status_code == 200, response.text
            stuck = response.json()["stuck"]

        await ask(0)
        load = await closed_loop(1, seconds, ask)
    return load.ms(), load.ms(0.99), stuck, len(load.took)


def _board_row(p50: float, p99: float, stuck: int, asked: int, paths: int) -> Row:
    return Row(
        "stuck",
        f"the board over {paths:,} open paths, {stuck:,} stuck",
        f"{number(p50, 'ms')} p50\n{number(p99, 'ms')} p99",
        target=f"≤ {BOARD_MS:g} ms",
        met=p99 <= BOARD_MS,
        note=f"GET /v1/stuck: groups and 50 rows with names, asked {asked} times in this process, warm; the target is asked "
        "of p99",
    )


def _look_row(looks: Sequence[float], paths: int) -> Row:
    first, quiet = looks[0], max(looks[1:], default=looks[0])
    return Row(
        "stuck",
        f"one look of the watch over {paths:,} running workflows",
        f"{number(first, 's')} first\n{number(quiet, 's')} when nothing changed",
        target=f"≤ {LOOK_S:g} s",
        met=first <= LOOK_S,
        note="the first compares all open paths with all workflows, as every five minutes; the others count them and ask five "
        "lists. From cause to board, for each technical cause: `make drills`",
    )
