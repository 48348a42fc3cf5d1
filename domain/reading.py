"""The facts of one path as they read on a day: in order of the days they count, by kind, with the days that follow."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

from domain.calendar import Period
from domain.facts.base import Fact, Transition


@dataclass(frozen=True, slots=True)
class Ref:
    """Which fact a rule speaks of: the last of a kind, among those that `where` selects.

    It stands when its fields are what it must `hold` and no fact of the kinds `undone_by` came after it.
    """

    topic: str
    where: Mapping[str, Any] = field(default_factory=dict)
    holds: Mapping[str, Any] = field(default_factory=dict)
    undone_by: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name the fact as an API names what is missing."""
        detail = ",".join(f"{k}={v}" for k, v in {**self.where, **self.holds}.items())
        return f"{self.topic}[{detail}]" if detail else self.topic


Anchor = Ref | str
"""A fact, its kind, or a moment of `moments.MOMENTS`, from whose day a rule counts."""


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by the day they count, and within a day by their recording."""
    return sorted(facts, key=_PLACE)


_PLACE = attrgetter("effective_on", "originator_version")


def place(fact: Fact) -> tuple[date, int]:
    """Where a fact stands in the order of a path."""
    return fact.effective_on, fact.originator_version


def home_of(facts: Iterable[Fact]) -> str:
    """The home unit of a path: what the last decision that names one says."""
    homes = [fact for fact in facts if isinstance(fact, Transition) and hasattr(fact, "home_unit")]
    return str(getattr(in_order(homes)[-1], "home_unit"))  # noqa: B009 - which kinds have one, is theirs to say


def versions(facts: Iterable[Fact]) -> tuple[int, ...]:
    """By which versions facts are known, in order and each once."""
    return tuple(sorted({fact.originator_version for fact in facts}))


def holds(fact: Fact, values: Mapping[str, Any]) -> bool:
    """Tell whether the fact's fields have these values."""
    return all(getattr(fact, name) == value for name, value in values.items())


@dataclass(slots=True)
class Reading:
    """What is known of a path up to a day: facts by kind, the stage they led to, the home branch.

    `judge` fills it in order; checks only look at it.
    """

    today: date = date.min
    """The day up to which it has been read, and on which questions are asked."""

    basis: str = "later-of-decision-and-filing"
    stage: str = ""
    stage_before: str = ""
    """The stage at which the day began."""

    home_unit: str = ""
    outcome: str = ""
    """How the path was closed; empty while it is open."""

    pending: Fact | None = None
    """The resolution that waits for approval."""

    accepted: Fact | None = None
    """The resolution under which the person was admitted: probation counts from its day."""

    extended_months: int = 0
    moved_by: Fact | None = None
    """The decision that led to the stage, or closed the path."""

    settled_by: Fact | None = None
    """The fact that says which the home branch is."""

    by_topic: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def add(self, fact: Fact) -> None:
        """Take in one more fact, which comes after all others."""
        self.by_topic[fact.TOPIC].append(fact)

    def all(self, ref: Ref | str) -> Sequence[Fact]:
        """All facts of a kind that `where` selects, in order; what they hold and what undid them is not asked."""
        if isinstance(ref, str):
            return self.by_topic.get(ref, ())
        found: Sequence[Fact] = self.by_topic.get(ref.topic, ())
        return [fact for fact in found if holds(fact, ref.where)] if ref.where else found

    def last(self, ref: Ref | str) -> Fact | None:
        """The last fact of a kind, or None; what it holds and what undid it is not asked."""
        found = self.all(ref)
        return found[-1] if found else None

    def standing(self, ref: Ref) -> Fact | None:
        """The last such fact if it stands: it holds what it must, and nothing undid it."""
        fact = self.last(ref)
        if fact is None or not holds(fact, ref.holds):
            return None
        for topic in ref.undone_by:
            undoing = self.last(topic)
            if undoing is not None and place(undoing) > place(fact):
                return None
        return fact

    def in_force(self, begun: Ref | str, ended: str, by: str) -> tuple[frozenset[str], date | None]:
        """Which of the things begun have not ended, told apart by a field; and since when there is none."""
        on: set[str] = set()
        since: date | None = None
        for fact in in_order([*self.all(begun), *self.all(ended)]):
            if fact.TOPIC == ended:
                on.discard(getattr(fact, by))
                since = since if on or since else fact.effective_on
            else:
                on.add(getattr(fact, by))
                since = None
        return frozenset(on), since

    def pauses(self, clock: "Clock", since: date) -> list["Span"]:
        """The spans from `since` on in which a clock stood still or its time does not count; none lasts beyond today."""
        spans = [*self._stops(clock, since), *clock.uncounted(self)]
        kept = [(max(first, since), min(last, self.today)) for first, last in spans]
        return without(joined(kept), clock.counted(self)) if kept else []

    def _stops(self, clock: "Clock", since: date) -> list["Span"]:
        """The spans in which a clock was stopped by what was decided; one that still lasts ends today."""
        found: list[Span] = []
        began: date | None = None
        for mark in in_order(fact for topic in (clock.stopped, *clock.resumed) for fact in self.all(topic)):
            if mark.TOPIC == clock.stopped:
                began = began or max(mark.effective_on, since)
            elif began:
                found.append((began, mark.effective_on))
                began = None
        if began:
            found.append((began, self.today))
        return found

    def stands_still(self, clock: "Clock") -> bool:
        """Tell whether a clock stands still today."""
        stopped = self.last(clock.stopped)
        resumed = in_order(fact for topic in clock.resumed for fact in self.all(topic))
        return stopped is not None and not (resumed and place(resumed[-1]) > place(stopped))

    def after(self, start: date, length: Period, clock: "Clock | None") -> date:
        """The day that lies a length after another, moved on by the days on which the clock stood still."""
        end = length.after(start)
        for first, last in self.pauses(clock, start) if clock else ():
            if first < end:
                end += last - first
        return end


Span = tuple[date, date]
"""From a day on until another, which does not belong to it."""


def no_spans(reading: Reading) -> Iterable[Span]:  # noqa: ARG001 - any reading has none
    """No time at all."""
    return ()


@dataclass(frozen=True, slots=True)
class Clock:
    """A length of time that can be interrupted, by facts of one kind, and goes on with facts of others.

    `uncounted` gives further spans that do not count, `counted` those that were decided to count all the same; both
    follow from the facts of `beside`.
    """

    stopped: str
    resumed: tuple[str, ...]
    uncounted: Callable[[Reading], Iterable[Span]] = no_spans
    counted: Callable[[Reading], Iterable[Span]] = no_spans
    beside: tuple[Ref, ...] = ()


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same days as spans that do not overlap, in order."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        elif first < last:
            found.append((first, last))
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The days of spans that lie in none of those taken away."""
    found = list(spans)
    for begun, ended in taken:
        before = [(first, min(last, begun)) for first, last in found]
        after = [(max(first, ended), last) for first, last in found]
        found = [(first, last) for first, last in (*before, *after) if first < last]
    return found
