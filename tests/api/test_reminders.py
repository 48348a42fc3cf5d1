"""Reminders over HTTP: what was told and came of it, what will be; to whom, why; narrowed, masked, page by page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.calendar import civil_day
from registry.due import due
from registry.record import record
from runtime.clock import now
from tests.api.conftest import Asker, Town, talk
from tests.school import BRANCH, COMMITTEE, today


async def listed(asker: Asker, query: str = "", where: str = "") -> dict[str, Any]:
    """The ledger as somebody reads it."""
    response = await asker.get(f"/v1/reminders{where}{query}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def caught_up(town: Town) -> None:
    """Wait until the views have followed the log to its end."""
    size = await town.school.desk.log.size()
    assert await town.app.state.house.views.wait_for(size, 10) >= size


async def recipient(town: Town) -> str:
    """Somebody of the staff who can be reached by mail: their id."""
    number = town.school.student()
    said = {"number": number, "name": "陈一", "effective_on": "2024-01-01"}
    registered = await town.department.post("/v1/recipients", said)
    assert registered.status_code == 201, registered.text
    recipient_id: str = registered.json()["path_id"]
    address = {"channel": "mail", "address": f"{number}@staff.example", "effective_on": "2024-01-01"}
    given = await town.department.post(f"/v1/recipients/{recipient_id}/facts/address-given", address)
    assert given.status_code == 201, given.text
    return recipient_id


async def refused(town: Town, address: str, recipient_id: str) -> None:
    """Record that the mail server refused what is due on a path, as the mailroom does."""
    path_id, desk = UUID(address.rpartition("/")[2]), town.school.desk
    reminder = (await due(desk, await desk.load(path_id), now())).send[0]
    said: dict[str, Any] = {
        "obligation": reminder.obligation,
        "step": reminder.step,
        "owed_by": reminder.owed_by,
        "due_on": reminder.due_on.isoformat(),
        "rung_days": reminder.rung_days,
        "channel": "mail",
        "outcome": "refused",
        "code": "550 5.1.1 no such mailbox",
        "recipient": recipient_id,
        "letter": "letter-1",
    }
    asked = town.school.ask(path_id, "reminder-sent", f"told-{path_id}", **said)
    assert (await record(desk, asked, now())).kind == "recorded"
    await caught_up(town)


async def test_a_refused_reminder_is_seen_and_sent_again_by_what_its_row_says(town: Town) -> None:
    """To whom, of what, why, through which channel, with which code; the act in the row has it told once more."""
    address = await town.opened(days_ago=40)
    recipient_id = await recipient(town)
    await refused(town, address, recipient_id)
    path_id = address.rpartition("/")[2]
    (item,) = (await listed(town.secretary, f"?state=refused&path_id={path_id}"))["items"]
    assert (item["name"], item["unit"], item["obligation"], item["owed"], item["href"]) == (
        "林晓",
        BRANCH,
        "talk",
        True,
        address,
    )
    assert (item["to"][0]["name"], item["to"][0]["recipient_id"]) == ("陈一", recipient_id)
    assert (item["channel"], item["code"], item["letter"]) == ("mail", "550 5.1.1 no such mailbox", "letter-1")
    assert (item["on"], item["version"]) == (today(), 2)
    assert item["zh"]
    assert item["sources"]
    assert item["edition"]
    again = item["again"]
    assert (again["needs"], "branch-secretary" in again["roles"]) == (["reason"], True)
    answer = await town.secretary.post(again["href"], {**again["body"], "reason": "地址已更正"})
    assert answer.status_code == 201, answer.text
    await caught_up(town)
    (item,) = (await listed(town.secretary, f"?state=refused&path_id={path_id}"))["items"]
    assert (item["asked_again"], item["again"]) == (True, None)
    planned = (await listed(town.secretary, f"?state=due&path_id={path_id}"))["items"]
    assert (1, item["rung_days"]) in [(one["times"], one["rung_days"]) for one in planned]
    mine = (await listed(town.secretary, f"?recipient={recipient_id}"))["items"]
    assert [one["letter"] for one in mine] == ["letter-1"]


async def test_names_are_for_those_who_deal_with_them_and_looks_are_written_down(town: Town) -> None:
    """An admin reads pseudonyms, of students as of recipients; nobody reads an address; a look at names is recorded."""
    address = await town.opened(days_ago=41)
    recipient_id = await recipient(town)
    await refused(town, address, recipient_id)
    path_id = address.rpartition("/")[2]
    (item,) = (await listed(town.actor("admin", COMMITTEE), f"?state=refused&path_id={path_id}"))["items"]
    assert (item["name"], item["student_no"], item["to"][0]["name"]) == (None, None, None)
    assert item["to"][0]["recipient_id"] == recipient_id
    whole = await town.secretary.get(f"/v1/reminders?path_id={path_id}")
    assert "@staff.example" not in whole.text
    looks = await town.department.get(f"/v1/paths/{path_id}/access", Purpose="audit")
    assert "/v1/reminders" in looks.text


async def test_what_would_go_out_on_a_day_says_who_would_hear_it(town: Town) -> None:
    """Resolved as things stand now: role, unit, channels; who was passed over and why; a day gone by is refused."""
    unit = "branch-told"
    await town.school.set_up_unit(unit, "branch", superior=COMMITTEE)
    recipient_id = str(await town.school.reachable(town.school.student(), unit=unit))
    theirs = town.actor("branch-secretary", unit)
    opened = await theirs.post("/v1/paths", town.application(home_unit=unit))
    assert opened.status_code == 201, opened.text
    path_id = opened.json()["path_id"]
    await caught_up(town)
    ahead = (await listed(theirs, f"?state=planned&path_id={path_id}"))["items"]
    assert all(one["to"] == [] for one in ahead)
    day = ahead[0]["on"]
    found = await listed(theirs, f"?on={day}&obligation=talk", "/due")
    (item,) = found["items"]
    assert (found["day"], item["path_id"], item["on"]) == (day, path_id, day)
    (heard,) = item["to"]
    assert (heard["recipient_id"], heard["role"], heard["unit"]) == (recipient_id, "branch-secretary", unit)
    assert (heard["channels"], item["passed_over"]) == (["mail"], [])
    later = [one for one in ahead if one["owed_by"] != "branch-secretary"]
    up = (await listed(theirs, f"?on={later[0]['on']}", "/due"))["items"]
    assert [one["recipients"] for one in up if one["path_id"] == path_id]
    yesterday = civil_day(now()) - timedelta(days=1)
    wrong = await town.secretary.get(f"/v1/reminders/due?on={yesterday}")
    assert (wrong.status_code, "/v1/reminders?to=" in wrong.text) == (422, True)


async def test_it_goes_page_by_page_and_an_unchanged_list_has_no_body(town: Town) -> None:
    """Each row once, whichever way; the ETag holds while the log grows elsewhere; bad questions are refused."""
    address = await town.opened(days_ago=5)
    await caught_up(town)
    path_id = address.rpartition("/")[2]
    for way in ("oldest", "newest"):
        whole = (await listed(town.secretary, f"?path_id={path_id}&sort={way}"))["items"]
        moments = [one["at"] for one in whole]
        assert moments == sorted(moments, reverse=way == "newest")
        paged, page = list[Any](), await listed(town.secretary, f"?path_id={path_id}&sort={way}&limit=2")
        while page["next"]:
            paged += page["items"]
            page = (await town.secretary.get(page["next"])).json()
        assert [*paged, *page["items"]] == whole
    first = await town.secretary.get(f"/v1/reminders?path_id={path_id}")
    await town.opened()
    await caught_up(town)
    again = await town.secretary.get(f"/v1/reminders?path_id={path_id}", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert int(again.headers["Log-Position"]) > int(first.headers["Log-Position"])
    await town.secretary.post(f"{address}/facts/applicant-talk-held", talk())
    await caught_up(town)
    changed = await town.secretary.get(f"/v1/reminders?path_id={path_id}", **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    for query, status in (
        ("cursor=nonsense", 400),
        ("state=lost", 422),
        ("from=2026-02-02&to=2026-01-01", 422),
        (f"unit={COMMITTEE}", 403),
    ):
        assert (await town.secretary.get(f"/v1/reminders?{query}")).status_code == status
    assert (await town.actor("system", BRANCH).get("/v1/reminders")).status_code == 403
    elsewhere = await listed(town.actor("branch-secretary", "branch-9"))
    assert elsewhere["items"] == []
