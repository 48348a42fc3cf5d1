"""The verbs about days: how early, how late, how far apart, how long before the end."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from domain.calendar import Period, civil_day
from domain.checks.base import Anchor, Case, SetsNoDays, Shortfall, Window
from domain.facts.base import Fact
from domain.reading import Reading, Ref


@dataclass(frozen=True, slots=True)
class Within:
    """The fact comes at most `limit` after an anchor; `extended_by` names a fact whose `until` moves the last day."""

    NAME: ClassVar[str] = "within"
    since: Anchor
    limit: Period
    extended_by: str = ""

    def window(self, case: Case) -> Window:
        start = case.reading.day(self.since)
        if start is None:
            return Window()
        latest = self.limit.after(start)
        extension = case.reading.last(self.extended_by) if self.extended_by else None
        if extension is not None and extension.effective_on >= start:
            latest = max(latest, extension.until)  # type: ignore[attr-defined]
        return Window(latest=latest)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        latest = self.window(case).latest
        if latest is None or fact.effective_on <= latest:
            return None
        start = case.reading.day(self.since)
        return Shortfall(f"{start} + {self.limit} = {latest} < {fact.effective_on}", latest=latest)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact comes at least `limit` after an anchor; days on which the clock was `stopped` do not count."""

    NAME: ClassVar[str] = "at_least"
    since: Anchor
    limit: Period
    stopped: str = ""
    resumed: str = ""

    def window(self, case: Case) -> Window:
        start = case.reading.day(self.since)
        if start is None:
            return Window(missing=(str(self.since),))
        earliest = self.limit.after(start)
        if not self.stopped:
            return Window(earliest=earliest)
        return Window(earliest=earliest + timedelta(days=self._stood(case, earliest)))

    def _stood(self, case: Case, earliest: date) -> int:
        """Days stood still before the earliest day, which each of them moves further."""
        days = 0
        while (now := case.reading.stopped_days(self.stopped, self.resumed, earliest + timedelta(days=days))) != days:
            days = now
            if days > 366 * 20:
                break
        return days

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        window = self.window(case)
        if window.missing:
            return Shortfall(f"{self.since}: ?", missing=window.missing)
        if window.earliest is None or fact.effective_on >= window.earliest:
            return None
        start = case.reading.day(self.since)
        return Shortfall(f"{start} + {self.limit} → {window.earliest} > {fact.effective_on}", earliest=window.earliest)


@dataclass(frozen=True, slots=True)
class Gap:
    """No more than `limit` lies between the fact and the one before it, or the anchor if it is the first."""

    NAME: ClassVar[str] = "gap"
    since: Anchor
    limit: Period

    def _start(self, reading: Reading, before: list[Fact]) -> date | None:
        anchor = reading.day(self.since)
        last = before[-1].effective_on if before else None
        return max((day for day in (anchor, last) if day), default=None)

    def window(self, case: Case) -> Window:  # noqa: ARG002 - a recurring fact may come at any time
        return Window()

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        before = [
            one for one in case.reading.all(fact.TOPIC) if one is not fact and one.effective_on <= fact.effective_on
        ]
        start = self._start(case.reading, before)
        if start is None:
            return None
        latest = self.limit.after(start)
        if fact.effective_on <= latest:
            return None
        return Shortfall(f"{start} + {self.limit} = {latest} < {fact.effective_on}", latest=latest)


@dataclass(frozen=True, slots=True)
class SameDay(SetsNoDays):
    """A date that the fact states is the day that follows from the other facts."""

    NAME: ClassVar[str] = "same_day"
    field: str
    as_: Anchor

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        right = case.reading.day(self.as_)
        stated = getattr(fact, self.field)
        return (
            None if right is None or stated == right else Shortfall(f"{self.field} = {stated} ≠ {right}", right, right)
        )


@dataclass(frozen=True, slots=True)
class Margin:
    """More than `limit` is left from the fact until a day that is known; a fact in `unless` lifts it."""

    NAME: ClassVar[str] = "margin"
    until: Anchor
    limit: Period
    unless: tuple[Ref, ...] = ()

    def window(self, case: Case) -> Window:
        end = case.reading.day(self.until)
        if end is None or any(case.reading.held(ref) for ref in self.unless):
            return Window()
        return Window(latest=self.limit.before(end - timedelta(days=1)))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        latest = self.window(case).latest
        if latest is None or fact.effective_on <= latest:
            return None
        end = case.reading.day(self.until)
        return Shortfall(f"{fact.effective_on} + {self.limit} ≥ {end}", latest=latest)


@dataclass(frozen=True, slots=True)
class RecordedWithin(SetsNoDays):
    """The fact was recorded at most so many days after the day it counts, or a second person approved the late entry."""

    NAME: ClassVar[str] = "recorded_within"
    days: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        late = (civil_day(fact.timestamp) - fact.effective_on).days
        if late <= self.days or fact.approved_by:
            return None
        return Shortfall(f"{fact.effective_on} → {civil_day(fact.timestamp)}: {late}d > {self.days}d")
