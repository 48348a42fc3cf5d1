"""The verbs about acts of an organisation: votes, public notices, and who may act."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from domain.checks.base import Case, Plain, Reads, Shortfall, Window, Word
from domain.facts.admission import Vote
from domain.facts.base import Fact
from domain.facts.target import PublicNoticeClosed
from domain.moments import day_of
from domain.reading import Anchor, Ref


@dataclass(frozen=True, slots=True)
class Ballot(Plain):
    """A vote stands: quorum and majority on the members *due*, tallies that add up, one candidate, agreed exclusions.

    With B due, P present, W written, Y yes: the meeting may open if 2P > B; the motion passes if 2Y > B. Members left
    out of B without recorded consent count in it all the same. Where the rule is asked on a resolution, `vote` says
    which vote it must rest on, and it is a vote of the same day.
    """

    NAME: ClassVar[str] = "ballot"
    asks: Literal["quorum", "majority", "tally", "one-candidate", "exclusions"]
    vote: Ref | None = None

    def window(self, case: Case) -> Window:
        if self.vote is None:
            return Window()
        vote = case.reading.standing(self.vote)
        return Window(missing=(str(self.vote),)) if vote is None else Window(vote.effective_on, vote.effective_on)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        vote = case.reading.standing(self.vote) if self.vote else fact
        if not isinstance(vote, Vote):
            return Shortfall(f"{self.vote} = ∅", missing=(str(self.vote),))
        if vote.effective_on != fact.effective_on:
            day = vote.effective_on
            return Shortfall(f"{self.vote}: {day} ≠ {fact.effective_on}", missing=(str(self.vote),))
        well, arithmetic = self._ask(vote)
        return None if well else Shortfall(arithmetic)

    def _ask(self, v: Vote) -> tuple[bool, str]:
        cast, restored = v.yes + v.no + v.abstained + v.invalid, max(0, v.excluded - v.exclusions_agreed)
        due = v.due + restored
        shown = f"{v.due} + {restored}" if restored else f"{due}"
        match self.asks:
            case "quorum":
                return 2 * v.present > due, f"2 × {v.present} = {2 * v.present} ≤ {shown}"
            case "majority":
                return 2 * v.yes > due, f"2 × {v.yes} = {2 * v.yes} ≤ {shown}"
            case "tally" if v.present + v.written > due:
                return False, f"{v.present} + {v.written} > {shown}"
            case "tally":
                sums = f"{v.yes} + {v.no} + {v.abstained} + {v.invalid} = {cast} > {v.present} + {v.written}"
                return cast <= v.present + v.written, sums
            case "one-candidate":
                return v.candidates == 1, f"{v.candidates} ≠ 1"
            case "exclusions":
                return restored == 0, f"{v.exclusions_agreed} < {v.excluded}"


@dataclass(frozen=True, slots=True)
class Notice(Plain):
    """The public notice at a point stood for enough working days, counted inclusively, and was closed without effect.

    Asked on the closing itself, only the days count. A notice put up before `after` belongs to an earlier round.
    """

    NAME: ClassVar[str] = "notice"
    point: str
    workdays: int
    after: Anchor | None = None

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("point", topic, f"point={self.point}") for topic in ("public-notice-opened", *on) if "notice" in topic)

    def _opened(self, case: Case) -> Fact | None:
        opened = case.reading.last(Ref("public-notice-opened", {"point": self.point}))
        since = day_of(case.reading, self.after) if self.after else None
        return None if opened is None or (since and opened.effective_on < since) else opened

    def _closed(self, case: Case, opened: Fact) -> PublicNoticeClosed | None:
        closed = case.reading.last(Ref("public-notice-closed", {"point": self.point}))
        well = isinstance(closed, PublicNoticeClosed) and closed.effective_on >= opened.effective_on
        return closed if well and isinstance(closed, PublicNoticeClosed) else None

    def window(self, case: Case) -> Window:
        opened = self._opened(case)
        if opened is None:
            return Window(missing=(self._name("opened"),))
        last = case.workdays.nth(opened.effective_on, self.workdays)
        doubt = not (case.workdays.covers(opened.effective_on) and case.workdays.covers(last))
        closed = self._closed(case, opened)
        if closed is None:
            return Window(earliest=last, missing=(self._name("closed"),), provisional=doubt)
        if closed.affects or closed.effective_on < last:
            return Window(missing=(self._name("opened"),), provisional=doubt)
        return Window(earliest=closed.effective_on, provisional=doubt)

    def _name(self, end: str) -> str:
        return f"public-notice-{end}[point={self.point}]"

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if isinstance(fact, PublicNoticeClosed) and fact.point != self.point:
            return None
        opened, window = self._opened(case), self.window(case)
        closed = fact if isinstance(fact, PublicNoticeClosed) else opened and self._closed(case, opened)
        if opened is None or closed is None:
            missing = window.missing
            return Shortfall(f"{missing[0]} = ∅", window.earliest, None, missing, window.provisional)
        first, last = opened.effective_on, closed.effective_on
        days = case.workdays.count(first, last)
        doubt = not (case.workdays.covers(first) and case.workdays.covers(last))
        if days < self.workdays:
            enough = case.workdays.nth(first, self.workdays) if closed is fact else None
            return Shortfall(f"{first} … {last}: {days} < {self.workdays}", enough, None, window.missing, doubt)
        if closed is not fact and window.missing:
            return Shortfall("affects = True", missing=window.missing)
        return Shortfall(f"{first} … {last}: {days}?", provisional=True, doubt=True) if doubt else None


@dataclass(frozen=True, slots=True)
class Capable(Plain):
    """The unit whose act this is may do it: by its kind, by authority where the kind needs it, at home if so asked."""

    NAME: ClassVar[str] = "capability"
    may: Word
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
