"""The verbs about days: how early, how late, how far apart, how long before the end."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from domain.calendar import Period, civil_day
from domain.checks import wording
from domain.checks.base import NO_TOPIC, Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import Start, clock_of, comes_from, is_moment, lacking, marks, start_of
from domain.reading import Anchor, Reading, Ref, place
from domain.words import of_anchor, of_kind


def extended(reading: Reading, since: date, latest: date, by: str) -> tuple[date, tuple[Fact, ...]]:
    """Move a last day to the `until` of each extension that was decided from `since` on and before it had passed.

    With it come the facts that moved the day.
    """
    moved: tuple[Fact, ...] = ()
    for extension in reading.all(by):
        until: date = getattr(extension, "until")  # noqa: B009 - the reader has verified the field
        if since <= extension.effective_on <= latest < until:
            latest, moved = until, (*moved, extension)
    return latest, moved


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

    def _latest(self, start: Start, case: Case) -> tuple[date, tuple[Fact, ...]]:
        # A moment to come can be put off before it comes; what was decided before a fact concerns an earlier round.
        decided = date.min if is_moment(self.since) else start.day
        return extended(case.reading, decided, self.limit.after(start.day), self.extended_by)

    def window(self, case: Case) -> Window:
        start = None if self.field else start_of(case.reading, self.since)
        if start is None:
            return Window()
        latest, moved = self._latest(start, case)
        why = wording.until(start.day, self.since, self.limit, latest, moved)
        return Window(latest=latest, rests_on=(*start.facts, *moved), start=start.day, why=why)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        start = start_of(case.reading, self.since)
        if start is None:
            return None
        latest, moved = self._latest(start, case)
        day = getattr(fact, self.field) if self.field else fact.effective_on
        if day is None or day <= latest:
            return None
        said = wording.until(start.day, self.since, self.limit, latest, moved)
        why = wording.late(said, wording.quoted(self.field) if self.field else of_kind(fact.TOPIC), day, latest)
        signs = f"{start.day} + {self.limit} → {latest} < {day}"
        return Shortfall(signs, why, (*start.facts, *moved), start.day, latest=latest)


@dataclass(frozen=True, slots=True)
class Earliest(Plain):
    """The fact comes at least `limit` after an anchor; days on which the anchor's clock stood still do not count.

    With `of`, what must come so late is not the fact but what it rests on: the last fact of that kind, or a moment.
    A fact in `unless` lifts it.
    """

    NAME: ClassVar[str] = "at_least"
    since: Anchor
    limit: Period
    of: Anchor | None = None
    unless: tuple[Ref, ...] = ()

    def window(self, case: Case) -> Window:
        if self._lifted(case):
            return Window()
        start = start_of(case.reading, self.since)
        if start is None:
            names = lacking(case.reading, self.since)
            return Window(missing=names, why=wording.absent(names))
        earliest = self._earliest(start, case)
        if self.of is not None:
            return self._window_of(self.of, start, earliest, case)
        why = wording.since(start.day, self.since, self.limit, earliest)
        # Nobody waits for a day that may lie years ahead where a fact would lift it: that fact is what is missing.
        missing = tuple(map(str, self.unless)) if case.reading.today < earliest else ()
        day = None if missing else earliest
        return Window(earliest=day, missing=missing, rests_on=self._facts(start, case), start=start.day, why=why)

    def _lifted(self, case: Case) -> bool:
        return any(case.reading.standing(ref) for ref in self.unless)

    def _earliest(self, start: Start, case: Case) -> date:
        return case.reading.after(start.day, self.limit, clock_of(self.since))

    def _facts(self, start: Start, case: Case) -> tuple[Fact, ...]:
        return (*start.facts, *marks(case.reading, clock_of(self.since), start.day))

    def _window_of(self, of: Anchor, start: Start, earliest: date, case: Case) -> Window:
        """What the fact must rest on is there already, and late enough; or it is missing."""
        rests = start_of(case.reading, of)
        if rests and rests.day >= earliest:
            return Window()
        why = wording.since(start.day, self.since, self.limit, earliest)
        facts = (*self._facts(start, case), *(rests.facts if rests else ()))
        return Window(missing=comes_from(of), rests_on=facts, start=start.day, why=why)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if self._lifted(case):
            return None
        start = start_of(case.reading, self.since)
        if start is None:
            names = lacking(case.reading, self.since)
            return Shortfall(f"{', '.join(names)} = ∅", wording.absent(names), missing=names)
        rests = start_of(case.reading, self.of) if self.of is not None else Start(fact.effective_on, ())
        earliest = self._earliest(start, case)
        if rests and rests.day >= earliest:
            return None
        said = wording.since(start.day, self.since, self.limit, earliest)
        facts = (*self._facts(start, case), *(rests.facts if rests else ()))
        missing = comes_from(self.of) if self.of is not None else tuple(map(str, self.unless))
        if rests is None:
            return Shortfall(f"{self.of} = ∅", wording.absent(missing), facts, start.day, missing=missing)
        what = of_anchor(self.of) if self.of is not None else of_kind(fact.TOPIC)
        signs = f"{start.day} + {self.limit} → {earliest} > {rests.day}"
        why = wording.early(said, what, rests.day, earliest)
        return Shortfall(signs, why, facts, start.day, None if missing else earliest, missing=missing)


@dataclass(frozen=True, slots=True)
class Gap(Plain):
    """No more than `limit` lies between the fact and the one before it, or the anchor if it is the first.

    What comes before is of the fact's own kind, or of the kind `of`: then the fact is what the last of those led to.
    """

    NAME: ClassVar[str] = "gap"
    since: Anchor
    limit: Period
    of: Topic = NO_TOPIC

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        here = place(fact)
        earlier = (one for one in reversed(case.reading.all(self.of or fact.TOPIC)) if place(one) < here)
        before = next(earlier, None)
        if before is None and self.of not in ("", fact.TOPIC):
            return None  # that there is none at all is for another rule to say
        # A later start or a clock that stood still only puts the day off.
        if before and fact.effective_on <= self.limit.after(before.effective_on):
            return None
        begun = start_of(case.reading, self.since)
        if begun is None:
            return None
        start = max(begun.day, before.effective_on) if before else begun.day
        clock = clock_of(self.since)
        latest = case.reading.after(start, self.limit, clock)
        if fact.effective_on <= latest:
            return None
        said = wording.gap(before, start, self.since, self.limit, latest)
        why = wording.late(said, of_kind(fact.TOPIC), fact.effective_on, latest)
        facts = (*begun.facts, *((before,) if before else ()), *marks(case.reading, clock, start))
        return Shortfall(f"{start} + {self.limit} → {latest} < {fact.effective_on}", why, facts, start, latest=latest)


@dataclass(frozen=True, slots=True)
class SameDay(Plain):
    """A day that the fact states in a field is the day that follows from the other facts."""

    NAME: ClassVar[str] = "same_day"
    field: str
    day_of: Anchor

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("field", topic, self.field) for topic in on)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        start = start_of(case.reading, self.day_of)
        stated = getattr(fact, self.field)
        if start is None or stated == start.day:
            return None
        right = start.day
        why = wording.other_day(self.field, stated, self.day_of, right)
        return Shortfall(f"{self.field} = {stated} ≠ {right}", why, start.facts, right, right, right)


@dataclass(frozen=True, slots=True)
class Margin(Plain):
    """More than `limit` is left from the fact until a day that is known; a fact in `unless` lifts it."""

    NAME: ClassVar[str] = "margin"
    until: Anchor
    limit: Period
    unless: tuple[Ref, ...] = ()

    def _end(self, case: Case) -> Start | None:
        end = start_of(case.reading, self.until)
        lifted = end is None or any(case.reading.standing(ref) for ref in self.unless)
        return None if lifted else end

    def _latest(self, end: Start) -> date:
        return self.limit.before(end.day - timedelta(days=1))

    def window(self, case: Case) -> Window:
        end = self._end(case)
        if end is None:
            return Window()
        latest = self._latest(end)
        why = wording.margin(self.until, end.day, self.limit, latest, self.unless)
        return Window(latest=latest, rests_on=end.facts, start=end.day, why=why)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        end = self._end(case)
        if end is None or fact.effective_on <= (latest := self._latest(end)):
            return None
        said = wording.margin(self.until, end.day, self.limit, latest, self.unless)
        why = wording.late(said, of_kind(fact.TOPIC), fact.effective_on, latest)
        missing = tuple(str(ref) for ref in self.unless)
        signs = f"{fact.effective_on} + {self.limit} ≥ {end.day}"
        return Shortfall(signs, why, end.facts, end.day, latest=latest, missing=missing)


@dataclass(frozen=True, slots=True)
class RecordedWithin(Plain):
    """The fact was recorded at most so many days after the day it counts, or a second person approved the late entry.

    Whoever recorded it is not that person.
    """

    NAME: ClassVar[str] = "recorded_within"
    days: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        if (fact.timestamp.date() - fact.effective_on).days < self.days:  # in China it is at most a day later
            return None
        recorded = civil_day(fact.timestamp)
        late = (recorded - fact.effective_on).days
        if late <= self.days or fact.approved_by not in (None, fact.recorded_by):
            return None
        happened, seen = fact.effective_on.isoformat(), recorded.isoformat()
        signs, why = (
            f"{happened} → {seen}: {late}d > {self.days}d",
            wording.recorded_late(happened, seen, late, self.days),
        )
        return Shortfall(signs, why, start=fact.effective_on)
