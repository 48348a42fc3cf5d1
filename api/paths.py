"""Reading a path: judged whole from its own stream, and what has been recorded of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.actors import Actor, Role
from api.answers import BASE, Json, etag, path_address
from api.house import House, InHouse, Reader, opening_of, refuse_unless_concerned
from api.problems import NotFound
from api.rights import SEES_NAMES, may_record, who_may
from domain.facts import Fact, said
from domain.judge import judge
from domain.judgement import Judgement, Obligation, StepView
from eventlog.entry import Entry
from registry.shape import sealed_fields
from registry.shelf import Loaded

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
    name, student_no = names(house, actor, last.stream_id, opening.name, opening.student_no)
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


def names(house: House, actor: Actor, path_id: UUID, *sealed: str) -> tuple[str | None, ...]:
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
            (value,) = names(house, actor, entry.stream_id, value)
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
