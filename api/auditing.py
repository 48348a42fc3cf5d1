"""The audit of a period: every finding with its evidence, and every decision judged again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json
from api.clocks import Day
from api.house import InHouse, Reader, refuse_unless_below
from api.looking import listed
from api.problems import RoleMayNot
from api.requests import wrong
from api.rights import READS_LOG
from api.rulebooks import books_of
from registry.auditing import Found, Reviewed, audit

router = APIRouter(prefix=BASE, tags=["replay"])

MOST_READ = 100
"""How many paths a page of an audit judges."""

FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of an audit: `paths` were looked at. `next` is the address of the next page."""

    unit: str
    first: date
    last: date
    paths: int
    findings: Sequence[Found]
    decisions: Sequence[Reviewed]
    next: str | None


@router.get("/audit", response_model=AuditPage, operation_id="audit_period")
async def audit_period(  # noqa: PLR0917 - who asks, of whom, over which days, and which page
    house: InHouse,
    actor: Reader,
    first: Annotated[Day, Query(alias="from", description="The first day of the period", examples=["2026-01-01"])],
    last: Annotated[Day, Query(alias="to", description="The last day of the period", examples=["2026-06-30"])],
    unit: Annotated[str | None, Query(description="This unit and everything below it; your own if left out")] = None,
    after: Annotated[UUID, Query(description="From `next`; the path behind which the page begins")] = FIRST,
) -> Response:
    """Audit a period: facts that count in it, on every path whose home the unit, or one below it, ever was."""
    unit = unit or actor.unit
    _refuse_unless_auditing(actor)
    await refuse_unless_below(house, actor, unit)
    if last < first:
        raise wrong("to", f"a day from {first} on")
    path_ids = await house.views.once_of(unit, after=after, limit=MOST_READ)
    load, books = house.desk.load, await books_of(house)
    audits = [audit(books, await load(path_id), first, last, house.today) for path_id in path_ids]
    following = _next(unit, first, last, path_ids[-1]) if len(path_ids) == MOST_READ else None
    findings = [found for one in audits for found in one.findings]
    decisions = [reviewed for one in audits for reviewed in one.decisions]
    listed(len(path_ids))
    return Json(AuditPage(unit, first, last, len(path_ids), findings, decisions, following))


def _next(unit: str, first: date, last: date, after: UUID) -> str:
    return f"{BASE}/audit?{urlencode({'unit': unit, 'from': first, 'to': last, 'after': after})}"


def _refuse_unless_auditing(actor: Actor) -> None:
    if actor.role not in READS_LOG:
        roles = sorted(READS_LOG)
        message = f"a period is audited by {', '.join(roles)}, not by {actor.role}"
        raise RoleMayNot(message, role=actor.role, roles=roles)
