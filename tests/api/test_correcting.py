"""Corrections through the API: what history shows, and who may correct what."""

from tests.api.conftest import Town, talk
from tests.school import COMMITTEE, today


async def test_history_shows_what_was_corrected_beside_what_was_recorded(town: Town) -> None:
    """The entry stays as it was, marked with the versions that say otherwise, and with the values that count now."""
    path = await town.opened(days_ago=20)
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())
    why = {"effective_on": today(), "reason": "笔误", "approved_by": "wang"}
    wrong = await town.secretary.post(
        f"{path}/facts/fact-corrected", {"corrects": 1, "says": {"name": "李蕾", "leaves_on": "2028-06-30"}, **why}
    )
    assert wrong.status_code == 201, wrong.json()
    assert (await town.secretary.post(f"{path}/facts/fact-retracted", {"retracts": 2, **why})).status_code == 201
    opening, held, correction, _ = (await town.secretary.get(f"{path}/history")).json()["facts"]
    assert (opening["corrected_by"], opening["now"]) == ([3], {"name": "李蕾", "leaves_on": "2028-06-30"})
    assert opening["fields"]["name"] != "李蕾"
    assert correction["fields"]["says"]["name"] == "李蕾"
    assert (held["retracted_by"], held["now"]) == (4, None)
    assert (await town.secretary.get(path)).json()["name"] == "李蕾"
    read_by_auditor = (await town.actor("auditor", COMMITTEE).get(f"{path}/history")).json()["facts"]
    assert read_by_auditor[0]["now"]["name"] is None
    assert read_by_auditor[2]["fields"]["says"]["name"] is None
    assert (await town.secretary.get(f"{path}/facts/1")).json()["corrected_by"] == [3]


async def test_an_entry_is_corrected_by_whoever_may_record_it(town: Town) -> None:
    """A branch does not correct what the committee decided; a batch takes no corrections; the same person is no second."""
    path = await town.opened(days_ago=20)
    await town.committee.post(
        f"{path}/facts/disciplinary-matter-opened", {"effective_on": today(), "by_unit": COMMITTEE}
    )
    why = {"effective_on": today(), "reason": "笔误", "approved_by": "wang"}
    said = {"corrects": 2, "says": {"reason": "误记"}, **why}
    assert (await town.secretary.post(f"{path}/facts/fact-corrected", said)).status_code == 403
    assert (await town.committee.post(f"{path}/facts/fact-corrected", said)).status_code == 201
    assert (await town.secretary.post(f"{path}/facts/fact-retracted", {"retracts": 3, **why})).status_code == 403
    own = await town.secretary.post(
        f"{path}/facts/fact-retracted", {"retracts": 2, **why, "approved_by": "branch-secretary"}
    )
    assert own.status_code in {403, 422}
    item = {"path_id": path.rpartition("/")[2], "topic": "fact-retracted", "said": {"retracts": 2, **why}}
    batch = await town.secretary.post("/v1/evidence", {"facts": [item]})
    assert batch.status_code == 422
    assert "by itself" in batch.text
