"""The floor of a transition in Temporal: workflows that know no path. Nothing here may import what a sandbox cannot."""

from datetime import timedelta

from temporalio import workflow

TRANSITION = "bare-transition"
INSERT = "bare-insert"
A_YEAR = timedelta(days=365)


@workflow.defn(name="BareDoor")
class Door:
    """Takes updates; each inserts one row by a local activity."""

    @workflow.run
    async def run(self) -> None:
        """Stay open."""
        await workflow.wait_condition(lambda: False)

    @workflow.update(name=TRANSITION)
    async def transition(self, said: dict[str, str]) -> int:
        """Insert a row and return its position."""
        position: int = await workflow.execute_local_activity(
            INSERT, said, start_to_close_timeout=timedelta(seconds=5), result_type=int
        )
        return position


@workflow.defn(name="BareClock")
class Clock:
    """Sets one timer and waits for it."""

    @workflow.run
    async def run(self) -> None:
        """Sleep for a year."""
        await workflow.sleep(A_YEAR)
