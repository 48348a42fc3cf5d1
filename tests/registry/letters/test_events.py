"""Calendars as their readers read them: whole days, lines that are folded and escaped, identities that stay, alarms."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from registry.letters.events import Event, calendar_of

AT = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)
PATH = UUID(int=7)


def event(**changes: Any) -> Event:
    """An event with all it can have."""
    said = {"stream_id": PATH, "obligation": "talk", "begun_on": date(2026, 11, 1), "due_on": date(2026, 12, 1)}
    said |= {"title": "约见一位同学", "details": "打开链接", "link": "https://jieti.example/paths/7/steps/S02"}
    return Event(**{**said, "version": 3, "changed_at": AT, "alarms": (-30, 0, 3), **changes})


def read(text: str) -> Any:
    """A calendar as the library reads it, without a fault."""
    calendar: Any = Calendar.from_ical(text)
    assert calendar.errors == []
    return calendar


def test_an_event_is_a_whole_day_in_every_zone() -> None:
    """The due day is a civil day without a zone, and the event ends with it."""
    (found,) = read(calendar_of("x", [event()], AT)).walk("VEVENT")
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2026, 12, 1), date(2026, 12, 2))
    assert (found["DTSTAMP"].dt, found["LAST-MODIFIED"].dt, found["SEQUENCE"]) == (AT, AT, 3)
    assert found["URL"] == "https://jieti.example/paths/7/steps/S02"
    assert (found["CLASS"], found["TRANSP"], found["STATUS"]) == ("PRIVATE", "TRANSPARENT", "CONFIRMED")


def test_alarms_sound_in_the_morning_of_their_days() -> None:
    """Thirty days before, on the day and three days after, when letters go out too."""
    (found,) = read(calendar_of("x", [event()], AT)).walk("VEVENT")
    triggers = [alarm["TRIGGER"].dt for alarm in found.walk("VALARM")]
    morning = timedelta(hours=9, minutes=7)
    assert triggers == [timedelta(days=days) + morning for days in (-30, 0, 3)]
    assert {alarm["ACTION"] for alarm in found.walk("VALARM")} == {"DISPLAY"}


def test_an_identity_tells_nothing_and_stays() -> None:
    """It is the same wherever the day moves and the title changes, another for what is owed anew, and names nothing."""
    same = {event(due_on=date(2027, 1, 1), title="y", version=9).uid, event().uid}
    others = {event(begun_on=date(2026, 12, 1)).uid, event(obligation="dossier").uid, event(stream_id=UUID(int=8)).uid}
    assert (len(same), len(others - same)) == (1, 3)
    assert "talk" not in event().uid
    assert str(PATH) not in event().uid


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_whatever_a_title_says_is_read_back(title: str) -> None:
    """Every text survives escaping and folding, and no line is longer than 75 bytes."""
    text = calendar_of(title, [event(title=title)], AT)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    calendar = read(text)
    assert [str(one["SUMMARY"]) for one in calendar.walk("VEVENT")] == [title]


def test_events_stand_in_the_order_of_their_days() -> None:
    """The same events give the same calendar, byte by byte, in whatever order they come: an ETag can rest on it."""
    days = [event(due_on=date(2026, 12, n), stream_id=UUID(int=n)) for n in (5, 2, 9)]
    assert calendar_of("x", days, AT) == calendar_of("x", days[::-1], AT)
    found = [one["DTSTART"].dt.day for one in read(calendar_of("x", days, AT)).walk("VEVENT")]
    assert found == [2, 5, 9]
