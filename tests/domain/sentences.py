"""What the examples and the stories make the judge say, word for word: `python -m tests.domain.sentences` writes them down.

Auditors quote the sentences, so a change of words is seen in review. Whoever means it, or adds a rule, writes the file anew.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from domain.judge import judge
from domain.judgement import Finding, Obligation, StepView
from tests.domain.corners import corners
from tests.domain.given import Asked, course, facts_of, given, rulebooks, story
from tests.domain.test_rules import BOOKS, EXAMPLES, asked

FILE = Path(__file__).parents[1] / "golden" / "sentences.txt"
HEAD = """\
# Findings of the examples: rule | arithmetic | text, then the fact, start, earliest and latest day | facts | what is missing.
# Below: steps of the examples, steps and obligations of the stories, and checks in corners, likewise. Made by `python -m tests.domain.sentences`.
"""


def structural() -> Iterator[Asked]:
    """A decision after the end, at the wrong stage, without its resolution, beside another, answering another."""
    path = given(rulebooks(), course("admission-approved"))
    said: dict[str, Any] = {"probation_from": date(2023, 10, 16)}
    yield given(rulebooks(), course()).when("path-withdrawn", "2025-09-01", None)
    yield given(rulebooks(), course("activist-determined")).when("development-target-determined", "2022-01-01")
    yield given(rulebooks(), course("activist-determined")).when("activist-removed", "2022-01-01", reason="甲")
    yield given(rulebooks(), course("admission-resolution-adopted")).when(
        "admission-approved", "2023-12-01", "college", **said
    )
    applied = course("applicant-talk-held")
    again = next(one for one in applied if one.topic == "application-submitted")
    yield given(rulebooks(), applied).when("application-submitted", "2021-10-20", **again.says)
    yield path.when("admission-resolution-adopted", "2023-11-01")
    yield given(rulebooks(), course("conversion-approved")).when("extension-approved", "2024-11-29", "college")


def sentences() -> Iterator[str]:
    """All sentences, each once."""
    questions: list[Asked] = [*structural()]
    for books in BOOKS.values():
        known = {rule.id for rule in (*books.editions[0].rules, *books.policy.rules)}
        questions += [asked(books, example, "fails") for example in EXAMPLES if example["rule"] in known]
    said: dict[str, None] = {}
    for question in questions:
        said |= dict.fromkeys(_finding(one) for one in question.verdict.findings)
    for question in questions:
        said |= dict.fromkeys(_asked_of(question))
    for name in ("course", "lin-xiaoyu"):
        said |= dict.fromkeys(_of_story(name))
    yield from said
    yield from corners()


def _asked_of(question: Asked) -> Iterator[str]:
    """What the steps that a proposed fact belongs to, and those of the rules it breaks, say before it comes."""
    broken = {one.step for one in question.verdict.findings}
    for step in judge(question.books, question.before, question.proposed.effective_on).steps:
        if step.why_zh and (step.id in broken or question.proposed.TOPIC in step.facts):
            yield _step(step)


def _finding(one: Finding) -> str:
    rule = f"{one.rule} {one.step} {one.severity} {one.confidence} {'/'.join(one.sources)}"
    days = f"{one.topic} {one.version} {one.on}: {_days(one.start, one.earliest, one.latest)}{' ?' * one.provisional}"
    rests = f"{days} | {' '.join(map(str, one.rests_on))} | {' '.join(one.missing)}"
    return f"{rule} | {one.arithmetic} | {one.zh} | {one.en}\n    {rests}\n    {one.why_zh}\n    {one.why_en}"


def _step(step: StepView) -> str:
    return _answer(step, f"{_days(step.start, step.earliest, step.latest)} | {' '.join(step.missing)}")


def _days(*days: date | None) -> str:
    return " ".join(str(day or "–") for day in days)


def _of_story(name: str) -> Iterator[str]:
    """What steps and obligations say, every twenty days."""
    facts = facts_of(story(name).facts, name)
    day = facts[0].effective_on
    while day < facts[-1].effective_on:
        known = judge(rulebooks(), facts, day)
        for step in known.steps:
            if step.why_zh:
                yield _step(step)
        for owed in known.obligations:
            yield _answer(owed, f"{_days(owed.since, owed.start, owed.due_on)} | {owed.owed_by} {owed.step}")
        day += timedelta(days=20)


def _answer(one: StepView | Obligation, days: str) -> str:
    rests = f"{days}{' | ?' * one.provisional} | {' '.join(map(str, one.rests_on))}"
    return f"{one.id} {one.confidence} | {rests}\n    {one.why_zh}\n    {one.why_en}"


def text() -> str:
    """The whole file."""
    return HEAD + "\n".join(sentences()) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
