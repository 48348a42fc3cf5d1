"""A small school over years, by seed: what it records, late or never, and whatever can go wrong on the way to a letter."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, Literal
from uuid import UUID

from activities.channels.base import Delivery, Message
from domain.calendar import moment_on
from domain.path import TOPICS
from domain.quiet import Quiet, Reminding
from domain.receipt import Asked
from domain.rulebook import Rulebooks
from domain.story import Told
from eventlog.entry import Append
from eventlog.log import Written
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.vault import Vault
from tests.domain.given import rulebooks, story

STORY = "lin-xiaoyu"
SECRET = b"a secret of thirty-two bytes. yes"
LONG_AGO = "2015-01-01"
POSTS: Mapping[str, tuple[str, ...]] = {
    "me-student-1": ("branch-secretary", "deputy-secretary"),
    "ee-student-2": ("branch-secretary", "committee-member"),
    "me": ("secretary", "organiser"),
    "ee": ("secretary",),
    "school": ("secretary",),
    "organisation": ("department-staff",),
}
PATHS = 2


class Killed(BaseException):
    """The worker is gone in the middle of what it did; another one begins the same activity again."""


class BrittleLog(MemoryLog):
    """The log in memory, whose client is killed at an append now and then: before it is written, or just after."""

    def __init__(self, random: Random) -> None:
        """Kill by these dice."""
        super().__init__()
        self._random = random
        self.brittle = 0.0

    async def append(self, append: Append) -> Written:
        """Append, or die of it."""
        dies = self._random.random() < self.brittle
        if dies and self._random.random() < 0.5:
            raise Killed
        written = await super().append(append)
        if dies:
            raise Killed
        return written


@dataclass
class Line:
    """The channel: down for days, refusing, not knowing, and the worker that is killed beside it. Keeps what it took."""

    random: Random
    name: str = "mail"
    group: bool = False
    down: bool = False
    full: set[str] = field(default_factory=set)
    """Addresses whose boxes are full: their letters come later, while those of others are taken."""

    brittle: float = 0.0
    day: date = date.min
    took: set[tuple[str, date, str]] = field(default_factory=set)
    """To whom on which day under which id."""

    async def send(self, to: str, message: Message) -> Delivery:
        """Answer as a gateway does."""
        if self.down or to in self.full:
            return Delivery("later", code="451", retry_after_s=self.random.choice([None, 60.0, 7200.0]))
        if self.random.random() < self.brittle:
            raise Killed
        outcome = self.random.choices(["accepted", "refused", "unknown"], [20, 1, 1])[0]
        if outcome != "refused":
            self.took.add((to, self.day, message.key))
        if self.random.random() < self.brittle:
            raise Killed
        return Delivery("accepted" if outcome == "accepted" else "unknown" if outcome == "unknown" else "refused")


FaultName = Literal[
    "down", "up", "full", "emptied", "brittle", "sound", "ahead", "back", "dissolved", "left", "gone", "rules", "again"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at a moment, or is well again; `whom` is a unit, a recipient or the number of a path.

    *gone* leaves whoever has a letter waiting for them just then.
    """

    at: datetime
    name: FaultName
    whom: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A fact that somebody records at a moment."""

    at: datetime
    asked: Asked


def books_of(random: Random) -> Rulebooks:
    """The project's rulebooks, in a school with quiet times of its own."""
    books = rulebooks()
    quiet = tuple(
        Quiet(f"{year}", date(year, month, day), date(year, month, day) + timedelta(days=length))
        for year in range(2022, 2030)
        for month, day, length in ((1, 20, 30), (7, 10, 50))
    )
    reminding = Reminding(
        send_at=random.choice([time(9, 7), time(8, 37)]),
        weekends=random.random() < 0.5,
        holidays=random.random() < 0.5,
        after=random.choice([None, time(21, 30)]),
        quiet=random.choice([(), quiet]),
        snooze_days=random.choice([3, 14, 30]),
    )
    return replace(books, policy=replace(books.policy, reminding=reminding), digest=f"seed {random.random()}")


def reformed(books: Rulebooks, random: Random) -> Rulebooks:
    """Another edition of the same rules from one day to the next: every ladder may have changed, and the quiet times."""
    shift = random.choice([-3, -1, 2, 5])
    editions = [
        replace(one, duties=[replace(duty, remind=tuple(n + shift for n in duty.remind)) for duty in one.duties])
        for one in books.editions
    ]
    return replace(
        books_of(random), editions=editions, policy=replace(books_of(random).policy, duties=books.policy.duties)
    )


@cache
def mapping() -> EventMapping:
    """How facts are written, read once."""
    return EventMapping(TOPICS)


@dataclass
class World:
    """All that happens in one run, told beforehand by the seed; the desk is what the recorders work at."""

    seed: int
    random: Random
    log: BrittleLog
    line: Line
    books: Rulebooks
    recordings: list[Recording]
    faults: list[Fault]
    paths: list[UUID]
    vault: Vault = field(default_factory=lambda: Vault(SECRET))

    @property
    def end(self) -> datetime:
        """Some weeks after the last thing that happens."""
        moments = [*(one.at for one in self.recordings), *(one.at for one in self.faults)]
        return max(moments) + timedelta(days=60)

    def desk(self) -> Desk:
        """A desk as a fresh process has it."""

        async def departments() -> list[str]:
            return ["organisation"]

        return Desk(self.log, mapping(), self.books, self.vault, departments)


def world(seed: int) -> World:
    """Make the world of a seed."""
    random = Random(seed)
    log, line = BrittleLog(random), Line(random)
    made = World(seed, random, log, line, books_of(random), [], [], [])
    desk = made.desk()
    first = min(one.day for one in story(STORY).facts)
    made.recordings += _school(desk, moment_on(first - timedelta(days=30), time(10, 0)))
    for n in range(PATHS):
        path, recordings = _path(desk, random, n)
        made.paths.append(path)
        made.recordings += recordings
    made.recordings.sort(key=lambda one: one.at)
    made.faults += sorted(_faults(random, first), key=lambda one: one.at)
    return made


def address_of(number: str) -> str:
    """Where letters to somebody go."""
    return f"{number}@example.com"


def _school(desk: Desk, at: datetime) -> list[Recording]:
    """Units, who holds their posts, and how they are reached: recorded before everything else."""
    found: list[Recording] = []

    def say(stream: UUID, topic: str, **says: Any) -> None:
        values = {"effective_on": LONG_AGO, **says}
        key = f"{topic} {len(found)}"
        asked = asking(desk, stream, topic, values, actor="admin", capacity="admin", key=key, mode="record")
        found.append(Recording(at, asked))

    for unit in story(STORY).units:
        say(unit_stream(str(unit["unit_id"])), "unit-established", **unit)
    people = [(home, post, f"{post}-of-{home}") for home, posts in POSTS.items() for post in posts]
    for number in [*(name for _, _, name in people), *_others()]:
        recipient = desk.vault.other(number)
        say(recipient, "recipient-registered", number=number, name=number)
        say(recipient, "address-given", channel="mail", address=address_of(number))
    for home, post, number in people:
        say(unit_stream(home), "appointed", number=number, post=post)
    return found


def _others() -> list[str]:
    """Those who act without a post: the contacts of the story, and the applicants themselves."""
    contacts = {str(one.says["contact_id"]) for one in story(STORY).facts if "contact_id" in one.says}
    return [*sorted(contacts), *(f"s{n}" for n in range(PATHS))]


def _path(desk: Desk, random: Random, n: int) -> tuple[UUID, list[Recording]]:
    """One person's years: the story, some days off, with facts that come late or never, and perhaps an early end."""
    number = f"s{n}"
    path = path_of(desk.vault.person(number), 1)
    off = timedelta(days=random.randint(-20, 300))
    lines = [_moved(one, off) for one in story(STORY).facts]
    lines = lines[: random.choice([len(lines), random.randint(1, len(lines))])]
    kept = [lines[0], *(one for one in lines[1:] if random.random() > 0.12)]
    found: list[Recording] = []
    for nth, one in enumerate(kept):
        late = timedelta(days=0 if nth == 0 else random.choice([0, 0, 0, random.randint(1, 60)]))
        at = moment_on(one.day + late, time(random.randint(10, 20), random.randint(1, 29)))
        says = {**one.says, **({"student_no": number} if nth == 0 else {})}
        found.append(Recording(at, _asked(desk, path, one, says, f"{nth}")))
    for nth in range(random.randint(0, 6)):
        day = kept[0].day + timedelta(days=random.randint(0, 1400))
        found.append(Recording(moment_on(day, time(11, 11)), _said(desk, path, random, day, nth)))
    opened = found[0].at
    return path, [found[0], *(replace(one, at=max(one.at, opened)) for one in found[1:])]


def _said(desk: Desk, path: UUID, random: Random, day: date, nth: int) -> Asked:
    """A snooze: it fits or does not, and what does not is refused at the door."""
    duty = random.choice([one for one in desk.rulebooks.editions[0].duties if not one.tells])
    says: dict[str, Any] = {"obligation": duty.id, "until": day + timedelta(days=random.randint(1, 20)), "reason": "甲"}
    return _asked(desk, path, Told(day, "reminder-snoozed", None, says), says, f"snooze {nth}")


def _asked(desk: Desk, path: UUID, one: Told, says: Mapping[str, Any], key: str) -> Asked:
    values = {"effective_on": one.day, "by_unit": one.by_unit, **says}
    return asking(desk, path, one.topic, values, actor="clerk", capacity="branch-secretary", key=key, mode="record")


def _moved(one: Told, off: timedelta) -> Told:
    """The same fact, so many days later, with every day that it names."""
    says = {name: value + off if isinstance(value, date) else value for name, value in one.says.items()}
    return replace(one, day=one.day + off, says=says)


def _faults(random: Random, first: date) -> list[Fault]:
    """What goes wrong in these years. What is broken is mended again, some of it after weeks."""
    found: list[Fault] = []

    def some(most: int, name: FaultName, ends: FaultName | None = None, days: int = 0, whom: str = "") -> None:
        for _ in range(random.randint(0, most)):
            at = moment_on(first + timedelta(days=random.randint(0, 1600)), time(random.randint(0, 23), 13))
            found.append(Fault(at, name, whom))
            if ends:
                over = at + timedelta(hours=random.randint(1, 24 * days))
                found.append(Fault(over, ends, whom))
                found.extend(Fault(at + (over - at) / 2, "gone") for _ in range(ends in {"up", "emptied"}))

    some(4, "down", "up", 20)
    some(4, "brittle", "sound", 40)
    some(2, "ahead")
    some(2, "back")
    some(1, "dissolved", whom=random.choice(["me-student-1", "ee-student-2"]))
    people = [f"{post}-of-{unit}" for unit, posts in POSTS.items() for post in posts]
    for _ in range(random.randint(0, 3)):
        some(1, "left", whom=random.choice([*people, *_others()]))
    for whom in people:
        some(2, "full", "emptied", 20, whom=whom)
    some(2, "rules")
    some(6, "again", whom=str(random.randrange(PATHS)))
    return found
