"""Every answer explains itself: the facts it rests on, the day counted from, one sentence in Chinese and one in English."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from difflib import unified_diff
from typing import Any, cast

import pytest
from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.calendar import Period, civil_day
from domain.checks import CHECKS
from domain.correcting import as_corrected
from domain.facts import KINDS, Fact
from domain.judge import judge
from domain.judgement import Finding, Obligation, StepView
from domain.moments import MOMENTS
from domain.words import MAY, MOMENT_WORDS, of_anchor, of_period
from tests.domain.given import Asked, course, facts_of, given, rulebooks, story, told
from tests.domain.paths_made import days_of, paths
from tests.domain.sentences import FILE, text
from tests.domain.test_rules import BOOKS, EXAMPLES, asked

BOTH = rulebooks()
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"(?<![\w-])\d+(?:\.\d+)?")
TOPICS = sorted(KINDS, key=len, reverse=True)


def failing() -> Iterator[Any]:
    """Every example of the rulebooks that fails, under each edition that has its rule."""
    for name, books in BOOKS.items():
        known = {rule.id for rule in (*books.editions[0].rules, *books.policy.rules)}
        for example in EXAMPLES:
            if example["rule"] in known:
                yield pytest.param(books, example, id=f"{name[:8]}-{example['rule']}")


def explained(one: Finding, facts: Sequence[Fact]) -> None:
    """Hold a finding to its promise: nothing that the arithmetic uses is without its fact, or left out of a sentence."""
    known = {fact.originator_version: fact for fact in facts}
    assert one.version in one.rests_on
    assert set(one.rests_on) <= set(known)
    assert list(one.rests_on) == sorted(set(one.rests_on))
    in_words(one.why_zh, one.why_en)
    signs = re.sub(r"\b0d\b", "", one.arithmetic)  # no length at all is not told
    for sentence in (one.why_zh, one.why_en):
        for said in (*DAY.findall(signs), *NUMBER.findall(DAY.sub("", signs))):
            assert said in sentence, (one.rule, one.arithmetic, sentence)
    days: set[Any] = {one.on, one.start, one.earliest, one.latest}
    for version in one.rests_on:
        fact = known[version]
        days |= {civil_day(fact.timestamp), *(getattr(fact, item.name) for item in fields(cast("Any", fact)))}
    for said in DAY.findall(re.sub(r"→ \S+", "→", signs)):  # what follows an arrow is computed
        assert date.fromisoformat(said) in days, (one.rule, one.arithmetic)


def in_words(zh: str, en: str) -> None:
    """Each sentence is one, in its own language, and names no kind of fact by its topic."""
    assert zh.endswith("。")
    assert zh.count("。") == 1
    assert en.endswith(".")
    assert en[:1] == en[:1].upper()
    assert re.search(r"[一-鿿]", zh)
    assert not re.search(r"[一-鿿]", en)
    assert not any(topic in zh for topic in TOPICS if "-" in topic), zh


@pytest.mark.parametrize(("books", "example"), list(failing()))
def test_whatever_an_example_finds_is_explained(books: Any, example: dict[str, Any]) -> None:
    """Each finding of every failing example names its facts, and both sentences carry its arithmetic."""
    question: Asked = asked(books, example, "fails")
    assert question.verdict.findings
    for one in question.verdict.findings:
        explained(one, [*question.before, question.proposed])


@pytest.mark.parametrize("name", ["course", "lin-xiaoyu"])
def test_whatever_a_story_finds_is_explained(name: str) -> None:
    """The same holds of the stories, each fact left out in turn, and of the steps and obligations of every day."""
    whole = facts_of(story(name).facts, name)
    for left_out in range(1, len(whole)):
        facts = [fact for n, fact in enumerate(whole) if n != left_out]
        for one in judge(BOTH, facts, whole[-1].effective_on).findings:
            explained(one, facts)


@settings(max_examples=150)
@whenever(paths(), st.data())
def test_whatever_is_found_of_a_made_path_is_explained(facts: list[Fact], data: st.DataObject) -> None:
    """Findings, open steps and obligations of any path explain themselves."""
    judgement = judge(BOTH, facts, data.draw(st.sampled_from(days_of(facts))))
    for one in judgement.findings:
        explained(one, as_corrected(facts))
    for step in judgement.steps:
        step_explained(step)
    for owed in judgement.obligations:
        obligation_explained(owed)


def step_explained(step: StepView) -> None:
    """A step with days, or without what it needs, says why, and from which facts unless there are none."""
    told_why = step.earliest or step.latest or step.missing
    assert bool(step.why_zh) is bool(step.why_en) is bool(told_why)
    if not told_why:
        return
    in_words(step.why_zh, step.why_en)
    for day in filter(None, (step.earliest, step.latest)):
        assert day.isoformat() in step.why_zh, step
        assert day.isoformat() in step.why_en, step
    if step.earliest or step.latest:
        assert step.rests_on
        assert step.start


def obligation_explained(owed: Obligation) -> None:
    """An obligation says from which day it is counted, on which facts that rests, and by when it is due."""
    in_words(owed.why_zh, owed.why_en)
    assert owed.rests_on
    assert owed.start
    for day in (owed.start, owed.due_on):
        assert day.isoformat() in owed.why_zh
        assert day.isoformat() in owed.why_en
    assert ("逾期" in owed.why_zh) is ("overdue" in owed.why_en) is owed.overdue


def test_talk_held_late_says_when_it_was_due_and_how_late_it_was() -> None:
    """The sentence of the first rule, word for word, in both languages."""
    late = given(BOTH, course("applicant-talk-held")).when(
        "applicant-talk-held", "2021-11-20", held_by="m-1", post="secretary"
    )
    one = late.finding("TALK_1M")
    assert one.rests_on == (2, 3)
    assert one.start == date(2021, 10, 11)
    assert (
        one.why_zh == "2021-10-11 收到入党申请书，1 个月内即不晚于 2021-11-11；“党组织派人谈话”在 2021-11-20，迟 9 天。"
    )
    assert one.why_en == (
        "From receipt of the application on 2021-10-11, 1 month: no later than 2021-11-11; "
        "“applicant talk held” on 2021-11-20 is 9 days late."
    )


def test_days_on_which_the_clock_stood_still_are_told() -> None:
    """A year of cultivation that was interrupted says which facts interrupted it and how many days do not count."""
    lines = course("half-year-inspection-recorded")
    lines += [told("cultivation-paused", "2022-06-21", cause="leave"), told("cultivation-resumed", "2023-03-21")]
    step = next(one for one in given(BOTH, lines).on("2023-03-21").steps if one.id == "S07")
    assert "满 1 年即不早于 2023-12-19（中断的 273 天不计）" in step.why_zh
    assert "1 year: no earlier than 2023-12-19 (273 days of standstill do not count)" in step.why_en
    paused = [n for n, line in enumerate(lines, 1) if line.topic in ("cultivation-paused", "cultivation-resumed")]
    assert set(paused) <= set(step.rests_on)


def test_an_approval_has_no_last_day_while_no_resolution_waits() -> None:
    """Before the assembly, and once its resolution was answered, the resolution is missing; while it waits, it counts."""
    facts = facts_of(story("lin-xiaoyu").facts, "lin-xiaoyu")
    for day, latest in (("2026-10-20", None), ("2026-11-10", date(2027, 1, 30)), ("2027-04-20", None)):
        step = next(one for one in judge(BOTH, facts, date.fromisoformat(day)).steps if one.id == "S24")
        assert (step.latest, step.missing) == (latest, () if latest else ("conversion-resolved",)), day
        assert step.why_zh.startswith("2026-10-30" if latest else "缺少“支部大会转正决议”。")


def test_what_is_told_is_not_said_to_be_due() -> None:
    """What somebody owes is due by a day; what may now be done, or is to be known, has its day, and standstills in it."""
    lines = course("half-year-inspection-recorded")
    lines += [told("cultivation-paused", "2022-06-21", cause="leave"), told("cultivation-resumed", "2023-03-21")]
    said = {one.id: (one.why_zh, one.why_en) for one in given(BOTH, lines).on("2023-03-21").obligations}
    assert said["half-year-inspection"] == (
        "2022-03-21 培养考察起算，6 个月内即不晚于 2023-06-21（中断的 273 天不计）。",
        "From start of cultivation on 2022-03-21, 6 months: due by 2023-06-21 (273 days of standstill do not count).",
    )
    assert said["one-year-reached"] == (
        "2022-03-21 培养考察起算，满 1 年即 2023-12-19（中断的 273 天不计）。",
        "From start of cultivation on 2022-03-21, 1 year: on 2023-12-19 (273 days of standstill do not count).",
    )
    assert said["departure-risk"] == ("预计离校为 2025-06-30。", "Expected departure is on 2025-06-30.")


@pytest.mark.parametrize(
    ("opened", "ends", "known"),
    [
        ("2026-12-24", "2026-12-30", True),  # a Thursday: the fifth working day is the Wednesday after
        ("2026-12-28", "2027-01-01", False),  # it ends in a year that nobody has announced
        ("2027-01-04", "2027-01-08", False),
    ],
)
def test_beyond_the_calendar_a_day_is_provisional_and_says_so(opened: str, ends: str, known: bool) -> None:
    """A notice that reaches into a year without a calendar has a day that may move: step, obligation and words say so."""
    lines = [*course("public-notice-opened"), told("public-notice-opened", opened, point="activist")]
    judgement = given(BOTH, lines).on(opened)
    (owed,) = [one for one in judgement.obligations if one.id == "notice-end"]
    assert (owed.due_on, owed.provisional) == (date.fromisoformat(ends), not known)
    step = next(one for one in judgement.steps if one.id == "S03")
    assert (step.earliest, step.provisional) == (date.fromisoformat(ends), not known)
    for one in (owed, step):
        assert ("工作日历未收录" in one.why_zh) is ("provisional: no calendar" in one.why_en) is (not known)
    closed = given(BOTH, lines).when("public-notice-closed", ends, point="activist", affects=False)
    done = given(BOTH, [*lines, told("public-notice-closed", ends, point="activist", affects=False)])
    verdict = done.when("activist-determined", ends, decided_by="branch-committee").verdict
    doubts = [one for one in verdict.findings if one.rule == "NOTICE_ACTIVIST"]
    assert closed.verdict.allowed
    assert [(one.severity, one.provisional) for one in doubts] == ([] if known else [("warn", True)])


def test_structural_findings_are_explained() -> None:
    """A decision at the wrong stage, without its resolution, beside another, or after the end rests on what stands."""
    closed = given(BOTH, course()).when("path-withdrawn", "2025-09-01", None)
    early = given(BOTH, course("activist-determined")).when("oath-taken", "2022-01-01")
    wrong = given(BOTH, course("activist-determined")).when("development-target-determined", "2022-01-01")
    nothing = given(BOTH, course("admission-resolution-adopted")).when(
        "admission-approved", "2023-12-01", "college", probation_from=date(2023, 10, 16)
    )
    twice = given(BOTH, course("admission-approved")).when("admission-resolution-adopted", "2023-11-01")
    for question, rule in (
        (closed, "CLOSED"),
        (early, "DATE_ORDER"),
        (wrong, "STAGE"),
        (nothing, "PENDING"),
        (twice, "PENDING"),
    ):
        explained(question.finding(rule), [*question.before, question.proposed])
    assert closed.finding("CLOSED").why_zh == "2024-12-06 “材料归档”，已经结束（已完成）。"
    assert len(closed.finding("CLOSED").rests_on) == len(twice.finding("PENDING").rests_on) == 2
    assert "尚待审批" in twice.finding("PENDING").why_zh


def test_least_known_rule_is_shown_with_every_answer_that_rests_on_it() -> None:
    """A verdict, a step and an obligation say how well the least known of their rules is known, broken or not."""
    new = rulebooks("cpc-2026.yaml")
    allowed = given(new, course("admission-approved")).when(
        "admission-approved", "2023-12-01", "college", probation_from=date(2023, 10, 16)
    )
    assert allowed.verdict.allowed
    assert allowed.verdict.confidence == "verify"
    steps = {one.id: one.confidence for one in given(new, course()).on("2024-12-20").steps}
    assert steps["S17"] == "verify"
    assert steps["S20"] == "one-source"
    assert steps["S01"] == "sure"


def test_every_word_of_a_rulebook_has_its_name() -> None:
    """Moments, capabilities and kinds of fact that rules name are called something in Chinese."""
    assert set(MOMENT_WORDS) == set(MOMENTS)
    for books in BOOKS.values():
        words = {word for can in books.editions[0].capabilities.values() for word in can}
        assert {word.removesuffix("-if-authorised") for word in words} <= set(MAY)
    assert all(kind.TITLE for kind in KINDS.values())
    assert len(CHECKS) > 10
    for anchor in (*MOMENTS, *KINDS):
        assert re.search(r"[一-鿿]", of_anchor(anchor).zh)


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        ({"months": 1}, "1 个月", "1 month"),
        ({"years": 1, "months": 6}, "1 年 6 个月", "1 year 6 months"),
        ({"days": 30}, "30 天", "30 days"),
        ({}, "0 天", "0 days"),
    ],
)
def test_lengths_are_said(length: dict[str, int], zh: str, en: str) -> None:
    """A length is said with its units, in the singular where it is one."""
    said = of_period(Period(**length))
    assert (said.zh, said.en) == (zh, en)


def test_sentences_are_what_they_were() -> None:
    """Every word of every sentence stands written down; `python -m tests.domain.sentences` writes them anew."""
    stands, said = FILE.read_text(encoding="utf-8").splitlines(), text().splitlines()
    assert list(unified_diff(stands, said, "what stands", "what is said", n=0, lineterm="")) == []
