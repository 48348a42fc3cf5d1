"""From what an author says to a fact that could stand in the log."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from domain.calendar import civil_day
from domain.facts import Fact, Opening
from domain.facts.application import ApplicationSubmitted
from domain.receipt import Asked
from domain.units import UnitState
from registry.desk import Desk
from registry.shape import WrongShape, fit, kind_of, plain, sealed_fields


def asking(
    desk: Desk,
    stream_id: UUID,
    topic: str,
    values: Mapping[str, Any],
    *,
    actor: str,
    capacity: str,
    key: str,
    mode: Literal["authorise", "record"] = "authorise",
    version: int | None = None,
    source: str | None = None,
) -> Asked:
    """Put a question in its one form. Raises UnknownFact, WrongShape."""
    said = plain(topic, values)
    whole = {"stream": str(stream_id), "topic": topic, "said": said, "mode": mode, "actor": actor, "source": source}
    return Asked(
        path_id=stream_id,
        topic=topic,
        said=said,
        key=f"{actor}:{key}",
        request=desk.vault.request(whole),
        actor=actor,
        capacity=capacity,
        mode=mode,
        version=version,
        source=source,
    )


def path_of(person_id: UUID, attempt: int) -> UUID:
    """The id of a person's n-th path: a second opening for the same person meets the first one."""
    return uuid5(person_id, f"path/{attempt}")


async def draft(desk: Desk, asked: Asked, version: int, now: datetime) -> Fact:
    """Make the fact that would stand at a version of its stream. Raises UnknownFact, WrongShape."""
    kind = kind_of(asked.topic)
    values = fit(asked.topic, asked.said)
    _days(values, civil_day(now))
    if issubclass(kind, ApplicationSubmitted):
        values["person_id"] = desk.vault.person(values["student_no"])
    for name, group in sealed_fields(kind).items():
        values[name] = desk.vault.seal(asked.path_id, group, values[name])
    values |= await _stamps(desk, values, now)
    values |= {"recorded_by": asked.actor, "capacity": asked.capacity, "mode": asked.mode, "source": asked.source}
    if issubclass(kind, Opening):
        values["originator_topic"] = kind.SUBJECT
    return kind(originator_id=asked.path_id, originator_version=version, timestamp=now, **values)


def _days(values: Mapping[str, Any], today: date) -> None:
    day: date = values["effective_on"]
    if day > today:
        raise WrongShape([("effective_on", f"a fact cannot count from a day to come; today is {today}")])
    born = values.get("born_on")
    if born is not None and born > day:
        raise WrongShape([("effective_on", f"the person was born later, on {born}")])


async def _stamps(desk: Desk, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the acting unit was on the day, to stand beside the fact; and that units named do exist."""
    day = values["effective_on"]
    units: dict[str, UnitState] = {}
    for name in ("by_unit", "home_unit"):
        unit_id = values.get(name)
        if not unit_id:
            continue
        unit = await desk.unit(unit_id, day, now)
        if unit is None:
            raise WrongShape([(name, f"there is no unit {unit_id!r}; GET /v1/units lists them")])
        if unit.dissolved_on and unit.dissolved_on <= day:
            raise WrongShape([(name, f"the unit {unit_id!r} was dissolved on {unit.dissolved_on}")])
        units[name] = unit
    acting = units.get("by_unit")
    return {"by_kind": acting.kind, "by_authority": acting.authority} if acting else {}
