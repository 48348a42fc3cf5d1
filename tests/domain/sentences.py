"""Every sentence that the examples and the stories make the judge say: `python -m tests.domain.sentences` writes them down.

Auditors quote them, so a change of words is seen in review. Whoever means it, or adds a rule, writes the file anew.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from domain.judge import judge
from domain.judgement import Finding
from tests.domain.given import Asked, course, facts_of, given, rulebooks, story
from tests.domain.test_rules import BOOKS, EXAMPLES, asked

FILE = Path(__file__).parents[1] / "golden" / "sentences.txt"
HEAD = "# What findings, steps and obligations say of the examples. Made by `python -m tests.domain.sentences`.\n"


def structural() -> Iterator[Asked]:
    """A decision after the end, at the wrong stage, without its resolution, beside another, answering another."""
    path = given(rulebooks(), course("admission-approved"))
    said: dict[str, Any] = {"probation_from": date(2023, 10, 16)}
    yield given(rulebooks(), course()).when("path-withdrawn", "2025-09-01", None)
    yield given(rulebooks(), course("activist-determined")).when("development-target-determined", "2022-01-01")
    yield given(rulebooks(), course("admission-resolution-adopted")).when(
        "admission-approved", "2023-12-01", "college", **said
    )
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
    for name in ("course", "lin-xiaoyu"):
        said |= dict.fromkeys(_of_story(name))
    yield from said


def _finding(one: Finding) -> str:
    rule = f"{one.rule} {one.step} {one.severity} {one.confidence} {'/'.join(one.sources)}"
    return f"{rule} | {one.arithmetic} | {one.zh} | {one.en}\n    {one.why_zh}\n    {one.why_en}"


def _of_story(name: str) -> Iterator[str]:
    """What steps and obligations say, every twenty days."""
    facts = facts_of(story(name).facts, name)
    day = facts[0].effective_on
    while day < facts[-1].effective_on:
        known = judge(rulebooks(), facts, day)
        answers: list[Any] = [*known.steps, *known.obligations]
        yield from (f"{one.id} {one.confidence}\n    {one.why_zh}\n    {one.why_en}" for one in answers if one.why_zh)
        day += timedelta(days=20)


def text() -> str:
    """The whole file."""
    return HEAD + "\n".join(sentences()) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
