"""A story: facts of one path as they were recorded, with what is expected of the path on certain days.

Stories are the examples of the rulebooks. They are told again by the tests, by a rehearsal and by the demonstration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.facts import KINDS
from domain.facts.base import said
from domain.moments import MOMENTS
from domain.rulewords import bilingual, kind, names
from domain.spot import Spot, read_spot
from domain.words import Text

TOLD = ("day", "fact", "by_unit", "says")
UNIT_FIELDS = tuple(item.name for item in said(KINDS["unit-established"]))


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of a story: its kind, the day it counts, the acting unit, and its author's fields as JSON."""

    day: date
    topic: str
    by_unit: str | None
    says: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tried too early or without what it takes, and the rules that refused it. It is no fact."""

    told: Told
    refused_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How a path reads in the evening of a day; what is None or empty is not asked about.

    `owed` gives obligations with their due days, `met` obligations that are not owed; `earliest` and `latest` give
    days of steps.
    """

    day: date
    stage: str
    edition: str | None
    home_unit: str | None
    pending: str | None
    outcome: str | None
    owed: Mapping[str, date]
    met: Sequence[str]
    earliest: Mapping[str, date]
    latest: Mapping[str, date]
    moments: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Story:
    """A story with the units that take part in it, each as the fields of its establishment."""

    name: str
    title: Text
    units: Sequence[Mapping[str, Any]]
    facts: Sequence[Told]
    checkpoints: Sequence[Checkpoint]
    attempts: Sequence[Attempt] = ()


def read_story(file: str, text: str) -> Story:
    """Read a story. Raises RulebookError with file, line and what is allowed."""
    parts = ("story", "title", "units", "facts")
    found = read_spot(file, text).map((*parts, "checkpoints", "attempts"), parts)
    return Story(
        name=found["story"].text(),
        title=bilingual(found["title"]),
        units=tuple(_plain(one.map(UNIT_FIELDS)) for one in found["units"].list()),
        facts=tuple(_told(one) for one in found["facts"].list()),
        checkpoints=tuple(_checkpoint(one) for one in found["checkpoints"].list()) if "checkpoints" in found else (),
        attempts=tuple(_attempt(one) for one in found["attempts"].list()) if "attempts" in found else (),
    )


def _plain(spots: Mapping[str, Spot]) -> dict[str, Any]:
    """Fields as JSON has them: days as text."""
    values = {name: spot.value() for name, spot in spots.items()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _attempt(spot: Spot) -> Attempt:
    refused_by = spot.map((*TOLD, "refused_by"), ("refused_by",))["refused_by"]
    return Attempt(_told(spot, "refused_by"), names(refused_by))


def _told(spot: Spot, *more: str) -> Told:
    """Read a fact; `more` are keys that stand beside and are read elsewhere."""
    found = spot.map((*TOLD, *more), ("day", "fact"))
    topic = kind(found["fact"])
    allowed = [item.name for item in said(KINDS[topic])]
    return Told(
        day=found["day"].day(),
        topic=topic,
        by_unit=found["by_unit"].text() if "by_unit" in found else None,
        says=_plain(found["says"].map(allowed)) if "says" in found else {},
    )


def _checkpoint(spot: Spot) -> Checkpoint:
    words = ("edition", "home_unit", "pending", "outcome")
    found = spot.map(("day", "stage", *words, "owed", "met", "earliest", "latest", "moments"), ("day", "stage"))
    words_said = {word: found[word].text() if word in found else None for word in words}
    return Checkpoint(
        day=found["day"].day(),
        stage=found["stage"].text(),
        met=names(found.get("met")),
        edition=words_said["edition"],
        home_unit=words_said["home_unit"],
        pending=words_said["pending"],
        outcome=words_said["outcome"],
        owed=_days(found, "owed"),
        earliest=_days(found, "earliest"),
        latest=_days(found, "latest"),
        moments=_days(found, "moments", tuple(MOMENTS)),
    )


def _days(found: Mapping[str, Spot], name: str, allowed: tuple[str, ...] = ()) -> dict[str, date]:
    return {key: one.day() for key, one in found[name].map(allowed).items()} if name in found else {}
