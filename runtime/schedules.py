"""What Temporal begins by itself, at times of its own: the nightly reconciliation, and what groups are told."""

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

from workflows.groups import TELL_GROUPS, TellGroupsInput
from workflows.reconciling import RECONCILE, ReconcileInput

NIGHTLY = "reconcile-nightly"
BACK_HOURS = 26
"""How far a night looks back: a day, and what one that was late may have left."""

HOUR, MINUTE = 2, 47
"""When a night's round begins in Shanghai: nobody works, and no reminder is sent."""


TELLING = "tell-groups"
TELL_HOUR, TELL_MINUTE = 9, 17
"""When groups are told, on the days of theirs: after the letters of the morning, and not on the full or half hour."""


async def ensure_nightly(client: Client, task_queue: str) -> None:
    """Have the log, the workflows and the views reconciled every night. May be called at every start. Raises RPCError."""
    night = ScheduleActionStartWorkflow(
        RECONCILE, ReconcileInput(hours=BACK_HOURS), id=RECONCILE.lower(), task_queue=task_queue
    )
    await _ensure(client, NIGHTLY, night, (HOUR, MINUTE), catch_up=timedelta(hours=20))


async def ensure_telling(client: Client, task_queue: str) -> None:
    """Have the groups told every morning. May be called at every start. Raises RPCError."""
    round_ = ScheduleActionStartWorkflow(TELL_GROUPS, TellGroupsInput(), id=TELLING, task_queue=task_queue)
    await _ensure(client, TELLING, round_, (TELL_HOUR, TELL_MINUTE), catch_up=timedelta(hours=8))


async def _ensure(
    client: Client, name: str, action: ScheduleActionStartWorkflow, at: tuple[int, int], *, catch_up: timedelta
) -> None:
    """Have something begun every day at an hour and minute in Shanghai, as it is said here and now."""
    hour, minute = at
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(hour)], minute=[ScheduleRange(minute)])],
            time_zone_name="Asia/Shanghai",
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=catch_up),
    )

    async def renewed(_was: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(renewed)
