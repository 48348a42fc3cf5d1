"""What asks at least as much: the comparisons one by one, with the equal case that is never a loosening."""

from typing import Any

import pytest

from domain.checks import CHECKS
from domain.checks.strictness import all_and, asks_less, each_more, fewer, more, only


@pytest.mark.parametrize(("new", "old", "kept"), [(3, 3, True), (2, 3, True), (4, 3, False)])
def test_fewer_asks_more(new: int, old: int, kept: bool) -> None:
    """The same number asks as much, a smaller one more; where more is asked it is the other way round."""
    assert fewer(new, old) is kept
    assert more(old, new) is kept


@pytest.mark.parametrize(
    ("new", "old", "kept"),
    [
        ({"a": 1.0}, {"a": 1.0}, True),
        ({"a": 2.0}, {"a": 1.0, "b": 1.0}, True),  # one way out fewer
        ({"a": 2.0, "b": 1.0}, {"a": 1.0}, False),  # one way out more
        ({"a": 0.5}, {"a": 1.0}, False),
        ({}, {"a": 1.0}, None),
    ],
)
def test_each_of_several_numbers_is_as_great(new: dict[str, float], old: dict[str, float], kept: bool | None) -> None:
    """Of numbers of which one is enough none may become smaller, and none may come in addition."""
    assert each_more(new, old) is kept


def test_what_must_be_there_and_what_excuses() -> None:
    """All of the old must still be asked for, and nothing new may excuse."""
    assert all_and({"a": 1}, {"a": 1})
    assert all_and({"a": 1, "b": 2}, {"a": 1})
    assert not all_and({"a": 2}, {"a": 1})
    assert all_and(("a", "b"), ("a",))
    assert not all_and(("b",), ("a", "b"))
    assert only(("a",), ("a", "b"))
    assert not only(("a", "b"), ("a",))


def test_a_check_that_nothing_makes_stricter_asks_no_less() -> None:
    """Where no parameter can be changed, two checks are the same or of other things."""
    verb: Any = CHECKS["between"]
    agrees: Any = CHECKS["agrees"]
    own, other = (
        agrees(field="outcome", of="oath-taken", its="place"),
        agrees(field="cause", of="oath-taken", its="place"),
    )
    assert not asks_less(own, own)
    assert not asks_less(other, own)
    assert asks_less(verb(field="hours", least=1, most=9), verb(field="hours", least=2, most=9))
