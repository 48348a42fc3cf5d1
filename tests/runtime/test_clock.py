"""The clock gives aware moments and the civil day of Shanghai."""

from datetime import UTC, date, datetime

import pytest

from runtime import clock


def test_now_is_aware_and_moves_forward() -> None:
    """Two looks at the clock are aware, in UTC and in order."""
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 0, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_the_day_changes_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    """A civil day begins at 16:00 UTC of the day before."""
    assert clock.day_of(moment) == day


def test_a_naive_moment_has_no_day() -> None:
    """A moment without time zone is refused, not guessed."""
    with pytest.raises(ValueError, match="time zone"):
        clock.day_of(datetime(2026, 6, 30, 12))  # noqa: DTZ001 - the point of the test


def test_today_is_the_day_of_now() -> None:
    """Today lies between the days of a look before and a look after."""
    before, today, after = clock.now(), clock.today(), clock.now()
    assert clock.day_of(before) <= today <= clock.day_of(after)
