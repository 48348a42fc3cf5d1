"""What is typed into a shell: what is printed, what is refused with its rule, and the code that a command ends with."""

import csv
import json
from pathlib import Path

import pytest

from commands.demonstration import EXAMPLE, OURS
from commands.leaving import Code, explained
from commands.surroundings import PERSONAS
from registry.rulebooks import HERE
from tests.commands.conftest import CLI, Run
from tests.commands.demo import Demo, Done

KEY = "ab" * 32

ROSTER = [
    ["学号", "姓名", "出生日期", "党支部", "审批党委", "申请日期"],
    ["2026880001", "测试甲", "2006-01-02", "电气工程系学生第一党支部", "qs-eng", "2026-10-12"],
    ["2026880002", "测试乙", "2006年3月4日", "qs-eng-ee-1", "工程学院党委", "2026/10/13"],
]


def written(path: Path, rows: list[list[str]]) -> str:
    """A roster as a file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


# --- the door ----------------------------------------------------------------------------------------------------


def test_every_command_is_where_the_door_says(jieti: Run) -> None:
    """The help lists all commands with a sentence each; each has help of its own."""
    listed = jieti("--help", COLUMNS="200")
    assert listed.code == 0
    for name in CLI.COMMANDS:
        assert f" {name} " in listed.out
        assert jieti(name, "--help", COLUMNS="200").code == 0


def test_what_cannot_be_understood_ends_with_two(jieti: Run, tmp_path: Path) -> None:
    """An unknown command, a missing argument and a slip in a setting are wrong usage, and no traceback."""
    assert jieti("promote").code == Code.WRONG
    assert jieti("path").code == Code.WRONG
    slip = jieti("path", EXAMPLE, JIETI_API_PROT="1")
    assert (slip.code, slip.err) == (
        Code.WRONG,
        "jieti: JIETI_API_PROT is not a setting; the nearest is JIETI_API_PORT.\n",
    )
    assert jieti("path", EXAMPLE, JIETI_DATA_DIR=str(tmp_path)).err.startswith(
        "jieti: JIETI_TOKEN_KEY or JIETI_TOKEN must be set"
    )


def test_where_nothing_runs_a_command_ends_with_four(jieti: Run, tmp_path: Path) -> None:
    """Nobody is there, or nobody answers: the same may be asked later."""
    alone = {"JIETI_DATA_DIR": str(tmp_path), "JIETI_TOKEN_KEY": KEY}
    nobody = jieti("path", EXAMPLE, **alone)
    assert (nobody.code, nobody.err) == (
        Code.AWAY,
        "jieti: no demo runs here: start one with `jieti demo`, or set JIETI_API_URL\n",
    )
    silent = jieti("path", EXAMPLE, JIETI_API_URL="http://127.0.0.1:9", **alone)
    assert silent.code == Code.AWAY
    assert "http://127.0.0.1:9 does not answer" in silent.err


def test_a_defect_of_ours_is_not_explained_away() -> None:
    """Only what a user can do something about becomes a sentence."""
    assert explained(ZeroDivisionError()) is None


# --- tokens, rules, reset ----------------------------------------------------------------------------------------


def test_a_token_is_printed_for_whom_it_names(jieti: Run, tmp_path: Path) -> None:
    """An actor with role and unit, or a person of the sample school; anything else is told."""
    alone = {"JIETI_DATA_DIR": str(tmp_path), "JIETI_TOKEN_KEY": KEY}
    made = jieti("token", "--actor", "li", "--role", "auditor", "--unit", "qs", "--days", "2", **alone)
    assert (made.code, made.out.count(".")) == (0, 2)
    assert all(jieti("token", "--as", name, **alone).code == 0 for name in PERSONAS)
    for wrong in (["--actor", "li"], ["--as", "nobody"], ["--actor", "a:b", "--role", "auditor", "--unit", "qs"]):
        assert jieti("token", *wrong, **alone).code == Code.WRONG


def test_rulebooks_are_checked_by_line(jieti: Run, tmp_path: Path) -> None:
    """The project's own are fine; a mistake is told with file, line and what is allowed, and ends with one."""
    fine = jieti("rulebook", "check")
    assert fine.code == 0
    assert "cpc-2026.yaml: edition cpc-2026, in force from 2026-05-11: 25 steps" in fine.out
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        (HERE / "cpc-2026.yaml").read_text(encoding="utf-8").replace("severity: block", "severity: stop", 1),
        encoding="utf-8",
    )
    wrong = jieti("rulebook", "check", str(bad), str(HERE / "workdays.yaml"))
    assert wrong.code == Code.REFUSED
    assert "'stop' is not a severity" in wrong.out
    assert "working days of 2004" in wrong.out
    assert jieti("rulebook", "check", str(tmp_path / "none.yaml")).code == Code.WRONG
    bad.write_bytes(b"\xff")
    assert "not UTF-8 at byte 0" in jieti("rulebook", "check", str(bad)).out


def test_reset_removes_what_the_demo_made_and_nothing_else(
    jieti: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks first; a file of somebody else's in the directory stays, and so does the directory then."""
    home = tmp_path / "data"
    told = {"JIETI_DATA_DIR": str(home)}
    assert jieti("reset", **told).code == Code.DONE
    (home / "postgres" / "data").mkdir(parents=True)
    (home / "keys.json").touch()
    (home / "mine").touch()
    monkeypatch.setattr("typer.confirm", lambda _: False)
    assert jieti("reset", **told).code == Code.REFUSED
    assert (home / "keys.json").exists()
    monkeypatch.setattr("typer.confirm", lambda _: True)
    assert "holds mine" in jieti("reset", **told).out
    assert [one.name for one in home.iterdir()] == ["mine"]
    (home / "mine").unlink()
    (home / "keys.json").touch()
    assert jieti("reset", "--yes", **told).out == f"removed {home}\n"
    assert not home.exists()


def test_reset_knows_all_that_the_demo_makes(demo: Demo) -> None:
    """Nothing that a running demo keeps in its directory would be left behind."""
    assert {one.name for one in demo.home.iterdir()} <= set(OURS)


# --- paths -------------------------------------------------------------------------------------------------------


def test_a_path_is_shown_with_its_days_its_lacks_and_who_acts(here: Run) -> None:
    """A table for people, the API's own answer for programs; past days can be asked about."""
    shown = here("path", EXAMPLE)
    assert shown.code == 0
    assert f"周致远 ({EXAMPLE})  qs-eng-ee-1  activist" in shown.out
    assert "opinions-heard[heard=party-group]" in shown.out
    judged = json.loads(here("path", EXAMPLE, "--on", "2026-03-20", "--json").out)
    assert (judged["student_no"], judged["judgement"]["stage"], judged["judgement"]["day"]) == (
        EXAMPLE,
        "applicant",
        "2026-03-20",
    )
    assert here("path", judged["path_id"], "--as", "auditor").out.startswith(f"path {judged['path_id']}")
    assert here("path", "nobody").code == Code.WRONG
    assert here("path", EXAMPLE, "--as", "nobody").code == Code.WRONG


def test_what_the_rules_refuse_is_said_with_rule_source_and_earliest_day(here: Run) -> None:
    """A dry run and the request itself are refused alike, and nothing is written."""
    asked = here("ask", "拟定发展对象", "--path", EXAMPLE, "--on", "2026-11-20", "--as", "secretary")
    assert asked.code == Code.REFUSED
    for words in ("earliest day: 2027-08-17", "CULTIVATE_1Y", "[R26-13, cpc-2026]", "missing: opinions-heard"):
        assert words in asked.out
    refused = here(
        "record", "development-target-proposed", "--path", EXAMPLE, "--on", "2026-11-20", "--as", "secretary"
    )
    assert refused.code == Code.REFUSED
    assert "The day for this step has not come" in refused.err
    assert "earliest day: 2027-08-17" in refused.err


def test_a_fact_is_recorded_once_by_its_key(here: Run) -> None:
    """Chinese words will do; the same key again adds nothing and says so; a dry run says yes and stores nothing."""
    fact = (
        "培养教育活动",
        "--path",
        EXAMPLE,
        "--on",
        "2026-11-19",
        "-f",
        "活动类别=志愿服务",
        "-f",
        "hours=3",
        "--as",
        "secretary",
    )
    assert here("ask", *fact).out.startswith("allowed")
    first = here("record", *fact, "--key", "cli-1")
    assert (first.code, first.out.startswith("recorded: cultivation-activity-recorded is version")) == (0, True)
    again = here("record", *fact, "--key", "cli-1")
    assert (again.code, "it stood already" in again.out) == (0, True)
    other = here("record", *fact[:-2], "-f", "hours=4", "--as", "secretary", "--key", "cli-1")
    assert other.code == Code.WRONG
    assert here("history", EXAMPLE).out.count("hours=3") == 1


def test_a_decision_goes_through_the_workflow_and_back(here: Run, tmp_path: Path) -> None:
    """From the roster to an activist: imported, recommended, talked with, determined by the path's own workflow."""
    row = ["2026880009", "测试丙", "2006-01-02", "qs-eng-ee-1", "qs-eng", "2026-10-12"]
    assert here("import", "roster", written(tmp_path / "one.csv", [ROSTER[0], row]), "--actor", "clerk").code == 0
    until_listed(here, "2026880009")
    by = ("--path", "2026880009", "--as", "secretary", "--json")

    def record(*said: str) -> Done:
        return here("record", *said, *by)

    refused = record("确定入党积极分子", "--on", "2026-11-20", "-f", "decided_by=支委会")
    assert json.loads(refused.out).get("rule") == "TALK_BEFORE_ACT", refused.out
    late = ("--mode", "record", "--reason", "补录纸质材料")
    assert record("党组织派人谈话", "--on", "2026-10-20", "-f", "谈话人=m-1", "-f", "谈话人职务=书记", *late).code == 0
    assert record("党员推荐", "--on", "2026-11-18", "-f", "推荐人数=3").code == 0
    determined = record("确定入党积极分子", "--on", "2026-11-20", "-f", "decided_by=支委会")
    assert determined.code == 0, determined.out + determined.err
    assert json.loads(here("path", "2026880009", "--json").out)["judgement"]["stage"] == "activist"
    version = json.loads(determined.out)["version"]
    assert record("本人撤回", "--on", "2026-11-20").code == Code.REFUSED  # a path is not ended unseen
    assert record("本人撤回", "--on", "2026-11-20", "--version", str(version - 1)).code == Code.REFUSED
    assert record("本人撤回", "--on", "2026-11-20", "--version", str(version)).code == 0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["半年考查", "--on", "2026-11-20"], "no kind of fact"),
        (["半年考察", "--on", "20.11.2026"], "more than one way"),
        (["半年考察", "--on", "2026-11-20", "-f", "结论=优"], "not one of: 合格"),
        (["半年考察", "--on", "2026-11-20", "-f", "hours=1"], "has the fields"),
        (["半年考察", "--on", "2026-11-20", "-f", "结论"], "has the fields"),
        (["半年考察", "--on", "2026-11-20"], "conclusion"),
        (["半年考察", "--on", "2036-11-20", "-f", "结论=合格"], "a day to come"),
    ],
    ids=["topic", "day", "value", "stray field", "no value", "lack", "future"],
)
def test_what_cannot_be_a_fact_ends_with_two(here: Run, said: list[str], why: str) -> None:
    """The sentence says what is allowed."""
    done = here("record", *said, "--path", EXAMPLE)
    assert (done.code, why in done.err) == (Code.WRONG, True), done.err


def test_whoever_may_not_is_told_who_may(here: Run) -> None:
    """A counsellor does not inspect, an auditor does not record; a branch does not read another branch's paths."""
    fact = ("半年考察", "--path", EXAMPLE, "--on", "2026-11-20", "-f", "结论=合格")
    done = here("record", *fact, "--as", "counsellor")
    assert (done.code, "it may be done by: branch-secretary" in done.err) == (Code.NOT_YOURS, True)
    assert here("record", *fact, JIETI_TOKEN="no.token.this").code == Code.NOT_YOURS


# --- import ------------------------------------------------------------------------------------------------------


def test_a_roster_is_checked_then_imported_once(here: Run, tmp_path: Path) -> None:
    """A dry run saves nothing; the import opens the paths; the same file again adds nothing."""
    file = written(tmp_path / "roster.csv", ROSTER)
    dry = here("import", "roster", file, "--dry-run", "--actor", "clerk")
    assert (dry.code, "2 rows: 2 can be saved (2 facts), 0 cannot" in dry.out) == (0, True), dry.err
    assert here("path", "2026880001").code == Code.WRONG
    assert (
        "saved: 2 facts of 2 paths" in here("import", "roster", file, "--actor", "clerk", "--approved-by", "second").out
    )
    assert "2 stand already from this very file" in here("import", "roster", file, "--actor", "clerk").out


def test_bad_rows_keep_a_file_out_unless_the_rest_is_accepted(here: Run, tmp_path: Path) -> None:
    """Every fault is printed with its place and written to a file that no spreadsheet program runs."""
    rows = [
        ROSTER[0],
        ["2026880011", "测试丁", "2006-01-02", "=1+1", "qs-eng", "2026-10-12"],
        ["2026880012", *ROSTER[1][1:]],
    ]
    file, errors = written(tmp_path / "bad.csv", rows), tmp_path / "errors.csv"
    first = here("import", "roster", file, "--actor", "clerk", "--errors", str(errors))
    assert (first.code, "nothing was saved" in first.out) == (Code.REFUSED, True)
    assert "bad, row 2, column D “党支部”: there is no unit '=1+1'" in first.err
    told = list(csv.reader(errors.read_text(encoding="utf-8-sig").splitlines()))
    assert told[0] == ["sheet", "row", "column", "what is wrong"]
    assert told[1][:3] == ["bad", "2", "D “党支部”"]
    accepted = here("import", "roster", file, "--actor", "clerk", "--accept-valid")
    assert (accepted.code, "saved: 1 facts of 1 paths" in accepted.out) == (Code.REFUSED, True)


def test_an_import_says_who_imports_and_what_holds_for_empty_cells(here: Run, demo: Demo, tmp_path: Path) -> None:
    """The token names the clerk if nobody else does; --set gives what a column would say."""
    rows = [
        [*ROSTER[0], "确定入党积极分子"],
        ["2026880021", "测试戊", "2006-01-02", "qs-eng-ee-1", "qs-eng", "2026-10-12", "2026-11-10"],
    ]
    file = written(tmp_path / "set.csv", rows)
    assert "say who imports" in here("import", "roster", file).err
    assert here("import", "roster", file, "--actor", "x", "--set", "确定入党积极分子.学时=1").code == Code.WRONG
    token = here("token", "--actor", "wang", "--role", "organisation-department", "--unit", "qs").out.strip()
    key = json.loads((demo.home / "keys.json").read_text(encoding="utf-8"))["token_key"]
    done = here(
        "import", "roster", file, "--set", "确定入党积极分子.decided_by=支委会", JIETI_TOKEN=token, JIETI_TOKEN_KEY=key
    )
    assert done.code == 0, done.err
    until_listed(here, "2026880021")
    facts = json.loads(here("history", "2026880021", "--json").out)["facts"]
    assert [(fact["recorded_by"], fact["mode"], fact["source"][:12]) for fact in facts[:2]] == [
        ("wang", "record", "file:sha256:")
    ] * 2


def test_a_file_that_is_none_is_told(here: Run, tmp_path: Path) -> None:
    """A missing file and one without a fitting sheet end with two."""
    assert here("import", "units", str(tmp_path / "none.xlsx"), "--actor", "x").code == Code.WRONG
    done = here("import", "dossiers", written(tmp_path / "r.csv", ROSTER), "--actor", "x")
    assert (done.code, "has no sheet that is dossiers" in done.err) == (Code.WRONG, True)


def until_listed(here: Run, student_no: str) -> None:
    """Wait until the views have followed so far that a student number finds its path."""
    for _ in range(100):
        if here("path", student_no).code == 0:
            return
    pytest.fail(f"{student_no} is not listed")


# --- rehearsal ---------------------------------------------------------------------------------------------------

SHORT = """
story: short
title: {zh: 短, en: short}
units:
  - {unit_id: c, unit_kind: college-committee, name: 党委, name_en: Committee, approves: true}
  - {unit_id: b, unit_kind: branch, name: 支部, name_en: Branch, superior: c}
facts:
  - day: 2023-10-12
    fact: application-submitted
    by_unit: b
    says: {name: 林, student_no: '1', home_unit: b, born_on: 2005-06-18}
  - {day: 2023-12-01, fact: path-withdrawn}
attempts:
  - {day: 2023-11-20, fact: activist-determined, by_unit: b, says: {decided_by: branch-committee}, refused_by: [TALK_BEFORE_ACT]}
checkpoints: []
"""


def test_a_story_is_rehearsed_and_printed(jieti: Run, tmp_path: Path) -> None:
    """Years pass on the real engine: facts, a refusal with its rule, reminders by the path's own timers, the end."""
    story = tmp_path / "short.yaml"
    story.write_text(SHORT, encoding="utf-8")
    told = jieti("rehearse", str(story))
    assert told.code == 0, told.err
    for words in ("2023-10-12", "TALK_BEFORE_ACT", "⏰ 提醒 · reminder to branch-secretary", "■"):
        assert words in told.out
    assert jieti("rehearse", str(tmp_path / "none.yaml")).code == Code.WRONG
    story.write_text("story: x", encoding="utf-8")
    assert jieti("rehearse", str(story)).code == Code.WRONG
