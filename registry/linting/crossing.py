"""The verbs by which papers are compared: with each other, with the calendar, with who was a member when.

Each answers what is wrong of one person: the cells, the arithmetic in signs, and the sentence in both languages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import ClassVar, Protocol

from domain.calendar import Workdays, add_months
from domain.words import Text
from registry.importing.base import plain_name
from registry.linting.dossier import DAY, Paper, Person, Place
from registry.linting.headings import headings


@dataclass(frozen=True, slots=True)
class Around:
    """What a verb may look at beside the person."""

    day: date
    workdays: Workdays
    members: Mapping[str, list[date]]
    persons: Mapping[str, list[Person]]
    """By name and by number."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong: about which paper, in which cells, by what arithmetic, and in words."""

    kind: str
    on: date | None
    cells: tuple[Place, ...]
    arithmetic: str
    why: Text


class Verb(Protocol):
    """One verb with its parameters."""

    NAME: ClassVar[str]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        """Tell what is wrong with a person's papers."""
        ...


def named(kind: str) -> Text:
    """A kind of paper as sentences call it."""
    found = headings().title(kind)
    return Text(f"“{found.zh}”", f"“{found.en.replace('-', ' ')}”")


def _cells(*places: Place | None) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(place for place in places if place))


def _days(person: Person, kind: str) -> Iterator[tuple[Paper, str, date]]:
    """The days of a kind, or of a field of a kind that is written `kind.field`."""
    topic, _, name = kind.partition(".")
    for paper in person.all(topic):
        day = paper.values.get(name or DAY)
        if isinstance(day, date):
            yield paper, name or DAY, day


@dataclass(frozen=True, slots=True)
class NotAfter:
    """Every paper of one kind is dated on or before the last of another, of the same `by` if that is given."""

    NAME: ClassVar[str] = "not_after"
    first: str
    then: str
    by: str = ""

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        for paper, name, day in _days(person, self.first):
            same = [one for one in person.all(self.then) if one.values.get(self.by) == paper.values.get(self.by)]
            last = same[-1].day if same else None
            if last is None or day <= last:
                continue
            one, two = named(self.first.partition(".")[0]), named(self.then)
            late = (day - last).days
            zh = f"{one.zh}写的是 {day}，比{two.zh}（{last}）晚 {late} 天"
            en = f"{one.en} is dated {day}, {late} days after {two.en} ({last})"
            cells = _cells(paper.place(name), same[-1].place())
            yield Breach(paper.kind, day, cells, f"{day} > {last}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Spaced:
    """Papers of a kind lie at least so many days apart; those `over` fewer days are another rule's matter."""

    NAME: ClassVar[str] = "spaced"
    of: str
    days: int
    over: int = -1

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        for before, paper in pairwise(person.all(self.of)):
            if before.day is None or paper.day is None:
                continue
            gap = (paper.day - before.day).days
            if self.over < gap < self.days:
                zh = f"两篇{named(self.of).zh}相隔 {gap} 天（{before.day}、{paper.day}），至少应隔 {self.days} 天"
                en = f"two of {named(self.of).en} lie {gap} days apart ({before.day}, {paper.day}), {self.days} are expected"
                cells = _cells(paper.place(), before.place())
                yield Breach(
                    self.of, paper.day, cells, f"{paper.day} - {before.day} = {gap}d < {self.days}d", Text(zh, en)
                )


@dataclass(frozen=True, slots=True)
class InTurn:
    """Papers that a sheet numbers follow one another by their days."""

    NAME: ClassVar[str] = "in_turn"
    of: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        for kind in self.of:
            numbered = sorted(person.all(kind), key=lambda one: one.nth)
            for before, paper in pairwise(numbered):
                if before.day and paper.day and before.nth < paper.nth and before.day > paper.day:
                    zh = f"第 {paper.nth} 次{named(kind).zh}（{paper.day}）早于第 {before.nth} 次（{before.day}）"
                    en = f"{named(kind).en} {paper.nth} ({paper.day}) lies before {before.nth} ({before.day})"
                    cells = _cells(paper.place(), before.place())
                    yield Breach(kind, paper.day, cells, f"{paper.day} < {before.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class OutsideNotice:
    """These decisions are not taken while a public notice stands; on its last day they may be."""

    NAME: ClassVar[str] = "outside_notice"
    of: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        closed = {one.values.get("point"): one for one in person.all("public-notice-closed")}
        for opened in person.all("public-notice-opened"):
            last = closed.get(opened.values.get("point"))
            for paper in (one for kind in self.of for one in person.all(kind)):
                if last is None or not (opened.day and last.day and paper.day and opened.day <= paper.day < last.day):
                    continue
                span = f"{opened.day} … {last.day}"
                zh = f"{named(paper.kind).zh}（{paper.day}）落在公示期（{span}）内"
                en = f"{named(paper.kind).en} ({paper.day}) falls into the public notice ({span})"
                cells = _cells(paper.place(), opened.place(), last.place())
                yield Breach(paper.kind, paper.day, cells, f"{opened.day} ≤ {paper.day} < {last.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class People:
    """A meeting had at least so many people."""

    NAME: ClassVar[str] = "people"
    of: str
    field: str
    least: int

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        for paper in (one for one in person.papers if one.kind == self.of):
            names = paper.values.get("attended")
            count = paper.values.get(self.field, len(names) if names else None)
            if count is not None and count < self.least:
                zh = f"{named(self.of).zh}只有 {count} 人，至少应有 {self.least} 人"
                en = f"{named(self.of).en}: {count} people, at least {self.least} are expected"
                cells = _cells(paper.places.get(self.field) or paper.place("attended"))
                yield Breach(self.of, paper.day, cells, f"{count} < {self.least}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Withdraws:
    """The person does not stand among those who came to the meetings that discuss them."""

    NAME: ClassVar[str] = "withdraws"
    from_: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        name = plain_name(person.name)
        for paper in (one for one in person.papers if name and one.kind in self.from_):
            if name in map(plain_name, paper.values.get("attended", ())):
                zh = f"{person.name}出现在{named(paper.kind).zh}的参加人员中"
                en = f"{person.name} stands among those who came ({named(paper.kind).en})"
                cells = _cells(paper.places.get("attended"))
                yield Breach(paper.kind, paper.day, cells, f"{person.name} ∈ attended", Text(zh, en))


@dataclass(frozen=True, slots=True)
class FullMembers:
    """Those whom a paper names were full members on its day, as far as the workbook knows them."""

    NAME: ClassVar[str] = "full_members"
    of: str
    field: str

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        for paper in (one for one in person.papers if one.kind == self.of):
            said = paper.values.get(self.field) or ()
            for name in (said,) if isinstance(said, str) else said:
                why = self._why(name, person, paper.day, around)
                if why:
                    cells = _cells(paper.places.get(self.field), paper.place())
                    yield Breach(self.of, paper.day, cells, why[0], why[1])

    def _why(self, name: str, person: Person, day: date | None, around: Around) -> tuple[str, Text] | None:
        key = plain_name(name)
        if key and key in (plain_name(person.name), plain_name(person.student_no)):
            return f"{name} = {name}", Text(f"{name}就是本人", f"{name} is the person themself")
        known = [*around.members.get(key, ())]
        others = around.persons.get(key, [])
        known += [since for one in others if (since := member_since(one))]
        if day is None or (not known and (len(others) != 1 or not others[0].kept & {"conversion-approved"})):
            return None  # nothing is known of them, or of several with this name
        since = min(known, default=None)
        if since and since <= day:
            return None
        became = (
            (f"{since} 才转正", f"became a full member on {since}") if since else ("尚未转正", "is no full member yet")
        )
        text = Text(f"{name}{became[0]}，晚于 {day}", f"{name} {became[1]}, and this was on {day}")
        return f"{since or '∅'} > {day}", text


def member_since(person: Person) -> date | None:
    """From which day a person of the workbook is a full member: as it says, or from the approval."""
    approved = person.last("conversion-approved")
    said = approved.values.get("standing_from") if approved else None
    return said if isinstance(said, date) else approved.day if approved else None


@dataclass(frozen=True, slots=True)
class OnWorkday:
    """These are dated on working days, where the calendar of the year is known."""

    NAME: ClassVar[str] = "workday"
    of: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        for paper in (one for kind in self.of for one in person.all(kind)):
            day = paper.day
            if day is None or not around.workdays.covers(day) or around.workdays.is_workday(day):
                continue
            week = "一二三四五六日"[day.weekday()]
            zh, en = f"{day}（星期{week}）是休息日", f"{day}, a {day:%A}, is a day off"
            yield Breach(paper.kind, day, _cells(paper.place()), f"{day} ∉ workdays", Text(zh, en))


@dataclass(frozen=True, slots=True)
class AfterBirth:
    """Nothing is dated before the person's birth."""

    NAME: ClassVar[str] = "after_birth"

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        born = person.values.get("born_on")
        for paper in person.papers:
            if isinstance(born, date) and paper.day and paper.day < born:
                zh = f"{named(paper.kind).zh}（{paper.day}）早于出生日期 {born}"
                en = f"{named(paper.kind).en} ({paper.day}) lies before the birth, {born}"
                cells = _cells(paper.place(), person.places.get("born_on"))
                yield Breach(paper.kind, paper.day, cells, f"{paper.day} < {born}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class NotToCome:
    """Nothing is dated later than the day of the check."""

    NAME: ClassVar[str] = "not_to_come"
    but: tuple[str, ...] = ()

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        for paper in person.papers:
            if paper.day and paper.day > around.day and paper.kind not in self.but:
                zh = f"{named(paper.kind).zh}写的是 {paper.day}，检查日是 {around.day}"
                en = f"{named(paper.kind).en} is dated {paper.day}, and this is {around.day}"
                yield Breach(paper.kind, paper.day, _cells(paper.place()), f"{paper.day} > {around.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Since:
    """Nothing is dated before a day."""

    NAME: ClassVar[str] = "since"
    day: date

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        for paper in person.papers:
            if paper.day and paper.day < self.day:
                zh = f"{named(paper.kind).zh}写的是 {paper.day}，早于 {self.day}"
                en = f"{named(paper.kind).en} is dated {paper.day}, before {self.day}"
                yield Breach(paper.kind, paper.day, _cells(paper.place()), f"{paper.day} < {self.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Ends:
    """A stated end of probation is a year after the assembly, and what it was extended by, or the day before."""

    NAME: ClassVar[str] = "ends"
    of: str

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        start = person.last("admission-resolution-adopted") or person.last("probation-begun")
        stated = person.last(self.of)
        if start is None or stated is None or start.day is None or stated.day is None:
            return
        more = sum(one.values.get("extension_months", 0) for one in person.all("conversion-resolved"))
        right = {add_months(start.day, 12), *({add_months(start.day, 12 + more)} if more else ())}
        if stated.day in right | {one - timedelta(days=1) for one in right}:
            return
        end = max(right)
        zh = f"预备期从 {start.day} 起，应到 {end}（或前一日），写的是 {stated.day}"
        en = f"probation from {start.day} lasts until {end} or the day before; {stated.day} is written"
        cells = _cells(stated.place(), start.place())
        yield Breach(self.of, stated.day, cells, f"{start.day} + {12 + more}mo → {end} ≠ {stated.day}", Text(zh, en))


VERBS: Mapping[str, type[Verb]] = {
    verb.NAME: verb
    for verb in (
        NotAfter,
        Spaced,
        InTurn,
        OutsideNotice,
        People,
        Withdraws,
        FullMembers,
        OnWorkday,
        AfterBirth,
        NotToCome,
        Since,
        Ends,
    )
}
