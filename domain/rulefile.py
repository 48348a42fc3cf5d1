"""Reads rulebook files: YAML in, typed rules out; whatever is wrong is told with file, line and what is allowed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, cast, get_args

from domain.calendar import Workdays
from domain.checks import CHECKS
from domain.facts import KINDS, Transition
from domain.facts.units import UnitKind
from domain.judgement import Confidence, Severity
from domain.rulebook import Duty, Edition, Move, Policy, Rule, Rulebooks, Step, Text
from domain.rulewords import anchor, bilingual, check, conditions, field_of, kind, names, period, ref, role
from domain.spot import RulebookError, Spot, read_spot

BASES = ("later-of-decision-and-filing", "decision", "filing")
"""From which day a school counts the year of cultivation."""

ENDINGS = ("completed", "cancelled", "removed", "not-recognised", "withdrawn", "closed")
"""How a path can end; every stage must lead on to the first."""


def _confidence(said: Mapping[str, Spot]) -> Confidence:
    if "confidence" not in said:
        return "sure"
    return cast("Confidence", said["confidence"].one_of(get_args(Confidence), "a confidence"))


def _sources(spot: Spot) -> tuple[str, ...]:
    found = names(spot)
    if not found:
        raise spot.wrong(
            "a rule without a source is nobody's rule; name an article, the flow chart (FC) or who says so"
        )
    return found


def _flag(said: Mapping[str, Spot], name: str) -> bool:
    return name in said and said[name].flag()


def _refs(said: Mapping[str, Spot], name: str) -> tuple[Any, ...]:
    return tuple(ref(one) for one in said[name].list()) if name in said else ()


def _rule(spot: Spot, steps: Mapping[str, Step], words: Sequence[str]) -> Rule:
    allowed = ("id", "step", "on", "severity", "source", "confidence", "text", "where", *CHECKS)
    said = spot.map(allowed, ("id", "step", "on", "severity", "source", "text"))
    verbs = [name for name in said if name in CHECKS]
    if len(verbs) != 1:
        raise spot.wrong(f"a rule uses exactly one check; here: {', '.join(verbs) or 'none'}")
    on = tuple(one.one_of(["any", *KINDS], "a kind of fact") for one in said["on"].list())
    topics = tuple(topic for topic in on if topic != "any")
    return Rule(
        id=said["id"].text(),
        step=said["step"].one_of(["all", *steps], "a step"),
        on=on,
        check=check(verbs[0], said[verbs[0]], topics, words),
        severity=cast("Severity", said["severity"].one_of(get_args(Severity), "a severity")),
        sources=_sources(said["source"]),
        text=bilingual(said["text"]),
        confidence=_confidence(said),
        where=conditions(said.get("where"), topics),
    )


def _step(spot: Spot, stages: Mapping[str, Text]) -> Step:
    must = ("id", "stage", "title", "acts", "done_by")
    said = spot.map((*must, "with", "repeats", "optional"), must)
    return Step(
        id=said["id"].text(),
        stage=said["stage"].one_of(stages, "a stage"),
        title=bilingual(said["title"]),
        acts=role(said["acts"]),
        done_by=_refs(said, "done_by"),
        with_=tuple(kind(one) for one in said["with"].list()) if "with" in said else (),
        repeats=_flag(said, "repeats"),
        optional=_flag(said, "optional"),
    )


def _move(spot: Spot, stages: Mapping[str, Text]) -> Move:
    said = spot.map(("fact", "from", "to", "closes", "pending", "decides"), ("fact", "from"))
    topic = kind(said["fact"])
    if not issubclass(KINDS[topic], Transition):
        raise said["fact"].wrong(f"{topic!r} is not a transition, so it cannot move a path")
    if ("to" in said) == ("closes" in said):
        raise spot.wrong("a move has either `to` or `closes`")
    return Move(
        fact=topic,
        from_=tuple(one.one_of(["none", *stages], "a stage") for one in said["from"].list()),
        to=said["to"].one_of(["same", *stages], "a stage") if "to" in said else "",
        closes=said["closes"].one_of(ENDINGS, "an ending") if "closes" in said else "",
        pending=_flag(said, "pending"),
        decides=ref(said["decides"]) if "decides" in said else None,
    )


def _ladder(spot: Spot) -> tuple[int, ...]:
    remind = tuple(one.whole() for one in spot.list())
    if not remind:
        raise spot.wrong("an obligation without a reminder ladder is never told to anybody")
    if list(remind) != sorted(set(remind)):
        raise spot.wrong("the rungs of a ladder rise, each day once")
    return remind


def _duty(spot: Spot, stages: Mapping[str, Text], steps: Mapping[str, Step]) -> Duty:
    must = ("id", "step", "owed_by", "since", "due", "until", "stages", "text", "source", "remind")
    said = spot.map((*must, "escalate", "recurs", "tells", "extended_by", "ends", "confidence"), must)
    due = said["due"].map(("years", "months", "days", "workdays", "after"))
    extended_by = kind(said["extended_by"]) if "extended_by" in said else ""
    if extended_by:
        field_of(said["extended_by"], extended_by, "until")
    return Duty(
        id=said["id"].text(),
        step=said["step"].one_of(steps, "a step"),
        owed_by=role(said["owed_by"]),
        since=anchor(said["since"]),
        due=period(said["due"], "workdays", "after"),
        until=_refs(said, "until"),
        stages=tuple(one.one_of(stages, "a stage") for one in said["stages"].list()),
        text=bilingual(said["text"]),
        sources=_sources(said["source"]),
        remind=_ladder(said["remind"]),
        escalate=tuple(role(one) for one in said["escalate"].list()) if "escalate" in said else (),
        recurs=_flag(said, "recurs"),
        tells=_flag(said, "tells"),
        due_from=anchor(due["after"]) if "after" in due else None,
        due_workdays=due["workdays"].whole() if "workdays" in due else 0,
        extended_by=extended_by,
        ends=_refs(said, "ends"),
        confidence=_confidence(said),
    )


def _by_id(spot: Spot, read: Callable[[Spot], Any], taken: Iterable[str] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in spot.list():
        made = read(one)
        name = getattr(made, "id", None) or made.fact
        if name in found or name in taken:
            raise one.wrong(f"{name!r} is given twice")
        found[name] = made
    return found


def _capabilities(spot: Spot) -> dict[str, frozenset[str]]:
    kinds = get_args(UnitKind)
    return {name: frozenset(names(one)) for name, one in spot.map(kinds, kinds).items()}


def _words(capabilities: Mapping[str, frozenset[str]]) -> list[str]:
    """All that any unit may do, with and without authority."""
    return sorted({word.removesuffix("-if-authorised") for words in capabilities.values() for word in words})


def read_edition(file: str, text: str) -> Edition:
    """Read one edition. Raises RulebookError with file, line and what is allowed."""
    parts = ("edition", "title", "in_force_from", "capabilities", "stages", "moves", "steps", "rules", "obligations")
    said = read_spot(file, text).map(parts, parts)
    stages = {name: bilingual(one) for name, one in said["stages"].map().items()}
    moves = _by_id(said["moves"], lambda one: _move(one, stages))
    steps = _by_id(said["steps"], lambda one: _step(one, stages))
    capabilities = _capabilities(said["capabilities"])
    _reachable(said["stages"], moves)
    return Edition(
        name=said["edition"].text(),
        title=bilingual(said["title"]),
        in_force_from=said["in_force_from"].day(),
        capabilities=capabilities,
        stages=stages,
        moves=moves,
        steps=steps,
        rules=tuple(_by_id(said["rules"], lambda one: _rule(one, steps, _words(capabilities))).values()),
        duties=tuple(_by_id(said["obligations"], lambda one: _duty(one, stages, steps)).values()),
    )


def _reachable(spot: Spot, moves: Mapping[str, Move]) -> None:
    """Refuse a stage that cannot be reached from the opening, and one from which no path is ever completed."""
    steps = {(start, move.to) for move in moves.values() for start in move.from_ if move.to not in ("same", "")}
    reached = _closure({"none"}, steps)
    completing = {start for move in moves.values() if move.closes == ENDINGS[0] for start in move.from_}
    onward = _closure(completing, {(to, start) for start, to in steps})
    for stage, one in spot.map().items():
        if stage not in reached:
            raise one.wrong(f"no move leads to the stage {stage!r}")
        if stage not in onward:
            raise one.wrong(f"the stage {stage!r} is a dead end: no move leads on from it to `closes: {ENDINGS[0]}`")


def _closure(start: set[str], steps: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    while start - found:
        found |= start
        start = {to for begin, to in steps if begin in found}
    return found


def read_policy(file: str, text: str, edition: Edition) -> Policy:
    """Read a school's policy: what it adds to the national edition."""
    allowed = ("policy", "title", "cultivation_basis", "rules", "obligations")
    said = read_spot(file, text).map(allowed, ("policy", "title"))
    words = _words(edition.capabilities)
    rules: dict[str, Rule] = {}
    duties: dict[str, Duty] = {}
    if "rules" in said:
        taken = [rule.id for rule in edition.rules]
        rules = _by_id(said["rules"], lambda one: _rule(one, edition.steps, words), taken)
    if "obligations" in said:
        owed = [duty.id for duty in edition.duties]
        duties = _by_id(said["obligations"], lambda one: _duty(one, edition.stages, edition.steps), owed)
    basis = said["cultivation_basis"].one_of(BASES, "a basis") if "cultivation_basis" in said else BASES[0]
    return Policy(said["policy"].text(), bilingual(said["title"]), basis, tuple(rules.values()), tuple(duties.values()))


def read_workdays(file: str, text: str) -> Workdays:
    """Read the table of working days: for each year the weekdays off and the weekend days worked."""
    off: dict[int, frozenset[date]] = {}
    worked: dict[int, frozenset[date]] = {}
    for name, spot in read_spot(file, text).map().items():
        said = spot.map(("off", "worked"), ("off", "worked"))
        year = spot.year(name)
        off[year] = frozenset(one.day(year) for one in said["off"].list())
        worked[year] = frozenset(one.day(year) for one in said["worked"].list())
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
