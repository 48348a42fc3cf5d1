"""Fixtures of the API's tests: the application on a real PostgreSQL, asked as a browser or another system would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from api.actors import Actor, Role, make_token
from api.app import make_app
from domain.calendar import civil_day
from domain.receipt import Asked, Outcome
from registry.desk import Desk
from registry.record import record
from runtime.clock import now
from runtime.embedded import Postgres
from runtime.engine import EngineHealth
from runtime.resources import Resources, migrate_all, open_resources
from runtime.settings import Settings
from tests.school import BRANCH, COMMITTEE, School, today
from views.follow import follow

TOKEN_KEY = bytes(range(32))
KEYS = count(1)


@dataclass
class DirectEngine:
    """Takes a transition to the same function as a path's workflow does, without the workflow."""

    desk: Desk
    clock: Callable[[], datetime] = now

    async def transition(self, asked: Asked) -> Outcome:
        """Record it, or refuse it."""
        return await record(self.desk, asked, self.clock())

    async def health(self) -> EngineHealth:
        """Always there, and somebody works for it."""
        return EngineHealth(reachable=True, pollers=1, last_poll_age_s=0.0)


@dataclass
class Asker:
    """Somebody with a token who sends requests."""

    http: httpx2.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, address: str, **headers: str) -> httpx2.Response:
        """Read."""
        return await self.http.get(address, headers={**self.headers, **headers})

    async def post(self, address: str, body: Any = None, *, key: str | None = "new", **headers: str) -> httpx2.Response:
        """Write, under a new idempotency key unless one is given; None sends none."""
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if key is not None:
            given["Idempotency-Key"] = f"key-{next(KEYS)}" if key == "new" else key
        if isinstance(body, bytes):
            return await self.http.post(address, content=body, headers={"Content-Type": "application/json"} | given)
        return await self.http.post(address, json=body, headers=given)


@dataclass
class Town:
    """The application with a school in it, and whoever asks it something."""

    app: FastAPI
    school: School
    http: httpx2.AsyncClient

    def actor(self, role: Role, unit: str, *, name: str | None = None, lasts: timedelta = timedelta(hours=1)) -> Asker:
        """Somebody in a role at a unit."""
        token = make_token(TOKEN_KEY, Actor(name or role, role, unit), now(), lasts)
        return Asker(self.http, {"Authorization": f"Bearer {token}"})

    @property
    def secretary(self) -> Asker:
        """The secretary of the branch."""
        return self.actor("branch-secretary", BRANCH)

    @property
    def committee(self) -> Asker:
        """The secretary of the superior committee."""
        return self.actor("superior-secretary", COMMITTEE)

    @property
    def department(self) -> Asker:
        """The organisation department."""
        return self.actor("organisation-department", COMMITTEE)

    def application(self, student_no: str | None = None, **changes: object) -> dict[str, Any]:
        """What stands in the body that opens a path."""
        said = {"effective_on": today(), "name": "林晓", "student_no": student_no or self.school.student()}
        return {**said, "home_unit": BRANCH, "born_on": "2005-06-18", **changes}

    async def opened(self, *, days_ago: int = 0, **changes: Any) -> str:
        """The address of a path that was opened so many days ago."""
        day = (civil_day(now()) - timedelta(days=days_ago)).isoformat()
        response = await self.secretary.post("/v1/paths", self.application(effective_on=day, **changes))
        assert response.status_code == 201, response.text
        return response.headers["Location"].partition("/facts/")[0]


def talk(**changes: object) -> dict[str, Any]:
    """What stands in the body of the talk with an applicant."""
    return {"effective_on": today(), "held_by": "chen", "post": "secretary", **changes}


def activist(**changes: object) -> dict[str, Any]:
    """What stands in the body of the decision on an activist."""
    return {"effective_on": today(), "decided_by": "branch-committee", **changes}


@pytest.fixture(scope="session")
async def api_settings(database_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a process with a database of its own, migrated."""
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await administrator.execute("create database api")
    finally:
        await administrator.close()
    told = Settings(
        database_url=database_server.dsn(database="api"),
        token_key=TOKEN_KEY,
        identity_key=bytes(reversed(range(32))),
        max_body_bytes=1_000_000,
        seal_dir=tmp_path_factory.mktemp("sealed"),
    )
    await migrate_all(told)
    return told


@pytest.fixture(scope="session")
async def api_resources(api_settings: Settings) -> AsyncIterator[Resources]:
    """Log and views of that database, with a follower that keeps them together."""

    async def nobody(_paths: Sequence[UUID]) -> None:
        pass

    async with open_resources(api_settings) as opened:
        desk = opened.desk
        following = asyncio.create_task(follow(desk.log, desk.mapping, desk.rulebooks, opened.views, now, nobody))
        try:
            yield opened
        finally:
            following.cancel()
            await asyncio.wait([following])


@pytest.fixture(scope="session")
async def api_school(api_resources: Resources) -> School:
    """A school whose units are set up."""
    school = School(api_resources.desk, prefix="a")
    await school.establish()
    return school


MakeTown = Callable[[Any], Awaitable[Town]]


@pytest.fixture
async def town(api_settings: Settings, api_resources: Resources, api_school: School) -> AsyncIterator[Town]:
    """The application, whose decisions are made without a workflow."""
    app = make_app(api_settings, api_resources, DirectEngine(api_resources.desk), now)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://jieti.test") as http:
        yield Town(app, api_school, http)
