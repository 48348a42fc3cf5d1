"""`jieti lint` from the shell: what it says, what it writes, and how it ends."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from commands.leaving import explained
from commands.linting import app

ROW = "林晓雨,2023001,2023.10.12,{talk}\n"


def file(tmp_path: Path, talk: str) -> str:
    """A sheet with one student."""
    path = tmp_path / "台账.csv"
    path.write_text("姓名,学号,申请书日期,派人谈话时间\n" + ROW.format(talk=talk), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    """How the command ends, and what it says."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        leave = explained(result.exception) if isinstance(result.exception, Exception) else None
        assert leave, result.exception
        return int(leave.code), str(leave)
    return result.exit_code, result.output


def test_it_ends_with_what_was_found(tmp_path: Path) -> None:
    """0 for a clean file, 1 for findings with cell, rule and both languages, 2 for what cannot be read."""
    assert run(file(tmp_path, "2023.11.3"), "--day", "2023-12-31")[0] == 0
    code, text = run(file(tmp_path, "2023.12.1"), "--day", "2023-12-31")
    assert code == 1
    assert "台账!D2" in text
    assert "TALK_1M" in text
    assert "19 days late" in text
    code, text = run(str(tmp_path / "nothing.xlsx"))
    assert (code, "cannot be read" in text) == (2, True)
    assert run()[0] == 2


def test_it_writes_the_page_the_marked_workbook_and_json(tmp_path: Path) -> None:
    """Each only when asked for; the file itself is never written over."""
    source = file(tmp_path, "2023.12.1")
    html, xlsx = tmp_path / "o.html", tmp_path / "o.xlsx"
    code, text = run(source, "--day", "2023-12-31", "--html", str(html), "--xlsx", str(xlsx), "--json")
    assert code == 1
    assert json.loads(text[text.index("{") :])["remarks"][0]["rule"] == "TALK_1M"
    assert "TALK_1M" in html.read_text(encoding="utf-8")
    assert load_workbook(xlsx)["台账"]["D2"].comment
    code, text = run(source, "--xlsx", source)
    assert (code, "another name" in text) == (2, True)


def test_a_policy_is_judged_by_and_a_bad_one_is_told(tmp_path: Path) -> None:
    """The rules of a school's file are asked beside the national ones."""
    policy = tmp_path / "policy-strict.yaml"
    policy.write_text("policy: strict\n", encoding="utf-8")
    code, text = run(file(tmp_path, "2023.11.3"), "--policy", str(policy))
    assert (code, "policy-strict.yaml:1" in text) == (2, True)


def test_the_template_is_written_and_clean(tmp_path: Path) -> None:
    """A file to start from, in which nothing is found."""
    path = tmp_path / "t.xlsx"
    assert run("--template", str(path))[0] == 0
    assert run(str(path))[0] == 0


@pytest.mark.parametrize("argument", ["--day=2023-13-01", "--nothing"])
def test_a_wrong_option_is_wrong_usage(tmp_path: Path, argument: str) -> None:
    """As with every command."""
    assert run(file(tmp_path, "2023.11.3"), argument)[0] == 2
