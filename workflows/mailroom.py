"""A mailroom: gathers what is to be told to each recipient into one letter a day, and has the letters delivered."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.contract import HEALTH, PublicText
from workflows.mailing import (
    MAILROOM,
    TAKE_IN,
    Bundle,
    Carried,
    DeliverInput,
    Envelope,
    Item,
    Later,
    MailroomActivities,
)

BATCH = 100
"""Letters that are delivered by one activity, and by another worker again if the first one dies over them."""

MOST_EVENTS = 400
"""A run with more events rolls over, with all that it still has to do."""

SILENCE = timedelta(seconds=15)
"""How long a worker may be silent about a batch before another one takes it."""

LONGEST_BATCH = timedelta(minutes=30)
SLOW = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Never gives up: what is broken for all letters at once is an outage."""

LONGEST_GATHERING = 20
"""A mailroom gathers until nothing has come for a while, but not longer than so many times that while."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=3)
"""Before a letter is tried again whose channel could not take it; each pause is twice as long as the one before."""

MOST_DOUBLED = 10
"""After so many tries the pause grows no more; doubled for five days on end, it would be no length of time at all."""


@workflow.defn(name=MAILROOM)
class Mailroom:
    """Runs while there is something to deliver, or somebody has had a letter today; the next signal starts it anew."""

    @workflow.init
    def __init__(self, carried: Carried) -> None:
        """Go on where the earlier run has stopped."""
        self._gather = timedelta(seconds=carried.gather_seconds)
        self._gathering = {item.key: item for item in carried.gathering}
        self._held = {item.key: item for item in carried.held}
        self._envelopes = {each.letter_id: each for each in carried.envelopes}
        self._told = dict.fromkeys(carried.told)
        self._morning = carried.morning
        self._first_at, self._last_at = carried.first_at, carried.last_at

    @workflow.signal(name=TAKE_IN)
    def take_in(self, bundle: Bundle) -> None:
        """Take items in. What is here already is here once, however often it is handed over."""
        self._gather = timedelta(seconds=bundle.gather_seconds)
        known = self._gathering.keys() | self._held.keys() | {item.key for item in self._enclosed()}
        fresh = {item.key: item for item in bundle.items if item.key not in known}
        if fresh:
            self._gathering |= fresh
            self._last_at = workflow.now()
            self._first_at = self._first_at or self._last_at

    @workflow.run
    async def run(self, _carried: Carried) -> None:
        """Gather, deliver, try again, and wait for the next morning; end when nothing is left to do."""
        while self._gathering or self._held or self._envelopes or self._told:
            moment = workflow.now()
            if self._morning and self._morning <= moment:
                self._begin_the_day()
            if (gathered := self._gathered_at()) and gathered <= moment:
                self._address(moment)
            ready = [each for each in self._envelopes.values() if each.not_before <= moment][:BATCH]
            workflow.set_current_details(self._details())
            if self._rollover_wanted():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    self._carry(), initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
                )
            elif ready:
                await self._deliver(tuple(ready), moment)
            else:
                await self._wait(self._next_at() or moment)

    def _enclosed(self) -> Iterator[Item]:
        return (item for each in self._envelopes.values() for item in each.items)

    def _gathered_at(self) -> datetime | None:
        """When what was taken in is put into letters: nothing has come for a while, or it has gone on for long."""
        if not self._gathering or self._first_at is None or self._last_at is None:
            return None
        return min(self._last_at + self._gather, self._first_at + self._gather * LONGEST_GATHERING)

    def _begin_the_day(self) -> None:
        """Whoever has had a letter may have the next one, with all that came since."""
        self._told, self._morning = {}, None
        if self._held:
            self._gathering = self._held | self._gathering
            self._held = {}
            self._last_at = self._last_at or workflow.now()
            self._first_at = self._first_at or self._last_at

    def _address(self, moment: datetime) -> None:
        """Put items into envelopes, one a recipient and day; hold those of who has had the letter of that day."""
        waiting = {(each.recipient_id, each.items[0].day): each for each in self._envelopes.values()}
        for key, item in self._gathering.items():
            to = (item.recipient_id, item.day)
            if to in self._told:
                self._held[key] = item
            elif to in waiting:  # its channel could not take the letter yet: there is room in it
                waiting[to] = replace(waiting[to], items=(*waiting[to].items, item))
            else:
                waiting[to] = Envelope.begun(item, moment)
        self._envelopes = {each.letter_id: each for each in waiting.values()}
        self._gathering, self._first_at, self._last_at = {}, None, None

    async def _deliver(self, envelopes: tuple[Envelope, ...], moment: datetime) -> None:
        """Have a batch delivered, and keep what has to be tried again."""
        delivered = await workflow.execute_activity_method(
            MailroomActivities.deliver,
            DeliverInput(envelopes, moment),
            start_to_close_timeout=LONGEST_BATCH,
            heartbeat_timeout=SILENCE,
            retry_policy=SLOW,
            summary=PublicText(f"投递 · deliver {len(envelopes)} letters"),
        )
        told, later = set(delivered.told), {each.letter_id: each for each in delivered.later}
        for each in envelopes:
            self._envelopes.pop(each.letter_id)
            if each.letter_id in later:
                self._envelopes[each.letter_id] = again(each, later[each.letter_id], workflow.now())
            elif each.letter_id in told:
                self._told[each.recipient_id, each.items[0].day] = None
        if self._told:
            self._morning = self._morning or delivered.morning
        self._show_health()

    def _show_health(self) -> None:
        """Show in Temporal's lists whether a channel keeps letters waiting."""
        health = "degraded" if any(each.tries for each in self._envelopes.values()) else "ok"
        if workflow.info().typed_search_attributes.get(HEALTH, "ok") != health:
            workflow.upsert_search_attributes([HEALTH.value_set(health)])

    def _next_at(self) -> datetime | None:
        """When there is something to do next, if nothing comes in."""
        moments = [each.not_before for each in self._envelopes.values()]
        moments += [moment for moment in (self._gathered_at(), self._morning) if moment]
        return min(moments, default=None)

    async def _wait(self, until: datetime) -> None:
        """Wait until a moment, or until what came in is to be dealt with before it."""
        pause = max(until - workflow.now(), timedelta(seconds=1))  # always a timer: replay must find the same shape
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: (self._gathered_at() or until) < until or self._rollover_wanted(),
                timeout=pause,
                timeout_summary=PublicText("等候 · waits for more, for a channel or for the morning"),
            )

    def _rollover_wanted(self) -> bool:
        info = workflow.info()
        return (
            info.get_current_history_length() > MOST_EVENTS
            or info.is_continue_as_new_suggested()
            or info.is_target_worker_deployment_version_changed()
        )

    def _carry(self) -> Carried:
        return Carried(
            gather_seconds=self._gather.total_seconds(),
            gathering=tuple(self._gathering.values()),
            held=tuple(self._held.values()),
            envelopes=tuple(self._envelopes.values()),
            told=tuple(self._told),
            morning=self._morning,
            first_at=self._first_at,
            last_at=self._last_at,
        )

    def _details(self) -> str:
        """What Temporal's UI shows, in both languages; nothing about anybody."""
        late = [each for each in self._envelopes.values() if each.tries]
        counts: Mapping[str, int] = {
            "正在收集的提醒 · reminders being gathered": len(self._gathering),
            "待投递的通知书 · letters to be delivered": len(self._envelopes) - len(late),
            "渠道未接收、稍后重试的通知书 · letters whose channel could not take them": len(late),
            "明早再告知的提醒 · reminders held for the morning": len(self._held),
            "今日已收到通知书的收件人 · recipients who have had a letter": len(self._told),
        }
        lines = [f"- {what}: **{count}**" for what, count in counts.items()]
        again = min((each.not_before for each in late), default=None)
        lines.append(f"- 下次重试 · tries again at: **{again or '–'}**")
        lines.append(f"- 明早 · next morning: **{self._morning or '–'}**")
        return "\n".join(lines)


def again(envelope: Envelope, later: Later, moment: datetime) -> Envelope:
    """The same letter, to be tried again after a pause that grows with each attempt."""
    if not later.tried:
        return replace(envelope, not_before=later.not_before)
    pause = min(FIRST_PAUSE * 2 ** min(envelope.tries, MOST_DOUBLED), LONGEST_PAUSE)
    return replace(envelope, tries=envelope.tries + 1, not_before=max(later.not_before, moment + pause))
