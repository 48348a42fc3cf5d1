"""Inspections of a dormitory: what stands, what counts in a row and in a term, and what is put before people to decide."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.facts import Fact
from domain.facts.dormitories import (
    DormConsequenceDecided,
    DormInspectionRecorded,
    DormObjectionDecided,
    DormObjectionRaised,
)
from domain.policyfile import read_policy
from domain.spot import RulebookError
from domain.terms import TermJudgement, judge_term
from tests.domain.test_policyfile import EDITIONS, HEAD
from tests.domain.test_quotas import begun, school
from tests.domain.test_terms import START, TERMS, fact, rules

OCTOBER = date(2026, 10, 12)
WEEK = timedelta(days=7)


def weekly(*grades: str) -> list[Fact]:
    """The dormitory's term with an inspection every Monday from October on, of these grades."""
    said: dict[str, Any] = {"criterion": "hygiene", "inspector": "student-union"}
    made = [
        fact(DormInspectionRecorded, n + 2, OCTOBER + n * WEEK, grade=grade, **said) for n, grade in enumerate(grades)
    ]
    return [begun("dormitory"), *made]


def judged(facts: list[Fact], day: date = date(2026, 12, 31)) -> TermJudgement:
    """The term on a day."""
    return judge_term(school("electronic"), facts, day)


def later(kind: type[Fact], facts: list[Fact], day: date, **says: Any) -> list[Fact]:
    """The same facts with one more."""
    return [*facts, fact(kind, len(facts) + 1, day, reason="r", **says)]


def upheld(facts: list[Fact], inspection: int, *, so: bool = True) -> list[Fact]:
    """Somebody objected to an inspection in time, and it was decided."""
    day = next(one.effective_on for one in facts if one.originator_version == inspection) + timedelta(days=1)
    objected = later(DormObjectionRaised, facts, day, inspection=inspection)
    return later(DormObjectionDecided, objected, day, inspection=inspection, upheld=so)


def rows(facts: list[Fact]) -> list[tuple[int, int]]:
    """The counters at each inspection: failures in the term, and in a row."""
    return [(one.failures, one.in_a_row) for one in judged(facts).inspections]


def proposed(facts: list[Fact], job: str, day: date = date(2026, 12, 31)) -> list[tuple[str, str]]:
    """For which days of inspection a consequence is to be decided, and how that stands."""
    return [(one.span, one.state) for one in judged(facts, day).jobs if one.id == job]


def test_two_in_a_row_are_adjacent_inspections() -> None:
    """They may lie months apart, as long as no other lies between; the third failure on end is no second pair."""
    assert rows(weekly("fail", "pass", "fail", "fail", "fail")) == [(1, 1), (0, 0), (2, 1), (3, 2), (4, 3)]
    assert proposed(weekly("fail", "pass", "fail", "fail", "fail"), "award-eligibility") == [("2026-11-02", "owed")]
    far = [
        *weekly("fail"),
        fact(DormInspectionRecorded, 3, date(2026, 12, 21), grade="fail", criterion="x", inspector="x"),
    ]
    assert rows(far) == [(1, 1), (2, 2)]


def test_they_are_adjacent_in_time_and_not_in_the_order_of_recording() -> None:
    """What was recorded late lies between those between which it was held."""
    said: dict[str, Any] = {"grade": "pass", "criterion": "hygiene", "inspector": "student-union"}
    late = [*weekly("fail", "fail"), fact(DormInspectionRecorded, 4, OCTOBER + timedelta(days=3), **said)]
    assert rows(late) == [(1, 1), (0, 0), (2, 1)]


def test_a_pass_resets_the_row_and_not_the_number() -> None:
    """Excellent is a pass as well."""
    assert rows(weekly("fail", "excellent", "fail", "pass", "fail")) == [(1, 1), (0, 0), (2, 1), (0, 0), (3, 1)]


def test_another_term_begins_at_nothing() -> None:
    """A row never goes across terms: another term's facts are not here at all."""
    assert rows(weekly("fail"))[-1] == (1, 1)
    assert rows(weekly()) == []


def test_a_successful_objection_removes_the_result_and_recomputes() -> None:
    """What is left are the others, adjacent to each other; what was proposed is proposed no longer."""
    three = weekly("fail", "fail", "fail")
    assert rows(upheld(three, 3)) == [(1, 1), (0, 0), (2, 2)]
    assert proposed(upheld(three, 3), "award-eligibility") == [("2026-10-26", "owed")]
    assert proposed(upheld(weekly("fail"), 2), "public-criticism") == []
    assert judged(upheld(weekly("fail"), 2)).inspections[0].objection == "upheld"


def test_a_pass_that_was_removed_lies_between_none() -> None:
    """The failures beside it are then adjacent."""
    assert rows(upheld(weekly("fail", "pass", "fail"), 3)) == [(1, 1), (0, 0), (2, 2)]


def test_an_objection_that_fails_changes_nothing() -> None:
    """The result stands as before."""
    facts = upheld(weekly("fail", "fail"), 3, so=False)
    assert rows(facts) == [(1, 1), (2, 2)]
    assert judged(facts).inspections[1].objection == "dismissed"


def test_every_failure_is_put_before_people() -> None:
    """It is owed by whoever leads the organisation, from the inspection on, and ends with what they decide, either way."""
    facts = weekly("fail", "pass", "fail")
    assert proposed(facts, "public-criticism") == [("2026-10-12", "owed"), ("2026-10-26", "owed")]
    owed = next(one for one in judged(facts).obligations if one.id == "public-criticism")
    assert (owed.owed_by, str(owed.due_on), owed.sources) == ("branch-secretary", "2026-10-26", ("004-11",))
    assert owed.why_en.startswith(
        "From the inspection on 2026-10-12, 11 working days with the first: due by 2026-10-26"
    )
    said = {"job": "public-criticism", "inspection": 2, "applies": False}
    decided = later(DormConsequenceDecided, facts, date(2026, 10, 20), **said)
    assert proposed(decided, "public-criticism") == [("2026-10-12", "done"), ("2026-10-26", "owed")]


def decide(facts: list[Fact], day: date, *, applies: bool = True) -> list[str]:
    """What is found when public criticism for the first inspection was decided on a day."""
    said = {"job": "public-criticism", "inspection": 2, "applies": applies}
    found = rules(judged(later(DormConsequenceDecided, facts, day, **said)))
    return [one for one in found if one.startswith("DORM_")]


def test_nothing_applies_before_the_time_for_objections_is_over() -> None:
    """Five working days from the day after; that nothing follows may be said at once; an open objection holds it up."""
    facts = weekly("fail")
    assert judged(facts).inspections[0].objectable_until == date(2026, 10, 19)
    assert decide(facts, date(2026, 10, 19)) == ["DORM_DECIDED_EARLY"]
    assert decide(facts, date(2026, 10, 20)) == []
    assert decide(facts, date(2026, 10, 13), applies=False) == []
    objected = later(DormObjectionRaised, facts, OCTOBER, inspection=2)
    assert decide(objected, date(2026, 11, 20)) == ["DORM_DECIDED_EARLY"]


def test_what_was_decided_on_a_result_that_is_gone_is_found() -> None:
    """Whoever decided has to take it back; so it is where the inspection passed."""
    assert decide(upheld(weekly("fail"), 2), date(2026, 10, 20)) == ["DORM_NO_GROUND"]
    assert decide(weekly("pass"), date(2026, 10, 20)) == ["DORM_NO_GROUND"]


def test_it_is_counted_as_it_was_known_on_the_day() -> None:
    """Before the objection was decided the failure stood; the term as of that day says so."""
    facts = upheld(weekly("fail"), 2)
    assert judged(facts, OCTOBER).inspections[0].failures == 1
    assert judged(facts, START).inspections == ()


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ("upon: {failures: 0}, due: {at: start}", "0 failures: from 1 to 1000"),
        ("upon: {failures: 1, in_a_row: 2}, due: {at: start}", "one number is expected here: failures or in_a_row"),
        ("upon: {failures: 1}, due: {week: 3}", "write `at: start`"),
        ("upon: {failures: 1}, times: 2, due: {at: start}", "decided once for each"),
    ],
)
def test_a_consequence_that_makes_no_sense_is_refused_at_its_line(instead: str, says: str) -> None:
    """A number of zero, two counters, a week, a quota."""
    with pytest.raises(RulebookError, match=says) as caught:
        read_policy("p.yaml", HEAD + TERMS.replace("due: {week: 3}", instead).lstrip("\n"), EDITIONS)
    assert "p.yaml:8: " in str(caught.value)
