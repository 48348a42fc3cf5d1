"""Calendars: what lies ahead of a path, and feeds of what somebody owes, behind an address that is a secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json, etag
from api.concerned import student_of, theirs
from api.feeds import MEDIA_TYPE, feed_address
from api.grounds import Grounds, ObligationShown
from api.house import AnyActor, House, InHouse, Reader, refuse_unless_below, refuse_unless_role
from api.paths import loaded_for
from api.problems import KeyReused, NotFound
from api.requests import required_key, wrong
from api.rights import SEES_RESTRICTED
from domain.facts.calendars import CalendarClosed, CalendarOpened, CalendarRole
from domain.facts.recipients import AddressGiven
from domain.reminders import Planned
from registry.calendars import (
    EventMaker,
    calendar_at,
    days_ahead,
    digest_of,
    holds,
    new_secret,
    open_calendars,
    owing_of,
    stays,
)
from registry.drafting import asking
from registry.record import record

router = APIRouter(prefix=BASE, tags=["calendars"])

Language = Annotated[Literal["zh", "en"], Query(description="Of the titles in the .ics form")]


@dataclass(frozen=True, slots=True)
class DayShown:
    """Something owed on a path, or possible from a day on, with the reminders of it that are due or lie ahead."""

    obligation: ObligationShown
    href: str
    reminders: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class PathCalendar:
    """What lies ahead of a path as things stand today, what is due first in front."""

    path_id: UUID
    day: date
    version: int
    days: Sequence[DayShown]


@dataclass(frozen=True, slots=True)
class CalendarShown:
    """A calendar whose address leads somewhere. The address itself is shown once, when it is opened, and never again."""

    digest: str
    href: str
    recipient_id: UUID
    role: CalendarRole
    unit: str | None
    opened_at: datetime
    address: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarList:
    """The open calendars of a recipient."""

    recipient_id: UUID
    items: Sequence[CalendarShown]


class CalendarWanted(BaseModel):
    """Whose calendar, and what it shows: what the recipient owes in a role, at a unit where the role is one of a unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient_id: UUID
    role: CalendarRole
    unit: str | None = None


# --- of a path ------------------------------------------------------------------------------------------------------


@router.get("/paths/{path_id}/calendar", response_model=PathCalendar, operation_id="read_path_calendar")
async def read_path_calendar(
    path_id: UUID, house: InHouse, actor: Reader, accept: Annotated[str, Header()] = "", language: Language = "zh"
) -> Response:
    """What lies ahead of a path: every due day with its rule and its reminders; as `text/calendar` where that is accepted."""
    if MEDIA_TYPE in accept:
        return await read_path_events(path_id, house, actor, language)
    loaded = await loaded_for(path_id, house, actor)
    grounds, links = Grounds(loaded), house.links
    days = [
        DayShown(grounds.obligation(one.obligation), links.act(path_id, one.obligation.step), one.reminders)
        for one in days_ahead(house.desk, loaded, house.clock())
    ]
    body = PathCalendar(path_id, house.today, loaded.head.version, days)
    return Json(body, headers={"ETag": etag(loaded.head.version), "Vary": "Accept"})


@router.get(
    "/paths/{path_id}/calendar.ics",
    operation_id="read_path_events",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
async def read_path_events(path_id: UUID, house: InHouse, actor: Reader, language: Language = "zh") -> Response:
    """What lies ahead of a path as a file for a calendar: titles that tell nothing, links to the acts."""
    loaded = await loaded_for(path_id, house, actor)
    maker = EventMaker(house.letters, house.links, language, house.desk.rulebooks)
    recorded = {entry.version: entry.recorded_at for entry in loaded.entries}
    events = []
    for one in days_ahead(house.desk, loaded, house.clock()):
        changed_at = max((recorded[version] for version in one.obligation.rests_on), default=recorded[1])
        if stays(owing := owing_of(one.obligation), house.today):
            events.append(maker.event(owing, path_id, loaded.head.version, changed_at))
    return Response(
        maker.calendar(events, house.today), media_type=MEDIA_TYPE, headers={"ETag": etag(loaded.head.version)}
    )


# --- of a recipient: opening and closing ------------------------------------------------------------------------------


@router.post("/calendars", response_model=CalendarShown, status_code=201, operation_id="open_calendar")
async def open_calendar(request: Request, wanted: CalendarWanted, house: InHouse, actor: AnyActor) -> Response:
    """Open a calendar of what a recipient owes in a role. Its address is in this answer and nowhere else.

    It leads somewhere as long as the recipient acts in the role, or until it is closed.
    """
    key = required_key(request)
    refuse_unless_role(actor, AddressGiven.TOPIC, "record")
    await theirs(house, actor, wanted.recipient_id)
    await _refuse_unless_follows(house, actor, wanted)
    secret = new_secret(house.desk.vault, wanted.recipient_id, f"{actor.id}:{key}")
    said = {"effective_on": house.today, "digest": digest_of(secret), "role": wanted.role, "unit": wanted.unit}
    await _record(house, actor, wanted.recipient_id, CalendarOpened.TOPIC, said, key=key)
    found = calendar_at((await house.desk.load(wanted.recipient_id)).facts, secret)
    if found is None:
        raise KeyReused("under this Idempotency-Key a calendar was opened that is closed by now; take a new key")
    address = f"{house.links.base}{feed_address(secret)}"
    return Json(_shown(found, address), 201, {"Cache-Control": "no-store", "Location": _href(found)})


@router.get("/calendars", response_model=CalendarList, operation_id="list_calendars")
async def list_calendars(recipient_id: UUID, house: InHouse, actor: AnyActor) -> Response:
    """List the open calendars of a recipient, without their addresses."""
    loaded = await theirs(house, actor, recipient_id)
    return Json(CalendarList(recipient_id, [_shown(one) for one in open_calendars(loaded.facts)]))


@router.delete("/calendars/{digest}", status_code=204, operation_id="close_calendar")
async def close_calendar(
    request: Request, digest: str, recipient_id: UUID, house: InHouse, actor: AnyActor
) -> Response:
    """Close a calendar: from now on its address leads nowhere."""
    key = required_key(request)
    refuse_unless_role(actor, AddressGiven.TOPIC, "record")
    loaded = await theirs(house, actor, recipient_id)
    if not any(isinstance(one, CalendarOpened) and one.digest == digest for one in loaded.facts):
        raise NotFound("the recipient has no such calendar; GET /v1/calendars lists those that are open")
    if any(one.digest == digest for one in open_calendars(loaded.facts)):
        said = {"effective_on": house.today, "digest": digest}
        await _record(house, actor, recipient_id, CalendarClosed.TOPIC, said, key=key)
    return Response(status_code=204)


async def _refuse_unless_follows(house: House, actor: Actor, wanted: CalendarWanted) -> None:
    """Raise NotYourUnit, WrongShape for a calendar that the actor may not open, or in which the recipient has no role."""
    if (wanted.role == "applicant") != (wanted.unit is None):
        need = "no unit: it shows the person's own path" if wanted.role == "applicant" else "the unit of the role"
        raise wrong("unit", f"a calendar of the role {wanted.role} takes {need}")
    if wanted.unit is not None and actor.role != "person":
        await refuse_unless_below(house, actor, wanted.unit)
    own = wanted.role == "applicant" and actor.role not in {"person", *SEES_RESTRICTED}
    if own and not await student_of(house, actor, await house.desk.load(wanted.recipient_id)):
        raise wrong("role", "they have no path at or below your unit")
    if not await holds(house.desk, wanted.recipient_id, wanted.role, wanted.unit, house.clock()):
        raise wrong(
            "role", f"they do not act as {wanted.role} at {wanted.unit!r} today, or have left; see /v1/recipients"
        )


async def _record(
    house: House, actor: Actor, recipient_id: UUID, topic: str, said: Mapping[str, object], *, key: str
) -> None:
    asked = asking(house.desk, recipient_id, topic, said, actor=actor.id, capacity=actor.role, key=key, mode="record")
    outcome = await record(house.desk, asked, house.clock())
    if outcome.kind != "recorded":
        raise KeyReused("this Idempotency-Key was used here for another request")


def _shown(opened: CalendarOpened, address: str | None = None) -> CalendarShown:
    return CalendarShown(
        opened.digest, _href(opened), opened.originator_id, opened.role, opened.unit, opened.timestamp, address
    )


def _href(opened: CalendarOpened) -> str:
    return f"{BASE}/calendars/{opened.digest}?recipient_id={opened.originator_id}"
