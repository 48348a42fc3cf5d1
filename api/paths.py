"""Reading paths: one judged whole from its stream, many from the views, and what has been recorded."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor, Role
from api.answers import BASE, Json, etag, path_address
from api.house import House, InHouse, Reader, opening_of, refuse_unless_below, refuse_unless_concerned
from api.problems import BadCursor, NotFound
from api.requests import position_wanted
from api.rights import SEES_NAMES, may_record, who_may
from domain.facts import Fact, said
from domain.judge import judge
from domain.judgement import Judgement, Obligation, StepView
from eventlog.entry import Entry
from registry.shape import sealed_fields
from registry.shelf import Loaded
from views.rows import PathRow
from views.store import Wanted

WAIT_SECONDS = 2.0
"""How long a list waits to come to the position that its reader has written."""

MOST_LISTED = 500

router = APIRouter(prefix=BASE, tags=["paths"])


@dataclass(frozen=True, slots=True)
class PathShown:
    """A path as it stands on a day. Name and number are there for those who deal with the person, else null."""

    path_id: UUID
    person_id: UUID
    name: str | None
    student_no: str | None
    position: int
    recorded_at: datetime
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact as it was recorded: the day it counts, the moment of its recording, by whom and in what capacity.

    `fields` is what its author said; a sealed field is null for those who do not deal with the person.
    """

    position: int
    version: int
    topic: str
    title: str
    effective_on: date
    recorded_at: datetime
    recorded_by: str
    capacity: str
    mode: str
    by_unit: str | None
    by_kind: str | None
    reason: str | None
    source: str | None
    approved_by: str | None
    fields: Mapping[str, Any]
    key: str
    digest: str
    previous: str


@dataclass(frozen=True, slots=True)
class History:
    """All facts of a path in the order of their recording."""

    path_id: UUID
    version: int
    facts: Sequence[FactShown]


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of fact that would bring a step on: where to send it, and which roles may."""

    topic: str
    href: str
    roles: Sequence[Role]
    yours: bool


@dataclass(frozen=True, slots=True)
class NextStep:
    """An open step, and the ways to take it."""

    step: StepView
    ways: Sequence[Way]


@dataclass(frozen=True, slots=True)
class Next:
    """What can be done now, and what is owed."""

    path_id: UUID
    day: date
    version: int
    stage: str
    outcome: str
    pending: str
    steps: Sequence[NextStep]
    obligations: Sequence[Obligation]


@dataclass(frozen=True, slots=True)
class PathListed:
    """A path in a list. `findings` are the rules that recorded facts break, `severity` the gravest of them."""

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


@router.get("/paths/{path_id}", response_model=PathShown, operation_id="read_path")
async def read_path(
    path_id: UUID,
    house: InHouse,
    actor: Reader,
    on: Annotated[
        date | None, Query(description="Judge on this day; today if left out", examples=["2026-03-02"])
    ] = None,
    upto: Annotated[int | None, Query(ge=1, description="Judge the path as it was at this version")] = None,
) -> Response:
    """Judge a path: stage, steps with earliest and latest day, what is missing and who acts, findings, obligations.

    Always from the path's own stream. The same facts, rulebooks and day give the same answer for ever.
    """
    loaded = await _loaded(path_id, house, actor, upto)
    known = judge(house.desk.rulebooks, loaded.facts, on or house.today)
    opening, last = opening_of(loaded.facts), loaded.entries[-1]
    name, student_no = _names(house, actor, last.stream_id, opening.name, opening.student_no)
    body = PathShown(
        path_id=last.stream_id,
        person_id=opening.person_id,
        name=name,
        student_no=student_no,
        position=last.position,
        recorded_at=last.recorded_at,
        judgement=known,
    )
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position)})


async def _loaded(path_id: UUID, house: House, actor: Actor, upto: int | None = None) -> Loaded:
    """The path of the address, if it is the actor's to read."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    if upto is not None:
        loaded = Loaded(loaded.entries[:upto], loaded.facts[:upto])
    return loaded


def _names(house: House, actor: Actor, path_id: UUID, *sealed: str) -> tuple[str | None, ...]:
    if actor.role not in SEES_NAMES:
        return tuple(None for _ in sealed)
    return tuple(house.desk.vault.open(path_id, one) for one in sealed)


@router.get("/paths/{path_id}/history", response_model=History, operation_id="read_history")
async def read_history(path_id: UUID, house: InHouse, actor: Reader) -> Response:
    """All that was recorded of a path, in the order of its recording, with what proves it."""
    loaded = await _loaded(path_id, house, actor)
    facts = [_fact(house, actor, entry, fact) for entry, fact in zip(loaded.entries, loaded.facts, strict=True)]
    last = loaded.entries[-1]
    body = History(last.stream_id, last.version, facts)
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position)})


@router.get("/paths/{path_id}/facts/{version}", response_model=FactShown, operation_id="read_fact")
async def read_fact(path_id: UUID, version: int, house: InHouse, actor: Reader) -> Response:
    """One fact of a path, by the version that it made."""
    loaded = await _loaded(path_id, house, actor)
    if not 0 < version <= len(loaded.entries):
        message = f"the path has the versions 1 to {len(loaded.entries)}"
        raise NotFound(message)
    return Json(_fact(house, actor, loaded.entries[version - 1], loaded.facts[version - 1]))


@router.get("/paths/{path_id}/answers/{key:path}", response_model=FactShown, operation_id="read_answer")
async def read_answer(path_id: UUID, key: str, house: InHouse, actor: Reader) -> Response:
    """The fact that a request of yours with this Idempotency-Key has recorded; 404 while there is none."""
    loaded = await _loaded(path_id, house, actor)
    for entry, fact in zip(loaded.entries, loaded.facts, strict=True):
        if entry.key == f"{actor.id}:{key}":
            return Json(_fact(house, actor, entry, fact))
    message = "no request with this key has recorded anything on the path, so far"
    raise NotFound(message)


def _fact(house: House, actor: Actor, entry: Entry, fact: Fact) -> FactShown:
    sealed = sealed_fields(type(fact))
    shown: dict[str, Any] = {}
    for item in said(type(fact)):
        if item.name in _OWN:
            continue
        value = getattr(fact, item.name)
        if item.name in sealed and value is not None:
            (value,) = _names(house, actor, entry.stream_id, value)
        shown[item.name] = value
    return FactShown(
        position=entry.position,
        version=entry.version,
        topic=entry.topic,
        title=fact.TITLE,
        effective_on=fact.effective_on,
        recorded_at=entry.recorded_at,
        recorded_by=fact.recorded_by,
        capacity=fact.capacity,
        mode=fact.mode,
        by_unit=fact.by_unit,
        by_kind=fact.by_kind,
        reason=fact.reason,
        source=fact.source,
        approved_by=fact.approved_by,
        fields=shown,
        key=entry.key,
        digest=entry.digest.hex(),
        previous=entry.previous.hex(),
    )


_OWN = frozenset(FactShown.__dataclass_fields__)


@router.get("/paths/{path_id}/next", response_model=Next, operation_id="read_next")
async def read_next(path_id: UUID, house: InHouse, actor: Reader) -> Response:
    """What can be done now: open steps, what each still lacks, who may record what, and what is owed."""
    loaded = await _loaded(path_id, house, actor)
    known = judge(house.desk.rulebooks, loaded.facts, house.today)
    steps = [
        NextStep(step, [_way(actor, path_id, topic) for topic in step.facts])
        for step in known.steps
        if step.state == "open"
    ]
    body = Next(
        path_id=path_id,
        day=known.day,
        version=known.version,
        stage=known.stage,
        outcome=known.outcome,
        pending=known.pending,
        steps=steps,
        obligations=known.obligations,
    )
    return Json(body, headers={"ETag": etag(known.version)})


def _way(actor: Actor, path_id: UUID, topic: str) -> Way:
    yours = may_record(actor, topic, "authorise")
    return Way(topic, f"{path_address(path_id)}/facts/{topic}", who_may(topic), yours)


@router.get("/paths", response_model=PathList, operation_id="list_paths")
async def list_paths(  # noqa: PLR0917 - a list can be narrowed in so many ways
    request: Request,
    house: InHouse,
    actor: Reader,
    unit: Annotated[str | None, Query(description="This unit and everything below it; your own if left out")] = None,
    stage: Annotated[str | None, Query(examples=["activist"])] = None,
    due_before: Annotated[date | None, Query(description="Something is owed before this day")] = None,
    finding: Annotated[str | None, Query(description="The id of a rule that a recorded fact breaks")] = None,
    state: Annotated[Literal["open", "closed"] | None, Query(description="Both if left out")] = None,
    sort: Annotated[
        Literal["opened", "due"], Query(description="By the opening day, or by what is due first")
    ] = "opened",
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    cursor: Annotated[str | None, Query(description="From `next`; opaque")] = None,
) -> Response:
    """List paths. With `Log-Position` (from an earlier answer) the list waits up to 2 s to have come that far."""
    unit = unit or actor.unit
    await refuse_unless_below(house, actor, unit)
    wanted = Wanted(
        unit=unit,
        stage=stage,
        due_before=due_before,
        finding=finding,
        open=None if state is None else state == "open",
        sort=sort,
    )
    asked_for = position_wanted(request)
    after = _after(cursor, sort) if cursor else None
    reached = await house.views.wait_for(asked_for or 0, WAIT_SECONDS)
    rows = await house.views.paths(wanted, after=after, limit=limit + 1)
    following = _next(request, rows[limit - 1], sort) if len(rows) > limit else None
    body = PathList(
        items=[_listed(house, actor, row) for row in rows[:limit]],
        next=following,
        position=reached,
        stale=asked_for is not None and reached < asked_for,
    )
    headers = {"Log-Position": str(reached), **({"Link": f'<{following}>; rel="next"'} if following else {})}
    return Json(body, headers=headers)


def _listed(house: House, actor: Actor, row: PathRow) -> PathListed:
    name, student_no = _names(house, actor, row.path_id, row.name, row.student_no)
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
