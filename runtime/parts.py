"""What is amiss with the parts beside the workflows: the views, the signer, the workers, and what the last night left."""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from temporalio.client import Client

from eventlog.log import Log
from eventlog.published import Published, Status
from runtime.lists import listed, workers
from runtime.releasing import current_build
from views.store import Views
from views.troubles import Trouble
from workflows.contract import PATH, workflow_id
from workflows.reconciling import RECONCILE, Disagreement, Reconciliation

BEHIND = timedelta(seconds=30)
"""How long views and signer may take to come to what stood in the log."""

SILENT = timedelta(seconds=30)
"""The signer says every few seconds how it is; one that has said nothing for so long is away."""


class Behind:
    """Who is behind the log, and since when: what stood in it at each look is remembered for a while."""

    def __init__(self, log: Log, views: Views, published: Published, *, seal_seconds: int) -> None:
        """Look at these; an entry may wait `seal_seconds` to be sealed."""
        self._log, self._views, self._published = log, views, published
        self._sealing = timedelta(seconds=seal_seconds) + BEHIND
        self._sizes: list[tuple[datetime, int]] = []

    async def amiss(self, moment: datetime) -> list[Trouble]:
        """Ask how far the log, the views and the signer are. Raises LogUnavailable, ViewsUnavailable."""
        size = await self._log.size()
        position = (await self._views.bookmark()).position
        said = await asyncio.to_thread(self._published.status)
        self._sizes = [one for one in self._sizes if moment - one[0] <= self._sealing + BEHIND] + [(moment, size)]
        found = []
        if since := self._since(position, moment - BEHIND):
            zh, en = (
                f"视图到第 {position} 条，日志有 {size} 条",
                f"the views are at {position}, the log has {size} entries",
            )
            found.append(Trouble("views-behind", "views", zh, en, since=since))
        if said:
            found += _signer(said, size, self._since(said.size, moment - self._sealing), moment)
        return found

    def _since(self, reached: int, before: datetime) -> datetime | None:
        """Since when somebody who has come so far is behind what stood in the log before a moment."""
        return next((at for at, size in self._sizes if at <= before and size > reached), None)


def _signer(said: Status, size: int, behind: datetime | None, moment: datetime) -> list[Trouble]:
    """What is amiss with the signer, by its own word and by its silence."""
    if said.refused:
        return [Trouble("signer-refuses", "signer", f"签发者：{said.refused}", f"the signer: {said.refused}")]
    waiting = max(size - said.size, 0)
    lag = f"，{waiting} 条未签", f"; {waiting} entries are not sealed"
    if moment - said.seen_at > SILENT:
        at = f"{said.seen_at:%Y-%m-%dT%H:%M:%SZ}"
        told = f"签发者自 {at} 无消息{lag[0]}", f"the signer has said nothing since {at}{lag[1]}"
        return [Trouble("signer-behind", "signer", *told, since=said.seen_at)]
    if said.error:
        return [Trouble("signer-behind", "signer", f"签发者受阻：{said.error}", f"the signer is held up: {said.error}")]
    if behind:
        told = f"签发者到第 {said.size} 条{lag[0]}", f"the signer is at {said.size}{lag[1]}"
        return [Trouble("signer-behind", "signer", *told, since=behind)]
    return []


async def unserved(client: Client, task_queue: str, moment: datetime) -> list[Trouble]:
    """Whether somebody works: any worker at all, and one of the build that is current. Raises EngineUnavailable, RPCError."""
    known = await workers(client, task_queue, moment)
    current = await current_build(client)
    if known.builds and (not current or current in known.builds):
        return []
    heard = f"{known.heard_at:%Y-%m-%dT%H:%M:%SZ}" if known.heard_at else "–"
    zh, en = f"任务队列 {task_queue} 没有工作进程", f"no worker polls the task queue {task_queue}"
    about = task_queue
    if known.builds:
        about = f"{task_queue}/{current}"
        zh, en = (
            f"当前构建 {current} 没有工作进程",
            f"no worker of the build {current} polls, and it is the current one",
        )
    return [
        Trouble(
            "no-worker", about, f"{zh}，最近一次消息在 {heard}", f"{en}; last heard of at {heard}", since=known.heard_at
        )
    ]


class LastRound:
    """What the last reconciliation has left for people to look at."""

    def __init__(self, client: Client) -> None:
        """Ask through this client."""
        self._client = client
        self._run = ""
        self._left: list[Trouble] = []

    async def amiss(self) -> list[Trouble]:
        """What was left, read anew only where there has been another round. Raises EngineUnavailable, RPCError."""
        query = f"WorkflowType = '{RECONCILE}' AND ExecutionStatus = 'Completed'"
        async for one in listed(self._client, query, most=1):  # the one that ended last comes first
            if one.run_id != self._run:
                handle = self._client.get_workflow_handle(one.id, run_id=one.run_id, result_type=Reconciliation)
                known: Reconciliation = await handle.result()
                self._left = [_left(item) for item in known.left]
                self._run = one.run_id
        return self._left


def _left(one: Disagreement) -> Trouble:
    path_id = UUID(one.path_id)
    told = sha256(one.told.encode()).hexdigest()[:12]
    return Trouble(
        "disagreement",
        f"{one.kind}/{path_id}/{told}",
        f"{one.kind}：{one.told}",
        f"{one.kind}: {one.told}",
        path_id,
        workflow_id(path_id),
        PATH,
    )
