"""What a path's workflow has done for it: load, call one pure function, do one outside act, record."""

import json
import logging

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.calendar import civil_day
from domain.facts.reminding import ReminderSent
from domain.receipt import Alarm, Outcome, Reminder
from registry.desk import Desk
from registry.drafting import asking
from registry.due import due
from registry.keys.store import Shredded
from registry.record import record
from registry.shape import UnknownFact, WrongShape
from workflows.contract import (
    UNKNOWN_FACT,
    WRONG_SHAPE,
    DueInput,
    PathActivities,
    RecordInput,
    SendInput,
)

LOG = logging.getLogger("jieti.reminders")

ACTOR, CAPACITY = "jieti", "system"
"""Who says that a reminder was sent."""

CHANNEL = "console"


class Paths(PathActivities):
    """The activities of a path at one desk. Exceptions are for outages; Temporal tries again."""

    def __init__(self, desk: Desk) -> None:
        """Work at this desk."""
        self._desk = desk

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Record a transition, or refuse it. Raises ApplicationError (not to be repeated) for what cannot be a fact."""
        request = asked.asked.request
        try:
            return await record(self._desk, asked.asked, asked.at)
        except Shredded as error:
            faults = [("path", str(error))]
            raise ApplicationError(str(error), faults, request, type=WRONG_SHAPE, non_retryable=True) from None
        except WrongShape as error:
            raise ApplicationError(str(error), error.faults, request, type=WRONG_SHAPE, non_retryable=True) from None
        except UnknownFact as error:
            raise ApplicationError(str(error), str(error), request, type=UNKNOWN_FACT, non_retryable=True) from None

    @activity.defn(name="due")
    async def due(self, asked: DueInput) -> Alarm:
        """Judge a path at a moment. One that the log does not know has nothing to wait for."""
        return await due(self._desk, await self._desk.load(asked.path_id), asked.at)

    @activity.defn(name="send")
    async def send(self, asked: SendInput) -> None:
        """Tell a reminder, then record that it was told: after a crash it may be told twice, but stands once.

        Whatever has been told or met in the meantime is not told.
        """
        reminder = asked.reminder
        loaded = await self._desk.load(asked.path_id)
        if reminder.key not in [one.key for one in (await due(self._desk, loaded, asked.at)).send]:
            return
        await self.tell(asked)
        said = {
            "effective_on": civil_day(asked.at),
            "obligation": reminder.obligation,
            "step": reminder.step,
            "owed_by": reminder.owed_by,
            "due_on": reminder.due_on,
            "rung_days": reminder.rung_days,
            "channel": CHANNEL,
            "outcome": "accepted",
        }
        sent = asking(
            self._desk,
            asked.path_id,
            ReminderSent.TOPIC,
            said,
            actor=ACTOR,
            capacity=CAPACITY,
            key=reminder.key,
            mode="record",
        )
        await record(self._desk, sent, asked.at)

    async def tell(self, asked: SendInput) -> None:
        """Hand a reminder to its channel: here, a line of the process's log."""
        LOG.info("%s", _line(asked.reminder, str(asked.path_id)))


def _line(reminder: Reminder, path_id: str) -> str:
    """A reminder as one line of JSON. It names the path and the role, and nobody."""
    told = {
        "reminder": reminder.key,
        "path": path_id,
        "to": reminder.owed_by,
        "due_on": reminder.due_on.isoformat(),
        "zh": reminder.zh,
        "en": reminder.en,
    }
    return json.dumps(told, ensure_ascii=False)
