"""Terms over HTTP: what is owed and counted, with the entries it rests on, summed up the tree, and who may say what."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import civil_day
from domain.termclock import term_stream
from registry.drafting import asking
from registry.record import record
from runtime.clock import now
from tests.api.conftest import Town
from tests.api.test_writing import problem
from tests.school import BRANCH, COMMITTEE, today

TODAY = civil_day(now())
TERM = f"/v1/units/{BRANCH}/terms/trial"
START, END = TODAY - timedelta(days=30), TODAY + timedelta(days=60)


def held(day: str | None = None, **more: object) -> dict[str, Any]:
    """What stands in the body of something that was held."""
    return {"effective_on": day or today(), "activity": "theme-party-day", "participants": 12, **more}


@pytest.fixture
async def term(town: Town) -> UUID:
    """The branch has begun a term, as its clock has it recorded, and the views know it."""
    desk, stream = town.school.desk, term_stream(BRANCH, "trial")
    said = {
        "effective_on": START,
        "by_unit": BRANCH,
        "unit_id": BRANCH,
        "term": "trial",
        "starts_on": START,
        "ends_on": END,
    }
    asked = asking(desk, stream, "term-opened", said, actor="jieti", capacity="system", key="o", mode="record")
    assert (await record(desk, asked, now())).kind == "recorded"
    size = await desk.log.size()
    assert await town.app.state.house.views.wait_for(size, 20) >= size
    return stream


async def test_what_is_held_counts_with_its_entry(town: Town, term: UUID) -> None:
    """The report names each number's entries, each entry is read at its address, and what was retracted is gone."""
    before = (await town.secretary.get(TERM)).json()["counts"][0]
    told = await town.secretary.post(f"{TERM}/facts/activity-held", held())
    assert told.status_code == 201, told.text
    assert told.json()["path_id"] == str(term)
    wrong = await town.secretary.post(f"{TERM}/facts/activity-held", held(participants=99))
    body = (await town.secretary.get(TERM)).json()
    count = body["counts"][0]
    more = (count["number"] - before["number"], count["participants"] - before["participants"])
    assert (count["activity"], more) == ("theme-party-day", (2, 111))
    assert count["facts"][-2]["href"] == told.headers["Location"]
    fact = (await town.secretary.get(told.headers["Location"])).json()
    assert (fact["topic"], fact["by_unit"], fact["fields"]["participants"]) == ("activity-held", BRANCH, 12)

    retraction = {
        "effective_on": today(),
        "retracts": wrong.json()["version"],
        "reason": "typed twice",
        "approved_by": "zhao",
    }
    assert (await town.secretary.post(f"{TERM}/facts/fact-retracted", retraction)).status_code == 201
    body = (await town.secretary.get(TERM)).json()
    assert (body["state"], body["counts"][0]["number"], body["closed_with"]) == ("open", before["number"] + 1, None)
    assert [job["id"] for job in body["jobs"]] == ["term-plan", "term-check", "term-report"]
    assert {one["id"] for one in body["obligations"]} >= {"term-check", "term-report"}


@pytest.mark.usefixtures("term")
async def test_a_job_is_done_once_it_is_said(town: Town) -> None:
    """What was owed is owed no longer, with the entry that ended it; the same key adds nothing."""
    done = {"effective_on": today(), "job": "term-plan", "reference": "minutes 7"}
    first = await town.secretary.post(f"{TERM}/facts/term-job-done", done, key="plan")
    again = await town.secretary.post(f"{TERM}/facts/term-job-done", done, key="plan")
    assert (first.status_code, again.status_code) == (201, 200)
    body = (await town.secretary.get(TERM)).json()
    plan = body["jobs"][0]
    assert (plan["state"], plan["done_on"], plan["facts"][0]["version"]) == ("done", today(), first.json()["version"])
    assert "term-plan" not in {one["id"] for one in body["obligations"]}


@pytest.mark.usefixtures("term")
async def test_a_dry_run_stores_nothing(town: Town) -> None:
    """The verdict comes, and the version stays."""
    before = (await town.secretary.get(TERM)).json()["version"]
    told = await town.secretary.post(f"{TERM}/facts/activity-held?dry_run=true", held(), key=None)
    assert (told.status_code, told.json()["allowed"]) == (200, True)
    assert (await town.secretary.get(TERM)).json()["version"] == before


@pytest.mark.usefixtures("term")
async def test_terms_are_listed_and_summed_upwards(town: Town) -> None:
    """The list comes from the views; a committee sees its branches' numbers together, each with its address."""
    told = await town.secretary.post(f"{TERM}/facts/activity-held", held(activity="volunteer-service"))
    await town.app.state.house.views.wait_for(int(told.headers["Log-Position"]), 10)
    (row,) = (await town.secretary.get(f"/v1/units/{BRANCH}/terms")).json()["items"]
    assert (row["term"], row["state"], row["href"]) == ("trial", "open", TERM)
    assert row["counts"]["volunteer-service"] == 1
    assert row["waiting_for"] == ["branch-secretary"]
    below = (await town.committee.get(f"{TERM}?below=true")).json()["below"]
    assert (below["units"], below["closed"], below["not_done"]["term-check"]) == (1, 0, 1)
    (service,) = [one for one in below["counts"] if one["activity"] == "volunteer-service"]
    assert (service["number"], service["participants"], service["units"], service["en"]) == (
        1,
        12,
        1,
        "Volunteer services",
    )


@pytest.mark.usefixtures("term")
async def test_the_report_of_an_earlier_day(town: Town) -> None:
    """As of a day before anything was held, nothing counts; what is known is not what had happened."""
    body = (await town.secretary.get(f"{TERM}?as_of={START}")).json()
    assert [one["number"] for one in body["counts"]] == [0, 0, 0]


@pytest.mark.usefixtures("term")
async def test_what_does_not_fit_is_told(town: Town) -> None:
    """An activity in no term, an unknown one, less than nobody, an unknown job, a term that is none: each says what is."""
    outside = await town.secretary.post(f"{TERM}/facts/activity-held", held("1999-09-09"))
    assert "outside of the unit's days in trial" in problem(outside, 422, "wrong-shape")["detail"]
    strange = await town.secretary.post(f"{TERM}/facts/activity-held", held(activity="song", participants=-1))
    faults = {one["field"]: one["expected"] for one in problem(strange, 422, "wrong-shape")["faults"]}
    assert "it knows: party-lecture, theme-party-day, volunteer-service" in faults["activity"]
    assert "participants" in faults
    job = await town.secretary.post(f"{TERM}/facts/term-job-done", {"effective_on": today(), "job": "dance"})
    assert "term-check, term-plan, term-report" in problem(job, 422, "wrong-shape")["detail"]
    none = await town.secretary.get(f"/v1/units/{BRANCH}/terms/1999")
    assert "its terms: trial" in problem(none, 404, "unknown-term")["detail"]
    problem(await town.secretary.post(f"{TERM}/facts/talk-held", {}), 404, "unknown-fact")
    problem(await town.secretary.post(f"{TERM}/facts/term-closed", {}), 404, "unknown-fact")


@pytest.mark.usefixtures("term")
async def test_a_term_is_the_affair_of_its_unit(town: Town) -> None:
    """Its people and those above may; another branch may not read, an auditor not write."""
    stranger = town.actor("branch-secretary", "elsewhere")
    problem(await stranger.get(TERM), 403, "not-your-unit")
    problem(await stranger.post(f"{TERM}/facts/activity-held", held(by_unit=None)), 403, "not-your-unit")
    problem(await town.actor("auditor", COMMITTEE).post(f"{TERM}/facts/activity-held", held()), 403, "role-may-not")
    assert (await town.actor("auditor", COMMITTEE).get(TERM)).status_code == 200
    assert (await town.committee.post(f"{TERM}/facts/activity-held", held())).status_code == 201
