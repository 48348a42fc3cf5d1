"""What in a fact tells of a person, and what the facts of a path say about its person's data: restricted, shredded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.facts.base import Fact
from domain.facts.personal import (
    PersonRestricted,
    PersonShredded,
    RestrictionLifted,
    ShreddingRequested,
    ShreddingWithdrawn,
)

SEALED: Mapping[str, Mapping[str, str]] = {
    "path": {
        "name": "identity",
        "student_no": "identity",
        "serial_no": "identity",
        "held_by": "contact",
        "contact_id": "contact",
        "introducers": "contact",
        "introducer_id": "contact",
        "custodian": "text",
        "reason": "text",
    },
    "unit": {"number": "contact", "reason": "text"},
    "term": {"reason": "text"},
    "recipient": {"number": "contact", "name": "contact", "address": "contact", "reason": "text"},
}
"""Fields that stand sealed in the log, with the group of their key, by what the facts are about.

*identity* and *text* (all that is free to be written) are under keys of the path itself; *contact* names somebody else
and is under a key of that person; what a recipient's own facts say is under keys of theirs. No rule asks what a sealed field says: of a contact it may ask whether two facts name
the same one, which their seals tell, and of a text whether there is one.
"""


@dataclass(frozen=True, slots=True)
class PersonalState:
    """How the data of a path's person stand: `request` is the version of the request that waits for its day."""

    restricted: bool = False
    request: int = 0
    basis: str = ""
    not_before: date | None = None
    shredded: bool = False


def personal_state(facts: Sequence[Fact]) -> PersonalState:
    """Read from the facts of a path, in the order of their recording, how its person's data stand."""
    state = PersonalState()
    for fact in facts:
        match fact:
            case PersonRestricted():
                state = replace(state, restricted=True)
            case RestrictionLifted():
                state = replace(state, restricted=False)
            case ShreddingRequested():
                state = replace(state, request=fact.originator_version, basis=fact.basis, not_before=fact.not_before)
            case ShreddingWithdrawn():
                state = replace(state, request=0, basis="", not_before=None)
            case PersonShredded():
                state = PersonalState(restricted=True, shredded=True, basis=fact.basis)
    return state
