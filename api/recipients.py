"""Recipients: who can be reminded and where, who holds which post, and through which posts nobody is reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json, answer, etag, verdict
from api.concerned import holders, own_recipient, theirs, unknown
from api.house import (
    AnyActor,
    House,
    InHouse,
    actor_of,
    house_of,
    reader_of,
    refuse_unless_below,
    refuse_unless_role,
)
from api.lists import WAIT_SECONDS
from api.looking import Shown, listed, opening, sealed_in
from api.problems import RoleMayNot, UnknownFact
from api.requests import json_object, mode_of, position_wanted, required_key, switch, version_seen
from api.rights import OPENINGS, RECIPIENT
from domain.facts.units import Post
from domain.recipients import RecipientState, recipient_on
from registry.drafting import asking
from registry.recipients import Why, unreachable, why_not
from registry.record import ask, record
from registry.shape import fit
from registry.subjects import FactOpened, opened

REGISTERED = "recipient-registered"

router = APIRouter(prefix=BASE, tags=["recipients"])


@dataclass(frozen=True, slots=True)
class RecipientListed:
    """Somebody who holds a post (a person's own line has none). `why` says why they are not told anything, if so."""

    recipient_id: UUID
    href: str
    unit: str
    post: Post | None
    number: str | None
    name: str | None
    language: str | None
    channels: Sequence[str]
    why: Why | None


@dataclass(frozen=True, slots=True)
class Vacant:
    """A post of a unit that nobody holds, and whose reminders go to somebody above."""

    unit: str
    post: Post


@dataclass(frozen=True, slots=True)
class RecipientList:
    """Who holds posts at and below a unit today. `stale` as in the list of paths: the units are those of the views."""

    items: Sequence[RecipientListed]
    vacant: Sequence[Vacant]
    position: int
    stale: bool


@dataclass(frozen=True, slots=True)
class RecipientShown:
    """All that is recorded of a recipient, readable as far as the reader may, and as it stands today."""

    recipient_id: UUID
    number: str | None
    name: str | None
    language: str
    left: bool
    addresses: Mapping[str, str | None]
    why: Why | None
    facts: Sequence[FactOpened]


@router.get("/recipients", response_model=RecipientList, operation_id="list_recipients")
async def list_recipients(
    request: Request,
    house: InHouse,
    actor: AnyActor,
    unit: Annotated[str | None, Query(description="This unit and everything below it; your own if left out")] = None,
) -> Response:
    """List who holds a post, and whether they can be reached; a person sees themselves alone."""
    if actor.role == "person":
        mine = await own_recipient(house, actor)
        state = await house.desk.recipient(mine, house.today, house.clock())
        held: list[tuple[str, Post | None, UUID, str]] = [("", None, mine, "")] if state else []
        return await _list(request, house, actor, held, [])
    reader_of(request)
    below = unit or actor.unit
    await refuse_unless_below(house, actor, below)
    held, vacant = [], []
    for row in await house.views.units(below):
        gaps = await unreachable(house.desk, row.unit_id, house.clock())
        vacant += [Vacant(row.unit_id, gap.post) for gap in gaps if gap.why == "vacant"]
        held += [(row.unit_id, *one) for one in await holders(house, row.unit_id)]
    return await _list(request, house, actor, held, vacant)


async def _list(
    request: Request,
    house: House,
    actor: Actor,
    held: Sequence[tuple[str, Post | None, UUID, str]],
    vacant: Sequence[Vacant],
) -> Response:
    asked_for = position_wanted(request)
    reached = await house.views.wait_for(asked_for or 0, WAIT_SECONDS)
    states = {one: await house.desk.recipient(one, house.today, house.clock()) for _, _, one, _ in held}
    texts = [text for state in states.values() if state for text in (state.number, state.name)]
    shown = await opening(house.desk.vault, actor, [*texts, *(number for *_, number in held if number)])
    listed(len(held))
    items = [_item(shown, states[one], unit, post, one, number) for unit, post, one, number in held]
    body = RecipientList(items, vacant, reached, stale=asked_for is not None and reached < asked_for)
    return Json(body, headers={"Log-Position": str(reached)})


def _item(  # noqa: PLR0917 - who looks, at whom, and where they sit
    shown: Shown, state: RecipientState | None, unit: str, post: Post | None, recipient_id: UUID, number: str
) -> RecipientListed:
    return RecipientListed(
        recipient_id=recipient_id,
        href=_address(recipient_id),
        unit=unit,
        post=post,
        number=shown.value(recipient_id, "contact", state.number if state else number or None),
        name=shown.value(recipient_id, "contact", state.name) if state else None,
        language=state.language if state else None,
        channels=sorted(state.addresses) if state else (),
        why=why_not(state),
    )


@router.get("/recipients/{recipient_id}", response_model=RecipientShown, operation_id="read_recipient")
async def read_recipient(recipient_id: UUID, house: InHouse, actor: AnyActor) -> Response:
    """What is recorded of a recipient: for the person, their units, and those who answer for the house."""
    loaded = await theirs(house, actor, recipient_id)
    state = recipient_on(loaded.facts, house.today)
    if state is None:
        raise unknown(recipient_id)
    shown = await opening(house.desk.vault, actor, sealed_in(loaded.facts))
    body = RecipientShown(
        recipient_id=recipient_id,
        number=shown.value(recipient_id, "contact", state.number),
        name=shown.value(recipient_id, "contact", state.name),
        language=state.language,
        left=state.left,
        addresses={
            channel: shown.value(recipient_id, "contact", text) for channel, text in sorted(state.addresses.items())
        },
        why=why_not(state),
        facts=await opened(house.desk, loaded, shown.sees),
    )
    return Json(body, headers={"ETag": etag(loaded.head.version)})


async def register_recipient(request: Request) -> Response:
    """Register somebody who can be reminded; a person registers nobody but themselves."""
    house, actor = house_of(request), actor_of(request)
    refuse_unless_role(actor, REGISTERED, mode_of(request))
    values = await json_object(request)
    recipient_id = house.desk.vault.other(fit(REGISTERED, values)["number"])
    if actor.role == "person" and recipient_id != await own_recipient(house, actor):
        raise RoleMayNot("a person registers themselves, under their own number", role=actor.role, roles=())
    return await _put(request, house, actor, recipient_id, REGISTERED, values)


async def record_recipient_fact(request: Request) -> Response:
    """Record a fact about a recipient."""
    house, actor = house_of(request), actor_of(request)
    topic = request.path_params["topic"]
    if topic not in RECIPIENT - OPENINGS:
        message = f"there is no kind of fact {topic!r} to record of a recipient"
        raise UnknownFact(message, topic=topic, near=get_close_matches(topic, sorted(RECIPIENT - OPENINGS), 3, 0.3))
    refuse_unless_role(actor, topic, mode_of(request))
    try:
        recipient_id = UUID(request.path_params["recipient_id"])
    except ValueError:
        raise unknown(request.path_params["recipient_id"]) from None
    values = await json_object(request)
    await theirs(house, actor, recipient_id, to_change=True)
    return await _put(request, house, actor, recipient_id, topic, values)


async def _put(  # noqa: PLR0917 - who says what of whom
    request: Request, house: House, actor: Actor, recipient_id: UUID, topic: str, values: Mapping[str, object]
) -> Response:
    asked = asking(
        house.desk,
        recipient_id,
        topic,
        values,
        actor=actor.id,
        capacity=actor.role,
        key=required_key(request),
        mode=mode_of(request),
        version=version_seen(request),
    )
    address = _address(recipient_id)
    if switch(request, "dry_run"):
        outcome = await ask(house.desk, asked, house.clock())
        return await verdict(house.desk, request, outcome, recipient_id, address)
    response = await answer(house.desk, await record(house.desk, asked, house.clock()), recipient_id, address)
    response.headers["Location"] = address
    return response


def _address(recipient_id: UUID) -> str:
    return f"{BASE}/recipients/{recipient_id}"
