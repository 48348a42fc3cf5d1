"""Evidence over HTTP, judged in the answer, beside an endpoint that only inserts the row; and evidence in batches."""

import asyncio
import json
import statistics
from collections.abc import Sequence
from itertools import count
from uuid import UUID

from bench.harness import Load, Row, Sizes, at_least, at_most, compared, interleaved, number
from bench.load import Job, Loader, loader
from bench.school import EVIDENCE, School, days_ago, token
from bench.servers import KEY, database, environment, uvicorn
from runtime.clock import now
from runtime.resources import Resources, open_resources
from runtime.settings import PayloadKey, Settings
from views.follow import follow

FACTS = 100
KNOWN = 256
"""Paths that the API has read lately: a term's worth of one college."""

BATCH = 1000
BATCHES_AT_ONCE = 4
FIRST_OF_BATCHES = 1_000_000
FACTS_A_SECOND = 10_000

NAMES = count()


def _batch(sizes: Sizes) -> int:
    return BATCH // 10 if sizes.quick else BATCH


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Measure the API and the bare endpoint in turns, on one PostgreSQL; no worker runs beside them."""
    async with database() as (_, settings), open_resources(settings) as resources:
        school = School(resources.desk)
        await school.establish()
        path_ids = await school.paths(max(sizes.paths, KNOWN), FACTS)
        others = await School(resources.desk, FIRST_OF_BATCHES).paths(BATCHES_AT_ONCE * _batch(sizes), 12)
        await _followed(resources)
        env = environment(settings) | _unused_temporal(settings)
        async with uvicorn("api.main:app", env) as ours, uvicorn("bench.bare:app", env) as bare, loader() as client:
            posts = Posts(client, ours, bare, path_ids)
            await posts.warm_up(sizes)
            known = await interleaved(sizes.rounds, posts.sides(sizes, path_ids[:KNOWN]))
            cold = await interleaved(sizes.rounds, posts.sides(sizes, path_ids))
            batches = [await posts.batches(sizes, others) for _ in range(sizes.rounds)]
    where = f"paths of {FACTS} facts and more; one uvicorn process a side, one client process, no follower beside"
    return [
        *_rows(known, sizes, f"{KNOWN} paths, read before", where),
        *_rows(cold, sizes, f"{len(path_ids)} paths in turn", f"{where}; more paths than the API keeps in memory"),
        _batch_row(batches, sizes),
    ]


def _unused_temporal(settings: Settings) -> dict[str, str]:
    """The address of a Temporal that is not there: evidence does not ask for it."""
    key = PayloadKey("bench", KEY)
    return {
        "JIETI_TEMPORAL_ADDRESS": settings.temporal_address or "127.0.0.1:1",
        "JIETI_PAYLOAD_KEY": f"{key.key_id}:{key.key.hex()}",
    }


async def _followed(resources: Resources) -> None:
    """Let the views follow the log to its end, as a worker does all the time."""

    async def on_alarm(_: Sequence[UUID]) -> None:
        await asyncio.Event().wait()

    desk = resources.desk
    following = asyncio.create_task(follow(desk.log, desk.mapping, desk.rulebooks, resources.views, now, on_alarm))
    try:
        size = await desk.log.size()
        while await resources.views.wait_for(size, 10) < size:
            pass
    finally:
        following.cancel()
        await asyncio.wait([following])


class Posts:
    """Sends the same facts to both sides."""

    def __init__(self, client: Loader, ours: int, bare: int, path_ids: Sequence[UUID]) -> None:
        """Send through this client to these ports."""
        self._client = client
        self._ours, self._bare = ours, bare
        self._path_ids = path_ids
        self._token = token(KEY)

    async def warm_up(self, sizes: Sizes) -> None:
        """Have everything imported, connected and compiled on both sides."""
        for side in (self._ours, self._bare):
            await self._single(side, min(8, sizes.clients), min(sizes.seconds, 1.0), self._path_ids[:KNOWN])

    def sides(self, sizes: Sizes, path_ids: Sequence[UUID]) -> dict[str, "Side"]:
        """Many clients and one, on both sides."""
        return {
            f"{name} {clients}": Side(self, port, clients, sizes.seconds, path_ids)
            for clients in (sizes.clients, 1)
            for name, port in (("ours", self._ours), ("theirs", self._bare))
        }

    async def _single(self, port: int, clients: int, seconds: float, path_ids: Sequence[UUID]) -> Load:
        topic, said = EVIDENCE[0], {"effective_on": days_ago(3).isoformat(), **EVIDENCE[1]}
        base = "/v1/paths" if port == self._ours else "/paths"
        targets = [f"{base}/{path_id}/facts/{topic}" for path_id in path_ids]
        name = f"single-{next(NAMES)}"
        return await self._client.load(
            Job(port, clients, seconds, targets, [json.dumps(said)], name, self._token, own=True)
        )

    async def batches(self, sizes: Sizes, path_ids: Sequence[UUID]) -> Load:
        """Send batches to the API, a fact for each of many paths; no two clients write about the same path."""
        topic, said = EVIDENCE[0], {"effective_on": days_ago(3).isoformat(), **EVIDENCE[1]}
        size = _batch(sizes)
        bodies = [
            {"facts": [{"path_id": str(path_id), "topic": topic, "said": said} for path_id in path_ids[start:][:size]]}
            for start in range(0, len(path_ids), size)
        ]
        texts = [json.dumps(body) for body in bodies]
        name = f"batch-{next(NAMES)}"
        job = Job(self._ours, BATCHES_AT_ONCE, sizes.seconds, ["/v1/evidence"], texts, name, self._token, own=True)
        return await self._client.load(job)


class Side:
    """One side of a comparison."""

    def __init__(self, posts: Posts, port: int, clients: int, seconds: float, path_ids: Sequence[UUID]) -> None:
        """Take what is sent where."""
        self._of = (port, clients, seconds, path_ids)
        self._posts = posts

    async def __call__(self) -> Load:
        """Measure one round."""
        return await self._posts._single(*self._of)  # noqa: SLF001 - both are parts of one thing


def _rows(found: dict[str, list[Load]], sizes: Sizes, which: str, note: str) -> list[Row]:
    many = (found[f"ours {sizes.clients}"], found[f"theirs {sizes.clients}"])
    one = (found["ours 1"], found["theirs 1"])
    return [
        compared(
            "evidence",
            f"throughput, {sizes.clients} clients; {which}",
            ([load.rate for load in many[0]], [load.rate for load in many[1]]),
            "/s",
            at_least(0.4),
            note=note,
        ),
        compared(
            "evidence",
            f"p50, {sizes.clients} clients; {which}",
            ([load.ms() for load in many[0]], [load.ms() for load in many[1]]),
            "ms",
            at_most(3),
        ),
        compared(
            "evidence",
            f"p50, one client; {which}",
            ([load.ms() for load in one[0]], [load.ms() for load in one[1]]),
            "ms",
            at_most(3),
        ),
    ]


def _batch_row(batches: Sequence[Load], sizes: Sizes) -> Row:
    size = _batch(sizes)
    rates = [load.rate * size for load in batches]
    rate = statistics.median(rates)
    return Row(
        "evidence",
        f"batches of {size} facts, each about another path",
        f"{number(rate, 'facts/s')}",
        target=f"≥ {FACTS_A_SECOND:,} facts/s",
        met=rate >= FACTS_A_SECOND,
        note=f"{BATCHES_AT_ONCE} batches at a time over {BATCHES_AT_ONCE * size} paths, one API process, "
        f"rounds {number(min(rates), '')}–{number(max(rates), '')}, "
        f"p50 of a batch {number(statistics.median(load.ms() for load in batches), 'ms')}",
    )
