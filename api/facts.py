"""Writing: open a path, record a fact or ask for a decision."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import BASE, Json, StillAsking, answer, path_address, verdict
from api.concerned import refuse_unless_own
from api.house import (
    House,
    actor_of,
    house_of,
    refuse_unless_below,
    refuse_unless_concerned,
    refuse_unless_role,
)
from api.problems import UnknownFact, VersionRequired
from api.requests import (
    Mode,
    idempotency_key,
    json_object,
    mode_of,
    path_id_of,
    required_key,
    switch,
    version_seen,
    wrong,
)
from api.rights import ACTS, BY_ITSELF, CORRECTIONS, OPENINGS, PATH, RECEIVING
from domain.facts import KINDS, Fact, Transition
from domain.facts.correcting import Correction
from domain.judge import judge
from domain.receipt import Asked, Outcome
from domain.rulebook import Rulebooks
from registry.drafting import asking, path_of
from registry.record import ask, record
from registry.sealing import sealed
from registry.shape import fit
from registry.shelf import Loaded
from runtime.engine import StillRunning

OPENING = "application-submitted"
RECORDABLE = PATH - OPENINGS - BY_ITSELF
"""The kinds of facts that are recorded on a path that is open."""


async def open_path(request: Request) -> Response:
    """Open a path by its application."""
    house, actor = house_of(request), actor_of(request)
    mode, dry = mode_of(request), switch(request, "dry_run")
    key = idempotency_key(request) if dry else required_key(request)
    refuse_unless_role(actor, OPENING, mode)
    values = await _said(request, actor, mode)
    typed = fit(OPENING, values)
    await refuse_unless_below(house, actor, typed["home_unit"])
    path_id, loaded = await _attempt(house, house.desk.vault.person(typed["student_no"]), f"{actor.id}:{key}")
    asked = asking(
        house.desk, path_id, OPENING, values, actor=actor.id, capacity=actor.role, key=key or "dry-run", mode=mode
    )
    return await _put(request, house, asked, path_address(path_id), dry=dry, loaded=loaded)


async def _attempt(house: House, person_id: UUID, key: str) -> tuple[UUID, Loaded]:
    """The path that a person's application opens: the first, or the one after their last when that is closed."""
    attempt = 1
    while True:
        path_id = path_of(person_id, attempt)
        loaded = await house.desk.load(path_id)
        if not loaded.entries or loaded.entries[0].key == key:
            return path_id, loaded
        if not judge(house.desk.rulebooks, loaded.facts, house.today, find=False, steps=False).closed:
            return path_id, loaded
        attempt += 1


async def record_fact(request: Request) -> Response:
    """Record a fact on a path, or ask for a decision about it."""
    house, actor = house_of(request), actor_of(request)
    path_id, topic = path_id_of(request), request.path_params["topic"]
    refuse_unless_known(topic)
    mode, dry = mode_of(request), switch(request, "dry_run")
    key = idempotency_key(request) if dry else required_key(request)
    version = version_seen(request)
    refuse_unless_role(actor, topic, mode)
    values = await _said(request, actor, mode)
    asked = asking(
        house.desk,
        path_id,
        topic,
        values,
        actor=actor.id,
        capacity=actor.role,
        key=key or "dry-run",
        mode=mode,
        version=version,
    )
    loaded = await house.load(path_id)
    await _refuse_unless_theirs(house, actor, loaded.facts, topic, asked.said)
    if topic in CORRECTIONS and (wrong_one := fact_corrected(loaded.facts, asked.said)):
        refuse_unless_role(actor, wrong_one.TOPIC, mode)
    if version is None and not dry and "if-match" not in request.headers and topic in closing(house.desk.rulebooks):
        message = f"{topic!r} ends the path: send If-Match with the ETag of the path as you read it"
        raise VersionRequired(message)
    return await _put(request, house, asked, path_address(path_id), dry=dry, loaded=loaded)


def fact_corrected(facts: Sequence[Fact], said: Mapping[str, Any]) -> Fact | None:
    """The entry that a correction is about in the end, if there is one: taking back a correction is about its entry too."""
    version = said.get("corrects", said.get("retracts"))
    found = next((fact for fact in facts if fact.originator_version == version), None)
    return fact_corrected(facts, vars(found)) if isinstance(found, Correction) else found


async def _put(request: Request, house: House, asked: Asked, address: str, *, dry: bool, loaded: Loaded) -> Response:
    """Give the question to whom it belongs: a dry run to nobody, a decision to the engine, evidence to the log."""
    if dry:
        outcome = await ask(house.desk, asked, house.clock())
        return await verdict(house.desk, request, outcome, asked.path_id, address)
    try:
        outcome = await _outcome(house, asked, loaded)
    except StillRunning:
        where = f"{address}/answers/{quote(asked.key.partition(':')[2], safe='')}"
        return Json(StillAsking(asked.path_id, asked.topic, where), 202, {"Location": where, "Retry-After": "2"})
    return await answer(house.desk, outcome, asked.path_id, address)


async def _outcome(house: House, asked: Asked, loaded: Loaded) -> Outcome:
    repeated = any(entry.key == asked.key for entry in loaded.entries)
    if issubclass(KINDS[asked.topic], Transition) and not repeated:  # what stands is answered by the log
        (asked,) = await sealed(house.desk, [asked])  # nothing that names a person travels through Temporal
        return await house.engine.transition(asked)
    return await record(house.desk, asked, house.clock(), loaded=loaded)


async def _said(request: Request, actor: Actor, mode: Mode) -> dict[str, Any]:
    """What the author says, with what goes without saying: the act is their own unit's."""
    values = await json_object(request)
    if mode == "record" and not values.get("reason"):
        raise wrong("reason", "say why this was not asked for before it was done: `mode=record` needs a reason")
    return with_unit(values, actor)


def with_unit(values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Say whose act it is where its author does not."""
    if actor.role in ACTS and values.get("by_unit") is None:
        return {**values, "by_unit": actor.unit}
    return values


async def _refuse_unless_theirs(
    house: House, actor: Actor, facts: Sequence[Fact], topic: str, said: Mapping[str, Any]
) -> None:
    """Whoever acts, acts for a path of theirs, in the name of their unit or one below it; a person for their own path."""
    receiving = said.get("home_unit") if topic in RECEIVING else None
    if actor.role == "person":
        refuse_unless_own(house, actor, facts, said.get("obligation"))
    elif receiving is None:
        await refuse_unless_concerned(house, actor, facts, topic)
    else:
        await refuse_unless_below(house, actor, receiving)
    if said.get("by_unit"):
        await refuse_unless_below(house, actor, said["by_unit"])


def refuse_unless_known(topic: str) -> None:
    """Raise UnknownFact for what is not recorded on an open path, with what may have been meant."""
    if topic in RECORDABLE:
        return
    message = f"there is no kind of fact {topic!r} to record on a path"
    if topic in OPENINGS:
        message = f"{topic!r} opens: POST {BASE}/{'units' if topic not in PATH else 'paths'}"
    raise UnknownFact(message, topic=topic, near=get_close_matches(topic, sorted(RECORDABLE), 3, 0.5))


def closing(rulebooks: Rulebooks) -> frozenset[str]:
    """The decisions that end a path under any edition: they must name the version that they were made on."""
    return frozenset(topic for edition in rulebooks.editions for topic, move in edition.moves.items() if move.closes)
