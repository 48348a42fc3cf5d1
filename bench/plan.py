"""What-if: the whole plan of one path, and the forecast of a branch, from memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

from bench.harness import Row, Sizes, number, percentile
from bench.school import HOME, School
from bench.servers import database
from domain.calendar import civil_day
from domain.planning import horizon
from registry.desk import Desk
from registry.planning import plan_path, ripen
from runtime.clock import now
from runtime.resources import open_resources

A_BRANCH = 40
FACTS = 40
PLAN_MS, FORECAST_S = 50.0, 1.0


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Plan activists' paths to the end one after another; forecast a branch of them for a year, several times."""
    forecasts: list[float] = []
    ripe = 0
    async with database() as (_, settings), open_resources(settings) as resources:
        desk = resources.desk
        school = School(desk)
        await school.establish()
        path_ids = await school.paths(4 if sizes.quick else A_BRANCH, FACTS)
        moment = now()
        plans = [await _planned(desk, path_id, moment) for path_id in path_ids * (1 if sizes.quick else 3)]
        for _ in range(1 if sizes.quick else sizes.rounds):
            start = perf_counter()
            ripe = await _ripe(desk, path_ids, moment)
            forecasts.append(perf_counter() - start)
    return _rows(plans, forecasts, ripe, len(path_ids))


async def _planned(desk: Desk, path_id: UUID, moment: datetime) -> float:
    """Plan a path to the end; tell the seconds that took, once it was read."""
    facts, today = (await desk.load(path_id)).facts, civil_day(moment)
    start = perf_counter()
    await plan_path(desk, facts, HOME, today, moment, by=today + timedelta(days=900), assumed={})
    return perf_counter() - start


async def _ripe(desk: Desk, path_ids: Sequence[UUID], moment: datetime) -> int:
    """Forecast these paths for a year; tell how many stages ripen."""
    today = civil_day(moment)
    homes = [(path_id, HOME) for path_id in path_ids]
    return sum([len(one) async for one in ripen(desk, homes, today, horizon(today, 12), moment)])


def _rows(plans: Sequence[float], forecasts: Sequence[float], ripe: int, paths: int) -> Sequence[Row]:
    p50, p99 = (percentile(plans, share) * 1000 for share in (0.5, 0.99))
    taken = percentile(forecasts, 0.5)
    return [
        Row(
            "plan",
            "an activist's path planned to the end, with last days",
            f"{number(p50, 'ms')} p50\n{number(p99, 'ms')} p99",
            target=f"≤ {PLAN_MS:g} ms",
            met=p50 <= PLAN_MS,
            note=f"{len(plans)} plans of paths of {FACTS} facts, one at a time, read before; the target is asked of p50",
        ),
        Row(
            "plan",
            f"forecast of {paths} paths for a year",
            number(taken, "s"),
            target=f"≤ {FORECAST_S:g} s",
            met=taken <= FORECAST_S,
            note=f"{ripe} stages ripen; each path's head is read from PostgreSQL, the rest from memory",
        ),
    ]
