"""Reminders: what was told to whom and what came of it, and what would go out on a day."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import BASE, Json
from api.clocks import Day
from api.house import House, InHouse, Reader, refuse_unless_below
from api.ledger import ReminderShown, shown_of, why_of
from api.lists import WAIT_SECONDS
from api.problems import BadCursor
from api.requests import position_wanted, wrong
from api.rights import SEES_RESTRICTED
from domain.calendar import DAY, moment_on
from registry.recipients import Resolved, recipients_of
from views.ledger import LedgerRow, Place, Shown, Sought, ledger

router = APIRouter(prefix=BASE, tags=["reminders"])

MOST_LISTED = 500
MOST_RESOLVED = 200
"""For each that would go out it is looked up who would hear it."""

FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class ReminderList:
    """A page of reminders. `stale` as in the list of paths; `next` is the address of the next page."""

    items: Sequence[ReminderShown]
    next: str | None
    position: int
    stale: bool


@dataclass(frozen=True, slots=True)
class RemindersDue(ReminderList):
    """What would go out on a day if nothing came before; who would hear it is as it stands at `resolved_at`."""

    day: date
    resolved_at: datetime


Unit = Annotated[str | None, Query(description="This unit and everything below it; your own if left out")]
Obligation = Annotated[str | None, Query(examples=["talk"], description="Only of this obligation")]
Cursor = Annotated[str | None, Query(description="From `next`; opaque")]


async def sought_of(  # noqa: PLR0917 - the ledger can be narrowed in so many ways
    house: InHouse,
    actor: Reader,
    unit: Unit = None,
    state: Annotated[
        Shown | None,
        Query(description="planned: not yet · due: about to go out · the others: what the channel answered"),
    ] = None,
    path_id: Annotated[UUID | None, Query(description="Only of this path")] = None,
    recipient: Annotated[UUID | None, Query(description="Only what this recipient was told")] = None,
    obligation: Obligation = None,
    first: Annotated[Day | None, Query(alias="from", description="Told, or to be told, on this day or later")] = None,
    last: Annotated[Day | None, Query(alias="to", description="On this day or before")] = None,
    sort: Annotated[
        Literal["oldest", "newest"] | None,
        Query(description="If left out, the newest first of what was told, and the next first of what will be"),
    ] = None,
) -> Sought:
    """Which reminders a reader asks for. Raises NotYourUnit, WrongShape."""
    unit = unit or actor.unit
    await refuse_unless_below(house, actor, unit)
    if first and last and last < first:
        raise wrong("to", f"a day not before {first}")
    told = state in {"sent", "refused", "unknown"}
    return Sought(
        now=house.clock(),
        unit=unit,
        restricted=actor.role in SEES_RESTRICTED,
        state=state,
        stream_id=path_id,
        recipient=recipient,
        obligation=obligation,
        since=moment_on(first, time()) if first else None,
        before=moment_on(last + DAY, time()) if last else None,
        newest=sort == "newest" or (sort is None and told),
    )


@router.get(
    "/reminders",
    response_model=ReminderList,
    operation_id="list_reminders",
    responses={304: {"description": "Nothing has changed since the ETag that was sent"}},
)
async def list_reminders(  # noqa: PLR0917 - who asks, for what, and which page
    request: Request,
    house: InHouse,
    actor: Reader,
    sought: Annotated[Sought, Depends(sought_of)],
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    cursor: Cursor = None,
) -> Response:
    """List what was told and what will be: to whom, why, when, by which channel, with which answer."""
    after = _after(cursor, newest=sought.newest) if cursor else None
    wanted, reached = await _reached(request, house)
    rows = await ledger(house.views, sought, after=after, limit=limit + 1)
    body = ReminderList(
        items=await shown_of(house, actor, rows[:limit]),
        next=_next(request, rows[limit - 1], newest=sought.newest) if len(rows) > limit else None,
        position=reached,
        stale=wanted is not None and reached < wanted,
    )
    return _answer(request, body)


@router.get(
    "/reminders/due",
    response_model=RemindersDue,
    operation_id="list_reminders_due",
    responses={304: {"description": "Nothing has changed since the ETag that was sent"}},
)
async def list_reminders_due(  # noqa: PLR0917 - who asks, for which day, and which page
    request: Request,
    house: InHouse,
    actor: Reader,
    unit: Unit = None,
    on: Annotated[Day | None, Query(description="Today or a day to come; today if left out")] = None,
    obligation: Obligation = None,
    limit: Annotated[int, Query(ge=1, le=MOST_RESOLVED)] = 100,
    cursor: Cursor = None,
) -> Response:
    """List what would go out on a day, if nothing came before, and who would hear it as things stand now."""
    unit, day = unit or actor.unit, on or house.today
    await refuse_unless_below(house, actor, unit)
    if not house.today <= day <= house.today + FARTHEST:
        raise wrong(
            "on", f"today ({house.today}) or a day of the next three years; what was told: /v1/reminders?to={day}"
        )
    now = house.clock()
    sought = Sought(
        now=now,
        unit=unit,
        restricted=actor.role in SEES_RESTRICTED,
        obligation=obligation,
        since=None if day == house.today else moment_on(day, time()),
        before=moment_on(day + DAY, time()),
        untold=True,
    )
    after = _after(cursor, newest=False) if cursor else None
    wanted, reached = await _reached(request, house)
    rows = await ledger(house.views, sought, after=after, limit=limit + 1)
    resolved = [await _heard_by(house, row, now) for row in rows[:limit]]
    body = RemindersDue(
        items=await shown_of(house, actor, rows[:limit], resolved),
        next=_next(request, rows[limit - 1], newest=False) if len(rows) > limit else None,
        position=reached,
        stale=wanted is not None and reached < wanted,
        day=day,
        resolved_at=now,
    )
    return _answer(request, body)


async def _heard_by(house: House, row: LedgerRow, now: datetime) -> Resolved:
    """Who would be told, if it went out now."""
    why = why_of(house, row)
    reminder = row.row.reminder(why.text.zh if why else "", why.text.en if why else "")
    return await recipients_of(house.desk, await house.desk.load(row.row.stream_id), reminder, now)


async def _reached(request: Request, house: House) -> tuple[int | None, int]:
    """The position that the reader has written, and the one that the views have come to."""
    wanted = position_wanted(request)
    return wanted, await house.views.wait_for(wanted or 0, WAIT_SECONDS)


def _answer(request: Request, body: ReminderList) -> Response:
    """The list, unless who asks has it already: that the log has grown elsewhere changes nothing in it."""
    still = replace(body, position=0, stale=False)
    if isinstance(still, RemindersDue):
        still = replace(still, resolved_at=moment_on(still.day, time()))
    tag = f'W/"{sha256(orjson.dumps(still)).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Log-Position": str(body.position)}
    headers |= {"Link": f'<{body.next}>; rel="next"'} if body.next else {}
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Json(body, headers=headers)


def _next(request: Request, last: LedgerRow, *, newest: bool) -> str:
    """The address of the next page: the same question, behind the last row of this one."""
    cursor = urlsafe_b64encode(orjson.dumps([newest, *last.place])).decode().rstrip("=")
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"


def _after(cursor: str, *, newest: bool) -> Place:
    try:
        way, at, stream_id, key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        if way is newest and moment.tzinfo is not None:
            return moment, UUID(stream_id), str(key)
    except (ValueError, TypeError, AttributeError):
        pass
    message = "this cursor is not one of this list's, or was cut short"
    raise BadCursor(message)
