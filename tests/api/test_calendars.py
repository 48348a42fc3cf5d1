"""Calendars over HTTP: of a path, and of somebody in a role behind a secret address that can be read, polled and closed."""

from datetime import date
from typing import Any

import icalendar
import pytest

from domain.calendar import civil_day
from runtime.clock import now
from tests.api.conftest import Asker, Town, talk
from tests.api.test_recipients import appoint, branch, registered
from tests.api.test_subjects import followed
from tests.api.test_writing import day
from tests.school import COMMITTEE


async def secretary_with_calendar(town: Town) -> tuple[str, Asker, str, str]:
    """A branch, its secretary as an actor, their recipient id, and the address of their calendar."""
    unit_id, actor = await branch(town)
    number = town.school.student()
    recipient = (await registered(actor, number, mail=f"{number}@x.example")).rpartition("/")[2]
    assert (await appoint(town, unit_id, number))["status"] == 201
    wanted = {"recipient_id": recipient, "role": "branch-secretary", "unit": unit_id}
    response = await actor.post("/v1/calendars", wanted)
    assert response.status_code == 201, response.text
    return unit_id, actor, recipient, local(response.json()["address"])


def local(address: str) -> str:
    """An address without the host under which people reach the installation."""
    return "/v1" + address.partition("/v1")[2]


async def opened_at(town: Town, unit_id: str, actor: Asker, days_ago: int = 3) -> str:
    """The address of a path of a branch."""
    day = civil_day(now()).toordinal() - days_ago
    said = town.application(home_unit=unit_id, effective_on=date.fromordinal(day).isoformat())
    response = await actor.post("/v1/paths", said)
    assert response.status_code == 201, response.text
    await followed(town)
    return str(response.headers["Location"]).partition("/facts/")[0]


def events(text: str) -> list[Any]:
    """The events of a calendar, as the library reads them."""
    calendar = icalendar.Calendar.from_ical(text)
    assert not calendar.errors
    return calendar.walk("VEVENT")


async def test_a_secretary_follows_what_the_branch_owes(town: Town) -> None:
    """The feed has the due day of the talk, in words that tell nothing, and what is met leaves it."""
    unit_id, actor, _, feed = await secretary_with_calendar(town)
    path = await opened_at(town, unit_id, actor)
    response = await town.http.get(feed)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/calendar")
    assert response.headers["cache-control"] == "private, no-cache"
    (event,) = events(response.text)
    owed = (await actor.get(path)).json()["judgement"]["obligations"][0]
    assert event["DTSTART"].dt.isoformat() == owed["due_on"]
    assert event["URL"].endswith(f"{path.removeprefix('/v1')}/steps/S02")
    assert event.walk("VALARM")
    assert [str(event["SUMMARY"]), event["CLASS"]] == ["约见一位同学", "PRIVATE"]
    assert "CATEGORIES" not in event
    uid = str(event["UID"])
    told = await actor.post(f"{path}/facts/applicant-talk-held", talk())
    assert told.status_code == 201, told.text
    await followed(town)
    assert uid not in [str(one["UID"]) for one in events((await town.http.get(feed)).text)]


async def test_polling_costs_nothing_until_something_changes(town: Town) -> None:
    """The same ETag brings 304 without a body, from the process's memory and from the content; a change brings 200."""
    unit_id, actor, _, feed = await secretary_with_calendar(town)
    await opened_at(town, unit_id, actor)
    first = await town.http.get(feed)
    tag = first.headers["etag"]
    for _ in range(2):
        again = await town.http.get(feed, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        town.app.state.house.feeds.clear()
    assert (await town.http.get(feed)).content == first.content
    await opened_at(town, unit_id, actor, days_ago=1)
    changed = await town.http.get(feed, headers={"If-None-Match": tag})
    assert (changed.status_code, len(events(changed.text))) == (200, 2)


async def test_an_event_stays_the_same_event_when_its_day_moves(town: Town) -> None:
    """The application came in later than it was written: the month runs from then, and the same event moves."""
    unit_id, actor, _, feed = await secretary_with_calendar(town)
    path = await opened_at(town, unit_id, actor)
    (before,) = events((await town.http.get(feed)).text)
    received = await actor.post(f"{path}/facts/application-received", {"effective_on": day(1)})
    assert received.status_code == 201, received.text
    await followed(town)
    (after,) = events((await town.http.get(feed)).text)
    assert before["UID"] == after["UID"]
    assert after["DTSTART"].dt > before["DTSTART"].dt
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt  # in a calendar, a second is the least


async def test_an_address_is_closed_at_once_and_never_shown_again(town: Town) -> None:
    """A repeat of the request gives the same address; the list has none; after DELETE it leads nowhere, like one made up."""
    unit_id, actor, recipient, feed = await secretary_with_calendar(town)
    wanted = {"recipient_id": recipient, "role": "branch-secretary", "unit": unit_id}
    twice = [(await actor.post("/v1/calendars", wanted, key="phone")).json() for _ in range(2)]
    assert twice[0] == twice[1]
    listed = (await actor.get(f"/v1/calendars?recipient_id={recipient}")).json()["items"]
    assert [one["address"] for one in listed] == [None, None]
    other = local(twice[0]["address"])
    assert (await town.http.get(other)).status_code == 200
    closed = await town.http.delete(twice[0]["href"], headers={**actor.headers, "Idempotency-Key": "close-1"})
    assert closed.status_code == 204
    gone, never = await town.http.get(other), await town.http.get(f"/v1/calendars/{'A' * 64}.ics")
    told = [{k: v for k, v in one.json().items() if k not in ("instance", "request_id")} for one in (gone, never)]
    assert gone.status_code == never.status_code == 404
    assert told[0] == told[1]
    assert (await town.http.get(feed)).status_code == 200
    again = await actor.post("/v1/calendars", wanted, key="phone")
    assert again.json()["type"] == "/problems/key-reused"


@pytest.mark.parametrize("secret", ["x", "%F0%9F%98%80", "a" * 64, "A" * 63, "../paths", "A" * 5000])
async def test_what_is_no_secret_leads_nowhere(town: Town, secret: str) -> None:
    """Whatever is put in the place of a secret is answered as one that leads nowhere."""
    assert (await town.http.get(f"/v1/calendars/{secret}.ics")).status_code == 404


async def test_a_calendar_ends_with_the_post(town: Town) -> None:
    """Whoever is replaced no longer reads the branch's days; nor does whoever has left."""
    unit_id, actor, recipient, feed = await secretary_with_calendar(town)
    number = (await actor.get(f"/v1/recipients/{recipient}")).json()["number"]
    said = {"effective_on": day(0), "number": number, "post": "branch-secretary", "cause": "replaced"}
    assert (await town.http.get(feed)).status_code == 200
    ended = await town.committee.post(f"/v1/units/{unit_id}/facts/appointment-ended", said)
    assert ended.status_code == 201, ended.text
    assert (await town.http.get(feed)).status_code == 404


async def test_nobody_opens_a_calendar_of_what_is_none_of_theirs(town: Town) -> None:
    """A unit elsewhere, a role that is not held, a unit where none belongs, an auditor: each refused with what to do."""
    unit_id, actor, recipient, _ = await secretary_with_calendar(town)
    other, stranger = await branch(town)
    ours = {"recipient_id": recipient, "role": "branch-secretary", "unit": unit_id}
    for asker, wanted, status, words in (
        (actor, {**ours, "unit": other}, 403, "unit"),
        (stranger, ours, 403, "unit"),
        (actor, {**ours, "role": "superior-committee"}, 422, "do not act as superior-committee"),
        (actor, {**ours, "role": "applicant"}, 422, "takes no unit"),
        (actor, {**ours, "role": "rector"}, 422, "role"),
        (actor, {"recipient_id": recipient, "role": "contacts"}, 422, "the unit of the role"),
        (town.actor("auditor", COMMITTEE), ours, 403, "auditor"),
    ):
        response = await asker.post("/v1/calendars", wanted)
        assert response.status_code == status, (wanted, response.text)
        assert words in response.text


async def test_a_feed_that_is_read_leaves_one_look_a_day(town: Town) -> None:
    """However often a client asks, that day has one line: which calendar, in what role, how many days it was shown."""
    unit_id, actor, _, feed = await secretary_with_calendar(town)
    await opened_at(town, unit_id, actor)
    for _ in range(3):
        assert (await town.http.get(feed)).status_code == 200
        town.app.state.house.feeds.clear()
    looks = await town.app.state.house.looks._pool.fetch(
        "select * from access.look where unit = $1 and role = $2 and actor like 'calendar/%'",
        unit_id,
        "branch-secretary",
    )
    assert [(one["listed"], one["route"], one["purpose"]) for one in looks] == [
        (1, "GET /v1/calendars/{secret}.ics", "procedure")
    ]


async def test_no_line_of_the_log_has_a_secret(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """An address that is refused is written down without what could open a calendar."""
    secret = "B" * 64
    for address in (
        "v1/calendars",
        "v1//calendars",
        "V1/Calendars",
        "v1/%63alendars",
        "v1/paths",
        "school/v1/calendars/x",
    ):
        await town.http.get(f"/{address}/{secret}.ics")
        await town.http.get(f"/{address}/{secret}")
    assert "/v1/calendars/…" in caplog.text
    assert secret not in caplog.text


async def test_a_student_follows_their_own_path(town: Town) -> None:
    """In the role of the applicant the feed has what they owe themselves, and nothing that others owe of them."""
    unit_id, actor = await branch(town)
    number = town.school.student()
    path = (await actor.post("/v1/paths", town.application(number, home_unit=unit_id, effective_on=day(9)))).headers[
        "Location"
    ]
    path_id = path.partition("/paths/")[2].partition("/")[0]
    person = town.actor("person", path_id, name=f"p-{number}")
    recipient = (await registered(person, number, mail=f"{number}@x.example")).rpartition("/")[2]
    opened = await person.post("/v1/calendars", {"recipient_id": recipient, "role": "applicant"})
    assert opened.status_code == 201, opened.text
    await followed(town)
    assert events((await town.http.get(local(opened.json()["address"]))).text) == []


async def test_what_lies_ahead_of_a_path(town: Town) -> None:
    """Every due day with its rule and its reminders to come, in the order of their days; and the same as a file."""
    unit_id, actor = await branch(town)
    path = await opened_at(town, unit_id, actor)
    body = (await actor.get(f"{path}/calendar")).json()
    (first,) = body["days"]
    assert first["obligation"]["id"] == "talk"
    assert first["obligation"]["rests_on"][0]["kind"] == "application-submitted"
    assert first["href"].endswith("/steps/S02")
    moments = [one["moment"] for one in first["reminders"]]
    assert moments == sorted(moments)
    assert {one["reminder"]["owed_by"] for one in first["reminders"]} == {"branch-secretary", "superior-committee"}
    for response in (
        await actor.get(f"{path}/calendar.ics"),
        await actor.get(f"{path}/calendar", Accept="text/calendar"),
    ):
        (event,) = events(response.text)
        assert event["DTSTART"].dt.isoformat() == first["obligation"]["due_on"]
        assert event["LAST-MODIFIED"].dt <= now()
    english = await actor.get(f"{path}/calendar.ics?language=en")
    assert "SUMMARY:Meet a student" in english.text
    stranger = (await branch(town))[1]
    assert (await stranger.get(f"{path}/calendar.ics")).status_code == 403
