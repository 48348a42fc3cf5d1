"""Reading a path: judged whole from its own stream, and what has been recorded of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.actors import Actor, Role
from api.answers import BASE, Json, etag, path_address
from api.clocks import AskedClocks
from api.grounds import Grounds, JudgementShown, ObligationShown, StepShown
from api.house import House, InHouse, Reader, opening_of, refuse_unless_concerned
from api.looking import opening, sealed_in
from api.problems import NotFound
from api.rights import may_record, who_may
from domain.correcting import Mark, as_corrected, marks
from domain.facts import Fact, said
from domain.facts.base import STAMPED
from domain.facts.correcting import FactCorrected
from domain.judge import judge
from domain.repairs import repaired
from eventlog.entry import Entry
from registry.shelf import Loaded

router = APIRouter(prefix=BASE, tags=["paths"])


@dataclass(frozen=True, slots=True)
class PathShown:
    """A path as it stands on a day. Name and number are there for those who deal with the person, else null.

    `repaired` is how often it was repaired: the history says why, and by whom.
    """

    path_id: UUID
    person_id: UUID
    name: str | None
    student_no: str | None
    position: int
    recorded_at: datetime
    repaired: int
    judgement: JudgementShown


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact as it was recorded: the day it counts, the moment of its recording, by whom and in what capacity.

    `fields` is what its author said; a sealed field is null for those who do not deal with the person. Where the fact
    was corrected, `corrected_by` are the versions that did, and `now` the values that have taken the place of these;
    `retracted_by` is the version that says it never happened.
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
    corrected_by: Sequence[int] = ()
    retracted_by: int | None = None
    now: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All facts of a path in the order of their recording; `repaired` is how many of them say that it was repaired."""

    path_id: UUID
    version: int
    repaired: int
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

    step: StepShown
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
    obligations: Sequence[ObligationShown]


@router.get("/paths/{path_id}", response_model=PathShown, operation_id="read_path")
async def read_path(
    path_id: UUID,
    house: InHouse,
    actor: Reader,
    clocks: AskedClocks,
    upto: Annotated[int | None, Query(ge=1, description="Judge the path as it was at this version")] = None,
) -> Response:
    """Judge a path: stage, steps with earliest and latest day, what is missing and who acts, findings, obligations.

    Always from the path's own stream, under two clocks: what had happened by a day (`as_of`), by what was recorded up
    to a moment (`known`). The same facts, rulebooks and day give the same answer for ever. With `upto`, `Link` leads
    to the version before and after.
    """
    whole = await loaded_for(path_id, house, actor)
    loaded = clocks.seen(whole)
    if upto is not None:
        loaded = Loaded(loaded.entries[:upto], loaded.facts[:upto])
    judgement = judge(house.desk.rulebooks, loaded.facts, clocks.as_of or house.today)
    opening, last = opening_of(as_corrected(loaded.facts)), loaded.entries[-1]
    name, student_no = await names(house, actor, last.stream_id, opening.name, opening.student_no)
    body = PathShown(
        path_id=last.stream_id,
        person_id=opening.person_id,
        name=name,
        student_no=student_no,
        position=last.position,
        recorded_at=last.recorded_at,
        repaired=repaired(loaded.facts),
        judgement=Grounds(loaded).judgement(judgement),
    )
    links = _neighbours(path_id, upto, len(whole.entries)) if upto is not None else {}
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position), **links})


def _neighbours(path_id: UUID, upto: int, versions: int) -> dict[str, str]:
    """Where the version before and the version after are read."""
    places = (("prev", upto - 1), ("next", upto + 1))
    links = [
        f'<{path_address(path_id)}?upto={version}>; rel="{name}"' for name, version in places if 0 < version <= versions
    ]
    return {"Link": ", ".join(links)} if links else {}


async def loaded_for(path_id: UUID, house: House, actor: Actor) -> Loaded:
    """The path of the address, if it is the actor's to read."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    return loaded


async def names(house: House, actor: Actor, path_id: UUID, *sealed: str) -> tuple[str | None, ...]:
    """Name and number as the actor sees them; that they were shown is remembered."""
    shown = await opening(house.desk.vault, actor, sealed)
    return tuple(shown.value(path_id, "identity", one) for one in sealed)


@router.get("/paths/{path_id}/history", response_model=History, operation_id="read_history")
async def read_history(path_id: UUID, house: InHouse, actor: Reader) -> Response:
    """All that was recorded of a path, in the order of its recording, with what proves it."""
    loaded = await loaded_for(path_id, house, actor)
    facts = await facts_shown(house, actor, loaded)
    last = loaded.entries[-1]
    body = History(last.stream_id, last.version, repaired(loaded.facts), facts)
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position)})


@router.get("/paths/{path_id}/facts/{version}", response_model=FactShown, operation_id="read_fact")
async def read_fact(path_id: UUID, version: int, house: InHouse, actor: Reader) -> Response:
    """One fact of a path, by the version that it made."""
    loaded = await loaded_for(path_id, house, actor)
    if not 0 < version <= len(loaded.entries):
        message = f"the path has the versions 1 to {len(loaded.entries)}"
        raise NotFound(message)
    return Json((await facts_shown(house, actor, loaded, version))[0])


@router.get("/paths/{path_id}/answers/{key:path}", response_model=FactShown, operation_id="read_answer")
async def read_answer(path_id: UUID, key: str, house: InHouse, actor: Reader) -> Response:
    """The fact that a request of yours with this Idempotency-Key has recorded; 404 while there is none."""
    loaded = await loaded_for(path_id, house, actor)
    for entry in loaded.entries:
        if entry.key == f"{actor.id}:{key}":
            return Json((await facts_shown(house, actor, loaded, entry.version))[0])
    message = "no request with this key has recorded anything on the path, so far"
    raise NotFound(message)


async def facts_shown(house: House, actor: Actor, loaded: Loaded, only: int | None = None) -> Sequence[FactShown]:
    """All facts as they were recorded, or `only` one version, each with what later ones say of it."""
    found = marks(loaded.facts)
    secrets = await opening(house.desk.vault, actor, sealed_in(loaded.facts))

    def opened(about: Fact, values: Mapping[str, Any]) -> dict[str, Any]:
        return secrets.fields(about, {name: value for name, value in values.items() if name not in STAMPED})

    def shown(entry: Entry, fact: Fact) -> FactShown:
        own = {item.name: getattr(fact, item.name) for item in said(type(fact)) if item.name not in _OWN}
        if isinstance(fact, FactCorrected):
            own["says"] = opened(loaded.facts[fact.corrects - 1], fact.says)
        mark = found.get(entry.version, Mark())
        reason = secrets.value(entry.stream_id, "text", fact.reason)
        return replace(_fact(entry, fact, opened(fact, own), mark, opened(fact, mark.says)), reason=reason)

    pairs = zip(loaded.entries, loaded.facts, strict=True)
    return [shown(entry, fact) for entry, fact in pairs if only in (None, entry.version)]


def _fact(entry: Entry, fact: Fact, fields: Mapping[str, Any], mark: Mark, now: Mapping[str, Any]) -> FactShown:
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
        fields=fields,
        key=entry.key,
        digest=entry.digest.hex(),
        previous=entry.previous.hex(),
        corrected_by=mark.corrected_by,
        retracted_by=mark.retracted_by or None,
        now=now or None,
    )


_OWN = frozenset(FactShown.__dataclass_fields__)


@router.get("/paths/{path_id}/next", response_model=Next, operation_id="read_next")
async def read_next(path_id: UUID, house: InHouse, actor: Reader) -> Response:
    """What can be done now: open steps, what each still lacks, who may record what, and what is owed."""
    loaded = await loaded_for(path_id, house, actor)
    known = Grounds(loaded).judgement(judge(house.desk.rulebooks, loaded.facts, house.today))
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
