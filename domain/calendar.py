"""Civil days in Asia/Shanghai: months, years, ages and Chinese working days, all by pure arithmetic on tables."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5
DAY = timedelta(days=1)


def civil_day(moment: datetime) -> date:
    """Tell the day in China at an aware moment."""
    return moment.astimezone(SHANGHAI).date()


def moment_on(day: date, at: time) -> datetime:
    """Tell the aware moment, in UTC, of a time of day in China."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Same day of the target month, clamped to its end: 31 January and one month is 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_on(born: date, day: date) -> int:
    """Count full years of age; the birthday itself completes a year, for those born on 29 February the 28th does."""
    years = day.year - born.year
    return years - (day < add_months(born, 12 * years))


@dataclass(frozen=True, slots=True)
class Period:
    """A length in the terms of the rules: months and years by the calendar, days one by one."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day that lies this length after `day`."""
        return add_months(day, 12 * self.years + self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The last day from which this length ends on `day` or earlier: month ends make several days end alike."""
        end, months = day - timedelta(days=self.days), -12 * self.years - self.months
        return max(add_months(end, months), add_months(end + DAY, months) - DAY)

    def __str__(self) -> str:
        """Write the length as the arithmetic of a verdict does: `1y`, `3mo`, `7d`."""
        parts = [f"{n}{unit}" for n, unit in ((self.years, "y"), (self.months, "mo"), (self.days, "d")) if n]
        return " ".join(parts) or "0d"


@dataclass(frozen=True, slots=True)
class Workdays:
    """The State Council's calendar: for each covered year, weekdays off and weekend days worked (调休)."""

    off: Mapping[int, frozenset[date]] = field(default_factory=dict)
    worked: Mapping[int, frozenset[date]] = field(default_factory=dict)

    def covers(self, day: date) -> bool:
        """Tell whether the year's calendar is known; beyond it an answer is provisional."""
        return day.year in self.off

    def cover(self, first: date, last: date) -> bool:
        """Tell whether the calendars of all years from one day to another are known."""
        return all(year in self.off for year in range(first.year, last.year + 1))

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on this day; beyond coverage, whether it is a weekday."""
        if day in self.worked.get(day.year, ()):
            return True
        return day.weekday() < SATURDAY and day not in self.off.get(day.year, ())

    def count(self, first: date, last: date) -> int:
        """Count working days from `first` to `last`, both included."""
        return sum(self.is_workday(first + timedelta(days=n)) for n in range((last - first).days + 1))

    def nth(self, first: date, n: int) -> date:
        """The day on which the n-th working day, counted inclusively from `first`, falls (n ≥ 1)."""
        day = first
        left = n - self.is_workday(day)
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return day

    def nth_back(self, last: date, n: int) -> date:
        """The day on which the n-th working day, counted back inclusively from `last`, falls (n ≥ 1)."""
        day = last
        left = n - self.is_workday(day)
        while left > 0:
            day -= DAY
            left -= self.is_workday(day)
        return day
