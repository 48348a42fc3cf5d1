"""`jieti rulebook`: files are checked by line, rules are shown, two sets compared against a log, one adopted."""

import csv
import json
import re
from pathlib import Path

import pytest

from commands.leaving import Code
from registry.rulebooks import HERE
from tests.commands.conftest import Run

SAMPLE = (HERE / "policy-sample.yaml").read_text(encoding="utf-8")
STRICTER = "\ntighten:\n  - {rule: TALK_1M, limit: {days: 21}, source: [UP]}\n"


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A directory with a policy that is stricter than the sample's."""
    (tmp_path / "policy-sample.yaml").write_text(SAMPLE + STRICTER, encoding="utf-8")
    return tmp_path


MISTAKES: list[tuple[str, str, str, int | None, str]] = [
    (
        "cpc-2026.yaml",
        "  full-member: {",
        "  guest: {zh: 甲, en: a}\n  full-member: {",
        0,
        "no move leads to the stage 'guest'",
    ),
    (
        "cpc-2026.yaml",
        "  - {fact: dossier-filed, from: [full-member], closes: completed}\n",
        "",
        None,
        "'applicant' is a dead end",
    ),
    ("cpc-2026.yaml", "    remind: [-10, 0]\n", "    remind: []\n", 0, "without a reminder ladder"),
    ("cpc-2026.yaml", "    source: [R26-5]\n", "    source: []\n", 0, "a rule without a source"),
    ("cpc-2026.yaml", "id: OATH_1M", "id: OATH_31D", 0, "'OATH_31D' has no example that passes and one that fails"),
    ("policy-sample.yaml", "id: PREREVIEW_1M", "id: PREREVIEW_30", 0, "'PREREVIEW_30' has no example"),
    (
        "policy-sample.yaml",
        "id: PREREVIEW_1M",
        "id: OATH_1M",
        0,
        "'OATH_1M' is a national rule, of cpc-2026 (R26-29)",
    ),
]
"""In which file what is replaced by what; how far below it the mistake stands, none for the first stage; what is said."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one[4][:30] for one in MISTAKES])
def test_what_is_wrong_is_told_at_its_line(
    jieti: Run, tmp_path: Path, mistake: tuple[str, str, str, int | None, str]
) -> None:
    """An unreachable stage, a dead end, no ladder, no source, no example, a national id: file, line, reason, code 1."""
    file, old, new, below, message = mistake
    text = (HERE / file).read_text(encoding="utf-8")
    (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "rules.yaml").write_bytes((HERE / "examples" / "rules.yaml").read_bytes())
    done = jieti("rulebook", "check", str(tmp_path / file))
    assert done.code == Code.REFUSED
    line = text[: text.index("  applicant: {" if below is None else old)].count("\n") + 1
    assert f"{file}:{line + (below or 0)}: " in done.out
    assert message in done.out


def test_policy_alone_needs_no_examples(jieti: Run, school: Path) -> None:
    """Beside a file without examples none are asked for; what it tightens is counted."""
    done = jieti("rulebook", "check", str(school / "policy-sample.yaml"))
    assert done.code == Code.DONE
    assert "2 made stricter" in done.out


def test_rules_are_shown_with_their_sources(jieti: Run) -> None:
    """A step's rules with check, source and mark; one rule in every book that has it; nothing for an unknown name."""
    step = jieti("rulebook", "show", "cpc-2026", "--step", "S17").out
    assert (
        "within: {since: admission-resolution-adopted, limit: {months: 3}, extended_by: approval-period-extended}"
        in step
    )
    assert "source: R26-25 (one source only)" in step
    assert "OATH_1M" not in step
    rule = jieti("rulebook", "show", "--rule", "INSPECT_6M").out
    assert "R14-11" in rule
    assert "R26-11" in rule
    said = json.loads(jieti("rulebook", "show", "cpc-2014", "--json").out)
    assert len(said["steps"]) == 25
    assert "cpc-2014, cpc-2026, sample" in jieti("rulebook", "show", "cpc-2031").err
    assert jieti("rulebook", "show", "sample", "--rule", "NOTHING").code == Code.WRONG


def test_two_sets_are_compared_rule_by_rule(jieti: Run, school: Path) -> None:
    """What the policy tightens is told for each edition, and nothing else; a set is the same as itself."""
    done = jieti("rulebook", "diff", "current", str(school))
    assert done.code == Code.DONE
    assert "~ cpc-2026  TALK_1M  limit: {months: 1} → {days: 21}" in done.out
    assert {line.split()[2] for line in done.out.splitlines() if line.startswith("~")} == {"TALK_1M"}
    assert "both sets say the same" in jieti("rulebook", "diff", "current", "current").out
    assert jieti("rulebook", "diff", "current", "nothing").code == Code.WRONG
    assert jieti("rulebook", "diff", "current", "current", "--on", "soon").code == Code.WRONG


@pytest.mark.timeout(120)
def test_whom_a_change_touches(jieti: Run, school: Path, tmp_path: Path) -> None:
    """Against the sample school: counts by unit and rule, each path by its ids, no name anywhere, all of it in the table."""
    table = tmp_path / "touched.csv"
    arguments = ("rulebook", "diff", "current", str(school), "--against", "sample", "--on", "2026-11-20")
    done = jieti(*arguments, "--csv", str(table), "--json")
    assert done.code == Code.DONE
    lines = [json.loads(line) for line in done.out.splitlines()]
    totals = lines[-1]["totals"]
    paths = [line["path"] for line in lines if "path" in line]
    assert totals["paths"] == 240
    assert totals["touched"] == len(paths) == len({one["path_id"] for one in paths}) > 0
    assert sum(totals["by_unit"].values()) == len(paths)
    assert {one["name"] for one in totals["by_name"]} == {"TALK_1M", "S02"}
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["path"] for row in rows} == {one["path_id"] for one in paths}
    assert len(rows) == sum(len(one["differences"]) for one in paths)
    assert not any("v1:" in line or "同学" in line for line in done.out.splitlines())


@pytest.mark.timeout(120)
def test_the_demo_has_adopted_its_rulebooks(here: Run, school: Path, tmp_path: Path) -> None:
    """The running log is compared too; what the demo adopted is shown, and comes out of the log as it went in."""
    shown = here("rulebook", "show").out
    digest = shown.split()[1]
    assert "adopted by qs on" in shown
    done = here("rulebook", "diff", "current", str(school), "--against", "here", "--on", "2026-11-20")
    assert re.search(r"of \d+ paths are judged otherwise", done.out)  # other tests open paths of their own
    assert here("rulebook", "recover", digest[:10], str(tmp_path / "then")).code == Code.DONE
    assert (tmp_path / "then" / "policy-sample.yaml").read_text(encoding="utf-8") == SAMPLE
    assert here("rulebook", "recover", digest, str(tmp_path / "then")).code == Code.REFUSED
    assert here("rulebook", "recover", "0000", str(tmp_path / "other")).code == Code.WRONG
    refused = here("rulebook", "adopt", "sample", "--reason", "again", "--approved-by", "demo-department")
    assert "nobody agrees with themselves" in refused.err
    done = here("rulebook", "adopt", "cpc-2026", "--reason", "党委会〔2026〕12号", "--approved-by", "demo-admin")
    assert f"adopted: cpc-2026, set {digest}" in done.out
