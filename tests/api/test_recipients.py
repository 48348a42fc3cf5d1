"""Recipients through the API: registered, given addresses that are some, appointed; read by those whom they concern."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registry.desk import unit_stream
from registry.drafting import asking
from registry.record import record
from registry.subjects import missing_keys
from runtime.clock import now
from tests.api.conftest import Asker, Town
from tests.api.test_subjects import DP, REQUEST, closed, followed, owner, protector
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


async def branch(town: Town) -> tuple[str, Asker]:
    """A branch of its own below the committee, with its secretary: posts of one test are no other's."""
    unit_id = f"branch-{town.school.student()}"
    said = {"effective_on": "2020-01-01", "unit_id": unit_id, "unit_kind": "branch", "name": unit_id}
    said |= {"name_en": unit_id, "superior": COMMITTEE}
    desk = town.school.desk
    asked = asking(desk, unit_stream(unit_id), "unit-established", said, actor="t", capacity="admin", key="set-up")
    await record(desk, asked, now())
    return unit_id, town.actor("branch-secretary", unit_id, name=f"u-{unit_id}")


async def appoint(
    town: Town, unit_id: str, number: str, post: str = "branch-secretary", on: int = 5
) -> Mapping[str, Any]:
    """The committee above appoints somebody."""
    said = {"effective_on": day(on), "number": number, "post": post}
    response = await town.committee.post(f"/v1/units/{unit_id}/facts/appointed", said)
    return {"status": response.status_code, **response.json()}


async def registered(asker: Asker, number: str, *, mail: str = "", name: str = "欧阳文") -> str:
    """The address of a recipient that somebody registered, with a mail address if one is named."""
    response = await asker.post("/v1/recipients", {"effective_on": day(9), "number": number, "name": name})
    assert response.status_code == 201, response.text
    address = str(response.headers["Location"])
    if mail:
        said = {"effective_on": day(9), "channel": "mail", "address": mail}
        assert (await asker.post(f"{address}/facts/address-given", said)).status_code == 201
    return address


async def test_who_holds_a_post_is_listed_with_why_they_are_not_reached(town: Town) -> None:
    """A secretary with an address, a deputy without, a member who is nobody known; and the vacant post of another branch."""
    unit_id, secretary = await branch(town)
    other, _ = await branch(town)
    head, deputy, member = (town.school.student() for _ in range(3))
    await registered(secretary, head, mail=f"{head}@x.example")
    await registered(secretary, deputy, name="上官婉")
    for number, post in ((head, "branch-secretary"), (deputy, "deputy-secretary"), (member, "committee-member")):
        assert (await appoint(town, unit_id, number, post))["status"] == 201
    await followed(town)
    listed = (await secretary.get(f"/v1/recipients?unit={unit_id}")).json()
    told = [(one["post"], one["number"], one["name"], one["channels"], one["why"]) for one in listed["items"]]
    assert told == [
        ("branch-secretary", head, "欧阳文", ["mail"], None),
        ("deputy-secretary", deputy, "上官婉", [], "no-address"),
        ("committee-member", member, None, [], "unregistered"),
    ]
    above = (await town.committee.get("/v1/recipients")).json()
    assert {"unit": other, "post": "branch-secretary"} in above["vacant"]
    assert {"unit": unit_id, "post": "branch-secretary"} not in above["vacant"]
    unseen = (await town.actor("auditor", COMMITTEE).get(f"/v1/recipients?unit={unit_id}")).json()["items"]
    assert [(one["number"], one["name"]) for one in unseen] == [(None, None)] * 3
    problem(await secretary.get(f"/v1/recipients?unit={other}"), 403, "not-your-unit")


@pytest.mark.parametrize(
    ("channel", "address", "says"),
    [
        ("mail", "欧阳.example.edu.cn", "mail address"),
        ("mail", "a@b", "mail address"),
        ("mail", "a@10.0.0.1", "mail address"),
        ("wecom", "@all", "WeCom member"),
        ("portal", "https://10.0.0.1/hook", "channel file"),
        ("sms", "call me", "telephone number"),
        ("pigeon", "roof", "mail"),
    ],
)
async def test_an_address_that_is_none_is_refused_in_words(town: Town, channel: str, address: str, says: str) -> None:
    """Where it is entered, with what is expected: nothing of it gets into the log."""
    _, secretary = await branch(town)
    recipient = await registered(secretary, town.school.student())
    said = {"effective_on": day(0), "channel": channel, "address": address}
    told = problem(await secretary.post(f"{recipient}/facts/address-given", said), 422, "wrong-shape")
    assert says in told["detail"]
    assert (await secretary.get(recipient)).json()["addresses"] == {}


async def test_an_address_is_withdrawn_and_somebody_leaves(town: Town) -> None:
    """What is not there cannot be withdrawn; who has left is shown so, once, and returns."""
    _, secretary = await branch(town)
    recipient = await registered(secretary, town.school.student(), mail="ou@x.example")
    withdrawn = {"effective_on": day(0), "channel": "mail"}
    assert (await secretary.get(recipient)).json()["addresses"] == {"mail": "ou@x.example"}
    assert (await secretary.post(f"{recipient}/facts/address-withdrawn", withdrawn)).status_code == 201
    problem(await secretary.post(f"{recipient}/facts/address-withdrawn", withdrawn), 422, "wrong-shape")
    left = {"effective_on": day(0)}
    assert (await secretary.post(f"{recipient}/facts/recipient-left", left)).status_code == 201
    problem(await secretary.post(f"{recipient}/facts/recipient-left", left), 422, "wrong-shape")
    shown = (await secretary.get(recipient)).json()
    assert (shown["left"], shown["why"], shown["addresses"]) == (True, "left", {})
    assert (await secretary.post(f"{recipient}/facts/recipient-returned", left)).status_code == 201
    problem(await secretary.post(f"{recipient}/facts/person-restricted", left), 404, "unknown-fact")
    problem(await secretary.post("/v1/recipients/x/facts/recipient-left", left), 404, "unknown-recipient")


async def test_a_number_is_registered_once(town: Town) -> None:
    """One person is one recipient: the second registration is told where the first one stands."""
    _, secretary = await branch(town)
    number = town.school.student()
    recipient = await registered(secretary, number)
    said = {"effective_on": day(0), "number": number, "name": "欧阳文"}
    told = problem(await secretary.post("/v1/recipients", said), 409, "already-open")
    assert told["path"] == recipient


async def test_a_post_that_is_held_is_not_given_away(town: Town) -> None:
    """A second secretary, an end of what was not held, a post that the unit has not: each refused in words."""
    unit_id, secretary = await branch(town)
    first, second = town.school.student(), town.school.student()
    assert (await appoint(town, unit_id, first))["status"] == 201
    again = await appoint(town, unit_id, second, on=1)
    assert (again["status"], again["faults"][0]["field"]) == (422, "post")
    assert day(5) in again["detail"]
    assert "its posts are: branch-secretary" in (await appoint(town, unit_id, second, "secretary"))["detail"]
    end = {"effective_on": day(1), "number": second, "post": "branch-secretary", "cause": "replaced"}
    unheld = problem(await town.committee.post(f"/v1/units/{unit_id}/facts/appointment-ended", end), 422, "wrong-shape")
    assert "do not hold" in unheld["detail"]
    end["number"] = first
    assert (await town.committee.post(f"/v1/units/{unit_id}/facts/appointment-ended", end)).status_code == 201
    assert (await appoint(town, unit_id, second, on=1))["status"] == 201
    problem(await secretary.post(f"/v1/units/{unit_id}/facts/appointed", end), 403, "role-may-not")
    stranger = town.actor("superior-secretary", BRANCH)
    said = {"effective_on": day(0), "number": first, "post": "deputy-secretary"}
    problem(await stranger.post(f"/v1/units/{unit_id}/facts/appointed", said), 403, "not-your-unit")
    await town.department.post(f"/v1/units/{unit_id}/facts/unit-dissolved", {"effective_on": day(0)})
    late = await appoint(town, unit_id, first, "deputy-secretary", on=0)
    assert (late["status"], "dissolved" in late["detail"]) == (422, True)


async def test_a_recipient_is_nobodys_business_elsewhere(town: Town) -> None:
    """Another branch neither reads nor redirects; the unit of a post and the branch of a path do."""
    unit_id, secretary = await branch(town)
    _, stranger = await branch(town)
    number = town.school.student()
    recipient = await registered(secretary, number, mail="ou@x.example")
    for response in (
        await stranger.get(recipient),
        await stranger.post(
            f"{recipient}/facts/address-given", {"effective_on": day(0), "channel": "mail", "address": "me@x.example"}
        ),
    ):
        problem(response, 403, "role-may-not")
    await town.opened(student_no=number)
    assert (await town.secretary.get(recipient)).json()["addresses"] == {"mail": "ou@x.example"}
    await appoint(town, unit_id, number)
    await followed(town)
    colleague = town.actor("organiser", unit_id)
    assert (await colleague.get(recipient)).json()["name"] == "欧阳文"
    assert (await town.actor("auditor", COMMITTEE).get(recipient)).json()["addresses"] == {"mail": None}


async def test_no_branch_says_where_the_letters_of_its_committee_go(town: Town) -> None:
    """Who registered somebody, or has them as a member, changes nothing of them once they hold a post elsewhere."""
    unit_id, secretary = await branch(town)
    other, _ = await branch(town)
    number, stranger = town.school.student(), town.school.student()
    recipient = await registered(secretary, number, mail="ou@x.example")
    gone = await registered(secretary, stranger, mail="ou@x.example")
    mine = {"effective_on": day(0), "channel": "mail", "address": "me@x.example"}
    assert (await secretary.post(f"{recipient}/facts/address-given", mine)).status_code == 201
    await appoint(town, unit_id, number, "committee-member")
    assert (await appoint(town, other, number, "deputy-secretary"))["status"] == 201
    assert (await appoint(town, other, stranger, "committee-member"))["status"] == 201
    await followed(town)
    told = problem(await secretary.post(f"{recipient}/facts/address-given", mine), 403, "role-may-not")
    assert other in told["detail"]
    problem(await secretary.post(f"{recipient}/facts/recipient-left", {"effective_on": day(0)}), 403, "role-may-not")
    assert (await secretary.get(recipient)).status_code == 200
    problem(await secretary.get(gone), 403, "role-may-not")
    assert (await town.committee.post(f"{recipient}/facts/address-given", mine)).status_code == 201


async def test_a_person_says_how_they_are_reached(town: Town) -> None:
    """They register under their own number and no other, give and withdraw their address, and see nobody else."""
    number = town.school.student()
    path = await town.opened(student_no=number)
    person = owner(town, path)
    assert (await person.get("/v1/recipients")).json()["items"] == []
    said = {"effective_on": day(0), "name": "林晓"}
    problem(await person.post("/v1/recipients", {**said, "number": town.school.student()}), 403, "role-may-not")
    mine = (await person.post("/v1/recipients", {**said, "number": number})).headers["Location"]
    given = {"effective_on": day(0), "channel": "mail", "address": "lin@x.example"}
    assert (await person.post(f"{mine}/facts/address-given", given)).status_code == 201
    (listed,) = (await person.get("/v1/recipients")).json()["items"]
    assert (listed["href"], listed["name"], listed["channels"], listed["post"]) == (mine, "林晓", ["mail"], None)
    problem(await person.post(f"{mine}/facts/recipient-left", {"effective_on": day(0)}), 403, "role-may-not")
    other = await registered(town.secretary, town.school.student())
    problem(await person.get(other), 403, "role-may-not")
    problem(await person.post(f"{other}/facts/address-given", given), 403, "role-may-not")
    own = (await person.get(f"{path}/personal")).json()
    assert [one["topic"] for one in own["as_recipient"]] == ["recipient-registered", "address-given"]
    assert own["as_recipient"][1]["fields"]["address"] == "lin@x.example"
    assert "lin@x.example" in (await person.get(f"{path}/personal?format=html")).text


async def test_who_was_shown_an_address_is_written_down(town: Town) -> None:
    """Reading a recipient and a list of them leaves looks, which the person sees beside those at their path."""
    number = town.school.student()
    path = await town.opened(student_no=number)
    recipient = await registered(town.secretary, number, mail="lin@x.example")
    await town.secretary.get(recipient, Purpose="guidance")
    looks = (await owner(town, path).get(f"{path}/personal")).json()["looks"]
    told = [(one["route"], one["purpose"], one["opened"]) for one in looks]
    assert ("GET /v1/recipients/{recipient_id}", "guidance", ["contact"]) in told


async def test_with_the_last_path_the_address_is_nowhere(town: Town) -> None:
    """Shredded, a student's name and address cannot be read anywhere; whom facts name beside them stays readable."""
    number = town.school.student()
    recipient = await registered(town.secretary, number, mail=f"shy-{number}@x.example", name="诸葛亮亮")
    path = await closed(town, student_no=number)
    taught = await town.opened()
    talk = {"effective_on": day(0), "held_by": number, "post": "secretary"}
    assert (await town.secretary.post(f"{taught}/facts/applicant-talk-held", talk)).status_code == 201
    department = protector(town)
    assert (await department.post(f"{path}/facts/shredding-requested", REQUEST)).status_code == 201
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    assert (await department.post(f"{path}/shredding")).json()["keys"] >= 3
    assert (await department.post(f"{path}/shredding")).json()["keys"] == 0
    for address in (recipient, f"{path}/personal", "/v1/recipients"):
        text = (await department.get(address, **DP)).text
        assert f"shy-{number}" not in text
        assert "诸葛亮亮" not in text
    shown = (await department.get(recipient)).json()
    assert (shown["why"], shown["addresses"], shown["facts"][-1]["topic"]) == (
        "shredded",
        {"mail": None},
        "recipient-shredded",
    )
    said = {"effective_on": day(0), "channel": "mail", "address": "new@x.example"}
    problem(await department.post(f"{recipient}/facts/address-given", said), 409, "person-shredded")
    branch_secretary = town.actor("branch-secretary", BRANCH, lasts=timedelta(days=60))
    assert number in (await branch_secretary.get(f"{taught}/history")).text
    assert not [one for one in await missing_keys(town.school.desk) if str(one.subject) in recipient]


async def test_a_path_that_goes_leaves_a_recipient_who_has_another(town: Town) -> None:
    """Who has applied again is still reached when the data of the first path are destroyed."""
    number = town.school.student()
    recipient = await registered(town.secretary, number, mail="again@x.example")
    path = await closed(town, student_no=number)
    assert (await town.opened(student_no=number)) != path
    department = protector(town)
    assert (await department.post(f"{path}/facts/shredding-requested", REQUEST)).status_code == 201
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    assert (await department.post(f"{path}/shredding")).status_code == 200
    assert (await department.get(recipient)).json()["addresses"] == {"mail": "again@x.example"}


async def test_somebody_named_who_is_a_recipient_goes_whole(town: Town) -> None:
    """Shredded as somebody whom facts name, the same person is no recipient any more."""
    number = town.school.student()
    recipient = await registered(town.secretary, number, mail="gone@x.example")
    department, act = protector(town), "/v1/personal/others"
    assert (await department.post(f"{act}/request", {**REQUEST, "whom": number})).status_code == 201
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    assert (await department.post(f"{act}/finish", {"whom": number})).json()["keys"] == 1
    assert (await department.get(recipient)).json()["why"] == "shredded"


async def test_a_person_snoozes_what_they_owe_themselves(town: Town) -> None:
    """On their own path, and of what they owe there; whatever another owes, another's path and another's unit are refused."""
    young = town.application(born_on=day(17 * 366), reason="补录")
    opened = await town.secretary.post("/v1/paths?mode=record", young)
    path = opened.headers["Location"].partition("/facts/")[0]
    person, snooze = owner(town, path), f"{path}/facts/reminder-snoozed"
    said = {"effective_on": day(0), "obligation": "talk", "until": day(-7), "reason": "实习"}
    assert "branch-secretary" in problem(await person.post(snooze, said), 403, "role-may-not")["detail"]
    deferred = {"effective_on": day(0), "cause": "under-age"}
    assert (await town.secretary.post(f"{path}/facts/application-deferred", deferred)).status_code == 201
    said |= {"obligation": "apply-again"}
    assert "today is" in problem(await person.post(snooze, {**said, "until": day(0)}), 422, "wrong-shape")["detail"]
    problem(await person.post(snooze, {**said, "by_unit": BRANCH}), 403, "not-your-unit")
    problem(await owner(town, await town.opened()).post(snooze, said), 403, "role-may-not")
    problem(await person.post(f"{path}/facts/reminder-asked-again", said), 403, "role-may-not")
    item = {"path_id": path.rpartition("/")[2], "topic": "reminder-snoozed", "said": said}
    problem(await person.post("/v1/evidence", {"facts": [item]}), 403, "not-your-unit")
    assert (await person.post(snooze, said)).status_code == 201
