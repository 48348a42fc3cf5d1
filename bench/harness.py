"""Rounds that are interleaved, what is said of them, and the table in which it is printed."""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: what was measured of us and of the alternative, the ratio of both, and what was aimed at.

    `spread` is the lowest and the highest ratio of a round. A claim without an alternative has its own number alone.
    """

    bench: str
    what: str
    ours: str
    theirs: str = "–"
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    target: str = "–"
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: rounds, and how long each lasts."""

    rounds: int = 5
    seconds: float = 4.0
    students: int = 10_000
    paths: int = 1_000
    clients: int = 32
    reminders: int = 10_000
    idle_seconds: float = 60.0
    gather_seconds: int = 10
    head_start_seconds: float = 20.0
    quick: bool = False

    @classmethod
    def short(cls) -> "Sizes":
        """Only to see that everything works."""
        return cls(rounds=2, seconds=1.0, students=300, paths=100, reminders=100, idle_seconds=3.0, quick=True)


@dataclass(slots=True)
class Load:
    """What a closed loop did: how long it ran, and how long each of its requests took."""

    seconds: float
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.took) / self.seconds

    def rate_of(self, count: int) -> float:
        """So many things done in this time, a second."""
        return count / self.seconds

    def ms(self, share: float = 0.5) -> float:
        """The time within which this share of the requests was answered, in milliseconds."""
        return percentile(self.took, share) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of all values does not exceed; not a number if there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


Side = Callable[[], Awaitable[Load]]


async def interleaved(rounds: int, sides: Mapping[str, Side]) -> dict[str, list[Load]]:
    """Measure the sides in turns, A B A B …: what slows the machine down slows both."""
    found: dict[str, list[Load]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            found[name].append(await measure())
    return found


async def closed_loop(workers: int, seconds: float, act: Callable[[int], Awaitable[None]]) -> Load:
    """Let so many workers act one time after another; `act` is given the worker's number."""
    load = Load(0.0)
    begun = time.perf_counter()
    end = begun + seconds

    async def turn(number: int) -> None:
        while (start := time.perf_counter()) < end:
            await act(number)
            load.took.append(time.perf_counter() - start)

    await asyncio.gather(*(turn(number) for number in range(workers)))
    load.seconds = time.perf_counter() - begun
    return load


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at: at least, or at most, so many times the alternative."""

    limit: float
    least: bool

    def __str__(self) -> str:
        """The aim as the table says it."""
        return f"{'≥' if self.least else '≤'} {self.limit:g}×"

    def met(self, value: float) -> bool:
        """Tell whether a ratio reaches it."""
        return value >= self.limit if self.least else value <= self.limit


def at_least(limit: float) -> Aim:
    """Ours is to be so many times theirs, or more."""
    return Aim(limit, least=True)


def at_most(limit: float) -> Aim:
    """Ours is to be so many times theirs, or less."""
    return Aim(limit, least=False)


def compared(
    bench: str, what: str, values: tuple[Sequence[float], Sequence[float]], unit: str, aim: Aim, *, note: str = ""
) -> Row:
    """Compare ours with theirs round by round: the ratio is the median of the rounds' ratios."""
    ours, theirs = values
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ratios)
    return Row(
        bench=bench,
        what=what,
        ours=number(statistics.median(ours), unit),
        theirs=number(statistics.median(theirs), unit),
        ratio=ratio,
        spread=(min(ratios), max(ratios)),
        target=str(aim),
        met=aim.met(ratio),
        note=note,
    )


def number(value: float, unit: str) -> str:
    """A number as one reads it, with its unit."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def show(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the table."""
    table = Table(title="Jieti beside the alternatives (median of interleaved rounds)", show_lines=True)
    for name in ("bench", "what"):
        table.add_column(name, overflow="fold")
    for name in ("ours", "alternative", "ratio", "target"):
        table.add_column(name, justify="right")
    table.add_column("")
    table.add_column("how it was measured", overflow="fold", ratio=1)
    for row in rows:
        spread = f"\n{row.spread[0]:.2f}–{row.spread[1]:.2f}" if row.spread else ""
        ratio = f"{row.ratio:.2f}×{spread}" if row.ratio is not None else "–"
        reached = {True: "[green]met", False: "[red]missed", None: ""}[row.met]
        table.add_row(row.bench, row.what, row.ours, row.theirs, ratio, row.target, reached, row.note)
    (console or Console(width=160)).print(table)


def save(rows: Sequence[Row], file: Path) -> None:
    """Write the rows as JSON."""
    file.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
