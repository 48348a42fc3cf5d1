"""Repairs of a whole group as jobs: begun for a cause and a unit, watched, cancelled and taken up again."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json
from api.house import House, InHouse, Reader, refuse_unless_below
from api.problems import KeyReused, NotFound, RepairNotLegal, Unavailable
from api.repairs import RepairAsked, checked
from api.requests import required_key
from domain.causes import CAUSES
from runtime.jobs import MOST_PATHS, Jobs, NoSuchJob
from runtime.repairing import NotLegal
from views.groups import paths_of
from workflows.repairing import JobAsked, Progress

router = APIRouter(prefix=f"{BASE}/repairs/jobs", tags=["repairs"])


class JobBody(RepairAsked):
    """The repair of a whole group: all paths that are stuck for the cause in the unit and below it; in your own if left out."""

    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LeftShown:
    """A path that the job could not repair, and why."""

    path_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class JobShown:
    """How far a job is. `state` is running, cancelled (it may be taken up again) or done; `left` are those not repaired."""

    job: str
    href: str
    cause: str
    act: str
    unit: str
    actor: str
    state: str
    paths: int
    repaired: int
    left: int
    listed: Sequence[LeftShown]


@dataclass(frozen=True, slots=True)
class JobList:
    """The last jobs, the newest first."""

    items: Sequence[JobShown]


@router.post("", response_model=JobShown, status_code=202, operation_id="begin_job")
async def begin_job(body: JobBody, request: Request, house: InHouse, actor: Reader) -> Response:
    """Repair a whole group. The job goes on by itself, path by path; a path that cannot be repaired stops no other."""
    unit, key = body.unit or actor.unit, required_key(request)
    await refuse_unless_below(house, actor, unit)
    act = checked(body, actor)
    if act.alone or act.name not in CAUSES[body.cause].acts:
        why = (
            "it is done path by path"
            if act.alone
            else f"it does not free what is stuck because {CAUSES[body.cause].en}"
        )
        raise RepairNotLegal(f"{act.en} ({act.name}): {why}")
    asked = JobAsked(
        job=house.desk.vault.request({"job": key, "actor": actor.id})[:32],
        cause=body.cause,
        act=body.act,
        unit=unit,
        reason=body.reason,
        actor=actor.id,
        capacity=actor.role,
        approved_by=body.approved_by,
        reference=body.reference,
    )
    jobs = _jobs(house)
    try:
        begun = await jobs.read(asked.job)
    except NoSuchJob:
        path_ids = await paths_of(house.views, body.cause, unit, house.today, MOST_PATHS)
        begun = await _legally(jobs.start(asked, path_ids))
    if begun.asked != asked:
        raise KeyReused("this Idempotency-Key was used for another job")
    shown = _shown(begun)
    return Json(shown, 202, {"Location": shown.href})


@router.get("", response_model=JobList, operation_id="list_jobs")
async def list_jobs(house: InHouse, actor: Reader) -> Response:
    """The last jobs in your unit and below it."""
    found = [one async for one in _jobs(house).list()]
    return Json(JobList([_shown(one) for one in found if await _theirs(house, actor, one)]))


@router.get("/{job}", response_model=JobShown, operation_id="read_job")
async def read_job(job: str, house: InHouse, actor: Reader) -> Response:
    """How far a job is."""
    return Json(_shown(await _read(house, actor, job)))


@router.post("/{job}/cancel", response_model=JobShown, operation_id="cancel_job")
async def cancel_job(job: str, house: InHouse, actor: Reader) -> Response:
    """Have a job stop after the paths that are under way. What was repaired stays repaired."""
    checked(await _asked(house, actor, job), actor)
    return Json(_shown(await _legally(_jobs(house).cancel(job))))


@router.post("/{job}/resume", response_model=JobShown, operation_id="resume_job")
async def resume_job(job: str, house: InHouse, actor: Reader) -> Response:
    """Have a cancelled job go on with the paths that it has not been at."""
    checked(await _asked(house, actor, job), actor)
    return Json(_shown(await _legally(_jobs(house).resume(job))))


T = TypeVar("T")


async def _legally(doing: Awaitable[T]) -> T:
    try:
        return await doing
    except NotLegal as error:
        raise RepairNotLegal(str(error)) from None


async def _asked(house: House, actor: Actor, job: str) -> RepairAsked:
    """What a job was begun for: whoever may do that, may stop it."""
    asked = (await _read(house, actor, job)).asked
    return RepairAsked(cause=asked.cause, act=asked.act, reason=asked.reason)


async def _read(house: House, actor: Actor, job: str) -> Progress:
    try:
        found = await _jobs(house).read(job)
    except NoSuchJob:
        raise NotFound(f"there is no job {job!r}") from None
    await refuse_unless_below(house, actor, found.asked.unit)
    return found


async def _theirs(house: House, actor: Actor, one: Progress) -> bool:
    return actor.unit == one.asked.unit or actor.unit in await house.line(one.asked.unit)


def _jobs(house: House) -> Jobs:
    if house.jobs is None:
        raise Unavailable("no Temporal is set for this process", headers={"Retry-After": "60"})
    return house.jobs


def _shown(one: Progress) -> JobShown:
    asked = one.asked
    return JobShown(
        job=asked.job,
        href=f"{BASE}/repairs/jobs/{quote(asked.job, safe='')}",
        cause=asked.cause,
        act=asked.act,
        unit=asked.unit,
        actor=asked.actor,
        state=one.state,
        paths=one.paths,
        repaired=one.repaired,
        left=one.left,
        listed=[LeftShown(each.path_id, each.why) for each in one.listed],
    )
