"""Comparing the log with Temporal and with the views: what does not agree is put right where that is safe, else listed."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio import activity
from temporalio.client import Client

from activities.histories import Heard, heard
from domain.calendar import civil_day
from domain.facts import KINDS, Transition
from domain.judge import judge
from domain.judgement import Judgement
from domain.path import Path
from eventlog.entry import Entry
from registry.comparing import spans
from registry.desk import Desk
from registry.shelf import Loaded
from views.ledger import untold
from views.rows import PathRow
from views.store import Views
from workflows.contract import workflow_id
from workflows.reconciling import SAFE, Disagreement, Kind, ReconcileActivities, ReconcileInput, Reconciliation

LOG = logging.getLogger("jieti.reconcile")

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
FIRST = UUID(int=0)
PAGE = 1000

UNTOLD = timedelta(days=1)
"""So long a letter may wait for the next morning. What is not told by then may have been lost on its way."""

GRACE = timedelta(minutes=5)
"""What was recorded so lately may be on its way to the views, or through its workflow."""

PATIENCE_SECONDS = 60
"""How long a round waits for the views to come to the end of the log; what they have not followed by then is told."""

Nudge = Callable[[Mapping[UUID, str]], Awaitable[None]]
Astray = Callable[[datetime], Awaitable[Mapping[UUID, str]]]
"""Streams, paths and others, with what each is about."""


class Reconciling(ReconcileActivities):
    """Reconciles a desk's log with the views and with what Temporal's client tells.

    `nudge` has workflows look for their alarm and starts those that are missing; `astray` tells which need it.
    """

    def __init__(
        self,
        desk: Desk,
        views: Views,
        client: Client,
        *,
        nudge: Nudge,
        astray: Astray,
        clock: Callable[[], datetime],
        grace: timedelta = GRACE,
        patience_seconds: int = PATIENCE_SECONDS,
    ) -> None:
        """Take what is compared. What was recorded within the `grace` is left to the next round."""
        self._desk, self._views, self._client = desk, views, client
        self._nudge, self._astray, self._clock, self._grace = nudge, astray, clock, grace
        self._patience = patience_seconds

    @activity.defn(name="reconcile")
    async def reconcile(self, asked: ReconcileInput) -> Reconciliation:
        """Compare everything, put right what is safe, and list the rest.

        Temporal is read before the log: whatever it has answered stands in the log by then.
        """
        moment, since = self._clock(), asked.since or LONG_AGO
        told = await heard(self._client, since)
        size = await self._desk.log.size()
        await self._caught_up(size)
        found: list[Disagreement] = []
        known: set[UUID] = set()
        for first, last in spans(size):
            activity.heartbeat(len(known))
            streams = await self._desk.log.streams_between(first, last)
            paths = {one: entries for one, entries in streams.items() if KINDS[entries[0].topic].SUBJECT == Path.NAME}
            rows = await self._views.rows(list(paths))
            for path_id, entries in paths.items():
                one = told.get(workflow_id(path_id), Heard())
                found += self._compared(
                    self._desk.loaded(entries), rows.get(path_id), one, (since, moment - self._grace)
                )
            known |= paths.keys()
        found += await self._strange(told, known)
        astray = await self._astray(moment)
        found += [
            disagreement(
                "workflow-astray", stream_id, f"the workflow of the {subject} is missing, or does not know its alarm"
            )
            for stream_id, subject in astray.items()
        ]
        if asked.repair:
            await self._repair(found, await untold(self._views, moment - UNTOLD) | dict(astray))
            found = [replace(item, repaired=item.kind in SAFE) for item in found]
        for item in found:
            LOG.log(
                logging.INFO if item.repaired else logging.ERROR, "%s: path %s: %s", item.kind, item.path_id, item.told
            )
        return Reconciliation({"entries": size, "paths": len(known), "workflows": len(told)}, found)

    async def _caught_up(self, size: int) -> None:
        """Wait for the views, but not for ever, and be heard of meanwhile."""
        for _ in range(self._patience):
            activity.heartbeat()
            if await self._views.wait_for(size, seconds=1) >= size:
                return

    def _compared(
        self, loaded: Loaded, row: PathRow | None, told: Heard, period: tuple[datetime, datetime]
    ) -> Iterator[Disagreement]:
        """Everything that can be said against one path of the log by what was recorded in a period."""
        path_id, settled = loaded.entries[0].stream_id, loaded.entries[-1].recorded_at < period[1]
        known = judge(self._desk.rulebooks, loaded.facts, civil_day(self._clock()), find=False, steps=False)
        if row is None:
            if settled:
                yield disagreement(
                    "view-missing", path_id, f"the views lack it; it begins at {loaded.entries[0].position}"
                )
        elif settled and (wrong := _wrong(row, known)):
            yield disagreement("view-differs", path_id, wrong)
        if known.outcome and told.running and settled:
            yield disagreement("workflow-of-closed-path", path_id, f"it ended ({known.outcome}), and its workflow runs")
        yield from _receipts(loaded.entries, told)
        yield from _decisions(loaded, told, period)

    async def _strange(self, told: Mapping[str, Heard], known: Collection[UUID]) -> list[Disagreement]:
        """Workflows and rows of paths that the log has not."""
        found: list[Disagreement] = []
        names = {workflow_id(path_id) for path_id in known}
        for name, one in told.items():
            path_id = UUID(name.partition("/")[2])
            if name not in names and await self._is_unknown(path_id):
                if one.running:
                    found.append(
                        disagreement("workflow-without-path", path_id, "it runs, and the log has no such path")
                    )
                found += _receipts((), one)
        after = FIRST
        while listed := await self._views.path_ids(after=after, limit=PAGE):
            after = listed[-1]
            found += [
                disagreement("view-without-path", path_id, "the views have it, and the log has no such path")
                for path_id in listed
                if path_id not in known and await self._is_unknown(path_id)
            ]
        return found

    async def _is_unknown(self, path_id: UUID) -> bool:
        """Whether the log has no such path now: one that was opened while the log was read is none."""
        return not (await self._desk.log.heads([path_id]))[path_id].version

    async def _repair(self, found: Sequence[Disagreement], astray: Mapping[UUID, str]) -> None:
        """Have workflows look for their alarm, and the views follow the log once more from where they are wrong.

        What was to be told a day ago and was not is handed over once more: a mailroom that still has it knows it, and in
        place of one that somebody has ended another one takes it.
        """
        on = {UUID(one.path_id): Path.NAME for one in found if one.kind == "workflow-of-closed-path"}
        if nudged := on | dict(astray):
            await self._nudge(nudged)
        amiss = [UUID(one.path_id) for one in found if one.kind in ("view-missing", "view-differs")]
        if amiss:
            firsts = [(await self._desk.log.stream(path_id, upto=1))[0].position for path_id in amiss]
            await self._views.follow_again(min(firsts) - 1)


def disagreement(kind: Kind, path_id: UUID, told: str) -> Disagreement:
    """One item that is not put right so far."""
    return Disagreement(kind, str(path_id), told, repaired=False)


def _wrong(row: PathRow, known: Judgement) -> str:
    """What a row of the views says otherwise than the log; nothing where they agree."""
    said = {
        "version": row.version,
        "unit": row.unit,
        "stage": row.stage,
        "outcome": row.outcome,
        "pending": row.pending,
    }
    is_so = {"version": known.version, "unit": known.home_unit, "stage": known.stage, "outcome": known.outcome}
    is_so["pending"] = known.pending
    return "; ".join(
        f"{name} is {is_so[name] or '–'}, the views say {said[name] or '–'}"
        for name in said
        if said[name] != is_so[name]
    )


def _receipts(entries: Sequence[Entry], told: Heard) -> Iterator[Disagreement]:
    """Receipts that were given, and whose entry is not in the log."""
    digests = {entry.version: entry.digest.hex() for entry in entries}
    for receipt in told.receipts:
        if digests.get(receipt.version) != receipt.digest:
            yield disagreement(
                "receipt-not-recorded",
                receipt.path_id,
                f"a receipt was given for {receipt.topic}, version {receipt.version}, position {receipt.position}, digest "
                f"{receipt.digest}; the log has {digests.get(receipt.version, 'nothing')} there",
            )


def _decisions(loaded: Loaded, told: Heard, period: tuple[datetime, datetime]) -> Iterator[Disagreement]:
    """Decisions that stand in the log without having been asked of a workflow. Those of an import name its file."""
    for entry, fact in zip(loaded.entries, loaded.facts, strict=True):
        asked = isinstance(fact, Transition) and fact.source is None and period[0] <= entry.recorded_at < period[1]
        if asked and entry.key not in told.keys:
            yield disagreement(
                "entry-without-update",
                entry.stream_id,
                f"{entry.topic}, version {entry.version}, position {entry.position}, was recorded by {fact.recorded_by} "
                f"under the key {entry.key}, and no workflow was asked for it",
            )
