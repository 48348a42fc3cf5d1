"""The API is asked what its own description allows, and some of what it does not: the answers fit the description."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import KEYS, Town
from tests.api.test_reading import served

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
ASKED = {
    "establish_unit",
    "explain_problem",
    "health",
    "list_kinds_of_facts",
    "list_paths",
    "list_rules",
    "list_units",
    "open_path",
    "read_answer",
    "read_fact",
    "read_history",
    "read_log",
    "read_next",
    "read_path",
    "read_unit",
    "record_activist_determined",
    "record_admission_vote_recorded",
    "record_applicant_talk_held",
    "record_batch",
    "record_conversion_resolved",
    "record_introducers_confirmed",
    "record_path_closed",
    "record_political_review_concluded",
    "record_unit_dissolved",
}
"""All that reads, and of the kinds of facts those whose shapes differ: the others are made by the same code."""


@pytest.mark.timeout(240)
async def test_the_answers_fit_the_description(town: Town) -> None:
    """Whatever is sent, no answer is a server error or something that the description does not know."""
    path = (await town.opened()).rpartition("/")[2]
    askers = [town.department.headers, town.secretary.headers]
    async with served(town) as address:
        asked = await asyncio.to_thread(_ask_everything, f"{address}/openapi.json", path, askers)
    assert asked == ASKED


def _ask_everything(description: str, path: str, askers: list[dict[str, str]]) -> set[str]:
    schema = schemathesis.openapi.from_url(description)
    asked = set()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr] # a description that is wrong raises here
        name: str = operation.definition.raw["operationId"]
        if name in ASKED:
            asked.add(name)
            _ask(operation.as_strategy(), path, askers)
    return asked


def _ask(cases: Any, path: str, askers: list[dict[str, str]]) -> None:
    @seed(2026)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Case[Any]) -> None:
        number = next(KEYS)
        if number % 4 and "path_id" in (case.path_parameters or {}):
            case.path_parameters["path_id"] = path
        headers = {**askers[number % len(askers)], "Idempotency-Key": f"fuzz-{number}"}
        case.call_and_validate(checks=CHECKS, headers=headers)

    send()
