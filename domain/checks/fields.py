"""The verbs about what a fact itself says: values, numbers, how many are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.checks import wording
from domain.checks.base import NO_TOPIC, Case, Plain, Reads, Shortfall, Topic, Window
from domain.facts.base import Fact
from domain.moments import start_of
from domain.reading import Anchor, Ref, holds
from domain.words import Text, of_field


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
        said = [(name, getattr(fact, name), value) for name, value in self.fields.items()]
        wrong = [(name, has, value) for name, has, value in said if has != value]
        return Shortfall(
            ", ".join(f"{name} = {has} ≠ {value}" for name, has, value in wrong), wording.other_value(wrong)
        )


@dataclass(frozen=True, slots=True)
class Stated(Plain):
    """The fact's own fields are not left empty."""

    NAME: ClassVar[str] = "stated"
    fields: tuple[str, ...]

    def reads(self, on: tuple[str, ...]) -> Reads:
        return (("fields", topic, name) for topic in on for name in self.fields)

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        empty = tuple(name for name in self.fields if not getattr(fact, name))
        return Shortfall(f"{', '.join(empty)} = ∅", wording.not_stated(empty)) if empty else None


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
        signs = f"{self.field} = {says} ≠ {should or '∅'} = {self.of}.{self.its}"
        why = wording.disagrees(self.field, says, self.of, self.its, should)
        return Shortfall(signs, why, (other,) if other else (), missing=() if other else (str(self.of),))


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

    def _facts(self, case: Case) -> tuple[Fact, ...]:
        """The facts whose field is looked at, where it is not that of the fact itself."""
        since = start_of(case.reading, self.after) if self.after else None
        return tuple(one for one in case.reading.all(self.of) if since is None or one.effective_on >= since.day)

    def _missing(self, facts: tuple[Fact, ...]) -> tuple[str, ...]:
        named = {name for one in facts for name in getattr(one, self.field)}
        return tuple(one for one in self.all_of if one not in named)

    def window(self, case: Case) -> Window:
        facts = self._facts(case) if self.of else ()
        missing = self._missing(facts) if self.of else ()
        if not missing:
            return Window()
        named = tuple(f"{self.of}[{self.field}={one}]" for one in missing)
        return Window(missing=named, rests_on=facts, why=wording.not_named(self.field, missing))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:
        facts = self._facts(case) if self.of else (fact,)
        missing = self._missing(facts)
        if not missing:
            return None
        named = tuple(f"{self.of or fact.TOPIC}[{self.field}={one}]" for one in missing)
        why = wording.not_named(self.field, missing)
        return Shortfall(f"{self.field} ∌ {', '.join(missing)}", why, facts, missing=named)


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
        why = wording.out_of_range(self.field, value, self.least, self.most)
        return Shortfall(f"{self.field} = {value} ∉ [{self.least:g}, {self.most:g}]", why)


@dataclass(frozen=True, slots=True)
class AnyEnough(Plain):
    """In one fact of a kind at least one number is large enough; or one of `unless` stands instead."""

    NAME: ClassVar[str] = "any_enough"
    of: Topic
    numbers: Mapping[str, float]
    unless: tuple[Ref, ...] = ()

    def reads(self, on: tuple[str, ...]) -> Reads:  # noqa: ARG002 - the protocol's signature
        return (("numbers", self.of, name) for name in self.numbers)

    def _enough(self, case: Case) -> bool:
        if any(case.reading.standing(ref) for ref in self.unless):
            return True
        least = self.numbers.items()
        return any((getattr(one, name) or 0) >= limit for one in case.reading.all(self.of) for name, limit in least)

    def _why(self, have: Fact | None) -> Text:
        found = [(name, (getattr(have, name) or None) if have else None, limit) for name, limit in self.numbers.items()]
        return wording.too_little(self.of, found)

    def window(self, case: Case) -> Window:
        if self._enough(case):
            return Window()
        have = case.reading.last(self.of)
        return Window(missing=(self.of,), rests_on=(have,) if have else (), why=self._why(have))

    def test(self, fact: Fact, case: Case) -> Shortfall | None:  # noqa: ARG002 - the protocol's signature
        if self._enough(case):
            return None
        have = case.reading.last(self.of)
        found = (f"{n} = {getattr(have, n) if have else '∅'} < {v:g}" for n, v in self.numbers.items())
        return Shortfall(", ".join(found), self._why(have), (have,) if have else (), missing=(self.of,))


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
        if found == self.count == len(names):
            return None
        why = wording.miscounted(of_field(self.field), found, self.count, self.count)
        return Shortfall(f"|{self.field}| = {found} ≠ {self.count}", why)
