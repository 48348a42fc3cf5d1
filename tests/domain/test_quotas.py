"""Quotas: so many of a kind in a term or a quarter, the pace to them, what is short; and those of two schools' policies."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from domain.facts import Fact
from domain.facts.terms import TermClosed
from domain.policyfile import read_policy
from domain.rulebook import Rulebooks
from domain.spot import RulebookError
from domain.termrules import Job, Semester, quarters
from domain.terms import TermJudgement, judge_term
from tests.domain.given import RULEBOOKS
from tests.domain.test_policyfile import EDITIONS, HEAD
from tests.domain.test_terms import BOOKS, END, START, TERMS, acts, fact, held, opened

MID, HELD_ON = date(2026, 11, 12), date(2026, 10, 9)


@cache
def school(name: str) -> Rulebooks:
    """The rulebooks under the policy of a school."""
    file = RULEBOOKS / f"policy-{name}.yaml"
    return replace(BOOKS, policy=read_policy(file.name, file.read_text(encoding="utf-8"), EDITIONS))


def jobs(name: str) -> dict[str, Job]:
    """The jobs of a school's policy, by their ids."""
    terms = school(name).policy.terms
    assert terms is not None
    return {job.id: job for job in terms.jobs}


def begun(kind: str) -> Fact:
    """A unit of a kind begins the autumn term."""
    changed: Callable[..., Fact] = replace
    return changed(opened(), by_kind=kind)


def judged(kind: str, held_on: list[date], day: date, activity: str, school_name: str = "minbei") -> TermJudgement:
    """The term of a unit in which something was held on these days."""
    facts = [begun(kind), *(held(n, one, activity) for n, one in enumerate(held_on, 2))]
    return judge_term(school(school_name), facts, day)


def owed(known: TermJudgement, job: str) -> list[tuple[str, str]]:
    """What is owed of a job: by which day, and how far it is."""
    found = [one for one in known.obligations if one.id == job]
    return [(str(one.due_on), (re.search(r"\d+ of \d+", one.why_en) or [""])[0]) for one in found]


def found(known: TermJudgement, job: str) -> list[tuple[str, str, str]]:
    """What is found of a job: the rule, how grave, and the arithmetic."""
    return sorted((one.rule, one.severity, one.arithmetic) for one in known.findings if job in one.missing)


SERVICES, ACTIVITY = "volunteer-services", "volunteer-service"


def test_a_quota_is_owed_at_its_pace() -> None:
    """One by week five, three by mid-term, four by week fifteen, all five by the end; each step falls to what is there."""
    assert owed(judged("community", [], START, ACTIVITY), SERVICES) == [
        ("2026-10-05", "0 of 1"),
        ("2026-11-12", "0 of 3"),
        ("2026-12-14", "0 of 4"),
        ("2027-01-17", "0 of 5"),
    ]
    assert owed(judged("community", [HELD_ON] * 3, HELD_ON, ACTIVITY), SERVICES) == [
        ("2026-12-14", "3 of 4"),
        ("2027-01-17", "3 of 5"),
    ]
    assert owed(judged("community", [HELD_ON] * 5, HELD_ON, ACTIVITY), SERVICES) == []


def test_who_is_behind_the_pace_is_told_and_it_gives_way_to_the_next_step() -> None:
    """From the day after it is a warning that counts what was there; it is owed until the next day of the pace has come."""
    assert found(judged("community", [HELD_ON], MID, ACTIVITY), SERVICES) == [("TERM_BEHIND", "warn", "0 < 1")]
    after = judged("community", [HELD_ON], MID + timedelta(days=1), ACTIVITY)
    assert found(after, SERVICES) == [("TERM_BEHIND", "warn", "0 < 1"), ("TERM_BEHIND", "warn", "1 < 3")]
    assert owed(after, SERVICES)[0] == ("2026-11-12", "1 of 3")
    later = judged("community", [HELD_ON], date(2026, 12, 15), ACTIVITY)
    assert [due for due, _ in owed(later, SERVICES)] == ["2026-12-14", "2027-01-17"]
    assert [one.state for one in later.jobs if one.id == SERVICES] == ["done", "not-done", "owed", "owed"]


def test_a_pace_that_was_caught_up_stays_a_warning() -> None:
    """Three were there in the end, but one at mid-term."""
    days = [date(2026, 9, 30), date(2026, 11, 20), date(2026, 11, 21)]
    assert found(judged("community", days, date(2026, 11, 22), ACTIVITY), SERVICES) == [
        ("TERM_BEHIND", "warn", "1 < 3")
    ]


def test_the_shortfall_is_a_finding_of_the_closed_term() -> None:
    """The report names the quota once, and what is found says how many of how many there were."""
    facts = [begun("community"), *(held(n, HELD_ON, ACTIVITY) for n in (2, 3, 4, 5))]
    closing = END + timedelta(days=15)
    books = school("minbei")
    known = judge_term(books, facts, closing)
    assert (known.closes, known.not_done.count(SERVICES)) == (True, 1)
    said: dict[str, Any] = {"counted": {}, "attendance": {}, "not_done": (), "rules": (), "upto": 5, "digest": "0"}
    closed = judge_term(books, [*facts, fact(TermClosed, 6, closing, **said)], closing)
    assert ("TERM_NOT_DONE", "finding", "4 < 5") in found(closed, SERVICES)
    assert closed.obligations == ()
    assert acts(facts, closing)


def test_quarters_are_those_of_the_calendar_as_far_as_they_lie_in_the_term() -> None:
    """Every day of a term lies in one quarter of it."""
    autumn = Semester("a", START, END)
    spans = list(quarters(autumn))
    assert [(one.name, str(one.start), str(one.end)) for one in spans] == [
        ("2026-Q3", "2026-09-07", "2026-09-30"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2027-Q1", "2027-01-01", "2027-01-17"),
    ]
    whole = Semester("y", date(2026, 12, 31), date(2027, 12, 31))
    assert [one.name for one in quarters(whole)] == ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4"]


def test_what_a_quarter_asks_for_is_done_in_that_quarter() -> None:
    """Two days in October do not make up for September, which is told until it can no longer be recorded."""
    job = "theme-party-day-of-leaders"
    october = [HELD_ON, HELD_ON]
    known = judged("school-leader", october, date(2026, 10, 14), "theme-party-day")
    assert [day for day, _ in owed(known, job)] == ["2026-09-30", "2027-01-17"]
    known = judged("school-leader", october, date(2026, 10, 15), "theme-party-day")
    assert [day for day, _ in owed(known, job)] == ["2027-01-17"]
    (short,) = [one for one in known.findings if job in one.missing]
    assert (short.rule, short.arithmetic, short.sources) == ("TERM_NOT_DONE", "0 < 1", ("003-02",))
    assert short.en.startswith("Attend a theme Party day in every quarter (2026-Q3): ")
    in_time = judged("school-leader", [date(2026, 9, 30), *october], date(2026, 10, 15), "theme-party-day")
    assert [(one.span, one.state) for one in in_time.jobs if one.id == job] == [
        ("2026-Q3", "done"),
        ("2026-Q4", "done"),
        ("2027-Q1", "owed"),
    ]


def test_a_leader_receives_students_by_weeks_eight_and_fourteen() -> None:
    """One of a department twice, and once by week eight; one of the school once, reminded in both weeks."""
    known = judged("department-leader", [], START, "leader-reception")
    assert owed(known, "receptions-of-department-leader") == [("2026-10-26", "0 of 1"), ("2026-12-07", "0 of 2")]
    (one,) = judged("school-leader", [], START, "leader-reception").obligations[-1:]
    assert one.id == "theme-party-day-of-leaders"
    (reception,) = [
        one for one in judged("school-leader", [], START, "x").obligations if one.id == "reception-of-school-leader"
    ]
    assert (reception.owed_by, [str(reception.due_on + timedelta(days=rung)) for rung in reception.remind]) == (
        "unit-head",
        ["2026-10-26", "2026-11-30", "2026-12-07"],
    )


def test_a_dormitory_is_visited_twice() -> None:
    """Once by week five and twice by week twelve; whoever leads the organisation above it owes that."""
    known = judged("dormitory", [], START, "dormitory-visit", "electronic")
    assert owed(known, "dormitory-visits") == [("2026-10-05", "0 of 1"), ("2026-11-23", "0 of 2")]
    assert {one.owed_by for one in known.obligations} == {"branch-secretary"}


NUMBERS = {
    "theme-party-day-of-leaders": (1, "003-02"),
    "theme-party-day-of-secretaries": (1, "003-02"),
    "volunteer-services": (5, "003-04"),
    "ideological-activities": (2, "003-05"),
    "dormitory-contests": (1, "003-07"),
    "group-guidance": (1, "003-11"),
    "safety-publicity": (2, "003-12"),
    "conscription-publicity": (2, "003-12"),
    "reception-of-school-leader": (1, "003-13"),
    "receptions-of-department-leader": (2, "003-13"),
    "role-model-visits": (2, "003-16"),
}


def test_the_numbers_of_the_documents() -> None:
    """How often each is asked for and in which row it stands; those of a quarter are theirs alone."""
    assert {name: (job.times, *job.sources) for name, job in jobs("minbei").items()} == NUMBERS
    quarterly = [name for name, job in jobs("minbei").items() if job.per == "quarter"]
    assert quarterly == ["theme-party-day-of-leaders", "theme-party-day-of-secretaries"]
    assert {name: (job.times, *job.sources) for name, job in jobs("electronic").items()} == {
        "member-dormitories-counted": (1, "004-02"),
        "dormitory-visits": (2, "004-19"),
        "public-criticism": (1, "004-11"),
        "award-eligibility": (1, "004-12"),
    }


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ("per: month, source:", "'month' is not what a quota is counted in"),
        ("pace: [{due: {week: 2}, times: 1}], source:", "a pace rises until the quota, and this one goes 1, 1 times"),
        ("times: 3, pace: [{due: {week: 4}, times: 1}], source:", "in a the days of this pace are"),
        ("times: 3, pace: [{due: {week: 2}, times: 0}], source:", "0 times: from 1 to 1000"),
        ("times: 3, pace: [{times: 1}], source:", "due"),
        ("times: 0, source:", "0 times: from 1 to 1000"),
    ],
)
def test_a_quota_that_makes_no_sense_is_refused_at_its_line(instead: str, says: str) -> None:
    """None of it, one that does not rise, days that go back, a length that there is not."""
    with pytest.raises(RulebookError, match=re.escape(says)) as caught:
        read_policy("p.yaml", HEAD + TERMS.replace("source:", instead).lstrip("\n"), EDITIONS)
    assert "p.yaml:8: " in str(caught.value)
