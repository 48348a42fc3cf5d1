"""Facts as they read with every correction in its place: what `judge` sees of a path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.facts.base import Fact
from domain.facts.correcting import Correction, FactCorrected, FactRetracted


@dataclass(frozen=True, slots=True)
class Mark:
    """What later entries say of one: the values that took the place of its own, and by which versions.

    `retracted_by` is the version of the entry that says it never happened; 0 where none does.
    """

    says: Mapping[str, Any] = field(default_factory=dict)
    corrected_by: tuple[int, ...] = ()
    retracted_by: int = 0


def marks(facts: Sequence[Fact]) -> Mapping[int, Mark]:
    """What corrections say, by the version of the entry they are about; entries that nothing is said of are left out."""
    corrections = [fact for fact in facts if isinstance(fact, Correction)]
    found: dict[int, Mark] = {}
    # From the last to the first: what was retracted has no effect, and of two values for a field the later counts.
    for one in sorted(corrections, key=lambda fact: -fact.originator_version):
        if (mark := found.get(one.originator_version)) and mark.retracted_by:
            continue
        version = one.originator_version
        if isinstance(one, FactRetracted):
            found[one.retracts] = replace(found.get(one.retracts, Mark()), retracted_by=version)
        elif isinstance(one, FactCorrected):
            mark = found.get(one.corrects, Mark())
            says = {**one.says, **mark.says}
            found[one.corrects] = replace(mark, says=says, corrected_by=(version, *mark.corrected_by))
    return found


def as_corrected(facts: Sequence[Fact]) -> Sequence[Fact]:
    """The facts with every correction applied, each at its version and moment; what was retracted is left out.

    The corrections themselves stay among them. A fact that counts from another day keeps its place in the list.
    """
    if not any(isinstance(fact, Correction) for fact in facts):
        return facts
    found = marks(facts)
    read = ((fact, found.get(fact.originator_version, Mark())) for fact in facts)
    return [corrected(fact, mark.says) for fact, mark in read if not mark.retracted_by]


def corrected(fact: Fact, says: Mapping[str, Any]) -> Fact:
    """The fact with these values in place of its own."""
    changed: Callable[..., Fact] = replace
    return changed(fact, **says) if says else fact
