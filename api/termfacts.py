"""Writing: what was held and done in a unit's term, recorded as it happened."""

from difflib import get_close_matches

from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, verdict
from api.facts import fact_corrected, with_unit
from api.house import actor_of, house_of, refuse_unless_below, refuse_unless_role
from api.problems import UnknownFact
from api.requests import idempotency_key, json_object, mode_of, required_key, switch, version_seen
from api.rights import CORRECTIONS, TERM
from api.terms import loaded_term, term_address
from registry.drafting import asking
from registry.record import ask, record


async def record_term_fact(request: Request) -> Response:
    """Record a fact about a unit's term, which it has begun."""
    house, actor = house_of(request), actor_of(request)
    unit_id, term, topic = (request.path_params[name] for name in ("unit_id", "term", "topic"))
    if topic not in TERM:
        message = f"there is no kind of fact {topic!r} to record on a term"
        raise UnknownFact(message, topic=topic, near=get_close_matches(topic, sorted(TERM), 3, 0.3))
    mode, dry = mode_of(request), switch(request, "dry_run")
    key = idempotency_key(request) if dry else required_key(request)
    version = version_seen(request)
    refuse_unless_role(actor, topic, mode)
    values = with_unit(await json_object(request), actor)
    loaded = await loaded_term(house, unit_id, term)
    await refuse_unless_below(house, actor, unit_id)
    if values.get("by_unit"):
        await refuse_unless_below(house, actor, values["by_unit"])
    asked = asking(
        house.desk,
        loaded.entries[0].stream_id,
        topic,
        values,
        actor=actor.id,
        capacity=actor.role,
        key=key or "dry-run",
        mode=mode,
        version=version,
    )
    if topic in CORRECTIONS and (wrong_one := fact_corrected(loaded.facts, asked.said)):
        refuse_unless_role(actor, wrong_one.TOPIC, mode)
    address = term_address(unit_id, term)
    if dry:
        return await verdict(house.desk, request, await ask(house.desk, asked, house.clock()), asked.path_id, address)
    outcome = await record(house.desk, asked, house.clock(), loaded=loaded)
    return await answer(house.desk, outcome, asked.path_id, address)
