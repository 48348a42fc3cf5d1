"""A roster from an empty database to every workflow started, beside Temporal's own starting of as many; and what stays."""

import asyncio
import csv
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
import psutil
from temporalio.client import Client

from bench.bare_client import Job, bare
from bench.harness import Load, Row, Sizes, at_most, number
from bench.school import APPLIED_DAYS_AGO, COLLEGE, HOME, School, days_ago
from bench.servers import both_servers, worker
from registry.importing.check import check
from registry.importing.plan import Clerk, plan
from registry.importing.save import save
from registry.importing.sheets import open_book
from registry.importing.tables import FORMS
from runtime.client import connect
from runtime.clock import now
from runtime.resources import Resources, open_resources
from workflows.contract import LOG_VERSION, PATH

FACTS: Sequence[tuple[str, int, dict[str, object]]] = (
    ("application-received", 0, {}),
    ("applicant-talk-held", 14, {"held_by": "陈方", "post": "secretary"}),
    ("member-recommendation-recorded", 190, {"recommenders": 3}),
    ("activist-determined", 200, {"decided_by": "branch-committee"}),
    ("activist-filed", 210, {}),
    ("cultivation-contact-assigned", 214, {"contact_id": "m-1", "order": "first", "full_member": "是"}),
    ("activist-training-completed", 300, {"hours": 16}),
    ("thought-report-received", 301, {}),
    ("half-year-inspection-recorded", 390, {"conclusion": "qualified"}),
    ("half-year-inspection-recorded2", 490, {"conclusion": "qualified"}),
    ("thought-report-received2", 495, {}),
)
"""What a roster's row says beside the application: column, days after it, further columns."""

WAIT_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in both databases."""

    log: int
    views: int
    temporal: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took: seconds from its beginning until all was saved, started and asleep, and what it left."""

    saved: float
    started: float
    asleep: float
    floor: Sequence[tuple[Load, int]]
    fresh_bytes: int
    worker_bytes: int
    before: Stored
    after: Stored


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Import a roster, and say what it took beside what Temporal alone takes for as many workflows."""
    return _table(sizes.students, await _take(sizes.students))


async def _take(students: int) -> Taken:
    """Start half as many bare workflows, import the roster, start the other half: what drifts, drifts on both sides."""
    async with both_servers() as (settings, file), AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_resources(settings))
        await School(resources.desk).establish()
        floor = await stack.enter_async_context(bare(replace(settings, task_queue="bare")))
        await floor.load(Job(starts=20))
        first = await floor.load(Job(starts=students // 2))
        serving = await stack.enter_async_context(worker(settings))
        await asyncio.sleep(3)
        fresh = psutil.Process(serving.pid).memory_info().rss
        before = await _stored(settings.database_url or "", file)
        client = await connect(settings)
        begun = perf_counter()
        saved = await _import(resources, students) - begun
        await _started(client, resources, students)
        started = perf_counter() - begun
        asleep = await _asleep(client, students) - begun
        rss = psutil.Process(serving.pid).memory_info().rss
        after = await _stored(settings.database_url or "", file)
        second = await floor.load(Job(starts=students - students // 2))
    halves = [(first, students // 2), (second, students - students // 2)]
    return Taken(saved, started, asleep, halves, fresh, rss, before, after)


def _table(students: int, taken: Taken) -> Sequence[Row]:
    rates = " and ".join(f"{load.rate_of(count):.0f}" for load, count in taken.floor)
    return [
        _row(
            f"{students:,} students × {len(FACTS) + 1} facts, until every workflow is started",
            taken.started,
            sum(load.seconds for load, _ in taken.floor),
            f"checked and saved after {number(taken.saved, 's')}; workflows are started meanwhile by the worker's follower. "
            f"Theirs: as many workflows that set one timer, half before and half after ({rates}/s)",
        ),
        _row(
            "the same, until every workflow has its timer",
            taken.asleep,
            sum(load.took[0] for load, _ in taken.floor),
            "each of ours has asked the log for its alarm by an activity",
        ),
        Row(
            "memory",
            f"worker with {students:,} open paths",
            f"{taken.worker_bytes / 1e6:,.0f} MB",
            f"{taken.fresh_bytes / 1e6:,.0f} MB fresh",
            note="resident memory of the worker's process, follower and all, when all paths sleep",
        ),
        Row(
            "memory",
            "an open path in the databases",
            f"log {_each(taken.before.log, taken.after.log, students)}\n"
            f"views {_each(taken.before.views, taken.after.views, students)}\n"
            f"Temporal {_each(taken.before.temporal, taken.after.temporal, students)}",
            note=f"tables with their indexes, {len(FACTS) + 1} facts a path; pages in use of Temporal's file",
        ),
    ]


def _row(what: str, ours: float, theirs: float, note: str) -> Row:
    aim, ratio = at_most(1.3), ours / theirs
    return Row("import", what, number(ours, "s"), number(theirs, "s"), ratio, None, str(aim), aim.met(ratio), note)


def _each(before: int, after: int, count: int) -> str:
    return f"{(after - before) / count / 1000:.1f} kB"


async def _import(resources: Resources, students: int) -> float:
    """Import a roster as `jieti import roster` does; returns when it was saved."""
    with tempfile.TemporaryDirectory(prefix="jieti-bench-") as place:
        roster = Path(place) / "roster.csv"
        with roster.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(_rows(students))
        planned = plan(open_book(roster), FORMS["roster"], Clerk("bench", "organisation-department"))
        checked = await check(resources.desk, planned, now())
        if checked.faults:
            raise ValueError(str(checked.faults[0]))
        await save(resources.desk, planned, checked, now())
    return perf_counter()


def _rows(students: int) -> Iterator[list[object]]:
    more = [f"{topic}.{field}" for topic, _, said in FACTS for field in said]
    yield ["学号", "姓名", "出生日期", "党支部", "上级党委", "申请日期", *(topic for topic, _, _ in FACTS), *more]
    values = [value for _, _, said in FACTS for value in said.values()]
    for n in range(students):
        applied = days_ago(APPLIED_DAYS_AGO + n % 28)
        days = [(applied + timedelta(days=after)).isoformat() for _, after, _ in FACTS]
        yield [f"{n:08}", f"同学{n}", "2004-05-06", HOME, COLLEGE, applied.isoformat(), *days, *values]


async def _started(client: Client, resources: Resources, students: int) -> None:
    """Wait until the follower has had every workflow started."""
    size = await resources.desk.log.size()
    async with asyncio.timeout(WAIT_SECONDS):
        while await resources.views.wait_for(size, 5) < size or await resources.views.to_nudge(1):
            await asyncio.sleep(0.1)
        while (await client.count_workflows(f"WorkflowType = '{PATH}'")).count < students:
            await asyncio.sleep(0.1)


async def _asleep(client: Client, students: int) -> float:
    """Wait until every workflow has its alarm; returns when."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            query = f"WorkflowType = '{PATH}' AND {LOG_VERSION.name} > 0"
            if (await client.count_workflows(query)).count >= students:
                return perf_counter()
            await asyncio.sleep(0.2)


async def _stored(dsn: str, file: Path) -> Stored:
    """What is stored now. Temporal's file is read beside the server, with what stands in its write-ahead log."""
    connection = await asyncpg.connect(dsn)
    try:
        log, views = [
            await connection.fetchval(
                "select sum(pg_total_relation_size(c.oid)) from pg_class c "
                "where c.relnamespace = $1::regnamespace and c.relkind = 'r'",
                schema,
            )
            for schema in ("log", "view")
        ]
    finally:
        await connection.close()
    return Stored(int(log), int(views), await asyncio.to_thread(_pages, file))


def _pages(file: Path) -> int:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        size, count, free = (
            database.execute(f"pragma {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    finally:
        database.close()
    return int(size * (count - free))
