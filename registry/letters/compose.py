"""Composes a letter: what is said of each item, grouped by act, the gravest first; then in every form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from domain.calendar import moment_on
from domain.path import Path
from domain.rulewords import ROLES
from domain.sources import say_sources
from domain.words import Text, plural
from registry.letters.events import Event, calendar_of
from registry.letters.forms import markdown_of, text_of
from registry.letters.item import Language, Letter, LetterItem, Links
from registry.letters.page import html_of
from registry.letters.reading import LetterTexts

MOST_IN_FULL = 12
"""Items that a letter says in full; of those behind, it gives the counts."""

UNSURE = {"verify": "verify", "one-source": "one_source"}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One item in words: when, whether that is over, what else is said, and where it leads."""

    when: str
    late: bool
    lines: tuple[str, ...]
    cautions: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Act:
    """All items of one act."""

    heading: str
    items: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter in words, before it takes a form."""

    language: Language
    subject: str
    greeting: str
    opening: str
    acts: tuple[Act, ...]
    rest: tuple[str, ...]
    act: str
    all: tuple[str, str]
    stop: tuple[str, tuple[str, ...]]
    footer: str


def compose(  # noqa: PLR0917 - in which words, for whom, when, of what, and where it leads
    texts: LetterTexts,
    language: Language,
    recipient_name: str | None,
    day: date,
    items: Sequence[LetterItem],
    links: Links,
) -> Letter:
    """Compose the letter of a civil day for one recipient. The same arguments give the same letter, byte by byte."""
    if not items:
        message = "a letter has at least one item"
        raise ValueError(message)
    say = _Saying(texts, language, day, links)
    acts = say.grouped(items)
    full, rest = _cut(acts)
    draft = Draft(
        language=language,
        subject=say.subject(items),
        greeting=say("greeting", name=_one_line(recipient_name)) if recipient_name else say("greeting_plain"),
        opening=say("opening", day=day, items=say.items(len(items))),
        acts=tuple(say.act(group) for group in full),
        rest=tuple(say.rest(group) for group in rest),
        act=say("act"),
        all=(say("all"), links.all),
        stop=(say("stop"), tuple(say(name) for name in ("stop_do", "stop_record", "stop_snooze", "stop_address"))),
        footer=say("footer"),
    )
    events = [event_of(texts, language, one, links) for one in items if not one.tells and one.due_on >= day]
    only = items[0] if len(items) == 1 else None
    return Letter(
        subject=draft.subject,
        text=text_of(draft),
        html=html_of(draft),
        markdown=markdown_of(draft),
        calendar=calendar_of(texts.say("calendar_name", language), events, moment_on(day, time(0))) if events else None,
        link=links.of(only) if only else links.all,
        stop_link=links.all,
    )


def compose_for_group(
    texts: LetterTexts, language: Language, day: date, items: Sequence[LetterItem], links: Links
) -> Letter:
    """Compose what a group is told: counts and a link, and nothing of any person. It has Markdown alone."""
    say = _Saying(texts, language, day, links)
    first = min(items, key=_grave).due_on
    late = sum(one.late(day) for one in items)
    persons = len({one.stream_id for one in items if one.about == Path.NAME})
    counts = {"items": say.items(len(items)), "late_items": say.items(late), **say.days(first)}
    text = say("group_late" if late else "group", **counts)
    text += say("group_persons", persons=say.persons(persons)) if persons else ""
    text += say("group_link")
    subject = say("group_subject", items=say.items(len(items)))
    draft = Draft(language, subject, "", text, (), (), "", (say("all"), links.all), ("", ()), "")
    return Letter(subject, "", "", markdown_of(draft), None, links.all, links.all)


def event_of(texts: LetterTexts, language: Language, item: LetterItem, links: Links) -> Event:
    """What stands in a calendar for an item."""
    reminder = item.reminder
    return Event(
        stream_id=item.stream_id,
        obligation=reminder.obligation,
        begun_on=item.begun_on,
        due_on=item.due_on,
        title=texts.title(reminder.obligation, reminder.step, language),
        details=texts.say("calendar_details", language),
        link=links.of(item),
        version=item.version,
    )


def _cut(groups: Sequence[Sequence[LetterItem]]) -> tuple[list[Sequence[LetterItem]], list[Sequence[LetterItem]]]:
    """Which items are said in full, the gravest, and which are counted."""
    full, rest, left = [], [], MOST_IN_FULL
    for group in groups:
        if left:
            full.append(group[:left])
        if group[left:]:
            rest.append(group[left:])
        left = max(left - len(group), 0)
    return full, rest


def _one_line(text: str) -> str:
    """A value that came from outside, without anything that would begin a new line or turn the text around."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


@dataclass(frozen=True, slots=True)
class _Saying:
    """Says things in one language, on one day."""

    texts: LetterTexts
    language: Language
    day: date
    links: Links

    def __call__(self, name: str, /, **fields: object) -> str:
        return self.texts.say(name, self.language, **fields)

    def of(self, text: Text) -> str:
        return text.zh if self.language == "zh" else text.en

    def role(self, role: str) -> str:
        return self.of(ROLES[role]) if role in ROLES else role

    def items(self, count: int) -> str:
        return f"{count} 件事项" if self.language == "zh" else f"{count} {plural('item', count)}"

    def persons(self, count: int) -> str:
        return f"{count} 人" if self.language == "zh" else f"{count} {'person' if count == 1 else 'people'}"

    def span(self, days: int) -> str:
        return f"{days} 天" if self.language == "zh" else f"{days} {plural('day', days)}"

    def days(self, day: date) -> dict[str, object]:
        named = f"{day.month} 月 {day.day} 日" if self.language == "zh" else f"{day.day} {MONTHS[day.month - 1]}"
        return {"due_on": day, "due_day": named}

    def subject(self, items: Sequence[LetterItem]) -> str:
        owed = [one for one in items if not one.tells]
        late = sum(one.late(self.day) for one in owed)
        if not owed:
            return self("subject_told", items=self.items(len(items)))
        days = self.days(min(one.due_on for one in owed))
        if late:
            return self("subject_late", items=self.items(len(items)), late_items=self.items(late), **days)
        return self("subject", items=self.items(len(items)), **days)

    def grouped(self, items: Sequence[LetterItem]) -> list[list[LetterItem]]:
        """By act; the gravest act first, and in each the gravest item: what is owed by day, then what is only told."""
        found: dict[str, list[LetterItem]] = {}
        for one in sorted(items, key=_grave):
            found.setdefault(one.reminder.obligation, []).append(one)
        return list(found.values())

    def act(self, group: Sequence[LetterItem]) -> Act:
        heading = self("heading", what=self.of(group[0].what), items=self.items(len(group)))
        return Act(heading if len(group) > 1 else self.of(group[0].what), tuple(self.item(one) for one in group))

    def rest(self, group: Sequence[LetterItem]) -> str:
        what = self.of(group[0].what)
        return self("rest", what=what, items=self.items(len(group)), **self.days(group[0].due_on))

    def item(self, item: LetterItem) -> Said:
        return Said(
            when=self._when(item),
            late=item.late(self.day),
            lines=tuple(self._lines(item)),
            cautions=tuple(self._cautions(item)),
            link=self.links.of(item),
        )

    def _when(self, item: LetterItem) -> str:
        days = self.days(item.due_on)
        if item.tells:
            return self("told", **days)
        ahead = (item.due_on - self.day).days
        if not ahead:
            return self("due_today", **days)
        return self("due_late" if ahead < 0 else "due_ahead", days=self.span(abs(ahead)), **days)

    def _lines(self, item: LetterItem) -> Iterator[str]:
        unit = _one_line(self.of(item.unit))
        if item.about != Path.NAME:
            yield self("for_unit", unit=unit)
        elif item.reminder.owed_by == "applicant":
            yield self("for_you", unit=unit)
        else:
            number = self("path_number", number=item.number)
            yield self("for_whom", person=_one_line(item.person) if item.person else number, unit=unit)
        if why := self.of(item.why):
            yield self("why", why=why)
        reminder = item.reminder
        sources = self.of(say_sources(item.sources, self.texts.titles))
        yield self("rule", rule=reminder.obligation, edition=item.edition, sources=sources, step=reminder.step)

    def _cautions(self, item: LetterItem) -> Iterator[str]:
        if item.reminder.kind == "climbed":
            yield self("climbed", role=self.role(item.reminder.to))
        elif item.reminder.owed_by != item.owes:
            yield self("came_up", role=self.role(item.owes))
        if item.confidence in UNSURE:
            yield self(UNSURE[item.confidence])
        if item.provisional:
            yield self("provisional")


def _grave(item: LetterItem) -> tuple[bool, date, str, str]:
    return item.tells, item.due_on, item.reminder.obligation, str(item.stream_id)
