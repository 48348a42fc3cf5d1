"""What is stuck, over HTTP: groups with counts, then each; narrowed, masked, page by page; and when somebody looked last."""

from datetime import timedelta
from typing import Any

from domain.calendar import civil_day
from domain.causes import CAUSES
from runtime.clock import now
from tests.api.conftest import Asker, Town, talk
from tests.engine import until
from tests.school import BRANCH, COMMITTEE
from views.troubles import Round, Trouble, Troubles


async def board(asker: Asker, query: str = "") -> dict[str, Any]:
    """The board as somebody reads it."""
    response = await asker.get(f"/v1/stuck{query}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def caught_up(town: Town) -> None:
    """Wait until the views have followed the log to its end."""
    views = town.app.state.house.views
    assert await views.wait_for(await town.school.desk.log.size(), 10)


def of(found: dict[str, Any], address: str) -> dict[str, Any]:
    """The item of a path."""
    (item,) = [one for one in found["items"] if one["href"] == address]
    return dict(item)


async def test_what_nobody_did_in_time_is_told_with_all_it_rests_on(town: Town) -> None:
    """Who, where, which step, waiting for whom, since when, due, how late, rule and source, the next act."""
    address = await town.opened(days_ago=40)
    await caught_up(town)
    found = await board(town.secretary, "?cause=overdue&limit=500")
    (group,) = found["groups"]
    assert (group["cause"], group["kind"], group["severity"]) == ("overdue", "people", "stuck")
    assert "branch-secretary" in group["frees"]  # and whoever owes something on another path
    assert group["count"] == len(found["items"]) == found["stuck"]
    assert group["next"]["act"] == "remind-again"
    item, opened_on = of(found, address), civil_day(now()) - timedelta(days=40)
    assert (item["name"], item["unit"], item["step"], item["waits_for"]) == ("林晓", BRANCH, "S02", "branch-secretary")
    assert item["since"] == opened_on.isoformat()
    assert (item["obligation"], item["rests_on"], item["last_reminder"]) == ("talk", [1], None)
    assert item["sources"]
    late = (civil_day(now()) - civil_day(now()).fromisoformat(item["due_on"])).days
    assert item["days_late"] == late > 0
    assert item["zh"] == f"支部书记最迟应于 {item['due_on']} 派人同入党申请人谈话，已逾期 {late} 天"
    assert item["en"].endswith("overdue")
    await town.secretary.post(f"{address}/facts/applicant-talk-held", talk())
    await caught_up(town)
    assert address not in [one["href"] for one in (await board(town.secretary, "?cause=overdue&limit=500"))["items"]]


async def test_names_are_for_those_who_deal_with_the_person(town: Town) -> None:
    """An admin sees pseudonyms; a look at names is written down, one at pseudonyms as a list."""
    address = await town.opened(days_ago=45)
    await caught_up(town)
    seen = of(await board(town.actor("admin", COMMITTEE), "?limit=500"), address)
    assert (seen["name"], seen["student_no"]) == (None, None)
    assert of(await board(town.committee, "?limit=500"), address)["student_no"]


async def test_a_unit_sees_its_own(town: Town) -> None:
    """Nobody looks beside or above their own unit; a role that does not read has no board."""
    await caught_up(town)
    assert (await town.secretary.get(f"/v1/stuck?unit={COMMITTEE}")).status_code == 403
    assert (await town.actor("system", BRANCH).get("/v1/stuck")).status_code == 403
    elsewhere = await board(town.actor("branch-secretary", "branch-9"))
    assert elsewhere["paths"] == 0
    assert not [one for one in elsewhere["items"] if one["path_id"]]


async def test_pages_go_through_all_and_name_each_once(town: Town) -> None:
    """Behind the last row of a page comes the next one, in order of how long it has been stuck."""
    for days in (41, 42, 43):
        await town.opened(days_ago=days)
    await caught_up(town)
    whole = (await board(town.secretary, "?cause=overdue&limit=500"))["items"]
    paged: list[dict[str, Any]] = []
    page = await board(town.secretary, "?cause=overdue&limit=2")
    while True:
        paged += page["items"]
        if page["next"] is None:
            break
        response = await town.secretary.get(page["next"])
        page = response.json()
    assert [one["href"] for one in paged] == [one["href"] for one in whole]
    assert [one["stuck_at"] for one in whole] == sorted(one["stuck_at"] for one in whole)
    assert (await town.secretary.get("/v1/stuck?cursor=nonsense")).status_code == 400


async def test_it_is_narrowed_by_age_and_by_who_frees_it(town: Town) -> None:
    """Older than some days; what a role frees, or a recipient; what is no cause, no role and no age is refused."""
    address = await town.opened(days_ago=60)
    await caught_up(town)
    assert address in [one["href"] for one in (await board(town.secretary, "?older_than_days=20&limit=500"))["items"]]
    young = await board(town.secretary, "?older_than_days=10000")
    assert (young["items"], young["groups"]) == ([], [])
    theirs = await board(town.secretary, "?frees=branch-secretary&limit=500")
    assert {one["frees"] for one in theirs["items"]} == {"branch-secretary"}
    assert {one["frees"] for one in (await board(town.secretary, "?frees=admin&limit=500"))["items"]} <= {"admin"}
    nobody = await board(town.secretary, "?frees=6f0b1c9e-0000-4000-8000-000000000000")
    assert nobody["items"] == []
    for query, word in (("cause=lost", "overdue"), ("frees=nobody", "admin"), ("older_than_days=-1", "greater")):
        response = await town.secretary.get(f"/v1/stuck?{query}")
        assert response.status_code == 422
        assert word in response.text


async def test_a_recipient_finds_what_they_can_free(town: Town) -> None:
    """By the post that is recorded of them, at their unit and not elsewhere."""
    address = await town.opened(days_ago=50)
    number = town.school.student()
    said = {"number": number, "name": "陈一", "effective_on": "2024-01-01"}
    registered = await town.department.post("/v1/recipients", said)
    assert registered.status_code == 201, registered.text
    recipient = registered.json()["path_id"]
    post = {"number": number, "post": "branch-secretary", "effective_on": "2024-01-01"}
    appointed = await town.department.post(f"/v1/units/{BRANCH}/facts/appointed", post)
    assert appointed.status_code == 201, appointed.text
    await caught_up(town)

    async def found() -> bool:
        theirs = await board(town.department, f"?frees={recipient}&limit=500")
        return address in [one["href"] for one in theirs["items"]]

    await until(found)


async def test_nothing_changed_is_answered_without_a_body(town: Town) -> None:
    """The ETag stands while only the watch has looked again, and falls when something has become stuck."""
    troubles = Troubles(town.app.state.house.views)
    await caught_up(town)
    await troubles.save([], Round(now(), 7, 0.1))
    first = await town.secretary.get("/v1/stuck")
    await troubles.save([], Round(now(), 7, 0.1))
    again = await town.secretary.get("/v1/stuck", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    await town.opened(days_ago=70)
    await caught_up(town)
    assert (await town.secretary.get("/v1/stuck", **{"If-None-Match": first.headers["ETag"]})).status_code == 200


async def test_technical_causes_stand_beside_and_are_told_in_full_to_who_mends_them(town: Town) -> None:
    """Everybody learns that there is one and who frees it; what a program said of itself is for the admin."""
    troubles = Troubles(town.app.state.house.views)
    address = await town.opened()
    path_id = address.rpartition("/")[2]
    await caught_up(town)
    since = now() - timedelta(minutes=5)
    workflow = Trouble(
        "activity-retrying",
        f"path/{path_id}",
        "活动重试：坏了",
        "it fails: Lin",
        None,
        f"path/{path_id}",
        "Path",
        since,
    )
    await troubles.save(
        [workflow, Trouble("no-worker", "paths", "没有", "no worker", since=since)], Round(now(), 7, 0.1)
    )
    admin = await board(town.actor("admin", COMMITTEE), "?cause=activity-retrying")
    assert (admin["items"][0]["en"], admin["items"][0]["next"]["act"]) == ("it fails: Lin", "retry-now")
    assert (admin["groups"][0]["count"], admin["groups"][0]["frees"]) == (1, ["admin"])
    theirs = await board(town.secretary, "?cause=activity-retrying")
    assert theirs["items"][0]["en"] == CAUSES["activity-retrying"].en
    assert "no-worker" in [one["cause"] for one in (await board(town.secretary))["groups"]]
    later = now()
    await troubles.save([workflow], Round(later, 7, 0.1))
    kept = (await troubles.known())["activity-retrying", f"path/{path_id}"]
    assert kept.since == since, "since when it lasts is what was said first"
    await troubles.save([], Round(later, 7, 0.1))
    assert not await troubles.known()


async def test_a_watch_that_is_silent_is_a_cause_itself(town: Town) -> None:
    """Nobody is told that nothing is stuck by a board that nobody keeps."""
    troubles = Troubles(town.app.state.house.views)
    await troubles.save([], Round(now(), 7, 0.1))
    fresh = await board(town.actor("branch-secretary", "branch-9"))
    assert (fresh["stuck"], fresh["groups"]) == (0, [])
    assert fresh["zh"].startswith("没有卡住的流程。最近一次巡查 ")
    assert fresh["en"].startswith("nothing is stuck; last looked at ")
    await troubles.save([], Round(now() - timedelta(minutes=2), 7, 0.1))
    silent = await board(town.actor("branch-secretary", "branch-9"))
    assert [one["cause"] for one in silent["groups"]] == ["watch-silent"]
    assert silent["items"][0]["zh"].startswith("最近一次巡查在")
