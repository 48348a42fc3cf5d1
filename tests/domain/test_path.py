"""The two kinds of stream as the library's aggregates: opened by one fact, and then a list of facts."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.facts.application import ApplicationReceived, ApplicationSubmitted
from domain.facts.units import UnitEstablished
from domain.path import Path, Unit
from tests.domain.given import PATH

NOON = datetime(2024, 1, 1, 4, tzinfo=UTC)
SAID: dict[str, Any] = {"effective_on": date(2024, 1, 1), "recorded_by": "clerk", "capacity": "branch-secretary"}
PERSON: dict[str, Any] = {
    "person_id": PATH,
    "name": "sealed",
    "student_no": "sealed",
    "home_unit": "branch",
    "born_on": date(2003, 3, 1),
}


def test_path_is_opened_and_keeps_its_facts_in_order() -> None:
    """The opening is the first version, and each fact that follows is the next."""
    path = Path.open(ApplicationSubmitted, PATH, NOON, **SAID, **PERSON)
    path.add(ApplicationReceived, NOON, **SAID)
    assert [fact.TOPIC for fact in path.facts] == ["application-submitted", "application-received"]
    assert [fact.originator_version for fact in path.facts] == [1, 2]
    assert (path.id, path.version, path.facts[0].timestamp) == (PATH, 2, NOON)


def test_path_is_rebuilt_from_its_facts() -> None:
    """Replaying what is pending gives the same facts again."""
    path = Path.open(ApplicationSubmitted, PATH, NOON, **SAID, **PERSON)
    path.add(ApplicationReceived, NOON, **SAID)
    again: Any = None
    for event in path.collect_events():
        again = event.mutate(again)
    assert again.facts == path.facts


def test_path_is_not_opened_by_the_fact_of_a_unit() -> None:
    """A unit's establishment opens a unit and nothing else; a field that does not exist is refused."""
    unit: dict[str, Any] = {"unit_id": "branch", "unit_kind": "branch", "name": "党支部", "name_en": "Branch"}
    assert Unit.open(UnitEstablished, PATH, NOON, **SAID, **unit).facts[0].TOPIC == "unit-established"
    with pytest.raises(TypeError, match="UnitEstablished does not open a path"):
        Path.open(UnitEstablished, PATH, NOON, **SAID, **unit)
    with pytest.raises(TypeError, match="shoe_size"):
        Path.open(ApplicationSubmitted, PATH, NOON, **SAID, **PERSON, shoe_size=43)
