"""Clocks and terms in the views: rows for every unit, told when their alarm changes, judged anew when the policy does."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain.calendar import civil_day
from domain.rulebook import Rulebooks
from domain.termclock import term_stream
from domain.termrules import Semester
from registry.acts import act
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.record import record
from runtime.clock import now
from tests.school import BRANCH, COMMITTEE, today
from tests.views.conftest import Yard
from views.clocks import ClockRow
from views.follow import follow
from views.listing import Wanted
from views.store import Views

TODAY = civil_day(now())
FIRST = UUID(int=0)


async def clocks(views: Views) -> Mapping[UUID, ClockRow]:
    """All clocks that the views know."""
    return {row.stream_id: row for row in await views.clocks.of(after=FIRST, limit=100)}


def keeping(books: Rulebooks, days: int) -> Rulebooks:
    """The rulebooks with one semester, which began ten days ago and lasts for so many days more; a report is owed."""
    term = Semester("now", TODAY - timedelta(days=10), TODAY + timedelta(days=days))
    assert books.policy.terms is not None
    terms = replace(books.policy.terms, first=term.start, jobs=[job for job in books.policy.terms.jobs if job.closes])
    return replace(books, policy=replace(books.policy, semesters=(term,), terms=terms), digest=f"{days:064}")


def desk_of(yard: Yard, books: Rulebooks) -> Desk:
    """The yard's desk under other rulebooks."""
    return replace(yard.desk, rulebooks=books)


async def settled(yard: Yard, books: Rulebooks) -> Sequence[Mapping[UUID, str]]:
    """Have the views follow under these rulebooks until every clock was told; answers who was."""
    told: list[Mapping[UUID, str]] = []

    async def nobody(_paths: Sequence[UUID]) -> None:
        pass

    async def on_clock(streams: Mapping[UUID, str]) -> None:
        told.append(streams)

    desk = yard.desk
    following = asyncio.create_task(follow(desk.log, desk.mapping, books, yard.views, now, nobody, on_clock))
    try:
        async with asyncio.timeout(15):
            size = await desk.log.size()
            while True:
                bookmark = await yard.views.bookmark()
                if (bookmark.position, bookmark.rules[:64]) == (size, books.digest):
                    break
                await asyncio.sleep(0.02)
            while await yard.views.clocks.to_nudge(1):
                await asyncio.sleep(0.02)
    finally:
        following.cancel()
        await asyncio.wait([following])
    return told


async def test_clocks_are_told_and_told_again_when_the_policy_changes(yard: Yard) -> None:
    """A branch's clock is told of its terms, a committee's has none; a term that now ends later wakes later."""
    books = keeping(yard.desk.rulebooks, 40)
    told = await settled(yard, books)
    unit, term = unit_stream(BRANCH), term_stream(BRANCH, "now")
    assert told == [{unit: "unit"}]
    rows = await clocks(yard.views)
    assert (rows[unit].closed, rows[unit_stream(COMMITTEE)].closed) == (False, True)

    desk = desk_of(yard, books)
    assert [one.kind for one in await act(desk, await desk.load(unit), now())] == ["recorded"]
    assert await act(desk, await desk.load(unit), now()) == []
    assert await settled(yard, books) == [{term: "term"}]
    (before,) = await yard.views.clocks.terms(BRANCH)
    assert (before.term, before.last_on, before.closed_on) == ("now", TODAY + timedelta(days=40), None)

    said = {"effective_on": today(), "activity": "theme-party-day", "participants": 7}
    asked = asking(desk, term, "activity-held", said, actor="li", capacity="branch-secretary", key="1")
    assert (await record(desk, asked, now())).kind == "recorded"
    later = await settled(yard, keeping(yard.desk.rulebooks, 50))
    assert later == [{term: "term"}]
    (row,) = await yard.views.clocks.below(COMMITTEE, "now")
    assert (row.last_on, row.closes_on) == (before.last_on + timedelta(days=10), before.closes_on + timedelta(days=10))
    assert (row.numbers[0], row.participants[0], row.version) == (1, 7, 2)
    assert await yard.views.paths(Wanted()) == []

    none = replace(books, policy=replace(books.policy, terms=None), digest="f" * 64)
    assert unit in {one for told in await settled(yard, none) for one in told}
    assert (await clocks(yard.views))[unit].closed
