"""What every endpoint has at hand, and who is asking it."""

from asyncio import Lock, Semaphore
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from api.actors import Actor, BadToken, read_token
from api.problems import NotSignedIn, NotYourUnit, Restricted, RoleMayNot, UnknownPath
from api.rights import READS, RECEIVING, SEES_RESTRICTED, may_record, who_may
from domain.calendar import civil_day
from domain.facts import Fact
from domain.facts.application import ApplicationSubmitted
from domain.personal import personal_state
from domain.reading import home_of
from domain.receipt import Asked, Outcome
from eventlog.published import Published
from registry.access.looks import Looks
from registry.desk import Desk
from registry.letters import LetterTexts, Links
from registry.shelf import Loaded
from runtime.engine import EngineHealth
from runtime.jobs import Jobs
from runtime.settings import Settings
from runtime.workshop import Workshop
from views.store import Views

TOKENS_KNOWN = 4096
CHECKS_AT_ONCE = 2


class Asks(Protocol):
    """What the API needs of the engine."""

    async def transition(self, asked: Asked) -> Outcome:
        """Ask a path's workflow for a transition."""
        ...

    async def health(self) -> EngineHealth:
        """Tell whether the engine answers."""
        ...


@dataclass(frozen=True, slots=True)
class Fed:
    """What a calendar's feed was answered last: on which day, by which state of the views, under which ETag."""

    day: date
    position: int
    rules: str
    tag: str


@dataclass(frozen=True, slots=True)
class House:
    """Made once for a process: the desk and the views it works with, the engine it asks, the clock it looks at."""

    settings: Settings
    desk: Desk
    views: Views
    looks: Looks
    engine: Asks
    clock: Callable[[], datetime]
    token_key: bytes = field(repr=False)
    sealed: Published
    workshop: Workshop
    jobs: Jobs | None
    letters: LetterTexts = field(kw_only=True)
    links: Links = field(kw_only=True)
    feeds: dict[str, Fed] = field(default_factory=dict, repr=False)
    """What each feed that was read lately was answered, by the digest of its address."""

    batches: Lock = field(default_factory=Lock, repr=False)
    """Batches go one after another: two that touch the same paths would only make each other begin again."""

    checks: Semaphore = field(default_factory=lambda: Semaphore(CHECKS_AT_ONCE), repr=False)
    """Spreadsheets that are checked at one time, each in a process of its own; others wait."""

    @property
    def today(self) -> date:
        """The civil day in Shanghai."""
        return civil_day(self.clock())

    async def line(self, unit: str) -> list[str]:
        """The unit and all above it."""
        now = self.clock()
        return await self.desk.line(unit, civil_day(now), now)

    async def load(self, path_id: UUID) -> Loaded:
        """Load a path. Raises UnknownPath."""
        loaded = await self.desk.load(path_id)
        if not loaded.entries or loaded.facts[0].SUBJECT != "path":
            raise UnknownPath(f"there is no path {path_id}", paths=[path_id])
        return loaded


def house_of(request: Request) -> House:
    """The house in which this request is answered."""
    house: House = request.app.state.house
    return house


@lru_cache(TOKENS_KNOWN)
def _known(key: bytes, token: str) -> tuple[Actor, datetime]:
    return read_token(key, token)


def actor_of(request: Request) -> Actor:
    """Who asks. Raises NotSignedIn."""
    house = house_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    challenge = {"WWW-Authenticate": "Bearer"}
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("there is no `Authorization: Bearer` header", headers=challenge)
    try:
        actor, over = _known(house.token_key, token.strip())
    except BadToken as error:
        raise NotSignedIn(f"the token is not valid: {error}", headers=challenge) from None
    if over <= house.clock():
        raise NotSignedIn(f"the token ended at {over.isoformat()}", headers=challenge)
    request.state.actor = actor
    return actor


def reader_of(request: Request) -> Actor:
    """Who asks, if they may read paths. Raises NotSignedIn, RoleMayNot."""
    actor = actor_of(request)
    if actor.role not in READS:
        message = f"the role {actor.role} records and does not read"
        raise RoleMayNot(message, role=actor.role, roles=sorted(READS))
    return actor


InHouse = Annotated[House, Depends(house_of)]
Reader = Annotated[Actor, Depends(reader_of)]
AnyActor = Annotated[Actor, Depends(actor_of)]


def refuse_unless_role(actor: Actor, topic: str, mode: str) -> None:
    """Raise RoleMayNot where a role may not record a kind of fact, naming those that may."""
    if not may_record(actor, topic, mode):
        roles = who_may(topic)
        message = f"{topic!r} is recorded by {', '.join(roles) or 'nobody by hand'}, not by {actor.role}"
        raise RoleMayNot(message, role=actor.role, roles=roles)


async def refuse_unless_below(house: House, actor: Actor, unit: str) -> None:
    """Raise NotYourUnit for a unit that does not lie at or below the actor's own."""
    if actor.unit != unit and actor.unit not in await house.line(unit):
        raise _not_yours(actor, unit)


async def refuse_unless_concerned(house: House, actor: Actor, facts: Sequence[Fact], topic: str | None = None) -> None:
    """Raise NotYourUnit for a path that is none of the actor's.

    A path is its home unit's, and of all above it. While a person moves it may also be read by the unit to which they
    go, which may record that it receives them. A path whose person's data are restricted is for named roles alone.
    """
    if actor.role not in SEES_RESTRICTED and personal_state(facts).restricted:
        raise Restricted("the data of this person are restricted: they are stored, and not used")
    home = home_of(facts)
    if actor.unit == home or actor.unit in await house.line(home):
        return
    going_to = next((fact.to_unit for fact in reversed(facts) if hasattr(fact, "to_unit")), None)
    if going_to and (topic is None or topic in RECEIVING) and actor.unit in await house.line(going_to):
        return
    raise _not_yours(actor, home)


def opening_of(facts: Sequence[Fact]) -> ApplicationSubmitted:
    """The application with which a path begins."""
    opening = facts[0]
    if not isinstance(opening, ApplicationSubmitted):
        message = f"a path begins with {opening.TOPIC!r}"
        raise TypeError(message)
    return opening


def _not_yours(actor: Actor, unit: str) -> NotYourUnit:
    return NotYourUnit(f"{unit!r} does not lie at or below your unit {actor.unit!r}", unit=unit, your_unit=actor.unit)
