"""Evidence in bulk: one batch, many paths, all or nothing."""

from typing import Any

from tests.api.conftest import Town
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


def attended(path: str, **changes: Any) -> dict[str, Any]:
    """An item: somebody took part in something."""
    said = {"effective_on": day(0), "activity": "lecture", "hours": 2, **changes}
    return {"path_id": path.rpartition("/")[2], "topic": "cultivation-activity-recorded", "said": said}


async def test_a_batch_is_recorded_whole(town: Town) -> None:
    """Several facts about several paths stand in one transaction, each in its path; a repeat adds nothing."""
    one, two = await town.opened(), await town.opened()
    body = {"facts": [attended(one), attended(two), attended(one, hours=3)]}
    done = await town.secretary.post("/v1/evidence", body, key="batch-1")
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["facts"], told["repeated"]) == (3, False)
    assert {path["path_id"]: path["version"] for path in told["paths"]} == {
        one.rpartition("/")[2]: 3,
        two.rpartition("/")[2]: 2,
    }
    assert done.headers["log-position"] == str(told["position"])
    again = await town.secretary.post("/v1/evidence", body, key="batch-1")
    assert (again.status_code, again.json()) == (200, told | {"repeated": True})
    history = (await town.secretary.get(f"{one}/history")).json()["facts"]
    assert [(fact["mode"], fact["by_unit"]) for fact in history[1:]] == [("record", BRANCH)] * 2
    problem(await town.secretary.post("/v1/evidence", {"facts": [attended(one)]}, key="batch-1"), 422, "key-reused")


async def test_a_batch_with_a_mistake_writes_nothing(town: Town) -> None:
    """Every wrong field is named with the number of its item; an unknown path or a decision is refused as well."""
    path = await town.opened()
    wrong = {"facts": [attended(path), attended(path, hours=-1), attended(path, activity="sleep")]}
    told = problem(await town.secretary.post("/v1/evidence", wrong), 422, "wrong-shape")
    assert [one["field"] for one in told["faults"]] == ["facts.1.said.hours", "facts.2.said.activity"]
    future = problem(
        await town.secretary.post("/v1/evidence", {"facts": [attended(path, effective_on="2999-01-01")]}),
        422,
        "wrong-shape",
    )
    assert "effective_on" in future["detail"]
    nobody = attended("/v1/paths/00000000-0000-4000-8000-000000000000")
    problem(await town.secretary.post("/v1/evidence", {"facts": [attended(path), nobody]}), 404, "unknown-path")
    decision = attended(path) | {"topic": "path-withdrawn", "said": {"effective_on": day(0)}}
    told = problem(await town.secretary.post("/v1/evidence", {"facts": [decision]}), 422, "wrong-shape")
    assert told["faults"][0]["field"] == "facts.0.topic"
    assert (await town.secretary.get(path)).headers["etag"] == '"1"'


async def test_a_batch_has_its_shape(town: Town) -> None:
    """Nothing but a list of items with their three members, and not more than one transaction bears."""
    path = await town.opened()
    bodies: list[dict[str, Any]] = [
        {},
        {"facts": []},
        {"facts": {}},
        {"facts": [1]},
        {"facts": [attended(path)], "more": 1},
        {"facts": [attended(path) | {"mode": "record"}]},
        {"facts": [attended(path) | {"said": []}]},
        {"facts": [attended(path)] * 2001},
    ]
    for body in bodies:
        problem(await town.secretary.post("/v1/evidence", body), 422, "wrong-shape")
    problem(await town.secretary.post("/v1/evidence", {"facts": [attended("x")]}), 404, "unknown-path")
    unknown = attended(path) | {"topic": "slept"}
    problem(await town.secretary.post("/v1/evidence", {"facts": [unknown]}), 404, "unknown-fact")


async def test_a_batch_is_held_to_the_same_rights(town: Town) -> None:
    """Another branch, a role that may not, another unit's name: nothing is written for any item."""
    path = await town.opened()
    body = {"facts": [attended(path)]}
    problem(await town.actor("branch-secretary", "branch-2").post("/v1/evidence", body), 403, "not-your-unit")
    problem(await town.actor("auditor", COMMITTEE).post("/v1/evidence", body), 403, "role-may-not")
    other = {"facts": [attended(path, by_unit=COMMITTEE)]}
    problem(await town.secretary.post("/v1/evidence", other), 403, "not-your-unit")
    assert (await town.actor("system", COMMITTEE).post("/v1/evidence", body)).status_code == 201
