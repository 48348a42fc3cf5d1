"""PostgreSQL goes away under the API and comes back: the truth is told, nothing is half done, the same key works."""

import tempfile
from pathlib import Path

import httpx2

from api.app import make_app
from runtime.clock import now
from runtime.embedded import postgres
from runtime.resources import migrate_all, open_resources
from runtime.settings import Settings
from tests.api.conftest import TOKEN_KEY, DirectEngine, Town, talk
from tests.api.test_writing import problem
from tests.school import School


async def test_what_is_told_while_the_database_is_away() -> None:
    """503 with Retry-After for reading and writing, ready says so, the process lives; afterwards all goes on."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as name:
        home = Path(name)
        async with postgres(home) as server:
            settings = Settings(database_url=server.dsn(), token_key=TOKEN_KEY, identity_key=bytes(32))
            await migrate_all(settings)
            opening = open_resources(settings)
            resources = await opening.__aenter__()
            school = School(resources.desk, prefix="d")
            await school.establish()
            app = make_app(settings, resources, DirectEngine(resources.desk), now)
            http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://jieti.test")
            town = Town(app, school, http)
            path = await town.opened()
        try:
            address = f"{path}/facts/applicant-talk-held"
            refused = await town.secretary.post(address, talk(), key="once")
            problem(refused, 503, "unavailable")
            assert int(refused.headers["retry-after"]) > 0
            problem(await town.secretary.get(path), 503, "unavailable")
            problem(await town.secretary.get("/v1/paths"), 503, "unavailable")
            ready = await http.get("/ready")
            assert (ready.status_code, ready.json()["takes"]) == (503, [])
            assert ready.json()["database"]["error"]
            assert (await http.get("/health")).status_code == 200
            async with postgres(home):
                again = await town.secretary.post(address, talk(), key="once")
                assert (again.status_code, again.json()["version"]) == (201, 2)
        finally:
            await http.aclose()
            await opening.__aexit__(None, None, None)
