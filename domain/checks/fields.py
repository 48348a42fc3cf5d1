"""The verbs about what a fact itself says: values, numbers, how many are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.checks.base import NO_TOPIC, Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import day_of
from domain.reading import Anchor, Ref, holds


@dataclass(frozen=True, slots=True)
class Holds(Plain):
    """The fact's own fields have these values."""

    NAME: ClassVar[str] = "holds"
    fields: Mapping[str, Any]

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("fields", topic, f"{name}={value}") for topic in on for name, value in self.fields.items())

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        if holds(fact, self.fields):
            return None
        wrong = [(name, getattr(fact, name), value) for name, value in self.fields.items()]
        return Shortfall(", ".join(f"{name} = {has} ≠ {value}" for name, has, value in wrong if has != value))


@dataclass(frozen=True, slots=True)
class Agrees(Plain):
    """A field of the fact says the same as a field of the last fact of another kind."""

    NAME: ClassVar[str] = "agrees"
    field: str
    of: Topic
    its: str

    def reads(self, on: tuple[str, ...]) -> Reads:
        yield from (("field", topic, self.field) for topic in on)
        yield "its", self.of, self.its

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        other = case.reading.last(self.of)
        says, should = getattr(fact, self.field), getattr(other, self.its, None)
        if says == should:
            return None
        missing = () if other else (str(self.of),)
        return Shortfall(f"{self.field} = {says} ≠ {should or '∅'} = {self.of}.{self.its}", missing=missing)


@dataclass(frozen=True, slots=True)
class Covers(Plain):
    """A field names all of these: of the fact itself, or of all facts of the kind `of` together, since `after`."""

    NAME: ClassVar[str] = "covers"
    field: str
    all_of: tuple[str, ...]
    of: Topic = NO_TOPIC
    after: Anchor | None = None

    def reads(self, on: tuple[str, ...]) -> Reads:
        kinds = (self.of,) if self.of else on
        return (("all_of", topic, f"{self.field}={one}") for topic in kinds for one in self.all_of)

    def _missing(self, case: Case, fact: Fact | None) -> tuple[str, ...]:
        since = day_of(case.reading, self.after) if self.after else None
        facts = [one for one in case.reading.all(self.of) if since is None or one.effective_on >= since]
        named = {name for one in ([fact] if fact else facts) for name in getattr(one, self.field)}
        return tuple(one for one in self.all_of if one not in named)

    def window(self, case: Case) -> Window:
        missing = self._missing(case, None) if self.of else ()
        return Window(missing=tuple(f"{self.of}[{self.field}={one}]" for one in missing))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        missing = self._missing(case, None if self.of else fact)
        named = tuple(f"{self.of or fact.TOPIC}[{self.field}={one}]" for one in missing)
        return Shortfall(f"{self.field} ∌ {', '.join(missing)}", missing=named) if missing else None


@dataclass(frozen=True, slots=True)
class Between(Plain):
    """A number of the fact lies between `least` and `most`, both included."""

    NAME: ClassVar[str] = "between"
    field: str
    least: float
    most: float

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("field", topic, self.field) for topic in on)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        value = getattr(fact, self.field)
        if self.least <= value <= self.most:
            return None
        return Shortfall(f"{self.field} = {value} ∉ [{self.least:g}, {self.most:g}]")


@dataclass(frozen=True, slots=True)
class AnyEnough(Plain):
    """In one fact of a kind at least one number is large enough; or one of `unless` stands instead."""

    NAME: ClassVar[str] = "any_enough"
    of: Topic
    numbers: Mapping[str, float]
    unless: tuple[Ref, ...] = ()

    def reads(self, on: tuple[str, ...]) -> Reads:  # noqa: ARG002 - the protocol's signature
        return (("numbers", self.of, name) for name in self.numbers)

    def window(self, case: Case) -> Window:
        if any(case.reading.standing(ref) for ref in self.unless):
            return Window()
        least = self.numbers.items()
        enough = any(getattr(fact, name) >= limit for fact in case.reading.all(self.of) for name, limit in least)
        return Window() if enough else Window(missing=(self.of,))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        missing = self.window(case).missing
        if not missing:
            return None
        have = case.reading.last(self.of)
        found = (f"{n} = {getattr(have, n) if have else '∅'} < {v:g}" for n, v in self.numbers.items())
        return Shortfall(", ".join(found), missing=missing)


@dataclass(frozen=True, slots=True)
class Distinct(Plain):
    """A field of the fact names exactly `count` different persons."""

    NAME: ClassVar[str] = "distinct"
    field: str
    count: int

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("field", topic, self.field) for topic in on)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        names = getattr(fact, self.field)
        found = len(set(names))
        well = found == self.count == len(names)
        return None if well else Shortfall(f"|{self.field}| = {found} ≠ {self.count}")
