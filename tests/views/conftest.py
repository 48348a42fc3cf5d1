"""Fixtures of the views' tests: a database of its own with a log, the views beside it, and a follower to go step by step."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.calendar import civil_day
from domain.path import TOPICS
from eventlog.mapping import EventMapping
from eventlog.postgres import open_log
from registry.desk import Desk
from registry.record import record
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.clock import now
from tests.school import School
from views.follow import Follower, follow
from views.store import Views, migrate_views, open_views


@dataclass
class Yard:
    """A log with a school, the views beside it, and a follower that goes step by step."""

    dsn: str
    desk: Desk
    views: Views
    school: School

    @property
    def follower(self) -> Follower:
        """A follower of this log under its rulebooks."""
        return Follower(self.desk.log, self.desk.mapping, self.desk.rulebooks, self.views, now)

    async def caught_up(self) -> None:
        """Follow to the end of the log."""
        async with self.views.following() as keeper:
            assert keeper is not None
            bookmark = await keeper.bookmark()
            while (after := await self.follower.step(keeper, bookmark)) != bookmark:
                bookmark = after

    @asynccontextmanager
    async def following(self, told: Callable[[Sequence[UUID]], Awaitable[None]]) -> AsyncIterator[None]:
        """The follower as the worker runs it."""
        desk = self.desk
        task = asyncio.create_task(follow(desk.log, desk.mapping, desk.rulebooks, self.views, now, told))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def opened(self, *, days_ago: int = 0) -> UUID:
        """A path that was opened so many days ago."""
        day = (civil_day(now()) - timedelta(days=days_ago)).isoformat()
        asked = self.school.opening(self.school.student(), effective_on=day)
        await record(self.desk, asked, now())
        return asked.path_id


@pytest.fixture
async def yard(database: str) -> AsyncIterator[Yard]:
    """A new database with log and views."""
    connection = await asyncpg.connect(database)
    try:
        await migrate_views(connection)
    finally:
        await connection.close()
    books = load_rulebooks(HERE / "policy-sample.yaml")
    async with open_log(database, role="jieti_app") as log, open_views(database, role="jieti_app") as views:
        desk = Desk(log, EventMapping(TOPICS), books, Vault(bytes(32)))
        school = School(desk)
        await school.establish()
        yield Yard(database, desk, views, school)
