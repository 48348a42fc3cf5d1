"""Who holds which post, from the shell, on the running demo."""

import json

import pytest

from commands.leaving import Code
from commands.recipients import show_recipients
from sample.school import WITHOUT_ADDRESS, WITHOUT_SECRETARY
from tests.commands.conftest import Run


def test_a_name_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """What would colour or end a text of the terminal is shown as it was entered."""
    said: dict[str, object] = {
        "unit": "b",
        "post": "counsellor",
        "number": "t[/]1",
        "name": "王[red]五",
        "channels": [],
        "why": None,
    }
    show_recipients({"items": [said], "vacant": []})
    shown = capsys.readouterr().out
    assert "t[/]1" in shown
    assert "王[red]五" in shown


def test_who_can_be_told_is_listed_with_what_is_missing(here: Run) -> None:
    """The secretary without an address and the vacant post of the sample school are seen, and others' names with it."""
    done = here("recipients", "--as", "department")
    assert done.code == Code.DONE
    lines = done.out.splitlines()
    assert "no address" in next(line for line in lines if WITHOUT_ADDRESS in line)
    assert any(WITHOUT_SECRETARY in line and "vacant" in line for line in lines)
    body = json.loads(here("recipients", "--unit", "qs-eng-ee", "--as", "superior", "--json").out)
    assert {one["unit"] for one in body["items"]} == {"qs-eng-ee", "qs-eng-ee-1", "qs-eng-ee-2"}
    assert here("recipients", "--unit", "qs-med", "--as", "superior").code == Code.NOT_YOURS
