"""How long data of persons are kept: the schedule as data, and from what day on the keys of a path may be destroyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from domain.calendar import Period
from domain.facts import Fact, Transition
from domain.judge import judge
from domain.personal import personal_state
from domain.reading import in_order
from domain.rulebook import Rulebooks


@dataclass(frozen=True, slots=True)
class Kept:
    """Paths that ended so are kept for so many years from the day of their end, or of the person's departure."""

    ended: frozenset[str]
    since_departure: bool
    years: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Retention:
    """The schedule, as `retention.yaml` says it."""

    cooling_days: int
    paths: Sequence[Kept]
    disputes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Due:
    """From what day on the data of a path need no longer be kept, and why."""

    ended: str
    since: date
    due_on: date
    zh: str
    en: str


@cache
def _read() -> Retention:
    text = files("registry").joinpath("retention.yaml").read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    kept = [
        Kept(frozenset(one["ended"]), one["from"] == "departure", one["years"], one["zh"], one["en"])
        for one in raw["paths"]
    ]
    return Retention(raw["cooling_days"], kept, {one["opened"]: one["closed"] for one in raw["disputes"]})


RETENTION = _read()


def disputed(facts: Sequence[Fact]) -> str:
    """The kind of the dispute that is open on a path; empty if there is none."""
    for opened, closed in RETENTION.disputes.items():
        count = sum((fact.TOPIC == opened) - (fact.TOPIC == closed) for fact in facts)
        if count > 0:
            return opened
    return ""


def due(rulebooks: Rulebooks, facts: Sequence[Fact], day: date) -> Due | None:
    """When the data of a path are due for destruction; None while it is open or disputed, or when they are gone."""
    known = judge(rulebooks, facts, day, find=False, steps=False)
    if not known.outcome or disputed(facts) or personal_state(facts).shredded:
        return None
    kept = next((one for one in RETENTION.paths if known.outcome in one.ended), RETENTION.paths[-1])
    ended_on = in_order(fact for fact in facts if isinstance(fact, Transition))[-1].effective_on
    leaves = [found for fact in in_order(facts) if (found := getattr(fact, "leaves_on", None))]
    since = max(ended_on, leaves[-1]) if kept.since_departure and leaves else ended_on
    return Due(known.outcome, since, Period(years=kept.years).after(since), kept.zh, kept.en)
