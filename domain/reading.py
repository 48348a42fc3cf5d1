"""The facts of one path as they read on a day: in order of the days they count, by kind, with the days that follow."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.calendar import add_months
from domain.facts.base import Fact


@dataclass(frozen=True, slots=True)
class Ref:
    """Which fact a rule speaks of: the last one of a kind, among those `where` selects, and what it must `hold`."""

    topic: str
    where: Mapping[str, Any] = field(default_factory=dict)
    holds: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name the fact as an API names what is missing."""
        detail = ",".join(f"{k}={v}" for k, v in {**self.where, **self.holds}.items())
        return f"{self.topic}[{detail}]" if detail else self.topic


RESOLUTIONS = frozenset({"admission-resolution-adopted", "conversion-resolved"})
"""What an assembly resolves and a committee must approve before it moves the path."""


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by the day they count, and within a day by their recording."""
    return sorted(facts, key=lambda fact: (fact.effective_on, fact.originator_version))


@dataclass(slots=True)
class Reading:
    """What is known of a path up to a point: facts by kind, the stage they led to, the home branch.

    It is filled in order by `judgement.read`; checks only look at it.
    """

    basis: str = "later-of-decision-and-filing"
    stage: str = ""
    home_unit: str = ""
    outcome: str = ""
    """How the path was closed; empty while it is open."""

    pending: str = ""
    """The resolution that waits for approval: a topic, or empty."""

    extensions: int = 0
    extended_months: int = 0
    by_topic: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def add(self, fact: Fact) -> None:
        """Take in one more fact."""
        self.by_topic[fact.TOPIC].append(fact)

    def follow(self, fact: Fact) -> None:
        """Keep what a transition changes beside the stage: the home branch, what awaits approval, extensions."""
        self.home_unit = getattr(fact, "home_unit", self.home_unit)
        self.pending = fact.TOPIC if fact.TOPIC in RESOLUTIONS else ""
        if fact.TOPIC == "extension-approved":
            self.extensions += 1
            resolved = self.last("conversion-resolved")
            self.extended_months += getattr(resolved, "extension_months", 0)

    def all(self, ref: Ref | str) -> list[Fact]:
        """All facts of a kind that `where` selects, in order."""
        if isinstance(ref, str):
            return self.by_topic.get(ref, [])
        found = self.by_topic.get(ref.topic, [])
        if ref.where:
            return [fact for fact in found if all(getattr(fact, k) == v for k, v in ref.where.items())]
        return found

    def last(self, ref: Ref | str) -> Fact | None:
        """The last fact of a kind, or None; what it must hold is not asked here."""
        found = self.all(ref)
        return found[-1] if found else None

    def held(self, ref: Ref) -> bool:
        """Tell whether the last such fact exists and holds what it must."""
        fact = self.last(ref)
        return fact is not None and all(getattr(fact, k) == v for k, v in ref.holds.items())

    def day(self, anchor: Ref | str) -> date | None:
        """The day of a moment (`MOMENTS`) or of the last fact of a kind."""
        if isinstance(anchor, str) and anchor in MOMENTS:
            return MOMENTS[anchor](self)
        fact = self.last(anchor)
        return fact.effective_on if fact else None

    def stopped_days(self, pause: str, resume: str, upto: date) -> int:
        """Count the days on which a clock stood still, up to a day."""
        marks = in_order([*self.all(pause), *self.all(resume)])
        total, since = 0, None
        for mark in marks:
            if mark.effective_on > upto:
                break
            if mark.TOPIC == pause:
                since = since or mark.effective_on
            elif since:
                total += (mark.effective_on - since).days
                since = None
        return total + ((upto - since).days if since else 0)


def _field(reading: Reading, name: str, *topics: str) -> date | None:
    """The value of a date field in the last fact of any of these kinds that gives it."""
    facts = in_order(fact for topic in topics for fact in reading.all(topic))
    values = [getattr(fact, name) for fact in facts]
    given: list[date] = [value for value in values if value is not None]
    return given[-1] if given else None


def _born(reading: Reading) -> date | None:
    opening = reading.last("application-submitted")
    corrected = reading.last("birth-date-corrected")
    fact = corrected or opening
    born: date | None = getattr(fact, "born_on", None)
    return born


def _leaves(reading: Reading) -> date | None:
    return _field(reading, "leaves_on", "application-submitted", "departure-expected")


def _cultivation_start(reading: Reading) -> date | None:
    restarted = reading.day("cultivation-restarted")
    if restarted:
        return restarted
    decided, filed = reading.day("activist-determined"), reading.day("activist-filed")
    if reading.basis == "decision":
        return decided
    if reading.basis == "filing":
        return filed
    return max(decided, filed) if decided and filed else None


def _probation_start(reading: Reading) -> date | None:
    if not reading.all("admission-approved"):
        return None
    corrected = _field(reading, "probation_from", "probation-start-corrected")
    return corrected or reading.day("admission-resolution-adopted")


def _original_end(reading: Reading) -> date | None:
    start = _probation_start(reading)
    return add_months(start, 12) if start else None


def _probation_end(reading: Reading) -> date | None:
    end = _original_end(reading)
    if end is None:
        return None
    suspended = reading.stopped_days("probation-suspended", "probation-resumed", end)
    return add_months(end, reading.extended_months) + timedelta(days=suspended)


def _probation_round(reading: Reading) -> date | None:
    return reading.day("extension-approved") or reading.day("admission-approved")


MOMENTS: Mapping[str, Callable[[Reading], date | None]] = {
    "born": _born,
    "leaves": _leaves,
    "cultivation-start": _cultivation_start,
    "probation-start": _probation_start,
    "probation-original-end": _original_end,
    "probation-end": _probation_end,
    "probation-round": _probation_round,
}
"""Days that no single fact gives: what rulebooks may name as an anchor, beside the kinds of facts."""
