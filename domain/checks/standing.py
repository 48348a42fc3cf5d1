"""The verbs about what stands on the path: which facts, how many, holding what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from domain.checks.base import Anchor, Case, SetsNoDays, Shortfall, Window
from domain.facts.base import Fact
from domain.reading import Reading, Ref


@dataclass(frozen=True, slots=True)
class Present:
    """These facts stand before, and the last of each holds what is asked of it; or one of `unless` stands."""

    NAME: ClassVar[str] = "present"
    facts: tuple[Ref, ...]
    unless: tuple[Ref, ...] = ()
    after: Anchor | None = None

    def window(self, case: Case) -> Window:
        if any(case.reading.held(ref) for ref in self.unless):
            return Window()
        since = case.reading.day(self.after) if self.after else None
        missing = tuple(str(ref) for ref in self.facts if not self._stands(ref, case.reading, since))
        return Window(missing=missing)

    def _stands(self, ref: Ref, reading: Reading, since: date | None) -> bool:
        last = reading.last(ref)
        return last is not None and reading.held(ref) and (since is None or last.effective_on >= since)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        return Shortfall(" · ".join(missing) + " = ∅", missing=missing) if missing else None


@dataclass(frozen=True, slots=True)
class Holds(SetsNoDays):
    """The fact's own fields have these values."""

    NAME: ClassVar[str] = "holds"
    fields: Mapping[str, Any] = field(default_factory=dict)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        wrong = [
            f"{name} = {getattr(fact, name)} ≠ {value}"
            for name, value in self.fields.items()
            if getattr(fact, name) != value
        ]
        return Shortfall(", ".join(wrong)) if wrong else None


@dataclass(frozen=True, slots=True)
class Covers(SetsNoDays):
    """A field of the fact names all of these."""

    NAME: ClassVar[str] = "covers"
    field: str
    all_of: tuple[str, ...]

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = tuple(one for one in self.all_of if one not in getattr(fact, self.field))
        return Shortfall(f"{self.field} ∌ {', '.join(missing)}", missing=missing) if missing else None


@dataclass(frozen=True, slots=True)
class Between(SetsNoDays):
    """A number of the fact lies between `least` and `most`, both included, when `where` selects the fact."""

    NAME: ClassVar[str] = "between"
    field: str
    least: float
    most: float

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        value = getattr(fact, self.field)
        if self.least <= value <= self.most:
            return None
        return Shortfall(f"{self.field} = {value} ∉ [{self.least:g}, {self.most:g}]")


@dataclass(frozen=True, slots=True)
class AnyEnough:
    """In the last fact of a kind at least one number is large enough; or one of `unless` stands instead."""

    NAME: ClassVar[str] = "any_enough"
    of: str
    numbers: Mapping[str, float]
    unless: tuple[Ref, ...] = ()

    def window(self, case: Case) -> Window:
        if any(case.reading.held(ref) for ref in self.unless):
            return Window()
        fact = case.reading.last(self.of)
        if fact and any(getattr(fact, name) >= least for name, least in self.numbers.items()):
            return Window()
        return Window(missing=(self.of,))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        if not missing:
            return None
        have = case.reading.last(self.of)
        found = ", ".join(f"{n} = {getattr(have, n) if have else '∅'} < {v:g}" for n, v in self.numbers.items())
        return Shortfall(found, missing=missing)


@dataclass(frozen=True, slots=True)
class Distinct(SetsNoDays):
    """A field of the fact names exactly `count` different persons."""

    NAME: ClassVar[str] = "distinct"
    field: str
    count: int

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        found = len(set(getattr(fact, self.field)))
        return None if found == self.count else Shortfall(f"|{self.field}| = {found} ≠ {self.count}")


@dataclass(frozen=True, slots=True)
class Active:
    """Between `least` and `most` things that were begun and not ended stand on the day, told apart `by` a field."""

    NAME: ClassVar[str] = "active"
    begun: Ref
    ended: str
    by: str
    least: int
    most: int

    def _count(self, reading: Reading) -> int:
        on: dict[Any, bool] = {}
        marks = sorted(
            [*reading.all(self.begun), *reading.all(self.ended)], key=lambda f: (f.effective_on, f.originator_version)
        )
        for fact in marks:
            on[getattr(fact, self.by)] = fact.TOPIC == self.begun.topic
        return sum(on.values())

    def window(self, case: Case) -> Window:
        return Window(missing=(str(self.begun),)) if self._count(case.reading) < self.least else Window()

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        found = self._count(case.reading)
        if self.least <= found <= self.most:
            return None
        missing = (str(self.begun),) if found < self.least else ()
        return Shortfall(f"|{self.begun}| = {found} ∉ [{self.least}, {self.most}]", missing=missing)


@dataclass(frozen=True, slots=True)
class Settled:
    """Every matter of a kind that was opened has been closed."""

    NAME: ClassVar[str] = "settled"
    opened: Ref
    closed: Ref

    def window(self, case: Case) -> Window:
        open_ = len(case.reading.all(self.opened)) - len(case.reading.all(self.closed))
        return Window(missing=(str(self.closed),)) if open_ > 0 else Window()

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        return Shortfall(f"{self.opened} > {self.closed}", missing=missing) if missing else None


@dataclass(frozen=True, slots=True)
class Once(SetsNoDays):
    """Such a fact stands at most `most` times, this one included."""

    NAME: ClassVar[str] = "once"
    of: Ref
    most: int = 1

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        if any(getattr(fact, k) != v for k, v in self.of.where.items()):
            return None
        found = len(case.reading.all(self.of))
        return None if found <= self.most else Shortfall(f"|{self.of}| = {found} > {self.most}")
