"""What Temporal begins by itself, at times of its own: the nightly reconciliation."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from workflows.reconciling import RECONCILE, ReconcileInput

NIGHTLY = "reconcile-nightly"
BACK_HOURS = 26
"""How far a night looks back: a day, and what one that was late may have left."""

HOUR, MINUTE = 2, 47
"""When a night's round begins in Shanghai: nobody works, and no reminder is sent."""


async def ensure_nightly(client: Client, task_queue: str) -> None:
    """Have the log, the workflows and the views reconciled every night. May be called at every start. Raises RPCError."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            RECONCILE, ReconcileInput(hours=BACK_HOURS), id=RECONCILE.lower(), task_queue=task_queue
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], minute=[ScheduleRange(MINUTE)])],
            time_zone_name="Asia/Shanghai",
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=20)),
    )

    async def renewed(_was: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(NIGHTLY, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(NIGHTLY).update(renewed)
