"""The words of rulebook files: how texts, lengths, facts, moments and the parameters of checks are read.

Every word is compared with what it can mean: a kind of fact, a field of that kind, a value that field can have, a
role, a unit's capability. What is misspelt is told at its line, with what is allowed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import yaml

from domain.calendar import Period
from domain.checks import CHECKS, Check, Topic, Word
from domain.facts import KINDS
from domain.moments import MOMENTS
from domain.reading import Anchor, Ref
from domain.spot import Spot
from domain.words import Text

ROLES: Mapping[str, Text] = {
    "applicant": Text("本人", "the applicant"),
    "contacts": Text("培养联系人", "the cultivation contacts"),
    "introducers": Text("入党介绍人", "the introducers"),
    "branch-secretary": Text("支部书记", "the branch secretary"),
    "branch-committee": Text("支委会", "the branch committee"),
    "branch-assembly": Text("支部大会", "the branch assembly"),
    "superior-committee": Text("上级党委", "the superior committee"),
    "organiser": Text("组织员", "the organiser"),
    "unit-head": Text("负责人", "the head"),
    "organisation-department": Text("组织部", "the organisation department"),
}
"""Who can act or owe something. The applicant is the person whose path it is, at every stage."""


def names(spot: Spot | None) -> tuple[str, ...]:
    """Read a list of words, or one word."""
    return tuple(one.text() for one in spot.list()) if spot else ()


def bilingual(spot: Spot) -> Text:
    """Read a sentence in both languages."""
    said = spot.map(("zh", "en"), ("zh", "en"))
    return Text(said["zh"].text(), said["en"].text())


LONGEST = {"years": 100, "months": 1_200, "days": 36_525}
"""How long a length may be, in each of its terms: behind it, the calendar ends."""


def period(spot: Spot, *more: str) -> Period:
    """Read a length of at most a human life; `more` are keys that stand beside and are read elsewhere."""
    said = spot.map(("years", "months", "days", *more))
    length = {name: one.whole() for name, one in said.items() if name not in more}
    for name, count in length.items():
        if not 0 <= count <= LONGEST[name]:
            raise said[name].wrong(f"{count} {name} is no length of a rule; from 0 to {LONGEST[name]} {name}")
    return Period(**length)


def role(spot: Spot) -> str:
    """Read who acts."""
    return spot.one_of(ROLES, "a role")


def kind(spot: Spot) -> str:
    """Read the name of a kind of fact."""
    return spot.one_of(KINDS, "a kind of fact")


def _literals(hint: Any) -> tuple[Any, ...]:
    """The words a field may have, if its type lists them; a tuple or an optional field is looked into."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) in (tuple, Union, UnionType):
        return tuple(word for one in get_args(hint) for word in _literals(one))
    return ()


def field_of(spot: Spot, topic: str, name: str) -> Any:
    """The type of a field of a kind of fact. Raises RulebookError when it has no such field."""
    hints = get_type_hints(KINDS[topic])
    if name not in hints:
        raise spot.wrong(f"{name!r} is not a field of {topic}; allowed here: {', '.join(_own(topic))}")
    return hints[name]


def _own(topic: str) -> list[str]:
    return [item.name for item in fields(KINDS[topic]) if not item.name.startswith("originator")]


def _verify(spot: Spot, topic: str, said: str) -> None:
    """Verify `field` or `field=value` against a kind of fact."""
    name, _, value = said.partition("=")
    allowed = _literals(field_of(spot, topic, name))
    if value and allowed and value not in map(str, allowed):
        words = ", ".join(map(str, allowed))
        raise spot.wrong(f"{value!r} is not a value of {name} of {topic}; allowed here: {words}")


def conditions(spot: Spot | None, topics: Sequence[str]) -> dict[str, Any]:
    """Read what fields of these kinds of fact must be."""
    if spot is None:
        return {}
    said = spot.map()
    for name, one in said.items():
        for topic in topics:
            _verify(one, topic, f"{name}={one.text()}")
    return {name: one.value() for name, one in said.items()}


def ref(spot: Spot) -> Ref:
    """Read which fact is meant: a kind, or a mapping with what selects it, what it holds and what undoes it."""
    if isinstance(spot.node, yaml.ScalarNode):
        return Ref(kind(spot))
    said = spot.map(("fact", "where", "holds", "undone_by"), ("fact",))
    topic = kind(said["fact"])
    undone = tuple(kind(one) for one in said["undone_by"].list()) if "undone_by" in said else ()
    return Ref(topic, conditions(said.get("where"), [topic]), conditions(said.get("holds"), [topic]), undone)


def anchor(spot: Spot) -> Anchor:
    """Read from what day something counts: a moment, or a fact."""
    if isinstance(spot.node, yaml.ScalarNode):
        return spot.one_of([*MOMENTS, *KINDS], "a kind of fact or a moment")
    return ref(spot)


READERS: Mapping[Any, Callable[[Spot], Any]] = {
    str: Spot.text,
    int: Spot.whole,
    float: Spot.number,
    bool: Spot.flag,
    Topic: kind,
    Word: Spot.text,
    Period: period,
    Ref: ref,
    Ref | None: ref,
    Anchor: anchor,
    Anchor | None: anchor,
    tuple[Ref, ...]: lambda spot: tuple(ref(one) for one in spot.list()),
    tuple[str, ...]: names,
    Mapping[str, float]: lambda spot: {name: one.number() for name, one in spot.map().items()},
    Mapping[str, Any]: lambda spot: {name: one.value() for name, one in spot.map().items()},
}
"""How a parameter of a check is read, by the type it is declared with."""


def reader(hint: Any) -> Callable[[Spot], Any]:
    """The reader of a type. Raises KeyError when there is none: a check that could not be read has no place here."""
    if get_origin(hint) is Literal:
        return lambda spot: spot.one_of(get_args(hint), "a choice")
    return READERS[hint]


PARAMETERS = {
    name: {item.name: reader(get_type_hints(verb)[item.name]) for item in fields(cast("Any", verb))}
    for name, verb in CHECKS.items()
}
"""The parameters of each check with their readers, made at import so that none can be forgotten."""

REQUIRED = {
    name: [i.name for i in fields(cast("Any", verb)) if i.default is MISSING and i.default_factory is MISSING]
    for name, verb in CHECKS.items()
}


def check(name: str, spot: Spot, on: tuple[str, ...], words: Sequence[str]) -> Check:
    """Read a check with its parameters, for a rule asked on these kinds of fact, with these words for capabilities."""
    said = spot.map(tuple(PARAMETERS[name]), REQUIRED[name]) if PARAMETERS[name] else spot.map(("",))
    made = CHECKS[name](**{key: PARAMETERS[name][key](one) for key, one in said.items()})
    verify_fields(made, said, on)
    if "may" in said:
        said["may"].one_of(words, "a capability of any unit")
    return made


def verify_fields(made: Check, said: Mapping[str, Spot], on: tuple[str, ...]) -> None:
    """Verify the fields that the parameters of a check name, where they are said here."""
    for key, topic, field in made.reads(on):
        where = said.get(key)
        if where is not None:
            nested = where.map() if isinstance(where.node, yaml.MappingNode) else {}
            _verify(nested.get(field.partition("=")[0], where), topic, field)
