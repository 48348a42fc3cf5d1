"""The floor of a reminder in Temporal: one timer, one activity. Nothing here may import what a sandbox cannot."""

from datetime import datetime, timedelta

from temporalio import workflow

REMIND = "bare-remind"


@workflow.defn(name="BareReminder")
class BareReminder:
    """Sleeps until a moment and has one thing done."""

    @workflow.run
    async def run(self, at: datetime) -> None:
        """Sleep, then run the activity."""
        await workflow.sleep(max(at - workflow.now(), timedelta(seconds=1)))
        await workflow.execute_activity(REMIND, start_to_close_timeout=timedelta(seconds=10))
