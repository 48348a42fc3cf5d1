"""Civil days: against a slow twin that counts them one by one, and at the edges that people dispute."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given as whenever
from hypothesis import strategies as st

from domain.calendar import Period, Workdays, add_months, age_on, civil_day, moment_on
from rulebooks.make_workdays import write
from tests.domain.given import RULEBOOKS, rulebooks

DAY = timedelta(days=1)
TABLE = rulebooks().workdays
DAYS = st.dates(date(2004, 1, 1), date(2026, 11, 30))
LENGTHS = st.builds(Period, st.integers(0, 3), st.integers(0, 30), st.integers(0, 70))


def slow_add_months(day: date, months: int) -> date:
    """Walk month by month to the first of the target month, then day by day to the same day or the month's end."""
    at = day.replace(day=1)
    for _ in range(months):
        at += 31 * DAY
        at = at.replace(day=1)
    while at.day < day.day and (at + DAY).month == at.month:
        at += DAY
    return at


@whenever(DAYS, st.integers(0, 60))
def test_months_agree_with_counting_them(day: date, months: int) -> None:
    """Adding months gives what walking through the calendar gives."""
    assert add_months(day, months) == slow_add_months(day, months)


@whenever(DAYS, LENGTHS)
def test_length_after_agrees_with_counting(day: date, length: Period) -> None:
    """A length is its months first and then its days."""
    expected = slow_add_months(day, 12 * length.years + length.months)
    for _ in range(length.days):
        expected += DAY
    assert length.after(day) == expected


@whenever(DAYS, LENGTHS)
def test_length_before_is_the_last_day_from_which_it_ends_in_time(day: date, length: Period) -> None:
    """From the day before-hand the length has ended by then, and from the next day it has not."""
    start = length.before(day)
    assert length.after(start) <= day < length.after(start + DAY)


@whenever(DAYS, DAYS, LENGTHS)
def test_later_beginning_never_ends_earlier(one: date, other: date, length: Period) -> None:
    """A length that begins later ends on the same day or later, at month ends too; backwards likewise."""
    early, late = sorted((one, other))
    assert length.after(early) <= length.after(late)
    assert length.before(early) <= length.before(late)


@whenever(DAYS, LENGTHS)
def test_there_and_back_is_the_same_day_but_at_month_ends(day: date, length: Period) -> None:
    """Before what a length ends on lies its beginning, or a later day of the same month that ends alike."""
    back = length.before(length.after(day))
    assert back >= day
    assert length.after(back) == length.after(day)
    if day.day < 28:  # the 28th is the last day of a February
        assert back == day


@whenever(st.integers(2024, 2500).filter(lambda year: year % 4 == 0 and (year % 100 or year % 400 == 0)))
def test_a_year_from_29_february_is_complete_on_the_28th(year: int) -> None:
    """The earliest day after a year is the same day next year, or the last of February where there is none."""
    leap = date(year, 2, 29)
    assert Period(years=1).after(leap) == date(year + 1, 2, 28)
    assert Period(years=1).before(date(year + 1, 2, 28)) == leap
    assert Period(years=1).before(date(year + 1, 2, 27)) == date(year, 2, 27)


@whenever(st.dates(date(2001, 1, 1), date(2030, 12, 31)), st.dates(date(2001, 1, 1), date(2030, 12, 31)))
def test_calendar_covers_what_it_covers_day_by_day(first: date, last: date) -> None:
    """From one day to another all is known if every single day is."""
    first, last = sorted((first, last))
    days = (first + n * DAY for n in range((last - first).days + 1))
    assert TABLE.cover(first, last) == all(TABLE.covers(day) for day in days)


@whenever(DAYS, DAYS)
def test_workdays_agree_with_counting_them(first: date, last: date) -> None:
    """Counting working days gives what asking the package day by day gives."""
    first, last = sorted((first, min(last, first + 90 * DAY)))
    expected, day = 0, first
    while day <= last:
        expected += bool(chinese_calendar.is_workday(day))
        day += DAY
    assert TABLE.count(first, last) == expected


@whenever(st.dates(date(2004, 1, 1), date(2026, 6, 30)), st.integers(1, 30))
def test_nth_workday_is_the_first_day_by_which_so_many_have_passed(first: date, n: int) -> None:
    """On the n-th working day n have been counted, and on the day before one fewer; it is itself worked."""
    last = TABLE.nth(first, n)
    assert TABLE.is_workday(last)
    assert TABLE.count(first, last) == n
    assert last == first or TABLE.count(first, last - DAY) == n - 1


@whenever(st.dates(date(1960, 1, 1), date(2015, 1, 1)), DAYS)
def test_age_agrees_with_counting_birthdays(born: date, day: date) -> None:
    """An age is the number of birthdays that have come."""
    birthdays = 0
    while add_months(born, 12 * (birthdays + 1)) <= day:
        birthdays += 1
    if born <= day:
        assert age_on(born, day) == birthdays


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2025, 12, 31), -1, date(2025, 11, 30)),
        (date(2025, 3, 31), -13, date(2024, 2, 29)),
    ],
)
def test_months_are_clamped_to_the_end_of_the_month(day: date, months: int, expected: date) -> None:
    """31 January and one month is the last day of February."""
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("day", "length", "expected"),
    [
        (date(2025, 2, 28), Period(months=1), date(2025, 1, 31)),  # all days from the 28th to the 31st end on it
        (date(2025, 2, 27), Period(months=1), date(2025, 1, 27)),
        (date(2025, 3, 30), Period(months=1), date(2025, 2, 28)),
        (date(2025, 3, 1), Period(months=1, days=1), date(2025, 1, 31)),
        (date(2025, 3, 1), Period(months=1, days=2), date(2025, 1, 27)),
        (date(2025, 4, 30), Period(years=2, months=2, days=5), date(2023, 2, 25)),
    ],
)
def test_length_before_a_day_begins_as_late_as_it_can(day: date, length: Period, expected: date) -> None:
    """Where months end early, several days end alike, and the last of them is the beginning."""
    assert length.before(day) == expected


def test_born_on_29_february_is_of_age_on_the_28th() -> None:
    """In a year without the day, age is reached on the last day of February, as months are counted."""
    assert age_on(date(2004, 2, 29), date(2022, 2, 27)) == 17
    assert age_on(date(2004, 2, 29), date(2022, 2, 28)) == 18


def test_make_up_workday_counts_and_holiday_does_not() -> None:
    """27 April 2025, a Sunday, was worked, so 22 to 28 April are six working days; 1 May was off."""
    assert TABLE.count(date(2025, 4, 22), date(2025, 4, 28)) == 6
    assert TABLE.is_workday(date(2025, 4, 27))
    assert not TABLE.is_workday(date(2025, 5, 1))


def test_beyond_the_table_weekdays_are_counted_and_said_not_to_be_known() -> None:
    """Without a year's calendar the answer is the best guess and admits it."""
    empty = Workdays()
    assert not empty.covers(date(2026, 10, 1))
    assert empty.count(date(2026, 9, 28), date(2026, 10, 4)) == 5
    assert TABLE.covers(date(2026, 10, 1))
    assert not TABLE.covers(date(2027, 1, 1))


def test_every_year_of_the_table_is_whole() -> None:
    """From 2004 to 2026 every day of the table is what the package says: nothing was lost when it was written."""
    day = date(2004, 1, 1)
    while day <= date(2026, 12, 31):
        assert TABLE.is_workday(day) == chinese_calendar.is_workday(day), day
        day += DAY


def test_civil_day_is_that_of_china() -> None:
    """Late afternoon in Greenwich is the next day in Shanghai; a time of day goes to its moment and back."""
    assert civil_day(datetime(2026, 11, 20, 15, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert civil_day(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)) == date(2026, 11, 21)
    moment = moment_on(date(2026, 11, 21), time(9, 7))
    assert moment == datetime(2026, 11, 21, 1, 7, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_length_is_written_as_a_verdict_writes_it() -> None:
    """A length reads as in the arithmetic of a finding."""
    assert [str(one) for one in (Period(1, 2, 3), Period(months=6), Period())] == ["1y 2mo 3d", "6mo", "0d"]


def test_table_is_what_the_script_writes(tmp_path: Path) -> None:
    """workdays.yaml was made by the script beside it and by nothing else; a newer package asks for a new table."""
    write(tmp_path / "workdays.yaml")
    assert (tmp_path / "workdays.yaml").read_bytes() == (RULEBOOKS / "workdays.yaml").read_bytes()
