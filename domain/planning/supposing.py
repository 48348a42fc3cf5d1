"""Facts that do not stand: what a plan supposes of an act, well done and by the unit that may do it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field
from datetime import date, time
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.calendar import moment_on
from domain.checks.meetings import Capable
from domain.facts.base import KINDS, Fact, Transition, required, said
from domain.rulebook import Edition, Rulebooks
from domain.units import UnitState

EVENING = time(18, 0)
NAMED = re.compile(r"([a-z-]+)(?:\[([^\]]*)\])?")
ENOUGH = 999
"""Days and hours of training that any school would call enough."""

WELL: Mapping[str, Any] = {
    "conclusion": "qualified",
    "result": "pass",
    "affects": False,
    "days": ENOUGH,
    "hours": ENOUGH,
    "recommenders": 2,
    "due": 20,
    "present": 20,
    "yes": 20,
    "no": 0,
    "abstained": 0,
    "introducers": ("introducer-1", "introducer-2"),
    "proposal": "convert",
    "outcome": "convert",
    "upheld": False,
}
"""What is supposed of the fields of an act that is done well, by their names; the rest is made of the field's type: the
first of its words, all that a list may name, yes, one, the day of the act itself."""


class UnknownName(Exception):
    """No kind of fact of a path is called this."""


@dataclass(frozen=True, slots=True)
class Want:
    """A kind of fact that has to come, with what it must say: `public-notice-opened[point=admission]`."""

    topic: str
    says: tuple[tuple[str, str], ...] = ()

    @classmethod
    def named(cls, name: str) -> "Want":
        """Read the name by which judgements call what is missing. Raises UnknownName.

        Of a field that lists things nothing is kept: all are supposed at once.
        """
        match = NAMED.fullmatch(name)
        kind = KINDS.get(match.group(1)) if match else None
        if match is None or kind is None or kind.SUBJECT != "path":
            raise UnknownName(name)
        pairs = [one.partition("=") for one in (match.group(2) or "").split(",") if one]
        hints = _hints(kind)
        if any(not equals or field not in hints for field, equals, _ in pairs):
            raise UnknownName(name)
        want = cls(kind.TOPIC, tuple((field, value) for field, _, value in pairs if not _lists(hints[field])))
        want.values()
        return want

    def values(self) -> Mapping[str, Any]:
        """What it must say. Raises UnknownName for what the kind of fact cannot say."""
        hints = _hints(self.kind)
        return {name: _read(name, value, hints[name]) for name, value in self.says}

    def __str__(self) -> str:
        """Name it as judgements do."""
        return f"{self.topic}[{','.join(f'{k}={v}' for k, v in self.says)}]" if self.says else self.topic

    @property
    def kind(self) -> type[Fact]:
        """The class of such a fact."""
        return KINDS[self.topic]

    @property
    def transition(self) -> bool:
        """Whether it is a decision that moves the path."""
        return issubclass(self.kind, Transition)


@dataclass(frozen=True)
class Supposing:
    """Makes facts of one path that do not stand.

    `line` are the home branch and the units above it, nearest first; without them, every act is supposed to be done by a
    unit that may do it.
    """

    rulebooks: Rulebooks
    path_id: UUID
    home: str
    line: Sequence[UnitState] = ()
    _doing: dict[tuple[str, bool, str], tuple[str, str, bool]] = field(default_factory=dict, repr=False)

    def fact(self, want: Want, day: date, version: int, fields: Mapping[str, Any]) -> Fact:
        """Suppose an act on a day; `fields` are values that follow from other facts."""
        unit, kind, authority = self.doing(want.topic, self.rulebooks.on(day))
        values: dict[str, Any] = {
            "reason": "plan",
            **_well(want.topic),
            **dict.fromkeys(_days(want.topic), day),
            **fields,
            **want.values(),
        }
        make: Any = want.kind
        supposed: Fact = make(
            originator_id=self.path_id,
            originator_version=version,
            timestamp=moment_on(day, EVENING),
            effective_on=day,
            recorded_by="plan",
            capacity="plan",
            by_unit=unit,
            by_kind=kind,
            by_authority=authority,
            **values,
        )
        return supposed

    def doing(self, topic: str, edition: Edition) -> tuple[str, str, bool]:
        """The unit that would act, its kind, and whether it holds authority."""
        key = (edition.name, edition.policy_binds, topic)
        if key not in self._doing:
            rules = self.rulebooks.rules_on(edition, topic)
            checks = [rule.check for rule in rules if isinstance(rule.check, Capable)]
            self._doing[key] = self._real(edition, checks) if self.line else self._ideal(edition, checks)
        return self._doing[key]

    def _real(self, edition: Edition, checks: Sequence[Capable]) -> tuple[str, str, bool]:
        """The nearest unit that may do it; the home branch where none may, and the judge will say so."""
        for unit in self.line:
            can = edition.capabilities.get(unit.kind, frozenset())
            if all(one.may in can or (f"{one.may}-if-authorised" in can and unit.authority) for one in checks):
                return unit.id, unit.kind, unit.authority
        return self.line[0].id, self.line[0].kind, self.line[0].authority

    def _ideal(self, edition: Edition, checks: Sequence[Capable]) -> tuple[str, str, bool]:
        """A unit that may do all that is asked; it is the home branch where that is asked."""
        unit = self.home if not checks or any(one.home for one in checks) else "superior"
        for kind, can in edition.capabilities.items():
            if all(one.may in can for one in checks):
                return unit, kind, True
        return unit, "university-committee", True


@cache
def _hints(kind: type[Fact]) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _well(topic: str) -> Mapping[str, Any]:
    """The fields that such a fact must have, done well, but for days."""
    hints = _hints(KINDS[topic])
    names = [item.name for item in _needed(topic) if hints[item.name] is not date]
    return {name: WELL.get(name, _made(name, hints[name])) for name in names}


@cache
def _days(topic: str) -> tuple[str, ...]:
    """The days that such a fact must state: the day of the act, until a rule says which."""
    hints = _hints(KINDS[topic])
    return tuple(item.name for item in _needed(topic) if hints[item.name] is date)


def _needed(topic: str) -> list[Field[Any]]:
    return [item for item in said(KINDS[topic]) if required(item) and item.name != "effective_on"]


def _lists(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _read(name: str, value: str, hint: Any) -> Any:
    """A value as it stands in a name: a day, a word, yes or no, a number."""
    if hint is date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise UnknownName(f"{name}={value}") from None
    allowed = get_args(hint) if get_origin(hint) is Literal else (True, False) if hint is bool else (value,)
    found = next((one for one in allowed if str(one).lower() == value.lower()), None)
    if found is None:
        raise UnknownName(f"{name}={value}")
    return int(value) if hint is int and value.isdecimal() else found


def _made(name: str, hint: Any) -> Any:
    """A value of a type."""
    if get_origin(hint) in (Annotated, Union, UnionType):
        return _made(name, get_args(hint)[0])
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if _lists(hint):
        inner = get_args(hint)[0]
        return get_args(inner) if get_origin(inner) is Literal else (name,)
    return {bool: True, int: 1, float: 1.0}.get(hint, name)
