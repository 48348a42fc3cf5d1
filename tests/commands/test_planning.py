"""Plan and forecast from the shell, on the running demo."""

import json

from commands.demonstration import EXAMPLE
from commands.leaving import Code
from tests.commands.conftest import Run

BRANCH = "qs-eng-ee-1"


def test_a_plan_is_a_table_of_acts(here: Run) -> None:
    """Every act with its first and last day, what binds it with its full name, the goals, and what is owed again."""
    done = here("plan", EXAMPLE, "--as", "secretary")
    assert done.code == Code.DONE
    assert "complete on" in done.out
    assert "public-notice-opened[point=admission]" in done.out
    proposed = next(line for line in done.out.splitlines() if "development-target-proposed" in line)
    assert proposed.startswith("*")
    assert "S07" in proposed
    assert "half-year" in done.out or "半年考察" in done.out


def test_a_plan_that_is_too_late_names_the_rules(here: Run) -> None:
    """Wanted too early, it says by how many days it misses and which rules take the time."""
    done = here("plan", EXAMPLE, "--by", "2027-01-31", "--as", "secretary")
    assert done.code == Code.DONE
    assert "days too late" in done.out
    assert "CONVERT_NOT_EARLY" in done.out


def test_what_if_moves_the_plan_or_is_refused(here: Run) -> None:
    """An act on a day is taken as given; one that the rules forbid ends with the rule, one that is none with two."""
    body = json.loads(here("plan", EXAMPLE, "--json").out)
    proposed = next(one for one in body["acts"] if one["name"] == "development-target-proposed")
    later = f"{int(proposed['earliest'][:4]) + 1}{proposed['earliest'][4:]}".replace("-02-29", "-02-28")
    moved = json.loads(here("plan", EXAMPLE, "--if", f"development-target-proposed={later}", "--json").out)
    assert moved["end"] > body["end"]
    refused = here("plan", EXAMPLE, "--if", f"development-target-determined={body['day']}")
    assert refused.code == Code.REFUSED
    assert here("plan", EXAMPLE, "--if", "promotion=2030-01-01").code == Code.WRONG


def test_a_forecast_counts_by_month_and_names_whom(here: Run) -> None:
    """Twelve months with counts, then who, with the rule that says when."""
    done = here("forecast", BRANCH, "--as", "secretary")
    assert done.code == Code.DONE
    assert "open paths" in done.out
    assert "CONVERT_NOT_EARLY" in done.out
    body = json.loads(here("forecast", BRANCH, "--months", "3", "--json").out)
    assert len(body["months"]) == 3
    assert {one["unit"] for one in body["ripe"]} == {BRANCH}
