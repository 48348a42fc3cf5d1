"""The clock gives aware moments and the civil day of Shanghai."""

from datetime import UTC

from domain.calendar import civil_day
from runtime import clock


def test_now_is_aware_and_moves_forward() -> None:
    """Two looks at the clock are aware, in UTC and in order."""
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_today_is_the_day_of_now() -> None:
    """Today lies between the days of a look before and a look after."""
    before, today, after = clock.now(), clock.today(), clock.now()
    assert civil_day(before) <= today <= civil_day(after)
