"""Facts of a recipient's calendars: which were opened under a secret address, and which are closed."""

from typing import ClassVar, Literal

from domain.facts.base import About, Fact, optional

CalendarRole = Literal[
    "applicant",
    "contacts",
    "branch-secretary",
    "organiser",
    "general-branch",
    "superior-committee",
    "organisation-department",
]
"""In which role somebody follows what is owed."""


class CalendarOpened(Fact):
    """What is owed by a recipient in a role, at a unit, can be read under a secret address.

    Only the digest of the address stands here: whoever reads the log cannot read the calendar.
    """

    TOPIC = "calendar-opened"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "开通日历订阅"

    digest: str
    role: CalendarRole
    unit: str | None = optional()


class CalendarClosed(Fact):
    """The address of a calendar leads nowhere any more."""

    TOPIC = "calendar-closed"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "停用日历订阅"

    digest: str
