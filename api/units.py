"""Units: what there is, and facts about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import BASE, Json, answer, verdict
from api.clocks import Day
from api.house import AnyActor, House, InHouse, actor_of, house_of, refuse_unless_below, refuse_unless_role
from api.lists import WAIT_SECONDS
from api.problems import UnknownFact, UnknownUnit
from api.requests import json_object, mode_of, position_wanted, required_key, switch, version_seen, wrong
from api.rights import BY_ITSELF, ENTERS, OPENINGS, UNIT
from domain.units import UnitState
from registry.desk import unit_stream
from registry.drafting import asking
from registry.record import ask, record
from registry.shape import fit
from views.rows import UnitRow

ESTABLISHED = "unit-established"

router = APIRouter(prefix=BASE, tags=["units"])


@dataclass(frozen=True, slots=True)
class UnitShown:
    """A unit as it is on a day: its kind, its place in the tree, and whether it may approve."""

    id: str
    kind: str
    name: str
    name_en: str
    superior: str | None
    authority: bool
    dissolved_on: date | None
    line: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnitList:
    """Units as the views know them; `stale` as in the list of paths."""

    items: Sequence[UnitRow]
    position: int
    stale: bool


@router.get("/units", response_model=UnitList, operation_id="list_units")
async def list_units(
    request: Request,
    house: InHouse,
    _actor: AnyActor,
    below: Annotated[str | None, Query(description="Only this unit and everything below it")] = None,
) -> Response:
    """List units in the order of their ids."""
    asked_for = position_wanted(request)
    reached = await house.views.wait_for(asked_for or 0, WAIT_SECONDS)
    rows = await house.views.units(below)
    body = UnitList(rows, reached, stale=asked_for is not None and reached < asked_for)
    return Json(body, headers={"Log-Position": str(reached)})


@router.get("/units/{unit_id}", response_model=UnitShown, operation_id="read_unit")
async def read_unit(
    house: InHouse,
    _actor: AnyActor,
    unit_id: str,
    on: Annotated[Day | None, Query(description="What it was on this day; today if left out")] = None,
) -> Response:
    """What a unit is, from its own stream, and the line of units above it."""
    unit = await _unit(house, unit_id, on)
    return Json(
        UnitShown(
            id=unit.id,
            kind=unit.kind,
            name=unit.name,
            name_en=unit.name_en,
            superior=unit.superior,
            authority=unit.authority,
            dissolved_on=unit.dissolved_on,
            line=await house.line(unit_id),
        )
    )


async def _unit(house: House, unit_id: str, on: date | None = None) -> UnitState:
    unit = await house.desk.unit(unit_id, on or house.today, house.clock())
    if unit is None:
        message = f"there is no unit {unit_id!r}"
        raise UnknownUnit(message)
    return unit


async def establish_unit(request: Request) -> Response:
    """Set up a unit."""
    return await _put(request, ESTABLISHED)


async def record_unit_fact(request: Request) -> Response:
    """Record a fact about a unit."""
    topic = request.path_params["topic"]
    if topic not in UNIT - OPENINGS - BY_ITSELF:
        message = f"there is no kind of fact {topic!r} to record on a unit"
        raise UnknownFact(message, topic=topic, near=get_close_matches(topic, sorted(UNIT - OPENINGS), 3, 0.3))
    return await _put(request, topic)


async def _put(request: Request, topic: str) -> Response:
    house, actor = house_of(request), actor_of(request)
    mode, dry = mode_of(request), switch(request, "dry_run")
    key, version = required_key(request), version_seen(request)
    refuse_unless_role(actor, topic, mode)
    values = await json_object(request)
    if topic == ESTABLISHED:
        typed = fit(topic, values)
        unit_id: str = typed["unit_id"]
        if typed["superior"] and await house.desk.unit(typed["superior"], house.today, house.clock()) is None:
            raise wrong("superior", f"there is no unit {typed['superior']!r}; set it up first")
    else:
        unit_id = (await _unit(house, request.path_params["unit_id"])).id
        if actor.role not in ENTERS:  # those who answer for the units of the whole house
            await refuse_unless_below(house, actor, unit_id)
    asked = asking(
        house.desk,
        unit_stream(unit_id),
        topic,
        values,
        actor=actor.id,
        capacity=actor.role,
        key=key,
        mode=mode,
        version=version,
    )
    address = f"{BASE}/units/{quote(unit_id, safe='')}"
    if dry:
        outcome = await ask(house.desk, asked, house.clock())
        return await verdict(house.desk, request, outcome, asked.path_id, address)
    outcome = await record(house.desk, asked, house.clock())
    response = await answer(house.desk, outcome, asked.path_id, address)
    response.headers["Location"] = address
    return response
