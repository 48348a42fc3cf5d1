"""The terms of a unit from the shell, on the running demo."""

import json

from commands.leaving import Code
from tests.commands.conftest import Run

BRANCH = "qs-eng-ee-1"


def test_terms_are_listed_and_one_is_shown(here: Run) -> None:
    """What the school's policy keeps has begun by itself, with its jobs; below a college, the branches are summed up."""
    items = json.loads(here("term", BRANCH, "--json", "--as", "secretary").out)["items"]
    if not items:  # no term of the sample school lies around the day of this test
        return
    name = items[0]["term"]
    listed = here("term", BRANCH, "--as", "secretary")
    assert listed.code == Code.DONE
    assert name in listed.out
    shown = here("term", BRANCH, name, "--below", "--as", "secretary")
    assert shown.code == Code.DONE
    assert "Hand in the report of the term" in shown.out
    assert "units: 1" in shown.out


def test_a_term_that_is_none_is_told(here: Run) -> None:
    """With the terms that there are."""
    done = here("term", BRANCH, "1999-2000-1", "--as", "secretary")
    assert done.code == Code.WRONG
    assert "has no term '1999-2000-1'" in done.out + done.err
