"""Letters as they read, one of each kind in both languages: whoever changes a text sees what people will read.

    .venv/bin/python -m tests.registry.letters.golden

writes them all anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.receipt import Reminder
from domain.words import Text
from registry.letters import Letter, LetterItem, LetterTexts, Links, compose, compose_for_group, load_letters
from registry.letters.item import Language
from registry.rulebooks import HERE, load_rulebooks

GOLDEN = Path(__file__).parents[2] / "golden" / "letters"
DAY = date(2026, 11, 22)
LINKS = Links("https://jieti.example")
UNIT = Text("电气工程系学生第一党支部", "Student branch no. 1, Electrical Engineering")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
RULEBOOKS = load_rulebooks(HERE / "policy-sample.yaml")
NAMES: Mapping[Language, str] = {"zh": "陈老师", "en": "Ms Chen"}


def texts() -> LetterTexts:
    """The texts of the sample school."""
    return load_letters("sample", RULEBOOKS)


def item(number: int = 1, due: int = 9, *, owed_by: str = "branch-secretary", **changes: Any) -> LetterItem:
    """The talk with an applicant, due so many days after the day of the letters."""
    due_on = DAY + timedelta(days=due)
    told = Reminder("talk", "S02", owed_by, due_on, -7, "派人同入党申请人谈话", "Hold the talk with the applicant")
    begun_on = due_on - timedelta(days=30)
    made = LetterItem(
        reminder=told,
        stream_id=UUID(int=number << 96),
        unit=UNIT,
        why=Text(
            f"{begun_on} “递交入党申请书”，1 个月内即不晚于 {due_on}。",
            f"From “application submitted” on {begun_on}, 1 month: due by {due_on}.",
        ),
        edition="cpc-2026",
        sources=("R26-7", "FC"),
        confidence="sure",
        owes="branch-secretary",
        begun_on=begun_on,
        person="林晓雨",
        version=3,
    )
    return replace(made, **changes)


def inspection(number: int, due: int, **changes: Any) -> LetterItem:
    """An inspection of an activist."""
    made = item(number, due, owed_by="branch-committee", owes="branch-committee")
    said: Any = {"obligation": "half-year-inspection", "step": "S06", "zh": "半年考察", "en": "Inspect the activist"}
    why = Text("半年一次。", "Every half-year.")
    return replace(made, reminder=replace(made.reminder, **said), why=why, sources=("R26-11",), **changes)


def cases() -> Mapping[str, list[LetterItem]]:
    """What the letters are about, by name."""
    late = item(1, -3)
    own = item(1, 0, owed_by="applicant", owes="applicant", person=None)
    year: Any = {"obligation": "one-year-reached", "step": "S07", "zh": "培养考察满一年", "en": "A year is complete"}
    plan: Any = {"obligation": "term-plan", "step": "term", "zh": "制定本学期计划", "en": "Plan the term"}
    return {
        "one": [item()],
        "own": [own],
        "many": [
            inspection(4, 12, person=None),
            item(2, 0, confidence="verify"),
            late,
            item(3, 9, confidence="one-source", provisional=True),
            inspection(5, -20),
        ],
        "long": [item(number, number - 8) for number in range(1, 16)] + [inspection(n, n) for n in range(20, 24)],
        "climbed": [replace(late, reminder=replace(late.reminder, kind="climbed", to="superior-committee"))],
        "came-up": [replace(late, reminder=replace(late.reminder, owed_by="superior-committee"))],
        "told": [replace(item(1, 0), reminder=replace(item(1, 0).reminder, **year), tells=True)],
        "term": [replace(item(1, 5, person=None), reminder=replace(item(1, 5).reminder, **plan), about="term")],
    }


def letters(language: Language) -> Iterator[tuple[str, Letter]]:
    """All of them in a language."""
    for name, items in cases().items():
        yield name, compose(texts(), language, NAMES[language], DAY, items, LINKS)
    yield "group", compose_for_group(texts(), language, DAY, cases()["many"], LINKS)


def files() -> Iterator[tuple[str, str]]:
    """The golden files by name: what is read as characters together, and the page."""
    for language in LANGUAGES:
        for name, letter in letters(language):
            parts = {"text": letter.text, "markdown": letter.markdown, "calendar": letter.calendar or ""}
            said = "\n".join(f"--- {part} ---\n{text}" for part, text in parts.items() if text)
            links = f"link: {letter.link}\nstop: {letter.stop_link}\n"
            yield f"{name}-{language}.txt", f"subject: {letter.subject}\n{links}\n{said}".replace("\r\n", "\n")
            if letter.html:
                yield f"{name}-{language}.html", letter.html


def main() -> None:
    """Write them all."""
    GOLDEN.mkdir(exist_ok=True)
    for name, text in files():
        (GOLDEN / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
