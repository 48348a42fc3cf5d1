"""Whether the process lives, and whether all that it needs does: the truth, at the moment of asking."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import Json
from api.house import House, InHouse
from api.rulebooks import committees
from eventlog.log import LogError
from eventlog.published import WitnessSeen
from registry.adopting import adopted, adoptions
from registry.keys.store import KeysUnavailable
from views.store import ViewsUnavailable

SIGNER_SILENT = timedelta(seconds=60)
"""The signer says every few seconds how it is; one that has said nothing for so long is away."""

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
class SealingReady:
    """How far the signer has sealed the log, how many entries wait, and how it stands with each witness.

    `refused` is what the signer will not sign: somebody has altered the log, or restored an old copy.
    """

    ready: bool
    size: int
    lag: int
    sealed_at: datetime | None
    refused: str
    error: str
    witnesses: Sequence[WitnessSeen]


@dataclass(frozen=True, slots=True)
class RulebooksReady:
    """Which set of rulebooks is running. One that no committee has adopted judges all the same, with a `warning`."""

    digest: str
    adopted: bool
    warning: str


@dataclass(frozen=True, slots=True)
class KeysReady:
    """The store of the keys of sealed values. With an `alarm`, keys are gone that nothing in the store says went."""

    ready: bool
    keys: int
    alarm: str
    error: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether everything is there. `takes` says what can be done all the same."""

    ready: bool
    takes: list[str]
    database: DatabaseReady
    engine: EngineReady
    views: ViewsReady
    sealing: SealingReady
    rulebooks: RulebooksReady
    keys: KeysReady


@router.get("/health", response_model=Alive, operation_id="health")
async def health() -> Response:
    """Whether the process lives. Asks nobody else."""
    return Json(Alive("alive"))


@router.get("/ready", response_model=Ready, operation_id="ready", responses={503: {"model": Ready}})
async def ready(house: InHouse) -> Response:
    """Whether PostgreSQL, Temporal, its workers, the views' follower and the signer are there: 200, or 503 with what is not.

    Where there has never been a signer, none is missed.
    """
    database = await _database(house)
    engine = await _engine(house)
    views = await _views(house, database.size)
    sealing = await _sealing(house, database.size)
    takes = ["reading", "evidence"] if database.ready else []
    if database.ready and engine.ready:
        takes.append("decisions")
    keys = await _keys(house)
    everything = database.ready and engine.ready and views.ready and sealing.ready and keys.ready
    whole = Ready(everything, takes, database, engine, views, sealing, await _rulebooks(house), keys)
    return Json(whole, 200 if whole.ready else 503)


async def _keys(house: House) -> KeysReady:
    try:
        stock = await house.desk.vault.keys.stock()
    except KeysUnavailable as error:
        return KeysReady(ready=False, keys=0, alarm="", error=str(error))
    gone = stock.expected - stock.present
    alarm = f"{gone} keys are missing and were not destroyed by us: `jieti subject check` names them" if gone else ""
    return KeysReady(ready=True, keys=stock.present, alarm=alarm, error="")


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


async def _sealing(house: House, size: int) -> SealingReady:
    said = await asyncio.to_thread(house.sealed.status)
    if said is None:
        return SealingReady(True, 0, size, None, "", "no signer has been at work here: nothing is sealed", ())
    lag = max(size - said.size, 0)
    error = said.error
    if said.refused:
        error = "sealing has stopped: the log is not an extension of what was signed"
    elif house.clock() - said.seen_at > SIGNER_SILENT:
        error = f"the signer has said nothing since {said.seen_at:%Y-%m-%dT%H:%M:%SZ}; {lag} entries are not sealed"
    return SealingReady(not error, said.size, lag, said.sealed_at, said.refused, error, said.witnesses)


async def _rulebooks(house: House) -> RulebooksReady:
    digest = house.desk.rulebooks.digest
    try:
        found = adopted(await adoptions(house.desk, await committees(house)), digest)
    except (LogError, ViewsUnavailable) as error:
        return RulebooksReady(digest, adopted=False, warning=f"not known now: {error}")
    warning = "" if found else "no committee has adopted this set; `jieti rulebook adopt` records that one has"
    return RulebooksReady(digest, found is not None, warning)
