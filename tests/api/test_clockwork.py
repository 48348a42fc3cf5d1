"""Repairs of what is no path's over HTTP: the clocks of units, and mailrooms; recorded where an auditor reads them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from domain.calendar import civil_day
from registry.desk import unit_stream
from runtime.clock import now
from runtime.engine import Engine
from runtime.repairing import Repairing
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.workers import make_worker
from tests.api.conftest import Town
from tests.api.test_repairs import town_with
from tests.api.test_writing import problem
from tests.engine import until
from tests.school import BRANCH, COMMITTEE, School
from workflows.mailing import (
    MAILROOM,
    TAKE_IN,
    Bundle,
    Carried,
    Delivered,
    DeliverInput,
    Item,
    MailroomActivities,
)
from workflows.mailroom import Mailroom

ROOMS = "/v1/repairs/workflows"
WHO = UUID(int=7)


@pytest.fixture
async def works(
    settings: Settings, resources: Resources, school: School, engine: Engine, client: Client
) -> AsyncIterator[Town]:
    """The application on the real engine, with hands to repair."""
    async with town_with(settings, resources, school, engine, Repairing(client, settings.task_queue)) as town:
        yield town


async def told(town: Town, name: str) -> dict[str, list[str]]:
    """The legal acts of every cause that holds for a workflow."""
    answer = await town.actor("admin", COMMITTEE).get(f"{ROOMS}/{name}")
    assert answer.status_code == 200, answer.text
    return {one["cause"]: [act["act"] for act in one["acts"] if act["legal"]] for one in answer.json()["causes"]}


async def test_the_clock_of_a_unit_is_started_anew_and_its_stream_says_so(works: Town, client: Client) -> None:
    """Ended behind our back: its acts, a look at one, the act done once, and the fact in the unit's own stream."""
    stream = unit_stream(BRANCH)
    name, admin = f"unit/{stream}", works.actor("admin", COMMITTEE)
    await works.app.state.house.engine.nudge({stream: "unit"})

    async def asleep() -> bool:
        return not await told(works, name)

    await until(asleep)
    await client.get_workflow_handle(name).terminate()
    assert await told(works, name) == {"workflow-gone": ["nudge", "restart"]}
    asked = {"cause": "workflow-gone", "act": "restart", "reason": "somebody ended it"}
    seen = (await admin.post(f"{ROOMS}/{name}?preview=true", asked, key=None)).json()
    assert [(one["topic"], one["stream"]) for one in seen["entries"]] == [("repair-applied", str(stream))]
    before = len((await works.school.desk.load(stream)).entries)
    problem(await works.secretary.post(f"{ROOMS}/{name}", asked), 403, "role-may-not")
    problem(await admin.post(f"{ROOMS}/{name}", {**asked, "reason": " "}), 422, "wrong-shape")
    done = await admin.post(f"{ROOMS}/{name}", asked, key="clock")
    assert done.status_code == 201, done.text
    again = await admin.post(f"{ROOMS}/{name}", asked, key="clock")
    assert (again.status_code, again.json()["version"]) == (200, done.json()["version"])
    problem(await admin.post(f"{ROOMS}/{name}", asked), 409, "repair-not-legal")
    await until(asleep)
    loaded = await works.school.desk.load(stream)
    assert (len(loaded.entries), loaded.facts[-1].TOPIC) == (before + 1, "repair-applied")
    (mended,) = (await works.committee.get(f"{ROOMS}/{name}")).json()["repairs"]
    assert (mended["act"], mended["reason"], mended["actor"]) == ("restart", "somebody ended it", "admin")
    assert (await works.app.state.house.desk.unit(BRANCH, civil_day(now()), now())).name


async def test_what_there_is_not_is_said(works: Town) -> None:
    """A mailroom too many, a stream of another kind, no stream at all, a unit of others."""
    admin = works.actor("admin", COMMITTEE)
    for name in ("mailroom/8", "mailroom/x", f"term/{unit_stream(BRANCH)}", f"unit/{WHO}", "unit/x", "path/x"):
        problem(await admin.get(f"{ROOMS}/{name}"), 404, "not-found")
    problem(await works.secretary.get(f"{ROOMS}/unit/{unit_stream(COMMITTEE)}"), 403, "not-your-unit")
    problem(await works.secretary.get(f"{ROOMS}/mailroom/0"), 403, "not-your-unit")


class Shut(MailroomActivities):
    """Cannot deliver until it is told so."""

    shut = True

    @activity.defn(name="deliver")
    async def deliver(self, asked: DeliverInput) -> Delivered:
        """Fail, or say that nothing was left to tell."""
        if self.shut:
            raise ApplicationError("the post office of m-0007@school.example is shut")
        return Delivered((), (), asked.at)


@asynccontextmanager
async def mailroom(client: Client, settings: Settings, name: str) -> AsyncIterator[Shut]:
    """A mailroom with a letter that it cannot deliver."""
    queue, shut = "shut-mailroom", Shut()
    made = make_worker(client, replace(settings, task_queue=queue), workflows=[Mailroom], activities=[shut.deliver])
    async with made:
        await client.start_workflow(
            MAILROOM,
            Carried(),
            id=name,
            task_queue=queue,
            start_signal=TAKE_IN,
            start_signal_args=[Bundle((Item(WHO, "report", WHO, now()),), 0.1)],
        )
        yield shut


async def test_a_mailroom_that_cannot_deliver_is_paused_and_taken_up(
    works: Town, client: Client, settings: Settings
) -> None:
    """Never started anew from the log, for it holds letters; what was done stands in the stream of the uppermost unit."""
    name, admin = "mailroom/7", works.actor("admin", COMMITTEE)

    async def repaired(cause: str, act: str) -> dict[str, Any]:
        done = await admin.post(f"{ROOMS}/{name}", {"cause": cause, "act": act, "reason": "the post office is shut"})
        assert done.status_code == 201, done.text
        found: dict[str, Any] = done.json()
        return found

    async with mailroom(client, settings, name) as shut:

        async def retried() -> bool:
            return "pause" in (await told(works, name)).get("activity-retrying", [])

        await until(retried)
        assert await told(works, name) == {"activity-retrying": ["retry-now", "pause"]}
        masked = (await works.committee.get(f"{ROOMS}/{name}")).text
        assert "post office" in (await admin.get(f"{ROOMS}/{name}")).text
        assert "post office" not in masked
        refused = await admin.post(
            f"{ROOMS}/{name}", {"cause": "activity-retrying", "act": "restart", "reason": "at a loss"}
        )
        assert "it holds letters" in problem(refused, 409, "repair-not-legal")["detail"]
        done = await repaired("activity-retrying", "pause")
        assert done["recorded_on"] == str(unit_stream(COMMITTEE))

        async def paused() -> bool:
            return await told(works, name) == {"paused": ["unpause"]}

        await until(paused)
        shut.shut = False
        await repaired("paused", "unpause")
        await client.get_workflow_handle(name).result()
    assert not await told(works, name)
    acts = [one["act"] for one in (await admin.get(f"{ROOMS}/{name}")).json()["repairs"]]
    assert acts == ["pause", "unpause"]
    last = (await works.school.desk.load(unit_stream(COMMITTEE))).facts[-1]
    assert getattr(last, "workflow", None) == name
