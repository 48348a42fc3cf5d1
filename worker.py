"""Door: a worker serves the workflows of paths, follows the log, and puts right what was lost while it was away."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from temporalio.client import Client
from temporalio.service import RPCError

from activities.channels.base import Channel
from activities.channels.opening import open_channels, read_groups
from activities.clocks import Clocks
from activities.groups import Groups
from activities.handing import ToMailrooms
from activities.mailroom import Deliveries
from activities.paths import Paths
from activities.reconciling import Reconciling
from activities.repairing import Mending
from domain.spot import RulebookError
from eventlog.log import KeyReused, LogUnavailable
from registry.access.looks import LooksUnavailable
from registry.keys.store import KeysUnavailable
from registry.letters import Links, load_letters
from runtime.client import connect
from runtime.clock import now
from runtime.engine import Engine, EngineUnavailable
from runtime.jobs import mend
from runtime.namespace import prepare
from runtime.noting import Noting
from runtime.releasing import make_current, unfit
from runtime.repairing import NotLegal, Repairing
from runtime.resources import Resources, open_resources
from runtime.schedules import ensure_nightly, ensure_telling
from runtime.settings import Settings, SettingsError
from runtime.shredding import shred_when_due
from runtime.sweep import astray, sweep
from runtime.workers import CheckedRunner, make_worker
from runtime.workshop import Workshop
from views.follow import follow
from views.store import ViewsUnavailable
from views.troubles import Troubles
from workflows.clock import Clock
from workflows.contract import SEARCH_ATTRIBUTES
from workflows.groups import TellGroups
from workflows.mailroom import Mailroom
from workflows.path import Path
from workflows.reconciling import Reconcile
from workflows.repairing import RepairJob

LOG = logging.getLogger("jieti.worker")

RETENTION = timedelta(days=7 * 365)
"""How long Temporal keeps closed runs: longer than any path."""

AGAIN_SECONDS = 1.0
AWAY = (
    RPCError,
    RuntimeError,
    LogUnavailable,
    ViewsUnavailable,
    EngineUnavailable,
    KeysUnavailable,
    LooksUnavailable,
)
"""What a server says, or what is said of it, while it starts."""

T = TypeVar("T")


async def patiently(what: str, act: Callable[[], Awaitable[T]]) -> T:
    """Try until the servers are there: they may start at the same time as we do."""
    while True:
        try:
            return await act()
        except AWAY as error:
            LOG.warning("%s: %s; trying again", what, error)
            await asyncio.sleep(AGAIN_SECONDS)


async def _connected(settings: Settings) -> Client:
    client = await connect(settings, metrics=settings.metrics_address)
    await prepare(client, retention=RETENTION, search_attributes=SEARCH_ATTRIBUTES)
    await ensure_nightly(client, settings.task_queue)
    await ensure_telling(client, settings.task_queue)
    return client


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Resources]:
    opening = open_resources(settings)
    resources = await patiently("PostgreSQL", opening.__aenter__)
    try:
        yield resources
    finally:
        await opening.__aexit__(None, None, None)


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until told to stop, then let what is under way finish. Raises SettingsError, RulebookError."""
    client = await patiently("Temporal", lambda: _connected(settings))
    async with _opened(settings) as resources, open_channels(settings.channels_file, now) as channels:
        engine = Engine(client, settings.task_queue)
        workflows = [Path, Clock, Mailroom, TellGroups, Reconcile, RepairJob]
        activities = _activities(settings, resources, client, channels, engine)
        served = make_worker(
            client,
            settings,
            workflows=workflows,
            activities=activities,
            interceptors=[Noting(Troubles(resources.views))],
            runner=CheckedRunner(),
        )
        async with served, asyncio.TaskGroup() as beside:
            tasks: list[asyncio.Task[Any]] = [
                beside.create_task(_follow(resources, engine)),
                beside.create_task(_sweep(client, resources, engine)),
                beside.create_task(shred_when_due(resources)),
            ]
            if settings.build_id:
                tasks.append(beside.create_task(_take_over(client, settings.build_id, workflows)))
            LOG.info("a worker serves the task queue %s", settings.task_queue)
            await stop.wait()
            LOG.info("stopping: what is under way may finish")
            for task in tasks:
                task.cancel()


def _activities(
    settings: Settings, resources: Resources, client: Client, channels: Mapping[str, Channel], engine: Engine
) -> list[Callable[..., Any]]:
    """All that the workflows have done."""
    desk = resources.desk
    hand_over = ToMailrooms(client, settings.task_queue, gather_seconds=settings.gather_seconds)
    paths = Paths(desk, hand_over)
    texts, links = load_letters(settings.school, desk.rulebooks), Links(settings.reached_at)
    give_up_after = timedelta(days=settings.give_up_days)
    deliveries = Deliveries(desk, channels, texts, links, hand_over, give_up_after=give_up_after)
    groups = read_groups(settings.channels_file, channels)
    telling = Groups(desk, resources.views, channels, groups, texts=texts, links=links)
    rounds = Reconciling(
        desk,
        resources.views,
        client,
        nudge=engine.nudge,
        astray=lambda moment: astray(client, resources.views, moment),
        clock=now,
    )
    workshop = Workshop(desk, Repairing(client, settings.task_queue), now)
    mending = Mending(partial(mend, workshop), (NotLegal, KeyReused))
    own: list[Callable[..., Any]] = [paths.record, paths.due, paths.send, Clocks(desk).act]
    return [*own, deliveries.deliver, telling.tell_groups, rounds.reconcile, mending.repair_some]


async def _take_over(client: Client, build_id: str, workflows: Sequence[type]) -> None:
    """Take the paths over, once this build has been tried on some that run: one that does not fit leaves them alone."""
    wrong = await patiently("Temporal", lambda: unfit(client, workflows, CheckedRunner()))
    if wrong:
        LOG.error("build %s does not take over the paths: %s", build_id, wrong)
        return
    await patiently("Temporal", lambda: make_current(client, build_id))


async def _follow(resources: Resources, engine: Engine) -> None:
    desk = resources.desk
    await follow(desk.log, desk.mapping, desk.rulebooks, resources.views, now, engine.nudge, engine.nudge)


async def _sweep(client: Client, resources: Resources, engine: Engine) -> None:
    """Sweep at the start, when the views have followed all that happened meanwhile; later, every night reconciles."""
    await patiently("the sweep", lambda: _swept(client, resources, engine))


async def _swept(client: Client, resources: Resources, engine: Engine) -> None:
    size = await resources.desk.log.size()
    while await resources.views.wait_for(size, seconds=60) < size:
        LOG.info("the sweep waits until the views have followed the log up to %d", size)
    await sweep(client, engine, resources.views, now())


async def _until_stopped(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await work(settings, stop)


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    try:
        settings = Settings.read()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
        asyncio.run(_until_stopped(settings))
    except (SettingsError, RulebookError) as error:
        sys.exit(str(error))
    # What is under way has finished. The interpreter's own way out can abort in the threads of Temporal's core.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
