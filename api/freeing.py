"""Who can free what is stuck: a role, or a recipient by the posts they hold."""

from uuid import UUID

from api.actors import Actor
from api.house import House
from api.requests import wrong
from domain.causes import ADMIN, CAUSES
from domain.rulewords import ROLES
from registry.desk import unit_stream
from registry.recipients import SEATS, recipient_named
from views.board import Freed


async def freed_by(house: House, actor: Actor, who: str) -> list[Freed]:
    """What a role frees, or a recipient at the units where they hold a post. Raises WrongShape for neither."""
    if who in (*ROLES, ADMIN):
        return [_by([who])]
    try:
        recipient = UUID(who)
    except ValueError:
        raise wrong("frees", f"one of {', '.join((*ROLES, ADMIN))}, or the id of a recipient") from None
    found = []
    for row in await house.views.units(actor.unit):
        held = await house.desk.holders(row.unit_id, house.today, house.clock())
        posts = {
            post
            for post, numbers in held.items()
            for number in numbers
            if await recipient_named(house.desk, unit_stream(row.unit_id), number) == recipient
        }
        if roles := [name for name, seat in SEATS.items() if any(posts & set(turn) for turn in seat.turns)]:
            found.append(_by(roles, row.unit_id))
    return found


def _by(roles: list[str], unit: str | None = None) -> Freed:
    return Freed(roles, [cause.id for cause in CAUSES.values() if cause.frees in roles], unit)
