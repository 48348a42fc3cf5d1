"""The people of a rehearsal: somebody in each office of its units, and whoever its story names, all within reach by mail."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from domain.calendar import civil_day
from domain.facts import KINDS
from domain.story import Story
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.recipients import NEEDED
from registry.record import record
from registry.sealing import texts_of
from registry.shape import sealed_fields

Said = tuple[UUID, str, dict[str, str]]


async def populate(desk: Desk, story: Story, moment: datetime, *, actor: str) -> int:
    """Record who is there and how they are reached; tell how many facts that takes."""
    since = date(civil_day(moment).year - 1, 1, 1).isoformat()
    said = list(_of(desk, story))
    for stream_id, topic, more in said:
        told = {"effective_on": since, **more}
        key = "/".join((topic, *more.values()))
        asked = asking(desk, stream_id, topic, told, actor=actor, capacity=actor, key=key, mode="record")
        await record(desk, asked, moment)
    return len(said)


def _of(desk: Desk, story: Story) -> Iterator[Said]:
    for unit in story.units:
        for post in NEEDED.get(unit["unit_kind"], ()):
            number = f"{post}-of-{unit['unit_id']}"
            yield from _reachable(desk, number)
            yield unit_stream(unit["unit_id"]), "appointed", {"number": number, "post": post}
    for number in dict.fromkeys(_named(story)):
        yield from _reachable(desk, number)


def _named(story: Story) -> Iterator[str]:
    """The person of the story, and everybody else whom its facts name."""
    yield story.facts[0].says["student_no"]
    for told in story.facts:
        for name, group in sealed_fields(KINDS[told.topic]).items():
            if group == "contact" and told.says.get(name):
                yield from texts_of(told.says[name])


def _reachable(desk: Desk, number: str) -> Iterator[Said]:
    recipient_id = desk.vault.other(number)
    yield recipient_id, "recipient-registered", {"number": number, "name": number}
    yield recipient_id, "address-given", {"channel": "mail", "address": f"{number}@rehearsal.example"}
