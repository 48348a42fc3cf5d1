"""Decisions through the engine: the same over the real one as without a workflow, and what is told while it is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from api.app import make_app
from api.house import Asks
from domain.receipt import Asked, Outcome
from runtime.clock import now
from runtime.engine import Engine, EngineHealth, StillRunning, open_engine
from runtime.resources import Resources
from runtime.settings import PayloadKey, Settings
from tests.api.conftest import TOKEN_KEY, DirectEngine, Town, activist, talk
from tests.api.test_writing import day, problem
from tests.school import School


@asynccontextmanager
async def town_of(settings: Settings, resources: Resources, engine: Asks, school: School) -> AsyncIterator[Town]:
    """The application with this engine."""
    app = make_app(replace(settings, token_key=TOKEN_KEY), resources, engine, now)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://jieti.test") as http:
        yield Town(app, school, http)


@pytest.fixture(params=["real", "direct"])
async def either(
    request: pytest.FixtureRequest, settings: Settings, resources: Resources, school: School, engine: Engine
) -> AsyncIterator[Town]:
    """The application on the real engine with a worker, and on the one that stands in for it."""
    asks: Asks = engine if request.param == "real" else DirectEngine(resources.desk)
    async with town_of(settings, resources, asks, school) as town:
        yield town


async def test_both_engines_keep_the_same_promise(either: Town) -> None:
    """Open, be refused, decide, repeat, reuse a key, be stale, close: the same answers from both engines."""
    body = either.application()
    opened = await either.secretary.post("/v1/paths", body, key="opening")
    assert opened.status_code == 201, opened.text
    path = opened.headers["location"].partition("/facts/")[0]
    again = await either.secretary.post("/v1/paths", body, key="opening")
    assert (again.status_code, again.json()) == (200, opened.json() | {"repeated": True})
    problem(await either.secretary.post("/v1/paths", body), 409, "already-open")
    address = f"{path}/facts/activist-determined"
    problem(await either.secretary.post(address, activist()), 409, "missing-evidence")
    problem(await either.secretary.post(address, activist(), If_Match='"9"'), 412, "stale")
    problem(await either.secretary.post(address, activist(effective_on="2999-01-01")), 422, "wrong-shape")
    assert (await either.secretary.post(f"{path}/facts/applicant-talk-held", talk())).status_code == 201
    decided = await either.secretary.post(f"{address}?mode=record", activist(reason="paper"), key="decision")
    assert (decided.status_code, decided.json()["version"]) == (201, 3)
    repeated = await either.secretary.post(f"{address}?mode=record", activist(reason="paper"), key="decision")
    assert (repeated.status_code, repeated.json()["repeated"]) == (200, True)
    reused = await either.secretary.post(f"{address}?mode=record", activist(reason="another"), key="decision")
    problem(reused, 422, "key-reused")
    etag = (await either.secretary.get(path)).headers["etag"]
    closed = await either.secretary.post(f"{path}/facts/path-withdrawn", {"effective_on": day(0)}, If_Match=etag)
    assert closed.status_code == 201
    problem(await either.secretary.post(address, activist()), 409, "path-closed")
    assert (await either.http.get("/ready")).json()["engine"]["ready"]


@pytest.fixture
async def alone(api_settings: Settings, api_resources: Resources, api_school: School) -> AsyncIterator[Town]:
    """The application whose Temporal is not there: nobody listens on its port."""
    away = replace(api_settings, temporal_address="127.0.0.1:1", payload_key=(PayloadKey("k", bytes(32)),))
    async with open_engine(away) as engine, town_of(api_settings, api_resources, engine, api_school) as town:
        yield town


async def test_without_the_engine_evidence_is_taken_and_decisions_are_put_off(alone: Town, town: Town) -> None:
    """A transition gets 503 with Retry-After and leaves nothing; evidence is recorded; the same key works later."""
    path = await town.opened()
    assert (await alone.secretary.post(f"{path}/facts/applicant-talk-held", talk())).status_code == 201
    address = f"{path}/facts/activist-determined?mode=record"
    refused = await alone.secretary.post(address, activist(reason="paper"), key="later")
    problem(refused, 503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert (await alone.secretary.get(path)).headers["etag"] == '"2"'
    verdict = await alone.secretary.post(f"{path}/facts/activist-determined?dry_run=true", activist())
    assert verdict.json()["allowed"]
    later = await town.secretary.post(address, activist(reason="paper"), key="later")
    assert (later.status_code, later.json()["repeated"]) == (201, False)


async def test_readiness_tells_the_truth(alone: Town, town: Town) -> None:
    """200 with all there; 503 that names the engine when it is away, and what is taken all the same."""
    fine = await town.http.get("/ready")
    assert (fine.status_code, fine.json()["takes"]) == (200, ["reading", "evidence", "decisions"])
    away = await alone.http.get("/ready")
    told: dict[str, Any] = away.json()
    assert (away.status_code, told["ready"], told["takes"]) == (503, False, ["reading", "evidence"])
    assert not told["engine"]["reachable"]
    assert told["engine"]["error"]
    assert told["database"]["ready"]
    assert (await alone.http.get("/health")).json() == {"status": "alive"}


class Slow:
    """An engine that has handed a decision over and is not answered in time."""

    def __init__(self, inner: DirectEngine) -> None:
        """Decide in the end by `inner`."""
        self._inner = inner
        self.late: asyncio.Task[Outcome] | None = None

    async def transition(self, asked: Asked) -> Outcome:
        """The first time the answer comes too late."""
        if self.late is None:
            self.late = asyncio.create_task(self._inner.transition(asked))
            raise StillRunning(str(asked.path_id))
        return await self._inner.transition(asked)

    async def health(self) -> EngineHealth:
        """There, but slow."""
        return await self._inner.health()


async def test_a_decision_that_takes_long_can_be_asked_for(
    town: Town, api_settings: Settings, api_resources: Resources, api_school: School
) -> None:
    """202 names the address where the answer will be; the same request sent again gets the receipt."""
    path = await town.opened()
    slow = Slow(DirectEngine(api_resources.desk))
    async with town_of(api_settings, api_resources, slow, api_school) as waiting:
        address = f"{path}/facts/activist-determined?mode=record"
        told = await waiting.secretary.post(address, activist(reason="paper"), key="slow 1/2")
        assert told.status_code == 202
        assert told.headers["location"] == told.json()["answer"]
        assert slow.late is not None
        await slow.late
        found = await waiting.secretary.get(told.headers["location"])
        assert found.json()["topic"] == "activist-determined"
        again = await waiting.secretary.post(address, activist(reason="paper"), key="slow 1/2")
        assert (again.status_code, again.json()["repeated"]) == (200, True)
