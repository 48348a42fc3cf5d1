"""The digest of where a path stands, and how two judgements differ."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.difference import Difference, differences
from domain.facts import Fact, Transition
from domain.judge import judge
from domain.state import state_digest, stated, with_state
from tests.domain.given import facts_of, rulebooks, story

LIN = "lin-xiaoyu"
FACTS = facts_of(story(LIN).facts, LIN)
BOOKS = rulebooks()
DECISIONS = [index for index, fact in enumerate(FACTS) if isinstance(fact, Transition)]


def test_only_decisions_say_where_they_leave_the_path() -> None:
    """A decision gets the digest of the state after it and of the rulebooks; evidence goes into the log as it is."""
    for index, fact in enumerate(FACTS):
        written = with_state(BOOKS, FACTS[:index], fact)
        if isinstance(written, Transition):
            assert written.state_digest == stated(BOOKS, FACTS[:index], fact)
            assert written.rulebooks_digest == BOOKS.digest
        else:
            assert written is fact


@pytest.mark.parametrize("index", DECISIONS)
def test_a_digest_is_made_again_from_what_was_written_with_it(index: int) -> None:
    """The digest that stands in a decision has no part in the state of which it is made."""
    written = with_state(BOOKS, FACTS[:index], FACTS[index])
    assert stated(BOOKS, FACTS[:index], written) == stated(BOOKS, FACTS[:index], FACTS[index])


def test_each_decision_leaves_another_state() -> None:
    """No two decisions of the example leave the path where it stood before."""
    digests = [stated(BOOKS, FACTS[:index], FACTS[index]) for index in DECISIONS]
    assert all(one != other for one, other in pairwise(digests))


def test_a_fact_read_otherwise_makes_another_digest() -> None:
    """If a later reader took one earlier fact for another day, the digest would no longer be made."""
    index = DECISIONS[-1]
    filed = next(place for place, fact in enumerate(FACTS) if fact.TOPIC == "activist-filed")
    other: Callable[..., Fact] = replace
    moved = other(FACTS[filed], effective_on=FACTS[filed].effective_on + timedelta(days=1))
    changed = [*FACTS[:filed], moved, *FACTS[filed + 1 : index]]
    assert stated(BOOKS, changed, FACTS[index]) != stated(BOOKS, FACTS[:index], FACTS[index])


def test_what_is_merely_shown_is_no_part_of_the_state() -> None:
    """Findings, obligations and days that are only derived for show do not enter: new ones are no reinterpretation."""
    known = judge(BOOKS, FACTS, FACTS[-1].effective_on)
    shown = replace(known, findings=(), obligations=(), moments={**known.moments, "new": known.day})
    assert state_digest(shown) == state_digest(known)


def test_the_same_judgement_does_not_differ() -> None:
    """A judgement made twice of the same facts on the same day says the same, item by item."""
    day = FACTS[-1].effective_on
    assert list(differences(judge(BOOKS, FACTS, day), judge(BOOKS, FACTS, day))) == []


def test_a_decision_is_seen_in_what_differs() -> None:
    """Between the day before the activist is determined and that day, the stage, the step and what is owed differ."""
    decided = next(fact.effective_on for fact in FACTS if fact.TOPIC == "activist-determined")
    before = judge(BOOKS, FACTS, decided - timedelta(days=1))
    found = list(differences(before, judge(BOOKS, FACTS, decided)))
    assert Difference("stage", "", "applicant", "activist") in found
    assert any((one.what, one.name) == ("step", "S03") and one.after.startswith(f"done {decided}") for one in found)
    assert any(one.what == "obligation" and not one.before for one in found)


def test_without_another_judgement_all_is_new() -> None:
    """The first judgement of a path differs from none in everything it says."""
    known = judge(BOOKS, FACTS, FACTS[0].effective_on)
    found = list(differences(None, known))
    assert {one.before for one in found} == {""}
    assert Difference("stage", "", "", "applicant") in found
