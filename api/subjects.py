"""A person's own data: all of it in full, whose keys are due, the destruction of keys, and keys that are missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.actors import Actor
from api.answers import BASE, Json
from api.clocks import Day
from api.house import AnyActor, House, InHouse, actor_of, opening_of, refuse_unless_concerned
from api.looking import PURPOSES, opening, sealed_in
from api.problems import NotDueYet, PurposeRequired, RoleMayNot
from api.requests import required_key, wrong
from api.rights import DATA_PROTECTION
from api.subject_page import page
from domain.correcting import as_corrected
from domain.facts.personal import Basis, OtherShreddingRequested, OtherShreddingWithdrawn
from domain.personal import PersonalState, personal_state
from registry.access.looks import LookedAt
from registry.desk import unit_stream
from registry.drafting import asking
from registry.recipients import applicant_of
from registry.record import record
from registry.retention import due
from registry.shelf import Loaded
from registry.subjects import FactOpened, Missing, NotDue, Shred, missing_keys, opened, shred, shred_other
from views.listing import Wanted

router = APIRouter(prefix=BASE, tags=["subjects"])

MOST_LOOKS = 1000
PAGE = 200


@dataclass(frozen=True, slots=True)
class LookShown:
    """Who looked, when, in what capacity, through what and for what purpose; `opened` is what was shown readable."""

    at: datetime
    actor: str
    role: str
    unit: str
    route: str
    purpose: str
    opened: Sequence[str]


@dataclass(frozen=True, slots=True)
class Access:
    """Who has looked at a path, the last first. `next` leads to the earlier ones."""

    path_id: UUID
    looks: Sequence[LookShown]
    next: str | None


@dataclass(frozen=True, slots=True)
class Personal:
    """All that is stored about a person on a path, readable, with how their data stand and who looked at them.

    `as_recipient` is what stands of them as somebody who can be reminded: their addresses, and since when.
    """

    path_id: UUID
    person_id: UUID
    made_at: datetime
    name: str | None
    student_no: str | None
    state: PersonalState
    facts: Sequence[FactOpened]
    as_recipient: Sequence[FactOpened]
    looks: Sequence[LookShown]


@dataclass(frozen=True, slots=True)
class DueShown:
    """A path whose data need no longer be kept since `due_on`: nothing is destroyed before somebody asks for it."""

    path_id: UUID
    unit: str
    ended: str
    since: date
    due_on: date
    zh: str
    en: str
    requested_for: date | None


@dataclass(frozen=True, slots=True)
class DueList:
    """All that is due on a day."""

    day: date
    items: Sequence[DueShown]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is not as the log says. *lost* keys are an alarm; *unfinished* ones wait for the destruction to be finished."""

    well: bool
    missing: Sequence[Missing]


def protector_of(request: Request) -> Actor:
    """Who asks, if they deal with requests about personal data. Raises RoleMayNot."""
    actor = actor_of(request)
    if actor.role not in DATA_PROTECTION:
        roles = sorted(DATA_PROTECTION)
        raise RoleMayNot(f"this is done by {', '.join(roles)}, not by {actor.role}", role=actor.role, roles=roles)
    return actor


Protector = Annotated[Actor, Depends(protector_of)]


async def own_or_concerned(path_id: UUID, request: Request, house: InHouse, actor: AnyActor) -> Loaded:
    """The path for the person it is about, or for who deals with such requests and says so. Raises NotYourUnit …"""
    loaded = await house.load(path_id)
    if actor.role == "person":
        if actor.unit != str(path_id):
            raise RoleMayNot("a person reads what is stored about themselves", role=actor.role, roles=())
        return loaded
    if actor.role not in DATA_PROTECTION | {"auditor"}:
        roles = sorted({*DATA_PROTECTION, "auditor", "person"})
        raise RoleMayNot(f"this is read by {', '.join(roles)}, not by {actor.role}", role=actor.role, roles=roles)
    if "purpose" not in request.headers:
        raise PurposeRequired(f"say for what: send Purpose with one of {', '.join(PURPOSES)}")
    await refuse_unless_concerned(house, actor, loaded.facts)
    return loaded


Own = Annotated[Loaded, Depends(own_or_concerned)]


@router.get("/paths/{path_id}/access", response_model=Access, operation_id="read_access")
async def read_access(
    path_id: UUID,
    house: InHouse,
    _loaded: Own,
    before: Annotated[int | None, Query(ge=1, description="From `next`")] = None,
) -> Response:
    """Who has looked at a path: for the person it is about, the auditor and who deals with personal data."""
    found = await house.looks.of([path_id], before=before, limit=MOST_LOOKS)
    following = f"{BASE}/paths/{path_id}/access?before={found[-1].number}" if len(found) == MOST_LOOKS else None
    return Json(Access(path_id, [_look(one) for one in found], following))


@router.get(
    "/paths/{path_id}/personal",
    response_model=Personal,
    operation_id="read_personal",
    responses={200: {"content": {"text/html": {}}}},
)
async def read_personal(
    path_id: UUID,
    house: InHouse,
    actor: AnyActor,
    loaded: Own,
    form: Annotated[Literal["json", "html"], Query(alias="format")] = "json",
) -> Response:
    """All that is stored about a person, readable, and who looked at it: their right to access and copy (PIPL art. 45)."""
    shown = await opening(house.desk.vault, actor, sealed_in(loaded.facts))
    first = opening_of(as_corrected(loaded.facts))
    name, student_no = (shown.value(path_id, "identity", text) for text in (first.name, first.student_no))
    for group in sorted(shown.sees):
        shown.remember(path_id, group)
    recipient_id = await applicant_of(house.desk, first)
    about = [path_id, *([recipient_id] if recipient_id else [])]
    recipient = await house.desk.load(recipient_id) if recipient_id else Loaded((), ())
    body = Personal(
        path_id=path_id,
        person_id=first.person_id,
        made_at=house.clock(),
        name=name,
        student_no=student_no,
        state=personal_state(loaded.facts),
        facts=await opened(house.desk, loaded, shown.sees),
        as_recipient=await opened(house.desk, recipient, shown.sees),
        looks=[_look(one) for one in await house.looks.of(about, limit=MOST_LOOKS)],
    )
    if form == "html":
        return HTMLResponse(
            page(body), headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        )
    return Json(body)


def _look(one: LookedAt) -> LookShown:
    look = one.look
    return LookShown(one.at, look.actor, look.role, look.unit, look.route, look.purpose, look.opened)


@router.get("/personal/due", response_model=DueList, operation_id="list_due")
async def list_due(
    house: InHouse, _actor: Protector, on: Annotated[Day | None, Query(description="Today if left out")] = None
) -> Response:
    """Whose data need no longer be kept, by the retention schedule. Nothing is destroyed by itself."""
    day, after, items = on or house.today, None, []
    while rows := await house.views.paths(Wanted(open=False), after=after, limit=PAGE):
        for row in rows:
            facts = (await house.desk.load(row.path_id)).facts
            found = due(house.desk.rulebooks, facts, day)
            if found and found.due_on <= day:
                shown = DueShown(
                    row.path_id, row.unit, found.ended, found.since, found.due_on, found.zh, found.en, row.shred_on
                )
                items.append(shown)
        after = (rows[-1].opened_on, rows[-1].path_id)
    return Json(DueList(day, items))


@router.get("/personal/keys", response_model=Checked, operation_id="check_keys")
async def check_keys(request: Request, house: InHouse, actor: AnyActor) -> Response:
    """Whether every sealed value of the log has its key, or a fact that says why not. Reads the whole log."""
    if actor.role != "auditor":
        protector_of(request)
    found = await missing_keys(house.desk)
    return Json(Checked(not found, found))


@router.post("/paths/{path_id}/shredding", response_model=Shred, operation_id="finish_shredding")
async def finish_shredding(path_id: UUID, house: InHouse, actor: Protector) -> Response:
    """Destroy the keys of a person's data, as was requested and when the cooling period is over. May be repeated."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    try:
        return Json(await shred(house.desk, path_id, house.clock(), actor=actor.id))
    except NotDue as error:
        raise NotDueYet(str(error)) from None


class OtherAsked(BaseModel):
    """Whose key it is, as facts name them; a request says the day, on what basis, and the second person who agrees."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    whom: Annotated[str, Field(min_length=1, max_length=500)]
    effective_on: date | None = None
    basis: Basis | None = None
    approved_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OtherRecorded:
    """What was recorded, under the pseudonym, and where; `keys` were destroyed."""

    whom: UUID
    position: int
    keys: int


@router.post("/personal/others/{act}", response_model=OtherRecorded, operation_id="shred_other")
async def shred_somebody(
    act: Literal["request", "withdraw", "finish"],
    asked: OtherAsked,
    request: Request,
    house: InHouse,
    actor: Protector,
    _key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """Request, withdraw or finish the destruction of the key of somebody whom facts name beside the person."""
    whom = house.desk.vault.other(asked.whom)
    if act == "finish":
        try:
            done = await shred_other(house.desk, actor.unit, whom, house.clock(), actor=actor.id)
        except NotDue as error:
            raise NotDueYet(str(error)) from None
        return Json(OtherRecorded(whom, done.position, done.keys))
    kind = OtherShreddingRequested if act == "request" else OtherShreddingWithdrawn
    said = asked.model_dump(mode="json", exclude_none=True, exclude={"whom"}) | {"whom": str(whom)}
    said.setdefault("effective_on", house.today.isoformat())
    position = await _record_other(house, actor, kind.TOPIC, said, required_key(request))
    return Json(OtherRecorded(whom, position, 0), 201)


async def _record_other(house: House, actor: Actor, topic: str, said: dict[str, object], key: str) -> int:
    if topic == OtherShreddingRequested.TOPIC and said.get("approved_by") in (None, "", actor.id):
        raise wrong("approved_by", "a second person has to agree that the key is destroyed: name them")
    stream_id = unit_stream(actor.unit)
    asked = asking(house.desk, stream_id, topic, said, actor=actor.id, capacity=actor.role, key=key, mode="record")
    outcome = await record(house.desk, asked, house.clock())
    if outcome.receipt is None:
        raise wrong("unit", f"it was not recorded on your unit {actor.unit!r}: {outcome.kind}")
    return outcome.receipt.position
