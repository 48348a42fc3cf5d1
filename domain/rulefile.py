"""Reads rulebook files: YAML in, typed rules out; whatever is wrong is told with file, line and what is allowed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256

from domain.calendar import Workdays
from domain.policyfile import read_policy
from domain.rulebook import Edition, Move, Policy, Rulebooks
from domain.rulelines import (
    ENDINGS,
    by_id,
    read_capabilities,
    read_duty,
    read_move,
    read_rule,
    read_step,
    words_of,
)
from domain.rulewords import bilingual
from domain.spot import RulebookError, Spot, read_spot


def read_edition(file: str, text: str) -> Edition:
    """Read one edition. Raises RulebookError with file, line and what is allowed."""
    parts = ("edition", "title", "in_force_from", "capabilities", "stages", "moves", "steps", "rules", "obligations")
    said = read_spot(file, text).map(parts, parts)
    stages = {name: bilingual(one) for name, one in said["stages"].map().items()}
    moves = by_id(said["moves"], lambda one: read_move(one, stages))
    steps = by_id(said["steps"], lambda one: read_step(one, stages))
    capabilities = read_capabilities(said["capabilities"])
    _reachable(said["stages"], moves)
    return Edition(
        name=said["edition"].text(),
        title=bilingual(said["title"]),
        in_force_from=said["in_force_from"].day(),
        capabilities=capabilities,
        stages=stages,
        moves=moves,
        steps=steps,
        rules=tuple(by_id(said["rules"], lambda one: read_rule(one, steps, words_of(capabilities))).values()),
        duties=tuple(by_id(said["obligations"], lambda one: read_duty(one, stages, steps)).values()),
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
    digest = digest_of(editions, policy, workdays)
    school = read_policy(*policy, read) if policy else Policy()
    bare = tuple(replace(one, policy_binds=False) for one in read) if school.in_force_from else ()
    return Rulebooks(tuple(map(school.tightened, read)), school, read_workdays(*workdays), digest, bare)


def digest_of(editions: Mapping[str, str], policy: tuple[str, str] | None, workdays: tuple[str, str]) -> str:
    """The hex SHA-256 that names a set: of the names and texts of its files, parted by NUL, editions first."""
    files = [*sorted(editions.items()), *([policy] if policy else []), workdays]
    return sha256("\0".join(f"{name}\0{text}" for name, text in files).encode()).hexdigest()
