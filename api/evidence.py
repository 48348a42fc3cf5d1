"""Evidence in bulk: many facts about many paths in one transaction, judged when somebody looks."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.actors import Actor
from api.answers import Json
from api.facts import refuse_unless_known, with_unit
from api.house import House, actor_of, house_of, refuse_unless_below, refuse_unless_concerned, refuse_unless_role
from api.problems import UnknownPath, WrongShape
from api.requests import json_object, path_id, required_key, wrong
from api.rights import CORRECTIONS, EVIDENCE
from domain.receipt import Asked
from registry import shape
from registry.batch import Unplaced, record_evidence
from registry.drafting import asking

MOST = 2000
"""Facts in one batch: it is one transaction, and others wait for its end."""

MOST_FAULTS = 100
MEMBERS = {"path_id", "topic", "said"}


class EvidenceItem(BaseModel):
    """One fact about one path; `said` is what stands in the body when it is recorded alone."""

    model_config = ConfigDict(extra="forbid")

    path_id: UUID
    topic: str
    said: dict[str, Any]


class EvidenceBatch(BaseModel):
    """Facts that have happened. All are recorded, or none."""

    model_config = ConfigDict(extra="forbid")

    facts: Annotated[list[EvidenceItem], Field(min_length=1, max_length=MOST)]


class PathRecorded(BaseModel):
    """How far a path has come with the batch."""

    path_id: UUID
    version: int
    position: int


class BatchRecorded(BaseModel):
    """What was recorded: `position` is the highest in the log. Findings follow when a path is looked at."""

    facts: int
    position: int
    repeated: bool
    paths: list[PathRecorded]


async def record_batch(request: Request) -> Response:
    """Record a batch of evidence."""
    house, actor = house_of(request), actor_of(request)
    key = required_key(request)
    items = _items(await json_object(request))
    await _refuse_unless_theirs(house, actor, items)
    asked = await _asked(house, actor, key, items)
    try:
        async with house.batches:
            written = await record_evidence(house.desk, asked, house.clock())
    except Unplaced as error:
        raise UnknownPath(f"{len(error.paths)} of the paths do not exist", paths=list(error.paths)) from None
    paths = [
        {"path_id": one.entries[-1].stream_id, "version": one.entries[-1].version, "position": one.entries[-1].position}
        for one in written
    ]
    position = max(one.entries[-1].position for one in written)
    repeated = all(one.repeated for one in written)
    body = {"facts": len(asked), "position": position, "repeated": repeated, "paths": paths}
    headers = {"Log-Position": str(position), **({"Idempotency-Replayed": "true"} if repeated else {})}
    return Json(body, 200 if repeated else 201, headers)


def _items(body: dict[str, Any]) -> list[tuple[UUID, str, dict[str, Any]]]:
    """The items of a batch; by hand, because a thousand models cost more than the batch."""
    given = body.get("facts")
    if set(body) != {"facts"} or not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise wrong("facts", f"an object with nothing but `facts` is expected, a list of 1 to {MOST} items")
    items = []
    for n, item in enumerate(given):
        if not isinstance(item, dict) or item.keys() != MEMBERS:
            raise wrong(f"facts.{n}", "an object with path_id, topic and said is expected")
        given_id, topic, said = item["path_id"], item["topic"], item["said"]
        if not isinstance(given_id, str) or not isinstance(topic, str) or not isinstance(said, dict):
            raise wrong(f"facts.{n}", "path_id and topic are texts, said is an object")
        if topic not in EVIDENCE:
            refuse_unless_known(topic)
            raise wrong(f"facts.{n}.topic", f"{topic!r} is a decision: each is asked of its path by itself")
        if topic in CORRECTIONS:
            raise wrong(f"facts.{n}.topic", f"{topic!r} is recorded by itself: each has its own second person")
        items.append((path_id(given_id), topic, said))
    return items


async def _refuse_unless_theirs(house: House, actor: Actor, items: Sequence[tuple[UUID, str, dict[str, Any]]]) -> None:
    """Roles by the kinds, units by the paths: each asked once."""
    for topic in {topic for _, topic, _ in items}:
        refuse_unless_role(actor, topic, "record")
    ids = list({path_id for path_id, _, _ in items})
    homes = await house.views.homes(ids)
    for unit in set(homes.values()) | {unit for _, _, said in items if isinstance(unit := said.get("by_unit"), str)}:
        await refuse_unless_below(house, actor, unit)
    unseen = [one for one in ids if one not in homes]  # opened a moment ago, or not at all
    for stream_id, entries in (await house.desk.log.streams(unseen)).items() if unseen else ():
        if not entries:
            raise UnknownPath(f"there is no path {stream_id}", paths=[stream_id])
        await refuse_unless_concerned(house, actor, house.desk.loaded(entries).facts)


async def _asked(
    house: House, actor: Actor, key: str, items: Sequence[tuple[UUID, str, dict[str, Any]]]
) -> list[Asked]:
    asked: list[Asked] = []
    faults: list[dict[str, str]] = []
    for n, (stream_id, topic, said) in enumerate(items):
        if n % 100 == 0:
            await asyncio.sleep(0)  # others share this loop
        try:
            one = asking(
                house.desk,
                stream_id,
                topic,
                with_unit(said, actor),
                actor=actor.id,
                capacity=actor.role,
                key=f"{key}/{n}",
                mode="record",
            )
        except shape.WrongShape as error:
            faults += [{"field": f"facts.{n}.said.{field}", "expected": fault} for field, fault in error.faults]
        else:
            asked.append(one)
    if faults:
        message = f"{len(faults)} fields do not fit; nothing was recorded"
        raise WrongShape(message, faults=faults[:MOST_FAULTS])
    return asked
