"""Replaying: a path step by step, two points of it compared, and who stood where in a unit on a day, as known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json, etag, path_address
from api.clocks import AskedClocks, Clocks, Day
from api.house import House, InHouse, Reader, opening_of, refuse_unless_below
from api.looking import listed
from api.paths import loaded_for, names
from api.requests import aware, wrong
from api.rights import SEES_RESTRICTED
from api.rulebooks import books_of
from domain.difference import Difference, differences
from domain.judge import judge
from domain.personal import personal_state
from registry.auditing import Digest, digest_of
from registry.replay import Frame, as_happened, as_recorded, known_at

router = APIRouter(prefix=BASE, tags=["replay"])

MOST_READ = 200
"""How many paths a page of a roll looks at."""

FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class FrameShown:
    """One step of a replay: the fact that came, the day on which the path is judged, and what it changed.

    `state` tells of a decision whether its state digest was made again the same.
    """

    version: int
    position: int
    topic: str
    title: str
    effective_on: date
    recorded_at: datetime
    recorded_by: str
    day: date
    stage: str
    outcome: str
    changed: Sequence[Difference]
    state: Digest
    href: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A path from its first fact to its last."""

    path_id: UUID
    version: int
    by: str
    frames: Sequence[FrameShown]


@dataclass(frozen=True, slots=True)
class Point:
    """A point under both clocks: the day, and the version that was known."""

    as_of: date
    known: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What the path says at the second point otherwise than at the first."""

    path_id: UUID
    before: Point
    after: Point
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class RollRow:
    """Where somebody stood. Name and number are there for those who deal with the person, else null."""

    path_id: UUID
    name: str | None
    student_no: str | None
    unit: str
    stage: str
    outcome: str
    pending: str
    version: int
    position: int
    href: str


@dataclass(frozen=True, slots=True)
class Roll:
    """Who stood where in a unit and all below it on a day. `next` is the address of the next page."""

    unit: str
    as_of: date
    known: datetime | None
    items: Sequence[RollRow]
    next: str | None


@router.get("/paths/{path_id}/replay", response_model=Replay, operation_id="replay_path")
async def replay_path(
    path_id: UUID,
    house: InHouse,
    actor: Reader,
    clocks: AskedClocks,
    by: Annotated[
        Literal["recorded", "happened"],
        Query(description="As its readers got to know it, entry by entry; or as it happened, day by day"),
    ] = "recorded",
) -> Response:
    """The path step by step, with what each fact changed: stage, steps, findings, what is owed."""
    loaded = clocks.seen(await loaded_for(path_id, house, actor))
    replayed = as_recorded if by == "recorded" else as_happened
    books, last = await books_of(house), loaded.entries[-1]
    frames = [
        _frame(frame, digest_of(books, loaded.facts, frame.fact))
        for frame in replayed(books.now, loaded)
        if clocks.as_of is None or frame.fact.effective_on <= clocks.as_of
    ]
    body = Replay(last.stream_id, last.version, by, frames)
    return Json(body, headers={"ETag": etag(last.version), "Log-Position": str(last.position)})


def _frame(frame: Frame, state: Digest) -> FrameShown:
    entry, fact, known = frame.entry, frame.fact, frame.judgement
    return FrameShown(
        version=entry.version,
        position=entry.position,
        topic=fact.TOPIC,
        title=fact.TITLE,
        effective_on=fact.effective_on,
        recorded_at=entry.recorded_at,
        recorded_by=fact.recorded_by,
        day=frame.day,
        stage=known.stage,
        outcome=known.outcome,
        changed=frame.changed,
        state=state,
        href=f"{path_address(entry.stream_id)}?upto={entry.version}",
    )


async def other_clocks(
    to_as_of: Annotated[Day | None, Query(description="The second point's day; today if left out")] = None,
    to_known: Annotated[datetime | None, Query(description="The second point's moment; all that is recorded")] = None,
) -> Clocks:
    """The second point of a comparison. Raises WrongShape for a moment without a zone."""
    return Clocks(to_as_of, to_known and aware("to_known", to_known))


@router.get("/paths/{path_id}/difference", response_model=Compared, operation_id="compare_path")
async def compare_path(
    path_id: UUID, house: InHouse, actor: Reader, clocks: AskedClocks, to: Annotated[Clocks, Depends(other_clocks)]
) -> Response:
    """What the path said at one point, under both clocks, and says otherwise at another."""
    whole = await loaded_for(path_id, house, actor)
    seen = [(one, one.seen(whole), one.as_of or house.today) for one in (clocks, to)]
    before, after = (judge(house.desk.rulebooks, loaded.facts, day) for _, loaded, day in seen)
    points = [Point(day, one.known, loaded.head.version) for one, loaded, day in seen]
    body = Compared(whole.entries[-1].stream_id, points[0], points[1], tuple(differences(before, after)))
    return Json(body, headers={"ETag": etag(whole.head.version)})


@router.get("/units/{unit_id}/roll", response_model=Roll, operation_id="read_roll")
async def read_roll(  # noqa: PLR0917 - of whom, under which clocks, narrowed, and which page
    unit_id: str,
    house: InHouse,
    actor: Reader,
    clocks: AskedClocks,
    stage: Annotated[str | None, Query(description="Only who stood at this stage", examples=["activist"])] = None,
    after: Annotated[UUID, Query(description="From `next`; the path behind which the page begins")] = FIRST,
) -> Response:
    """Who stood where on a day, by what was known at a moment: every path whose home the unit, or one below it, was."""
    await refuse_unless_below(house, actor, unit_id)
    day = clocks.as_of or house.today
    stages = house.desk.rulebooks.on(day).stages
    if stage is not None and stage not in stages:
        raise wrong("stage", f"one of {', '.join(stages)}")
    path_ids = await house.views.once_of(unit_id, after=after, limit=MOST_READ)
    rows = [row for path_id in path_ids if (row := await _row(house, actor, path_id, clocks, unit_id))]
    shown = [row for row in rows if stage in {None, row.stage}]
    listed(len(shown))
    following = _next(unit_id, clocks, stage, path_ids[-1]) if len(path_ids) == MOST_READ else None
    return Json(Roll(unit_id, day, clocks.known, shown, following))


async def _row(house: House, actor: Actor, path_id: UUID, clocks: Clocks, unit_id: str) -> RollRow | None:
    """Where a path stood; None if it was not known, not begun, or not at home in the unit or below it."""
    day = clocks.as_of or house.today
    loaded = await house.desk.load(path_id)
    if clocks.known:
        loaded = known_at(loaded, clocks.known)
    if not loaded.entries or loaded.facts[0].effective_on > day:
        return None
    if actor.role not in SEES_RESTRICTED and personal_state(loaded.facts).restricted:
        return None
    known = judge(house.desk.rulebooks, loaded.facts, day, find=False, steps=False)
    if unit_id not in await house.line(known.home_unit):
        return None
    opening, last = opening_of(loaded.facts), loaded.entries[-1]
    name, student_no = await names(house, actor, path_id, opening.name, opening.student_no)
    return RollRow(
        path_id=path_id,
        name=name,
        student_no=student_no,
        unit=known.home_unit,
        stage=known.stage,
        outcome=known.outcome,
        pending=known.pending,
        version=last.version,
        position=last.position,
        href=path_address(path_id),
    )


def _next(unit_id: str, clocks: Clocks, stage: str | None, last: UUID) -> str:
    asked = {"as_of": clocks.as_of, "known": clocks.known and clocks.known.isoformat(), "stage": stage, "after": last}
    return f"{BASE}/units/{quote(unit_id, safe='')}/roll?{urlencode({k: v for k, v in asked.items() if v})}"
