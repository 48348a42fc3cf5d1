"""Plans for paths as they stand in the log: each act is supposed to be done by the nearest unit that may do it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from domain.facts import Fact
from domain.planning import Assumed, Plan, Ripe, plan, ripening
from domain.units import UnitState
from registry.desk import Desk


async def plan_path(
    desk: Desk, facts: Sequence[Fact], home: str, day: date, now: datetime, *, by: date | None, assumed: Assumed
) -> Plan:
    """Plan what remains of a path. Raises Refused, UnknownName."""
    line = await unit_line(desk, home, day, now)
    return plan(desk.rulebooks, facts, day, by=by, assumed=assumed, line=line)


async def ripen(
    desk: Desk, homes: Iterable[tuple[UUID, str]], day: date, upto: date, now: datetime
) -> AsyncIterator[Sequence[Ripe]]:
    """What each path can reach, path by path; others get their turn between two."""
    for path_id, home in homes:
        loaded = await desk.load(path_id)
        if loaded.facts and loaded.facts[0].effective_on <= day:
            yield ripening(desk.rulebooks, loaded.facts, day, upto, line=await unit_line(desk, home, day, now))
        await asyncio.sleep(0)


async def unit_line(desk: Desk, home: str, day: date, now: datetime) -> Sequence[UnitState]:
    """The home branch and all above it, as they are on a day."""
    units = [await desk.unit(unit, day, now) for unit in await desk.line(home, day, now)]
    return [unit for unit in units if unit is not None]
