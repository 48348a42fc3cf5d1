"""`python -m bench [NAME …] [--quick] [--students N] [--json FILE]`: measures, prints the table, judges nothing."""

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop
from rich.console import Console

from bench import (
    append,
    campus,
    evidence,
    importing,
    judging,
    mail,
    path,
    plan,
    release,
    reminders,
    replay,
    seal,
    stuck,
    transition,
    verify,
)
from bench.harness import Row, Sizes, save, show

Bench = Callable[[Sizes], Awaitable[Sequence[Row]]]

BENCHES: dict[str, Bench] = {
    "append": append.measure,
    "judge": judging.measure,
    "path": path.measure,
    "plan": plan.measure,
    "evidence": evidence.measure,
    "transition": transition.measure,
    "import": importing.measure,
    "seal": seal.measure,
    "replay": replay.measure,
    "verify": verify.measure,
    "release": release.measure,
    "campus": campus.measure,
    "reminders": reminders.measure,
    "mail": mail.measure,
    "stuck": stuck.measure,
}


async def run(names: Sequence[str], sizes: Sizes, console: Console) -> list[Row]:
    """Measure one after another, on servers of their own each."""
    rows: list[Row] = []
    for name in names:
        console.print(f"{name} …", style="dim")
        rows += await BENCHES[name](sizes)
    return rows


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works")
    parser.add_argument("--students", type=int, help="how many students are imported (10,000)")
    parser.add_argument("--reminders", type=int, help="how many reminders are due at once (10,000)")
    parser.add_argument("--idle-seconds", type=float, help="how long nothing is due (60)")
    parser.add_argument("--rounds", type=int, help="how many rounds each side is measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there as well")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    sizes = Sizes.short() if given.quick else Sizes()
    sizes = replace(
        sizes,
        **{
            name: value
            for name in ("students", "reminders", "idle_seconds", "rounds")
            if (value := getattr(given, name))
        },
    )
    logging.basicConfig(level=logging.WARNING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # what uvicorn runs the API on
        rows = runner.run(run(given.names or list(BENCHES), sizes, Console(stderr=True)))
    show(rows)
    if given.json:
        save(rows, given.json)


if __name__ == "__main__":
    main()
