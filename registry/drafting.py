"""From what an author says to a fact that could stand in the log."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from domain.addresses import address
from domain.calendar import civil_day
from domain.facts import Fact, Opening
from domain.facts.application import ApplicationSubmitted
from domain.facts.correcting import Correction, FactCorrected
from domain.facts.personal import OtherShreddingRequested, ShreddingRequested
from domain.facts.recipients import AddressGiven, ChannelName
from domain.facts.units import UnitEstablished
from domain.receipt import Asked
from domain.units import PLACES, UnitState
from registry.correction import target_of, whole
from registry.desk import Desk
from registry.retention import RETENTION
from registry.sealing import opened_value, sealed_value
from registry.shape import WrongShape, fit, kind_of, plain, sealed_fields, stand_in


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
    if topic == AddressGiven.TOPIC:
        said |= {"address": _address(said["channel"], said["address"])}
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


def _address(channel: ChannelName, text: str) -> str:
    """Look at an address as long as it can be read: from here on it is sealed. Raises WrongShape."""
    try:
        return address(channel, text)
    except ValueError as error:
        raise WrongShape([("address", f"{error} is expected; {text[:60]!r} is none")]) from None


def path_of(person_id: UUID, attempt: int) -> UUID:
    """The id of a person's n-th path: a second opening for the same person meets the first one."""
    return uuid5(person_id, f"path/{attempt}")


async def draft(desk: Desk, asked: Asked, version: int, now: datetime, before: Sequence[Fact]) -> Fact:
    """Make the fact that would stand at a version of its stream. Raises UnknownFact, WrongShape.

    `before` are the facts of the stream so far; only a correction looks at them.
    """
    kind = kind_of(asked.topic)
    hidden = _hidden(asked)
    values = fit(asked.topic, {**asked.said, **{name: stand_in(value) for name, value in hidden.items()}})
    values |= {name: value if isinstance(value, str) else tuple(value) for name, value in hidden.items()}
    _days(values, civil_day(now))
    if issubclass(kind, Correction):
        target = target_of(kind, values, before, asked.actor)
        if issubclass(kind, FactCorrected):
            values["says"] = await _right(desk, asked, target, values, now)
    if issubclass(kind, ApplicationSubmitted):
        values["person_id"] = asked.person_id or desk.vault.person(values["student_no"])
    if issubclass(kind, ShreddingRequested | OtherShreddingRequested):
        values["not_before"] = civil_day(now) + timedelta(days=RETENTION.cooling_days)
    if issubclass(kind, UnitEstablished):
        await _refuse_below_place(desk, values, now)
    values |= await _stamps(desk, values, now)
    values |= {"recorded_by": asked.actor, "capacity": asked.capacity, "mode": asked.mode, "source": asked.source}
    if issubclass(kind, Opening):
        values["originator_topic"] = kind.SUBJECT
    return kind(originator_id=asked.path_id, originator_version=version, timestamp=now, **values)


async def _right(desk: Desk, asked: Asked, target: Fact, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The new values of an entry's fields as they stand in the log, with the stamps that follow from them."""
    says, second = values["says"], values["approved_by"]
    typed = whole(target, says)
    _days(typed, civil_day(now))
    right: dict[str, Any] = {}
    for name in says:
        sealed = sealed_fields(type(target)).get(name)
        old = getattr(target, name)
        if not sealed or typed[name] is None:
            if typed[name] != old:
                right[name] = typed[name]
        elif typed[name] != await opened_value(desk.vault, asked.path_id, old):
            right[name] = await sealed_value(desk.vault, type(target), asked.path_id, sealed, typed[name])
    if not right:
        raise WrongShape(
            [("says", f"version {target.originator_version} says so already: there is nothing to correct")]
        )
    if right.keys() & {"effective_on", "by_unit", "home_unit"}:
        stamps = await _stamps(desk, typed, now)
        right |= {name: value for name, value in stamps.items() if value != getattr(target, name)}
    if "effective_on" in right and not target.approved_by:
        right.setdefault("approved_by", second)  # an earlier day makes it a late entry, which somebody has approved now
    return right


def _hidden(asked: Asked) -> Mapping[str, Any]:
    """What is sealed of a question: longer than what was said, and of no shape that could be checked."""
    if not asked.sealed:
        return {}
    return {name: asked.said[name] for name in sealed_fields(kind_of(asked.topic)) if asked.said.get(name) is not None}


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
        if name == "home_unit" and unit.kind in PLACES:
            raise WrongShape([(name, f"{unit_id!r} is a {unit.kind}, no organisation of the Party: name a branch")])
        units[name] = unit
    acting = units.get("by_unit")
    if acting is None:
        return {}
    return {"by_kind": acting.kind, "by_authority": acting.authority, "by_committee": acting.committee}


async def _refuse_below_place(desk: Desk, values: Mapping[str, Any], now: datetime) -> None:
    """Raise WrongShape for an organisation of the Party that would stand below a dormitory, or another place."""
    above = await desk.unit(values["superior"], values["effective_on"], now) if values.get("superior") else None
    if above and above.kind in PLACES and values["unit_kind"] not in PLACES:
        said = f"{above.id!r} is a {above.kind}: an organisation of the Party stands below another organisation"
        raise WrongShape([("superior", said)])
