"""Corrections: the entry stays as it was, every day it concerns is judged anew, and what was known before is not touched."""

from datetime import date
from typing import Any

from domain.correcting import as_corrected, marks
from domain.facts.base import Fact
from domain.judge import judge
from domain.story import Told
from tests.domain.given import course, facts_of, given, rulebooks, told

BOOKS = rulebooks(policy=False)
WHY: dict[str, Any] = {"reason": "看错会议记录", "approved_by": "m-8"}


def corrects(version: int, day: str = "2025-03-03", **says: Any) -> Told:
    """A correction of an entry, decided on a day."""
    return told("fact-corrected", day, corrects=version, says=says, **WHY)


def retracts(version: int, day: str = "2025-03-03") -> Told:
    """The word that an entry never happened."""
    return told("fact-retracted", day, retracts=version, **WHY)


def version_of(topic: str, lines: list[Told]) -> int:
    """The version of the first entry of a kind."""
    return next(version for version, one in enumerate(lines, 1) if one.topic == topic)


def rules(lines: list[Told], day: str) -> set[str]:
    """The rules that a path breaks by a day."""
    return {one.rule for one in given(BOOKS, lines).on(day).findings}


def test_facts_without_corrections_are_the_same_list() -> None:
    """Most paths have none, and reading them costs one look at each fact."""
    facts = facts_of(course())
    assert as_corrected(facts) is facts
    assert marks(facts) == {}


def test_a_corrected_day_is_judged_on_every_day_it_concerns() -> None:
    """Given a talk entered for the wrong day, when it is corrected, then the finding is gone, in the past as well."""
    lines = [one for one in course() if one.topic != "applicant-talk-held"]
    lines.insert(2, told("applicant-talk-held", "2021-12-25", held_by="m-1", post="secretary"))
    assert rules(lines, "2022-01-01") == {"TALK_1M"}
    lines.append(corrects(3, effective_on=date(2021, 10, 25), approved_by="m-8"))
    assert rules(lines, "2022-01-01") == set()
    facts = facts_of(lines)
    read = as_corrected(facts)
    assert (facts[2].effective_on, read[2].effective_on) == (date(2021, 12, 25), date(2021, 10, 25))
    assert (read[2].originator_version, read[2].timestamp) == (3, facts[2].timestamp)
    known = [one for one in facts if one.timestamp < facts[-1].timestamp]
    assert {one.rule for one in judge(BOOKS, known, date(2022, 1, 1)).findings} == {"TALK_1M"}


def test_of_two_corrections_the_later_counts_field_by_field() -> None:
    """A correction of a correction is a second one of the same entry; what it does not name stays corrected."""
    lines = [*course(), corrects(3, held_by="m-5", post="deputy-secretary"), corrects(3, held_by="m-6")]
    (talk,) = [one for one in as_corrected(facts_of(lines)) if one.TOPIC == "applicant-talk-held"]
    assert (vars(talk)["held_by"], vars(talk)["post"]) == ("m-6", "deputy-secretary")
    mark = marks(facts_of(lines))[3]
    assert mark.says == {"held_by": "m-6", "post": "deputy-secretary"}
    assert mark.corrected_by == (len(lines) - 1, len(lines))


def test_a_retracted_correction_has_no_effect_until_its_retraction_is_retracted() -> None:
    """Taking back brings back what was; taking back the taking back, what was then."""
    lines = [*course(), corrects(3, held_by="m-5")]
    first = len(lines)

    def held_by() -> str:
        (talk,) = [one for one in as_corrected(facts_of(lines)) if one.TOPIC == "applicant-talk-held"]
        return str(vars(talk)["held_by"])

    assert held_by() == "m-5"
    lines.append(retracts(first))
    assert held_by() == "m-1"
    lines.append(retracts(first + 1))
    assert held_by() == "m-5"


def test_correction_of_the_opening_fact_changes_the_age() -> None:
    """Given a wrong birth date in the application, when it is corrected, then the application was made of age."""
    lines = course()
    lines[0] = told("application-submitted", "2021-10-11", **{**lines[0].says, "born_on": "2003-12-31"})
    assert "AGE_18" in rules(lines, "2022-04-01")
    assert "AGE_18_STANDS" in rules(lines, "2022-04-01")
    lines.append(corrects(1, born_on=date(2003, 3, 1)))
    assert rules(lines, "2022-04-01") == set()


def test_a_retracted_transition_takes_the_stage_back() -> None:
    """Given an approval recorded in error, when it is retracted, then the person is a development target and it is owed."""
    lines = course("admission-filed")
    assert given(BOOKS, lines).on("2023-12-02").stage == "probationary-member"
    lines.append(retracts(version_of("admission-approved", lines), "2023-12-03"))
    judgement = given(BOOKS, lines).on("2023-12-04")
    assert (judgement.stage, judgement.pending) == ("development-target", "admission-resolution-adopted")
    assert "probation-start" not in judgement.moments
    assert "approval" in {one.id for one in judgement.obligations}
    assert judgement.version == len(lines)
    lines.append(told("admission-approved", "2023-12-08", "college", probation_from="2023-10-16"))
    assert given(BOOKS, lines).on("2023-12-09").moments["probation-end"] == date(2024, 10, 16)


def test_a_decision_is_weighed_on_what_was_corrected() -> None:
    """What is asked after a correction is answered by the facts as they read now."""
    lines = course("development-target-proposed")
    lines.append(told("opinions-heard", "2023-03-27", heard=("party-group", "contacts", "members", "masses")))
    determined = version_of("activist-determined", lines)
    given(BOOKS, lines).when("development-target-proposed", "2023-03-27").then_allowed()
    lines.append(corrects(determined, "2023-03-27", effective_on=date(2022, 4, 14)))
    asked = given(BOOKS, lines).when("development-target-proposed", "2023-03-28")
    assert asked.finding("CULTIVATE_1Y").earliest == date(2023, 4, 14)


def test_each_correction_stands_among_the_facts() -> None:
    """A correction is evidence of its own day: whoever reads the path sees that there was one."""
    read: list[Fact] = list(as_corrected(facts_of([*course(), corrects(3, held_by="m-5"), retracts(2)])))
    assert [one.TOPIC for one in read[-2:]] == ["fact-corrected", "fact-retracted"]
    assert len(read) == len(course()) + 1
