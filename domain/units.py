"""A unit as its facts tell: its kind, its place in the tree, and whether it holds approval authority on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.facts import Fact
from domain.facts.units import UnitEstablished
from domain.reading import in_order


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a unit is on a day."""

    id: str
    kind: str
    name: str
    name_en: str
    superior: str | None
    authority: bool
    committee: bool | None
    """Whether a committee decides for a branch; None where nobody has said."""

    dissolved_on: date | None = None


def unit_on(facts: Sequence[Fact], day: date) -> UnitState | None:
    """Tell what a unit is on a day; None for one without an opening fact."""
    established = next((fact for fact in facts if isinstance(fact, UnitEstablished)), None)
    if established is None:
        return None
    authority, committee, dissolved_on = established.approves, established.has_committee, None
    for fact in in_order(facts):
        if fact.effective_on <= day and fact.TOPIC in ("approval-authority-granted", "approval-authority-withdrawn"):
            authority = fact.TOPIC == "approval-authority-granted"
        if fact.effective_on <= day and fact.TOPIC in ("branch-committee-elected", "branch-committee-ended"):
            committee = fact.TOPIC == "branch-committee-elected"
        if fact.TOPIC == "unit-dissolved":
            dissolved_on = fact.effective_on
    return UnitState(
        id=established.unit_id,
        kind=established.unit_kind,
        name=established.name,
        name_en=established.name_en,
        superior=established.superior,
        authority=authority,
        committee=committee,
        dissolved_on=dissolved_on,
    )
