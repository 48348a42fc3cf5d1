"""Every rule of every edition and of the sample policy, by the examples that stand beside them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml

from domain.facts.base import Fact
from domain.judge import judge
from domain.judgement import Verdict
from domain.rulebook import Rulebooks
from domain.story import Told
from tests.domain.given import BOTH, RULEBOOKS, Asked, course, facts_of, given, rulebooks, story

EXAMPLES: list[dict[str, Any]] = yaml.safe_load((RULEBOOKS / "examples/rules.yaml").read_text(encoding="utf-8"))
BOOKS = {name: rulebooks(name) for name in BOTH}


def cases() -> Iterator[Any]:
    """Each example under each edition that has its rule."""
    for name, books in BOOKS.items():
        known = {rule.id for rule in (*books.editions[0].rules, *books.policy.rules)}
        for example in EXAMPLES:
            if example["rule"] in known:
                for side in ("passes", "fails"):
                    yield pytest.param(books, example, side, id=f"{name[:8]}-{example['rule']}-{side}")


def asked(books: Rulebooks, example: dict[str, Any], side: str) -> Asked:
    """Ask what an example asks."""
    said: dict[str, Any] = example[side]
    rules = {rule.id: rule for rule in (*books.editions[0].rules, *books.policy.rules)}
    topic: str = example.get("fact") or rules[example["rule"]].on[0]
    where = rules[example["rule"]].where
    own = next((one for one in story("course").facts if one.topic == topic), None)
    if side == "passes" and not said and where and own:
        own = next(one for one in story("course").facts if one.topic == topic and where.items() <= one.says.items())
    day = said.get("day") or (own.day if own else None)
    assert isinstance(day, date)
    before = course(said.get("before") or topic, without=said.get("without", ()))
    before += [Told(one["day"], one["fact"], one["by_unit"], one.get("says", {})) for one in said.get("with", ())]
    says = {**(own.says if own else {}), **said.get("says", {})}
    by_unit = said.get("by_unit") or (own.by_unit if own else None)
    late = said.get("late_days", 0)
    return given(books, before).when(topic, day.isoformat(), by_unit, late_days=late, **says)


def ask(books: Rulebooks, example: dict[str, Any], side: str) -> Verdict:
    """The verdict on what an example asks."""
    return asked(books, example, side).verdict


@pytest.mark.parametrize(("books", "example", "side"), list(cases()))
def test_rule_finds_what_it_should_and_nothing_else(books: Rulebooks, example: dict[str, Any], side: str) -> None:
    """Where an example fails, its rule is found with its arithmetic; where it passes, it is not; no others are."""
    found = {one.rule: one for one in ask(books, example, side).findings}
    known = {rule.id for rule in (*books.editions[0].rules, *books.policy.rules)}
    expected = set(example[side].get("also", ())) & known
    if side == "fails":
        expected |= {example["rule"]}
    assert set(found) == expected, {name: one.arithmetic for name, one in found.items()}
    if side == "fails":
        one = found[example["rule"]]
        assert one.sources
        assert one.zh
        assert one.en
        assert one.arithmetic == example.get("shows", one.arithmetic)


@pytest.mark.parametrize("name", BOTH)
def test_every_rule_has_an_example_of_both_kinds(name: str) -> None:
    """No rule of the edition or the sample policy is without an example that passes and one that fails."""
    books = BOOKS[name]
    shown = {example["rule"] for example in EXAMPLES if "passes" in example and "fails" in example}
    assert {rule.id for rule in (*books.editions[0].rules, *books.policy.rules)} - shown == set()


def test_no_example_speaks_of_an_unknown_rule() -> None:
    """Every example belongs to a rule of one of the editions or the policy, and none is given twice."""
    known = {rule.id for books in BOOKS.values() for rule in (*books.editions[0].rules, *books.policy.rules)}
    names = [example["rule"] for example in EXAMPLES]
    assert set(names) <= known
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", BOTH)
def test_the_course_without_a_fault_has_none(name: str) -> None:
    """What the examples start from breaks no rule, so that whatever they find comes from what they change."""
    facts: list[Fact] = facts_of(course())
    judgement = judge(BOOKS[name], facts, facts[-1].effective_on)
    assert judgement.findings == ()
    assert judgement.outcome == "completed"


@pytest.mark.parametrize("name", BOTH)
def test_doubtful_sources_are_marked(name: str) -> None:
    """A finding from a rule that is not sure says so: nobody takes it for the official text."""
    marks = {rule.id: rule.confidence for rule in BOOKS[name].editions[0].rules}
    for example in EXAMPLES:
        if marks.get(example["rule"]):
            found = ask(BOOKS[name], example, "fails").findings
            assert all(one.confidence == marks.get(one.rule, "sure") for one in found)
    assert marks["SUPERIOR_TALK"] == "verify"
    assert marks["LEAVING_3M"] == ("verify" if name == "cpc-2026.yaml" else "sure")
