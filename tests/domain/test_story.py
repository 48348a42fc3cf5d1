"""The worked example: eight semesters under both editions, asked fact by fact and judged day by day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from domain.judge import judge, weigh
from domain.spot import RulebookError
from domain.story import Attempt, Checkpoint, read_story
from tests.domain.given import facts_of, made, rulebooks, story

LIN = "lin-xiaoyu"
STORY = story(LIN)
FACTS = facts_of(STORY.facts, LIN)
BOOKS = rulebooks()


@pytest.mark.parametrize("index", range(len(FACTS)), ids=[f"{n}-{one.TOPIC}" for n, one in enumerate(FACTS, 1)])
def test_every_fact_is_allowed_when_it_is_asked_for(index: int) -> None:
    """Nothing in the story is refused; the one finding is that the calendar of 2027 is not known yet."""
    verdict = weigh(BOOKS, FACTS[:index], FACTS[index])
    assert verdict.allowed
    provisional = STORY.facts[index].says == {"outcome": "convert"}
    assert [one.rule for one in verdict.findings] == (["NOTICE_CONVERSION"] if provisional else [])
    assert all(one.provisional and one.severity == "warn" for one in verdict.findings)


@pytest.mark.parametrize("point", STORY.checkpoints, ids=[str(one.day) for one in STORY.checkpoints])
def test_the_path_reads_as_the_story_says(point: Checkpoint) -> None:
    """Stage, edition, obligations, earliest and latest days are those of the worked example."""
    judgement = judge(BOOKS, [one for one in FACTS if one.effective_on <= point.day], point.day)
    owed = {one.id: one.due_on for one in judgement.obligations}
    steps = {step.id: step for step in judgement.steps}
    read = replace(
        point,
        stage=judgement.stage,
        edition=point.edition and judgement.edition,
        home_unit=point.home_unit and judgement.home_unit,
        pending=point.pending and (judgement.pending or "none"),
        outcome=point.outcome and judgement.outcome,
        owed={name: owed.get(name, date.min) for name in point.owed},
        met=tuple(name for name in point.met if name not in owed),
        earliest={name: steps[name].earliest or date.min for name in point.earliest},
        latest={name: steps[name].latest or date.min for name in point.latest},
        moments={name: judgement.moments.get(name, date.min) for name in point.moments},
    )
    assert read == point


def test_no_day_of_eight_semesters_is_without_its_reading() -> None:
    """Judged on every single day, stage and edition change on the days of the story and on no other."""
    seen: list[tuple[str, str, date]] = []
    day, last = FACTS[0].effective_on, FACTS[-1].effective_on
    while day <= last:
        one = judge(BOOKS, FACTS, day)
        if not seen or (one.stage, one.edition) != seen[-1][:2]:
            seen.append((one.stage, one.edition, day))
        day += timedelta(days=1)
    assert [(stage, edition, day.isoformat()) for stage, edition, day in seen] == [
        ("applicant", "cpc-2014", "2023-10-12"),
        ("activist", "cpc-2014", "2024-04-08"),
        ("development-target", "cpc-2014", "2025-04-28"),
        ("probationary-member", "cpc-2014", "2025-12-05"),
        ("probationary-member", "cpc-2026", "2026-05-11"),
        ("full-member", "cpc-2026", "2027-05-21"),
    ]


def test_a_day_before_the_earliest_is_refused() -> None:
    """The first day that a step gives is accepted, and the day before it is not."""
    before = [one for one in FACTS if one.effective_on < date(2025, 4, 21)]
    heard, proposed = (one for one in FACTS if one.effective_on == date(2025, 4, 21))
    earliest = next(one.earliest for one in judge(BOOKS, before, date(2025, 4, 12)).steps if one.id == "S07")
    assert earliest == date(2025, 4, 15)
    for day, allowed in ((earliest, True), (earliest - timedelta(days=1), False)):
        moved = [replace(cast("Any", one), effective_on=day) for one in (heard, proposed)]
        assert weigh(BOOKS, [*before, moved[0]], moved[1]).allowed is allowed


def test_a_story_that_names_an_unknown_fact_is_refused_at_its_line() -> None:
    """A misspelt fact, field or moment in a story is told with file and line."""
    text = "story: x\ntitle: {zh: x, en: x}\nunits: []\nfacts:\n  - {day: 2023-10-12, fact: aplication-submitted}\n"
    with pytest.raises(RulebookError, match=r"^x\.yaml:5: 'aplication-submitted' is not a kind of fact"):
        read_story("x.yaml", text)
    text = text.replace("aplication-submitted", "oath-taken, says: {where: here}")
    with pytest.raises(RulebookError, match=r"^x\.yaml:5: 'where' is unknown here"):
        read_story("x.yaml", text)
    text = (
        text.replace(", says: {where: here}", "")
        + "checkpoints:\n  - {day: 2023-10-12, stage: x, moments: {x: 2023-10-12}}\n"
    )
    with pytest.raises(RulebookError, match=r"^x\.yaml:7: 'x' is unknown here"):
        read_story("x.yaml", text)


@pytest.mark.parametrize("attempt", STORY.attempts, ids=[f"{one.told.topic}-{one.told.day}" for one in STORY.attempts])
def test_what_was_tried_too_early_is_refused_by_the_rules_it_names(attempt: Attempt) -> None:
    """Each attempt of the story, asked before the facts of its day, breaks just the blocking rules it tells of."""
    before = [one for one in FACTS if one.effective_on < attempt.told.day]
    units = {str(unit["unit_id"]): unit for unit in STORY.units}
    verdict = weigh(BOOKS, before, made(attempt.told, len(before) + 1, units))
    assert not verdict.allowed
    assert [one.rule for one in verdict.findings if one.severity == "block"] == list(attempt.refused_by)
