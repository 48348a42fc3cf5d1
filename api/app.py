"""The application: routes, and what becomes of every exception."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import (
    acts,
    auditing,
    calendars,
    catalogue,
    clockwork,
    evidence,
    explained,
    facts,
    feeds,
    forecast,
    health,
    jobs,
    letters,
    lint,
    lists,
    measures,
    paths,
    plan,
    recipients,
    reminders,
    repairs,
    replay,
    rulebooks,
    sealed,
    stuck,
    subjects,
    tail,
    termfacts,
    terms,
    units,
    viewer,
)
from api.answers import BASE
from api.described import describe
from api.edge import Edge
from api.house import Asks, House
from api.problems import (
    KeyReused,
    MethodNotAllowed,
    NotFound,
    PersonShredded,
    Problem,
    Unavailable,
    UnknownFact,
    WrongShape,
)
from eventlog import log
from eventlog.published import NotSealed, Published
from eventlog.tree import TileMissing
from registry import record, shape
from registry.keys.store import KeysUnavailable, Shredded
from runtime.engine import EngineUnavailable
from runtime.jobs import Jobs
from runtime.repairing import Repairing
from runtime.resources import Resources
from runtime.settings import Settings, SettingsError
from runtime.workshop import Workshop
from views.store import ViewsUnavailable

RETRY_AFTER_SECONDS = 2

ROOMS = (
    paths,
    subjects,
    replay,
    stuck,
    repairs,
    clockwork,
    jobs,
    auditing,
    lists,
    lint,
    plan,
    units,
    terms,
    recipients,
    reminders,
    calendars,
    feeds,
    letters,
    forecast,
    tail,
    sealed,
    catalogue,
    rulebooks,
    health,
    measures,
    explained,
    acts,
    viewer,
)
"""All that answers, in the order in which it is described."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(
    settings: Settings,
    resources: Resources,
    engine: Asks,
    clock: Callable[[], datetime],
    repairing: Repairing | None = None,
) -> FastAPI:
    """Make the application for what is open already. Raises SettingsError without a key for tokens."""
    app = bare_app(settings)
    move_in(app, settings, resources, engine, clock, repairing)
    return app


def move_in(  # noqa: PLR0917 - all that it answers with
    app: FastAPI,
    settings: Settings,
    resources: Resources,
    engine: Asks,
    clock: Callable[[], datetime],
    repairing: Repairing | None = None,
) -> None:
    """Give an application what it answers with; without `repairing` only what is a fact can be repaired."""
    if settings.token_key is None:
        message = "JIETI_TOKEN_KEY must be set: it signs the tokens of actors."
        raise SettingsError(message)
    app.state.house = House(
        settings,
        resources.desk,
        resources.views,
        resources.looks,
        engine,
        clock,
        settings.token_key,
        Published(settings.published),
        Workshop(resources.desk, repairing, clock),
        Jobs(repairing.client, settings.task_queue) if repairing else None,
        letters=resources.letters,
        links=resources.links,
    )


def bare_app(settings: Settings, lifespan: Lifespan | None = None) -> FastAPI:
    """Make the application; `lifespan` opens what it answers with."""
    app = FastAPI(
        title="Jieti 阶梯",
        version="1",
        summary="A path from applicant to full member: facts in, judgement out",
        description="Every fact says what happened and on which day; what it means is judged by the rulebooks, and told "
        "with the rule, its source and its arithmetic. Errors are problem documents (RFC 9457).",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.measures = measures.Measures()
    for path, endpoint in (  # first, because most requests are theirs
        (f"{BASE}/paths", facts.open_path),
        (f"{BASE}/paths/{{path_id}}/facts/{{topic}}", facts.record_fact),
        (f"{BASE}/evidence", evidence.record_batch),
        (f"{BASE}/units", units.establish_unit),
        (f"{BASE}/units/{{unit_id}}/facts/{{topic}}", units.record_unit_fact),
        (f"{BASE}/units/{{unit_id}}/terms/{{term}}/facts/{{topic}}", termfacts.record_term_fact),
        (f"{BASE}/recipients", recipients.register_recipient),
        (f"{BASE}/recipients/{{recipient_id}}/facts/{{topic}}", recipients.record_recipient_fact),
    ):
        app.router.add_route(path, endpoint, methods=["POST"], include_in_schema=False)
    for room in ROOMS:
        app.include_router(room.router)
    viewer.serve_viewer(app)
    for kind in EXCEPTIONS:
        app.add_exception_handler(kind, _answer)
    app.add_middleware(Edge, most_bytes=settings.max_body_bytes)
    setattr(app, "openapi", lambda: describe(app))  # noqa: B010 - the way FastAPI offers; mypy forbids it plainly
    return app


async def _answer(_request: Request, error: Exception) -> Response:
    """Let the edge answer: it knows the request's id."""
    raise problem_of(error) from error


def problem_of(error: Exception) -> Problem:  # noqa: PLR0911 - one answer for each exception
    """Say as a problem what was raised on the way."""
    match error:
        case Problem():
            return error
        case shape.WrongShape():
            faults = [{"field": field, "expected": expected} for field, expected in error.faults]
            return WrongShape(str(error), faults=faults)
        case shape.UnknownFact():
            return UnknownFact(f"there is no kind of fact {error}", topic=str(error), near=())
        case RequestValidationError():
            faults = [{"field": _place(one["loc"]), "expected": one["msg"]} for one in error.errors()]
            return WrongShape("; ".join(f"{one['field']}: {one['expected']}" for one in faults), faults=faults)
        case HTTPException(status_code=405):
            return MethodNotAllowed("this method is not taken here", headers=dict(error.headers or {}))
        case HTTPException():
            return NotFound("there is nothing at this address")
        case NotSealed():
            return sealed.not_sealed(error)
        case Shredded():
            return PersonShredded(str(error))
        case log.KeyReused():
            return KeyReused("this Idempotency-Key was used here for another request")
        case _:
            retry = getattr(error, "retry_after_s", RETRY_AFTER_SECONDS)
            return Unavailable(str(error) or type(error).__name__, headers={"Retry-After": str(retry)})


def _place(location: tuple[Any, ...] | list[Any]) -> str:
    """Name a field as its sender knows it: without where it was found."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])


EXCEPTIONS: tuple[type[Exception], ...] = (
    Problem,
    HTTPException,
    RequestValidationError,
    shape.WrongShape,
    shape.UnknownFact,
    log.KeyReused,
    log.LogUnavailable,
    KeysUnavailable,
    Shredded,
    NotSealed,
    TileMissing,
    record.Contended,
    EngineUnavailable,
    ViewsUnavailable,
)
