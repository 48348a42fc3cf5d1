"""The verbs by themselves, where the rules of the editions do not reach every corner of them."""

from dataclasses import fields
from datetime import date
from typing import Any, cast

import pytest

from domain.calendar import Period
from domain.checks import CHECKS, Case
from domain.checks.base import Topic
from domain.facts import KINDS
from domain.judge import judge
from domain.moments import COMES_FROM, MOMENTS
from domain.reading import Reading, Ref
from domain.rulefile import read_rulebooks
from tests.domain.given import RULEBOOKS, course, facts_of, given, rulebooks, told

BOOKS = rulebooks(policy=False)


def case(*lines: Any) -> Case:
    """A path of some facts, as a check looks at it."""
    reading = Reading()
    for fact in facts_of(list(lines)):
        reading.today = fact.effective_on
        reading.add(fact)
    edition = BOOKS.editions[0]
    return Case(reading, BOOKS.workdays, edition.capabilities, edition.stages, edition.stages_of)


def vote(**says: int) -> Any:
    """A vote, well but for what is said."""
    tally: dict[str, Any] = {"due": 24, "present": 20, "yes": 18, "no": 1, "abstained": 1, **says}
    return told("admission-vote-recorded", "2023-10-16", **tally)


def ballot(asks: str, **says: int) -> str:
    """What one question about a vote finds."""
    line = vote(**says)
    verb: Any = CHECKS["ballot"]
    found = verb(asks=asks).test(facts_of([line])[0], case(line))
    return str(found.arithmetic) if found else ""


@pytest.mark.parametrize(
    ("says", "shows"),
    [
        ({}, ""),
        ({"invalid": 0, "abstained": 0}, ""),
        ({"written": 3, "no": 4}, ""),
        ({"written": 4, "no": 5}, ""),
        ({"written": 5}, "20 + 5 > 24"),
        ({"present": 25}, "25 + 0 > 24"),
        ({"no": 2}, "18 + 2 + 1 + 0 = 21 > 20 + 0"),
    ],
)
def test_tally_adds_up(says: dict[str, int], shows: str) -> None:
    """No more ballots than voters, no more voters than members due."""
    assert ballot("tally", **says) == shows


@pytest.mark.parametrize(("due", "least"), [(1, 1), (2, 2), (16, 9), (23, 12), (24, 13)])
def test_more_than_half_of_those_due(due: int, least: int) -> None:
    """Quorum and majority are more than half of the members due, at every boundary."""
    for asks, name in (("quorum", "present"), ("majority", "yes")):
        assert ballot(asks, **{"due": due, name: least}) == ""
        assert ballot(asks, **{"due": due, name: least - 1}) != ""


def test_written_opinions_make_no_quorum_but_count_as_votes() -> None:
    """Twelve who came and one who wrote open no meeting of twenty-four, yet a written yes is a yes."""
    assert ballot("quorum", present=12, written=1) != ""
    assert ballot("majority", present=12, written=1, yes=13) == ""


def test_checks_on_single_facts_set_no_days() -> None:
    """What a fact must say of itself opens no window: it can come on any day."""
    empty = case()
    verbs: dict[str, Any] = dict(CHECKS)
    alone = (
        verbs["ballot"](asks="tally"),
        verbs["covers"](field="documents", all_of=()),
        verbs["within"](since="received", limit=Period(months=1), field="until"),
    )
    for one in alone:
        window = one.window(empty)
        assert (window.earliest, window.latest, window.missing) == (None, None, ())


def test_a_notice_at_another_point_is_not_asked_about() -> None:
    """The closing of one notice says nothing of the length of another."""
    line = told("public-notice-closed", "2023-04-01", point="conversion", affects=False)
    check: Any = CHECKS["notice"]
    assert check(point="activist", workdays=5).test(facts_of([line])[0], case(line)) is None


def test_gap_without_a_beginning_is_no_gap() -> None:
    """An inspection of somebody whose cultivation has no first day is not called late."""
    line = told("half-year-inspection-recorded", "2023-04-01", conclusion="qualified")
    check: Any = CHECKS["gap"]
    assert check(since="cultivation-start", limit=Period(months=6)).test(facts_of([line])[0], case(line)) is None


@pytest.mark.parametrize(("day", "late"), [("2023-09-17", False), ("2023-09-18", True)])
def test_what_inspections_led_to_comes_within_the_half_year_of_the_last(day: str, late: bool) -> None:
    """One inspection and then nothing until the proposal is found as a gap between two inspections is."""
    before = course(upto="opinions-heard")
    lines = [*before, told("development-target-proposed", day)]
    found = {one.rule: one for one in judge(BOOKS, facts_of(lines), date(2023, 12, 1)).findings}
    assert ("INSPECT_6M" in found) == late
    assert not late or found["INSPECT_6M"].arithmetic == "2023-03-17 + 6mo → 2023-09-17 < 2023-09-18"
    without = [one for one in lines if one.topic != "half-year-inspection-recorded"]
    never = {one.rule for one in judge(BOOKS, facts_of(without), date(2023, 12, 1)).findings}
    assert "TARGET_INSPECTED" in never
    assert "INSPECT_6M" not in never


def test_nothing_unsettled_is_settled_by_a_later_matter() -> None:
    """A conclusion that came before any objection does not settle the one that follows it."""
    check: Any = CHECKS["settled"]
    settled = check(opened=Ref("notice-objection-raised"), closed=Ref("notice-objection-resolved"))
    early = told("notice-objection-resolved", "2023-04-01", point="activist", upheld=False)
    raised = told("notice-objection-raised", "2023-04-02", point="activist")
    assert settled.window(case(early, raised)).missing == ("notice-objection-resolved",)
    assert (
        settled.window(
            case(raised, told("notice-objection-resolved", "2023-04-03", point="activist", upheld=False))
        ).missing
        == ()
    )


def test_a_field_of_a_kind_that_is_not_there_is_missing() -> None:
    """Where one fact must agree with another that nobody recorded, that other is what is missing."""
    line = told("conversion-resolved", "2024-10-21", outcome="convert")
    check: Any = CHECKS["agrees"]
    agrees = check(field="outcome", of=Topic("conversion-vote-recorded"), its="proposal")
    assert agrees.test(facts_of([line])[0], case(line)).missing == ("conversion-vote-recorded",)


@pytest.mark.parametrize(
    ("basis", "start"),
    [("decision", "2022-03-14"), ("filing", "2022-03-21"), ("later-of-decision-and-filing", "2022-03-21")],
)
def test_a_school_chooses_from_which_day_cultivation_counts(basis: str, start: str) -> None:
    """The year counts from the decision, the filing, or the later of the two, as the policy says."""
    texts = {name: (RULEBOOKS / name).read_text(encoding="utf-8") for name in ("cpc-2014.yaml", "workdays.yaml")}
    policy = f"policy: p\ntitle: {{zh: 甲, en: a}}\ncultivation_basis: {basis}\n"
    books = read_rulebooks({"a.yaml": texts["cpc-2014.yaml"]}, ("p.yaml", policy), ("w.yaml", texts["workdays.yaml"]))
    facts = facts_of(course("thought-report-received"))
    assert judge(books, facts, date(2022, 4, 1)).moments["cultivation-start"] == date.fromisoformat(start)


def test_missing_beginnings_are_told_as_facts() -> None:
    """Somebody who asks too early is told which facts are not there, and not the name of a moment."""
    lines = course("activist-filed")
    asked = given(BOOKS, lines).when("development-target-proposed", "2023-03-27")
    assert asked.finding("CULTIVATE_1Y").missing == ("activist-filed",)
    assert asked.finding("OPINIONS_4").missing[0] == "opinions-heard[heard=party-group]"


def test_what_counts_on_the_day_of_a_move_belongs_to_either_stage() -> None:
    """A talk with an applicant may be of the very day on which they become an activist, and not of the next."""
    path = given(BOOKS, course("activist-filed"))
    for day, found in (("2022-03-14", False), ("2022-03-15", True)):
        asked = path.when("applicant-talk-held", day, held_by="m-1", post="secretary")
        assert ("DATE_ORDER" in {one.rule for one in asked.verdict.findings}) is found


def test_a_fact_of_a_third_stage_is_told_where_the_day_began() -> None:
    """On a day on which the path moved, what belongs to neither stage is told with the one at which the day began."""
    line = told("assembly-held-invalid", "2023-04-01", cause="procedure")
    asked = case(line)
    asked.reading.stage_before, asked.reading.stage = "applicant", "activist"
    verb: Any = CHECKS["in_stage"]
    found = verb().test(facts_of([line])[0], asked)
    assert found.arithmetic == "applicant ∉ {development-target, probationary-member}"
    assert found.why.en.startswith("the stage is: applicant; ")


def test_a_finding_is_of_the_edition_of_its_day() -> None:
    """Of two talks held too late, the one after the change breaks the rule of the newer edition."""
    late = {"held_by": "m-1", "post": "secretary"}
    talks = [told("applicant-talk-held", day, **late) for day in ("2026-05-08", "2026-06-08")]
    judgement = given(rulebooks(), *course("applicant-talk-held"), *talks).on("2026-07-01")
    found = [(one.version, one.edition) for one in judgement.findings if one.rule == "TALK_1M"]
    assert [edition for _, edition in found] == ["cpc-2014", "cpc-2026"]


def test_a_record_on_the_last_day_is_in_time() -> None:
    """Seven days later is not more than seven days later."""
    for late, found in ((7, set()), (8, {"LATE_ENTRY"})):
        path = given(BOOKS, course("application-received"))
        asked = path.when("application-received", "2021-10-12", late_days=late)
        assert {one.rule for one in asked.verdict.findings} == found


def test_a_mistake_in_a_field_is_told_of_a_parameter_that_the_check_has() -> None:
    """Whatever a check says that it reads is named by one of its own parameters."""
    rules = [rule for edition in rulebooks().editions for rule in edition.rules]
    read = {(rule.check.NAME, name) for rule in rules for name, _, _ in rule.check.reads(rule.on)}
    assert read <= {(name, item.name) for name, check in CHECKS.items() for item in fields(cast("Any", check))}
    verb: Any = CHECKS["notice"]
    notice = verb(point="activist", workdays=5)
    assert ("point", "public-notice-opened", "point=activist") in set(notice.reads(("activist-determined",)))
    assert {check for check, _ in read} >= {"within", "agrees", "covers", "between", "distinct", "active", "notice"}


def test_every_moment_is_explained_by_facts() -> None:
    """Each moment names the kinds of fact it comes from."""
    assert set(COMES_FROM) == set(MOMENTS)
    assert {topic for topics in COMES_FROM.values() for topic in topics} <= set(KINDS)
