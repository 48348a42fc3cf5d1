"""Letters: what they say and in which order, that nothing from outside becomes markup, and what stands on a locked phone."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from icalendar import Calendar

from domain.words import Text
from registry.letters import compose, compose_for_group
from registry.letters.compose import MOST_IN_FULL
from registry.letters.item import Language
from tests.registry.letters.golden import (
    DAY,
    GOLDEN,
    LANGUAGES,
    LINKS,
    NAMES,
    cases,
    files,
    inspection,
    item,
    letters,
    texts,
)

RULE = {"zh": "（2026年修订）第七条；《发展党员工作流程图》", "en": "(revised 2026), art. 7; flow chart"}
"""Where the talk comes from, in words."""


def events(text: str | None) -> list[Any]:
    """The events of a calendar as the library reads them; none where there is no calendar."""
    if text is None:
        return []
    calendar: Any = Calendar.from_ical(text)
    assert (calendar["METHOD"], calendar.errors) == ("PUBLISH", [])
    return list(calendar.walk("VEVENT"))


def test_letters_read_as_they_were_read_last() -> None:
    """Whoever changes a text or a form sees it in the golden letters, and writes them anew on purpose."""
    made = dict(files())
    assert {path.name for path in GOLDEN.iterdir()} == set(made)
    for name, text in made.items():
        assert (GOLDEN / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_says_what_by_when_why_for_whom_and_where(language: Language) -> None:
    """An item has its sentence, its day, the rule with its source, the person, the doubt, and the link to the act."""
    letter = compose(texts(), language, NAMES[language], DAY, [item(1, 9, confidence="verify")], LINKS)
    what = item().what.zh if language == "zh" else item().what.en
    for form in (letter.text, letter.html, letter.markdown):
        for said in (
            what,
            "2026-12-01",
            RULE[language],
            "talk",
            "林晓雨",
            LINKS.of(item()),
            texts().say("verify", language),
        ):
            assert said in form
    for said in ("stop_do", "stop_record", "stop_snooze", "stop_address"):
        assert texts().say(said, language) in letter.text
    assert letter.link == LINKS.of(item())


def test_what_is_gravest_comes_first_by_act() -> None:
    """The act with the longest overdue item leads, in each act the earliest day; what is only told comes last."""
    told = replace(inspection(9, -90), tells=True)
    letter = compose(texts(), "zh", None, DAY, [*cases()["many"], told], LINKS)
    days = [line.split("2026-")[1][:5] for line in letter.text.splitlines() if line[:2].rstrip(".").isdigit()]
    assert days == ["11-02", "12-04", "08-24", "11-19", "11-22", "12-01"]


def test_a_long_letter_counts_what_it_does_not_say() -> None:
    """So many items in full, of those behind the number and the earliest day; none is lost."""
    letter = compose(texts(), "en", None, DAY, cases()["long"], LINKS)
    assert letter.text.count("Do it: ") == MOST_IN_FULL
    assert "Hold the talk with the applicant: 3 items more, the first by 2026-11-27" in letter.text
    assert "Inspect the activist: 4 items more, the first by 2026-12-12" in letter.text
    assert letter.link == LINKS.all


def test_who_has_climbed_where_is_said_to_both() -> None:
    """Whoever owes it is told who was reminded; whoever is reminded is told whose it was."""
    (climbed,), (came,) = cases()["climbed"], cases()["came-up"]
    assert "已同时提醒上级党委" in compose(texts(), "zh", None, DAY, [climbed], LINKS).text
    assert "应由支部书记办理" in compose(texts(), "zh", None, DAY, [came], LINKS).text


STRANGE = 'x"><script>alert(1)</script>\n[a](http://evil.example) *b* <@all> \u202e& \x07'


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_from_outside_becomes_markup(language: Language) -> None:
    """Names that are markup in HTML, in Markdown or in a calendar stay characters, and no line breaks out of its own."""
    strange = item(1, 9, person=STRANGE, unit=Text(STRANGE, STRANGE))
    letter = compose(texts(), language, STRANGE, DAY, [strange], LINKS)
    tags = Tags()
    tags.feed(letter.html)
    assert "script" not in tags.seen
    assert {one for one in tags.links if "jieti.example" not in one} == set()
    for form in (letter.text, letter.markdown):
        assert not {"\x07", "\u202e"} & set(form)
    assert "](http://evil" not in letter.markdown
    assert "<@all>" not in letter.markdown
    assert len(letter.text.splitlines()) == len(compose(texts(), language, "x", DAY, [item()], LINKS).text.splitlines())


class Tags(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self) -> None:
        """See nothing yet."""
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.seen.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_locked_phone_shows_tells_nothing(language: Language) -> None:
    """Subjects, titles in calendars and what a group is told have no name, no unit and none of the words that tell."""
    for name, letter in letters(language):
        shown = [letter.subject, letter.markdown if name == "group" else ""]
        for event in events(letter.calendar):
            shown += [str(event["SUMMARY"]), str(event["DESCRIPTION"])]
        for text in shown:
            assert not [word for word in (*texts().never, "林晓雨", "陈", "Chen", "电气") if word in text.lower()], text


def test_a_group_is_told_counts_and_a_link() -> None:
    """How many things, how many people, how many late; nothing else, in Markdown alone."""
    letter = compose_for_group(texts(), "zh", DAY, cases()["many"], LINKS)
    assert letter.markdown.startswith("有 5 件事项需要办理，其中 2 件事项已逾期，涉及 5 人。请登录查看。")
    assert (letter.text, letter.html, letter.calendar) == ("", "", None)


def test_the_calendar_part_has_the_days_to_come() -> None:
    """What is due today or later stands in it, as whole days, and what is late or only told does not."""
    letter = compose(texts(), "zh", None, DAY, [*cases()["many"], *cases()["told"]], LINKS)
    days = [event["DTSTART"].dt.isoformat() for event in events(letter.calendar)]
    assert days == ["2026-11-22", "2026-12-01", "2026-12-04"]
    assert compose(texts(), "zh", None, DAY, cases()["told"], LINKS).calendar is None


def test_nobody_gets_an_empty_letter() -> None:
    """A letter about nothing is a mistake of whoever asks for it."""
    with pytest.raises(ValueError, match="at least one item"):
        compose(texts(), "zh", None, DAY, [], LINKS)
