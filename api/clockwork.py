"""Repairs of the workflows that are no path's: the clocks of units and terms, and the mailrooms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from api.answers import BASE, Json
from api.house import InHouse, Reader, refuse_unless_below
from api.looking import opening
from api.problems import NotFound
from api.repairing import CauseHere, PreviewShown, WorkflowHere
from api.repairs import RepairBody, cause_here, checked, legally, preview_shown, workflow_here
from api.requests import required_key, switch
from domain.facts.repairing import RepairApplied
from domain.repairs import repaired
from registry.desk import unit_stream
from registry.shelf import Loaded
from runtime.repair import Applied, Repair
from views.clocks import KEPT
from workflows.mailing import MAILROOMS, workflow_id

router = APIRouter(prefix=f"{BASE}/repairs/workflows", tags=["repairs"])

Kind = Annotated[str, InPath(description="unit, term or mailroom", examples=["mailroom"])]
Name = Annotated[str, InPath(description="The id of the stream, or the number of the mailroom", examples=["0"])]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repair that was done to such a workflow."""

    at: datetime
    cause: str
    act: str
    actor: str
    reason: str | None
    before: str
    after: str
    version: int


@dataclass(frozen=True, slots=True)
class WorkflowRepairs:
    """What is the matter with a workflow and what frees it; its repairs stand in the stream `recorded_on`, for ever."""

    workflow_id: str
    recorded_on: UUID
    version: int
    repaired: int
    workflow: WorkflowHere
    causes: list[CauseHere]
    repairs: list[Repaired]


@dataclass(frozen=True, slots=True)
class WorkflowRepaired:
    """A repair that was done, and where it stands in the log."""

    workflow_id: str
    recorded_on: UUID
    cause: str
    act: str
    before: str
    after: str
    version: int
    position: int
    digest: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """A workflow that is no path's: its name, and the stream in which its repairs are recorded."""

    workflow_id: str
    loaded: Loaded
    mailroom: str = ""

    @property
    def stream_id(self) -> UUID:
        """Where its repairs are recorded."""
        return self.loaded.entries[0].stream_id

    def repairs(self) -> list[tuple[int, RepairApplied]]:
        """What was done to it, with the places of these facts."""
        return [
            (n, fact)
            for n, fact in enumerate(self.loaded.facts)
            if isinstance(fact, RepairApplied) and fact.workflow == self.workflow_id
        ]


async def clock_of(kind: Kind, name: Name, house: InHouse, actor: Reader) -> Clock:
    """Find a workflow that the actor may look at. Raises NotFound, NotYourUnit."""
    unknown = f"there is no workflow {kind}/{name}: unit/ID, term/ID, or mailroom/0 to mailroom/{MAILROOMS - 1}"
    if kind == "mailroom":
        rooms = [workflow_id(room) for room in range(MAILROOMS)]
        if f"{kind}/{name}" not in rooms:
            raise NotFound(unknown)
        uppermost = (await house.line(actor.unit))[-1]
        await refuse_unless_below(house, actor, uppermost)
        return Clock(f"{kind}/{name}", await house.desk.load(unit_stream(uppermost)), f"{kind}/{name}")
    try:
        loaded = await house.desk.load(UUID(name))
    except ValueError:
        raise NotFound(unknown) from None
    if kind not in KEPT or not loaded.facts or kind != loaded.facts[0].SUBJECT:
        raise NotFound(unknown)
    await refuse_unless_below(house, actor, str(getattr(loaded.facts[0], "unit_id", "")))
    return Clock(f"{kind}/{name}", loaded)


@router.get("/{kind}/{name}", response_model=WorkflowRepairs, operation_id="list_workflow_repairs")
async def list_workflow_repairs(clock: Annotated[Clock, Depends(clock_of)], house: InHouse, actor: Reader) -> Response:
    """What the clock of a unit or a term, or a mailroom, is stuck for now; each act: legal, or why not; what was done to it."""
    stands = await house.workshop.scene(clock.loaded, clock.mailroom)
    shown = await opening(house.desk.vault, actor, [fact.reason for _, fact in clock.repairs()])
    return Json(
        WorkflowRepairs(
            workflow_id=clock.workflow_id,
            recorded_on=clock.stream_id,
            version=clock.loaded.head.version,
            repaired=repaired([fact for _, fact in clock.repairs()]),
            workflow=workflow_here(stands, actor),
            causes=[await cause_here(house, actor, stands, one) for one in stands.causes],
            repairs=[
                Repaired(
                    at=clock.loaded.entries[n].recorded_at,
                    cause=fact.cause,
                    act=fact.act,
                    actor=fact.recorded_by,
                    reason=shown.value(clock.stream_id, "text", fact.reason),
                    before=fact.before,
                    after=fact.after,
                    version=fact.originator_version,
                )
                for n, fact in clock.repairs()
            ],
        )
    )


@router.post(
    "/{kind}/{name}",
    response_model=WorkflowRepaired,
    status_code=201,
    operation_id="repair_workflow",
    responses={200: {"model": PreviewShown, "description": "The preview that was asked for with `preview=true`"}},
)
async def repair_workflow(
    clock: Annotated[Clock, Depends(clock_of)], body: RepairBody, request: Request, house: InHouse, actor: Reader
) -> Response:
    """Repair such a workflow, or with `preview=true` look at what that would do. It holds no facts: no version is asked for."""
    checked(body, actor)
    asked = Repair(
        path_id=clock.stream_id,
        cause=body.cause,
        act=body.act,
        reason=body.reason,
        actor=actor.id,
        capacity=actor.role,
        key="preview" if switch(request, "preview") else required_key(request),
        reference=body.reference,
        approved_by=body.approved_by,
        said=body.said,
        mailroom=clock.mailroom,
    )
    version = clock.loaded.head.version
    if switch(request, "preview"):
        return Json(preview_shown(clock.stream_id, await legally(house.workshop.preview(asked), version)))
    done = await legally(house.workshop.apply(asked), version)
    headers = {"Log-Position": str(done.entry.position)}
    if done.repeated:
        headers["Idempotency-Replayed"] = "true"
    return Json(_shown(clock, done), 200 if done.repeated else 201, headers)


def _shown(clock: Clock, done: Applied) -> WorkflowRepaired:
    return WorkflowRepaired(
        workflow_id=clock.workflow_id,
        recorded_on=done.entry.stream_id,
        cause=done.fact.cause,
        act=done.fact.act,
        before=done.fact.before,
        after=done.fact.after,
        version=done.entry.version,
        position=done.entry.position,
        digest=done.entry.digest.hex(),
        repeated=done.repeated,
    )
