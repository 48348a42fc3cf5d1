"""Releases over running paths: side by side, moved over, a bad one kept out or rolled back; no act lost, none twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.mailroom import at_once
from activities.paths import Paths
from domain.receipt import Asked
from runtime.client import connect
from runtime.engine import Engine, EngineUnavailable, StillRunning, TransitionFailed
from runtime.releasing import NoSuchBuild, make_current, releases, serve_by, unfit
from runtime.resources import Resources
from runtime.settings import Settings
from runtime.standing import standing
from runtime.workers import SANDBOX, make_worker
from tests.engine import until
from tests.runtime.conftest import namespace_of_its_own
from tests.school import School
from workflows.contract import workflow_id
from workflows.defective import Rewritten
from workflows.path import Path

PATHS = 30


@pytest.fixture(scope="module")
async def apart(settings: Settings, client: Client) -> Settings:
    """A namespace of its own: builds are known in the whole of one."""
    return await namespace_of_its_own(settings, client, "releases")


def build(client: Client, settings: Settings, resources: Resources, name: str, workflow: type = Path) -> Worker:
    """A worker of a build."""
    paths = Paths(resources.desk, at_once(resources.desk))
    told = replace(settings, build_id=name)
    return make_worker(client, told, workflows=[workflow], activities=[paths.record, paths.due, paths.send])


async def asked_of_all(engine: Engine, asked: Sequence[Asked]) -> list[int]:
    """Send these until each is answered; tells at which version each stands."""

    async def answered(one: Asked) -> int:
        while True:
            try:
                outcome = await engine.transition(one)
            except (EngineUnavailable, StillRunning, TransitionFailed):
                await asyncio.sleep(0.2)
            else:
                assert outcome.receipt, outcome
                return outcome.receipt.version

    return await asyncio.gather(*(answered(one) for one in asked))


async def test_a_release_takes_over_and_a_bad_one_is_rolled_back(
    apart: Settings, school: School, resources: Resources
) -> None:
    """30 open paths move to a new build beside the old one; a bad build halts them and is rolled back; every act once."""
    client = await connect(apart)
    engine, hasty = Engine(client, apart.task_queue), Engine(client, apart.task_queue, wait_seconds=0.5)
    openings = [school.opening(school.student()) for _ in range(PATHS)]
    ids = [one.path_id for one in openings]
    async with build(client, apart, resources, "1"):
        assert await make_current(client, "1")
        await asked_of_all(engine, openings)
        async with build(client, apart, resources, "2"):
            assert await unfit(client, [Path], SANDBOX) == ""
            assert await make_current(client, "2")
            moved = asked_of_all(engine, [school.activist(one, "on-2", mode="record") for one in ids])
            assert set(await moved) == {2}
            await engine.nudge(ids)
            await until(lambda: _served(client, "2"))
    async with build(client, apart, resources, "2"):
        assert await all_well(client, ids)
        async with build(client, apart, resources, "3", Rewritten):
            assert "Nondeterminism" in await unfit(client, [Rewritten], SANDBOX)
            assert await make_current(client, "3")
            acts = [school.activist(one, "on-3", mode="record") for one in ids]
            answers = await asyncio.gather(*(hasty.transition(one) for one in acts[:10]), return_exceptions=True)
            halted = [one for one in answers if isinstance(one, BaseException)]
            assert halted, "it does not fit, and halts what is asked of it"
            assert all(isinstance(one, EngineUnavailable | StillRunning | TransitionFailed) for one in halted), halted
            await serve_by(client, "2")
            assert not await make_current(client, "3"), "a build that was rolled back must not come back by itself"
        assert set(await asked_of_all(engine, acts)) == {3}
    assert [[one.key for one in await school.desk.log.stream(each)] for each in ids] == [
        ["secretary-1:open", "secretary-1:on-2", "secretary-1:on-3"] for _ in ids
    ]
    listed = {one.build: one.current for one in await releases(client)}
    assert listed == {"3": False, "2": True, "1": False}
    with pytest.raises(NoSuchBuild):
        await serve_by(client, "never-built")


async def _served(client: Client, name: str) -> bool:
    return {one.build: one.workflows for one in await releases(client)}[name] == PATHS


async def all_well(client: Client, ids: Sequence[UUID]) -> bool:
    """No path is stuck: every workflow runs, and its task is not failing."""
    seen = [await standing(client, workflow_id(one)) for one in ids]
    return all(one.running and one.task_attempt <= 1 for one in seen)


async def test_a_share_of_the_tasks_goes_to_a_new_build_first(
    settings: Settings, client: Client, resources: Resources
) -> None:
    """Ramping: the new build gets its share, a restart of its worker does not take the rest; then all, or none again."""
    apart = await namespace_of_its_own(settings, client, "ramps")
    there = await connect(apart)
    async with build(there, apart, resources, "1"):
        assert await make_current(there, "1")
        async with _beside(there, apart, resources):
            await serve_by(there, "2", percent=20)
            assert {one.build: (one.current, one.ramp) for one in await releases(there)} == {
                "1": (True, 0.0),
                "2": (False, 20.0),
            }
            assert not await make_current(there, "2")
            await serve_by(there, "2", percent=0)
            assert [one.ramp for one in await releases(there)] == [0.0, 0.0]
            await serve_by(there, "2")
            assert [one.current for one in await releases(there)] == [True, False]


@asynccontextmanager
async def _beside(client: Client, settings: Settings, resources: Resources) -> AsyncIterator[None]:
    async with build(client, settings, resources, "2"):

        async def heard() -> bool:
            return "2" in [one.build for one in await releases(client)]

        await until(heard, 20)
        yield
