"""What may happen to a mailroom, told on a real engine: each story leaves histories that later code must replay."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.common import SearchAttributeKey
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.handing import ToMailrooms
from activities.mailroom import Deliveries
from activities.paths import Paths
from domain.facts.reminding import ReminderSent
from registry.due import due
from registry.letters import Links, load_letters
from runtime.clock import now
from runtime.settings import Settings
from runtime.workers import CheckedRunner, make_worker
from tests.engine import until
from tests.letterbox import ACCEPTED, LATER, LetterBox
from tests.school import COMMITTEE, School
from workflows.contract import HEALTH
from workflows.mailing import Item, room_of, workflow_id
from workflows.mailroom import Mailroom
from workflows.path import Path

GATHER_SECONDS = 1
BRANCHES = count(1)


@dataclass
class Sorting:
    """Where a story is told: mailrooms that are served, the box into which all mail goes, and the school."""

    client: Client
    school: School
    box: LetterBox
    skipper: TimeSkipper
    hand_over: ToMailrooms
    rooms: set[int] = field(default_factory=set)

    async def branch(self) -> tuple[str, UUID]:
        """A new branch and its secretary."""
        unit = f"branch-of-mail-{next(BRANCHES)}-{len(await self.school.desk.log.after(0, limit=1))}"
        await self.school.set_up_unit(unit, "branch", superior=COMMITTEE)
        return unit, await self.school.reachable(f"secretary-of-{unit}", unit=unit)

    async def owed(self, unit: str, recipient: UUID) -> Item:
        """A path of a branch whose first reminder is due, in a time to come, as an item for somebody."""
        opening = self.school.opening(self.school.student(), by_unit=unit, home_unit=unit)
        path_id = await self.school.recorded(opening)
        loaded = await self.school.desk.load(path_id)
        wake = (await due(self.school.desk, loaded, now())).wake
        assert wake is not None
        (reminder,) = (await due(self.school.desk, loaded, wake)).send
        return Item(path_id, reminder.key, recipient, wake)

    async def hand(self, *items: Item) -> None:
        """Hand over."""
        self.rooms |= {room_of(item.recipient_id) for item in items}
        await self.hand_over(items)

    def handle(self, recipient: UUID) -> WorkflowHandle[Mailroom, None]:
        """The mailroom of a recipient."""
        return self.client.get_workflow_handle(workflow_id(room_of(recipient)), result_type=None)

    async def sent(self, item: Item) -> list[ReminderSent]:
        """What stands in the log of an item's path as told."""
        facts = (await self.school.desk.load(item.stream_id)).facts
        return [fact for fact in facts if isinstance(fact, ReminderSent)]

    async def kept(self, letters: int) -> None:
        """Wait until so many letters are in the box, and recorded."""

        async def there() -> bool:
            return len(self.box.kept) >= letters

        await until(there, 20)

    async def recorded(self, *items: Item) -> None:
        """Wait until all these stand in the log."""

        async def there() -> bool:
            return all([await self.sent(item) for item in items])

        await until(there, 20)

    async def details(self, recipient: UUID) -> str:
        """What Temporal's UI shows of a mailroom."""
        known = await self.handle(recipient).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(known.current_details)

    async def shown(self, recipient: UUID, key: SearchAttributeKey[str]) -> str | None:
        """A label of a mailroom."""
        return (await self.handle(recipient).describe()).typed_search_attributes.get(key)

    async def forward(self, recipient: UUID, time: timedelta) -> None:
        """Let time go by for a mailroom."""
        await self.skipper.fast_forward(self.handle(recipient), time)

    async def ended(self, recipient: UUID) -> bool:
        """Whether a mailroom has come to its end by itself."""
        return (await self.handle(recipient).describe()).status == WorkflowExecutionStatus.COMPLETED

    async def runs(self, recipient: UUID) -> list[WorkflowHistory]:
        """The histories of all runs of a mailroom, the oldest first."""
        found = [await self.handle(recipient).fetch_history()]
        while previous := found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
            older = self.client.get_workflow_handle(found[0].workflow_id, run_id=previous)
            found.insert(0, await older.fetch_history())
        return found


@asynccontextmanager
async def sorting(client: Client, settings: Settings, school: School, queue: str) -> AsyncIterator[Sorting]:
    """Serve mailrooms on a task queue of their own; in the end, what still runs of them is ended."""
    box, desk = LetterBox(), school.desk
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    hand_over = ToMailrooms(skipper.client, queue, gather_seconds=GATHER_SECONDS, linger_seconds=0.02)
    texts = load_letters("sample", desk.rulebooks)
    deliveries = Deliveries(desk, {"mail": box}, texts, Links("https://jieti.example"), hand_over)
    paths = Paths(desk, hand_over)
    activities: list[Callable[..., Any]] = [paths.record, paths.due, paths.send, deliveries.deliver]
    told = replace(settings, task_queue=queue)
    at = Sorting(client, school, box, skipper, hand_over)
    async with make_worker(client, told, workflows=[Path, Mailroom], activities=activities, runner=CheckedRunner()):
        yield at
    async for each in client.list_workflows("WorkflowType = 'Mailroom' AND ExecutionStatus = 'Running'"):
        await client.get_workflow_handle(each.id).terminate("the test is over")


async def gathered_and_ended(at: Sorting) -> list[WorkflowHistory]:
    """Two paths come in three signals, one of them twice: one letter. The next morning nothing is left to do."""
    unit, secretary = await at.branch()
    first, second = [await at.owed(unit, secretary) for _ in range(2)]
    await at.hand(first)
    await at.hand(first)
    assert "being gathered or to be delivered: **1**" in await at.details(secretary)
    await at.hand(second)
    await at.recorded(first, second)
    ((_, message),) = at.box.kept
    assert str(first.stream_id) in message.text
    assert str(second.stream_id) in message.text
    assert {fact.letter for item in (first, second) for fact in await at.sent(item)} == {message.key}
    assert "have had a letter: **1**" in await at.details(secretary)
    await at.forward(secretary, timedelta(days=2))
    await until(lambda: at.ended(secretary))
    return await at.runs(secretary)


async def put_off(at: Sorting) -> list[WorkflowHistory]:
    """The channel cannot take the letter twice; it stays the same letter, and more comes into it meanwhile."""
    at.box.answers = [LATER, LATER, ACCEPTED]
    unit, secretary = await at.branch()
    first, second = [await at.owed(unit, secretary) for _ in range(2)]
    await at.hand(first)

    async def degraded() -> bool:
        return await at.shown(secretary, HEALTH) == "degraded"

    await until(degraded)
    assert "could not take them: **1**" in await at.details(secretary)
    assert at.box.offered == 1
    await at.hand(second)
    await at.forward(secretary, timedelta(minutes=10))
    await at.recorded(first, second)
    assert at.box.offered == 3
    assert len({fact.letter for item in (first, second) for fact in await at.sent(item)}) == 1
    await until(lambda: _is_well(at, secretary))
    await at.forward(secretary, timedelta(days=2))
    await until(lambda: at.ended(secretary))
    return await at.runs(secretary)


async def _is_well(at: Sorting, recipient: UUID) -> bool:
    return await at.shown(recipient, HEALTH) == "ok"


async def held_for_the_morning(at: Sorting) -> list[WorkflowHistory]:
    """Whoever has had a letter today is told the rest tomorrow, in another letter."""
    unit, secretary = await at.branch()
    first, second = [await at.owed(unit, secretary) for _ in range(2)]
    await at.hand(first)
    await at.recorded(first)
    await at.hand(second)

    async def held() -> bool:
        return "held for the morning: **1**" in await at.details(secretary)

    await until(held)
    assert at.box.offered == 1
    await at.forward(secretary, timedelta(hours=36))
    await at.recorded(second)
    assert len({message.key for _, message in at.box.kept}) == 2
    await at.forward(secretary, timedelta(days=2))
    await until(lambda: at.ended(secretary))
    return await at.runs(secretary)


async def met_meanwhile(at: Sorting) -> list[WorkflowHistory]:
    """What was met while the letter was gathered is not told, and nothing is left to remember."""
    unit, secretary = await at.branch()
    item = await at.owed(unit, secretary)
    await at.hand(item)
    await at.school.recorded(at.school.talk(item.stream_id))
    await until(lambda: at.ended(secretary), 20)
    assert at.box.offered == 0
    return await at.runs(secretary)


async def left_meanwhile(at: Sorting) -> list[WorkflowHistory]:
    """Who has left while the letter was gathered is not told; the deputy is, by their own mailroom."""
    unit, secretary = await at.branch()
    item = await at.owed(unit, secretary)
    await at.hand(item)
    deputy = await at.school.reachable(f"deputy-of-{unit}", post="deputy-secretary", unit=unit)
    await at.school.set_up(secretary, "recipient-left")
    await at.recorded(item)
    (fact,) = await at.sent(item)
    assert (fact.recipient, fact.passed_over) == (str(deputy), ("branch-secretary:left",))
    ((to, _),) = at.box.kept
    assert to.startswith("deputy-of-")
    await at.forward(deputy, timedelta(days=2))
    await until(lambda: at.ended(deputy))
    return await at.runs(deputy)


async def rolled_over(at: Sorting) -> list[WorkflowHistory]:
    """A run that has become long begins anew with the letter that waits for its channel; it is the same letter there."""
    at.box.answers = [LATER, ACCEPTED]
    unit, secretary = await at.branch()
    first, second = [await at.owed(unit, secretary) for _ in range(2)]
    await at.hand(first)
    await until(lambda: _waits(at, secretary))
    run = (await at.handle(secretary).describe()).run_id
    while (described := await at.handle(secretary).describe()).run_id == run:
        assert described.status == WorkflowExecutionStatus.RUNNING
        await asyncio.gather(*(at.hand(first) for _ in range(5)))
    assert "could not take them: **1**" in await at.details(secretary)
    await at.forward(secretary, timedelta(minutes=10))
    await at.recorded(first)
    await at.hand(first, second)
    await at.forward(secretary, timedelta(hours=36))
    await at.recorded(second)
    assert [fact.letter for item in (first, second) for fact in await at.sent(item)] == [
        message.key for _, message in at.box.kept
    ]
    assert len({message.key for _, message in at.box.kept}) == 2
    await at.forward(secretary, timedelta(days=2))
    await until(lambda: at.ended(secretary))
    return await at.runs(secretary)


async def _waits(at: Sorting, recipient: UUID) -> bool:
    return "could not take them: **1**" in await at.details(recipient)


STORIES = (gathered_and_ended, put_off, held_for_the_morning, met_meanwhile, left_meanwhile, rolled_over)
