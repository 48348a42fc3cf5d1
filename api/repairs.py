"""Repairs of a path: what would free it and what would not, a look at what a repair does, and the repair itself."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.actors import ROLES, Actor, Role
from api.answers import BASE, Json, etag, path_address
from api.facts import fact_corrected, with_unit
from api.house import House, InHouse, Reader, refuse_unless_below, refuse_unless_concerned, refuse_unless_role
from api.problems import RepairNeedsVersion, RepairNotLegal, RoleMayNot, Stale
from api.repairing import (
    ActShown,
    AppliedShown,
    CauseHere,
    EntryPlanned,
    PreviewShown,
    Repairs,
    TimerPlanned,
    Told,
    WorkflowHere,
)
from api.requests import required_key, switch, version_seen, wrong
from api.rights import CORRECTIONS, REPAIRS, SEES_DEFECTS, may_record
from domain.causes import CAUSES
from domain.facts import KINDS, Fact
from domain.repairs import ACTS, Act, repaired
from registry.repairing import Moved
from registry.shape import LINE
from runtime.legal import Offer
from runtime.repair import Applied, Preview, Repair
from runtime.repairing import NotLegal
from runtime.scene import Holds, Scene
from runtime.standing import Standing

router = APIRouter(prefix=BASE, tags=["repairs"])

Line = Annotated[str, LINE]


class RepairAsked(BaseModel):
    """What is to be repaired, by which act, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    cause: str
    act: str
    reason: Line
    reference: Line | None = None
    approved_by: Line | None = None


class RepairBody(RepairAsked):
    """A repair that is asked for. `said` is what the act needs: one of the choices that GET lists, or the fact's fields."""

    said: dict[str, Any] = Field(default_factory=dict)


@router.get("/paths/{path_id}/repairs", response_model=Repairs, operation_id="list_repairs")
async def list_repairs(path_id: UUID, house: InHouse, actor: Reader) -> Response:
    """What the path is stuck for now, and each act of repair: legal, or why not."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    stands = await house.workshop.scene(loaded)
    body = Repairs(
        path_id=path_id,
        version=loaded.head.version,
        repaired=repaired(loaded.facts),
        workflow=workflow_here(stands, actor),
        causes=[await cause_here(house, actor, stands, one) for one in stands.causes],
    )
    return Json(body, headers={"ETag": etag(body.version)})


@router.post(
    "/paths/{path_id}/repairs",
    response_model=AppliedShown,
    status_code=201,
    operation_id="repair_path",
    responses={200: {"model": PreviewShown, "description": "The preview that was asked for with `preview=true`"}},
)
async def repair_path(path_id: UUID, body: RepairBody, request: Request, house: InHouse, actor: Reader) -> Response:
    """Repair a path, or with `preview=true` look at what that would do. `If-Match` names the version it was decided on."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    checked(body, actor)
    asked = _asked(path_id, body, actor, await _said(house, actor, loaded.facts, body.said))
    if switch(request, "preview"):
        return Json(preview_shown(path_id, await legally(house.workshop.preview(asked), loaded.head.version)))
    version = version_seen(request)
    if version is None:
        raise RepairNeedsVersion("send If-Match with the ETag of GET /v1/paths/{path_id}/repairs")
    complete = replace(asked, key=required_key(request), version=version)
    done = await legally(house.workshop.apply(complete), loaded.head.version)
    headers = {
        "Location": f"{path_address(path_id)}/facts/{done.entry.version}",
        "ETag": etag(done.entry.version),
        "Log-Position": str(done.entry.position),
        **({"Idempotency-Replayed": "true"} if done.repeated else {}),
    }
    return Json(_applied(done), 200 if done.repeated else 201, headers)


def checked(body: RepairAsked, actor: Actor) -> Act:
    """The act that a body asks for. Raises WrongShape for what there is not, RoleMayNot."""
    if body.cause not in CAUSES:
        raise wrong("cause", f"one of {', '.join(CAUSES)}")
    if body.act not in ACTS:
        raise wrong("act", f"one of {', '.join(ACTS)}")
    act = ACTS[body.act]
    if not _yours(actor, act):
        roles = who_may_repair(act)
        message = f"{body.act!r} is done by {', '.join(roles)}, not by {actor.role}"
        raise RoleMayNot(message, role=actor.role, roles=roles)
    return act


async def _said(house: House, actor: Actor, facts: Sequence[Fact], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a repair needs beside its reason. A fact of the procedure is for whoever may record it, for a unit of theirs.

    Raises WrongShape, RoleMayNot, NotYourUnit.
    """
    if "topic" not in given:
        return given
    topic, said = given["topic"], given.get("said", {})
    if not isinstance(topic, str) or not isinstance(said, dict):
        raise wrong("said", "topic is a text, and said an object with the fields of the fact")
    refuse_unless_role(actor, topic, "record")
    if topic in CORRECTIONS:
        if wrong_one := fact_corrected(facts, said):
            refuse_unless_role(actor, wrong_one.TOPIC, "record")
        return given
    said = with_unit(said, actor)
    for name in ("by_unit", "unit_id"):
        if isinstance(unit := said.get(name), str):
            await refuse_unless_below(house, actor, unit)
    return {**given, "said": said}


def _asked(path_id: UUID, body: RepairBody, actor: Actor, said: Mapping[str, Any]) -> Repair:
    return Repair(
        path_id=path_id,
        cause=body.cause,
        act=body.act,
        reason=body.reason,
        actor=actor.id,
        capacity=actor.role,
        key="preview",
        reference=body.reference,
        approved_by=body.approved_by,
        said=said,
    )


def who_may_repair(act: Act) -> Sequence[Role]:
    """The roles that may do an act: those who run the system, or those who may record the fact that it is."""
    return [role for role in ROLES if _yours(Actor("", role, ""), act)]


def _yours(actor: Actor, act: Act) -> bool:
    if act.technical:
        return actor.role in REPAIRS
    return any(topic in KINDS and may_record(actor, topic, "record") for topic in act.topics)


T = TypeVar("T")


async def legally(doing: Awaitable[T], version: int) -> T:
    """Give what is done; that it is not legal now, or that the path has changed, are problems."""
    try:
        return await doing
    except NotLegal as error:
        raise RepairNotLegal(str(error)) from None
    except Moved:
        now = f"it is at version {version} now"
        raise Stale(now, version=version, headers={"ETag": etag(version)}) from None


async def cause_here(house: House, actor: Actor, stands: Scene, one: Holds) -> CauseHere:
    """A cause that holds, with all acts for it."""
    cause = CAUSES[one.cause]
    told = one if actor.role in SEES_DEFECTS or cause.kind == "people" else cause
    offered = await house.workshop.offers(stands, one.cause)
    return CauseHere(
        cause=one.cause,
        zh=cause.zh,
        en=cause.en,
        since=one.since,
        told_zh=told.zh,
        told_en=told.en,
        by_hand_zh=cause.by_hand.zh if cause.by_hand else "",
        by_hand_en=cause.by_hand.en if cause.by_hand else "",
        acts=[_act(actor, each) for each in offered],
    )


def _act(actor: Actor, offered: Offer) -> ActShown:
    act = ACTS[offered.act]
    return ActShown(
        act=act.name,
        zh=act.zh,
        en=act.en,
        does_zh=act.does_zh,
        does_en=act.does_en,
        legal=offered.legal,
        why_zh=offered.why.zh,
        why_en=offered.why.en,
        second_person=act.dates,
        said=act.names,
        choices=offered.choices if actor.role in SEES_DEFECTS else [_told(one) for one in offered.choices],
        roles=who_may_repair(act),
        yours=_yours(actor, act),
    )


def _told(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be chosen, without what a program says of its failure."""
    return {name: value for name, value in choice.items() if name != "error"}


def workflow_here(stands: Scene, actor: Actor) -> WorkflowHere:
    """How a workflow stands, as this actor may see it."""
    seen = stands.seen or Standing("", status="not known")
    return WorkflowHere(
        status=seen.status,
        run_id=seen.run_id,
        wakes_at=seen.wake_at,
        task_attempt=seen.task_attempt,
        activities=seen.activities
        if actor.role in SEES_DEFECTS
        else [replace(one, error="") for one in seen.activities],
        build=seen.build,
        pinned=seen.pinned,
        away=stands.away,
    )


def preview_shown(path_id: UUID, found: Preview) -> PreviewShown:
    """What a repair would do; `path_id` is the stream in which it is recorded."""
    return PreviewShown(
        path_id=path_id,
        version=found.version,
        does_zh=found.does.does_zh,
        does_en=found.does.does_en,
        entries=[EntryPlanned(one.TOPIC, one.TITLE, one.originator_id, one.originator_version) for one in found.facts],
        timers=[TimerPlanned(one.what, one.at) for one in found.timers],
        told=[Told(**one) for one in found.told],
    )


def _applied(done: Applied) -> AppliedShown:
    return AppliedShown(
        path_id=done.entry.stream_id,
        cause=done.fact.cause,
        act=done.fact.act,
        before=done.fact.before,
        after=done.fact.after,
        version=done.entry.version,
        position=done.entry.position,
        digest=done.entry.digest.hex(),
        repeated=done.repeated,
    )
