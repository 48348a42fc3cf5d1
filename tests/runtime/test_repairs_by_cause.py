"""Each technical cause, on the real engine: brought about, found on the board, repaired through the API, read in the history."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from temporalio.client import WorkflowUpdateStage

from api.actors import Actor, make_token
from domain.receipt import Outcome
from registry.desk import unit_stream
from runtime.clock import now
from tests.engine import until
from tests.school import BRANCH, COMMITTEE
from tests.watched import TOKEN_KEY, Failing, Watched
from workflows.contract import PATH, TRANSITION, PathInput, workflow_id
from workflows.defective import Forgetful, Rewritten, Stumbling

KEYS = count(1)


class Admin:
    """Repairs paths through the API, as the one who runs the system."""

    def __init__(self, watched: Watched) -> None:
        """Sign in."""
        token = make_token(TOKEN_KEY, Actor("admin", "admin", COMMITTEE), now(), timedelta(hours=1))
        self._http, self._headers = watched.http, {"Authorization": f"Bearer {token}"}

    async def repairs(self, path_id: UUID) -> tuple[dict[str, Any], str]:
        """What is the matter with a path, and its ETag."""
        answer = await self._http.get(f"/v1/paths/{path_id}/repairs", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json(), answer.headers["etag"]

    async def legal(self, path_id: UUID, cause: str) -> list[str]:
        """The acts that are legal for a cause now."""
        found, _ = await self.repairs(path_id)
        return [act["act"] for one in found["causes"] if one["cause"] == cause for act in one["acts"] if act["legal"]]

    async def repair(self, path_id: UUID, cause: str, act: str, **said: Any) -> dict[str, Any]:
        """Repair a path, with a reason, as it stands now."""
        _, etag = await self.repairs(path_id)
        return await self.post(f"/v1/paths/{path_id}/repairs", cause, act, said, **{"If-Match": etag})

    async def post(
        self, address: str, cause: str, act: str, said: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """Ask for a repair at an address."""
        body = {"cause": cause, "act": act, "reason": "found on the board", "said": said or {}}
        headers |= {**self._headers, "Idempotency-Key": f"repair-{next(KEYS)}"}
        answer = await self._http.post(address, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def history(self, path_id: UUID) -> list[tuple[str, str]]:
        """The repairs that the history tells, in their order."""
        answer = await self._http.get(f"/v1/paths/{path_id}/history", headers=self._headers)
        facts = [one["fields"] for one in answer.json()["facts"] if one["topic"] == "repair-applied"]
        assert answer.json()["repaired"] == len(facts)
        return [(one["cause"], one["act"]) for one in facts]


async def test_what_fails_is_paused_taken_up_and_tried_at_once(watched: Watched) -> None:
    """Activities that fail: paused while the cause is removed, taken up, tried at once; the decision stands once."""
    paths, admin = Failing(watched.resources.desk), Admin(watched)
    async with watched.served(paths):
        path_id = await watched.opened()
        handle = watched.client.get_workflow_handle(workflow_id(path_id))
        asked = watched.school.activist(path_id, "decision", mode="record")
        asking = await handle.start_update(
            TRANSITION, asked, id=asked.key, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=Outcome
        )
        item = await watched.stuck("activity-retrying", str(path_id))
        assert "the disk is full" in item["en"]
        assert await admin.legal(path_id, "activity-retrying") == ["retry-now", "pause", "restart"]
        await admin.repair(path_id, "activity-retrying", "retry-now")
        await until(lambda: _legal(admin, path_id, "activity-retrying", "pause"))
        done = await admin.repair(path_id, "activity-retrying", "pause")
        assert "activity record paused" in done["after"]
        await watched.stuck("paused", str(path_id))
        assert await admin.legal(path_id, "paused") == ["unpause"]
        paths.broken = False
        await admin.repair(path_id, "paused", "unpause")
        assert (await asking.result()).kind == "recorded"
        await watched.free("paused")
    assert await admin.history(path_id) == [
        ("activity-retrying", "retry-now"),
        ("activity-retrying", "pause"),
        ("paused", "unpause"),
    ]
    keys = [entry.key for entry in await watched.resources.desk.log.stream(path_id)]
    assert keys.count(asked.key) == 1


async def test_what_a_bad_release_has_broken_is_repaired_after_it(watched: Watched) -> None:
    """Tasks that fail, code that does not fit, timers that are lost: each told apart, and mended by a restart from the log."""
    admin = Admin(watched)
    found: dict[str, UUID] = {}
    async with watched.served():
        found["non-determinism"] = await watched.opened()
    for cause, queue in (("workflow-task-failing", "stumbles"), ("timer-overdue", "forgets")):
        found[cause] = await watched.school.open_in_log(watched.school.student())
        name = workflow_id(found[cause])
        await watched.client.start_workflow(PATH, PathInput(found[cause]), id=name, task_queue=queue)
    stumbles, forgets = (
        replace(watched, settings=replace(watched.settings, task_queue=queue)) for queue in ("stumbles", "forgets")
    )
    async with (
        watched.served(workflows=[Rewritten]),
        stumbles.served(workflows=[Stumbling]),
        forgets.served(workflows=[Forgetful]),
    ):
        await watched.engine.nudge([found["non-determinism"]])
        for cause, words in (
            ("workflow-task-failing", "a defect of this build"),
            ("non-determinism", "TMPRL1100"),
            ("timer-overdue", "is overdue"),
        ):
            item = await watched.stuck(cause, str(found[cause]))
            assert words in item["en"], item
            assert "restart" in await admin.legal(found[cause], cause)
        assert "reset" in await admin.legal(found["non-determinism"], "non-determinism")
        done = await admin.repair(found["non-determinism"], "non-determinism", "reset")
        assert done["before"].split(",")[1] != done["after"].split(",")[1], "another run goes on from there"
    async with watched.served():
        for cause, path_id in found.items():
            if cause in await _causes(admin, path_id):  # a task that is tried again may have got through meanwhile
                await admin.repair(path_id, cause, "restart")
                assert (await admin.history(path_id))[-1] == (cause, "restart")
            await until(partial(_well, admin, path_id), 30)
            await watched.free(cause)
    assert await admin.history(found["timer-overdue"]) == [("timer-overdue", "restart")]
    assert (await admin.history(found["non-determinism"]))[0] == ("non-determinism", "reset")
    assert len(await watched.resources.desk.log.stream(found["non-determinism"])) == 1 + len(
        await admin.history(found["non-determinism"])
    )


async def test_a_workflow_that_is_gone_is_nudged_back(watched: Watched) -> None:
    """Ended behind our back, it is on the board within one look, and back by one act."""
    admin = Admin(watched)
    async with watched.served():
        path_id = await watched.opened()
        await watched.client.get_workflow_handle(workflow_id(path_id)).terminate()
        item = await watched.stuck("workflow-gone", str(path_id))
        assert "terminated" in item["en"] or "does not run" in item["en"]
        await admin.repair(path_id, "workflow-gone", "nudge")
        await watched.free("workflow-gone")
        await until(lambda: _well(admin, path_id))
    assert await admin.history(path_id) == [("workflow-gone", "nudge")]


async def test_a_clock_that_is_gone_is_on_the_board_with_the_address_of_its_repairs(watched: Watched) -> None:
    """The clock of a unit, ended behind our back: found as a path's workflow is, and started anew from what the board says."""
    admin, name, views = Admin(watched), f"unit/{unit_stream(BRANCH)}", watched.resources.views
    await watched.caught_up()
    owing = [row for row in await views.clocks.to_nudge(10) if row.stream_id == unit_stream(BRANCH)]
    await watched.engine.nudge({row.stream_id: row.subject for row in owing})
    await views.clocks.nudged(owing)
    await watched.client.get_workflow_handle(name).terminate()
    item = await watched.stuck("workflow-gone", name)
    assert (item["path_id"], item["next"]["act"]) == (None, "nudge")
    await admin.post(item["href"], "workflow-gone", "nudge")
    await watched.free("workflow-gone")
    await watched.client.get_workflow_handle(
        name
    ).terminate()  # nobody serves clocks here: other tests are not to see it
    await views.pool.execute("update view.clock set nudge = true")


async def _legal(admin: Admin, path_id: UUID, cause: str, act: str) -> bool:
    return act in await admin.legal(path_id, cause)


async def _causes(admin: Admin, path_id: UUID) -> list[str]:
    return [one["cause"] for one in (await admin.repairs(path_id))[0]["causes"]]


async def _well(admin: Admin, path_id: UUID) -> bool:
    return not await _causes(admin, path_id)
