"""What was told to whom about something owed."""

from dataclasses import field
from datetime import date
from typing import Literal

from domain.facts.base import Fact, optional


class ReminderSent(Fact):
    """Somebody was reminded of an obligation; the key (obligation, due day, rung, recipient) makes it once only.

    `recipient` is the stream of the one who was told, of the `recipients` who were to be told of this rung; `letter` is
    the id under which the letter went out, `code` what the gateway said itself. `passed_over` tells who comes before
    them on the ladder and why they were not told, as `branch-secretary:no-address`. *climbed*: they owed it, and
    were told that somebody above them is reminded now.
    """

    TOPIC = "reminder-sent"
    ALSO = ("term",)
    TITLE = "提醒"

    obligation: str
    step: str
    owed_by: str
    due_on: date
    rung_days: int
    channel: str
    outcome: Literal["accepted", "refused", "unknown"]
    recipient: str | None = optional()
    recipients: int = optional(default=1)
    letter: str | None = optional()
    code: str | None = optional()
    passed_over: tuple[str, ...] = optional(default=())
    kind: Literal["owed", "climbed"] = optional(default="owed")
    workdays: bool = optional(default=False)


class ReminderSnoozed(Fact):
    """Whoever owes something is not told of it again before a day; the roles up the tree are told all the same."""

    TOPIC = "reminder-snoozed"
    ALSO = ("term",)
    TITLE = "暂缓提醒"

    obligation: str
    until: date
    reason: str = field(kw_only=True)


class ReminderAskedAgain(Fact):
    """A reminder that was told is to be told once more: the rung of an obligation with this due day."""

    TOPIC = "reminder-asked-again"
    ALSO = ("term",)
    TITLE = "再次提醒"

    obligation: str
    due_on: date
    rung_days: int
    workdays: bool = optional(default=False)
    reason: str = field(kw_only=True)
