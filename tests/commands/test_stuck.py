"""What is stuck, from the shell, on the running demo."""

import json
from typing import Any

from commands.leaving import Code
from tests.commands.conftest import Run
from tests.commands.test_demo import until

OVERDUE = ("stuck", "--as", "admin", "--json", "--cause", "overdue", "--limit", "3")


def board(here: Run) -> dict[str, Any]:
    """What of the school is overdue; nothing while the views still follow the school that was loaded."""
    found: dict[str, Any] = json.loads(here(*OVERDUE).out)
    return found


def test_the_board_is_a_table_of_causes_and_then_each(here: Run) -> None:
    """Groups with counts, then each with its sentence and the next act; the API keeps the watch; something is stuck, and so it ends with one."""
    until(lambda: len(board(here)["items"]) == 3 and bool(board(here)["looked_at"]), 60)
    done = here("stuck", "--as", "admin", "--limit", "5")
    assert done.code == 1
    assert "项卡住" in done.out
    assert "overdue" in done.out
    assert "next: remind-again" in done.out
    assert {one["cause"] for one in board(here)["groups"]} == {"overdue"}


def test_where_nothing_is_stuck_it_says_so(here: Run) -> None:
    """Narrowed to what there is not: a sentence with the last look, and zero."""
    done = here("stuck", "--as", "secretary", "--cause", "signer-refuses")
    assert done.code == Code.DONE
    assert "没有卡住的流程" in done.out
    assert "nothing is stuck; last looked at" in done.out


def test_a_cause_that_there_is_not_is_refused(here: Run) -> None:
    """With those that there are."""
    done = here("stuck", "--cause", "mood")
    assert done.code == Code.WRONG
    assert "overdue" in done.err
