"""The one place that looks at the clock; everything else takes the moment or the day as an argument."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """The civil day in Shanghai on which an aware moment falls. ValueError if the moment has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """The present civil day in Shanghai."""
    return day_of(now())
