"""Telling groups how much waits: counts of their unit and a link, never a name."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from temporalio import activity

from activities.channels.base import Channel, Message
from activities.channels.opening import Group
from activities.errands import ACTOR, CAPACITY
from domain.calendar import civil_day
from domain.facts.units import GroupTold
from domain.receipt import Reminder
from domain.rulewords import ROLES
from domain.words import Text
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.letters import LetterItem, LetterTexts, Links, compose_for_group
from registry.record import record
from views.owing import Owed, WantedOwed, owed
from views.store import Views
from workflows.groups import GroupActivities, TellGroupsInput

LOG = logging.getLogger("jieti.reminders")

AHEAD = timedelta(days=7)
"""What falls due within a week waits, beside what is overdue."""


class NotTaken(Exception):
    """Channels that could not take their message now; Temporal comes again, and who was told is not told twice."""


class Groups(GroupActivities):
    """Tells the groups of a channel file from one desk and its views."""

    def __init__(
        self,
        desk: Desk,
        views: Views,
        channels: Mapping[str, Channel],
        groups: Sequence[Group],
        *,
        texts: LetterTexts,
        links: Links,
    ) -> None:
        """Tell these groups through these channels."""
        self._desk, self._views, self._channels, self._groups = desk, views, channels, groups
        self._texts, self._links = texts, links

    @activity.defn(name="tell_groups")
    async def tell_groups(self, asked: TellGroupsInput) -> None:
        """Tell the groups whose day it is. On a quiet day nobody is told. Raises NotTaken."""
        at, books = asked.at, self._desk.rulebooks
        if at is None:
            raise ValueError("a round has its moment from its workflow")
        day = civil_day(at)
        if not books.policy.reminding.sends_on(day, books.workdays):
            return
        later = [
            group.channel
            for group in self._groups
            if day.weekday() in group.days and not await self._told(group, day, at)
        ]
        if later:
            raise NotTaken(", ".join(later))

    async def _told(self, group: Group, day: date, at: datetime) -> bool:
        """Tell one group and record it; False where its channel is to be tried again."""
        key = f"group/{group.channel}/{day}"
        loaded = await self._desk.load(unit_stream(group.unit))
        if not loaded.entries:
            LOG.error(
                "the channel file has the group %s belong to the unit %s: there is no such unit",
                group.channel,
                group.unit,
            )
            return True
        if any(entry.key == f"{ACTOR}:{key}" for entry in loaded.entries):
            return True
        found = await owed(self._views, WantedOwed(tuple(ROLES), group.unit, below=True))
        waiting = [_item(one) for one in found if not one.row.tells and one.row.due_on <= day + AHEAD]
        if not waiting:
            return True
        letter = compose_for_group(self._texts, group.language, day, waiting, self._links)
        message = Message(
            key, letter.subject, markdown=letter.markdown, link=letter.link, language=group.language, group=True
        )
        answer = await self._channels[group.channel].send("", message)
        if answer.outcome == "later":
            return False
        said = {
            "effective_on": day,
            "channel": group.channel,
            "items": len(waiting),
            "late_items": sum(one.late(day) for one in waiting),
            "outcome": answer.outcome,
            "code": answer.code,
        }
        stream = unit_stream(group.unit)
        fact = asking(self._desk, stream, GroupTold.TOPIC, said, actor=ACTOR, capacity=CAPACITY, key=key, mode="record")
        await record(self._desk, fact, at)
        return True


def _item(one: Owed) -> LetterItem:
    """Something owed as far as a group hears of it: that it is there, and by when."""
    row, nothing = one.row, Text("", "")
    reminder = Reminder(row.obligation, row.step, row.owed_by, row.due_on, 0, row.zh, row.en)
    return LetterItem(
        reminder=reminder,
        stream_id=row.path_id,
        unit=nothing,
        why=nothing,
        edition=row.edition,
        sources=(),
        confidence="sure",
        owes=row.owed_by,
        begun_on=row.since,
    )
