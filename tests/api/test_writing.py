"""Writing through the API: open, record, decide, be refused, repeat, and look before."""

from datetime import timedelta
from typing import Any

import httpx2

from domain.calendar import civil_day
from runtime.clock import now
from tests.api.conftest import Town, activist, talk
from tests.school import BRANCH, COMMITTEE


def day(days_ago: int) -> str:
    """The civil day so many days ago."""
    return (civil_day(now()) - timedelta(days=days_ago)).isoformat()


def problem(response: httpx2.Response, status: int, name: str) -> dict[str, Any]:
    """The problem document of an answer, which is of this status and type."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["type"]) == (status, f"/problems/{name}"), body
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return body


async def test_an_application_opens_a_path(town: Town) -> None:
    """201 with the receipt, where the fact stands, the version and the position."""
    response = await town.secretary.post("/v1/paths", town.application())
    assert response.status_code == 201
    receipt = response.json()
    assert response.headers["location"] == f"/v1/paths/{receipt['path_id']}/facts/1"
    assert response.headers["etag"] == '"1"'
    assert response.headers["log-position"] == str(receipt["position"])
    assert (receipt["topic"], receipt["version"], receipt["repeated"]) == ("application-submitted", 1, False)
    fact = (await town.secretary.get(response.headers["location"])).json()
    assert (fact["recorded_by"], fact["capacity"], fact["by_unit"]) == ("branch-secretary", "branch-secretary", BRANCH)
    assert fact["by_kind"] == "branch"


async def test_evidence_is_judged_in_the_answer(town: Town) -> None:
    """A talk that came too late is recorded as it happened, and the answer names the rule."""
    path = await town.opened(days_ago=60)
    response = await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())
    assert response.status_code == 201
    assert "TALK_1M" in [finding["rule"] for finding in response.json()["findings"]]


async def test_a_decision_that_lacks_evidence_is_refused_with_what_is_missing(town: Town) -> None:
    """409 missing-evidence: the rule, its source, both languages and the list; nothing is written."""
    path = await town.opened(days_ago=10)
    refused = problem(
        await town.secretary.post(f"{path}/facts/activist-determined", activist()), 409, "missing-evidence"
    )
    assert "applicant-talk-held" in refused["missing"]
    assert refused["rule"] == "TALK_BEFORE_ACT"
    assert refused["zh"]
    assert refused["sources"]
    assert refused["edition"] == "cpc-2026"
    assert refused["help"] == f"{path}/next"
    assert len((await town.secretary.get(f"{path}/history")).json()["facts"]) == 1


async def test_a_decision_that_comes_too_early_names_the_day(town: Town) -> None:
    """409 step-too-early: the earliest day, the rule, its source and the arithmetic that lead to it."""
    path = await town.opened(days_ago=100)
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(effective_on=day(95)))
    decided = await town.secretary.post(
        f"{path}/facts/activist-determined?mode=record", activist(effective_on=day(90), reason="paper")
    )
    assert decided.status_code == 201, decided.text
    await town.committee.post(f"{path}/facts/activist-filed", {"effective_on": day(89)})
    refused = problem(
        await town.secretary.post(f"{path}/facts/development-target-proposed", {"effective_on": day(0)}),
        409,
        "step-too-early",
    )
    assert refused["earliest"] > day(0)
    assert refused["rule"] == "CULTIVATE_1Y"
    assert refused["sources"] == ["R26-13"]
    assert refused["arithmetic"]


async def test_what_has_happened_is_recorded_with_its_finding(town: Town) -> None:
    """`mode=record` refuses no true fact: it stands with a finding, and asks for the reason."""
    path = await town.opened(days_ago=10)
    address = f"{path}/facts/activist-determined?mode=record"
    assert problem(await town.secretary.post(address, activist()), 422, "wrong-shape")["faults"][0]["field"] == "reason"
    response = await town.secretary.post(address, activist(reason="decided on paper"))
    assert response.status_code == 201
    assert "TALK_BEFORE_ACT" in [one["rule"] for one in response.json()["findings"]]
    assert (await town.secretary.get(path)).json()["judgement"]["stage"] == "activist"


async def test_the_same_key_gets_the_first_receipt(town: Town) -> None:
    """A repeat answers 200 with the first receipt and writes nothing; with another body it is told."""
    path = await town.opened()
    address = f"{path}/facts/applicant-talk-held"
    first = await town.secretary.post(address, talk(), key='"once"')
    again = await town.secretary.post(address, talk(), key="once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json() | {"repeated": True}
    problem(await town.secretary.post(address, talk(held_by="wang"), key="once"), 422, "key-reused")
    assert len((await town.secretary.get(f"{path}/history")).json()["facts"]) == 2


async def test_opening_repeats_and_meets_what_is_open(town: Town) -> None:
    """The same opening is answered again, another one for the same person meets the open path and its address."""
    body = town.application()
    first = await town.secretary.post("/v1/paths", body, key="open-once")
    again = await town.secretary.post("/v1/paths", body, key="open-once")
    assert (first.status_code, again.status_code) == (201, 200)
    met = await town.secretary.post("/v1/paths", body)
    assert problem(met, 409, "already-open")["path"] == met.headers["location"]
    assert first.headers["location"].startswith(met.headers["location"])


async def test_who_withdrew_may_apply_again(town: Town) -> None:
    """After a closed path the same person gets a new one; the closed one takes no more decisions."""
    body = town.application()
    first = (await town.secretary.post("/v1/paths", body)).json()["path_id"]
    withdrawn = {"effective_on": day(0)}
    address = f"/v1/paths/{first}/facts/path-withdrawn"
    assert (await town.secretary.post(address, withdrawn, If_Match='"1"')).status_code == 201
    problem(await town.secretary.post(f"/v1/paths/{first}/facts/activist-determined", activist()), 409, "path-closed")
    second = await town.secretary.post("/v1/paths", body)
    assert second.status_code == 201
    assert second.json()["path_id"] != first


async def test_a_stale_version_is_told(town: Town) -> None:
    """If-Match with an earlier version: 412, with how far the path has come; with the present one it is recorded."""
    path = await town.opened()
    address = f"{path}/facts/applicant-talk-held"
    assert (await town.secretary.post(address, talk(), If_Match='"1"')).status_code == 201
    stale = await town.secretary.post(address, talk(), If_Match='"1"')
    assert problem(stale, 412, "stale")["version"] == 2
    assert stale.headers["etag"] == '"2"'
    problem(await town.secretary.post(address, talk(), If_Match='W/"2"'), 400, "bad-header")


async def test_a_decision_that_ends_a_path_names_its_version(town: Town) -> None:
    """428 without If-Match: nobody ends a path that they have not read."""
    path = await town.opened()
    address = f"{path}/facts/path-withdrawn"
    problem(await town.secretary.post(address, {"effective_on": day(0)}), 428, "version-required")
    assert (await town.secretary.post(f"{address}?dry_run=true", {"effective_on": day(0)})).status_code == 200
    etag = (await town.secretary.get(path)).headers["etag"]
    assert (await town.secretary.post(address, {"effective_on": day(0)}, If_Match=etag)).status_code == 201


async def test_a_dry_run_gives_the_verdict_and_stores_nothing(town: Town) -> None:
    """The verdict of a dry run is what happens afterwards; it needs no key and leaves no trace."""
    path = await town.opened(days_ago=5)
    dry = await town.secretary.post(f"{path}/facts/activist-determined?dry_run=true", activist(), key=None)
    wet = await town.secretary.post(f"{path}/facts/activist-determined", activist())
    told = dry.json()
    assert dry.status_code == 200
    assert not told["allowed"]
    assert told["problem"]["type"] == wet.json()["type"]
    assert told["findings"] == wet.json()["findings"]
    fine = await town.secretary.post(f"{path}/facts/applicant-talk-held?dry_run=1", talk(), key=None)
    assert fine.json() == {"allowed": True, "confidence": "sure", "findings": [], "version": 1, "problem": None}
    assert (await town.secretary.get(path)).headers["etag"] == '"1"'
    stale = await town.secretary.post(f"{path}/facts/activist-determined?dry_run=true", activist(), If_Match='"9"')
    problem(stale, 412, "stale")


async def test_an_opening_can_be_asked_for(town: Town) -> None:
    """A dry run of an opening tells of the path that is open already, and opens none."""
    body = town.application()
    assert (await town.secretary.post("/v1/paths?dry_run=true", body, key=None)).json()["allowed"]
    assert (await town.secretary.post("/v1/paths", body)).status_code == 201
    problem(await town.secretary.post("/v1/paths?dry_run=true", body), 409, "already-open")


async def test_units_are_set_up_and_change(town: Town) -> None:
    """A unit is set up by an administrator under a superior that exists, once; authority is a fact of its own."""
    admin = town.actor("admin", COMMITTEE)
    said = {"effective_on": day(30), "unit_id": "branch-9", "unit_kind": "branch", "name": "九支部", "name_en": "Nine"}
    nowhere = problem(await admin.post("/v1/units", {**said, "superior": "nowhere"}), 422, "wrong-shape")
    assert nowhere["faults"][0]["field"] == "superior"
    made = await admin.post("/v1/units", {**said, "superior": COMMITTEE})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/units/branch-9")
    problem(await admin.post("/v1/units", {**said, "superior": COMMITTEE}), 409, "already-open")
    unit = (await town.secretary.get("/v1/units/branch-9")).json()
    assert unit["line"] == ["branch-9", COMMITTEE]
    gone = await admin.post("/v1/units/branch-9/facts/unit-dissolved", {"effective_on": day(0)})
    assert gone.status_code == 201
    problem(await admin.post("/v1/units/branch-9/facts/activist-filed", {"effective_on": day(0)}), 404, "unknown-fact")
    problem(await admin.post("/v1/units/nowhere/facts/unit-dissolved", {"effective_on": day(0)}), 404, "unknown-unit")
    position = {"Log-Position": gone.headers["log-position"]}
    listed = (await admin.get(f"/v1/units?below={COMMITTEE}", **position)).json()
    assert not listed["stale"]
    assert {"branch-9", BRANCH, COMMITTEE} <= {one["unit_id"] for one in listed["items"]}


async def test_a_unit_may_have_a_chinese_id(town: Town) -> None:
    """Its address is written as addresses are, and reads it."""
    admin = town.actor("admin", COMMITTEE)
    said = {"effective_on": day(30), "unit_id": "机电一支部", "unit_kind": "branch", "name": "一支部", "name_en": "One"}
    made = await admin.post("/v1/units", {**said, "superior": COMMITTEE})
    assert made.status_code == 201, made.text
    assert made.headers["location"].isascii()
    position = {"Log-Position": made.headers["log-position"]}
    assert (await admin.get(made.headers["location"], **position)).json()["id"] == "机电一支部"
