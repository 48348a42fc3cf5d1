"""The verbs about what stands on the path: which facts, how many, in force since when, at which stage."""

from dataclasses import dataclass
from typing import ClassVar

from domain.calendar import Period
from domain.checks.base import Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import day_of
from domain.reading import Anchor, Reading, Ref, in_order, place


@dataclass(frozen=True, slots=True)
class Present(Plain):
    """These facts stand, since `after` if that is given; or one of `unless` stands instead."""

    NAME: ClassVar[str] = "present"
    facts: tuple[Ref, ...]
    unless: tuple[Ref, ...] = ()
    after: Anchor | None = None

    def window(self, case: Case) -> Window:
        if any(self._stands(ref, case.reading) for ref in self.unless):
            return Window()
        return Window(missing=tuple(str(ref) for ref in self.facts if not self._stands(ref, case.reading)))

    def _stands(self, ref: Ref, reading: Reading) -> bool:
        fact = reading.standing(ref)
        since = day_of(reading, self.after) if self.after else None
        return fact is not None and (since is None or fact.effective_on >= since)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        return Shortfall(", ".join(missing) + " = ∅", missing=missing) if missing else None


@dataclass(frozen=True, slots=True)
class Unbroken(Plain):
    """When this fact begins something again, no more than `limit` had passed with nothing of its kind in force."""

    NAME: ClassVar[str] = "unbroken"
    ended: Topic
    by: str
    limit: Period

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("by", topic, self.by) for topic in (*on, self.ended))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        before = Reading()
        for one in in_order([*case.reading.all(fact.TOPIC), *case.reading.all(self.ended)]):
            if place(one) < place(fact):
                before.add(one)
        _, since = before.in_force(fact.TOPIC, self.ended, self.by)
        if since is None or fact.effective_on <= self.limit.after(since):
            return None
        latest = self.limit.after(since)
        return Shortfall(f"{since} + {self.limit} → {latest} < {fact.effective_on}", latest=latest)


@dataclass(frozen=True, slots=True)
class Active(Plain):
    """Between `least` and `most` things that were begun and not ended are in force, told apart `by` a field."""

    NAME: ClassVar[str] = "active"
    begun: Topic
    ended: Topic
    by: str
    least: int
    most: int

    def reads(self, on: tuple[str, ...]) -> Reads:  # noqa: ARG002 - the protocol's signature
        return (("by", topic, self.by) for topic in (self.begun, self.ended))

    def _count(self, case: Case) -> int:
        return len(case.reading.in_force(self.begun, self.ended, self.by)[0])

    def window(self, case: Case) -> Window:
        return Window(missing=(self.begun,)) if self._count(case) < self.least else Window()

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        found = self._count(case)
        if self.least <= found <= self.most:
            return None
        missing = (str(self.begun),) if found < self.least else ()
        return Shortfall(f"|{self.begun}| = {found} ∉ [{self.least}, {self.most}]", missing=missing)


@dataclass(frozen=True, slots=True)
class Settled(Plain):
    """Every matter of a kind that was opened has been closed."""

    NAME: ClassVar[str] = "settled"
    opened: Ref
    closed: Ref

    def _open(self, reading: Reading) -> int:
        count = 0
        for fact in in_order([*reading.all(self.opened), *reading.all(self.closed)]):
            count = count + 1 if fact.TOPIC == self.opened.topic else max(0, count - 1)
        return count

    def window(self, case: Case) -> Window:
        return Window(missing=(str(self.closed),)) if self._open(case.reading) else Window()

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        return Shortfall(f"{self.opened} > {self.closed}", missing=missing) if missing else None


@dataclass(frozen=True, slots=True)
class Limited(Plain):
    """Such a fact stands at most `most` times before, or as, this one."""

    NAME: ClassVar[str] = "at_most"
    of: Ref
    most: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        found = sum(place(one) <= place(fact) for one in case.reading.all(self.of))
        return None if found <= self.most else Shortfall(f"|{self.of}| = {found} > {self.most}")


@dataclass(frozen=True, slots=True)
class InStage(Plain):
    """The fact counts on a day on which the path stands at the stage to which its step belongs."""

    NAME: ClassVar[str] = "in_stage"

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        stages = case.stages_of.get(fact.TOPIC)
        now, before = case.reading.stage, case.reading.stage_before
        if not stages or now in stages or before in stages:
            return None
        return Shortfall(f"{before or now or '∅'} ∉ {{{', '.join(sorted(stages))}}}")
