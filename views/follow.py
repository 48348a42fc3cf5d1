"""Follows the log: each path that new entries touch is judged once, and its row saved together with the bookmark."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path as File
from typing import Any, cast
from uuid import UUID

import domain
from domain.calendar import civil_day
from domain.facts import KINDS, Fact
from domain.path import Path, Unit
from domain.rulebook import Rulebooks
from eventlog.entry import Entry
from eventlog.log import Log, LogUnavailable
from eventlog.mapping import EventMapping
from views.beside import BESIDE
from views.clocks import KEPT, ClockRow, TermRow, clock_rows, nudges
from views.reminders import ReminderRow
from views.rows import PathRow, UnitRow, judged, only_reminders, path_row, told_already, unit_row
from views.store import Bookmark, BookmarkMoved, Keeper, Views, ViewsUnavailable

LOG = logging.getLogger("jieti.views")

BATCH = 2000
"""Entries that are followed in one transaction, at most."""

REJUDGED = 500
"""Paths that are judged anew in one transaction when the rules have changed."""

NUDGED = 200
"""Workflows that are told of their alarms in one go."""

TOGETHER_SECONDS = 0.1
"""How long to rest after a few entries: those that come meanwhile are followed together, which costs what one costs."""

IDLE_SECONDS = 5.0
AGAIN_SECONDS = 1.0
"""How long to wait before trying again what could not be reached, or was another follower's."""


def _code() -> str:
    digest = sha256()
    for file in sorted(File(domain.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


CODE = _code()
"""Names the code that judges. A release that changes it has all rows made anew, and moves the alarms that it changes:
a reminder may have been set two years and three releases ago."""

OnAlarm = Callable[[Sequence[UUID]], Awaitable[None]]
"""Tells the workflows of these paths to look for their alarm. May fail: it is called again."""

OnClock = Callable[[Mapping[UUID, str]], Awaitable[None]]
"""Tells the clocks of these streams, each with what it is about, to look for their alarm. May fail: it is called again."""


class Gap(Exception):
    """The log skipped a position: it has been tampered with, or is not the log that was followed. Nothing was saved."""


async def follow(  # noqa: PLR0917 - what is followed, how it is judged, where it is saved, whom it wakes
    log: Log,
    mapping: EventMapping,
    rulebooks: Rulebooks,
    views: Views,
    clock: Callable[[], datetime],
    on_alarm: OnAlarm,
    on_clock: OnClock | None = None,
) -> None:
    """Follow the log for ever, as the one active follower or waiting to become it. Raises Gap, and what judging raises.

    What cannot be reached is tried again. `on_alarm` is called until it succeeds, and does not hold up the following; so
    is `on_clock`, where clocks beside those of paths are kept.
    """
    follower = Follower(log, mapping, rulebooks, views, clock)
    nudging = asyncio.create_task(follower.nudge(on_alarm, on_clock), name="nudging workflows")
    try:
        await follower.run()
    finally:
        nudging.cancel()
        await asyncio.wait([nudging])


@dataclass(frozen=True, slots=True)
class Touched:
    """A stream with its facts so far, whole, and the position of the newest."""

    facts: Sequence[Fact]
    position: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What is saved of the streams that were touched: their own rows, and those beside them by table."""

    paths: Sequence[PathRow]
    units: Sequence[UnitRow]
    beside: Mapping[str, Sequence[Any]]
    clocks: Sequence[ClockRow]
    terms: Sequence[TermRow]

    @property
    def nudge(self) -> bool:
        """Whether a workflow is to be told."""
        return any(row.nudge for row in self.paths) or any(row.nudge for row in self.clocks)


class Follower:
    """One process's follower: active, or waiting for the active one to end."""

    def __init__(
        self, log: Log, mapping: EventMapping, rulebooks: Rulebooks, views: Views, clock: Callable[[], datetime]
    ) -> None:
        """Take what is followed, by which rules it is judged, and where the rows are saved."""
        self._log = log
        self._mapping = mapping
        self._rulebooks = rulebooks
        self._views = views
        self._clock = clock
        self._alarmed = asyncio.Event()
        self._active = asyncio.Event()

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                async with self._views.following() as keeper:
                    if keeper is not None:
                        self._active.set()
                        await self._follow(keeper)
            except (ViewsUnavailable, LogUnavailable) as error:
                LOG.warning("cannot follow the log just now: %s", error)
            except BookmarkMoved:
                LOG.info("the views were emptied; following from the beginning")
                continue
            finally:
                self._active.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self, keeper: Keeper) -> None:
        bookmark = await keeper.bookmark()
        while True:
            rules = self._rules()
            if bookmark.position and bookmark.rules != rules:
                await self._rejudge(keeper, bookmark)
            before = bookmark.position
            bookmark = await self.step(keeper, replace(bookmark, rules=rules), was=bookmark)
            if 0 < bookmark.position - before < BATCH:
                await asyncio.sleep(TOGETHER_SECONDS)
            await self._log.wait(bookmark.position, seconds=IDLE_SECONDS)

    def _rules(self) -> str:
        """Name what all rows are judged by: the rulebooks, the edition in force today, and the code."""
        return f"{self._rulebooks.digest}/{self._rulebooks.on(civil_day(self._clock())).name}/{CODE}"

    async def step(self, keeper: Keeper, bookmark: Bookmark, *, was: Bookmark | None = None) -> Bookmark:
        """Follow one batch of entries, if there are any; returns the bookmark as it is then. Raises Gap."""
        was = was or bookmark
        entries = await self._log.after(bookmark.position, limit=BATCH)
        for expected, entry in enumerate(entries, bookmark.position + 1):
            if entry.position != expected:
                message = f"the log has position {entry.position} where {expected} should be"
                raise Gap(message)
        after = replace(bookmark, position=bookmark.position + len(entries))
        if after == was:
            if (await keeper.bookmark()) != was:
                raise BookmarkMoved
            return was
        rows = await self._rows(keeper, await self._touched(entries))
        await keeper.save(was, after, rows.paths, rows.units, rows.beside, clocks=rows.clocks, terms=rows.terms)
        if rows.nudge:
            self._alarmed.set()
        return after

    async def _touched(self, entries: Sequence[Entry]) -> Sequence[Touched]:
        """The streams that these entries belong to. Only what began earlier is read from the log again."""
        fresh: dict[UUID, list[Entry]] = {}
        for entry in entries:
            fresh.setdefault(entry.stream_id, []).append(entry)
        older = [stream_id for stream_id, new in fresh.items() if new[0].version > 1]
        whole = await self._log.streams(older) if older else {}
        touched = []
        for stream_id, new in fresh.items():
            last = new[-1].position
            known = [entry for entry in whole[stream_id] if entry.position <= last] if stream_id in whole else new
            touched.append(Touched(self._facts(known), last))
            await asyncio.sleep(0)  # others share this loop
        return touched

    def _facts(self, entries: Sequence[Entry]) -> Sequence[Fact]:
        return [cast("Fact", self._mapping.to_event(entry)) for entry in entries]

    async def _rows(self, keeper: Keeper, touched: Sequence[Touched], *, judged_anew: bool = False) -> "Rows":
        now = self._clock()
        units = [unit_row(one.facts, one.position, now) for one in touched if _subject(one) == Unit.NAME]
        rest = [one for one in touched if _subject(one) == Path.NAME]
        before = await keeper.rows([one.facts[0].originator_id for one in rest])
        paths: list[PathRow] = []
        beside: dict[str, list[Any]] = {table.name: [] for table in BESIDE}
        for one in rest:
            path = judged(self._rulebooks, one.facts, one.position, now)
            row = path_row(path)
            for table in BESIDE:
                beside[table.name].extend(table.rows(path))
            paths.append(replace(row, nudge=_nudges(row, before.get(row.path_id), one.facts, judged_anew=judged_anew)))
            await asyncio.sleep(0)
        clocks, terms, told = await self._clocks(keeper, touched, now, judged_anew=judged_anew)
        beside["reminder"].extend(told)
        return Rows(paths, units, beside, clocks, terms)

    async def _clocks(
        self, keeper: Keeper, touched: Sequence[Touched], now: datetime, *, judged_anew: bool
    ) -> tuple[list[ClockRow], list[TermRow], list[ReminderRow]]:
        kept = [one for one in touched if _subject(one) in KEPT]
        before = await keeper.clocks([one.facts[0].originator_id for one in kept]) if kept else {}
        clocks: list[ClockRow] = []
        terms: list[TermRow] = []
        reminders: list[ReminderRow] = []
        for one in kept:
            row, term, of_term = clock_rows(self._rulebooks, one.facts, one.position, now)
            told = nudges(row, before.get(row.stream_id), one.facts, judged_anew=judged_anew)
            clocks.append(replace(row, nudge=told))
            terms += [term] if term else []
            reminders += of_term
            await asyncio.sleep(0)
        return clocks, terms, reminders

    async def _rejudge(self, keeper: Keeper, bookmark: Bookmark) -> None:
        """The rules have changed: judge everything anew as far as the bookmark, which stays until all is done."""
        LOG.info("the rules are now %s: judging every path anew", self._rules())
        last = UUID(int=0)
        while path_ids := await self._views.path_ids(after=last, limit=REJUDGED):
            await self._judge_anew(keeper, bookmark, path_ids)
            last = path_ids[-1]
        last = UUID(int=0)
        while clocks := await self._views.clocks.of(after=last, limit=REJUDGED):
            await self._judge_anew(keeper, bookmark, [row.stream_id for row in clocks])
            last = clocks[-1].stream_id

    async def _judge_anew(self, keeper: Keeper, bookmark: Bookmark, stream_ids: Sequence[UUID]) -> None:
        streams = await self._log.streams(stream_ids)
        touched = []
        for stream_id in stream_ids:
            known = [entry for entry in streams[stream_id] if entry.position <= bookmark.position]
            touched.append(Touched(self._facts(known), known[-1].position))
            await asyncio.sleep(0)
        rows = await self._rows(keeper, touched, judged_anew=True)
        await keeper.save(bookmark, bookmark, rows.paths, (), rows.beside, clocks=rows.clocks, terms=rows.terms)
        self._alarmed.set()

    async def nudge(self, on_alarm: OnAlarm, on_clock: OnClock | None = None) -> None:
        """Tell workflows of their changed alarms for ever. What is to be told stands in the views: a crash loses none."""
        while True:
            await self._active.wait()
            self._alarmed.clear()
            try:
                while alarms := await self._views.to_nudge(NUDGED):
                    await on_alarm(list(alarms))
                    await self._views.nudged(alarms)
                while on_clock and (clocks := await self._views.clocks.to_nudge(NUDGED)):
                    await on_clock({row.stream_id: row.subject for row in clocks})
                    await self._views.clocks.nudged(clocks)
            except Exception as error:  # noqa: BLE001 - whatever keeps the engine away, the paths still stand in the view
                LOG.warning("cannot tell workflows of their alarms just now: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._alarmed.wait()
            except TimeoutError:
                pass


def _subject(one: Touched) -> str:
    return KINDS[one.facts[0].TOPIC].SUBJECT


def _nudges(row: PathRow, before: PathRow | None, facts: Sequence[Fact], *, judged_anew: bool) -> bool:
    """Tell whether the workflow of a path must be told: it may owe that from before, or the alarm has changed."""
    if told_already(facts[-1]) and not judged_anew:
        return False
    if before is None:
        return not row.outcome
    if only_reminders(facts[before.version :]):
        return before.nudge
    return before.nudge or before.alarm != row.alarm
