"""Terms of units: what each owes and has done, and the report with the entries it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import BASE, Json, etag
from api.clocks import AskedClocks
from api.grounds import FindingShown, Ground, Grounds, ObligationShown
from api.house import House, InHouse, Reader, refuse_unless_below
from api.paths import FactShown, facts_shown
from api.problems import NotFound, UnknownTerm
from domain.dormitories import InspectionView
from domain.facts.terms import TermClosed
from domain.termclock import term_stream
from domain.termjobs import JobView
from domain.terms import Count, TermJudgement, judge_term
from registry.shelf import Loaded
from views.clocks import TermRow

router = APIRouter(prefix=BASE, tags=["terms"])

TermState = Literal["open", "over", "closed"]
"""over: its last day has passed, and it still takes what belongs to it until it is closed."""


@dataclass(frozen=True, slots=True)
class TermListed:
    """A term of a unit as the views know it; `not_done` are jobs that are owed or were never done."""

    unit: str
    term: str
    href: str
    state: TermState
    first_on: date
    last_on: date
    closes_on: date
    closed_on: date | None
    due_on: date | None
    waiting_for: Sequence[str]
    not_done: Sequence[str]
    rules: Sequence[str]
    counts: Mapping[str, int]
    participants: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TermList:
    """The terms of a unit, the last one first."""

    items: Sequence[TermListed]
    position: int


@dataclass(frozen=True, slots=True)
class GroundShown(Ground):
    """A fact on which a number rests, with the address at which it is read."""

    href: str


@dataclass(frozen=True, slots=True)
class TermCountShown(Count):
    """What counts in a term, by kind; `facts` are the entries that were counted."""

    facts: Sequence[GroundShown]


@dataclass(frozen=True, slots=True)
class TermJobShown(JobView):
    """A job of a term as it stands; `facts` are the entries by which that is known."""

    facts: Sequence[GroundShown]


@dataclass(frozen=True, slots=True)
class TermSumShown:
    """A kind of activity over several units: how often, with how many people, and in how many of the units at all."""

    activity: str
    zh: str
    en: str
    number: int
    participants: int
    units: int


@dataclass(frozen=True, slots=True)
class TermBelow:
    """A unit and all units below it in this term, as the views know them; `not_done` counts units by job."""

    units: int
    closed: int
    counts: Sequence[TermSumShown]
    not_done: Mapping[str, int]
    items: Sequence[TermListed]
    position: int


@dataclass(frozen=True, slots=True)
class TermShown:
    """A unit in a term on a day: what it owes, what counts with the entries that were counted, what was found.

    `closed_with` is the report as it was recorded when the term was closed; what came later stands in the numbers above.
    """

    stream_id: UUID
    unit: str
    unit_kind: str
    term: str
    state: TermState
    day: date
    version: int
    position: int
    rulebooks: str
    policy: str
    first_on: date
    last_on: date
    closes_on: date
    counts: Sequence[TermCountShown]
    jobs: Sequence[TermJobShown]
    inspections: Sequence[InspectionView]
    obligations: Sequence[ObligationShown]
    findings: Sequence[FindingShown]
    closed_with: FactShown | None
    below: TermBelow | None = None


@router.get("/units/{unit_id}/terms", response_model=TermList, operation_id="list_terms")
async def list_terms(house: InHouse, actor: Reader, unit_id: str) -> Response:
    """List the terms of a unit."""
    await refuse_unless_below(house, actor, unit_id)
    position = (await house.views.bookmark()).position
    rows = await house.views.clocks.terms(unit_id)
    return Json(
        TermList([_listed(row, house.today) for row in rows], position), headers={"Log-Position": str(position)}
    )


@router.get("/units/{unit_id}/terms/{term}", response_model=TermShown, operation_id="read_term")
async def read_term(
    house: InHouse,
    actor: Reader,
    clocks: AskedClocks,
    unit_id: str,
    term: str,
    *,
    below: Annotated[bool, Query(description="Sum up all units below, as the views know them")] = False,
) -> Response:
    """The report of a unit's term, judged from its own stream: as of a day, by what was known at a moment."""
    whole = await loaded_term(house, unit_id, term)
    await refuse_unless_below(house, actor, unit_id)
    loaded = clocks.seen(whole)
    known = judge_term(house.desk.rulebooks, loaded.facts, clocks.as_of or house.today)
    closings = [fact.originator_version for fact in loaded.facts if isinstance(fact, TermClosed)]
    closed = await facts_shown(house, actor, loaded, closings[-1]) if known.closed and closings else []
    summed = await _below(house, unit_id, known) if below else None
    body = _shown(loaded, known, closed[0] if closed else None, summed)
    return Json(body, headers={"ETag": etag(known.version), "Log-Position": str(body.position)})


@router.get("/units/{unit_id}/terms/{term}/facts/{version}", response_model=FactShown, operation_id="read_term_fact")
async def read_term_fact(house: InHouse, actor: Reader, unit_id: str, term: str, version: int) -> Response:
    """One fact of a term, by the version that it made."""
    loaded = await loaded_term(house, unit_id, term)
    await refuse_unless_below(house, actor, unit_id)
    if not 0 < version <= len(loaded.entries):
        message = f"the term has the versions 1 to {len(loaded.entries)}"
        raise NotFound(message)
    return Json((await facts_shown(house, actor, loaded, version))[0])


def term_address(unit_id: str, term: str) -> str:
    """Where a term of a unit is read."""
    return f"{BASE}/units/{quote(unit_id, safe='')}/terms/{quote(term, safe='')}"


async def loaded_term(house: House, unit_id: str, term: str) -> Loaded:
    """The term of a unit. Raises UnknownTerm where it has not begun, or the unit keeps none."""
    loaded = await house.desk.load(term_stream(unit_id, term))
    if not loaded.entries:
        terms = [row.term for row in await house.views.clocks.terms(unit_id)]
        raise UnknownTerm(f"the unit {unit_id!r} has no term {term!r}; its terms: {', '.join(terms) or 'none'}")
    return loaded


async def _below(house: House, unit_id: str, known: TermJudgement) -> TermBelow:
    position = (await house.views.bookmark()).position
    rows = await house.views.clocks.below(unit_id, known.stage)
    policy = house.desk.rulebooks.policy.terms
    words = policy.activities if policy else {}
    held: dict[str, list[tuple[int, int]]] = {one.activity: [] for one in known.counts}
    for row in rows:
        for activity, number, people in zip(row.activities, row.numbers, row.participants, strict=True):
            held.setdefault(activity, []).append((number, people))
    jobs = sorted({job for row in rows for job in row.not_done})
    return TermBelow(
        units=len(rows),
        closed=sum(row.closed_on is not None for row in rows),
        counts=[
            TermSumShown(
                activity=name,
                zh=words[name].zh if name in words else name,
                en=words[name].en if name in words else name,
                number=sum(number for number, _ in told),
                participants=sum(people for _, people in told),
                units=sum(number > 0 for number, _ in told),
            )
            for name, told in held.items()
        ],
        not_done={job: sum(job in row.not_done for row in rows) for job in jobs},
        items=[_listed(row, known.day) for row in rows],
        position=position,
    )


def _listed(row: TermRow, day: date) -> TermListed:
    return TermListed(
        unit=row.unit,
        term=row.term,
        href=term_address(row.unit, row.term),
        state=_state(day, row.last_on, closed=row.closed_on is not None),
        first_on=row.first_on,
        last_on=row.last_on,
        closes_on=row.closes_on,
        closed_on=row.closed_on,
        due_on=row.due_on,
        waiting_for=row.waiting_for,
        not_done=row.not_done,
        rules=row.rules,
        counts=dict(zip(row.activities, row.numbers, strict=True)),
        participants=dict(zip(row.activities, row.participants, strict=True)),
    )


def _state(day: date, last_on: date, *, closed: bool) -> TermState:
    if closed:
        return "closed"
    return "over" if day > last_on else "open"


def _shown(loaded: Loaded, known: TermJudgement, closed: FactShown | None, below: TermBelow | None) -> TermShown:
    grounds, address = Grounds(loaded), term_address(known.home_unit, known.stage)

    def facts(versions: Sequence[int]) -> list[GroundShown]:
        return [
            GroundShown(one.version, one.position, one.kind, one.effective_on, f"{address}/facts/{one.version}")
            for one in grounds.facts(versions)
        ]

    def plain(one: Count | JobView) -> dict[str, Any]:
        return {name: getattr(one, name) for name in one.__dataclass_fields__}

    return TermShown(
        stream_id=loaded.entries[0].stream_id,
        unit=known.home_unit,
        unit_kind=known.unit_kind,
        term=known.stage,
        state=_state(known.day, known.last_on, closed=known.closed),
        day=known.day,
        version=known.version,
        position=loaded.entries[-1].position,
        rulebooks=known.digest,
        policy=known.edition,
        first_on=known.first_on,
        last_on=known.last_on,
        closes_on=known.closes_on,
        counts=[TermCountShown(**plain(one), facts=facts(one.versions)) for one in known.counts],
        jobs=[TermJobShown(**plain(one), facts=facts(one.versions)) for one in known.jobs],
        inspections=known.inspections,
        obligations=[grounds.obligation(one) for one in known.obligations],
        findings=grounds.findings(known.findings),
        closed_with=closed,
        below=below,
    )
