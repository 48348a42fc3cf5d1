"""What a unit is on a day, from the facts of its own stream."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from domain.facts import KINDS, Fact
from domain.units import unit_on
from tests.domain.given import PATH


def fact(topic: str, day: str, version: int, **says: Any) -> Fact:
    """A fact of a unit."""
    make: Callable[..., Fact] = KINDS[topic]
    return make(
        originator_id=PATH,
        originator_version=version,
        timestamp=datetime(2024, 1, 1, tzinfo=UTC),
        effective_on=date.fromisoformat(day),
        recorded_by="clerk",
        capacity="organisation-department",
        **says,
    )


FACTS = [
    fact(
        "unit-established",
        "2014-09-01",
        1,
        originator_topic="unit",
        unit_id="college",
        unit_kind="college-committee",
        name="学院党委",
        name_en="College committee",
        superior="school",
    ),
    fact("approval-authority-granted", "2020-03-01", 2),
    fact("approval-authority-withdrawn", "2023-03-01", 3),
    fact("unit-dissolved", "2025-07-01", 4),
]


def test_authority_is_that_of_the_day() -> None:
    """A committee approves from the day it was authorised to the day before authority was withdrawn."""
    days = {"2020-02-29": False, "2020-03-01": True, "2023-02-28": True, "2023-03-01": False}
    for day, authority in days.items():
        unit = unit_on(FACTS, date.fromisoformat(day))
        assert unit is not None
        assert unit.authority is authority, day


def test_unit_is_known_with_its_place_in_the_tree() -> None:
    """Kind, superior and the day of its end are known; without facts there is no unit."""
    unit = unit_on(FACTS, date(2025, 8, 1))
    assert unit is not None
    assert (unit.kind, unit.superior, unit.dissolved_on) == ("college-committee", "school", date(2025, 7, 1))
    assert unit_on([], date(2025, 8, 1)) is None
