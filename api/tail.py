"""The log itself, for those who check or copy it: from a position on, and as it grows."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from fastapi.sse import format_sse_event
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.actors import Actor
from api.answers import BASE, Json
from api.house import AnyActor, House, InHouse
from api.problems import BadHeader, RoleMayNot
from api.rights import READS_LOG
from eventlog.entry import Entry
from eventlog.log import LogUnavailable

KEEP_ALIVE_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000
AT_ONCE = 500
MOST_LISTED = 1000

router = APIRouter(prefix=BASE, tags=["log"])


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry of the log, with all that its digest covers. Names in its payload are sealed."""

    position: int
    stream_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    key: str
    request: str
    payload: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries in the order of the log; `after` is what to ask for next."""

    items: Sequence[EntryShown]
    after: int
    size: int


@router.get("/log", response_model=LogPage, operation_id="read_log")
async def read_log(
    house: InHouse,
    actor: AnyActor,
    after: Annotated[int, Query(ge=0, le=2**62, description="The position behind which to begin")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
) -> Response:
    """Read the log behind a position. Positions have no gaps: whoever has read up to one has all before it."""
    refuse_unless_log_reader(actor)
    entries = await house.desk.log.after(after, limit=limit)
    last = entries[-1].position if entries else after
    size = await house.desk.log.size()
    headers = {"Log-Position": str(last)}
    if last < size:
        headers["Link"] = f'<{BASE}/log?after={last}&limit={limit}>; rel="next"'
    return Json(LogPage([_shown(entry) for entry in entries], last, size), headers=headers)


@router.get(
    "/log/stream",
    operation_id="follow_log",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_log(
    request: Request,
    house: InHouse,
    actor: AnyActor,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="Begin behind this position; Last-Event-ID goes first")
    ] = 0,
) -> Response:
    """The log as server-sent events, from a position on and as it grows; the id of an event is its position."""
    refuse_unless_log_reader(actor)
    given = request.headers.get("last-event-id")
    if given is not None:
        if not given.isascii() or not given.isdecimal() or len(given) > 18:  # noqa: PLR2004 - what fits the log's positions
            message = f"Last-Event-ID must be a position, not {given!r}"
            raise BadHeader(message)
        after = int(given)
    await house.desk.log.size()  # a log that is away is told with a status, not in a stream
    return StreamingResponse(_events(house, after), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(house: House, after: int) -> AsyncIterator[bytes]:
    """Send entry after entry; ends when the log goes away, and the reader comes back with its last id."""
    log = house.desk.log
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n".encode()
    try:
        while True:
            entries = await log.after(after, limit=AT_ONCE)
            for entry in entries:
                data = orjson.dumps(_shown(entry), option=orjson.OPT_UTC_Z).decode()
                yield format_sse_event(data_str=data, event="entry", id=str(entry.position))
                after = entry.position
            if not entries and await log.wait(after, seconds=KEEP_ALIVE_SECONDS) <= after:
                yield b": still here\n\n"
    except LogUnavailable:
        return


def refuse_unless_log_reader(actor: Actor) -> None:
    """Raise RoleMayNot for somebody who may not read the log itself."""
    if actor.role not in READS_LOG:
        message = "the log is of all units; it is read by those who answer for all of them"
        raise RoleMayNot(message, role=actor.role, roles=sorted(READS_LOG))


def _shown(entry: Entry) -> EntryShown:
    return EntryShown(
        position=entry.position,
        stream_id=entry.stream_id,
        version=entry.version,
        topic=entry.topic,
        recorded_at=entry.recorded_at,
        key=entry.key,
        request=entry.request.hex(),
        payload=entry.payload.decode(),
        previous=entry.previous.hex(),
        digest=entry.digest.hex(),
    )
