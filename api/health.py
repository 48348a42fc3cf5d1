"""Whether the process lives, and whether all that it needs does: the truth, at the moment of asking."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import Json
from api.house import House, InHouse
from eventlog.log import LogError
from views.store import ViewsUnavailable

MOST_LAG = 10_000
"""Entries that the views may be behind before this is called a fault: a large import is followed in seconds."""

router = APIRouter(tags=["health"])


@dataclass(frozen=True, slots=True)
class Alive:
    """The process answers."""

    status: str


@dataclass(frozen=True, slots=True)
class DatabaseReady:
    """PostgreSQL as the log needs it; `size` is the position of the last entry."""

    ready: bool
    size: int
    error: str


@dataclass(frozen=True, slots=True)
class EngineReady:
    """Temporal, and the workers that ask it for work. Without it evidence is taken, and decisions are not."""

    ready: bool
    reachable: bool
    pollers: int
    last_poll_age_s: float | None
    error: str


@dataclass(frozen=True, slots=True)
class ViewsReady:
    """How far the views have followed the log, and how many entries they lack."""

    ready: bool
    position: int
    lag: int
    error: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether everything is there. `takes` says what can be done all the same."""

    ready: bool
    takes: list[str]
    database: DatabaseReady
    engine: EngineReady
    views: ViewsReady


@router.get("/health", response_model=Alive, operation_id="health")
async def health() -> Response:
    """Whether the process lives. Asks nobody else."""
    return Json(Alive("alive"))


@router.get("/ready", response_model=Ready, operation_id="ready", responses={503: {"model": Ready}})
async def ready(house: InHouse) -> Response:
    """Whether PostgreSQL, Temporal, its workers and the views' follower are there: 200, or 503 with what is not."""
    database = await _database(house)
    engine = await _engine(house)
    views = await _views(house, database.size)
    takes = ["reading", "evidence"] if database.ready else []
    if database.ready and engine.ready:
        takes.append("decisions")
    whole = Ready(database.ready and engine.ready and views.ready, takes, database, engine, views)
    return Json(whole, 200 if whole.ready else 503)


async def _database(house: House) -> DatabaseReady:
    try:
        return DatabaseReady(ready=True, size=await house.desk.log.size(), error="")
    except LogError as error:
        return DatabaseReady(ready=False, size=0, error=str(error))


async def _engine(house: House) -> EngineReady:
    found = await house.engine.health()
    error = found.error or ("" if found.pollers else "no worker asks for work")
    return EngineReady(
        ready=found.reachable and found.pollers > 0,
        reachable=found.reachable,
        pollers=found.pollers,
        last_poll_age_s=found.last_poll_age_s,
        error=error,
    )


async def _views(house: House, size: int) -> ViewsReady:
    try:
        position = (await house.views.bookmark()).position
    except ViewsUnavailable as error:
        return ViewsReady(ready=False, position=0, lag=size, error=str(error))
    lag = max(size - position, 0)
    fault = "" if lag <= MOST_LAG else "the follower is far behind, or there is none"
    return ViewsReady(ready=not fault, position=position, lag=lag, error=fault)
