"""An example of every kind of fact, made from its shape: what the API's description and the catalogue show."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from registry.shape import shape

SAID: Mapping[str, Any] = {
    "effective_on": "2026-03-02",
    "by_unit": "me-branch-1",
    "home_unit": "me-branch-1",
    "to_unit": "ee-branch-2",
    "unit_id": "me-branch-3",
    "superior": "me-college",
    "unit_kind": "branch",
    "name": "林晓",
    "name_en": "Lin Xiao",
    "student_no": "20230001",
    "number": "20230001",
    "address": "lin@example.edu.cn",
    "born_on": "2005-06-18",
    "leaves_on": "2027-06-25",
    "held_by": "chen",
    "contact_id": "zhao",
    "introducers": ["zhao", "sun"],
    "introducer_id": "zhao",
    "serial_no": "2026-0117",
    "group": "group-2",
    "custodian": "archives",
    "due": 24,
    "present": 21,
    "yes": 19,
    "no": 1,
    "abstained": 1,
    "hours": 24,
    "days": 3,
    "activity": "theme-party-day",
    "job": "term-plan",
    "counted": {"theme-party-day": 4},
    "attendance": {"theme-party-day": 82},
    "letters_sent": 2,
    "letters_returned": 2,
    "last_reply_on": "2026-02-20",
    "extension_months": 6,
    "score": 88,
    "until": "2026-09-01",
    "corrects": 2,
    "says": {"effective_on": "2026-02-27"},
    "retracts": 2,
    "reason": "misread the minutes",
    "approved_by": "wang",
    "probation_from": "2025-10-17",
    "standing_from": "2026-10-17",
}
"""Values that make sense together; whatever is not here is made from its type."""

OPTIONAL = frozenset({"by_unit", "leaves_on", "superior", "last_reply_on", "extension_months"})
"""What examples show although it may be left out."""


@cache
def example(topic: str) -> Mapping[str, Any]:
    """What somebody may say in a fact of this kind."""
    schema = shape(topic).model_json_schema()
    required = set(schema.get("required", ()))
    named = schema["properties"].items()
    return {name: _value(name, one) for name, one in named if name in required or name in OPTIONAL}


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "array" and "enum" in schema.get("items", {}):
        return schema["items"]["enum"]
    if name in SAID:
        return SAID[name]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0])
    made: dict[str, Any] = {"boolean": True, "integer": 1, "number": 1, "string": name, "array": []}
    return SAID["effective_on"] if schema.get("format") == "date" else made[schema["type"]]
