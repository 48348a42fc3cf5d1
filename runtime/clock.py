"""The one place that looks at the clock; everything else takes the moment or the day as an argument."""

from datetime import UTC, date, datetime

from domain.calendar import civil_day


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present civil day in Shanghai."""
    return civil_day(now())
