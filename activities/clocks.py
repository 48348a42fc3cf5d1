"""What the clocks of streams that are no paths have done for them beside what paths have: acts that come by themselves."""

from temporalio import activity

from registry.acts import act
from registry.desk import Desk
from workflows.contract import ClockActivities, DueInput


class NotRecorded(Exception):
    """An act was not recorded, and will not be by itself: Temporal shows it, and tries again until it is mended."""


class Clocks(ClockActivities):
    """The activities of clocks at one desk. Exceptions are for outages and defects; Temporal tries again."""

    def __init__(self, desk: Desk) -> None:
        """Work at this desk."""
        self._desk = desk

    @activity.defn(name="act")
    async def act(self, asked: DueInput) -> None:
        """Record what comes by itself at a moment. What somebody else has just changed is left: the clock asks again."""
        outcomes = await act(self._desk, await self._desk.load(asked.path_id), asked.at)
        if wrong := [one.kind for one in outcomes if one.kind not in ("recorded", "stale", "already-open")]:
            raise NotRecorded(", ".join(wrong))
