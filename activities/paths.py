"""What a path's workflow has done for it: load, call one pure function, do one outside act, record."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.errands import hand_on
from activities.handing import HandOver
from domain.receipt import Alarm, Outcome
from registry.desk import Desk
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


class Paths(PathActivities):
    """The activities of a path at one desk. Exceptions are for outages; Temporal tries again."""

    def __init__(self, desk: Desk, hand_over: HandOver) -> None:
        """Work at this desk, and hand reminders over to those who deliver them."""
        self._desk, self._hand_over = desk, hand_over

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
        """Hand a reminder over to those who are to hear it. Whatever was told or met in the meantime is not told."""
        loaded = await self._desk.load(asked.path_id)
        known = (await due(self._desk, loaded, asked.at)).send
        reminder = next((one for one in known if one.key == asked.reminder.key), None)
        if reminder:
            await hand_on(self._desk, loaded, reminder, asked.at, self._hand_over)
