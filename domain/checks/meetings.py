"""The verbs about acts of an organisation: votes, public notices, and who may act."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from domain.checks import minutes, wording
from domain.checks.base import Case, Plain, Reads, Shortfall, Window, Word
from domain.facts.admission import Vote
from domain.facts.base import Fact
from domain.facts.target import PublicNoticeClosed
from domain.moments import start_of
from domain.reading import Anchor, Ref, place
from domain.words import Text


@dataclass(frozen=True, slots=True)
class Ballot(Plain):
    """A vote stands: quorum, majority or defeat on the members *due*, tallies that add up, one candidate, agreed exclusions.

    With B due, P present, W written, Y yes: the meeting may open if 2P > B; the motion passes if 2Y > B. Members left
    out of B without recorded consent count in it all the same. Written opinions make no quorum; they count as votes,
    or with `written: policy` only where the school's policy says so: ballots beyond those present are then left out,
    and taken for votes in favour, as nobody can tell. Where the rule is asked on a resolution, `vote` says which vote
    it must rest on, and it is a vote of the same day.
    """

    NAME: ClassVar[str] = "ballot"
    asks: Literal["quorum", "majority", "defeat", "tally", "one-candidate", "exclusions", "in-person"]
    vote: Ref | None = None
    written: Literal["count", "policy"] = "count"

    def window(self, case: Case) -> Window:
        if self.vote is None:
            return Window()
        vote = case.reading.standing(self.vote)
        if vote is None:
            why, near = wording.lacking((self.vote,), case.reading), wording.nearest((self.vote,), case.reading)
            return Window(missing=(str(self.vote),), rests_on=near, why=why)
        day = vote.effective_on
        return Window(day, day, rests_on=(vote,), start=day, why=minutes.voted(vote))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if self.vote is None:
            vote: Fact | None = fact
        else:
            vote = case.reading.standing(self.vote)
            if vote is None:
                why, near = wording.lacking((self.vote,), case.reading), wording.nearest((self.vote,), case.reading)
                return Shortfall(f"{self.vote} = ∅", why, near, missing=(str(self.vote),))
            if vote.effective_on != fact.effective_on:
                signs = f"{self.vote}: {vote.effective_on} ≠ {fact.effective_on}"
                return Shortfall(signs, minutes.not_that_day(vote, fact), (vote,), missing=(str(self.vote),))
        return self._ask(vote, case) if isinstance(vote, Vote) else None

    def _ask(self, v: Vote, case: Case) -> Shortfall | None:
        cast, restored = v.yes + v.no + v.abstained + v.invalid, v.restored
        due = v.due + restored
        shown = f"{v.due} + {restored}" if restored else f"{due}"
        written = v.written if self.written == "count" or case.written_opinions else 0
        yes = v.yes - (min(v.yes, max(0, cast - v.present)) if written < v.written else 0)
        well, signs = True, ""
        match self.asks:
            case "quorum":
                well, signs = 2 * v.present > due, f"2 × {v.present} = {2 * v.present} ≤ {shown}"
            case "majority":
                well, signs = 2 * yes > due, f"2 × {yes} = {2 * yes} ≤ {shown}"
            case "defeat":
                well, signs = 2 * yes <= due, f"2 × {yes} = {2 * yes} > {shown}"
            case "tally" if v.present + v.written > due:
                well, signs = False, f"{v.present} + {v.written} > {shown}"
            case "tally":
                signs = f"{v.yes} + {v.no} + {v.abstained} + {v.invalid} = {cast} > {v.present} + {written}"
                well = cast <= v.present + written
            case "one-candidate":
                well, signs = v.candidates == 1, f"{v.candidates} ≠ 1"
            case "exclusions":
                out = max(v.excluded, len(v.excluded_for))
                well, signs = restored == 0, f"{out - restored} < {out}"
            case "in-person":
                well, signs = case.remote_meetings or not v.remote, "remote = True"
        return None if well else Shortfall(signs, minutes.ballot(self.asks, v, written, yes), (v,))


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
        since = start_of(case.reading, self.after) if self.after else None
        return None if opened is None or (since and opened.effective_on < since.day) else opened

    def _closed(self, case: Case, opened: Fact) -> PublicNoticeClosed | None:
        closed = case.reading.last(Ref("public-notice-closed", {"point": self.point}))
        well = isinstance(closed, PublicNoticeClosed) and place(closed) > place(opened)
        return closed if well and isinstance(closed, PublicNoticeClosed) else None

    def window(self, case: Case) -> Window:
        opened = self._opened(case)
        if opened is None:
            return Window(missing=(self._name("opened"),), why=self._lacks(case, "public-notice-opened"))
        first = opened.effective_on
        last = case.workdays.nth(first, self.workdays)
        doubt = not case.workdays.cover(first, last)
        closed = self._closed(case, opened)
        if closed is None:
            why = minutes.notice_ends(first, self.workdays, last, known=not doubt)
            missing = (self._name("closed"),)
            return Window(last, missing=missing, provisional=doubt, rests_on=(opened,), start=first, why=why)
        facts, until = (opened, closed), closed.effective_on
        if closed.affects or until < last:
            why = minutes.affected(closed) if closed.affects else self._lasted(first, until, case, known=not doubt)
            return Window(missing=(self._name("opened"),), provisional=doubt, rests_on=facts, start=first, why=why)
        why = self._lasted(first, until, case, known=not doubt)
        return Window(until, provisional=doubt, rests_on=facts, start=first, why=why)

    def _name(self, end: str) -> str:
        return f"public-notice-{end}[point={self.point}]"

    def _lacks(self, case: Case, topic: str) -> Text:
        since = start_of(case.reading, self.after) if self.after else None
        return wording.lacking((Ref(topic, {"point": self.point}),), case.reading, since.day if since else None)

    def _lasted(self, first: date, last: date, case: Case, *, known: bool) -> Text:
        return minutes.notice(first, last, case.workdays.count(first, last), self.workdays, known=known)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if isinstance(fact, PublicNoticeClosed) and fact.point != self.point:
            return None
        opened = self._opened(case)
        closed = fact if isinstance(fact, PublicNoticeClosed) else self._closed(case, opened) if opened else None
        if opened is None or closed is None:
            return self._not_held(opened, case)
        first, last = opened.effective_on, closed.effective_on
        days, facts = case.workdays.count(first, last), (opened, closed)
        known = case.workdays.cover(first, last)
        why = minutes.notice(first, last, days, self.workdays, known=known)
        if days < self.workdays:
            signs = f"{first} … {last}: {days} < {self.workdays}"
            enough = case.workdays.nth(first, self.workdays) if closed is fact else None
            missing = () if closed is fact else (self._name("opened"),)
            return Shortfall(signs, why, facts, first, enough, missing=missing, provisional=not known)
        if closed is not fact and closed.affects:
            return Shortfall("affects = True", minutes.affected(closed), facts, first, missing=(self._name("opened"),))
        if known:
            return None
        return Shortfall(f"{first} … {last}: {days}?", why, facts, first, provisional=True, doubt=True)

    def _not_held(self, opened: Fact | None, case: Case) -> Shortfall:
        """The notice was not put up, or has not been closed."""
        window = self.window(case)
        signs, why = f"{window.missing[0]} = ∅", window.why or self._lacks(case, "public-notice-opened")
        if opened is not None:
            closing = self._lacks(case, "public-notice-closed")
            why = Text(f"{closing.zh}；{why.zh}", f"{closing.en}; {why.en}")
        return Shortfall(
            signs, why, window.rests_on, window.start, window.earliest, None, window.missing, window.provisional
        )


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
            unauthorised = f"{self.may}-if-authorised" in can
            why = minutes.may_not(fact, kind, self.may, needs_authority=unauthorised)
            return Shortfall(f"{fact.by_unit or '?'} ({kind}) ∌ {self.may}", why)
        if self.home and fact.by_unit != case.reading.home_unit:
            home = case.reading.home_unit
            moved = case.reading.settled_by
            facts = (moved,) if moved else ()
            return Shortfall(f"{fact.by_unit} ≠ {home}", minutes.not_home(fact.by_unit, home), facts)
        return None
