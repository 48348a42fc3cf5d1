"""The verbs about acts of an organisation: votes, public notices, and who may act."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from domain.checks.base import Case, SetsNoDays, Shortfall, Window
from domain.facts.admission import Vote
from domain.facts.base import Fact
from domain.reading import Ref


@dataclass(frozen=True, slots=True)
class Ballot(SetsNoDays):
    """A vote stands: quorum and majority on the members *due*, tallies that add up, one candidate, agreed exclusions.

    With B due, P present, W written, Y yes: the meeting may open if 2P > B; the motion passes if 2Y > B.
    """

    NAME: ClassVar[str] = "ballot"
    asks: Literal["quorum", "majority", "tally", "one-candidate", "exclusions"]
    vote: str = ""

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        vote = fact if not self.vote else case.reading.last(self.vote)
        if not isinstance(vote, Vote):
            return Shortfall(f"{self.vote} = ∅", missing=(self.vote,))
        well, arithmetic = self._ask(vote)
        return None if well else Shortfall(arithmetic)

    def window(self, case: Case) -> Window:
        return Window(missing=(self.vote,)) if self.vote and not case.reading.all(self.vote) else Window()

    def _ask(self, v: Vote) -> tuple[bool, str]:
        cast = v.yes + v.no + v.abstained + v.invalid
        answers = {
            "quorum": (2 * v.present > v.due, f"2 × {v.present} = {2 * v.present} ≤ {v.due}"),
            "majority": (2 * v.yes > v.due, f"2 × {v.yes} = {2 * v.yes} ≤ {v.due}"),
            "tally": (
                cast <= v.present + v.written and v.present <= v.due,
                f"{v.yes} + {v.no} + {v.abstained} + {v.invalid} = {cast} > {v.present} + {v.written}"
                if v.present <= v.due
                else f"{v.present} > {v.due}",
            ),
            "one-candidate": (v.candidates == 1, f"{v.candidates} ≠ 1"),
            "exclusions": (v.exclusions_agreed >= v.excluded, f"{v.exclusions_agreed} < {v.excluded}"),
        }
        return answers[self.asks]


@dataclass(frozen=True, slots=True)
class Notice:
    """A public notice at a point stood for enough working days, counted inclusively, came down, and no objection holds."""

    NAME: ClassVar[str] = "notice"
    point: str
    workdays: int

    def _refs(self) -> tuple[Ref, Ref]:
        where = {"point": self.point}
        return Ref("public-notice-opened", where), Ref("public-notice-closed", where)

    def window(self, case: Case) -> Window:
        opened, closed = self._refs()
        first = case.reading.day(opened)
        if first is None:
            return Window(missing=(str(opened),))
        last = case.workdays.nth(first, self.workdays)
        missing = self._missing(case, first, closed)
        return Window(earliest=last, missing=missing, provisional=not case.workdays.covers(last))

    def _missing(self, case: Case, first: date, closed: Ref) -> tuple[str, ...]:
        fact = case.reading.last(closed)
        if fact is None or fact.effective_on < first:
            return (str(closed),)
        return (str(Ref(closed.topic, closed.where, {"affects": False})),) if fact.affects else ()  # type: ignore[attr-defined]

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        window = self.window(case)
        opened, closed = self._refs()
        first = case.reading.day(opened)
        if first is None or window.earliest is None:
            return Shortfall(f"{opened} = ∅", missing=window.missing)
        last = case.reading.day(closed) if not window.missing else fact.effective_on
        last = last or fact.effective_on
        days = case.workdays.count(first, last)
        if window.missing:
            return Shortfall(f"{window.missing[0]} = ∅", window.earliest, None, window.missing, window.provisional)
        if days >= self.workdays:
            return None
        return Shortfall(f"{first} … {last}: {days} < {self.workdays}", window.earliest, provisional=window.provisional)


@dataclass(frozen=True, slots=True)
class NoticeLength:
    """The notice that this fact closes stood for enough working days."""

    NAME: ClassVar[str] = "notice_length"
    point: str
    workdays: int

    def _first(self, case: Case) -> date | None:
        return case.reading.day(Ref("public-notice-opened", {"point": self.point}))

    def window(self, case: Case) -> Window:
        first = self._first(case)
        if first is None:
            return Window(missing=(f"public-notice-opened[point={self.point}]",))
        last = case.workdays.nth(first, self.workdays)
        return Window(earliest=last, provisional=not case.workdays.covers(last))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if getattr(fact, "point", None) != self.point:
            return None
        first, window = self._first(case), self.window(case)
        if first is None:
            return Shortfall("public-notice-opened = ∅", missing=window.missing)
        days = case.workdays.count(first, fact.effective_on)
        if days >= self.workdays:
            return None
        return Shortfall(
            f"{first} … {fact.effective_on}: {days} < {self.workdays}", window.earliest, provisional=window.provisional
        )


@dataclass(frozen=True, slots=True)
class Capable(SetsNoDays):
    """The unit whose act this is may do it: by its kind, by authority where the kind needs it, at home if so asked."""

    NAME: ClassVar[str] = "capability"
    may: str
    home: bool = False

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        kind = fact.by_kind or "?"
        can = case.capabilities.get(kind, frozenset())
        allowed = self.may in can or (f"{self.may}-if-authorised" in can and fact.by_authority)
        if not allowed:
            return Shortfall(f"{fact.by_unit or '?'} ({kind}) ∌ {self.may}")
        if self.home and fact.by_unit != case.reading.home_unit:
            return Shortfall(f"{fact.by_unit} ≠ {case.reading.home_unit}")
        return None
