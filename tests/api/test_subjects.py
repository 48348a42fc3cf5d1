"""A person's own data through the API: who has looked, all of it in full, restricted, shredded; and nobody else may."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from api.looking import PURPOSES
from registry.access.looks import prune
from registry.subjects import missing_keys
from runtime.clock import now
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.shredding import shred_due
from tests.api.conftest import Asker, Town, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE

LATER = timedelta(days=60)
REQUEST = {"effective_on": day(0), "basis": "consent-withdrawn", "approved_by": "wang"}
DP = {"Purpose": "data-protection"}


def protector(town: Town) -> Asker:
    """Who deals with requests of persons."""
    return town.actor("organisation-department", COMMITTEE, lasts=LATER)


def owner(town: Town, path: str) -> Asker:
    """The person whom a path is about."""
    return town.actor("person", path.rpartition("/")[2], lasts=LATER)


async def closed(town: Town, **changes: Any) -> str:
    """A path that was opened, filled and withdrawn."""
    path = await town.opened(**changes)
    assert (await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(reason="雪夜长谈"))).status_code == 201
    done = await town.secretary.post(f"{path}/facts/path-withdrawn", {"effective_on": day(0)}, If_Match="*")
    assert done.status_code == 201, done.text
    return path


async def followed(town: Town) -> None:
    """Wait until the views have come as far as the log."""
    size = await town.school.desk.log.size()
    assert await town.app.state.house.views.wait_for(size, 20) >= size


async def test_who_looks_is_written_down_before_the_answer(town: Town) -> None:
    """Each reading of a path leaves a look: who, through what, for what, and which groups were readable."""
    path = await town.opened()
    await town.secretary.get(path)
    await town.secretary.get(f"{path}/history", Purpose="dispute")
    await town.actor("auditor", COMMITTEE).get(f"{path}/history")
    await town.actor("admin", COMMITTEE).get(f"{path}/next")
    looks = (await owner(town, path).get(f"{path}/access")).json()["looks"]
    told = [(one["role"], one["route"].rpartition("/")[2], one["purpose"], one["opened"]) for one in reversed(looks)]
    assert told == [
        ("branch-secretary", "{path_id}", "procedure", ["identity"]),
        ("branch-secretary", "history", "dispute", ["identity"]),
        ("auditor", "history", "audit", []),
        ("admin", "next", "operation", []),
    ]
    again = (await owner(town, path).get(f"{path}/access")).json()["looks"]
    assert (again[0]["role"], again[0]["purpose"]) == ("person", "own-data")


async def test_a_list_is_one_look_and_one_for_each_name(town: Town, api_settings: Settings) -> None:
    """The list as a whole says how it was narrowed, and not by whose number; each person sees that they were listed."""
    number = town.school.student()
    path = await town.opened(student_no=number)
    await followed(town)
    await town.secretary.get("/v1/paths?stage=applicant", **{"Student-No": number})
    looks = (await owner(town, path).get(f"{path}/access")).json()["looks"]
    assert [(one["route"], one["opened"]) for one in looks[:1]] == [("GET /v1/paths", ["identity"])]
    connection = await asyncpg.connect(api_settings.database_url)
    try:
        row = await connection.fetchrow("select * from access.look where path_id is null order by number desc limit 1")
    finally:
        await connection.close()
    assert (row["listed"], row["asked"]) == (1, "stage=applicant&student_no=given")


async def test_an_answer_that_cannot_be_written_down_does_not_go_out(town: Town, api_settings: Settings) -> None:
    """With the table of looks out of reach nobody is shown a person's data."""
    path = await town.opened()
    connection = await asyncpg.connect(api_settings.database_url)
    try:
        async with connection.transaction():
            await connection.execute("lock table access.look in access exclusive mode")
            looks = replace(town.app.state.house).looks
            before, looks._pool = (
                looks._pool,
                await asyncpg.create_pool(
                    api_settings.database_url,
                    min_size=1,
                    max_size=1,
                    command_timeout=0.2,
                    server_settings={"role": "jieti_app"},
                ),
            )
            try:
                response = await town.secretary.get(path)
            finally:
                looks._pool.terminate()
                looks._pool = before
    finally:
        await connection.close()
    problem(response, 503, "unavailable")
    assert "林晓" not in response.text


@pytest.mark.parametrize(
    "query", ["update access.look set actor = 'nobody'", "delete from access.look", "truncate access.look"]
)
async def test_nobody_changes_who_has_looked(town: Town, api_settings: Settings, query: str) -> None:
    """Not even the superuser changes or removes a look that is younger than three years; older ones are pruned."""
    path = await town.opened()
    await town.secretary.get(path)
    connection = await asyncpg.connect(api_settings.database_url)
    try:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(query)
        await connection.execute(
            "insert into access.look (at, actor, role, unit, route, purpose, opened) "
            "values (now() - interval '3 years 1 day', 'li', 'auditor', 'qs', 'GET /x', 'audit', '{}')"
        )
        assert await prune(connection) == 1
    finally:
        await connection.close()


async def test_a_purpose_is_one_of_a_list(town: Town) -> None:
    """What is sent as purpose is one of the known ones: it cannot tell of a person."""
    path = await town.opened()
    told = problem(await town.secretary.get(path, Purpose="because of Lin"), 400, "bad-header")
    assert all(purpose in told["detail"] for purpose in PURPOSES)


async def test_a_person_reads_all_that_is_stored_about_them(town: Town) -> None:
    """Their own path in full, as data and as a page; nobody else's, and nothing is recorded with their token."""
    path, other = await closed(town), await town.opened()
    person = owner(town, path)
    body = (await person.get(f"{path}/personal")).json()
    assert (body["name"], body["facts"][0]["topic"]) == ("林晓", "application-submitted")
    assert body["facts"][1]["fields"]["reason"] == "雪夜长谈"
    page = await person.get(f"{path}/personal?format=html")
    assert "雪夜长谈" in page.text
    assert page.headers["content-type"].startswith("text/html")
    for address in (f"{other}/personal", f"{other}/access"):
        problem(await person.get(address), 403, "role-may-not")
    for address in (path, f"{path}/history", "/v1/paths", other):
        assert (await person.get(address)).status_code == 403
    problem(await person.post(f"{path}/facts/applicant-talk-held", talk()), 403, "role-may-not")


async def test_who_reads_a_persons_data_for_them_says_for_what(town: Town) -> None:
    """The department exports with a purpose; a secretary and a counsellor do not at all."""
    path = await closed(town)
    problem(await protector(town).get(f"{path}/personal"), 428, "purpose-required")
    assert (await protector(town).get(f"{path}/personal", **DP)).json()["name"] == "林晓"
    for role in ("branch-secretary", "counsellor"):
        problem(await town.actor(role, BRANCH).get(f"{path}/personal", **DP), 403, "role-may-not")


async def test_restricted_data_are_not_used(town: Town) -> None:
    """The branch no longer sees, lists, records or is reminded; the department and the auditor do, and lift it."""
    path = await town.opened()
    department, path_id = protector(town), path.rpartition("/")[2]
    problem(await town.secretary.post(f"{path}/facts/person-restricted", {"effective_on": day(0)}), 403, "role-may-not")
    problem(await department.post(f"{path}/facts/person-restricted", {"effective_on": day(0)}), 422, "wrong-shape")
    said = {"effective_on": day(0), "reason": "本人异议"}
    assert (await department.post(f"{path}/facts/person-restricted", said)).status_code == 201
    for address in (path, f"{path}/history", f"{path}/next"):
        problem(await town.secretary.get(address), 403, "restricted")
    problem(await town.secretary.post(f"{path}/facts/applicant-talk-held", talk()), 403, "restricted")
    await followed(town)
    listed = (await town.secretary.get(f"/v1/paths?unit={BRANCH}&limit=500")).json()["items"]
    assert path_id not in {item["path_id"] for item in listed}
    item = {"path_id": path_id, "topic": "thought-report-received", "said": {"effective_on": day(0)}}
    problem(await town.secretary.post("/v1/evidence", {"facts": [item]}), 403, "restricted")
    assert (await town.actor("auditor", COMMITTEE).get(path)).status_code == 200
    assert (await department.post(f"{path}/facts/restriction-lifted", {"effective_on": day(0)})).status_code == 201
    assert (await town.secretary.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"approved_by": None}, "approved_by"),
        ({"approved_by": "organisation-department"}, "approved_by"),
        ({"basis": "x"}, "basis"),
    ],
)
async def test_a_request_needs_its_basis_and_a_second_person(town: Town, change: dict[str, Any], field: str) -> None:
    """Whoever asks does not agree alone, and says on what ground."""
    path = await closed(town)
    said = {name: value for name, value in {**REQUEST, **change}.items() if value is not None}
    told = problem(await protector(town).post(f"{path}/facts/shredding-requested", said), 422, "wrong-shape")
    assert field in {fault["field"] for fault in told["faults"]}


async def test_an_open_path_is_not_shredded(town: Town) -> None:
    """Its data have a purpose: it is closed first, or restricted."""
    path = await town.opened()
    told = problem(await protector(town).post(f"{path}/facts/shredding-requested", REQUEST), 422, "wrong-shape")
    assert "Close it" in told["detail"]


async def test_a_request_can_be_withdrawn_until_its_day(town: Town) -> None:
    """During the cooling period nothing is destroyed; withdrawn, it is not destroyed at all."""
    path = await closed(town)
    department = protector(town)
    problem(await department.post(f"{path}/shredding"), 409, "not-due")
    assert (await department.post(f"{path}/facts/shredding-requested", REQUEST)).status_code == 201
    assert "from" in problem(await department.post(f"{path}/shredding"), 409, "not-due")["detail"]
    assert (await department.post(f"{path}/facts/shredding-withdrawn", {"effective_on": day(0)})).status_code == 201
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    problem(await department.post(f"{path}/shredding"), 409, "not-due")
    assert (await department.get(f"{path}/personal", **DP)).json()["name"] == "林晓"


async def test_what_is_shredded_is_gone_and_everything_else_stands(town: Town) -> None:
    """After the cooling period the keys are destroyed, once; the path is still judged, and nothing more is recorded."""
    number = town.school.student()
    path = await closed(town, student_no=number)
    department, auditor = protector(town), town.actor("auditor", COMMITTEE, lasts=LATER)
    before = (await auditor.get(path)).json()["judgement"]
    assert (await department.post(f"{path}/facts/shredding-requested", REQUEST)).status_code == 201
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    first, again = [(await department.post(f"{path}/shredding")).json() for _ in range(2)]
    assert first["keys"] >= 2
    assert (again["keys"], again["position"]) == (0, first["position"])
    own = (await owner(town, path).get(f"{path}/personal")).json()
    assert (own["name"], own["state"]["shredded"]) == (None, True)
    assert "雪夜长谈" not in str(own)
    after = (await auditor.get(path)).json()["judgement"]
    assert (after["outcome"], after["moments"], after["findings"]) == (
        before["outcome"],
        before["moments"],
        before["findings"],
    )
    told = problem(
        await department.post(f"{path}/facts/person-restricted", {**REQUEST, "reason": "x"}), 422, "wrong-shape"
    )
    assert told
    await followed(town)
    assert (await department.get("/v1/paths", **{"Student-No": number})).json()["items"] == []
    assert not [one for one in await missing_keys(town.school.desk) if str(one.subject) == path.rpartition("/")[2]]


async def test_a_key_that_is_gone_without_a_reason_is_an_alarm(town: Town, api_settings: Settings) -> None:
    """Taken from the store by hand: the check names person, group and entry, and /ready says that keys are missing."""
    path = await town.opened()
    path_id = path.rpartition("/")[2]
    assert town.app.state.house.settings.keys_database_url is None  # here the keys are beside the log
    connection = await asyncpg.connect(api_settings.database_url)
    try:
        kept = await connection.fetch("delete from keys.data_key where subject = $1 returning *", path_id)
        checked = (await town.actor("auditor", COMMITTEE).get("/v1/personal/keys")).json()
        ready = (await town.http.get("/ready")).json()
        await connection.executemany(
            "insert into keys.data_key values ($1, $2, $3, $4, $5)", [tuple(row) for row in kept]
        )
    finally:
        await connection.close()
    lost = [one for one in checked["missing"] if one["subject"] == path_id]
    assert [(one["kind"], one["group"]) for one in lost] == [("lost", "identity")]
    assert not checked["well"]
    assert "1 keys are missing" in ready["keys"]["alarm"]


async def test_whose_time_has_come_is_listed(town: Town) -> None:
    """A year after the end, or after the departure if that is later; nothing is destroyed by being listed."""
    path, path_id = await closed(town), ""
    path_id = path.rpartition("/")[2]
    await followed(town)
    department = protector(town)
    soon = (await department.get("/v1/personal/due")).json()["items"]
    later = (await department.get(f"/v1/personal/due?on={day(-400)}")).json()["items"]
    assert path_id not in {one["path_id"] for one in soon}
    assert path_id in {one["path_id"] for one in later}
    problem(await town.secretary.get("/v1/personal/due"), 403, "role-may-not")


async def test_somebody_whom_facts_name_is_shredded_too(town: Town) -> None:
    """A contact is a subject of their own: their name is gone from every path, and the person's own data stay."""
    path = await town.opened()
    whom = f"尉迟{path[-6:]}"
    assert (await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(held_by=whom))).status_code == 201
    department = protector(town)
    act = "/v1/personal/others"
    said = {**REQUEST, "whom": whom}
    assert (await department.post(f"{act}/request", said)).status_code == 201
    problem(await department.post(f"{act}/finish", {"whom": whom}), 409, "not-due")
    town.app.state.house = replace(town.app.state.house, clock=lambda: now() + timedelta(days=31))
    assert (await department.post(f"{act}/finish", {"whom": whom})).json()["keys"] == 1
    history = await town.actor("branch-secretary", BRANCH, lasts=LATER).get(f"{path}/history")
    assert whom not in history.text
    assert "林晓" in history.text


async def test_the_sweep_carries_out_what_is_due(town: Town, api_resources: Resources) -> None:
    """On its day a request is carried out by itself, once; one that was withdrawn is not."""
    paths = [await closed(town) for _ in range(2)]
    department = protector(town)
    for path in paths:
        assert (await department.post(f"{path}/facts/shredding-requested", REQUEST)).status_code == 201
    assert (await department.post(f"{paths[1]}/facts/shredding-withdrawn", {"effective_on": day(0)})).status_code == 201
    await followed(town)
    later = now() + timedelta(days=31)
    assert await shred_due(api_resources, now()) == 0
    assert await shred_due(api_resources, later) >= 1
    await followed(town)
    assert await shred_due(api_resources, later) == 0
    names = [(await department.get(f"{path}/personal", **DP)).json()["name"] for path in paths]
    assert names == [None, "林晓"]
