"""A school whose terms are kept on the real engine: a database of its own, a worker, and a follower that tells the clocks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.clocks import Clocks
from activities.mailroom import at_once
from activities.paths import Paths
from domain.calendar import civil_day
from domain.facts import Fact
from domain.path import TOPICS
from domain.policyfile import read_policy
from domain.rulebook import Rulebooks
from domain.termclock import term_stream
from eventlog.mapping import EventMapping
from eventlog.postgres import open_log
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.record import record
from registry.vault import Vault
from runtime.clock import now
from runtime.engine import Engine
from runtime.settings import Settings
from runtime.workers import make_worker
from tests.domain.given import rulebooks
from tests.engine import until
from views.follow import follow
from views.store import Views, open_views
from workflows.clock import Clock
from workflows.contract import NEXT_WAKE_AT, clock_id

QUEUE = "clocks"
NUMBERS = count(1)
BOOKS = rulebooks()
TODAY = civil_day(now())
THIS, NEXT = TODAY - timedelta(days=30), TODAY + timedelta(days=90)
POLICY = f"""
policy: p
title: {{zh: 甲, en: a}}
semesters:
  - {{name: this, start: {THIS}, end: {THIS + timedelta(days=60)}}}
  - {{name: next, start: {NEXT}, end: {NEXT + timedelta(days=60)}}}
terms:
  from: this
  closes_days: 10
  jobs:
    - {{id: term-plan, for: [party-group], owed_by: organiser, due: {{at: start}}, source: [UP], text: {{zh: 一, en: a}}}}
    - {{id: term-check, for: [party-group], owed_by: organiser, due: {{at: mid}}, source: [UP], text: {{zh: 二, en: b}}}}
    - id: term-report
      for: [branch]
      owed_by: branch-secretary
      due: {{at: end, days: 2}}
      remind: [-3, 0]
      escalate: []
      closes: true
      source: [UP]
      text: {{zh: 报告, en: report}}
"""


@dataclass(frozen=True)
class Kept:
    """A school whose terms are kept: its desk and views, followed, and an engine that can skip time."""

    desk: Desk
    views: Views
    client: Client
    skipper: TimeSkipper
    branch: str

    @property
    def unit(self) -> UUID:
        """The stream of the branch."""
        return unit_stream(self.branch)

    def term(self, name: str) -> UUID:
        """The stream of a term of the branch."""
        return term_stream(self.branch, name)

    async def say(self, stream_id: UUID, topic: str, **said: str) -> None:
        """Record a fact that counts today."""
        values = {"effective_on": str(TODAY), **said}
        asked = asking(self.desk, stream_id, topic, values, actor="li", capacity="branch-secretary", key=topic)
        assert (await record(self.desk, asked, now())).kind == "recorded"

    async def facts(self, stream_id: UUID) -> Sequence[Fact]:
        """What stands in a stream."""
        return (await self.desk.load(stream_id)).facts

    async def skip(self, subject: str, stream_id: UUID, days: int) -> None:
        """Move the clock of a stream on."""
        handle = self.skipper.client.get_workflow_handle(clock_id(subject, stream_id))
        await self.skipper.fast_forward(handle, timedelta(days=days))

    async def ended(self, subject: str, stream_id: UUID) -> None:
        """Wait until a clock has ended."""

        async def over() -> bool:
            described = await self.client.get_workflow_handle(clock_id(subject, stream_id)).describe()
            return described.status is WorkflowExecutionStatus.COMPLETED

        await until(over)

    async def begun(self, stream_id: UUID, facts: int = 1) -> None:
        """Wait until a stream has so many facts."""

        async def there() -> bool:
            return len(await self.facts(stream_id)) >= facts

        await until(there)

    async def waits(self, subject: str, stream_id: UUID) -> None:
        """Wait until a clock sleeps until a moment that it knows."""

        async def asleep() -> bool:
            rows = {row.stream_id: row for row in await self.views.clocks.of(after=UUID(int=0), limit=100)}
            if stream_id not in rows or rows[stream_id].nudge:
                return False
            described = await self.client.get_workflow_handle(clock_id(subject, stream_id)).describe()
            return described.typed_search_attributes.get(NEXT_WAKE_AT) is not None

        await until(asleep)


async def set_up(desk: Desk) -> str:
    """Set up a branch that no other test has: its clocks are known to Temporal by its name."""
    branch = f"clocked-{next(NUMBERS)}"
    said = {"unit_id": branch, "unit_kind": "branch", "name": branch, "name_en": branch, "effective_on": "2020-01-01"}
    asked = asking(desk, unit_stream(branch), "unit-established", said, actor="admin", capacity="admin", key="1")
    assert (await record(desk, asked, now())).kind == "recorded"
    return branch


def own_terms(text: str) -> Rulebooks:
    """The rulebooks of the project with semesters and terms of our own."""
    mine = read_policy("p.yaml", text.lstrip("\n"), BOOKS.editions)
    policy = replace(BOOKS.policy, semesters=mine.semesters, terms=mine.terms, reminding=mine.reminding)
    return Rulebooks(BOOKS.editions, policy, BOOKS.workdays, "0" * 64)


def own(desk: Desk) -> list[Callable[..., Any]]:
    """What clocks have done for them."""
    paths = Paths(desk, at_once(desk))
    return [paths.due, paths.send, Clocks(desk).act]


@asynccontextmanager
async def keeping(client: Client, settings: Settings, dsn: str) -> AsyncIterator[Kept]:
    """Keep the terms of a branch in a migrated database, on a task queue of their own."""
    books = own_terms(POLICY)
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    engine = Engine(skipper.client, QUEUE)
    async with open_log(dsn, role="jieti_app") as log, open_views(dsn, role="jieti_app") as views:
        desk = Desk(log, EventMapping(TOPICS), books, Vault(bytes(32)))
        branch = await set_up(desk)
        following = asyncio.create_task(follow(log, desk.mapping, books, views, now, engine.nudge, engine.nudge))
        async with make_worker(client, replace(settings, task_queue=QUEUE), workflows=[Clock], activities=own(desk)):
            yield Kept(desk, views, client, skipper, branch)
        following.cancel()
        await asyncio.wait([following])


async def through_a_term(kept: Kept) -> list[WorkflowHistory]:
    """A term that was opened, reminded of and closed, and the clock of the unit that waits for the next: what they leave."""
    await kept.begun(kept.term("this"))
    await kept.waits("term", kept.term("this"))
    await kept.skip("term", kept.term("this"), 50)
    await kept.ended("term", kept.term("this"))
    await kept.waits("unit", kept.unit)
    streams = (("unit", kept.unit), ("term", kept.term("this")))
    return [await kept.client.get_workflow_handle(clock_id(*one)).fetch_history() for one in streams]


def day_of(fact: Fact) -> date:
    """The civil day on which a fact was recorded."""
    return civil_day(fact.timestamp)
