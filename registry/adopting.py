"""Adopting a set of rulebooks: the university's committee decides, and the set stands in the log with its whole text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from domain.calendar import civil_day
from domain.facts.units import RulebookAdopted
from domain.receipt import Outcome
from domain.rulebook import Rulebooks
from domain.spot import RulebookError
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.record import record
from registry.rulebooks import Texts, unpacked
from registry.shape import WrongShape

COMMITTEE = "university-committee"
"""The kind of unit that adopts."""

SETS_KEPT = 16
"""How many sets a process keeps as it has read them: reading one takes as long as judging some hundred paths."""


@dataclass(frozen=True, slots=True)
class Adopting:
    """What is adopted by whom: the book that is new, from which day on, why, and who agreed as a second person."""

    name: str
    in_force_from: date | None
    reason: str
    approved_by: str
    actor: str
    capacity: str
    key: str


async def adopt(desk: Desk, unit_id: str, texts: Texts, asked: Adopting, now: datetime) -> Outcome:
    """Record that a committee adopts the set that this process works with.

    It is in force from the day that its file names; a policy that names none is adopted from today. Raises WrongShape for
    a unit that does not adopt, a set that is not this one, a name that is not in it, a day that its file does not name, a
    second person who is the first.
    """
    today = civil_day(now)
    unit = await desk.unit(unit_id, today, now)
    if unit is None or unit.kind != COMMITTEE:
        raise WrongShape([("by_unit", f"a {COMMITTEE} adopts rulebooks, and {unit_id!r} is none")])
    if texts.digest != desk.rulebooks.digest:
        raise WrongShape([("name", "the files have changed since this process has read them; start it anew first")])
    named = _days_named(desk.rulebooks)
    if asked.name not in named:
        raise WrongShape([("name", f"{asked.name!r} is not in this set; there are {', '.join(named)}")])
    day = named[asked.name]
    if asked.in_force_from not in (None, day or today):
        expected = f"the file of {asked.name!r} names {day or 'no day'}, and that is what binds: change it there"
        raise WrongShape([("in_force_from", expected)])
    if not asked.reason.strip():
        raise WrongShape([("reason", "say why it is adopted")])
    if asked.approved_by in ("", asked.actor):
        raise WrongShape([("approved_by", "name the second person who agreed; nobody agrees with themselves")])
    said = {
        "effective_on": today,
        "by_unit": unit_id,
        "name": asked.name,
        "digest": desk.rulebooks.digest,
        "in_force_from": day or today,
        "files": texts.packed(),
        "reason": asked.reason,
        "approved_by": asked.approved_by,
    }
    question = asking(
        desk,
        unit_stream(unit_id),
        RulebookAdopted.TOPIC,
        said,
        actor=asked.actor,
        capacity=asked.capacity,
        key=asked.key,
    )
    return await record(desk, question, now)


def _days_named(books: Rulebooks) -> dict[str, date | None]:
    """The day from which each book of a set is in force, as its file says; a policy may name none."""
    return {one.name: one.in_force_from for one in books.editions} | {books.policy.name: books.policy.in_force_from}


async def adoptions(desk: Desk, unit_ids: Sequence[str]) -> list[RulebookAdopted]:
    """All adoptions by these units, in the order of their recording."""
    found: list[RulebookAdopted] = []
    for unit_id in unit_ids:
        facts = (await desk.load(unit_stream(unit_id))).facts
        found += [fact for fact in facts if isinstance(fact, RulebookAdopted)]
    return sorted(found, key=lambda fact: fact.timestamp)


def adopted(found: Sequence[RulebookAdopted], digest: str) -> RulebookAdopted | None:
    """The last adoption of the very set that a digest names, or begins to name; None if it was never adopted."""
    return next((one for one in reversed(found) if digest and one.digest.startswith(digest)), None)


def texts_of(fact: RulebookAdopted) -> Texts:
    """The set that was adopted, as its files said it. Raises RulebookError when it is not what the digest names."""
    texts = unpacked(fact.files)
    if texts.digest != fact.digest:
        raise RulebookError(f"the files in this entry are not the set {fact.digest}")
    return texts


def sets_of(found: Sequence[RulebookAdopted]) -> Mapping[str, Rulebooks]:
    """The sets that were ever adopted, by their digests: what was decided under one is judged again under it."""
    return {one.digest: _read(one.files) for one in found}


@lru_cache(SETS_KEPT)
def _read(files: tuple[str, ...]) -> Rulebooks:
    return unpacked(files).read()
