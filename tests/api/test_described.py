"""The description of the API: golden, true, and held to what the API does."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from api.examples import example
from api.facts import OPENING, RECORDABLE
from api.feeds import FEED
from api.problems import PROBLEMS
from api.rights import OURS, PATH, UNIT
from api.sealed import PUBLIC
from registry.shape import fit
from tests.api.conftest import Town
from tests.api.golden import GOLDEN, text_of


async def test_the_description_is_the_one_that_was_promised(town: Town) -> None:
    """What clients were built on does not change by accident. `python -m tests.api.golden` changes it on purpose."""
    described = (await town.http.get("/openapi.json")).json()
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == described
    assert GOLDEN.read_text(encoding="utf-8") == text_of(described)


async def test_every_kind_of_fact_has_its_operation(town: Town) -> None:
    """Whatever somebody may record by hand has an operation with its own body, an example and the roles."""
    described = (await town.http.get("/openapi.json")).json()
    paths = described["paths"]
    assert described["openapi"].startswith("3.1")
    for topic in RECORDABLE:
        operation = paths[f"/v1/paths/{{path_id}}/facts/{topic}"]["post"]
        body = operation["requestBody"]["content"]["application/json"]
        schema = described["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
        Draft202012Validator({**schema, "components": described["components"]}).validate(body["example"])
        assert "Recorded by:" in operation["description"]
    assert {"post", "get"} == set(paths["/v1/paths"])
    assert paths["/v1/evidence"]["post"]["operationId"] == "record_batch"
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("topic", sorted(PATH | UNIT))
def test_every_example_is_one(topic: str) -> None:
    """The example of each kind of fact is taken by its shape."""
    assert fit(topic, example(topic))["effective_on"].isoformat() == "2026-03-02"


async def test_references_lead_somewhere(town: Town) -> None:
    """Nothing in the description points at what is not there."""
    described = (await town.http.get("/openapi.json")).json()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    for reference in references(described):
        at = described
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


async def test_every_problem_has_a_page(town: Town) -> None:
    """The type of a problem is an address that answers, without a token."""
    for name, problem in PROBLEMS.items():
        page = await town.http.get(f"/problems/{name}")
        assert page.status_code == 200
        assert str(problem.STATUS) in page.text
        assert problem.remedy()
        assert not problem.title().endswith(".")
    assert (await town.http.get("/problems/none")).status_code == 404


async def test_the_description_can_be_read_by_anybody(town: Town) -> None:
    """Description and viewer need no token; everything under /v1 says that it does."""
    described = (await town.http.get("/openapi.json")).json()
    page = await town.http.get("/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources
    for source in sources:
        assert not source.startswith("http"), "the page works without the internet"
        assert source == "data:," or (await town.http.get(source)).status_code == 200
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["security"] == (
                [{"token": []}] if path.startswith("/v1") and path not in {*PUBLIC, FEED} else []
            )


async def test_the_catalogue_lists_all_kinds_and_rules(town: Town) -> None:
    """Facts come with roles, fields and an example, rules with both languages, source and confidence."""
    facts = (await town.secretary.get("/v1/catalogue/facts")).json()["items"]
    assert {one["topic"] for one in facts} == set(OURS)
    opening = next(one for one in facts if one["topic"] == OPENING)
    assert (opening["kind"], opening["zh"], opening["roles"]) == ("opening", "递交入党申请书", ["branch-secretary"])
    rules = (await town.secretary.get("/v1/catalogue/rules?edition=cpc-2026&topic=activist-determined")).json()
    assert rules["digest"]
    assert all(one["zh"] and one["en"] and one["sources"] and one["confidence"] for one in rules["items"])
    assert {one["edition"] for one in rules["items"]} == {"cpc-2026"}
    assert len(rules["items"]) < len((await town.secretary.get("/v1/catalogue/rules")).json()["items"])
