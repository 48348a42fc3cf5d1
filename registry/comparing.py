"""Whom a change of the rulebooks touches: every path of a log judged under both sets, part by part, on two cores.

The log is cut into spans of ids, which are parts of about equal size; a process of its own reads, judges and compares
one part at a time, so that memory does not grow with the log. What comes back are the paths that are judged otherwise.
"""

import asyncio
import gc
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from typing import cast
from uuid import UUID

from domain.difference import Difference, differences
from domain.facts import Fact
from domain.facts.application import ApplicationSubmitted
from domain.judge import judge
from domain.judgement import Judgement
from domain.path import TOPICS
from domain.rulebook import Rulebooks
from domain.rulechange import concerning
from eventlog.entry import Entry
from eventlog.log import Log
from eventlog.mapping import EventMapping
from registry.rulebooks import Texts

PART_ENTRIES = 8_000
"""About so many entries are held at a time by each process: a few megabytes."""

PROCESSES = 2
AHEAD = 2
"""So many parts wait for each process, so that it never waits for us."""

COLLECT = (200_000, 50, 100)
"""A part's facts and judgements form no cycles: Python need not look for them among a hundred thousand objects."""

IDS = 1 << 128

Opener = Callable[[], AbstractAsyncContextManager[Log]]
"""Opens the log; it goes to another process, so it can be pickled."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A path that is judged otherwise: whose (a pseudonym), where it stands, and in what the judgements differ."""

    path_id: UUID
    person_id: UUID
    unit: str
    stage: str
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in one part of the log: how many paths and facts were judged, and which of them differ."""

    paths: int
    facts: int
    touched: Sequence[Touched]


@dataclass(slots=True)
class Totals:
    """Counts over all parts: how many paths differ, by unit, by what differs, and by rule, obligation or step."""

    paths: int = 0
    facts: int = 0
    touched: int = 0
    by_unit: Counter[str] = field(default_factory=Counter)
    by_name: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, part: Part) -> None:
        """Count one part."""
        self.paths += part.paths
        self.facts += part.facts
        self.touched += len(part.touched)
        for one in part.touched:
            self.by_unit[one.unit] += 1
            # A finding's name ends with the version of its fact, which is the path's own.
            self.by_name.update({(item.what, item.name.partition(" ")[0]) for item in one.differences})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of rulebooks and a day on which all paths are judged under both; without `before`, under the one alone."""

    before: Rulebooks | None
    after: Rulebooks
    day: date
    mapping: EventMapping

    def part(self, streams: Mapping[UUID, Sequence[Entry]]) -> Part:
        """Judge the paths among these streams."""
        touched: list[Touched] = []
        paths = facts = 0
        for path_id, entries in streams.items():
            if entries[0].topic != ApplicationSubmitted.TOPIC:
                continue
            known = [cast("Fact", self.mapping.to_event(entry)) for entry in entries]
            paths, facts = paths + 1, facts + len(known)
            after = judge(self.after, known, self.day)
            found = tuple(_differ(judge(self.before, known, self.day), after)) if self.before else ()
            if found:
                person_id = cast("ApplicationSubmitted", known[0]).person_id
                touched.append(Touched(path_id, person_id, after.home_unit, after.outcome or after.stage, found))
        return Part(paths, facts, touched)


def _differ(before: Judgement, after: Judgement) -> Iterator[Difference]:
    """In what two judgements differ; most do not, and that is seen at once."""
    if (before.findings, before.steps, before.obligations, before.moments, before.stage) != (
        *(after.findings, after.steps, after.obligations, after.moments, after.stage),
    ):
        # That another edition says the same is no difference to anybody.
        yield from (one for one in differences(before, after) if one.what != "edition")


def spans(size: int) -> Iterator[tuple[UUID, UUID]]:
    """Cut all ids into spans, so many that each has about `PART_ENTRIES` of a log of this size."""
    count = max(1, -(-size // PART_ENTRIES))
    for number in range(count):
        yield UUID(int=IDS * number // count), UUID(int=IDS * (number + 1) // count - 1)


async def compare_here(log: Log, comparison: Comparison) -> AsyncIterator[Part]:
    """Compare part by part in this very process."""
    for first, last in spans(await log.size()):
        yield comparison.part(await log.streams_between(first, last))


async def compare(
    opener: Opener, size: int, sets: tuple[Texts | None, Texts], day: date, processes: int = PROCESSES
) -> AsyncIterator[Part]:
    """Compare part by part in processes of their own; `size` is the log's, from which the parts are made.

    `sets` are the rulebooks before and after; without any before, all is judged anew and nothing compared. Raises whatever opening the log or reading the rulebooks raises.
    """
    context = get_context("spawn")  # a fork would take our event loop and its connections along
    with ProcessPoolExecutor(processes, context, _begin, (opener, *sets, day)) as pool:
        waiting: deque[Future[Part]] = deque()
        try:
            for first, last in spans(size):
                waiting.append(pool.submit(_part, first, last))
                if len(waiting) >= processes * (1 + AHEAD):
                    yield await asyncio.wrap_future(waiting.popleft())
            while waiting:
                yield await asyncio.wrap_future(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Worker:
    """What a process works with: what it was given, and from its first part on an event loop, the log and the rules."""

    given: tuple[Opener, Texts | None, Texts, date]
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    held: AsyncExitStack = field(default_factory=AsyncExitStack)
    opened: tuple[Log, Comparison] | None = None

    def part(self, first: UUID, last: UUID) -> Part:
        """Compare one part."""
        if self.opened is None:
            self.opened = self._open()
        log, comparison = self.opened
        return comparison.part(self.runner.run(log.streams_between(first, last)))

    def _open(self) -> tuple[Log, Comparison]:
        # Not while the process begins: what goes wrong there nobody is told.
        opener, before, after, day = self.given
        sets: tuple[Rulebooks | None, Rulebooks] = (
            concerning(before.read(), after.read()) if before else (None, after.read())
        )
        comparison = Comparison(*sets, day, EventMapping(TOPICS))
        log = self.runner.run(self.held.enter_async_context(opener()))
        gc.freeze()
        gc.set_threshold(*COLLECT)
        return log, comparison


_WORKERS: list[_Worker] = []


def _begin(opener: Opener, before: Texts | None, after: Texts, day: date) -> None:
    _WORKERS.append(_Worker((opener, before, after, day)))


def _part(first: UUID, last: UUID) -> Part:
    return _WORKERS[0].part(first, last)
