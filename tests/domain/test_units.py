"""What a unit is on a day, from the facts of its own stream."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from domain.facts import KINDS, Fact
from domain.facts.units import Appointed, AppointmentEnded
from domain.units import PLACES, appointment_faults, holders_on, holdings, place_faults, unit_on
from tests.domain.given import PATH, rulebooks


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


def seat(day: str, version: int, number: str, post: str = "secretary") -> Fact:
    """Somebody is appointed."""
    return fact("appointed", day, version, number=number, post=post)


def rise(day: str, version: int, number: str, post: str = "secretary") -> Fact:
    """Somebody gives up a post."""
    return fact("appointment-ended", day, version, number=number, post=post, cause="replaced")


HELD = [FACTS[0], seat("2020-01-01", 2, "a"), rise("2021-01-01", 3, "a"), seat("2021-01-01", 4, "b")]


def test_posts_are_held_from_their_day_to_the_day_before_the_last() -> None:
    """The day on which one ends is the successor's; what was recorded late counts from its own day."""
    late = [*HELD, seat("2020-06-01", 5, "o", "organiser")]
    told = {day: holders_on(late, date.fromisoformat(day)) for day in ("2019-12-31", "2020-12-31", "2021-01-01")}
    assert told["2019-12-31"] == {}
    assert told["2020-12-31"] == {"secretary": ("a",), "organiser": ("o",)}
    assert told["2021-01-01"] == {"secretary": ("b",), "organiser": ("o",)}
    assert [(one.number, one.until) for one in holdings(HELD)] == [("a", date(2021, 1, 1)), ("b", None)]


def test_a_dissolved_unit_has_nobody() -> None:
    """From the day of its end nobody holds anything there."""
    ended = [*HELD, FACTS[3]]
    assert holders_on(ended, date(2025, 6, 30)) == {"secretary": ("b",)}
    assert holders_on(ended, date(2025, 7, 1)) == {}


def test_what_stands_against_an_appointment_is_told_by_its_field() -> None:
    """A second holder, the same one again, one before a successor, a post that is none of the unit's, no end of nothing."""

    def faults(one: Fact, *before: Fact) -> list[str]:
        assert isinstance(one, Appointed | AppointmentEnded)
        return [field for field, _ in appointment_faults([*HELD, *before], one)]

    assert faults(seat("2022-01-01", 9, "c")) == ["post"]
    assert faults(seat("2022-01-01", 9, "b")) == ["number"]
    assert faults(seat("2020-06-01", 9, "c")) == ["post"]
    assert faults(seat("2022-01-01", 9, "c", "branch-secretary")) == ["post"]
    assert faults(seat("2025-07-01", 9, "c", "organiser"), FACTS[3]) == ["effective_on"]
    assert faults(rise("2022-01-01", 9, "c")) == ["number"]
    assert faults(rise("2022-01-01", 9, "a")) == ["number"]
    assert faults(rise("2020-06-01", 9, "b")) == ["number"]
    assert faults(rise("2022-01-01", 9, "b")) == []
    assert faults(seat("2022-01-01", 9, "c", "organiser")) == []


def place(**says: Any) -> Fact:
    """A dormitory is set up."""
    said = {"unit_id": "d101", "unit_kind": "dormitory", "name": "101", "name_en": "101", "superior": "east", **says}
    return fact("unit-established", "2024-09-01", 1, originator_topic="unit", **said)


def test_a_place_is_no_organisation_of_the_party() -> None:
    """It approves nothing, has no committee, and belongs to something; its head is its only post."""

    def fields(facts: list[Fact], one: Fact) -> list[str]:
        return [field for field, _ in place_faults(facts, one)]

    assert fields([], place()) == []
    assert fields([], place(approves=True, has_committee=False, superior=None)) == [
        "approves",
        "has_committee",
        "superior",
    ]
    assert fields([place()], fact("approval-authority-granted", "2024-10-01", 2)) == ["topic"]
    assert fields([FACTS[0]], fact("approval-authority-granted", "2024-10-01", 2)) == []
    head, secretary = (fact("appointed", "2024-10-01", 2, number="a", post=post) for post in ("head", "secretary"))
    assert isinstance(head, Appointed)
    assert isinstance(secretary, Appointed)
    assert list(appointment_faults([place()], head)) == []
    assert [said for _, said in appointment_faults([place()], secretary)] == [
        "there is no secretary at a dormitory; its posts are: head"
    ]


def test_no_edition_lets_a_place_do_anything() -> None:
    """Its kind stands in no capabilities, so that every rule that asks who may do something says no."""
    assert not [edition.name for edition in rulebooks().editions if PLACES & edition.capabilities.keys()]
