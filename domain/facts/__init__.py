"""All facts, grouped by stage. Importing this package makes every kind known by its topic."""

from domain.facts import (
    admission,
    application,
    auditing,
    correcting,
    cultivation,
    defects,
    movement,
    personal,
    probation,
    reminding,
    repairing,
    target,
    terms,
    units,
)
from domain.facts.base import KINDS, Fact, Mode, Opening, Sealed, Transition, required, said

__all__ = [
    "KINDS",
    "Fact",
    "Mode",
    "Opening",
    "Sealed",
    "Transition",
    "admission",
    "application",
    "auditing",
    "correcting",
    "cultivation",
    "defects",
    "movement",
    "personal",
    "probation",
    "reminding",
    "repairing",
    "required",
    "said",
    "target",
    "terms",
    "units",
]
