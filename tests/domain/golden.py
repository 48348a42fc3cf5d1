"""What was promised of each kind of fact: its fields, and bytes that must be read as long as the log exists.

One file a kind stands in tests/golden/facts. A file is written once, when the kind is new, by

    .venv/bin/python -m tests.domain.golden

which never touches a file that is there. Afterwards a kind may gain optional fields, and nothing else may change.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.facts import KINDS, Fact, required
from domain.path import TOPICS
from eventlog.entry import NOTHING, Append, Draft, Entry, place
from eventlog.mapping import EventMapping

GOLDEN = Path(__file__).parents[1] / "golden" / "facts"
STREAM = UUID("00000000-0000-5000-8000-00000000000a")
MOMENT = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)
MAPPING = EventMapping(TOPICS)


def sample(hint: Any, name: str) -> Any:
    """A value of a type, the same every time."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return sample(inner[0], name)
    if origin is Literal:
        return inner[-1]
    if origin in (Union, UnionType):
        return sample(inner[0], name)
    if origin is tuple:
        return (sample(inner[0], name),)
    if origin is Mapping:
        return {"a_field": MOMENT.date()}
    values = {
        str: f"a {name} 某",
        int: 7,
        float: 1.5,
        bool: True,
        date: date(2026, 11, 20),
        UUID: STREAM,
        datetime: MOMENT,
    }
    return values[hint]


def example(kind: type[Fact]) -> Fact:
    """A fact of a kind with every field filled in."""
    hints = get_type_hints(kind, include_extras=True)
    own = [item.name for item in fields(kind) if item.name not in {"originator_id", "originator_version", "timestamp"}]
    values = {name: sample(hints[name], name) for name in own}
    if "originator_topic" in values:
        values["originator_topic"] = kind.SUBJECT
    make: Callable[..., Fact] = kind
    return make(originator_id=STREAM, originator_version=1, timestamp=MOMENT, **values)


def entry_of(topic: str, payload: bytes) -> Entry:
    """An entry that holds a payload."""
    (entry,) = place(Append(STREAM, 0, NOTHING, "key", bytes(32), MOMENT, [Draft(topic, payload)]))
    return entry


def shape(kind: type[Fact]) -> dict[str, dict[str, Any]]:
    """The fields of a kind: the type of each as it is written, and whether it must be given."""
    hints = get_type_hints(kind, include_extras=True)
    return {item.name: {"type": str(hints[item.name]), "required": required(item)} for item in fields(kind)}


def promise(kind: type[Fact]) -> dict[str, Any]:
    """What is promised of a kind."""
    payload = MAPPING.to_draft(example(kind)).payload
    return {"topic": kind.TOPIC, "subject": kind.SUBJECT, "fields": shape(kind), "payload": payload.decode()}


def write_missing() -> list[str]:
    """Write the promises of new kinds, and tell which."""
    new = [topic for topic in sorted(KINDS) if not (GOLDEN / f"{topic}.json").exists()]
    for topic in new:
        text = json.dumps(promise(KINDS[topic]), ensure_ascii=False, indent=1)
        (GOLDEN / f"{topic}.json").write_text(text + "\n", encoding="utf-8")
    return new


if __name__ == "__main__":
    write_missing()
