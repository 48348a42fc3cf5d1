"""A mailroom: gathers what is to be told to each recipient into one letter a day, and has the letters delivered."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.contract import HEALTH, PublicText
from workflows.mailing import (
    MAILROOM,
    TAKE_IN,
    Address,
    Bundle,
    Carried,
    DeliverInput,
    Envelope,
    Item,
    Later,
    MailroomActivities,
)

BATCH, MOST_TOGETHER = 100, 2000
"""Letters that are delivered by one activity, and by another worker again if the first one dies over them; and items in
them, each about 200 bytes: Temporal takes no more than 2 MB at a time. A letter that tells more goes by itself."""

MOST_EVENTS = 400
"""A run with more events rolls over, with all that it still has to do."""

SILENCE = timedelta(seconds=15)
"""How long a worker may be silent about a batch before another one takes it."""

LONGEST_BATCH = timedelta(minutes=30)
SLOW = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Never gives up: what is broken for all letters at once is an outage."""

LONGEST_GATHERING = 20
"""A letter is gathered until nothing has come for a while, but not longer than so many times that while."""

SHORTEST = timedelta(milliseconds=100)

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
        self._envelopes = {each.letter_id: each for each in carried.envelopes}
        self._held = {item.key: item for item in carried.held}
        self._told = dict.fromkeys(carried.told)
        self._morning = carried.morning
        self._open = {each.to: each.letter_id for each in carried.envelopes}
        self._known = {item.key for each in carried.envelopes for item in each.items} | self._held.keys()
        self._away: set[Address] = set()

    @workflow.signal(name=TAKE_IN)
    def take_in(self, bundle: Bundle) -> None:
        """Take items in. What is here already is here once, however often it is handed over."""
        self._gather = timedelta(seconds=bundle.gather_seconds)
        for item in bundle.items:
            if item.key not in self._known:
                self._known.add(item.key)
                self._sort(item)
        workflow.set_current_details(self._details())

    @workflow.run
    async def run(self, _carried: Carried) -> None:
        """Gather, deliver, try again, and wait for the next morning; end when nothing is left to do."""
        while self._envelopes or self._held or self._told:
            moment = workflow.now()
            if self._morning and self._morning <= moment:
                self._begin_the_day()
            workflow.set_current_details(self._details())
            if self._rollover_wanted():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    self._carry(), initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
                )
            elif ready := self._ready(moment):
                await self._deliver(ready, moment)
            else:
                await self._wait(self._next_at() or moment)

    def _sort(self, item: Item) -> None:
        """Put an item into the letter of its recipient and day; hold it where that letter is under way or was delivered."""
        moment = workflow.now()
        if item.to in self._told or item.to in self._away:
            self._held[item.key] = item
        elif letter_id := self._open.get(item.to):
            envelope = self._envelopes[letter_id]
            items, not_before = (*envelope.items, item), self._gathered_at(envelope, moment)
            self._envelopes[letter_id] = replace(envelope, items=items, not_before=not_before)
        else:
            envelope = Envelope.begun(item, moment)
            self._open[item.to] = envelope.letter_id
            self._envelopes[envelope.letter_id] = replace(envelope, not_before=moment + self._gather)

    def _gathered_at(self, envelope: Envelope, moment: datetime) -> datetime:
        """Until when a letter waits to which something came: nothing else has come for a while, or for very long."""
        if envelope.tries:  # its channel could not take it: it waits for that
            return envelope.not_before
        return max(envelope.not_before, min(moment + self._gather, envelope.since + self._gather * LONGEST_GATHERING))

    def _ready(self, moment: datetime) -> tuple[Envelope, ...]:
        """The letters that may go now. Those that could go soon go with them: many small batches cost more."""
        if not any(each.not_before <= moment for each in self._envelopes.values()):
            return ()
        soon = moment + self._gather / 4
        found = (each for each in self._envelopes.values() if each.not_before <= (moment if each.tries else soon))
        return batch_of(found)

    def _begin_the_day(self) -> None:
        """Whoever has had a letter may have the next one, with all that came since, and with what this day brings."""
        self._told, self._morning = {}, None
        today = workflow.now()
        self._held = {key: replace(item, at=max(item.at, today)) for key, item in self._held.items()}
        self._release()

    def _release(self) -> None:
        """Sort what was held once more."""
        held, self._held = self._held, {}
        for item in held.values():
            self._sort(item)

    async def _deliver(self, envelopes: tuple[Envelope, ...], moment: datetime) -> None:
        """Have a batch delivered, and keep what has to be tried again."""
        self._away = {each.to for each in envelopes}
        delivered = await workflow.execute_activity_method(
            MailroomActivities.deliver,
            DeliverInput(envelopes, moment),
            start_to_close_timeout=LONGEST_BATCH,
            heartbeat_timeout=SILENCE,
            retry_policy=SLOW,
            summary=PublicText(f"投递 · deliver {len(envelopes)} letters"),
        )
        self._away = set()
        told, later = set(delivered.told), {each.letter_id: each for each in delivered.later}
        for each in envelopes:
            if put_off := later.get(each.letter_id):
                self._envelopes[each.letter_id] = again(each, put_off, workflow.now())
                continue
            del self._envelopes[each.letter_id], self._open[each.to]
            self._known -= {item.key for item in each.items}
            if each.letter_id in told:
                self._told[each.to] = None
        if self._told:
            self._morning = self._morning or delivered.morning
        self._release()
        self._show_health()

    def _show_health(self) -> None:
        """Show in Temporal's lists whether a channel keeps letters waiting."""
        health = "degraded" if any(each.tries for each in self._envelopes.values()) else "ok"
        if workflow.info().typed_search_attributes.get(HEALTH, "ok") != health:
            workflow.upsert_search_attributes([HEALTH.value_set(health)])

    def _next_at(self) -> datetime | None:
        """When there is something to do next, if nothing comes in."""
        moments = [each.not_before for each in self._envelopes.values()]
        return min([*moments, *([self._morning] if self._morning else [])], default=None)

    async def _wait(self, until: datetime) -> None:
        """Wait until a moment, or until what came in is to be dealt with before it."""
        letters = len(self._envelopes)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: (
                    self._rollover_wanted() or (len(self._envelopes) > letters and (self._next_at() or until) < until)
                ),
                timeout=max(until - workflow.now(), SHORTEST),  # always a timer: replay must find the same shape
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
            envelopes=tuple(self._envelopes.values()),
            held=tuple(self._held.values()),
            told=tuple(self._told),
            morning=self._morning,
        )

    def _details(self) -> str:
        """What Temporal's UI shows, in both languages; nothing about anybody."""
        late = [each.not_before for each in self._envelopes.values() if each.tries]
        rows = (
            ("正在收集或待投递的通知书", "letters being gathered or to be delivered", len(self._envelopes) - len(late)),
            ("渠道未接收的通知书", "letters whose channel could not take them", len(late)),
            ("明早再告知的提醒", "reminders held for the morning", len(self._held)),
            ("今日已收到通知书的收件人", "recipients who have had a letter", len(self._told)),
            ("下次重试", "tries again at", min(late, default="–")),
            ("明早", "next morning", self._morning or "–"),
        )
        return "\n".join(f"- {zh} · {en}: **{value}**" for zh, en, value in rows)


def batch_of(letters: Iterable[Envelope]) -> tuple[Envelope, ...]:
    """The first of these letters, as many as one activity delivers."""
    batch: list[Envelope] = []
    items = 0
    for each in letters:
        items += len(each.items)
        if batch and (len(batch) == BATCH or items > MOST_TOGETHER):
            break
        batch.append(each)
    return tuple(batch)


def again(envelope: Envelope, later: Later, moment: datetime) -> Envelope:
    """The same letter, to be tried again after a pause that grows with each attempt."""
    if not later.tried:
        return replace(envelope, not_before=later.not_before)
    pause = min(FIRST_PAUSE * 2 ** min(envelope.tries, MOST_DOUBLED), LONGEST_PAUSE)
    return replace(envelope, tries=envelope.tries + 1, not_before=max(later.not_before, moment + pause))
