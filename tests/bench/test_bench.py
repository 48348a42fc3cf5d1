"""The benchmarks run: tiny, so that their code cannot rot; what they measure here is not looked at."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import append, campus, evidence, mail, path, reminders, seal
from bench.harness import Load, Row, Sizes, at_least, at_most, compared, percentile, save, show

TINY = Sizes(
    rounds=1,
    seconds=0.1,
    students=2,
    paths=8,
    clients=2,
    reminders=12,
    idle_seconds=0.5,
    gather_seconds=1,
    head_start_seconds=4.0,
    quick=True,
)


def test_the_median_of_the_rounds_decides() -> None:
    """The ratio is taken round by round, so a slow round weighs no more than a quick one."""
    row = compared("b", "w", ([10.0, 40.0, 90.0], [1.0, 2.0, 3.0]), "/s", at_least(20))
    assert (row.ratio, row.spread, row.met) == (20.0, (10.0, 30.0), True)
    assert compared("b", "w", ([3.0], [2.0]), "ms", at_most(1.25)).met is False


def test_what_a_share_of_the_requests_needed() -> None:
    """A percentile is a value that occurred, and the highest share is the slowest request."""
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0
    assert Load(2.0, [0.5, 1.5]).rate == 1.0


def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    """What is printed can be written as JSON, row by row."""
    rows = [Row("append", "one", "5 /s", "2 /s", 2.5, (2.0, 3.0), "≥ 2×", True, "how")]
    out = io.StringIO()
    show(rows, Console(file=out, width=160))
    assert "2.50×" in out.getvalue()
    assert "met" in out.getvalue()
    save(rows, tmp_path / "table.json")
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))[0]["ratio"] == 2.5


async def test_appending_is_measured() -> None:
    """Both logs are written to, and a reader at the tail misses nothing."""
    many, one, tail = await append.measure(TINY)
    assert many.ratio
    assert one.ratio
    assert tail.met


async def test_a_path_is_measured() -> None:
    """Paths of 300 facts are loaded and judged."""
    whole, judged = await path.measure(TINY)
    assert "ms" in whole.ours
    assert "ms" in judged.ours


async def test_mail_is_measured() -> None:
    """The channel and the bare client send the same mails, and the server has had each of them once."""
    (row,) = await mail.measure(TINY)
    assert row.ratio


async def test_reminders_are_measured() -> None:
    """All are told by mail, once each; beside them the floor, the bare client, and quiet."""
    rows = await reminders.measure(TINY, kill=False)
    assert [row.met for row in rows if row.target == "each once"] == [True]
    assert rows[0].ratio


@pytest.mark.timeout(60)
async def test_evidence_is_measured() -> None:
    """API and bare endpoint both answer every request with 201, and so do batches."""
    rows = await evidence.measure(TINY)
    assert [row.bench for row in rows] == ["evidence"] * 7
    assert all(row.ratio for row in rows[:6])


async def test_proofs_are_measured() -> None:
    """Receipts and proofs are made from tiles on the disk."""
    rows = await seal.measure(TINY)
    assert [row.bench for row in rows] == ["seal"] * 4


@pytest.mark.timeout(120)
async def test_a_campus_is_measured() -> None:
    """Every path that was written is judged, under one set and under two."""
    whole, touched = await campus.measure(TINY)
    assert whole.what.startswith("8 paths of")
    assert "paths differ" in touched.note
