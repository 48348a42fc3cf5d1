"""What is owed as a calendar (RFC 5545): events of whole days, each with its link, its alarms and an identity that stays.

Written here and not with a library: a feed has hundreds of events, and the library takes half a millisecond for each. Its
readers are the tests' judge of what is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

PRODUCT = "-//Jieti//Jieti//ZH"
POLL = "PT6H"
"""How often a client is asked to look again; it decides itself."""

ALARM_AT = time(9, 7)
"""At what time of its day an alarm sounds: when letters go out."""

MOST_ALARMS = 6
LINE_BYTES = 75
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something owed, as an event of the day on which it is due.

    It is the same event as long as it is owed since the same day: when its due day moves, the event moves.
    `alarms` are days relative to the due day. What is met leaves the calendar: clients that follow it take the event away.
    """

    stream_id: UUID
    obligation: str
    begun_on: date
    due_on: date
    title: str
    details: str
    link: str
    version: int = 0
    changed_at: datetime | None = None
    alarms: tuple[int, ...] = ()

    @property
    def uid(self) -> str:
        """Names the event for ever, and tells nothing to who reads it."""
        return f"{uuid5(self.stream_id, f'calendar/{self.obligation}/{self.begun_on}')}@jieti"


def calendar_of(name: str, events: Sequence[Event], at: datetime) -> str:
    """The events as one published calendar, in the order of their days; `at` (aware) is the moment of its making."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        f"REFRESH-INTERVAL;VALUE=DURATION:{POLL}",
        f"X-PUBLISHED-TTL:{POLL}",
    ]
    for event in sorted(events, key=lambda one: (one.due_on, one.uid)):
        lines += _lines(event, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _lines(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"SEQUENCE:{event.version}"
    yield f"DTSTAMP:{_moment(at)}"
    if event.changed_at is not None:
        yield f"LAST-MODIFIED:{_moment(event.changed_at)}"
    yield f"DTSTART;VALUE=DATE:{event.due_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.due_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(event.title)}"
    yield f"DESCRIPTION:{_text(event.details)}\\n{event.link}"
    yield f"URL:{event.link}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    yield "STATUS:CONFIRMED"
    for days in event.alarms[:MOST_ALARMS]:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(event.title)}"
        yield f"TRIGGER:{_from_midnight(days)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _from_midnight(days: int) -> str:
    """How long after the beginning of the event's day an alarm sounds; before it, with a sign."""
    minutes = days * 24 * 60 + ALARM_AT.hour * 60 + ALARM_AT.minute
    return f"{'-' if minutes < 0 else ''}PT{abs(minutes)}M"


def _text(text: str) -> str:
    return text.translate(ESCAPED)


def _folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, each after the first behind a space; no character is cut in two."""
    if len(line.encode()) <= LINE_BYTES:
        return line
    pieces, room = [""], LINE_BYTES
    for one in line:
        size = len(one.encode())
        if size > room:
            pieces.append("")
            room = LINE_BYTES - 1
        pieces[-1] += one
        room -= size
    return "\r\n ".join(pieces)
