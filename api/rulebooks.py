"""The rulebooks: which set is in force here and who adopted it, each book in the words of its file, and adopting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import BASE, Json, ReceiptShown, answer
from api.house import AnyActor, House, InHouse
from api.problems import NotFound, RoleMayNot
from api.requests import required_key
from domain.facts.units import RulebookAdopted
from domain.rulesaid import EditionSaid, PolicySaid, edition_said, policy_said
from registry.adopting import COMMITTEE, Adopting, adopt, adopted, adoptions, sets_of
from registry.auditing import Books
from registry.desk import unit_stream
from registry.rulebooks import CURRENT, texts_named

router = APIRouter(prefix=f"{BASE}/rulebooks", tags=["rulebooks"])

ADOPTS = frozenset({"organisation-department", "admin"})
"""Who enters what the committee has adopted."""


@dataclass(frozen=True, slots=True)
class Book:
    """An edition or the school's policy, in short."""

    name: str
    zh: str
    en: str
    kind: str
    in_force_from: date | None
    rules: int
    obligations: int
    tightened: int


@dataclass(frozen=True, slots=True)
class AdoptionShown:
    """That a set was adopted: what was new in it, from which day it is in force, who entered it and who agreed, and why."""

    name: str
    digest: str
    in_force_from: date
    unit: str | None
    recorded_by: str
    approved_by: str | None
    reason: str | None
    recorded_at: datetime
    running: bool


@dataclass(frozen=True, slots=True)
class RulebookList:
    """The set that this process judges by. `adopted` is false for one that no committee has adopted: a warning."""

    digest: str
    adopted: bool
    items: Sequence[Book]
    adoptions: Sequence[AdoptionShown]


@dataclass(frozen=True, slots=True)
class AdoptionAsked:
    """Adopt the set that is running: `name` is the edition or policy that is new in it."""

    name: str
    reason: str
    approved_by: str
    by_unit: str
    in_force_from: date | None = None


@router.get("", response_model=RulebookList, operation_id="list_rulebooks")
async def list_rulebooks(house: InHouse, _actor: AnyActor) -> Response:
    """List the editions and the policy, with the digest of the set and who adopted it."""
    books = house.desk.rulebooks
    found = await adoptions(house.desk, await committees(house))
    tightened = [one.edition for one in books.policy.tightenings]
    items = [
        Book(
            one.name,
            one.title.zh,
            one.title.en,
            "edition",
            one.in_force_from,
            *(len(one.rules), len(one.duties), tightened.count(one.name)),
        )
        for one in books.editions
    ]
    own = books.policy
    items.append(
        Book(own.name, own.title.zh, own.title.en, "policy", own.in_force_from, len(own.rules), len(own.duties), 0)
    )
    shown = [_shown(one, books.digest) for one in found]
    return Json(RulebookList(books.digest, adopted(found, books.digest) is not None, items, shown))


@router.get("/{name}", response_model=EditionSaid | PolicySaid, operation_id="read_rulebook")
async def read_rulebook(house: InHouse, _actor: AnyActor, name: str) -> Response:
    """Read a book: its stages, steps, rules and obligations with their sources; of a policy, what it makes stricter."""
    books = house.desk.rulebooks
    known = {one.name: one for one in books.editions}
    if name in known:
        return Json(edition_said(known[name]))
    if name == books.policy.name:
        return Json(policy_said(books.policy))
    near = get_close_matches(name, [*known, books.policy.name], 3, 0.3) or [*known, books.policy.name]
    raise NotFound(f"there is no rulebook {name!r} in this set; there are {', '.join(near)}")


@router.post("/adoptions", status_code=201, response_model=ReceiptShown, operation_id="adopt_rulebook")
async def adopt_rulebook(request: Request, house: InHouse, actor: AnyActor, asked: AdoptionAsked) -> Response:
    """Record that the university's committee adopts the set that is running, with its whole text."""
    if actor.role not in ADOPTS:
        roles = sorted(ADOPTS)
        raise RoleMayNot(
            f"an adoption is entered by {', '.join(roles)}, not by {actor.role}", role=actor.role, roles=roles
        )
    texts = texts_named(CURRENT, house.settings.school)
    given = Adopting(
        name=asked.name,
        in_force_from=asked.in_force_from,
        reason=asked.reason,
        approved_by=asked.approved_by,
        actor=actor.id,
        capacity=actor.role,
        key=required_key(request),
    )
    outcome = await adopt(house.desk, asked.by_unit, texts, given, house.clock())
    return await answer(house.desk, outcome, unit_stream(asked.by_unit), f"{BASE}/units/{asked.by_unit}")


async def committees(house: House) -> list[str]:
    """The units that adopt rulebooks, as the views know them."""
    return [one.unit_id for one in await house.views.units() if one.kind == COMMITTEE]


async def books_of(house: House) -> Books:
    """The rulebooks of today, and all that were ever adopted."""
    return Books(house.desk.rulebooks, sets_of(await adoptions(house.desk, await committees(house))))


def _shown(one: RulebookAdopted, running: str) -> AdoptionShown:
    return AdoptionShown(
        name=one.name,
        digest=one.digest,
        in_force_from=one.in_force_from,
        unit=one.by_unit,
        recorded_by=one.recorded_by,
        approved_by=one.approved_by,
        reason=one.reason,
        recorded_at=one.timestamp,
        running=one.digest == running,
    )
