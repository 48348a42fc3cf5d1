"""Who ripens when: for a unit and all below it, how many paths can first reach each stage in each month, and whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import BASE, Json, path_address
from api.clocks import Day
from api.house import InHouse, Reader, refuse_unless_below
from api.looking import Shown, listed, opening
from api.requests import wrong
from api.rights import SEES_RESTRICTED
from domain.planning import Because, Month, Ripe, by_month, horizon
from registry.planning import ripen
from views.listing import Wanted
from views.rows import PathRow

router = APIRouter(prefix=BASE, tags=["units"])

MOST_PATHS = 500
"""How many paths one forecast looks at: each is planned, and that takes a processor some ten milliseconds."""

STAGES = ("activist", "development-target", "probationary-member", "full-member")


@dataclass(frozen=True, slots=True)
class Ripens:
    """A path that can reach a stage from a day on. Name and number are there for those who deal with the person."""

    path_id: UUID
    href: str
    name: str | None
    student_no: str | None
    unit: str
    stage: str
    on: date
    because: Because
    provisional: bool
    exception: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """What can ripen in a unit and below: counts by month, and the paths in the order of their days.

    Each day is the first on which the rules allow the decision, if nothing before it is put off: not a promise.
    """

    unit: str
    day: date
    upto: date
    paths: int
    months: Sequence[Month]
    ripe: Sequence[Ripens]
    position: int


@router.get("/units/{unit_id}/forecast", response_model=Forecast, operation_id="forecast_unit")
async def read_forecast(
    unit_id: str,
    house: InHouse,
    actor: Reader,
    months: Annotated[int, Query(ge=1, le=48, description="Calendar months, this one included")] = 12,
    day: Annotated[Day | None, Query(description="The day on which one stands; today if left out")] = None,
) -> Response:
    """Forecast who may first become activist, development target, probationary and full member in which month."""
    await refuse_unless_below(house, actor, unit_id)
    stands = day or house.today
    upto = horizon(stands, months)
    position = (await house.views.bookmark()).position
    restricted = None if actor.role in SEES_RESTRICTED else False
    rows = await house.views.paths(Wanted(unit=unit_id, open=True, restricted=restricted), limit=MOST_PATHS + 1)
    if len(rows) > MOST_PATHS:
        raise wrong("unit_id", f"more than {MOST_PATHS} paths are open there: ask for a unit below {unit_id!r}")
    homes = [(row.path_id, row.unit) for row in rows]
    ripe = [one async for found in ripen(house.desk, homes, stands, upto, house.clock()) for one in found]
    ripe.sort(key=lambda one: (one.on, STAGES.index(one.stage), one.path_id))
    known = {row.path_id: row for row in rows}
    texts = [text for one in ripe for text in (known[one.path_id].name, known[one.path_id].student_no) if text]
    shown = await opening(house.desk.vault, actor, texts)
    listed(len({one.path_id for one in ripe}))
    body = Forecast(
        unit=unit_id,
        day=stands,
        upto=upto,
        paths=len(rows),
        months=by_month(ripe, stands, months, STAGES),
        ripe=[_shown(shown, one, known[one.path_id]) for one in ripe],
        position=position,
    )
    return Json(body, headers={"Log-Position": str(position)})


def _shown(shown: Shown, one: Ripe, row: PathRow) -> Ripens:
    name, student_no = (shown.value(row.path_id, "identity", text or None) for text in (row.name, row.student_no))
    return Ripens(
        path_id=one.path_id,
        href=path_address(one.path_id),
        name=name,
        student_no=student_no,
        unit=one.unit,
        stage=one.stage,
        on=one.on,
        because=one.because,
        provisional=one.provisional,
        exception=one.exception,
    )
