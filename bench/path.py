"""One path: loaded from PostgreSQL and judged, and what of that is judging alone."""

from collections.abc import Sequence
from time import perf_counter

from bench.harness import Row, Sizes, number, percentile
from bench.school import School
from bench.servers import database
from domain.calendar import civil_day
from domain.judge import judge
from runtime.clock import now
from runtime.resources import open_resources

FACTS = 300
LIMIT_MS = 10.0


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Load and judge paths of 300 facts one after another; every second time, judge from memory."""
    times = 30 if sizes.quick else 60 * sizes.rounds
    async with database() as (_, settings), open_resources(settings) as resources:
        desk = resources.desk
        school = School(desk)
        await school.establish()
        path_ids = await school.paths(10, FACTS)
        today = civil_day(now())
        whole: list[float] = []
        loading: list[float] = []
        judging: list[float] = []
        for n in range(times):
            start = perf_counter()
            loaded = desk.loaded(await desk.log.stream(path_ids[n % len(path_ids)]))  # past what is kept in memory
            read = perf_counter()
            judge(desk.rulebooks, loaded.facts, today)
            end = perf_counter()
            whole.append(end - start)
            loading.append(read - start)
            judging.append(end - read)
    p50, p99 = (percentile(whole, share) * 1000 for share in (0.5, 0.99))
    in_memory, apart = (percentile(judging, share) * 1000 for share in (0.5, 0.99))
    return [
        Row(
            "path",
            f"a path of {FACTS} facts loaded and judged",
            f"{number(p50, 'ms')} p50\n{number(p99, 'ms')} p99",
            target=f"≤ {LIMIT_MS:g} ms",
            met=p50 <= LIMIT_MS,
            note=f"one at a time, {times} times, 10 paths in turn; loading alone "
            f"{number(percentile(loading, 0.5) * 1000, 'ms')} p50; the target is asked of p50",
        ),
        Row(
            "path",
            "judged from memory alone",
            f"{number(in_memory, 'ms')} p50\n{number(apart, 'ms')} p99",
            note="the same paths, without PostgreSQL",
        ),
    ]
