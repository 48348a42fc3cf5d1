"""The verbs about what stands on the path: which facts, how many, in force since when, at which stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from domain.calendar import Period
from domain.checks import wording
from domain.checks.base import Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import Start, start_of
from domain.reading import Anchor, Reading, Ref, in_order, place
from domain.words import Text, of_kind, of_ref


@dataclass(frozen=True, slots=True)
class Present(Plain):
    """These facts stand, since `after` if that is given; or one of `unless` stands instead."""

    NAME: ClassVar[str] = "present"
    facts: tuple[Ref, ...]
    unless: tuple[Ref, ...] = ()
    after: Anchor | None = None

    def _missing(self, reading: Reading, since: Start | None) -> tuple[Ref, ...]:
        if any(self._stands(ref, reading, since) for ref in self.unless):
            return ()
        return tuple(ref for ref in self.facts if not self._stands(ref, reading, since))

    def _since(self, reading: Reading) -> Start | None:
        return start_of(reading, self.after) if self.after else None

    def _stands(self, ref: Ref, reading: Reading, since: Start | None) -> bool:
        fact = reading.standing(ref)
        return fact is not None and (since is None or fact.effective_on >= since.day)

    def _facts(self, missing: tuple[Ref, ...], reading: Reading, since: Start | None) -> tuple[Fact, ...]:
        return (*(since.facts if since else ()), *wording.nearest(missing, reading))

    def window(self, case: Case) -> Window:
        since = self._since(case.reading)
        missing = self._missing(case.reading, since)
        if not missing:
            return Window()
        return Window(
            missing=tuple(str(ref) for ref in missing),
            rests_on=self._facts(missing, case.reading, since),
            start=since.day if since else None,
            why=wording.lacking(missing, case.reading, since.day if since else None, self.unless),
        )

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        since = self._since(case.reading)
        missing = self._missing(case.reading, since)
        if not missing:
            return None
        names = tuple(str(ref) for ref in missing)
        day = since.day if since else None
        why = wording.lacking(missing, case.reading, day, self.unless)
        facts = self._facts(missing, case.reading, since)
        return Shortfall(", ".join(names) + " = ∅", why, facts, day, missing=names)


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
        latest = self.limit.after(since) if since else fact.effective_on
        if since is None or fact.effective_on <= latest:
            return None
        ended = tuple(one for one in before.all(self.ended) if one.effective_on == since)
        said = wording.until(since, self.ended, self.limit, latest)
        why = wording.late(said, of_kind(fact.TOPIC), fact.effective_on, latest)
        signs = f"{since} + {self.limit} → {latest} < {fact.effective_on}"
        return Shortfall(signs, why, ended, since, latest=latest)


@dataclass(frozen=True, slots=True)
class Active(Plain):
    """Between `least` and `most` things that were begun and not ended are in force, told apart `by` a field."""

    NAME: ClassVar[str] = "active"
    begun: Ref
    ended: Topic
    by: str
    least: int
    most: int

    def reads(self, on: tuple[str, ...]) -> Reads:  # noqa: ARG002 - the protocol's signature
        return (("by", topic, self.by) for topic in (self.begun.topic, self.ended))

    def _count(self, case: Case) -> int:
        return len(case.reading.in_force(self.begun, self.ended, self.by)[0])

    def _why(self, found: int) -> Text:
        return wording.miscounted(of_ref(self.begun), found, self.least, self.most)

    def _facts(self, case: Case) -> tuple[Fact, ...]:
        return (*case.reading.all(self.begun), *case.reading.all(self.ended))

    def window(self, case: Case) -> Window:
        found = self._count(case)
        if found >= self.least:
            return Window()
        return Window(missing=(str(self.begun),), rests_on=self._facts(case), why=self._why(found))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        found = self._count(case)
        if self.least <= found <= self.most:
            return None
        missing = (str(self.begun),) if found < self.least else ()
        signs = f"|{self.begun}| = {found} ∉ [{self.least}, {self.most}]"
        return Shortfall(signs, self._why(found), self._facts(case), missing=missing)


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

    def _facts(self, case: Case) -> tuple[Fact, ...]:
        return (*case.reading.all(self.opened), *case.reading.all(self.closed))

    def window(self, case: Case) -> Window:
        if not self._open(case.reading):
            return Window()
        why = wording.still_open(self.opened, self.closed)
        return Window(missing=(str(self.closed),), rests_on=self._facts(case), why=why)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        if not self._open(case.reading):
            return None
        why = wording.still_open(self.opened, self.closed)
        return Shortfall(f"{self.opened} > {self.closed}", why, self._facts(case), missing=(str(self.closed),))


@dataclass(frozen=True, slots=True)
class Limited(Plain):
    """Such a fact stands at most `most` times before, or as, this one."""

    NAME: ClassVar[str] = "at_most"
    of: Ref
    most: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        found = tuple(one for one in case.reading.all(self.of) if place(one) <= place(fact))
        count = len(found)
        if count <= self.most:
            return None
        return Shortfall(f"|{self.of}| = {count} > {self.most}", wording.too_often(self.of, count, self.most), found)


@dataclass(frozen=True, slots=True)
class InStage(Plain):
    """The fact counts on a day on which the path stands at the stage to which its step belongs."""

    NAME: ClassVar[str] = "in_stage"

    def concerns(self, topic: str, stages_of: Mapping[str, frozenset[str]]) -> bool:
        return bool(stages_of.get(topic))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        stages = case.stages_of.get(fact.TOPIC)
        now, before = case.reading.stage, case.reading.stage_before
        if not stages or now in stages or before in stages:
            return None
        moved = case.reading.moved_by
        return Shortfall(
            f"{before or now or '∅'} ∉ {{{', '.join(sorted(stages))}}}",
            wording.elsewhere(before or now, of_kind(fact.TOPIC), sorted(stages), case.stages),
            (moved,) if moved else (),
        )
