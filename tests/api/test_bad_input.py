"""Bad input: each mistake is told clearly, nothing is written, one line stands in the log, and never a traceback."""

import json
import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.calendar import civil_day
from runtime.clock import now
from tests.api.conftest import Town, activist, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


@pytest.fixture
async def path(town: Town) -> str:
    """A path that was opened ten days ago."""
    return await town.opened(days_ago=10)


async def test_an_unknown_fact_is_told_with_near_ones(town: Town, path: str) -> None:
    """404 with what may have been meant; openings and what nobody records by hand say where they belong."""
    told = problem(await town.secretary.post(f"{path}/facts/activist-determind", activist()), 404, "unknown-fact")
    assert "activist-determined" in told["near"]
    opening = problem(await town.secretary.post(f"{path}/facts/application-submitted", {}), 404, "unknown-fact")
    assert "POST /v1/paths" in opening["detail"]
    problem(await town.secretary.post(f"{path}/facts/reminder-sent", {}), 404, "unknown-fact")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"post": "king"}, "post"),
        ({"held_by": 7}, "held_by"),
        ({"held_by": ""}, "held_by"),
        ({"held_by": "x" * 501}, "held_by"),
        ({"effective_on": "yesterday"}, "effective_on"),
        ({"effective_on": None}, "effective_on"),
        ({"effective_on": "9999-12-31"}, "effective_on"),
        ({"effective_on": "2001-01-01"}, "effective_on"),
        ({"remarks": "free text"}, "remarks"),
        ({"by_unit": "branch-none"}, "by_unit"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_wrong_field_is_named(town: Town, path: str, change: dict[str, Any], field: str) -> None:
    """422 (or 403 for a unit that is nobody's) names the field and what is expected there."""
    response = await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(**change))
    if field == "by_unit":
        assert problem(response, 403, "not-your-unit")["unit"] == "branch-none"
    else:
        told = problem(response, 422, "wrong-shape")
        assert [one["field"] for one in told["faults"]] == [field]
        assert told["faults"][0]["expected"]
    assert len((await town.secretary.get(f"{path}/history")).json()["facts"]) == 1


async def test_days_are_held_to_the_calendar(town: Town) -> None:
    """A day to come and a day before the person was born are refused, for openings too."""
    tomorrow = (civil_day(now()) + timedelta(days=1)).isoformat()
    future = problem(
        await town.secretary.post("/v1/paths", town.application(effective_on=tomorrow)), 422, "wrong-shape"
    )
    assert "day to come" in future["detail"]
    unborn = town.application(effective_on="2004-01-01")
    assert "born" in problem(await town.secretary.post("/v1/paths", unborn), 422, "wrong-shape")["detail"]
    assert date.fromisoformat(day(0)) < date.fromisoformat(tomorrow)


async def test_a_unit_that_may_not_act_is_refused_by_the_rules(town: Town, path: str) -> None:
    """Only a committee files an activist; a department that lets a branch do it gets the rule."""
    body = {"effective_on": day(0), "by_unit": BRANCH}
    refused = await town.department.post(f"{path}/facts/activist-filed", body)
    told = problem(refused, 409, refused.json()["type"].rpartition("/")[2])
    assert "ACT_FILING" in [one["rule"] for one in told["findings"]] or told["rule"]


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b'{"effective_on": ', 400, "malformed-body"),
        (b'{"held_by": "\xff\xfe"}', 400, "malformed-body"),
        (b"", 400, "malformed-body"),
        (b"[]", 422, "wrong-shape"),
        (b'"text"', 422, "wrong-shape"),
        (b'{"held_by": NaN}', 400, "malformed-body"),
        (b'{"held_by": "\\ud800"}', 400, "malformed-body"),
        (b"[" * 2000, 400, "malformed-body"),
    ],
    ids=["cut short", "no UTF-8", "nothing", "a list", "a text", "NaN", "half a character", "deep"],
)
async def test_a_body_that_is_no_json_object(town: Town, path: str, body: bytes, status: int, name: str) -> None:
    """What cannot be read is told with its place."""
    problem(await town.secretary.post(f"{path}/facts/applicant-talk-held", body), status, name)


async def test_a_body_over_the_limit_is_not_read(town: Town, path: str) -> None:
    """413, whether the length was declared or not."""
    address = f"{path}/facts/applicant-talk-held"
    huge = json.dumps(talk(held_by="x" * 1_000_001)).encode()
    problem(await town.secretary.post(address, huge), 413, "body-too-large")

    async def pieces() -> Any:
        for _ in range(1100):
            yield b" " * 1000

    headers = {**town.secretary.headers, "Idempotency-Key": "big", "Content-Type": "application/json"}
    problem(await town.http.post(address, content=pieces(), headers=headers), 413, "body-too-large")


async def test_a_body_that_is_not_declared_as_json(town: Town, path: str) -> None:
    """415 for a form or a text."""
    response = await town.secretary.post(f"{path}/facts/applicant-talk-held", b"a=b", Content_Type="text/plain")
    problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("key", [None, "", "x" * 101, "schlüssel".encode()], ids=["none", "empty", "long", "not ASCII"])
async def test_a_key_is_needed(town: Town, path: str, key: Any) -> None:
    """400 says what to do, for a key that is missing or none."""
    headers: dict[Any, Any] = {**town.secretary.headers}
    if key is not None:
        headers["Idempotency-Key"] = key
    response = await town.http.post(f"{path}/facts/applicant-talk-held", json=talk(), headers=headers)
    assert "Idempotency-Key" in problem(response, 400, "bad-header")["detail"]


async def test_switches_are_held_to_their_words(town: Town, path: str) -> None:
    """`dry_run` and `mode` take their own words only: a typing error must not store anything."""
    address = f"{path}/facts/applicant-talk-held"
    problem(await town.secretary.post(f"{address}?dry_run=ture", talk()), 422, "wrong-shape")
    problem(await town.secretary.post(f"{address}?mode=force", talk()), 422, "wrong-shape")


async def test_paths_and_addresses_that_are_not_there(town: Town) -> None:
    """404 for a path nobody opened, for what is no id and for any other address; 405 with what is allowed."""
    nobody = "/v1/paths/00000000-0000-4000-8000-000000000000"
    problem(await town.secretary.post(f"{nobody}/facts/applicant-talk-held", talk()), 404, "unknown-path")
    problem(await town.secretary.get(nobody), 404, "unknown-path")
    problem(await town.secretary.post("/v1/paths/x/facts/applicant-talk-held", talk()), 404, "unknown-path")
    problem(await town.secretary.get("/v1/paths/x"), 422, "wrong-shape")
    problem(await town.secretary.get("/v2"), 404, "not-found")
    refused = await town.http.delete("/v1/paths", headers=town.secretary.headers)
    problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"]


async def test_a_unit_is_no_path(town: Town) -> None:
    """The stream of a unit is not read as a path, although it has an id."""
    unit = next(
        one["stream_id"]
        for one in (await town.department.get("/v1/log")).json()["items"]
        if one["topic"] == "unit-established"
    )
    problem(await town.secretary.get(f"/v1/paths/{unit}"), 404, "unknown-path")


async def test_each_refusal_is_one_line_with_its_request_id(
    town: Town, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The process says once what it refused, under the id that its sender gave, and nothing about the person."""
    caplog.set_level(logging.INFO, logger="jieti")
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(post="king"), X_Request_Id="seen-before.1")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "jieti.api"]
    assert line.startswith(f"request_id=seen-before.1 POST {path}/facts/applicant-talk-held 422 wrong-shape")
    assert line.endswith("actor=branch-secretary")
    strange = await town.secretary.get(path, **{"X-Request-Id": "two\twords"})
    assert strange.headers["x-request-id"] != "two\twords"


async def test_a_defect_of_ours_is_not_shown(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw answers 500 with the request's id; the traceback stays in the log of the process."""

    class Broken:
        async def transition(self, _asked: object) -> object:
            message = "secret inner thing"
            raise RuntimeError(message)

    town.app.state.house = replace(town.app.state.house, engine=Broken())
    response = await town.secretary.post("/v1/paths", town.application())
    told = problem(response, 500, "internal")
    assert "secret" not in response.text
    assert any(record.exc_info and told["request_id"] in record.getMessage() for record in caplog.records)


async def test_answers_carry_their_headers(town: Town, path: str) -> None:
    """Security headers stand on every answer, and no other origin is let in."""
    for response in (
        await town.secretary.get(path, Origin="https://elsewhere.test"),
        await town.http.get("/v1/paths"),
        await town.http.get("/health"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in response.headers
    assert COMMITTEE != BRANCH
