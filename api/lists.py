"""Reading many paths: lists from the views, narrowed, sorted, page by page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json, path_address
from api.clocks import Day
from api.house import House, InHouse, Reader, refuse_unless_below
from api.looking import Shown, listed, opening
from api.problems import BadCursor, RoleMayNot
from api.requests import position_wanted
from api.rights import SEES_NAMES, SEES_RESTRICTED
from views.listing import Wanted
from views.rows import PathRow

WAIT_SECONDS = 2.0
"""How long a list waits to come to the position that its reader has written."""

MOST_LISTED = 500

router = APIRouter(prefix=BASE, tags=["paths"])


@dataclass(frozen=True, slots=True)
class PathListed:
    """A path in a list. `findings` are the rules that recorded facts break, `severity` the gravest of them; `repaired` is how
    often it was repaired.
    """

    path_id: UUID
    href: str
    name: str | None
    student_no: str | None
    unit: str
    stage: str
    outcome: str
    pending: str
    edition: str
    opened_on: date
    due_on: date | None
    overdue: bool
    waiting_for: Sequence[str]
    findings: Sequence[str]
    severity: str
    repaired: int
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class PathList:
    """A page of a list. `next` is the address of the next page; `stale` says that the list may lack what was written
    after `position`.
    """

    items: Sequence[PathListed]
    next: str | None
    position: int
    stale: bool


async def wanted_of(  # noqa: PLR0917 - a list can be narrowed in so many ways
    house: InHouse,
    actor: Reader,
    unit: Annotated[str | None, Query(description="This unit and everything below it; your own if left out")] = None,
    stage: Annotated[str | None, Query(examples=["activist"])] = None,
    due_before: Annotated[Day | None, Query(description="Something is owed before this day")] = None,
    finding: Annotated[str | None, Query(description="The id of a rule that a recorded fact breaks")] = None,
    state: Annotated[Literal["open", "closed"] | None, Query(description="Both if left out")] = None,
    sort: Annotated[
        Literal["opened", "due"], Query(description="By the opening day, or by what is due first")
    ] = "opened",
    student_no: Annotated[
        str | None,
        Header(alias="Student-No", description="This person's paths only. A header, for addresses end up in logs"),
    ] = None,
) -> Wanted:
    """Which paths a reader asks for. Raises NotYourUnit, RoleMayNot."""
    unit = unit or actor.unit
    await refuse_unless_below(house, actor, unit)
    return Wanted(
        unit=unit,
        stage=stage,
        due_before=due_before,
        finding=finding,
        open=None if state is None else state == "open",
        restricted=None if actor.role in SEES_RESTRICTED else False,
        sort=sort,
        person_id=_person(house, actor, student_no) if student_no else None,
    )


@router.get("/paths", response_model=PathList, operation_id="list_paths")
async def list_paths(  # noqa: PLR0917 - who asks, where, for what, and which page
    request: Request,
    house: InHouse,
    actor: Reader,
    wanted: Annotated[Wanted, Depends(wanted_of)],
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    cursor: Annotated[str | None, Query(description="From `next`; opaque")] = None,
) -> Response:
    """List paths. With `Log-Position` (from an earlier answer) the list waits up to 2 s to have come that far."""
    asked_for = position_wanted(request)
    after = _after(cursor, wanted.sort) if cursor else None
    reached = await house.views.wait_for(asked_for or 0, WAIT_SECONDS)
    rows = await house.views.paths(wanted, after=after, limit=limit + 1)
    following = _next(request, rows[limit - 1], wanted.sort) if len(rows) > limit else None
    body = PathList(
        items=await _items(house, actor, rows[:limit]),
        next=following,
        position=reached,
        stale=asked_for is not None and reached < asked_for,
    )
    headers = {"Log-Position": str(reached), **({"Link": f'<{following}>; rel="next"'} if following else {})}
    return Json(body, headers=headers)


def _person(house: House, actor: Actor, student_no: str) -> UUID:
    """Whose number this is. Raises RoleMayNot for those to whom persons are pseudonyms."""
    if actor.role not in SEES_NAMES:
        roles = sorted(SEES_NAMES)
        message = f"a student number is looked up by {', '.join(roles)}, not by {actor.role}"
        raise RoleMayNot(message, role=actor.role, roles=roles)
    return house.desk.vault.person(student_no)


async def _items(house: House, actor: Actor, rows: Sequence[PathRow]) -> list[PathListed]:
    shown = await opening(
        house.desk.vault, actor, [text for row in rows for text in (row.name, row.student_no) if text]
    )
    listed(len(rows))
    return [_listed(house, shown, row) for row in rows]


def _listed(house: House, shown: Shown, row: PathRow) -> PathListed:
    name, student_no = (shown.value(row.path_id, "identity", text or None) for text in (row.name, row.student_no))
    return PathListed(
        path_id=row.path_id,
        href=path_address(row.path_id),
        name=name,
        student_no=student_no,
        unit=row.unit,
        stage=row.stage,
        outcome=row.outcome,
        pending=row.pending,
        edition=row.edition,
        opened_on=row.opened_on,
        due_on=row.due_on,
        overdue=row.due_on is not None and row.due_on < house.today,
        waiting_for=row.waiting_for,
        findings=row.rules,
        severity=row.severity,
        repaired=row.repaired,
        version=row.version,
        position=row.position,
    )


def _next(request: Request, last: PathRow, sort: str) -> str:
    """The address of the next page: the same question, behind the last row of this one."""
    day = last.opened_on if sort == "opened" else last.due_on
    cursor = urlsafe_b64encode(orjson.dumps([sort, day, last.path_id])).decode().rstrip("=")
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"


def _after(cursor: str, sort: str) -> tuple[date | None, UUID]:
    try:
        for_sort, day, path_id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if for_sort == sort:
            return (date.fromisoformat(day) if day else None), UUID(path_id)
    except (ValueError, TypeError, AttributeError):
        pass
    message = "this cursor is not one of this list's, or was cut short"
    raise BadCursor(message)
