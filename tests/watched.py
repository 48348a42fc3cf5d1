"""A school on an engine of its own, watched: what other tests leave behind is not seen, and causes can be brought about."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx2
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import activity
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.mailroom import at_once
from activities.paths import Paths
from api.actors import Actor, make_token
from api.app import make_app
from domain.receipt import Outcome
from registry.desk import Desk
from runtime.client import connect
from runtime.clock import now
from runtime.embedded import Postgres
from runtime.engine import Engine
from runtime.namespace import prepare
from runtime.noting import Noting
from runtime.repairing import Repairing
from runtime.resources import Resources, create_database, migrate_all, open_resources
from runtime.settings import Settings
from runtime.watch import Watch
from runtime.workers import make_worker
from tests.engine import until
from tests.school import COMMITTEE, School
from views.follow import follow
from views.troubles import Trouble, Troubles
from workflows.contract import SEARCH_ATTRIBUTES, RecordInput, SendInput
from workflows.path import Path

NAMES = count(1)
TOKEN_KEY = bytes(range(32))


class Failing(Paths):
    """Cannot record decisions and cannot send reminders as long as it is told so."""

    def __init__(self, desk: Desk) -> None:
        """Begin broken."""
        super().__init__(desk, at_once(desk))
        self.broken = True

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Fail, or record."""
        if self.broken and asked.asked.topic != "application-submitted":
            raise ApplicationError("the disk is full")
        return await super().record(asked)

    @activity.defn(name="send")
    async def send(self, asked: SendInput) -> None:
        """Fail, or send."""
        if self.broken:
            raise ApplicationError("the post office is closed")
        await super().send(asked)


@dataclass
class Watched:
    """An engine of its own with a follower that is always at the end of the log, and whoever looks."""

    settings: Settings
    client: Client
    resources: Resources
    school: School
    watch: Watch
    http: httpx2.AsyncClient

    @property
    def engine(self) -> Engine:
        """Asks its workflows."""
        return Engine(self.client, self.settings.task_queue)

    def another(self, settings: Settings | None = None) -> Watch:
        """A watch that has seen nothing yet."""
        return Watch(self.client, self.resources.desk, self.resources.views, settings or self.settings, now)

    @asynccontextmanager
    async def served(
        self,
        paths: Paths | None = None,
        workflows: Sequence[type] = (Path,),
        activities: Sequence[Callable[..., Any]] = (),
    ) -> AsyncIterator[None]:
        """Have a worker serve it."""
        paths = paths or Paths(self.resources.desk, at_once(self.resources.desk))
        worker = make_worker(
            self.client,
            self.settings,
            workflows=workflows,
            activities=[*activities, paths.record, paths.due, paths.send],
            interceptors=[Noting(Troubles(self.resources.views))],
        )
        async with worker:
            yield

    async def opened(self) -> UUID:
        """A path that was opened today through its workflow, and that the views know."""
        asked = self.school.opening(self.school.student())
        await self.engine.transition(asked)
        await self.caught_up()
        return asked.path_id

    async def caught_up(self) -> None:
        """Wait until the views have followed the log."""
        size = await self.resources.desk.log.size()
        assert await self.resources.views.wait_for(size, 20) >= size

    async def board(self, query: str = "") -> dict[str, Any]:
        """The board as an admin reads it over HTTP, after one look."""
        await self.watch.look()
        token = make_token(TOKEN_KEY, Actor("admin", "admin", COMMITTEE), now(), timedelta(hours=1))
        response = await self.http.get(f"/v1/stuck?limit=500&{query}", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def stuck(self, cause: str, about: str, seconds: float = 60) -> dict[str, Any]:
        """Look until something is on the board for a cause; gives its item."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            items = (await self.board(f"cause={cause}"))["items"]
            found[:] = [one for one in items if about in (one["workflow_id"], one["path_id"], one["unit"], "")]
            return bool(found)

        await until(there, seconds)
        return found[0]

    async def free(self, cause: str, seconds: float = 60) -> None:
        """Look until nothing is on the board for a cause."""

        async def gone() -> bool:
            return not (await self.board(f"cause={cause}"))["items"]

        await until(gone, seconds)

    async def troubles(self) -> Sequence[Trouble]:
        """All that the watch has written down."""
        return list((await Troubles(self.resources.views).known()).values())


@pytest.fixture(scope="session")
async def watched(
    settings: Settings, database_server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    """A namespace and a database that no other test touches."""
    name = f"watched-{next(NAMES)}"
    await create_database(database_server.dsn(database="postgres"), name)
    told = replace(
        settings,
        database_url=database_server.dsn(database=name),
        temporal_namespace=name,
        token_key=TOKEN_KEY,
        seal_dir=tmp_path_factory.mktemp("sealed"),
    )
    await migrate_all(told)
    await _register(settings, name)
    client = await connect(told)
    await prepare(client, retention=timedelta(days=1), search_attributes=SEARCH_ATTRIBUTES)
    async with open_resources(told) as resources:
        desk = resources.desk
        school = School(desk, prefix="w")
        await school.establish()
        engine = Engine(client, told.task_queue)
        following = asyncio.create_task(
            follow(desk.log, desk.mapping, desk.rulebooks, resources.views, now, engine.nudge)
        )
        app = make_app(told, resources, engine, now, Repairing(client, told.task_queue))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://jieti.test") as http:
            try:
                yield Watched(told, client, resources, school, Watch(client, desk, resources.views, told, now), http)
            finally:
                following.cancel()
                await asyncio.wait([following])


async def _register(settings: Settings, name: str) -> None:
    """Make a namespace on the server of the other tests."""
    client = await connect(settings)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=86_400))
    )
