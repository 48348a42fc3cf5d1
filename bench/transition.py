"""A transition over HTTP, through workflow, judgement and log, beside the bare floor on the same Temporal server."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from uuid import UUID

from temporalio.client import Client

from bench.bare_client import Bare, bare
from bench.bare_client import Job as Knocks
from bench.harness import Load, Row, Sizes, at_least, at_most, compared, interleaved
from bench.load import Job, Loader, loader
from bench.school import BRANCHES, School, days_ago, token
from bench.servers import KEY, both_servers, environment, uvicorn, worker
from runtime.client import connect
from runtime.resources import Resources, open_resources
from workflows.contract import workflow_id

FACTS = 12
"""Facts of a path before it is moved: what an activist of a year has."""

DOORS = 10
"""Paths that one client asks in turn, so that none takes more decisions than a path does in its years."""

MOVE = "cultivation-continued"
NAMES = count()


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Have the other branch go on with activists, again and again; on the floor, insert a row for each."""
    async with both_servers() as (settings, _), AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_resources(settings))
        await School(resources.desk).establish()
        floor = await stack.enter_async_context(bare(replace(settings, task_queue="bare")))
        await stack.enter_async_context(worker(settings))
        port = await stack.enter_async_context(uvicorn("api.main:app", environment(settings)))
        client = await stack.enter_async_context(loader())
        moves = Moves(client, port, resources, await connect(settings))
        await moves.load(4, 1.0)
        await _knock(floor, 4, 1.0)
        found = await interleaved(
            sizes.rounds,
            {
                "ours one": lambda: moves.load(1, sizes.seconds),
                "theirs one": lambda: _knock(floor, 1, sizes.seconds),
                "ours many": lambda: moves.load(sizes.clients, sizes.seconds),
                "theirs many": lambda: _knock(floor, sizes.clients, sizes.seconds),
            },
        )
    return _table(found, sizes.clients)


def _table(found: Mapping[str, Sequence[Load]], clients: int) -> Sequence[Row]:
    p50 = {name: [load.ms() for load in loads] for name, loads in found.items()}
    rate = {name: [load.rate for load in loads] for name, loads in found.items()}
    return [
        compared(
            "transition",
            "p50, one path at a time",
            (p50["ours one"], p50["theirs one"]),
            "ms",
            at_most(1.25),
            note=f"{MOVE}, recorded with a reason, on paths of {FACTS} facts, {DOORS} a client in turn; over HTTP, with "
            "worker and follower. Theirs: update with a local activity that inserts the row, asked without HTTP",
        ),
        compared(
            "transition",
            f"throughput, {clients} paths at a time",
            (rate["ours many"], rate["theirs many"]),
            "/s",
            at_least(0.8),
            note="the same; the API lets 16 transitions of one process through at a time",
        ),
        compared(
            "transition",
            f"p50, {clients} paths at a time",
            (p50["ours many"], p50["theirs many"]),
            "ms",
            at_most(1.25),
        ),
    ]


async def _knock(floor: Bare, clients: int, seconds: float) -> Load:
    return await floor.load(Knocks(clients=clients, seconds=seconds, doors=_doors(clients)))


def _doors(clients: int) -> int:
    """One client alone asks often enough to need several paths; many clients ask a path each."""
    return DOORS if clients == 1 else 1


class Moves:
    """Sends decisions to the API, about paths that were made for it."""

    def __init__(self, client: Loader, port: int, resources: Resources, temporal: Client) -> None:
        """Send through this client."""
        self._client = client
        self._port = port
        self._resources = resources
        self._temporal = temporal
        self._token = token(KEY)

    async def load(self, clients: int, seconds: float) -> Load:
        """Make paths, have their workflows started, then let the other branch go on with them."""
        path_ids = await self._paths(clients * _doors(clients))
        said = {
            "effective_on": days_ago(2).isoformat(),
            "by_unit": BRANCHES[1],
            "home_unit": BRANCHES[1],
            "reason": "another major",
        }
        targets = [f"/v1/paths/{path_id}/facts/{MOVE}?mode=record" for path_id in path_ids]
        name = f"move-{next(NAMES)}"
        job = Job(self._port, clients, seconds, targets, [json.dumps(said)], name, self._token, own=True)
        return await self._client.load(job)

    async def _paths(self, wanted: int) -> list[UUID]:
        """Paths whose workflows run and know their alarm: the worker's follower has started them."""
        school = School(self._resources.desk, first=1_000 * next(NAMES) + 1)
        path_ids = await school.paths(wanted, FACTS)
        views, size = self._resources.views, await self._resources.desk.log.size()
        async with asyncio.timeout(60):
            while await views.wait_for(size, 5) < size or await views.to_nudge(1):
                await asyncio.sleep(0.05)
            for path_id in path_ids:
                while "LogVersion" not in await _labels(self._temporal, path_id):
                    await asyncio.sleep(0.05)
        return path_ids


async def _labels(client: Client, path_id: UUID) -> set[str]:
    described = await client.get_workflow_handle(workflow_id(path_id)).describe()
    return {pair.key.name for pair in described.typed_search_attributes}
