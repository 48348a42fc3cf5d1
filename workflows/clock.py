"""The clock of a stream as a durable workflow: it sleeps until something is due, and has it done. It holds no facts and no rules.

`Keeping` is what every clock does, a path's among them; `Clock` is that of all other streams: units, terms of units, and
whatever else has days to keep.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from domain.calendar import moment_on
from domain.receipt import Alarm, Labels
from workflows.contract import (
    CLOCK,
    DUE_AT,
    HEALTH,
    LOG_VERSION,
    NEXT_WAKE_AT,
    NUDGE,
    PATH_RULEBOOK,
    PATH_STAGE,
    PATH_UNIT,
    UNKNOWN_FACT,
    WAITING_FOR,
    WRONG_SHAPE,
    ClockActivities,
    ClockInput,
    DueInput,
    PathActivities,
    PathInput,
    PublicText,
    SendInput,
)

MOST_EVENTS = 400
"""A run with more events rolls over: a worker that has to read them all first would keep the next act waiting."""

LONGEST_SLEEP = timedelta(days=366)
"""A path that nothing is owed on is looked at once a year all the same."""

SHORTEST_SLEEP = timedelta(seconds=1)
"""A timer of no length would not be a timer, and replay would not find it."""

ATTEMPT = timedelta(seconds=10)
"""How long a worker may take over one attempt at an activity; after that it is taken to be gone."""

FAST_ATTEMPT = timedelta(seconds=1)
HANDING_OVER = timedelta(seconds=4)
"""A reminder waits up to a second for others that go the same way; Temporal has to take the signal within a few."""

FAST = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2)
SLOW = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))
"""Never gives up: Temporal and the log must not part over an outage."""

Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Keeping:
    """Sleeps until the alarm of a stream, has acts recorded and reminders sent, and sleeps again; ends with the stream."""

    def __init__(self, stream_id: UUID) -> None:
        """Begin without an alarm: the log is asked."""
        self._stream_id = stream_id
        self._alarm: Alarm | None = None
        self._nudged = False

    @workflow.signal(name=NUDGE)
    def nudge(self) -> None:
        """Look for the alarm anew. May come twice, early or for nothing."""
        self._nudged = True

    async def _keep(self, again: PathInput | ClockInput) -> None:
        """Wake when something is due, have it done, sleep again; a run that has become long rolls over to `again`."""
        while (alarm := self._alarm) is None or self._nudged or not self._over(alarm):
            if alarm is None or self._nudged:
                await self._ask()
            elif alarm.acts:
                await self._act(alarm)
            elif alarm.send:
                await self._send(alarm)
            elif self._rollover_wanted():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    again, initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
                )
            else:
                await self._sleep(alarm)

    def _idle(self) -> bool:
        """Whether nothing is under way that will bring another alarm."""
        return True

    def _over(self, alarm: Alarm) -> bool:
        return alarm.closed and not alarm.acts and workflow.all_handlers_finished()

    def _rollover_wanted(self) -> bool:
        info = workflow.info()
        return (
            info.get_current_history_length() > MOST_EVENTS
            or info.is_continue_as_new_suggested()
            or info.is_target_worker_deployment_version_changed()
        )

    async def _ask(self) -> None:
        """Ask what is due. A nudge during a transition is answered after it, and so is one during the answer."""
        await workflow.wait_condition(self._idle)
        self._nudged = False
        given = DueInput(self._stream_id, workflow.now())
        self._take(await self._insist(PathActivities.due, given, PublicText("到期事项 · what is due")))

    async def _act(self, alarm: Alarm) -> None:
        """Have what comes by itself recorded, and ask anew."""
        topics = ", ".join(dict.fromkeys(act.topic for act in alarm.acts))
        await workflow.execute_activity_method(
            ClockActivities.act,
            DueInput(self._stream_id, workflow.now()),
            start_to_close_timeout=ATTEMPT,
            retry_policy=SLOW,
            summary=PublicText(f"到时记录 · record {topics}"),
        )
        self._nudged = True

    async def _send(self, alarm: Alarm) -> None:
        """Have the first reminder told. What came in meanwhile decides about the others."""
        reminder = alarm.send[0]
        given = SendInput(self._stream_id, reminder, workflow.now())
        summary = PublicText(f"提醒 · remind {reminder.owed_by} of {reminder.obligation}, {reminder.rung_days:+d} d")
        if alarm.locally:
            await self._insist(PathActivities.send, given, summary, HANDING_OVER)
        else:
            await workflow.execute_activity_method(
                PathActivities.send, given, start_to_close_timeout=ATTEMPT, retry_policy=SLOW, summary=summary
            )
        if self._alarm:
            self._alarm = replace(self._alarm, send=tuple(one for one in self._alarm.send if one != reminder))

    async def _sleep(self, alarm: Alarm) -> None:
        """Sleep until the alarm, or until something else has to be done first."""
        moment = workflow.now()
        wake = alarm.wake or moment + LONGEST_SLEEP
        try:
            await workflow.wait_condition(
                lambda: self._called(alarm),
                timeout=max(wake - moment, SHORTEST_SLEEP),  # always a timer: replay must find the same shape for ever
                timeout_summary=PublicText("到时再看 · sleeps until something is due"),
            )
        except TimeoutError:
            self._nudged = True

    def _called(self, alarm: Alarm) -> bool:
        now = self._alarm
        woken = now is None or now.send or now.acts or now.closed or now.wake != alarm.wake
        return self._idle() and bool(self._nudged or woken or self._rollover_wanted())

    async def _insist(
        self,
        act: Callable[[PathActivities, Given], Awaitable[Answer]],
        given: Given,
        summary: PublicText,
        fast: timedelta = FAST_ATTEMPT,
    ) -> Answer:
        """First as a local activity, which is twice as fast; then as one that Temporal shows and that never gives up."""
        try:
            return await workflow.execute_local_activity_method(
                act, given, start_to_close_timeout=fast, retry_policy=FAST
            )
        except FailureError as failure:
            refuse_what_only_the_sender_can_mend(failure)
        self._label({HEALTH: "degraded"})
        try:
            return await workflow.execute_activity_method(
                act, given, start_to_close_timeout=ATTEMPT, retry_policy=SLOW, summary=summary
            )
        except ActivityError as failure:
            refuse_what_only_the_sender_can_mend(failure)
            raise
        finally:
            self._label({HEALTH: "ok"})

    def _take(self, alarm: Alarm) -> None:
        """Set the alarm, unless it was judged from less than the one that is set."""
        if self._alarm is None or alarm.labels.version >= self._alarm.labels.version:
            self._alarm = alarm
            self._label(_labels(alarm))
            workflow.set_current_details(_details(alarm))

    def _label(self, labels: Mapping[SearchAttributeKey[Any], object]) -> None:
        """Show labels in Temporal's lists. Only a change is shown: it costs as much as a fifth of a transition."""
        shown = workflow.info().typed_search_attributes
        changed = {key: value for key, value in labels.items() if (value or None) != shown.get(key)}
        if changed.keys() - {LOG_VERSION}:
            workflow.upsert_search_attributes(
                [key.value_set(value) if value else key.value_unset() for key, value in changed.items()]
            )


@workflow.defn(name=CLOCK)
class Clock(Keeping):
    """The clock of any stream but a path: nobody asks it for decisions, it only knows when to look."""

    @workflow.init
    def __init__(self, clock: ClockInput) -> None:
        """Begin without an alarm: the log is asked."""
        super().__init__(clock.stream_id)

    @workflow.run
    async def run(self, clock: ClockInput) -> None:
        """Keep the time of the stream until nothing is to be waited for."""
        await self._keep(ClockInput(clock.stream_id))


def refuse_what_only_the_sender_can_mend(failure: FailureError) -> None:
    error = failure.cause if isinstance(failure, ActivityError) else failure
    if isinstance(error, ApplicationError) and error.type in (WRONG_SHAPE, UNKNOWN_FACT):
        raise error from None


def _labels(alarm: Alarm) -> Mapping[SearchAttributeKey[Any], object]:
    labels = alarm.labels
    return {
        PATH_UNIT: labels.unit,
        PATH_STAGE: labels.stage,
        PATH_RULEBOOK: labels.edition,
        WAITING_FOR: list(labels.waiting_for),
        DUE_AT: _end_of(labels),
        NEXT_WAKE_AT: alarm.wake,
        LOG_VERSION: labels.version,
        HEALTH: "ok",
    }


def _end_of(labels: Labels) -> datetime | None:
    """The moment from which the next thing owed is overdue: the end of its day in Shanghai."""
    return moment_on(labels.due_on + timedelta(days=1), time()) if labels.due_on else None


def _details(alarm: Alarm) -> str:
    """What Temporal's UI shows of a path, in both languages; nothing about the person."""
    labels = alarm.labels
    rows = (
        ("阶段", "Stage", labels.stage),
        ("党组织", "Unit", labels.unit),
        ("待办方", "Waiting for", ", ".join(labels.waiting_for)),
        ("期限", "Due on", labels.due_on),
        ("下次查看", "Looks again at", alarm.wake),
        ("版本", "Version", labels.version),
        ("规则", "Rulebook", labels.edition),
    )
    return "\n".join(f"- {zh} · {en}: **{value or '–'}**" for zh, en, value in rows)
