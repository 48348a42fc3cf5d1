"""The follower: rows and bookmark in one transaction, one that is active, nothing skipped, workflows told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.calendar import civil_day
from eventlog.entry import Entry
from registry.batch import record_all
from registry.record import record
from runtime.clock import now
from tests.school import BRANCH, COMMITTEE
from tests.views.conftest import Yard
from views.follow import CODE, Follower, Gap
from views.listing import Wanted
from views.store import Bookmark, BookmarkMoved, ViewsUnavailable, open_views

START = Bookmark(0, "")


@dataclass
class Told:
    """Remembers whose workflow was told, and can be away."""

    away: bool = False
    paths: list[UUID] = field(default_factory=list)

    async def __call__(self, paths: Sequence[UUID]) -> None:
        """Take note, or fail as an engine that is away."""
        if self.away:
            message = "the engine is away"
            raise ConnectionError(message)
        self.paths += paths


async def settle(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something comes true."""
    async with asyncio.timeout(15):
        while not await true():
            await asyncio.sleep(0.02)


async def test_a_path_gets_its_row(yard: Yard) -> None:
    """Stage, unit, what is due, who is waited for, what was found; name and number stay sealed."""
    path_id = await yard.opened(days_ago=40)
    await record(yard.desk, yard.school.talk(path_id), now())
    await yard.caught_up()
    row = await yard.views.path(path_id)
    assert row is not None
    assert (row.stage, row.unit, row.version, row.outcome, row.pending) == ("applicant", BRANCH, 2, "", "")
    assert row.position == await yard.desk.log.size()
    assert "TALK_1M" in row.rules
    assert row.severity == "finding"
    assert row.opened_on == civil_day(now()) - timedelta(days=40)
    assert await yard.desk.vault.open(path_id, row.name) == "李雷"
    assert row.student_no.startswith("v2:identity:")
    assert (await yard.views.bookmark()).position == row.position
    units = {unit.unit_id: unit for unit in await yard.views.units(COMMITTEE)}
    assert (units[BRANCH].superior, units[BRANCH].kind, units[COMMITTEE].authority) == (COMMITTEE, "branch", True)


async def test_a_batch_is_judged_as_far_as_it_goes(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row depends on the facts up to its position: what stands behind the batch is not looked at yet."""
    monkeypatch.setattr("views.follow.BATCH", 3)
    path_id = await yard.opened(days_ago=40)
    await record(yard.desk, yard.school.talk(path_id), now())
    async with yard.views.following() as keeper:
        assert keeper is not None
        bookmark = await yard.follower.step(keeper, START)
        row = await yard.views.path(path_id)
        assert row is not None
        assert (bookmark.position, row.version, row.position, row.rules) == (3, 1, 3, ("LATE_ENTRY",))
        await yard.follower.step(keeper, bookmark)
    row = await yard.views.path(path_id)
    assert row is not None
    assert (row.version, row.position) == (2, 4)


async def test_rebuilding_gives_the_same(yard: Yard) -> None:
    """The views can be emptied at any time; following again makes every row anew, even under a running follower."""
    paths = [await yard.opened(days_ago=days) for days in (3, 9, 40)]
    await record(yard.desk, yard.school.talk(paths[0]), now())
    await yard.caught_up()
    before = [replace(row, nudge=False) for row in await yard.views.paths(Wanted())]
    units = await yard.views.units()
    await yard.views.empty()
    assert await yard.views.paths(Wanted()) == []
    await yard.caught_up()
    assert [replace(row, nudge=False) for row in await yard.views.paths(Wanted())] == before
    assert await yard.views.units() == units
    async with yard.following(Told()):
        await yard.views.empty()
        await yard.opened()
        await settle(lambda: _caught_up(yard))
    assert len(await yard.views.paths(Wanted())) == 4


async def _caught_up(yard: Yard) -> bool:
    return (await yard.views.bookmark()).position == await yard.desk.log.size()


async def test_one_follower_is_active(yard: Yard) -> None:
    """A second one waits; when the first one's connection is cut it takes over, and the first can save no more."""
    await yard.opened()
    async with open_views(yard.dsn) as others:
        async with yard.views.following() as first:
            assert first is not None
            async with others.following() as second:
                assert second is None
            administrator = await asyncpg.connect(yard.dsn)
            try:
                await administrator.execute(
                    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
                )
            finally:
                await administrator.close()
            with pytest.raises(ViewsUnavailable):
                await yard.follower.step(first, START)
        async with others.following() as third:
            assert third is not None


async def test_a_bookmark_that_moved_saves_nothing(yard: Yard) -> None:
    """Rows are saved only where the bookmark is still where they began."""
    path_id = await yard.opened()
    await yard.caught_up()
    async with yard.views.following() as keeper:
        assert keeper is not None
        known = await yard.views.path(path_id)
        assert known is not None
        with pytest.raises(BookmarkMoved):
            await keeper.save(START, Bookmark(9, ""), [replace(known, stage="lost")], [])
    after = await yard.views.path(path_id)
    assert after is not None
    assert after.stage == "applicant"


class Gappy:
    """A log that has lost an entry."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Give these entries."""
        self._entries = entries

    async def after(self, position: int, *, limit: int) -> Sequence[Entry]:
        """The entries behind a position."""
        return [entry for entry in self._entries if entry.position > position][:limit]


async def test_a_gap_stops_the_follower(yard: Yard) -> None:
    """A position that is skipped is never passed over: the follower stops and saves nothing."""
    await yard.opened()
    entries = list(await yard.desk.log.after(0))
    del entries[1]
    follower = Follower(Gappy(entries), yard.desk.mapping, yard.desk.rulebooks, yard.views, now)  # type: ignore[arg-type] # only this is asked
    async with yard.views.following() as keeper:
        assert keeper is not None
        with pytest.raises(Gap, match="position 3 where 2"):
            await follower.step(keeper, START)
    assert (await yard.views.bookmark()) == START


async def test_waiting_for_a_position(yard: Yard) -> None:
    """Whoever has written waits until the views have it, and not longer than they want."""
    async with yard.following(Told()):
        await yard.opened()
        size = await yard.desk.log.size()
        assert await yard.views.wait_for(size, 10) == size
        assert await yard.views.wait_for(size + 1, 0.05) == size


async def test_workflows_are_told_of_changed_alarms(yard: Yard) -> None:
    """Evidence that moves an alarm is told once; a decision that came through the workflow is known there."""
    told = Told()
    async with yard.following(told):
        path_id = await yard.opened()
        await settle(lambda: _caught_up(yard))
        assert told.paths == []
        await record(yard.desk, yard.school.talk(path_id), now())

        async def heard() -> bool:
            return told.paths == [path_id]

        await settle(heard)
        await settle(lambda: _nobody(yard))
        report = yard.school.ask(path_id, "thought-report-received", "same alarm", by_unit=BRANCH)
        await record(yard.desk, report, now())
        await settle(lambda: _caught_up(yard))
        await asyncio.sleep(0.2)
        assert told.paths == [path_id]


async def test_a_reminder_is_known_to_the_workflow_that_sent_it(yard: Yard) -> None:
    """Time alone moved the alarm: whoever sent the reminder had looked, and is not told of its own doing."""
    path_id = await yard.opened(days_ago=5)
    await yard.caught_up()
    row = await yard.views.path(path_id)
    assert row is not None
    assert row.wake_at is not None
    woken = row.wake_at + timedelta(minutes=1)
    sent: dict[str, Any] = {"obligation": "TALK", "step": "S02", "owed_by": "branch-secretary", "due_on": row.due_on}
    sent |= {"rung_days": -7, "channel": "console", "outcome": "accepted"}
    await record(yard.desk, yard.school.ask(path_id, "reminder-sent", "reminder", **sent), woken)
    late = Follower(yard.desk.log, yard.desk.mapping, yard.desk.rulebooks, yard.views, lambda: woken)
    async with yard.views.following() as keeper:
        assert keeper is not None
        await late.step(keeper, await keeper.bookmark())
    after = await yard.views.path(path_id)
    assert after is not None
    assert after.alarm != row.alarm
    assert not after.nudge


async def _nobody(yard: Yard) -> bool:
    return not await yard.views.to_nudge(10)


async def test_imported_paths_are_told(yard: Yard) -> None:
    """A path that came from a file has a source and no workflow yet: its workflow is told, and so begins."""
    asked = replace(yard.school.opening(yard.school.student()), source="sha256:00", mode="record")
    await record_all(yard.desk, [asked], now())
    told = Told()
    async with yard.following(told):

        async def heard() -> bool:
            return told.paths == [asked.path_id]

        await settle(heard)


async def test_who_could_not_be_told_is_told_later(yard: Yard) -> None:
    """While the engine is away the views go on, and what is to be told survives the process."""
    told = Told(away=True)
    path_id = await yard.opened()
    await record(yard.desk, yard.school.talk(path_id), now())
    async with yard.following(told):
        await settle(lambda: _caught_up(yard))
        other = await yard.opened()
        await settle(lambda: _caught_up(yard))
        assert await yard.views.path(other) is not None
    assert list(await yard.views.to_nudge(10)) == [path_id]
    again = Told()
    async with yard.following(again):
        await settle(lambda: _nobody(yard))
    assert again.paths == [path_id]


async def test_changed_rules_judge_every_path_anew(yard: Yard) -> None:
    """Under other rulebooks all rows are made again in place, and the workflows of those whose alarm moved are told."""
    path_id = await yard.opened(days_ago=2)
    yard.desk.rulebooks.on(civil_day(now()))
    async with yard.following(Told()):
        await settle(lambda: _caught_up(yard))
    bookmark = await yard.views.bookmark()
    assert bookmark.rules.startswith(yard.desk.rulebooks.digest)
    assert bookmark.rules.endswith(CODE)  # a release that judges otherwise is another rule
    row = await yard.views.path(path_id)
    assert row is not None
    async with yard.views.following() as keeper:
        assert keeper is not None
        old = replace(row, stage="old", alarm="old")
        await keeper.save(bookmark, replace(bookmark, rules="other rules"), [old], [])
    told = Told()
    async with yard.following(told):

        async def anew() -> bool:
            return (await yard.views.bookmark()).rules == bookmark.rules

        await settle(anew)
        await settle(lambda: _nobody(yard))
    row = await yard.views.path(path_id)
    assert row is not None
    assert (row.stage, told.paths) == ("applicant", [path_id])
