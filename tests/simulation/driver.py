"""Plays what the path's workflow, the follower and the mailroom do, around the project's own functions, on one clock."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from activities.mailroom import Deliveries
from activities.paths import Paths
from domain.calendar import civil_day
from domain.facts.reminding import ReminderSent
from domain.receipt import Alarm
from domain.rulebook import Rulebooks
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.letters import LetterTexts, Links, load_letters
from registry.record import record
from registry.shape import WrongShape
from tests.simulation.world import Fault, Killed, Recording, World, address_of, reformed
from views.rows import fingerprint, only_reminders
from workflows.contract import DueInput, SendInput
from workflows.mailing import Delivered, DeliverInput, Envelope, Item
from workflows.mailroom import again

Answer = TypeVar("Answer")
Look = Callable[["Driver"], Awaitable[None]]
GATHER = timedelta(seconds=5)
LONGEST_SLEEP = timedelta(days=366)
FOLLOWS_AFTER = timedelta(seconds=2)
"""How long the follower of the log takes to nudge a workflow."""


@dataclass
class Sleeper:
    """One path's workflow: its alarm, and when its timer fires."""

    path: UUID
    alarm: Alarm | None = None
    fires: datetime | None = None
    nudged_at: datetime | None = None
    row: str = ""
    """The fingerprint of the alarm in the path's row."""

    version: int = 0


@dataclass
class Room:
    """One recipient's mailroom: letters by the days of what they tell, what waits for the morning, who was told today."""

    envelopes: dict[date, Envelope] = field(default_factory=dict)
    held: dict[str, Item] = field(default_factory=dict)
    told: set[date] = field(default_factory=set)
    morning: datetime | None = None

    def next_at(self) -> datetime | None:
        """When there is something to do."""
        moments = [one.not_before for one in self.envelopes.values()]
        return min([*moments, *([self.morning] if self.morning else [])], default=None)

    def take_in(self, item: Item, now: datetime) -> None:
        """Take an item in, as the signal does: what is there already is there once."""
        inside = {one.key for each in self.envelopes.values() for one in each.items}
        if item.key not in self.held.keys() | inside:
            self.sort(item, now)

    def sort(self, item: Item, now: datetime) -> None:
        """Put an item into the letter of its day; hold it where that was delivered."""
        day = civil_day(item.at)
        if day in self.told:
            self.held[item.key] = item
        elif known := self.envelopes.get(day):
            self.envelopes[day] = replace(known, items=(*known.items, item))
        else:
            self.envelopes[day] = replace(Envelope.begun(item, now), not_before=now + GATHER)

    def begin_the_day(self, now: datetime) -> None:
        """Whoever has had a letter may have the next one, with all that came since, and with what this day brings."""
        self.told, self.morning = set(), None
        held, self.held = self.held, {}
        for item in held.values():
            self.sort(replace(item, at=max(item.at, now)), now)


@dataclass
class Driver:
    """One run: the desk that is worked at now, the workflows, and the clock that all of them see."""

    world: World
    texts: LetterTexts
    now: datetime
    desk: Desk
    sleepers: dict[UUID, Sleeper] = field(default_factory=dict)
    rooms: dict[UUID, Room] = field(default_factory=dict)
    history: list[tuple[int, Rulebooks]] = field(default_factory=list)
    """From which size of the log on which rulebooks were in use."""

    refused: int = 0

    @classmethod
    def of(cls, world: World) -> "Driver":
        """Begin a run."""
        desk = world.desk()
        now = world.recordings[0].at
        return cls(world, load_letters("sample", desk.rulebooks), now, desk, history=[(0, desk.rulebooks)])

    async def hand_over(self, items: Sequence[Item]) -> None:
        """Take items in at their mailrooms."""
        for item in items:
            self.rooms.setdefault(item.recipient_id, Room()).take_in(item, self.now)

    async def run(self, until: datetime, checkpoint: timedelta, look: Look) -> None:
        """Let everything happen until a moment, looking from time to time."""
        recordings, faults = list(self.world.recordings), list(self.world.faults)
        looks_at = self.now + checkpoint
        while True:
            moments = [
                looks_at,
                *(one.at for one in recordings[:1]),
                *(one.at for one in faults[:1]),
                *(at for one in self.sleepers.values() for at in (one.fires, one.nudged_at) if at),
                *(at for one in self.rooms.values() if (at := one.next_at())),
            ]
            if (moment := min(moments)) > until:
                return
            self.now = max(self.now, moment)
            if recordings and recordings[0].at <= self.now:
                await self._record(recordings.pop(0))
            elif faults and faults[0].at <= self.now:
                await self._fail(faults.pop(0))
            elif looks_at <= self.now:
                await look(self)
                looks_at = max(looks_at, self.now) + checkpoint
            else:
                await self._work()

    async def _record(self, one: Recording) -> None:
        """Somebody records a fact. What does not fit any more, because its unit is dissolved, is refused."""
        brittle, self.world.log.brittle = self.world.log.brittle, 0.0
        try:
            await record(self.desk, one.asked, self.now)
        except WrongShape:
            self.refused += 1
        self.world.log.brittle = brittle
        if one.asked.path_id in self.world.paths:
            sleeper = self.sleepers.get(one.asked.path_id)
            if sleeper is None:
                self.sleepers[one.asked.path_id] = Sleeper(one.asked.path_id, nudged_at=self.now)
            await self._follow(one.asked.path_id)

    async def _follow(self, path: UUID, *, anew: bool = False) -> None:
        """The follower looks whether the alarm of a path has changed, and nudges its workflow if it has."""
        sleeper = self.sleepers[path]
        loaded = await self.desk.load(path)
        fresh = loaded.facts[sleeper.version :]
        row = fingerprint(await self._paths().due(DueInput(path, self.now)))
        if row != sleeper.row and (anew or not only_reminders(fresh)):
            sleeper.nudged_at = self.now + FOLLOWS_AFTER
        sleeper.row, sleeper.version = row, len(loaded.facts)

    async def _fail(self, fault: Fault) -> None:
        world = self.world
        match fault.name:
            case "down" | "up":
                world.line.down = fault.name == "down"
            case "full" | "emptied":
                world.line.full ^= {address_of(fault.whom)}
            case "brittle" | "sound":
                world.line.brittle = world.log.brittle = 0.3 if fault.name == "brittle" else 0.0
            case "ahead" | "back":
                self.now += timedelta(hours=1 if fault.name == "ahead" else -1)
            case "dissolved":
                await self._say(unit_stream(fault.whom), "unit-dissolved")
            case "left" | "gone":
                await self._leave(self.desk.vault.other(fault.whom) if fault.whom else self._waiting())
            case "rules":
                await self._reform()
            case "again":
                await self._ask_again(self.world.paths[int(fault.whom)])

    def _waiting(self) -> UUID | None:
        """Somebody for whom a letter waits."""
        return next((whom for whom, room in self.rooms.items() if room.envelopes or room.held), None)

    async def _leave(self, whom: UUID | None) -> None:
        if whom:
            await self._say(whom, "recipient-left")

    async def _ask_again(self, path: UUID) -> None:
        """Somebody wants the last thing that was told of a path to be told once more."""
        facts = (await self.desk.load(path)).facts
        sent = [one for one in facts if isinstance(one, ReminderSent) and one.kind == "owed"]
        if sent:
            which = {name: getattr(sent[-1], name) for name in ("obligation", "due_on", "rung_days", "workdays")}
            await self._say(path, "reminder-asked-again", **which, reason="没收到")
            await self._follow(path)

    async def _say(self, stream: UUID, topic: str, **says: object) -> None:
        brittle, self.world.log.brittle = self.world.log.brittle, 0.0
        values = {"effective_on": civil_day(self.now), **says}
        key = f"{topic} {self.now}"
        asked = asking(self.desk, stream, topic, values, actor="admin", capacity="admin", key=key, mode="record")
        try:
            await record(self.desk, asked, self.now)
        except WrongShape:  # they have left already, or it is owed no longer
            self.refused += 1
        self.world.log.brittle = brittle

    async def _reform(self) -> None:
        """Another release with other rulebooks: everything is judged anew."""
        self.world.books = reformed(self.world.books, self.world.random)
        self.desk = self.world.desk()
        self.history.append((await self.world.log.size(), self.desk.rulebooks))
        for path in self.sleepers:
            await self._follow(path, anew=True)

    def _paths(self) -> Paths:
        return Paths(self.desk, self.hand_over)

    async def _work(self) -> None:
        """One step of one workflow whose moment has come."""
        for sleeper in self.sleepers.values():
            if sleeper.nudged_at and sleeper.nudged_at <= self.now:
                sleeper.nudged_at = None
                await self._wake(sleeper)
                return
            if sleeper.fires and sleeper.fires <= self.now:
                await self._wake(sleeper)
                return
        for room in self.rooms.values():
            at = room.next_at()
            if at and at <= self.now:
                await self._deliver(room)
                return

    async def _wake(self, sleeper: Sleeper) -> None:
        """The path's workflow asks what is due, has it sent one by one, and sleeps."""
        sleeper.fires = None
        alarm = await self._paths().due(DueInput(sleeper.path, self.now))
        for reminder in alarm.send:
            await self._insist(partial(self._send, SendInput(sleeper.path, reminder, self.now)))
        if not alarm.closed:
            sleeper.fires = alarm.wake or self.now + LONGEST_SLEEP

    async def _deliver(self, room: Room) -> None:
        """What the mailroom's workflow does at a moment."""
        if room.morning and room.morning <= self.now:
            room.begin_the_day(self.now)
        ready = {day: one for day, one in room.envelopes.items() if one.not_before <= self.now}
        if not ready:
            return
        asked = DeliverInput(tuple(ready.values()), self.now)
        answer = await self._insist(partial(self._deliver_once, asked))
        later = {one.letter_id: one for one in answer.later}
        for day, one in ready.items():
            del room.envelopes[day]
            if (kept := later.get(one.letter_id)) is not None:
                room.envelopes[day] = again(one, kept, self.now)
            elif one.letter_id in answer.told:
                room.told.add(day)
        if room.told:
            room.morning = room.morning or answer.morning

    async def _send(self, asked: SendInput) -> None:
        await self._paths().send(asked)

    async def _deliver_once(self, asked: DeliverInput) -> Delivered:
        channels = {"mail": self.world.line}
        links = Links("https://jieti.example")
        self.world.line.day = civil_day(asked.at)
        return await Deliveries(self.desk, channels, self.texts, links, self.hand_over).deliver(asked)

    async def _insist(self, act: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do it, and where the worker is killed over it, let the next one do it from the beginning."""
        while True:
            try:
                return await act()
            except Killed:
                self.desk = self.world.desk()
