"""A page of a path under two clocks, over HTTP, in a log of a million entries."""

import http.client
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from time import perf_counter
from urllib.parse import quote
from uuid import UUID

from api.actors import Actor, make_token
from bench.campus import AT_ONCE, Life, bar, campus, lives
from bench.harness import Row, Sizes, number, percentile
from bench.servers import KEY, database, environment, uvicorn
from commands.demonstration import load_sample
from runtime.clock import now
from runtime.resources import open_resources
from runtime.settings import PayloadKey, Settings
from sample.school import TODAY

ENTRIES, QUICK_ENTRIES = 1_000_000, 20_000
LIMIT_MS = 50.0
PAGES = 400


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Fill a log with the lives of the sample school, and ask for paths on days and moments chosen at random."""
    wanted, times = (QUICK_ENTRIES, 40) if sizes.quick else (ENTRIES, PAGES)
    async with database() as (_, base):
        settings = replace(base, temporal_address="127.0.0.1:9", payload_key=(PayloadKey("bench", KEY),))
        known = await lives()
        path_ids, size = await _filled(settings, known, wanted)
        async with uvicorn("api.main:app", environment(settings)) as port:
            with _asking(port) as ask:
                chance = random.Random(1)
                asked = [(chance.choice(path_ids), chance.randint(0, 900)) for _ in range(times + 20)]
                clocks = ["as_of={day}&known={moment}", "as_of={day}"]
                took = [ask(path_id, clocks[at % 2], back) for at, (path_id, back) in enumerate(asked)][20:]
    p50, p99 = (percentile(took, share) * 1000 for share in (0.5, 0.99))
    return [
        Row(
            "replay",
            f"a page of a path as of a day, as known at a moment, in a log of {size:,} entries",
            f"{number(p50, 'ms')} p50\n{number(p99, 'ms')} p99",
            target=f"≤ {LIMIT_MS:g} ms",
            met=p99 <= LIMIT_MS,
            note=f"over HTTP, one at a time, {times} paths chosen at random, most of them read for the first time; "
            "the target is asked of p99",
        )
    ]


async def _filled(settings: Settings, known: Sequence[Life], entries: int) -> tuple[list[UUID], int]:
    """Write the school and copies of its students; tells the ids of the copies and the size of the log."""
    path_ids: list[UUID] = []
    async with open_resources(settings) as resources:
        await load_sample(resources.desk)
        log = resources.desk.log
        appends = campus(known, entries)  # more than are needed
        size = await log.size()
        with bar("writing the log") as progress:
            task = progress.add_task("", total=entries, completed=size)
            while size < entries:
                some = list(islice(appends, AT_ONCE))
                await log.append_all(some)
                path_ids += [one.stream_id for one in some]
                size = await log.size()
                progress.update(task, completed=size)
    return path_ids, size


class Ask:
    """One connection to the API, asked in the name of the auditor."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        """Take the connection."""
        self._connection = connection
        token = make_token(KEY, Actor("bench", "auditor", "qs"), now(), timedelta(hours=2))
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, path_id: UUID, clocks: str, days_back: int) -> float:
        """Ask for a path so many days before the school's today; seconds until the whole answer is there."""
        day = TODAY - timedelta(days=days_back)
        query = clocks.format(day=day, moment=quote(now().isoformat()))
        begun = perf_counter()
        self._connection.request("GET", f"/v1/paths/{path_id}?{query}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = perf_counter() - begun
        if answer.status != 200:
            raise RuntimeError(body.decode())
        assert json.loads(body)["judgement"]["day"] == day.isoformat()
        return took


@contextmanager
def _asking(port: int) -> Iterator[Ask]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield Ask(connection)
    finally:
        connection.close()
