"""The verbs by which the days of papers are compared, with each other and with the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import ClassVar

from domain.calendar import add_months
from domain.words import Text
from registry.linting.dossier import DAY, Paper, Person
from registry.linting.verbs import Around, Breach, cells_of, named


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
            cells = cells_of(paper.place(name), same[-1].place())
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
                cells = cells_of(paper.place(), before.place())
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
            if len({one.nth for one in numbered}) < len(numbered):
                continue  # not all of them have a number of their own
            for before, paper in pairwise(numbered):
                if before.day and paper.day and before.nth < paper.nth and before.day > paper.day:
                    zh = f"第 {paper.nth} 次{named(kind).zh}（{paper.day}）早于第 {before.nth} 次（{before.day}）"
                    en = f"{named(kind).en} {paper.nth} ({paper.day}) lies before {before.nth} ({before.day})"
                    cells = cells_of(paper.place(), before.place())
                    yield Breach(kind, paper.day, cells, f"{paper.day} < {before.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Stages:
    """Decisions that lead from stage to stage follow one another by their days.

    Where all of them have a place in the sheets, and can be read, the rulebooks tell it of every paper.
    """

    NAME: ClassVar[str] = "stages"
    of: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        there = [kind for kind in self.of if person.all(kind)]
        needed = set(self.of[1 : self.of.index(there[-1]) + 1]) if there else set()
        if needed <= person.kept and not person.unread.intersection(self.of):
            return
        for first, then in pairwise(there):
            before, paper = person.all(first)[0], person.all(then)[-1]
            if before.day and paper.day and paper.day < before.day:
                one, two = named(then), named(first)
                zh = f"{one.zh}（{paper.day}）早于{two.zh}（{before.day}）"
                en = f"{one.en} ({paper.day}) lies before {two.en} ({before.day})"
                cells = cells_of(paper.place(), before.place())
                yield Breach(then, paper.day, cells, f"{paper.day} < {before.day}", Text(zh, en))


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
                cells = cells_of(paper.place(), opened.place(), last.place())
                yield Breach(paper.kind, paper.day, cells, f"{opened.day} ≤ {paper.day} < {last.day}", Text(zh, en))


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
            yield Breach(paper.kind, day, cells_of(paper.place()), f"{day} ∉ workdays", Text(zh, en))


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
                cells = cells_of(paper.place(), person.places.get("born_on"))
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
                yield Breach(
                    paper.kind, paper.day, cells_of(paper.place()), f"{paper.day} > {around.day}", Text(zh, en)
                )


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
                yield Breach(paper.kind, paper.day, cells_of(paper.place()), f"{paper.day} < {self.day}", Text(zh, en))


@dataclass(frozen=True, slots=True)
class Waits:
    """A paper is dated at least so many months after another."""

    NAME: ClassVar[str] = "waits"
    of: str
    then: str
    months: int

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        start, paper = person.last(self.of), person.last(self.then)
        if start is None or paper is None or start.day is None or paper.day is None:
            return
        earliest = add_months(start.day, self.months)
        if paper.day < earliest:
            zh = f"{named(self.of).zh}在 {start.day}，满 {self.months} 个月即 {earliest}，写的是 {paper.day}"
            en = f"{self.months} months after {named(self.of).en} ({start.day}) is {earliest}; {paper.day} is written"
            cells = cells_of(paper.place(), start.place())
            signs = f"{start.day} + {self.months}mo → {earliest} > {paper.day}"
            yield Breach(self.then, paper.day, cells, signs, Text(zh, en))


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
        cells = cells_of(stated.place(), start.place())
        yield Breach(self.of, stated.day, cells, f"{start.day} + {12 + more}mo → {end} ≠ {stated.day}", Text(zh, en))
