"""Replaying through the API: two clocks, fact by fact, two points compared, the roll of a unit, the audit of a period."""

from typing import Any
from urllib.parse import quote

from tests.api.conftest import Asker, Town, activist, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


def auditor(town: Town) -> Asker:
    """The auditor of the committee."""
    return town.actor("auditor", COMMITTEE)


async def made(town: Town) -> tuple[str, list[str]]:
    """A path with three facts, the last a decision entered late; and the moments at which each was recorded."""
    path = await town.opened(days_ago=40)
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(effective_on=day(20)))
    body = activist(effective_on=day(10), reason="paper")
    await town.secretary.post(f"{path}/facts/activist-determined?mode=record", body)
    history = (await town.secretary.get(f"{path}/history")).json()
    return path, [quote(fact["recorded_at"]) for fact in history["facts"]]


async def test_a_path_has_two_clocks(town: Town) -> None:
    """What had happened by a day and what was known at a moment are asked apart, and both at once."""
    path, moments = await made(town)

    async def stage(query: str) -> str:
        return str((await town.secretary.get(f"{path}?{query}")).json()["judgement"]["stage"])

    assert await stage(f"as_of={day(11)}") == "applicant"
    assert await stage(f"as_of={day(10)}") == "activist"
    assert await stage(f"known={moments[1]}") == "applicant"
    assert await stage(f"known={moments[2]}") == "activist"
    assert await stage(f"as_of={day(5)}&known={moments[1]}") == "applicant"
    assert await stage(f"on={day(11)}") == "applicant"


async def test_a_moment_says_its_zone_and_a_path_its_beginning(town: Town) -> None:
    """A moment without a zone is not guessed; a moment before the path was recorded says since when it is known."""
    path, moments = await made(town)
    told = problem(await town.secretary.get(f"{path}?known=2026-03-02T16:00:00"), 422, "wrong-shape")
    assert "zone" in told["detail"]
    told = problem(await town.secretary.get(f"{path}?known=2020-01-01T00:00:00Z"), 404, "unknown-path")
    assert moments[0][:10] in told["detail"]


async def test_versions_lead_to_each_other(town: Town) -> None:
    """A version read by itself has links to the one before and the one after, where there are such."""
    path, _ = await made(town)
    assert 'upto=2>; rel="next"' in (await town.secretary.get(f"{path}?upto=1")).headers["link"]
    both = (await town.secretary.get(f"{path}?upto=2")).headers["link"]
    assert 'upto=1>; rel="prev"' in both
    assert 'upto=3>; rel="next"' in both
    assert "next" not in (await town.secretary.get(f"{path}?upto=3")).headers["link"]


async def test_a_replay_shows_what_each_fact_changed(town: Town) -> None:
    """Entry by entry as it was recorded, or day by day as it happened: the stage moves at the decision."""
    path, moments = await made(town)
    for by in ("recorded", "happened"):
        frames = (await auditor(town).get(f"{path}/replay?by={by}")).json()["frames"]
        assert [frame["stage"] for frame in frames] == ["applicant", "applicant", "activist"]
        moved = [one for one in frames[-1]["changed"] if one["what"] == "stage"]
        assert moved == [{"what": "stage", "name": "", "before": "applicant", "after": "activist"}]
        assert [frame["state"] for frame in frames] == ["same", "none", "same"]
    frames = (await auditor(town).get(f"{path}/replay?by=happened")).json()["frames"]
    assert [frame["day"] for frame in frames] == [day(40), day(20), day(10)]
    assert len((await auditor(town).get(f"{path}/replay?known={moments[1]}")).json()["frames"]) == 2
    assert len((await auditor(town).get(f"{path}/replay?as_of={day(20)}")).json()["frames"]) == 2


async def test_two_points_are_compared(town: Town) -> None:
    """What a later entry changed about a day that had passed: the same day, as known before and after."""
    path, moments = await made(town)
    address = f"{path}/difference?as_of={day(5)}&known={moments[1]}&to_as_of={day(5)}"
    found = (await auditor(town).get(address)).json()
    assert (found["before"]["version"], found["after"]["version"]) == (2, 3)
    assert {"what": "stage", "name": "", "before": "applicant", "after": "activist"} in found["differences"]
    same = (await auditor(town).get(f"{path}/difference?as_of={day(5)}&to_as_of={day(5)}")).json()
    assert same["differences"] == []


async def test_the_roll_of_a_unit_on_a_day_as_known(town: Town) -> None:
    """Who was an activist on a day depends on what was known when; the committee's roll has its branches' people."""
    path, moments = await made(town)

    async def stages(query: str, unit: str = BRANCH) -> dict[str, str]:
        found: dict[str, str] = {}
        address: str | None = f"/v1/units/{unit}/roll?{query}"
        while address:
            body = (await town.committee.get(address)).json()
            found |= {row["path_id"]: row["stage"] for row in body["items"]}
            address = body["next"]
        return found

    path_id = path.rpartition("/")[2]
    await town.app.state.house.views.wait_for(await town.school.desk.log.size(), 5)
    assert (await stages(f"as_of={day(10)}"))[path_id] == "activist"
    assert (await stages(f"as_of={day(10)}", COMMITTEE))[path_id] == "activist"
    assert path_id not in await stages(f"as_of={day(10)}&known={moments[1]}&stage=activist")
    assert path_id in await stages(f"as_of={day(10)}&known={moments[1]}&stage=applicant")
    assert path_id not in await stages(f"as_of={day(41)}")
    problem(await town.secretary.get(f"/v1/units/{COMMITTEE}/roll"), 403, "not-your-unit")
    told = problem(await town.secretary.get(f"/v1/units/{BRANCH}/roll?stage=member"), 422, "wrong-shape")
    assert "probationary-member" in told["detail"]


async def test_an_audit_lists_findings_with_their_evidence(town: Town) -> None:
    """Every finding of the period names rule, source and the positions it rests on; decisions are judged again."""
    path, _ = await made(town)
    await town.app.state.house.views.wait_for(await town.school.desk.log.size(), 5)
    history = (await town.secretary.get(f"{path}/history")).json()["facts"]
    found = await audited(town, f"from={day(10)}&to={day(10)}", path)
    rules = {one["finding"]["rule"]: one for one in found["findings"]}
    assert rules["ACT_RECOMMENDED"]["position"] == history[2]["position"]
    assert rules["ACT_RECOMMENDED"]["position"] in rules["ACT_RECOMMENDED"]["evidence"]
    assert rules["ACT_RECOMMENDED"]["finding"]["sources"]
    (decision,) = found["decisions"]
    assert (decision["stage_before"], decision["stage_after"]) == ("applicant", "activist")
    assert (decision["mode"], decision["digest"], decision["agrees"]) == ("record", "same", True)
    assert await audited(town, f"from={day(9)}&to={day(0)}", path) == {"findings": [], "decisions": []}


async def audited(town: Town, query: str, path: str) -> dict[str, list[dict[str, Any]]]:
    """What an audit says of one path, from all its pages."""
    found: dict[str, list[dict[str, Any]]] = {"findings": [], "decisions": []}
    address: str | None = f"/v1/audit?unit={BRANCH}&{query}"
    while address:
        body = (await auditor(town).get(address)).json()
        for name, items in found.items():
            items.extend(one for one in body[name] if path.endswith(str(one["path_id"])))
        address = body["next"]
    return found


async def test_only_auditors_audit_and_a_period_does_not_end_before_it_begins(town: Town) -> None:
    """A secretary is told who audits; days the wrong way round are told."""
    period = f"/v1/audit?from={day(9)}&to={day(0)}"
    problem(await town.secretary.get(period), 403, "role-may-not")
    problem(await auditor(town).get(f"/v1/audit?from={day(0)}&to={day(9)}"), 422, "wrong-shape")
    assert (await auditor(town).get(period)).status_code == 200
