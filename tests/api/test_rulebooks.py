"""The rulebooks over HTTP: which set judges here, each book whole, and who may say that it was adopted."""

from typing import Any

import pytest

from domain.rulesaid import EditionSaid
from registry.rulebooks import unpacked
from tests.api.conftest import Asker, Town
from tests.school import COMMITTEE


async def university(town: Town) -> str:
    """A university's committee, as the views know it."""
    said = {
        "effective_on": "2020-01-01",
        "unit_id": "university",
        "unit_kind": "university-committee",
        "name": "大学党委",
        "name_en": "University committee",
    }
    answer = await town.department.post("/v1/units", said, key="university")
    assert answer.status_code in (200, 201), answer.text
    await town.department.get("/v1/units", **{"Log-Position": answer.headers["Log-Position"]})
    return "university"


def wish(unit: str, **changes: Any) -> dict[str, Any]:
    """What is asked, unless it is changed."""
    return {"name": "sample", "reason": "决定〔2026〕12号", "approved_by": "second", "by_unit": unit, **changes}


async def test_the_books_are_listed_and_read(town: Town) -> None:
    """The list names editions and policy with the digest of the set; each is read whole, with sources and marks."""
    listed = (await town.secretary.get("/v1/rulebooks")).json()
    assert listed["digest"] == town.school.desk.rulebooks.digest
    assert [(one["name"], one["kind"], one["in_force_from"]) for one in listed["items"]] == [
        ("cpc-2014", "edition", "2014-05-28"),
        ("cpc-2026", "edition", "2026-05-11"),
        ("sample", "policy", None),
    ]
    edition = (await town.secretary.get("/v1/rulebooks/cpc-2026")).json()
    assert set(edition) == set(EditionSaid.__dataclass_fields__)
    assert len(edition["rules"]) == listed["items"][1]["rules"]
    rule = next(one for one in edition["rules"] if one["id"] == "LEAVING_3M")
    assert (rule["check"], rule["confidence"], rule["sources"]) == ("margin", "verify", ["R26-18"])
    assert rule["parameters"] == {"until": "leaves", "limit": {"months": 3}, "unless": ["departure-consented"]}
    policy = (await town.secretary.get("/v1/rulebooks/sample")).json()
    assert policy["semesters"][0]["name"] == "2024-2025-1"
    unknown = await town.secretary.get("/v1/rulebooks/cpc-2031")
    assert unknown.status_code == 404
    assert "cpc-2026" in unknown.json()["detail"]


async def test_an_adoption_is_recorded_once_and_shown(town: Town) -> None:
    """Before it, the set is told as adopted by nobody; after it, by whom; the text is in the log; a repeat repeats."""
    unit = await university(town)
    before = (await town.secretary.get("/v1/rulebooks")).json()
    ready = (await town.http.get("/ready")).json()["rulebooks"]
    assert before["adopted"] is ready["adopted"] is False
    assert "no committee has adopted this set" in ready["warning"]
    first = await town.department.post("/v1/rulebooks/adoptions", wish(unit), key="adopt")
    assert first.status_code == 201, first.text
    again = await town.department.post("/v1/rulebooks/adoptions", wish(unit), key="adopt")
    assert (again.status_code, again.json()["position"]) == (200, first.json()["position"])
    shown = (await town.secretary.get("/v1/rulebooks")).json()
    assert shown["adopted"] is True
    (one,) = shown["adoptions"]
    assert (one["name"], one["digest"], one["running"], one["approved_by"]) == (
        "sample",
        shown["digest"],
        True,
        "second",
    )
    ready = (await town.http.get("/ready")).json()["rulebooks"]
    assert (ready["adopted"], ready["warning"]) == (True, "")
    (entry,) = await town.school.desk.log.after(first.json()["position"] - 1, limit=1)
    fact: Any = town.school.desk.mapping.to_event(entry)
    assert unpacked(fact.files).read().digest == shown["digest"]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"name": "cpc-2031"}, 422, "is not in this set"),
        ({"approved_by": "organisation-department"}, 422, "nobody agrees with themselves"),
        ({"reason": ""}, 422, "say why"),
        ({"by_unit": COMMITTEE}, 422, "a university-committee adopts"),
        ({"in_force_from": "soon"}, 422, "in_force_from"),
    ],
)
async def test_adoption_that_means_nothing(town: Town, changes: dict[str, Any], status: int, says: str) -> None:
    """Each mistake is a problem that names its field, and nothing is written."""
    unit = await university(town)
    answer = await town.department.post("/v1/rulebooks/adoptions", wish(unit, **changes))
    assert answer.status_code == status, answer.text
    assert says in answer.text


async def test_who_may_adopt(town: Town) -> None:
    """The organisation department and the admin enter it; nobody else, and nobody by the way of other facts."""
    unit = await university(town)
    refused: Asker = town.secretary
    answer = await refused.post("/v1/rulebooks/adoptions", wish(unit))
    assert (answer.status_code, answer.json()["roles"]) == (403, ["admin", "organisation-department"])
    by_hand = {"effective_on": "2026-01-01", "name": "x", "digest": "y", "in_force_from": "2026-01-01", "files": []}
    answer = await town.department.post(f"/v1/units/{unit}/facts/rulebook-adopted", by_hand)
    assert answer.status_code in (403, 404)
    assert (await town.department.post("/v1/rulebooks/adoptions", wish(unit), key=None)).status_code == 400
