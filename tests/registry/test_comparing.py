"""Whom a change of the rulebooks touches: found part by part, in this process and in others alike."""

from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import cast
from uuid import UUID

import pytest

from bench.campus import campus, changed, lives
from domain.facts import Fact
from domain.judge import judge
from domain.judgement import Judgement
from domain.path import TOPICS
from domain.spot import RulebookError
from eventlog.entry import Append
from eventlog.log import LogUnavailable
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from eventlog.postgres import open_log
from registry.comparing import PART_ENTRIES, Comparison, Totals, Touched, compare, compare_here, spans
from sample.school import TODAY

MAPPING = EventMapping(TOPICS)
PATHS = 60


@pytest.fixture(scope="module")
async def log() -> MemoryLog:
    """A log with some paths of the sample school."""
    made = MemoryLog()
    for append in await some():
        await made.append(append)
    return made


async def some() -> list[Append]:
    """Paths of every age."""
    return list(campus((await lives())[::4], PATHS))


def test_spans_cover_every_id_once() -> None:
    """However large the log, each id lies in exactly one span, and no span is much larger than another."""
    for size in (0, 1, PART_ENTRIES, PART_ENTRIES + 1, 1_234_567):
        found = list(spans(size))
        assert len(found) == max(1, -(-size // PART_ENTRIES))
        assert found[0][0] == UUID(int=0)
        assert found[-1][1] == UUID(int=(1 << 128) - 1)
        assert all(one[1].int + 1 == two[0].int for one, two in pairwise(found))


async def test_the_same_rulebooks_touch_nobody(log: MemoryLog) -> None:
    """Judged twice under one set, no path differs; and all were judged."""
    books = changed()[0].read()
    totals = Totals()
    async for part in compare_here(log, Comparison(books, books, TODAY, MAPPING)):
        totals.add(part)
    assert (totals.paths, totals.facts, totals.touched) == (PATHS, await log.size(), 0)


async def test_who_is_touched_is_who_is_judged_otherwise(log: MemoryLog) -> None:
    """Exactly those paths come back whose findings, obligations or steps differ, with what differs and where they are."""
    sets = changed()
    assert sets[0].policy
    name, text = sets[0].policy
    talk = f"{text}\ntighten:\n  - {{rule: TALK_1M, limit: {{days: 21}}, source: [UP]}}\n"
    before, after = sets[0].read(), replace(sets[0], policy=(name, talk)).read()
    found: dict[UUID, Touched] = {}
    async for part in compare_here(log, Comparison(before, after, TODAY, MAPPING)):
        found |= {one.path_id: one for one in part.touched}
    streams = await log.streams_between(UUID(int=0), UUID(int=(1 << 128) - 1))
    for path_id, entries in streams.items():
        facts = [cast("Fact", MAPPING.to_event(entry)) for entry in entries]
        one, other = (judge(books, facts, TODAY) for books in (before, after))
        assert (path_id not in found) == (seen(one) == seen(other))
    for touched in found.values():
        names = {item.name.partition(" ")[0] for item in touched.differences}
        assert names <= {"TALK_1M", "S02"}
        assert touched.unit.startswith("qs-")
    assert 0 < len(found) < PATHS


def seen(known: Judgement) -> object:
    """What of a judgement people see, but for its words."""
    return (
        [(one.rule, one.version, one.severity, one.arithmetic) for one in known.findings],
        [(one.id, one.due_on, one.owed_by) for one in known.obligations],
        [(one.id, one.state, one.done_on, one.earliest, one.latest, one.missing) for one in known.steps],
        (known.stage, known.outcome),
    )


async def test_two_processes_find_what_one_does(log: MemoryLog, database: str) -> None:
    """From PostgreSQL, in processes of their own, the same paths come back with the same counts."""
    async with open_log(database) as kept:
        await kept.append_all(await some())
        size = await kept.size()
    one, other = Totals(), Totals()
    before, after = changed()
    paths = set()
    async for part in compare_here(log, Comparison(before.read(), after.read(), TODAY, MAPPING)):
        one.add(part)
        paths |= {touched.path_id for touched in part.touched}
    async for part in compare(partial(open_log, database, readers=1), size, (before, after), TODAY):
        other.add(part)
        paths -= {touched.path_id for touched in part.touched}
    assert one == other
    assert not paths


async def test_what_goes_wrong_in_another_process_is_told(database: str) -> None:
    """A rulebook that cannot be read and a server that is away are told as they are here."""
    before, after = changed()
    broken = replace(after, workdays=("w.yaml", "2026: {off: []}\n"))
    with pytest.raises(RulebookError, match=r"w\.yaml:1: worked must be given"):
        async for _ in compare(partial(open_log, database), 1, (before, broken), date(2026, 1, 1), 1):
            pass
    away = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(LogUnavailable):
        async for _ in compare(partial(open_log, away), 1, (before, after), date(2026, 1, 1), 1):
            pass
