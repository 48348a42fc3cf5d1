"""What stands in the log already of the persons, units and recipients that a file speaks of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.calendar import civil_day
from domain.facts import Fact, said
from domain.judge import judge
from registry.desk import Desk, unit_stream
from registry.drafting import path_of
from registry.importing.forms import Of
from registry.sealing import texts_of
from registry.shape import fit, plain, sealed_fields
from registry.shelf import Loaded
from registry.vault import Vault


@dataclass(frozen=True, slots=True)
class Standing:
    """The last path of a person, or a unit; `attempt` counts a person's paths and is 0 if there is none."""

    stream_id: UUID
    attempt: int = 0
    loaded: Loaded | None = None
    closed: bool = False

    @property
    def source(self) -> str | None:
        """Where its opening came from: a file, or None if somebody recorded it."""
        return self.loaded.facts[0].source if self.loaded else None


async def persons(desk: Desk, student_nos: Sequence[str], now: datetime) -> Mapping[str, Standing]:
    """Find the last path of each of these persons."""
    ids = {one: desk.vault.person(one) for one in student_nos}
    found = {one: Standing(path_of(person, 1)) for one, person in ids.items()}
    ask = dict.fromkeys(ids, 1)
    while ask:
        paths = {one: path_of(ids[one], attempt) for one, attempt in ask.items()}
        streams = await desk.log.streams(list(paths.values()))
        again: dict[str, int] = {}
        for one, path_id in paths.items():
            if streams[path_id]:
                loaded = desk.loaded(streams[path_id])
                closed = judge(desk.rulebooks, loaded.facts, civil_day(now), find=False, steps=False).closed
                found[one] = Standing(path_id, ask[one], loaded, closed)
                if closed:
                    again[one] = ask[one] + 1
        ask = again
    return found


async def others(desk: Desk, of: Of, subjects: Sequence[str]) -> Mapping[str, Standing]:
    """Find these units, or recipients by their numbers."""
    ids = {one: unit_stream(one) if of == "unit" else desk.vault.other(one) for one in subjects}
    streams = await desk.log.streams(list(ids.values()))
    return {
        one: Standing(stream_id, 1, desk.loaded(streams[stream_id])) if streams[stream_id] else Standing(stream_id)
        for one, stream_id in ids.items()
    }


def meaning(topic: str, values: Mapping[str, Any]) -> str:
    """A fact's own words in one form: equal for equal facts. Raises WrongShape."""
    words = plain(topic, fit(topic, values))
    return json.dumps([topic, words], ensure_ascii=False, sort_keys=True)


async def meanings(vault: Vault, facts: Sequence[Fact]) -> Mapping[str, str | None]:
    """The same of facts that stand, each with where it came from. What was shredded means nothing any more."""
    hidden = [
        (fact, name, value) for fact in facts for name in sealed_fields(type(fact)) if (value := getattr(fact, name))
    ]
    opener = await vault.opener(text for _, _, value in hidden for text in texts_of(value))
    found: dict[str, str | None] = {}
    for fact in facts:
        values = {item.name: getattr(fact, item.name) for item in said(type(fact))}
        for name in sealed_fields(type(fact)):
            if values[name] is not None:
                opened = [opener.open(fact.originator_id, text) or "shredded" for text in texts_of(values[name])]
                values[name] = opened[0] if isinstance(values[name], str) else opened
        found[meaning(fact.TOPIC, values)] = fact.source
    return found
