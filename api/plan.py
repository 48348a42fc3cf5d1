"""What-if: what remains of a path, the first and last day of each act, and what an assumed day would change."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import BASE, Json, etag, path_address
from api.clocks import Day
from api.grounds import Grounds
from api.house import InHouse, Reader
from api.paths import loaded_for
from api.refusals import refusal
from api.requests import wrong
from domain.planning import Plan, Refused, UnknownName
from domain.reading import home_of
from registry.planning import plan_path

router = APIRouter(prefix=BASE, tags=["paths"])

MOST_YEARS = 20
"""How far ahead an act may be assumed: what falls due again and again until then is planned too."""


@router.get("/paths/{path_id}/plan", response_model=Plan, operation_id="plan_path")
async def read_plan(  # noqa: PLR0917 - who asks, of what, and what is assumed
    path_id: UUID,
    house: InHouse,
    actor: Reader,
    by: Annotated[
        Day | None,
        Query(
            description="The day by which the end is wanted; the expected leaving day if left out",
            examples=["2028-06-30"],
        ),
    ] = None,
    day: Annotated[Day | None, Query(description="The day on which one stands; today if left out")] = None,
    assume: Annotated[
        list[str] | None,
        Query(
            description="What if an act happens on a day: `admission-resolution-adopted=2027-03-12`, as often as needed; "
            "409 with the rule where that would not be allowed",
        ),
    ] = None,
) -> Response:
    """Plan what remains: for every act the first day that the rules allow and why, and the last one with which the end
    is still reached; the critical path; what stands in the way. Nothing is stored.

    Every day comes from the same judge that says whether an act is allowed. Beyond the known calendar of working days
    it is `provisional`.
    """
    loaded = await loaded_for(path_id, house, actor)
    stands = day or house.today
    if stands < loaded.facts[0].effective_on:
        raise wrong("day", f"the path was opened later, on {loaded.facts[0].effective_on}")
    assumed = _assumed(assume or [], stands)
    try:
        body = await plan_path(
            house.desk, loaded.facts, home_of(loaded.facts), stands, house.clock(), by=by, assumed=assumed
        )
    except Refused as error:
        raise refusal(Grounds(loaded).findings(error.verdict.findings), path_address(path_id)) from None
    except UnknownName as error:
        raise wrong("assume", f"{error} is no kind of fact of a path; GET /v1/catalogue/facts lists them") from None
    last = loaded.entries[-1]
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position)})


def _assumed(given: list[str], day: date) -> dict[str, date]:
    """The days of acts. Raises WrongShape."""
    found: dict[str, date] = {}
    for one in given:
        name, _, when = one.rpartition("=")
        try:
            found[name] = date.fromisoformat(when)
        except ValueError:
            raise wrong("assume", f"{one!r}: write the kind of fact and its day, like oath-taken=2027-03-12") from None
        if found[name] < day:
            raise wrong("assume", f"{one!r} lies before {day}, the day on which the plan stands")
        if found[name].year > day.year + MOST_YEARS:
            raise wrong("assume", f"{one!r} lies more than {MOST_YEARS} years behind {day}; is the year right?")
    return found
