"""Plan and forecast through the API: days with their rules, what is assumed, who may ask, and what cannot be asked."""

from datetime import timedelta

from domain.calendar import civil_day
from runtime.clock import now
from tests.api.conftest import Town, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


async def test_plan_names_the_first_day_and_the_rule_of_every_act(town: Town) -> None:
    """What remains of an applicant's path, each act with its day, its reason and its last day before leaving."""
    leaves = civil_day(now()) + timedelta(days=1500)
    path = await town.opened(days_ago=40, leaves_on=leaves.isoformat())
    response = await town.secretary.get(f"{path}/plan")
    planned = response.json()
    assert (response.status_code, response.headers["etag"]) == (200, '"1"')
    assert int(response.headers["log-position"])
    assert (planned["stage"], planned["by"], planned["by_from"], planned["feasible"]) == (
        "applicant",
        leaves.isoformat(),
        "leaves",
        True,
    )
    assert [one["stage"] for one in planned["goals"]][-1] == "completed"
    held = planned["acts"][0]
    assert (held["name"], held["earliest"], held["by_unit"]) == ("applicant-talk-held", day(0), BRANCH)
    assert [one["rule"] for one in held["findings"]] == ["TALK_1M"]
    proposed = next(one for one in planned["acts"] if one["name"] == "development-target-proposed")
    assert (proposed["because"]["rule"], proposed["because"]["kind"]) == ("CULTIVATE_1Y", "rule")
    assert proposed["because"]["sources"]
    approved = next(one for one in planned["acts"] if one["name"] == "admission-approved")
    assert approved["by_unit"] == COMMITTEE


async def test_plan_by_a_day_that_cannot_be_says_why(town: Town) -> None:
    """Wanted within a year, the end is out of reach, by so many days and these rules; the branch may ask on another day."""
    path = await town.opened(days_ago=10)
    by = (civil_day(now()) + timedelta(days=200)).isoformat()
    planned = (await town.secretary.get(f"{path}/plan?by={by}&day={day(-7)}")).json()
    assert (planned["feasible"], planned["day"], planned["by_from"]) == (False, day(-7), "asked")
    assert planned["late_days"] > 500
    assert {"CULTIVATE_1Y", "CONVERT_NOT_EARLY"} <= {one["rule"] for one in planned["obstacles"]}


async def test_what_if_is_answered_or_refused_with_the_rule(town: Town) -> None:
    """An assumed day moves what follows; one that a rule forbids is the problem that recording it would be."""
    path = await town.opened(days_ago=10)
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())
    later = (civil_day(now()) + timedelta(days=60)).isoformat()
    planned = (await town.secretary.get(f"{path}/plan?assume=activist-determined={later}")).json()
    determined = next(one for one in planned["acts"] if one["name"] == "activist-determined")
    assert (determined["earliest"], determined["assumed"]) == (later, True)
    refused = await town.secretary.get(f"{path}/plan?assume=development-target-proposed={later}")
    assert problem(refused, 409, "step-too-early")["rule"] == "CULTIVATE_1Y"


async def test_question_that_makes_no_sense_is_told(town: Town) -> None:
    """An unknown kind, a day that is none, a day in the past, a plan from before the opening."""
    path = await town.opened(days_ago=10)
    for query in ("assume=promotion=2030-01-01", "assume=oath-taken", f"assume=oath-taken={day(1)}", f"day={day(11)}"):
        told = problem(await town.secretary.get(f"{path}/plan?{query}"), 422, "wrong-shape")
        assert told["faults"][0]["field"] in ("assume", "day")


async def test_days_at_the_ends_of_the_calendar_are_slips_of_the_pen(town: Town) -> None:
    """A day of the year 9999 is told at once: nothing is counted from it, and nobody else waits while it is."""
    path = await town.opened(days_ago=10)
    unit = f"/v1/units/{BRANCH}"
    asked = [f"{path}/plan?by=9999-12-31", f"{path}/plan?day=9999-12-31", f"{unit}/forecast?day=0001-01-01"]
    asked += [f"{path}/plan?assume=oath-taken={year}-12-31" for year in (2099, 9999)]
    asked += [f"{path}?as_of=9999-12-31", f"{path}/difference?to_as_of=0001-01-01", f"{unit}/roll?as_of=9999-12-31"]
    for one in asked:
        assert "is the year right?" in problem(await town.secretary.get(one), 422, "wrong-shape")["detail"], one


async def test_plan_and_forecast_are_for_those_who_read_the_path(town: Town) -> None:
    """The secretary of another branch sees neither; somebody above sees both."""
    path = await town.opened()
    stranger = town.actor("branch-secretary", "elsewhere")
    problem(await stranger.get(f"{path}/plan"), 403, "not-your-unit")
    problem(await stranger.get(f"/v1/units/{BRANCH}/forecast"), 403, "not-your-unit")
    assert (await town.committee.get(f"{path}/plan")).status_code == 200


async def test_forecast_counts_by_month_and_lists_whom(town: Town) -> None:
    """A path that was opened is in the counts and in the list, with its name for those who deal with the person."""
    path = await town.opened(days_ago=10)
    position = (await town.secretary.get(path)).headers["log-position"]
    await town.secretary.get("/v1/paths", **{"Log-Position": position})
    found = (await town.committee.get(f"/v1/units/{BRANCH}/forecast?months=18")).json()
    assert len(found["months"]) == 18
    mine = [one for one in found["ripe"] if one["href"] == path]
    assert [one["stage"] for one in mine][:2] == ["activist", "development-target"]
    assert mine[0]["name"] == "林晓"
    assert mine[1]["because"]["rule"]
    counted = sum(one["counts"]["development-target"] for one in found["months"])
    assert counted == sum(one["stage"] == "development-target" for one in found["ripe"])
    auditor = town.actor("auditor", COMMITTEE)
    shown = (await auditor.get(f"/v1/units/{BRANCH}/forecast")).json()
    assert {one["name"] for one in shown["ripe"]} == {None}
