"""Where a path stands, as one digest: written with every decision, and made again by whoever replays it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from domain.facts import Fact, Transition
from domain.judge import judge
from domain.judgement import Judgement
from domain.path import Path
from domain.rulebook import Rulebooks

STATED = ("cultivation-start", "probation-start", "probation-end", "standing-from")
"""The days that belong to a state: a name is never added, or every digest written before would no longer be made."""


def state_digest(known: Judgement) -> str:
    """The hex SHA-256 of where a path stands: stage, outcome, home, what is pending, the days that follow, steps done.

    It is taken of a judgement with its steps, on the day of a decision, and written with that decision. Code or rules
    that would later read the same facts otherwise make another digest. No sealed value has any part in it.
    """
    state = {
        "stage": known.stage,
        "outcome": known.outcome,
        "home_unit": known.home_unit,
        "pending": known.pending,
        "moments": {name: known.moments[name].isoformat() for name in STATED if name in known.moments},
        "done": {step.id: step.done_on.isoformat() for step in known.steps if step.done_on},
    }
    return sha256(json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def stated(rulebooks: Rulebooks, before: Sequence[Fact], decision: Fact) -> str:
    """The digest of where a path stands once a decision is made, on the day of the decision."""
    return state_digest(judge(rulebooks, [*before, decision], decision.effective_on, find=False))


def with_state(rulebooks: Rulebooks, before: Sequence[Fact], fact: Fact) -> Fact:
    """The fact as it goes into the log: a decision about a path says where it leaves the path, and by which rules."""
    if not isinstance(fact, Transition) or fact.SUBJECT != Path.NAME:
        return fact
    changed: Callable[..., Fact] = replace
    return changed(fact, state_digest=stated(rulebooks, before, fact), rulebooks_digest=rulebooks.digest)
