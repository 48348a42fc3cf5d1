"""The verbs about days: how early, how late, how far apart, how long before the end."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, cast

from domain.calendar import Period, civil_day
from domain.checks.base import NO_TOPIC, Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import clock_of, day_of, is_moment, lacking
from domain.reading import Anchor, Reading, Ref, place


def extended(reading: Reading, since: date, latest: date, by: str) -> date:
    """Move a last day to the `until` of an extension, if that was decided from `since` on and before it had passed."""
    extension = reading.last(by) if by else None
    if extension is None or not since <= extension.effective_on <= latest:
        return latest
    return max(latest, cast("date", getattr(extension, "until")))  # noqa: B009 - the reader has verified the field


@dataclass(frozen=True, slots=True)
class Within(Plain):
    """The fact, or the day its `field` states, comes at most `limit` after an anchor.

    `extended_by` names a kind of fact whose `until` moves the last day.
    """

    NAME: ClassVar[str] = "within"
    since: Anchor
    limit: Period
    extended_by: Topic = NO_TOPIC
    field: str = ""

    def reads(self, on: tuple[str, ...]) -> Reads:
        if self.field:
            yield from (("field", topic, self.field) for topic in on)
        if self.extended_by:
            yield "extended_by", self.extended_by, "until"

    def _latest(self, case: Case) -> date | None:
        start = day_of(case.reading, self.since)
        if start is None:
            return None
        # A moment to come can be put off before it comes; what was decided before a fact concerns an earlier round.
        decided = date.min if is_moment(self.since) else start
        return extended(case.reading, decided, self.limit.after(start), self.extended_by)

    def window(self, case: Case) -> Window:
        return Window() if self.field else Window(latest=self._latest(case))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        latest = self._latest(case)
        day = getattr(fact, self.field) if self.field else fact.effective_on
        if latest is None or day <= latest:
            return None
        start = day_of(case.reading, self.since)
        return Shortfall(f"{start} + {self.limit} → {latest} < {day}", latest=latest)


@dataclass(frozen=True, slots=True)
class Earliest(Plain):
    """The fact comes at least `limit` after an anchor; days on which the anchor's clock stood still do not count."""

    NAME: ClassVar[str] = "at_least"
    since: Anchor
    limit: Period

    def window(self, case: Case) -> Window:
        start = day_of(case.reading, self.since)
        if start is None:
            return Window(missing=lacking(case.reading, self.since))
        return Window(earliest=case.reading.after(start, self.limit, clock_of(self.since)))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        window = self.window(case)
        if window.missing:
            return Shortfall(f"{', '.join(window.missing)} = ∅", missing=window.missing)
        if window.earliest is None or fact.effective_on >= window.earliest:
            return None
        start = day_of(case.reading, self.since)
        return Shortfall(f"{start} + {self.limit} → {window.earliest} > {fact.effective_on}", earliest=window.earliest)


@dataclass(frozen=True, slots=True)
class Gap(Plain):
    """No more than `limit` lies between the fact and the one before it, or the anchor if it is the first."""

    NAME: ClassVar[str] = "gap"
    since: Anchor
    limit: Period

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        start = day_of(case.reading, self.since)
        if start is None:
            return None
        earlier = (one for one in reversed(case.reading.all(fact.TOPIC)) if place(one) < place(fact))
        before = next(earlier, None)
        start = max(start, before.effective_on) if before else start
        latest = case.reading.after(start, self.limit, clock_of(self.since))
        if fact.effective_on <= latest:
            return None
        return Shortfall(f"{start} + {self.limit} → {latest} < {fact.effective_on}", latest=latest)


@dataclass(frozen=True, slots=True)
class SameDay(Plain):
    """A day that the fact states in a field is the day that follows from the other facts."""

    NAME: ClassVar[str] = "same_day"
    field: str
    day_of: Anchor

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("field", topic, self.field) for topic in on)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        right = day_of(case.reading, self.day_of)
        stated = getattr(fact, self.field)
        if right is None or stated == right:
            return None
        return Shortfall(f"{self.field} = {stated} ≠ {right}", right, right)


@dataclass(frozen=True, slots=True)
class Margin(Plain):
    """More than `limit` is left from the fact until a day that is known; a fact in `unless` lifts it."""

    NAME: ClassVar[str] = "margin"
    until: Anchor
    limit: Period
    unless: tuple[Ref, ...] = ()

    def window(self, case: Case) -> Window:
        end = day_of(case.reading, self.until)
        if end is None or any(case.reading.standing(ref) for ref in self.unless):
            return Window()
        return Window(latest=self.limit.before(end - timedelta(days=1)))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        latest = self.window(case).latest
        if latest is None or fact.effective_on <= latest:
            return None
        end = day_of(case.reading, self.until)
        missing = tuple(str(ref) for ref in self.unless)
        return Shortfall(f"{fact.effective_on} + {self.limit} ≥ {end}", latest=latest, missing=missing)


@dataclass(frozen=True, slots=True)
class RecordedWithin(Plain):
    """The fact was recorded at most so many days after the day it counts, or a second person approved the late entry."""

    NAME: ClassVar[str] = "recorded_within"
    days: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        late = (civil_day(fact.timestamp) - fact.effective_on).days
        if late <= self.days or fact.approved_by:
            return None
        return Shortfall(f"{fact.effective_on} → {civil_day(fact.timestamp)}: {late}d > {self.days}d")
