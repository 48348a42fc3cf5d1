"""Feeds: the calendar behind a secret address, answered without a token, cheaply however often a client asks."""

from datetime import time
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.answers import BASE, CALENDARS
from api.house import Fed, House, InHouse
from api.problems import NotFound, Unavailable
from domain.calendar import moment_on
from domain.facts.calendars import CalendarOpened
from registry.access.looks import Look, LooksUnavailable
from registry.calendars import OWES, EventMaker, Owing, calendar_at, holds, is_for, recipient_of, stays, tends
from registry.letters.item import Language
from registry.recipients import DEPARTMENT
from views.owing import Owed, WantedOwed, owed

MEDIA_TYPE = "text/calendar"
FEED = f"{CALENDARS}{{secret}}.ics"
PRIVATE = {"Cache-Control": "private, no-cache"}

MIDNIGHT = time(0)
MOST_FEEDS = 10_000
"""Feeds of which a process remembers what it answered last."""

router = APIRouter(prefix=BASE, tags=["calendars"])


def feed_address(secret: str) -> str:
    """Where a feed is read."""
    return FEED.format(secret=secret)


@router.get(
    FEED.removeprefix(BASE),
    operation_id="read_feed",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}, 304: {"description": "As it was"}},
)
async def read_feed(secret: str, house: InHouse, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """What somebody owes in a role, for their calendar. The secret is the right: there is no other token.

    404 for an address that leads nowhere, whether it never did, was closed, or its owner has left the post.
    """
    opened = await _opened(house, secret)
    stands = await house.views.bookmark()
    last = house.feeds.get(opened.digest)
    if last and if_none_match == last.tag and last == Fed(house.today, stands.position, stands.rules, last.tag):
        return Response(status_code=304, headers={"ETag": last.tag, **PRIVATE})
    state = await house.desk.recipient(opened.originator_id, house.today, house.clock())
    language: Language = state.language if state else "zh"
    maker = EventMaker(house.letters, house.links, language, house.desk.rulebooks)
    events = [
        maker.event(owing, one.row.path_id, one.version, one.row.changed_at)
        for one in await _owed(house, opened)
        if stays(owing := _owing_of(one), house.today)
    ]
    body = maker.calendar(events, house.today)
    tag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    await _look(house, opened, len(events), known=last is not None and last.day == house.today)
    if len(house.feeds) >= MOST_FEEDS:
        house.feeds.clear()
    house.feeds[opened.digest] = Fed(house.today, stands.position, stands.rules, tag)
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag, **PRIVATE})
    return Response(body, media_type=MEDIA_TYPE, headers={"ETag": tag, **PRIVATE})


async def _opened(house: House, secret: str) -> CalendarOpened:
    """The calendar behind an address. Raises NotFound, and does not tell why."""
    recipient_id = recipient_of(house.desk.vault, secret)
    loaded = await house.desk.load(recipient_id) if recipient_id else None
    opened = calendar_at(loaded.facts, secret) if loaded else None
    if opened is None or not await holds(house.desk, opened.originator_id, opened.role, opened.unit, house.clock()):
        raise NotFound("there is no such calendar, or no longer")
    return opened


async def _owed(house: House, opened: CalendarOpened) -> list[Owed]:
    """What its owner owes in the role of a calendar."""
    recipient_id, owed_by, unit, now = opened.originator_id, OWES[opened.role], opened.unit, house.clock()
    if unit is None:
        person_id = await _person(house, recipient_id)
        return await owed(house.views, WantedOwed(owed_by, person_id=person_id)) if person_id else []
    if opened.role == "branch-secretary":
        return await owed(house.views, WantedOwed(owed_by, unit))
    if opened.role == "contacts":
        found = await owed(house.views, WantedOwed(owed_by, unit))
        mine = {one: await tends(house.desk, recipient_id, one, now) for one in {row.row.path_id for row in found}}
        return [one for one in found if mine[one.row.path_id]]
    state = await house.desk.unit(unit, house.today, now)
    root = state.superior or unit if state and state.kind == DEPARTMENT else unit
    found = await owed(house.views, WantedOwed(owed_by, root, below=True))
    homes = {home: await is_for(house.desk, opened.role, unit, home, now) for home in {one.unit for one in found}}
    return [one for one in found if homes[one.unit]]


async def _person(house: House, recipient_id: UUID) -> UUID | None:
    """The person whose paths a recipient's own are; None where their number can no longer be read."""
    state = await house.desk.recipient(recipient_id, house.today, house.clock())
    number = await house.desk.vault.open(recipient_id, state.number) if state else None
    return house.desk.vault.person(number) if number else None


def _owing_of(one: Owed) -> Owing:
    row = one.row
    return Owing(row.obligation, row.step, row.edition, row.since, row.start, row.due_on, row.tells)


async def _look(house: House, opened: CalendarOpened, count: int, *, known: bool) -> None:
    """Write down that a feed was read, once a day: clients ask every few hours, and nobody looks at each time."""
    actor = f"calendar/{opened.digest[:16]}"
    try:
        if known or await house.looks.has_looked(actor, moment_on(house.today, MIDNIGHT)):
            return
        purpose = "own-data" if opened.role == "applicant" else "procedure"
        asked = f"recipient_id={opened.originator_id}"
        await house.looks.write(
            [Look(actor, opened.role, opened.unit or "", f"GET {FEED}", purpose, listed=count, asked=asked)]
        )
    except LooksUnavailable as error:
        raise Unavailable(str(error), headers={"Retry-After": "2"}) from error
