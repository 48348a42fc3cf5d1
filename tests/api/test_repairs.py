"""Repairs over HTTP: only what is legal, looked at before, done once, recorded on the path; everything else refused in words."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from temporalio.client import Client

from api.app import make_app
from domain.calendar import civil_day
from registry.desk import unit_stream
from registry.drafting import asking
from registry.record import record
from runtime.clock import now, today
from runtime.engine import Engine
from runtime.repairing import Repairing
from runtime.resources import Resources
from runtime.settings import Settings
from tests.api.conftest import TOKEN_KEY, Town, activist
from tests.api.test_writing import problem
from tests.engine import followed, until
from tests.school import BRANCH, COMMITTEE, School
from views.troubles import Round, Trouble, Troubles
from workflows.contract import workflow_id
from workflows.repairing import CANCEL, PROGRESS, REPAIR_JOB, JobAsked, JobInput, Progress, job_workflow

GONE = {"cause": "workflow-gone", "act": "restart", "reason": "the workflow was ended by mistake"}


@pytest.fixture
async def works(
    settings: Settings, resources: Resources, school: School, engine: Engine, client: Client
) -> AsyncIterator[Town]:
    """The application on the real engine, with hands to repair."""
    async with town_with(settings, resources, school, engine, Repairing(client, settings.task_queue)) as town:
        yield town


@asynccontextmanager
async def town_with(
    settings: Settings, resources: Resources, school: School, engine: Engine, repairing: Repairing
) -> AsyncIterator[Town]:
    """The application with this engine and these hands."""
    app = make_app(replace(settings, token_key=TOKEN_KEY), resources, engine, now, repairing)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://jieti.test") as http:
        yield Town(app, school, http)


async def gone(town: Town, client: Client) -> str:
    """The address of a path whose workflow was ended behind our back."""
    path = await town.opened()
    await client.get_workflow_handle(workflow_id(id_of(path))).terminate()
    return path


def id_of(path: str) -> UUID:
    """The id in a path's address."""
    return UUID(path.rpartition("/")[2])


async def legal(town: Town, path: str) -> dict[str, list[str]]:
    """The legal acts of every cause that holds."""
    told = (await town.actor("admin", COMMITTEE).get(f"{path}/repairs")).json()
    return {one["cause"]: [act["act"] for act in one["acts"] if act["legal"]] for one in told["causes"]}


async def test_a_path_without_its_workflow_is_repaired_and_says_so_for_ever(works: Town, client: Client) -> None:
    """Found with its legal acts, looked at, done once; the history holds the repair, and a second one is not legal."""
    path, admin = await gone(works, client), works.actor("admin", COMMITTEE)
    told = await admin.get(f"{path}/repairs")
    assert told.headers["etag"] == '"1"'
    (cause,) = told.json()["causes"]
    assert (cause["cause"], cause["told_en"]) == ("workflow-gone", "its workflow does not run (terminated)")
    acts = {one["act"]: one for one in cause["acts"]}
    assert [one["act"] for one in cause["acts"] if one["legal"]] == ["nudge", "restart"]
    assert acts["resend"]["why_en"] == "it is no act for “a workflow that should run does not”"
    seen = (await admin.post(f"{path}/repairs?preview=true", GONE, key=None)).json()
    assert [(one["topic"], one["version"]) for one in seen["entries"]] == [("repair-applied", 2)]
    assert [one["what"] for one in seen["timers"]] == ["set"]
    problem(await admin.post(f"{path}/repairs", GONE), 428, "repair-needs-version")
    done = await admin.post(f"{path}/repairs", GONE, key="mend", If_Match='"1"')
    assert done.status_code == 201, done.text
    body = done.json()
    assert (body["before"].split(",")[0], body["after"].split(",")[0]) == ("terminated", "running")
    again = await admin.post(f"{path}/repairs", GONE, key="mend", If_Match='"1"')
    assert (again.status_code, again.json()) == (200, {**body, "repeated": True})
    problem(
        await admin.post(f"{path}/repairs", {**GONE, "act": "nudge"}, key="mend", If_Match='"2"'), 422, "key-reused"
    )
    refused = await admin.post(f"{path}/repairs", GONE, key="late", If_Match='"2"')
    assert "not stuck for this cause now" in problem(refused, 409, "repair-not-legal")["detail"]
    facts = (await works.secretary.get(f"{path}/history")).json()["facts"]
    assert [one["topic"] for one in facts] == ["application-submitted", "repair-applied"]
    assert facts[1]["reason"] == GONE["reason"]

    async def free() -> bool:
        return not await legal(works, path)

    await until(free)
    assert (await admin.get(path)).json()["repaired"] == 1
    decided = await works.secretary.post(f"{path}/facts/activist-determined?mode=record", activist(reason="paper"))
    assert decided.status_code == 201


async def test_two_admins_at_once_repair_once(works: Town, client: Client) -> None:
    """Both have looked at the same version: one repairs, the other is told; one new run, one fact."""
    path = await gone(works, client)
    admins = [works.actor("admin", COMMITTEE, name=f"admin-{n}") for n in (1, 2)]
    answers = await asyncio.gather(*(one.post(f"{path}/repairs", GONE, If_Match='"1"') for one in admins))
    assert sorted(one.status_code for one in answers) in ([201, 409], [201, 412])
    refused = next(one for one in answers if one.status_code != 201)
    assert (
        refused.json()["detail"]
        in (
            "somebody else is repairing this just now; look again in a minute",
            "it is at version 2 now",
        )
        or "not stuck for this cause now" in refused.json()["detail"]
    )
    topics = [one["topic"] for one in (await admins[0].get(f"{path}/history")).json()["facts"]]
    assert topics == ["application-submitted", "repair-applied"]
    runs = [run async for run in client.list_workflows(f"WorkflowId = '{workflow_id(id_of(path))}'")]
    assert len(runs) <= 2


async def test_what_cannot_be_repaired_is_refused_in_words(works: Town, client: Client) -> None:
    """Blank reasons, unknown causes, other roles, an old version, a closed path: told, and nothing done."""
    path, admin = await gone(works, client), works.actor("admin", COMMITTEE)
    address = f"{path}/repairs"
    problem(await admin.post(address, {**GONE, "reason": "  "}, If_Match='"1"'), 422, "wrong-shape")
    problem(await admin.post(address, {**GONE, "cause": "bad-luck"}, If_Match='"1"'), 422, "wrong-shape")
    problem(await admin.post(address, {**GONE, "act": "pray"}, If_Match='"1"'), 422, "wrong-shape")
    problem(await works.secretary.post(address, GONE, If_Match='"1"'), 403, "role-may-not")
    problem(await admin.post(address, GONE, If_Match='"7"'), 412, "stale")
    problem(await admin.post(address, {**GONE, "act": "pause"}, If_Match='"1"'), 409, "repair-not-legal")
    problem(await admin.post(address, {**GONE, "said": {"activity": "5"}}, If_Match='"1"'), 422, "wrong-shape")
    assert len((await admin.get(f"{path}/history")).json()["facts"]) == 1
    closed = await works.secretary.post(
        f"{path}/facts/path-withdrawn", {"effective_on": today().isoformat()}, If_Match='"1"'
    )
    assert closed.status_code == 201, closed.text
    told = problem(await admin.post(address, GONE, If_Match='"2"'), 409, "repair-not-legal")
    assert "the path is closed (withdrawn)" in told["detail"]


async def late(town: Town) -> tuple[str, dict[str, Any]]:
    """A path on which the first thing owed is late, whose branch was reminded and did not take the letter."""
    path = await town.opened(days_ago=60)
    owed = (await town.secretary.get(path)).json()["judgement"]["obligations"][0]
    said = {name: owed[name] for name in ("step", "owed_by", "due_on")} | {"obligation": owed["id"]}
    said |= {"effective_on": civil_day(now() - timedelta(days=1)).isoformat(), "rung_days": 0}
    said |= {"channel": "mail", "outcome": "refused"}
    sent = asking(
        town.school.desk, id_of(path), "reminder-sent", said, actor="jieti", capacity="system", key="r", mode="record"
    )
    assert (await record(town.school.desk, sent, now())).kind == "recorded"
    return path, owed


async def test_a_refused_reminder_is_sent_again_by_a_fact_and_a_repair_in_one(town: Town) -> None:
    """Without any Temporal: the cause, the only choice, what will be told, and both facts in one append."""
    path, owed = await late(town)
    found = await legal(town, path)
    assert (found["reminder-refused"], found["overdue"]) == (
        ["resend", "reassign"],
        ["remind-again", "reassign", "correct"],
    )
    asked = {"cause": "reminder-refused", "act": "resend", "reason": "the mailbox was full"}
    seen = (await town.committee.post(f"{path}/repairs?preview=true", asked, key=None)).json()
    assert [one["topic"] for one in seen["entries"]] == ["repair-applied", "reminder-asked-again"]
    assert owed["id"] in [one["obligation"] for one in seen["told"]]
    done = await town.committee.post(f"{path}/repairs", asked, key="again", If_Match='"2"')
    assert done.status_code == 201, done.text
    facts = (await town.committee.get(f"{path}/history")).json()["facts"][2:]
    assert [one["topic"] for one in facts] == ["repair-applied", "reminder-asked-again"]
    assert len({one["key"] for one in facts}) == 1
    assert facts[1]["fields"]["obligation"] == owed["id"]
    assert "reminder-refused" not in await legal(town, path)
    again = await town.committee.post(f"{path}/repairs", asked, key="again", If_Match='"2"')
    assert (again.status_code, again.json()["version"]) == (200, 3), again.text


async def test_a_correction_takes_a_second_person(town: Town) -> None:
    """A day that counts is changed: not without somebody who agrees, who is not the one who asks."""
    path, _ = await late(town)
    asked: dict[str, Any] = {"cause": "overdue", "act": "correct", "reason": "a slip of the pen"}
    day = (today() - timedelta(days=3)).isoformat()
    asked["said"] = {"topic": "fact-corrected", "said": {"corrects": 1, "says": {"effective_on": day}}}
    for second in ({}, {"approved_by": "branch-secretary"}):
        told = problem(await town.secretary.post(f"{path}/repairs", asked | second, If_Match='"2"'), 422, "wrong-shape")
        assert "second person" in told["detail"]
    wrong = {**asked, "approved_by": "chen", "said": {"topic": "path-withdrawn", "said": {}}}
    problem(await town.secretary.post(f"{path}/repairs", wrong, If_Match='"2"'), 422, "wrong-shape")
    elsewhere = {**asked, "act": "reassign", "said": {"topic": "appointed", "said": {"unit_id": COMMITTEE}}}
    problem(await town.secretary.post(f"{path}/repairs", elsewhere, If_Match='"2"'), 403, "role-may-not")
    done = await town.secretary.post(f"{path}/repairs", {**asked, "approved_by": "chen"}, If_Match='"2"')
    assert done.status_code == 201, done.text
    facts = (await town.secretary.get(f"{path}/history")).json()["facts"]
    assert [one["approved_by"] for one in facts[2:]] == ["chen", "chen"]
    assert facts[0]["now"]["effective_on"] == day
    assert "overdue" not in await legal(town, path)


async def test_a_group_is_repaired_as_a_job(works: Town, client: Client, resources: Resources) -> None:
    """Path by path, a path that is none of the cause any more is left and listed; the same key begins it once."""
    paths = [await gone(works, client) for _ in range(4)]
    await trouble(resources, "workflow-gone", paths)
    await works.secretary.post(
        f"{paths[0]}/facts/path-withdrawn", {"effective_on": today().isoformat()}, If_Match='"1"'
    )
    await Repairing(client, works.app.state.house.settings.task_queue).nudge(id_of(paths[1]))
    admin = works.actor("admin", COMMITTEE)
    begun = await admin.post("/v1/repairs/jobs", GONE, key="group")
    assert begun.status_code == 202, begun.text
    job = begun.headers["location"]

    async def done() -> bool:
        return bool((await admin.get(job)).json()["state"] == "done")

    await until(done)
    told = (await admin.get(job)).json()
    assert (told["repaired"], told["left"]) == (2, 2)
    why = {one["path_id"]: one["why"] for one in told["listed"]}
    assert "the path is closed" in why[str(id_of(paths[0]))]
    assert "not stuck for this cause now" in why[str(id_of(paths[1]))]
    assert [(await admin.get(path)).json()["repaired"] for path in paths] == [0, 0, 1, 1]
    again = await admin.post("/v1/repairs/jobs", GONE, key="group")
    assert (again.status_code, again.json()) == (202, told)
    problem(await admin.post("/v1/repairs/jobs", {**GONE, "reason": "other"}, key="group"), 422, "key-reused")
    assert told["job"] in [one["job"] for one in (await admin.get("/v1/repairs/jobs")).json()["items"]]
    problem(await admin.post(f"{job}/cancel", key=None), 409, "repair-not-legal")
    await trouble(resources, "workflow-gone", [])
    empty = problem(await admin.post("/v1/repairs/jobs", GONE), 409, "repair-not-legal")
    assert "there is nothing to repair" in empty["detail"]
    problem(await admin.post("/v1/repairs/jobs", {**GONE, "act": "reset"}), 409, "repair-not-legal")
    problem(await works.secretary.post("/v1/repairs/jobs", {**GONE, "unit": BRANCH}), 403, "role-may-not")
    problem(await admin.get("/v1/repairs/jobs/nobody"), 404, "not-found")


async def test_a_job_is_cancelled_and_taken_up_again(works: Town, client: Client) -> None:
    """It stops after the paths under way, waits, and goes on with those that it has not been at; none is done twice."""
    paths = [await gone(works, client) for _ in range(3)]
    queue = works.app.state.house.settings.task_queue
    asked = JobAsked("halting", "workflow-gone", "restart", COMMITTEE, "a test", "admin-1", "admin")
    handle = await client.start_workflow(
        REPAIR_JOB,
        JobInput(asked, tuple(id_of(path) for path in paths)),
        id=job_workflow("halting"),
        task_queue=queue,
        memo={PROGRESS: Progress(asked, 3)},
        start_signal=CANCEL,
    )
    admin = works.actor("admin", COMMITTEE)

    async def cancelled() -> bool:
        return bool((await admin.get("/v1/repairs/jobs/halting")).json().get("state") == "cancelled")

    await until(cancelled)
    assert (await admin.get("/v1/repairs/jobs/halting")).json()["repaired"] == 0
    assert (await admin.post("/v1/repairs/jobs/halting/resume", key=None)).status_code == 200
    progress: Progress = await client.get_workflow_handle(handle.id, result_type=Progress).result()
    assert (progress.state, progress.repaired, progress.left) == ("done", 3, 0)
    assert [(await admin.get(path)).json()["repaired"] for path in paths] == [1, 1, 1]


async def trouble(resources: Resources, cause: str, paths: Sequence[str]) -> None:
    """What a watch would have written down: these paths are stuck for this cause."""
    await followed(resources)
    found = [Trouble(cause, path, "–", "–", path_id=id_of(path)) for path in paths]
    await Troubles(resources.views).save(found, Round(now(), len(paths), 0.0))


async def test_somebody_else_is_named_to_act(town: Town) -> None:
    """Reassigned to a contact by the branch, and to a new member of the branch's committee: the fact, and the repair beside it."""
    path, _ = await late(town)
    contact = {"contact_id": "m-7", "order": "first", "full_member": True}
    asked: dict[str, Any] = {"cause": "overdue", "act": "reassign", "reason": "the first one has left"}
    asked["said"] = {"topic": "cultivation-contact-assigned", "said": contact}
    done = await town.secretary.post(f"{path}/repairs", asked, If_Match='"2"')
    assert done.status_code == 201, done.text
    facts = (await town.secretary.get(f"{path}/history")).json()["facts"][2:]
    assert [(one["topic"], one["by_unit"]) for one in facts] == [
        ("repair-applied", None),
        ("cultivation-contact-assigned", BRANCH),
    ]
    post = {
        "unit_id": BRANCH,
        "number": "t-007",
        "post": "committee-member",
    }  # one of several: the town is not ours alone
    nowhere = {**asked, "said": {"topic": "appointed", "said": {**post, "unit_id": "atlantis"}}}
    problem(await town.committee.post(f"{path}/repairs", nowhere, If_Match='"4"'), 403, "not-your-unit")
    asked["said"] = {"topic": "appointed", "said": post}
    done = await town.committee.post(f"{path}/repairs", asked, If_Match='"4"', key="appoint")
    assert done.status_code == 201, done.text
    unit = await town.school.desk.load(unit_stream(BRANCH))
    assert unit.facts[-1].TOPIC == "appointed"
    again = await town.committee.post(f"{path}/repairs", asked, If_Match='"4"', key="appoint")
    assert (again.status_code, again.json()["version"]) == (200, 5)
    assert len((await town.school.desk.load(unit_stream(BRANCH))).entries) == len(unit.entries)
