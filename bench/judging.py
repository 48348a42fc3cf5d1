"""One path judged from memory, with all its findings and steps, beside merely decoding its facts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time
from functools import partial
from time import perf_counter

from bench.harness import Row, Sizes, number, percentile
from bench.school import School
from domain.calendar import civil_day, moment_on
from domain.facts import Fact
from domain.judge import judge
from domain.path import TOPICS
from domain.rulebook import Rulebooks
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.clock import now

FACTS = 300
LIMIT_MS = 2.0


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Judge paths of 300 facts, recorded on the day and all recorded late; decode the same facts."""
    rulebooks = load_rulebooks(HERE / "policy-sample.yaml")
    desk = Desk(MemoryLog(), EventMapping(TOPICS), rulebooks, Vault(b"a secret of a bench, 32 bytes ok"))
    school = School(desk)
    await school.establish()
    (path_id,) = await school.paths(1, FACTS)
    entries = await desk.log.stream(path_id)
    late = desk.loaded(entries).facts
    in_time = [replace(fact, timestamp=moment_on(fact.effective_on, time(18))) for fact in late]
    today = civil_day(now())
    sides: dict[str, Callable[[], object]] = {
        "in time": partial(judge, rulebooks, in_time, today),
        "late": partial(judge, rulebooks, late, today),
        "alarm": partial(judge, rulebooks, in_time, today, find=False, steps=False),
        "decoding": partial(desk.loaded, entries),
    }
    took = _measured(sides, 100 if sizes.quick else 400 * sizes.rounds)
    decoding = percentile(took["decoding"], 0.5) * 1000
    return [
        _row(
            f"a path of {FACTS} facts judged from memory", took["in time"], decoding, _told(rulebooks, in_time, today)
        ),
        _row("the same, every fact recorded late", took["late"], decoding, _told(rulebooks, late, today)),
        _row("the same, for its alarm alone", took["alarm"], decoding, "no findings, no steps"),
    ]


def _measured(sides: dict[str, Callable[[], object]], times: int) -> dict[str, list[float]]:
    """Take turns, so that what slows the machine down slows all."""
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(times):
        for name, act in sides.items():
            start = perf_counter()
            act()
            took[name].append(perf_counter() - start)
    return took


def _told(rulebooks: Rulebooks, facts: Sequence[Fact], today: date) -> str:
    known = judge(rulebooks, facts, today)
    return f"{len(known.findings)} findings, {len(known.steps)} steps, {len(known.obligations)} obligations"


def _row(what: str, took: Sequence[float], decoding: float, note: str) -> Row:
    p50, p95 = (percentile(took, share) * 1000 for share in (0.5, 0.95))
    return Row(
        bench="judge",
        what=what,
        ours=f"{number(p50, 'ms')} p50\n{number(p95, 'ms')} p95",
        theirs=number(decoding, "ms"),
        ratio=p50 / decoding,
        target=f"≤ {LIMIT_MS:g} ms",
        met=p50 <= LIMIT_MS,
        note=f"{note}; one at a time, {len(took)} times; the alternative is decoding the facts from their entries, "
        "which every answer from the log needs besides; the target is asked of p50",
    )
