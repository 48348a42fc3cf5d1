"""What is stuck: by cause, then one by one, with who frees it and the next act; and when somebody has looked last."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json
from api.board import StuckGroup, StuckItem, group_shown, item_shown
from api.freeing import freed_by
from api.house import House, InHouse, Reader, refuse_unless_below
from api.looking import listed, opening
from api.problems import BadCursor
from api.requests import wrong
from api.rights import SEES_RESTRICTED
from domain.calendar import SHANGHAI
from domain.causes import CAUSES
from views.board import Board, BoardRow, Group, Place, Sought, place
from views.troubles import Round, Troubles

SILENT = timedelta(seconds=45)
"""The watch looks every few seconds; one that has not for so long is over."""

IN_ORDER = list(CAUSES)
LONGEST_DAYS = 36_525
MOST_ROWS = 500

router = APIRouter(prefix=BASE, tags=["stuck"])


@dataclass(frozen=True, slots=True)
class Stuck:
    """The board. `stuck` counts all but what is only in doubt; `paths` are open here; `looked_at` is when the watch looked last,
    and `away` what it could not ask.
    """

    zh: str
    en: str
    day: date
    stuck: int
    paths: int
    looked_at: datetime | None
    away: str
    groups: Sequence[StuckGroup]
    items: Sequence[StuckItem]
    next: str | None


def _cause(text: str | None) -> str | None:
    if text is not None and text not in CAUSES:
        raise wrong("cause", f"one of {', '.join(CAUSES)}")
    return text


@router.get(
    "/stuck",
    response_model=Stuck,
    operation_id="list_stuck",
    responses={304: {"description": "Nothing has changed since the ETag that was sent"}},
)
async def list_stuck(  # noqa: PLR0917 - who asks, how it is narrowed, which page
    request: Request,
    house: InHouse,
    actor: Reader,
    unit: Annotated[str | None, Query(description="This unit and everything below it; your own if left out")] = None,
    cause: Annotated[str | None, Query(examples=["overdue"], description="Only this cause")] = None,
    older_than_days: Annotated[int, Query(ge=0, le=LONGEST_DAYS, description="Stuck for so many days or more")] = 0,
    frees: Annotated[
        str | None,
        Query(examples=["branch-secretary"], description="What this role can free, or this recipient by their posts"),
    ] = None,
    limit: Annotated[int, Query(ge=0, le=MOST_ROWS, description="How many items; 0 for the groups alone")] = 50,
    cursor: Annotated[str | None, Query(description="From `next`; opaque")] = None,
) -> Response:
    """List what is stuck: the groups with their counts first, then each, the longest stuck first."""
    unit = unit or actor.unit
    await refuse_unless_below(house, actor, unit)
    sought = Sought(
        day=house.today,
        unit=unit,
        restricted=actor.role in SEES_RESTRICTED,
        cause=_cause(cause),
        longer_than=house.clock() - timedelta(days=older_than_days) if older_than_days else None,
        freed=None if frees is None else await freed_by(house, actor, frees),
    )
    whole = await _board(request, house, actor, sought, _after(cursor) if cursor else None, limit)
    return _answer(request, whole)


async def _board(  # noqa: PLR0917 - who asks for what, and which page of it
    request: Request, house: House, actor: Actor, sought: Sought, after: Place | None, limit: int
) -> Stuck:
    """Read the groups and one page, and open what the actor may see. Raises ViewsUnavailable, KeysUnavailable."""
    board, look = Board(house.views), await Troubles(house.views).looked()
    silent = _silent(look, house.clock(), sought)
    groups = [*(Group(row.cause, 1, row.began, ()) for row in silent), *await board.groups(sought)]
    rows = await board.rows(sought, after=after, limit=limit + 1) if limit else []
    page = [*(silent if after is None and limit else ()), *rows[:limit]]
    shown = await opening(
        house.desk.vault, actor, [text for row in page for text in (row.name, row.student_no) if text]
    )
    if any(row.path_id for row in page):
        listed(len(page))
    groups_shown = [group_shown(one) for one in sorted(groups, key=lambda one: IN_ORDER.index(one.cause))]
    stuck, paths = sum(one.count for one in groups_shown if one.severity != "doubt"), await board.open_paths(sought)
    zh, en = _said(stuck, look, paths)
    return Stuck(
        zh=zh,
        en=en,
        day=house.today,
        stuck=stuck,
        paths=paths,
        looked_at=look.looked_at if look else None,
        away=look.away if look else "",
        groups=groups_shown,
        items=[item_shown(row, house.today, actor, shown) for row in page],
        next=_next(request, rows[limit - 1]) if limit and len(rows) > limit else None,
    )


def _silent(look: Round | None, moment: datetime, sought: Sought) -> list[BoardRow]:
    """The row that says that nobody looks, where nobody does: there is none in any table."""
    if (look and moment - look.looked_at <= SILENT) or sought.cause not in {None, "watch-silent"}:
        return []
    if sought.freed is not None and not any("watch-silent" in one.causes for one in sought.freed):
        return []
    at = f"{look.looked_at:%Y-%m-%dT%H:%M:%SZ}" if look else "–"
    since = look.looked_at if look else moment
    if sought.longer_than is not None and since > sought.longer_than:
        return []
    return [BoardRow("watch-silent", "watch", since, f"最近一次巡查在 {at}", f"the last look was at {at}")]


def _said(stuck: int, look: Round | None, paths: int) -> tuple[str, str]:
    """The whole board as a sentence."""
    at = f"{look.looked_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if look else "–"
    zh, en = (f"{stuck} 项卡住", f"{stuck} stuck") if stuck else ("没有卡住的流程", "nothing is stuck")
    return f"{zh}。最近一次巡查 {at}，共 {paths} 人。", f"{en}; last looked at {at}, {paths} paths"


def _answer(request: Request, board: Stuck) -> Response:
    """The board, unless who asks has it already: that somebody has looked once more changes nothing in it."""
    unlooked = replace(board, zh="", en="", looked_at=None)
    tag = f'W/"{sha256(orjson.dumps(unlooked)).hexdigest()[:20]}"'
    headers = {"ETag": tag, **({"Link": f'<{board.next}>; rel="next"'} if board.next else {})}
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Json(board, headers=headers)


def _next(request: Request, last: BoardRow) -> str:
    """The address of the next page: the same question, behind the last row of this one."""
    cursor = urlsafe_b64encode(orjson.dumps(place(last))).decode().rstrip("=")
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"


def _after(cursor: str) -> Place:
    try:
        began, cause, key, path_id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(began), str(cause), str(key), str(path_id)
    except (ValueError, TypeError):
        message = "this cursor is not one of this list's, or was cut short"
        raise BadCursor(message) from None
