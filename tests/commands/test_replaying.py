"""Replay, roll, audit and reconciliation from the shell, on the running demo."""

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from commands.demonstration import EXAMPLE
from commands.leaving import Code
from tests.commands.conftest import Run

BRANCH = "qs-eng-ee-1"


def test_a_path_is_replayed_under_two_clocks(here: Run) -> None:
    """As of a day, as known at a day's end; compared with another day; and fact by fact with what each changed."""
    early = json.loads(here("replay", EXAMPLE, "--as-of", "2025-10-01", "--json").out)
    assert early["judgement"]["day"] == "2025-10-01"
    compared = here("replay", EXAMPLE, "--as-of", "2025-10-01", "--to-as-of", "2026-06-01")
    assert compared.code == 0
    assert "before: as of 2025-10-01" in compared.out
    assert "→" in compared.out
    steps = here("replay", EXAMPLE, "--by", "happened")
    assert "applicant" in steps.out
    assert steps.out.count("recorded 20") == json.loads(here("history", EXAMPLE, "--json").out)["version"]


def test_a_replay_goes_forth_and_back(here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fact at a time: on, back, to a number, and out."""
    answers = iter(["", "b", "3", "q"])
    monkeypatch.setattr("commands.replaying.OUT.input", lambda _prompt: next(answers))
    shown = here("replay", EXAMPLE, "--step").out
    numbers = [line.split()[0] for line in shown.splitlines() if "(position" in line]
    assert numbers == ["1", "2", "1", "3"]


def test_what_was_known_before_the_path_was_is_told(here: Run) -> None:
    """A moment before the path was recorded, a day that is none and a moment without a zone are each told."""
    assert "nothing was known" in here("replay", EXAMPLE, "--known", "2020-01-01").err
    assert here("replay", EXAMPLE, "--as-of", "yesterday").code == Code.WRONG
    assert "zone" in here("replay", EXAMPLE, "--known", "2026-01-01T10:00").err
    assert "neither a day nor a moment" in here("replay", EXAMPLE, "--known", "9999-12-31").err


def test_the_roll_of_a_branch_on_a_day(here: Run) -> None:
    """Who stood where on a day, counted by stage, and narrowed to one."""
    whole = json.loads(here("roll", BRANCH, "--as-of", "2026-06-01", "--json").out)["items"]
    shown = here("roll", BRANCH, "--as-of", "2026-06-01", "--stage", "activist")
    activists = [one for one in whole if one["stage"] == "activist" and not one["outcome"]]
    assert f"{len([one for one in whole if one['stage'] == 'activist'])} paths" in shown.out
    assert 0 < len(activists) < len(whole)
    assert here("roll", "no-such-unit").code != 0


def test_a_period_is_audited_and_written_as_a_workbook(here: Run, tmp_path: Path) -> None:
    """Findings with rule, source and evidence; decisions judged again; the same in a workbook of two sheets."""
    out = tmp_path / "audit.xlsx"
    done = here("audit", "--unit", BRANCH, "--from", "2025-09-01", "--to", "2026-06-30", "--xlsx", str(out))
    assert "decisions judged again" in done.out
    assert "READS OTHERWISE" not in done.out
    told = json.loads(here("audit", "--unit", BRANCH, "--from", "2025-09-01", "--to", "2026-06-30", "--json").out)
    assert {one["digest"] for one in told["decisions"]} == {"same"}
    book = CalamineWorkbook.from_path(out)
    findings = book.get_sheet_by_name("findings").to_python()
    assert len(findings) == len(told["findings"]) + 1
    assert findings[0][:3] == ["day", "rule", "severity"]
    assert len(book.get_sheet_by_name("decisions").to_python()) == len(told["decisions"]) + 1
    refused = here("audit", "--unit", BRANCH, "--from", "2025-09-01", "--to", "2025-09-02", "--xlsx", str(out / "no"))
    assert (refused.code, "cannot be written" in refused.err) == (Code.WRONG, True)


def test_the_demo_is_reconciled(here: Run) -> None:
    """Log, workflows and views of the sample school agree, whatever the other tests have done to it."""
    done = here("reconcile", "--json")
    found = json.loads(done.out)
    assert found["looked_at"]["paths"] >= 240
    assert [one for one in found["disagreements"] if not one["repaired"]] == []
    assert done.code == 0
    assert here("reconcile", "--since", "2026-01-01T00:00:00").code == Code.WRONG
