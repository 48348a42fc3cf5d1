"""The engine from outside: when Temporal is away, when nobody works, when too much is asked at once."""

import asyncio
import gc
import socket
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as File

import pytest
from temporalio.client import Client

from activities.clocks import Clocks
from activities.mailroom import at_once
from activities.paths import Paths
from registry.due import due
from registry.record import record
from runtime.client import connect
from runtime.clock import now
from runtime.embedded import temporal
from runtime.engine import AT_ONCE, Engine, EngineUnavailable, StillRunning, open_engine
from runtime.namespace import prepare
from runtime.resources import Resources
from runtime.settings import Settings, SettingsError
from runtime.sweep import sweep
from runtime.workers import make_worker
from tests.engine import TIME_SKIPPING, followed, until
from tests.school import School
from workflows.clock import Clock
from workflows.contract import NEXT_WAKE_AT, SEARCH_ATTRIBUTES, workflow_id
from workflows.path import Path


def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def test_a_process_starts_while_temporal_is_away(settings: Settings, school: School) -> None:
    """Nothing is connected before it is needed; then it is told in words, soon, and when to come again."""
    async with open_engine(replace(settings, temporal_address=nowhere())) as engine:
        begun = time.monotonic()
        for asked in (school.opening(school.student()), school.withdrawal(school.path_of("nobody"))):
            with pytest.raises(EngineUnavailable, match="Temporal: ") as told:
                await engine.transition(asked)
            assert told.value.retry_after_s > 0
        with pytest.raises(EngineUnavailable):
            await engine.nudge([school.path_of("nobody")])
        health = await engine.health()
        assert (health.reachable, health.pollers) == (False, 0)
        assert health.error
        assert time.monotonic() - begun < 20


async def test_without_workers_a_transition_waits_and_runs_later(
    client: Client, settings: Settings, school: School, resources: Resources
) -> None:
    """Nobody works: the sender is told that it still runs; when a worker comes, the same request gets its receipt."""
    told = replace(settings, task_queue="nobody-yet")
    asked = school.opening(school.student())
    with pytest.raises(StillRunning):
        await Engine(client, told.task_queue, wait_seconds=0.5).transition(asked)
    health = await Engine(client, told.task_queue).health()
    assert (health.reachable, health.pollers, health.last_poll_age_s) == (True, 0, None)
    paths = Paths(resources.desk, at_once(resources.desk))
    async with make_worker(client, told, workflows=[Path], activities=[paths.record, paths.due, paths.send]):
        outcome = await Engine(client, told.task_queue).transition(asked)
        assert outcome.receipt is not None
        assert outcome.receipt.version == 1
        health = await Engine(client, told.task_queue).health()
        assert health.pollers == 1
        assert health.last_poll_age_s is not None
        assert health.last_poll_age_s < 60
    assert len(await resources.desk.log.stream(asked.path_id)) == 1


async def test_a_crowd_is_let_in_by_turns(engine: Engine, school: School, resources: Resources) -> None:
    """Three times as many openings as are let in at once are all answered, each path with one entry."""
    openings = [school.opening(school.student()) for _ in range(3 * AT_ONCE)]
    outcomes = await asyncio.gather(*(engine.transition(asked) for asked in openings))
    assert {outcome.kind for outcome in outcomes} == {"recorded"}
    streams = await resources.desk.log.streams([asked.path_id for asked in openings])
    assert {len(entries) for entries in streams.values()} == {1}


async def test_who_finds_no_turn_is_told_to_come_again(client: Client, school: School) -> None:
    """A request that never left this process is not called running."""
    engine = Engine(client, "nobody-yet-either", wait_seconds=0.3)
    crowd = [engine.transition(school.opening(school.student())) for _ in range(AT_ONCE + 1)]
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(one) for one in outcomes] == [StillRunning] * AT_ONCE + [EngineUnavailable]


async def test_a_caller_who_goes_away_is_not_told_that_it_runs(client: Client, school: School) -> None:
    """Cancelling the call cancels it, whatever the client library makes of it."""
    call = asyncio.create_task(Engine(client, "nobody-at-all").transition(school.opening(school.student())))
    await asyncio.sleep(0.2)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_what_goes_wrong_is_said_once(client: Client, school: School) -> None:
    """No error of a start is left for the event loop to complain of when it is collected."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    try:
        with pytest.raises(StillRunning):
            await Engine(client, "nobody-here", wait_seconds=0.2).transition(school.opening(school.student()))
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(before)
    assert complaints == []


async def test_an_engine_without_an_address_or_key_is_not_made(settings: Settings) -> None:
    """What is missing is said by the name of its setting."""
    for lacking, name in [
        (replace(settings, temporal_address=None), "ADDRESS"),
        (replace(settings, payload_key=()), "PAYLOAD_KEY"),
    ]:
        with pytest.raises(SettingsError, match=name):
            async with open_engine(lacking):
                pass


async def test_what_temporal_lost_is_rebuilt_from_the_log(
    settings: Settings, school: School, resources: Resources
) -> None:
    """Without Temporal's data, one sweep gives every open path its workflow and its alarm again, and no closed one."""
    paths, desk, moment = Paths(resources.desk, at_once(resources.desk)), resources.desk, now()
    opened = [await school.open_in_log(school.student()) for _ in range(5)]
    await record(desk, school.withdrawal(opened[0]), moment)
    wakes = {path_id: (await due(desk, await desk.load(path_id), moment)).wake for path_id in opened[1:]}
    await followed(resources)
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with temporal(File(home), port=0, ui_port=None, config=TIME_SKIPPING) as empty:
            told = replace(settings, temporal_address=empty.address)
            client = await connect(told)
            await prepare(client, retention=timedelta(days=30), search_attributes=SEARCH_ATTRIBUTES)
            engine = Engine(client, told.task_queue)
            kept = make_worker(
                client,
                told,
                workflows=[Path, Clock],
                activities=[paths.record, paths.due, paths.send, Clocks(desk).act],
            )
            async with kept:
                astray = await sweep(client, engine, resources.views, now())
                assert set(wakes) <= set(astray)
                assert opened[0] not in astray

                async def all_back() -> bool:
                    return await sweep(client, engine, resources.views, now()) == []

                await until(all_back, 20)
                for path_id, wake in wakes.items():
                    described = await client.get_workflow_handle(workflow_id(path_id)).describe()
                    assert described.typed_search_attributes.get(NEXT_WAKE_AT) == wake
