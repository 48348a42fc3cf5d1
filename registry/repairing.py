"""Repairs in the log: what a repair records, drafted to be looked at, or appended whole at the version it was decided on."""

from collections.abc import Sequence
from datetime import datetime

from domain.facts import Fact
from domain.receipt import Asked
from eventlog.log import StreamMoved, Written
from registry.desk import Desk
from registry.drafting import draft
from registry.record import refuse_before_birth
from registry.restraint import refuse_unless_fits
from registry.sealing import sealed
from registry.shelf import Loaded


class Moved(Exception):
    """The path has changed since the repair was decided on. Nothing was written."""


async def drafts(desk: Desk, asked: Sequence[Asked], loaded: Loaded, now: datetime) -> list[Fact]:
    """The facts that would stand behind those of a path, in their order; nothing is stored.

    Raises WrongShape, Shredded, KeysUnavailable.
    """
    known: list[Fact] = list(loaded.facts)
    made: list[Fact] = []
    for one in await sealed(desk, asked, keep=False):
        fact = await draft(desk, one, len(known) + 1, now, known)
        refuse_unless_fits(desk, known, fact)
        refuse_before_birth(known, fact)
        made.append(fact)
        known.append(fact)
    return made


async def append_repair(desk: Desk, asked: Sequence[Asked], loaded: Loaded, now: datetime) -> Written:
    """Append facts about one path, all or none, behind what was loaded, under the key and the digest of the first one.

    Raises Moved, the log's KeyReused, and what `drafts` raises.
    """
    closed = await sealed(desk, asked)
    facts = await drafts(desk, closed, loaded, now)
    request = bytes.fromhex(closed[0].request)
    try:
        return await desk.log.append(desk.mapping.to_append(facts, loaded.head, key=closed[0].key, request=request))
    except StreamMoved:
        raise Moved from None
