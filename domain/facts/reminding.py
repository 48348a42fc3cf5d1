"""What was told to whom about something owed."""

from datetime import date
from typing import Literal

from domain.facts.base import Fact


class ReminderSent(Fact):
    """Somebody was reminded of an obligation; the key (obligation, due day, rung) makes it once only."""

    TOPIC = "reminder-sent"
    TITLE = "提醒"

    obligation: str
    step: str
    owed_by: str
    due_on: date
    rung_days: int
    channel: str
    outcome: Literal["accepted", "refused", "unknown"]
