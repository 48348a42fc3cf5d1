"""Which workflows are not well: Temporal's lists name those that may not be, and each is asked how it stands."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio.client import Client

from runtime.lists import NON_DETERMINISM, PROBLEMS, RUNNING, counted, listed, overdue_before
from runtime.scene import GRACE, LETTERS_WAIT, amiss
from runtime.standing import Failed, last_failure, standing
from views.troubles import Key, Trouble, Troubles
from workflows.contract import CLOCK, PATH
from workflows.mailing import MAILROOM

MOST_ASKED = 50
"""Workflows that are asked about one by one in a look. Of more, the lists tell."""

MOST_LISTED = 20_000
AT_ONCE = 8
COMPARED_SECONDS = 300.0
"""How often open paths and running workflows are compared one by one, though their numbers agree."""

SETTLE_SECONDS = 2.0
"""How long a workflow that was just started may be missing from Temporal's lists."""


KEPT_RUN = f"WorkflowType IN ('{PATH}', '{CLOCK}') AND {RUNNING}"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A workflow with which something may be amiss, and the list that names it."""

    id: str
    type: str
    why: str


WHY: Mapping[str, tuple[str, str, str]] = {
    "failing": ("workflow-task-failing", "工作流任务反复失败", "the workflow's task keeps failing"),
    "non-deterministic": ("non-determinism", "程序与工作流历史不一致", "the code does not fit the workflow's history"),
    "paused": ("paused", "活动已暂停", "an activity is paused"),
    "degraded": ("activity-retrying", "活动反复重试", "an activity fails and is tried again"),
    "noted": ("activity-retrying", "活动反复重试", "an activity fails and is tried again"),
    "overdue": ("timer-overdue", "闹钟已过而未响", "its timer is overdue"),
    "gone": ("workflow-gone", "工作流不在运行", "its workflow does not run"),
}
"""What each list says of the workflows in it, where there are too many to ask about all."""


async def named(client: Client, troubles: Troubles, moment: datetime, *, served: bool) -> list[Suspect]:
    """All workflows that a list names, each once. Timers that nobody can hear while nobody works are not asked for.

    Raises EngineUnavailable, RPCError, ViewsUnavailable.
    """
    found: dict[str, Suspect] = {}
    lists = {
        f"{PROBLEMS} IS NOT NULL": "failing",
        "TemporalPauseInfo IS NOT NULL": "paused",
        "Health = 'degraded'": "degraded",
    }
    async for one in _listed(client, {f"{RUNNING} AND {query}": why for query, why in lists.items()}):
        found.setdefault(one.id, one)
    for name, kind in (await troubles.suspects(MOST_LISTED)).items():
        found.setdefault(name, Suspect(name, kind, "noted"))
    if served:
        async for one in _listed(client, {overdue_before(moment, GRACE): "overdue"}):
            found.setdefault(one.id, one)
    return list(found.values())


async def _listed(client: Client, queries: Mapping[str, str]) -> AsyncIterator[Suspect]:
    for query, why in queries.items():
        async for one in listed(client, query, most=MOST_LISTED):
            yield Suspect(one.id, one.type, "non-deterministic" if NON_DETERMINISM in one.problems else why)


async def asked(
    client: Client, suspects: Sequence[Suspect], known: Mapping[Key, Trouble], moment: datetime
) -> tuple[list[Trouble], list[str]]:
    """What is amiss with suspects, and which of them go on: each is asked, those that are new first.

    Of those that there is no time to ask in this look, the last that was known of them still stands, else what the
    list says. Raises EngineUnavailable, RPCError.
    """
    earlier: dict[str, list[Trouble]] = {}
    for trouble in known.values():
        if trouble.workflow_id and trouble.cause != "disagreement":
            earlier.setdefault(trouble.workflow_id, []).append(trouble)
    ordered = sorted(suspects, key=lambda one: one.id in earlier)
    found: list[Trouble] = []
    well: list[str] = []
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(one: Suspect) -> Sequence[Trouble]:
        async with turns:
            return await _asked(client, one, moment)

    first = ordered[:MOST_ASKED]
    for one, told in zip(first, await asyncio.gather(*(ask(one) for one in first)), strict=True):
        found += told
        if not told:
            well.append(one.id)
    for one in ordered[MOST_ASKED:]:
        found += earlier.get(one.id) or [_trouble(one, *WHY[one.why])]
    return found, well


async def _asked(client: Client, one: Suspect, moment: datetime) -> Sequence[Trouble]:
    """How a workflow stands, in its own words."""
    seen = await standing(client, one.id)
    if not seen.running and one.type not in (PATH, CLOCK):  # it had nothing left to do
        return []
    failed = await last_failure(client, seen) if seen.running and seen.task_attempt > 1 else Failed()
    told = [_trouble(one, each.cause, each.zh, each.en) for each in amiss(seen, failed, moment)]
    if not told and one.why == "degraded" and one.type == MAILROOM:
        return [_trouble(one, "letters-waiting", LETTERS_WAIT.zh, LETTERS_WAIT.en)]
    return told


def _trouble(one: Suspect, cause: str, zh: str, en: str) -> Trouble:
    return Trouble(cause, one.id, zh, en, _path(one), one.id, one.type)


def _path(one: Suspect) -> UUID | None:
    return UUID(one.id.partition("/")[2]) if one.type == PATH else None


class Absent:
    """Which open paths and other streams have no workflow that runs. As long as the numbers agree they are seldom gone through."""

    def __init__(self, client: Client, troubles: Troubles) -> None:
        """Compare these."""
        self._client, self._troubles = client, troubles
        self._seen = (0, 0, 0)
        self._compared = float("-inf")
        self._gone: set[str] = set()

    async def suspects(self, *, settled: bool, at: float) -> list[Suspect]:
        """The workflows that should run and do not, at a moment of a monotonic clock.

        While the views are not `settled` at the end of the log, nobody new is suspected. Raises EngineUnavailable,
        RPCError, ViewsUnavailable.
        """
        numbers = await self._troubles.count_kept(), await counted(self._client, KEPT_RUN)
        # Who was lost and who came back since may come to the same numbers: they are held against those known to be gone.
        missing = numbers[0] - numbers[1]
        changed = missing != len(self._gone) and (*numbers, len(self._gone)) != self._seen
        if settled and (changed or at - self._compared >= COMPARED_SECONDS):
            self._gone = await self._compare()
            self._compared = at
        elif self._gone:
            self._gone &= set(await self._troubles.kept(self._gone))
        if settled:
            self._seen = (*numbers, len(self._gone))
        return [Suspect(name, PATH if name.startswith("path/") else CLOCK, "gone") for name in self._gone]

    async def _compare(self) -> set[str]:
        """Go through all, and once more through very many that seem to be gone: they may have been started just now."""
        gone = set(await self._troubles.kept())
        for again in (True, False):
            async for one in listed(self._client, KEPT_RUN):
                gone.discard(one.id)
            if len(gone) <= MOST_ASKED:
                break
            if again:
                await asyncio.sleep(SETTLE_SECONDS)
        return gone

    def run_after_all(self, names: Iterable[str]) -> None:
        """Take note of suspects that turned out to run."""
        self._gone -= set(names)
