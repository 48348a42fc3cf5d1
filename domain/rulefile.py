"""Reads rulebook files: YAML in, typed rules out; whatever is wrong is told with file, line and what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from hashlib import sha256
from typing import Any, get_type_hints

import yaml

from domain.calendar import Period, Workdays
from domain.checks import CHECKS, Check
from domain.facts import KINDS, Transition
from domain.reading import MOMENTS, Ref
from domain.rulebook import Duty, Edition, Move, Policy, Rule, Rulebooks, Step, Text
from domain.spot import RulebookError, Spot, read_spot

SEVERITIES = ("block", "override", "finding", "warn")
CONFIDENCES = ("sure", "one-source", "verify")


def _names(spot: Spot | None) -> tuple[str, ...]:
    return tuple(one.text() for one in spot.list()) if spot else ()


def _bilingual(spot: Spot) -> Text:
    said = spot.map(("zh", "en"), ("zh", "en"))
    return Text(said["zh"].text(), said["en"].text())


def _period(spot: Spot) -> Period:
    said = spot.map(("years", "months", "days"))
    return Period(**{name: one.whole() for name, one in said.items()})


def _kind(spot: Spot) -> str:
    return spot.one_of(KINDS, "a kind of fact")


def _conditions(spot: Spot | None, topic: str) -> dict[str, Any]:
    if spot is None:
        return {}
    known = [item.name for item in fields(KINDS[topic])]
    return {name: one.value() for name, one in spot.map(known).items()}


def _ref(spot: Spot) -> Ref:
    if isinstance(spot.node, yaml.ScalarNode):
        return Ref(_kind(spot))
    said = spot.map(("fact", "where", "holds"), ("fact",))
    topic = _kind(said["fact"])
    return Ref(topic, _conditions(said.get("where"), topic), _conditions(said.get("holds"), topic))


def _anchor(spot: Spot) -> Ref | str:
    if isinstance(spot.node, yaml.ScalarNode) and spot.node.value in MOMENTS:
        return str(spot.node.value)
    if isinstance(spot.node, yaml.ScalarNode):
        return spot.one_of([*KINDS, *MOMENTS], "a kind of fact or a moment")
    return _ref(spot)


READERS: Mapping[Any, Any] = {
    str: Spot.text,
    int: Spot.whole,
    float: Spot.number,
    bool: Spot.flag,
    Period: _period,
    Ref: _ref,
    Ref | str: _anchor,
    Ref | str | None: _anchor,
    tuple[Ref, ...]: lambda spot: tuple(_ref(one) for one in spot.list()),
    tuple[str, ...]: _names,
    Mapping[str, float]: lambda spot: {name: one.number() for name, one in spot.map().items()},
    Mapping[str, Any]: lambda spot: {name: one.value() for name, one in spot.map().items()},
}
"""How a parameter of a check is read, by the type it is declared with."""


def _check(name: str, spot: Spot) -> Check:
    kind = CHECKS[name]
    hints = {item.name.rstrip("_"): item for item in fields(kind)}  # type: ignore[arg-type]
    types = get_type_hints(kind)
    must = [n for n, item in hints.items() if item.default is MISSING and item.default_factory is MISSING]
    said = spot.map(tuple(hints), must)
    given: dict[str, Any] = {}
    for key, one in said.items():
        read = READERS.get(types[hints[key].name])
        given[hints[key].name] = read(one) if read else one.text()
    return kind(**given)


def _rule(spot: Spot, steps: Mapping[str, Step]) -> Rule:
    allowed = ("id", "step", "on", "severity", "source", "confidence", "text", "where", *CHECKS)
    said = spot.map(allowed, ("id", "step", "on", "severity", "source", "text"))
    verbs = [name for name in said if name in CHECKS]
    if len(verbs) != 1:
        raise spot.wrong(f"a rule uses exactly one check; here: {', '.join(verbs) or 'none'}")
    step = said["step"].text() if said["step"].text() == "all" else said["step"].one_of(steps, "a step")
    return Rule(
        id=said["id"].text(),
        step=step,
        on=tuple(one.text() if one.text() == "any" else _kind(one) for one in said["on"].list()),
        check=_check(verbs[0], said[verbs[0]]),
        severity=said["severity"].one_of(SEVERITIES, "a severity"),  # type: ignore[arg-type]
        sources=_names(said["source"]),
        text=_bilingual(said["text"]),
        confidence=said["confidence"].one_of(CONFIDENCES, "a confidence") if "confidence" in said else "sure",  # type: ignore[arg-type]
        where={name: one.value() for name, one in said["where"].map().items()} if "where" in said else {},
    )


def _step(spot: Spot, stages: Mapping[str, Text]) -> Step:
    said = spot.map(
        ("id", "stage", "title", "acts", "done_by", "repeats", "optional"), ("id", "stage", "title", "acts", "done_by")
    )
    return Step(
        id=said["id"].text(),
        stage=said["stage"].one_of(stages, "a stage"),
        title=_bilingual(said["title"]),
        acts=said["acts"].text(),
        done_by=tuple(_ref(one) for one in said["done_by"].list()),
        repeats=said["repeats"].flag() if "repeats" in said else False,
        optional=said["optional"].flag() if "optional" in said else False,
    )


def _move(spot: Spot, stages: Mapping[str, Text]) -> Move:
    said = spot.map(("fact", "from", "to", "closes"), ("fact", "from"))
    topic = _kind(said["fact"])
    if not issubclass(KINDS[topic], Transition):
        raise said["fact"].wrong(f"{topic!r} is not a transition, so it cannot move a path")
    if ("to" in said) == ("closes" in said):
        raise spot.wrong("a move has either `to` or `closes`")
    return Move(
        fact=topic,
        from_=tuple(one.text() and one.one_of(["none", *stages], "a stage") for one in said["from"].list()),
        to=said["to"].one_of(["same", *stages], "a stage") if "to" in said else "",
        closes=said["closes"].text() if "closes" in said else "",
    )


def _duty(spot: Spot, stages: Mapping[str, Text], steps: Mapping[str, Step]) -> Duty:
    said = spot.map(
        (*("id", "step", "owed_by", "since", "due", "until", "stages", "text", "source", "remind"),)
        + ("escalate", "recurs", "counts_from", "confidence"),
        ("id", "step", "owed_by", "since", "due", "until", "stages", "text", "source", "remind"),
    )
    remind = tuple(one.whole() for one in said["remind"].list())
    if not remind:
        raise said["remind"].wrong("an obligation without a reminder ladder is never told to anybody")
    if list(remind) != sorted(set(remind)):
        raise said["remind"].wrong("the rungs of a ladder rise, each day once")
    return Duty(
        id=said["id"].text(),
        step=said["step"].one_of(steps, "a step"),
        owed_by=said["owed_by"].text(),
        since=_anchor(said["since"]),
        due=_period(said["due"]),
        until=tuple(_ref(one) for one in said["until"].list()),
        stages=tuple(one.one_of(stages, "a stage") for one in said["stages"].list()),
        text=_bilingual(said["text"]),
        sources=_names(said["source"]),
        remind=remind,
        escalate=_names(said.get("escalate")),
        recurs=said["recurs"].flag() if "recurs" in said else False,
        counts_from=_anchor(said["counts_from"]) if "counts_from" in said else None,
        confidence=said["confidence"].one_of(CONFIDENCES, "a confidence") if "confidence" in said else "sure",  # type: ignore[arg-type]
    )


def _by_id(spot: Spot, read: Any, *more: Any) -> dict[str, Any]:  # noqa: ANN401 - reads whatever has an id
    found: dict[str, Any] = {}
    for one in spot.list():
        made = read(one, *more)
        name = getattr(made, "id", None) or made.fact
        if name in found:
            raise one.wrong(f"{name!r} is given twice")
        found[name] = made
    return found


def read_edition(file: str, text: str) -> Edition:
    """Read one edition. Raises RulebookError with file, line and what is allowed."""
    parts = ("edition", "title", "in_force_from", "capabilities", "stages", "moves", "steps", "rules", "obligations")
    said = read_spot(file, text).map(parts, parts)
    stages = {name: _bilingual(one) for name, one in said["stages"].map().items()}
    moves = _by_id(said["moves"], _move, stages)
    steps = _by_id(said["steps"], _step, stages)
    _reachable(said["moves"], stages, moves)
    return Edition(
        name=said["edition"].text(),
        title=_bilingual(said["title"]),
        in_force_from=said["in_force_from"].day(),
        capabilities={kind: frozenset(_names(one)) for kind, one in said["capabilities"].map().items()},
        stages=stages,
        moves=moves,
        steps=steps,
        rules=tuple(_by_id(said["rules"], _rule, steps).values()),
        duties=tuple(_by_id(said["obligations"], _duty, stages, steps).values()),
    )


def _reachable(spot: Spot, stages: Mapping[str, Text], moves: Mapping[str, Move]) -> None:
    """Refuse a stage that no move leads to, and a stage that no move leaves."""
    reached = {move.to for move in moves.values()}
    left = {stage for move in moves.values() for stage in move.from_ if move.to not in ("same", stage)}
    for stage in stages:
        if stage not in reached:
            raise spot.wrong(f"no move leads to the stage {stage!r}")
        if stage not in left:
            raise spot.wrong(f"the stage {stage!r} is a dead end: no move leaves it")


def read_policy(file: str, text: str, edition: Edition) -> Policy:
    """Read a school's policy: what it adds to the national edition."""
    allowed = ("policy", "title", "cultivation_basis", "rules", "obligations")
    said = read_spot(file, text).map(allowed, ("policy", "title"))
    bases = ("later-of-decision-and-filing", "decision", "filing")
    rules = _by_id(said["rules"], _rule, edition.steps) if "rules" in said else {}
    duties = _by_id(said["obligations"], _duty, edition.stages, edition.steps) if "obligations" in said else {}
    basis = said["cultivation_basis"].one_of(bases, "a basis") if "cultivation_basis" in said else bases[0]
    return Policy(
        said["policy"].text(), _bilingual(said["title"]), basis, tuple(rules.values()), tuple(duties.values())
    )


def read_workdays(file: str, text: str) -> Workdays:
    """Read the table of working days: for each year the weekdays off and the weekend days worked."""
    off: dict[int, frozenset[date]] = {}
    worked: dict[int, frozenset[date]] = {}
    for year, spot in read_spot(file, text).map().items():
        said = spot.map(("off", "worked"), ("off", "worked"))
        off[int(year)] = frozenset(one.day() for one in said["off"].list())
        worked[int(year)] = frozenset(one.day() for one in said["worked"].list())
    return Workdays(off, worked)


def read_rulebooks(editions: Mapping[str, str], policy: tuple[str, str] | None, workdays: tuple[str, str]) -> Rulebooks:
    """Read the whole set from file names and texts; its digest changes with any byte of it."""
    read = sorted((read_edition(name, text) for name, text in editions.items()), key=lambda one: one.in_force_from)
    if not read:
        message = "at least one edition is needed"
        raise RulebookError(message)
    files = [*sorted(editions.items()), *([policy] if policy else []), workdays]
    digest = sha256("\0".join(f"{name}\0{text}" for name, text in files).encode()).hexdigest()
    school = read_policy(*policy, read[-1]) if policy else Policy()
    return Rulebooks(tuple(read), school, read_workdays(*workdays), digest)
