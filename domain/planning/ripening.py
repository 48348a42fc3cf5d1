"""Who ripens when: the first days on which paths can reach their next stages, counted by month."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.calendar import add_months
from domain.facts.base import Fact
from domain.planning.answer import Because
from domain.planning.walking import Walk, walk
from domain.rulebook import Rulebooks
from domain.units import UnitState


@dataclass(frozen=True, slots=True)
class Ripe:
    """A stage that a path can reach, and the first day on which it can; why not before.

    With `exception`, it takes a favour of the superior committee that nobody can count on.
    """

    path_id: UUID
    unit: str
    stage: str
    on: date
    because: Because
    provisional: bool
    exception: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, with how many paths can first reach each stage in it."""

    month: str
    counts: Mapping[str, int]


def horizon(day: date, months: int) -> date:
    """The last day of so many calendar months, that of `day` being the first."""
    return add_months(day.replace(day=1), months) - timedelta(days=1)


def ripening(
    rulebooks: Rulebooks, facts: Sequence[Fact], day: date, upto: date, *, line: Sequence[UnitState] = ()
) -> Sequence[Ripe]:
    """The stages that a path can reach from a day on, up to another, when nothing is put off."""
    found = walk(rulebooks, facts, day, assumed={}, line=line, upto=upto)
    return [
        Ripe(
            path_id=facts[0].originator_id,
            unit=found.known.home_unit,
            stage=stage,
            on=placed.day,
            because=_because(found, stage),
            provisional=any(one.provisional for one in found.search.placed if one.day <= placed.day),
            exception=any(one.exception for one in found.search.placed if one.day <= placed.day),
        )
        for stage, placed in found.reached.items()
        if placed.day <= upto
    ]


def by_month(ripe: Iterable[Ripe], day: date, months: int, stages: Sequence[str]) -> Sequence[Month]:
    """Count what ripens in each calendar month from that of `day` on."""
    counted = Counter((f"{one.on:%Y-%m}", one.stage) for one in ripe)
    names = [f"{add_months(day.replace(day=1), n):%Y-%m}" for n in range(months)]
    return [Month(name, {stage: counted[name, stage] for stage in stages}) for name in names]


def _because(found: Walk, stage: str) -> Because:
    """The last rule that keeps the path waiting before the stage is reached."""
    reached = found.reached[stage]
    before = [one for one in found.search.placed if one.duty is None and one.day <= reached.day]
    ruled = [one.because for one in before if one.because.kind == "rule" and not one.because.waits_for]
    return ruled[-1] if ruled else reached.because
