"""Rows beside a path's row: saved with it, replaced as a whole, and left alone where nothing has changed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from domain.calendar import civil_day
from registry.record import record
from runtime.clock import now
from tests.views.conftest import Yard
from views.beside import BESIDE


async def owed(yard: Yard, path_id: UUID) -> list[Any]:
    """What the view says is owed on a path, with the transaction that wrote each row."""
    connection = await asyncpg.connect(yard.dsn)
    try:
        return list(await connection.fetch("select *, xmin::text from view.owed where path_id = $1", path_id))
    finally:
        await connection.close()


async def test_what_is_owed_stands_in_its_own_rows(yard: Yard) -> None:
    """One row an obligation, with its day, who owes it, what it rests on and where it comes from."""
    path_id = await yard.opened(days_ago=40)
    await yard.caught_up()
    (row,) = await owed(yard, path_id)
    opened_on = civil_day(now()) - timedelta(days=40)
    assert (row["obligation"], row["owed_by"], row["since"]) == ("talk", "branch-secretary", opened_on)
    assert row["due_on"] < civil_day(now())
    assert (row["rests_on"], row["tells"], row["provisional"]) == ([1], False, False)
    assert row["sources"]


async def test_what_is_met_goes_and_what_is_new_comes(yard: Yard) -> None:
    """The rows of a path are always those of its last judgement."""
    path_id = await yard.opened(days_ago=40)
    await yard.caught_up()
    await record(yard.desk, yard.school.talk(path_id), now())
    await yard.caught_up()
    assert "talk" not in [row["obligation"] for row in await owed(yard, path_id)]
    await record(yard.desk, yard.school.withdrawal(path_id), now())
    await yard.caught_up()
    assert await owed(yard, path_id) == []


async def test_rows_that_have_not_changed_are_not_written(yard: Yard) -> None:
    """A fact that changes nothing of what is owed leaves the rows as they were written."""
    path_id = await yard.opened(days_ago=40)
    await yard.caught_up()
    before = await owed(yard, path_id)
    report = yard.school.ask(path_id, "thought-report-received", "a report", by_unit="branch-1")
    await record(yard.desk, report, now())
    await yard.caught_up()
    assert await owed(yard, path_id) == before


async def test_emptied_views_have_nothing_beside_the_paths(yard: Yard) -> None:
    """Whoever empties the views empties every table of paths, and following makes the same rows again."""
    path_id = await yard.opened(days_ago=40)
    await yard.caught_up()
    before = [dict(row) | {"xmin": ""} for row in await owed(yard, path_id)]
    await yard.views.empty()
    assert await owed(yard, path_id) == []
    await yard.caught_up()
    assert [dict(row) | {"xmin": ""} for row in await owed(yard, path_id)] == before
    assert "owed" in [table.name for table in BESIDE]
