"""What must be true of all that was told: nothing early, nothing after it was met, nothing twice, nothing lost."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.calendar import DAY, civil_day
from domain.facts.reminding import ReminderAskedAgain, ReminderSent
from domain.judge import judge
from domain.reminders import alarm
from domain.rulebook import Rulebooks
from registry.due import due
from tests.simulation.driver import Driver
from tests.simulation.world import World, world

CHECKPOINT = timedelta(hours=75)
PATIENCE = timedelta(days=3)
"""Within this time of the channel being well, what is due has been told: a letter a day, and a pause of three hours."""

LONGEST_PAUSE = timedelta(hours=3)
ENDS = ("up", "emptied")
"""When a channel, or a recipient's box, takes letters again."""


class Broken(AssertionError):
    """Something is not true that must be, in the run of a seed."""


@dataclass
class Ledger:
    """Looks at the run from outside, and keeps since when what is due has not been told."""

    world: World
    pending: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    well_since: datetime | None = None

    async def look(self, driver: Driver) -> None:
        """Nothing may be due for long while the channel takes letters."""
        if self.world.line.down or self.world.line.full:
            self.well_since = None
            self.pending.clear()
            return
        self.well_since = self.well_since or driver.now
        seen: set[tuple[UUID, str]] = set()
        for path in driver.sleepers:
            told = await due(driver.desk, await driver.desk.load(path), driver.now)
            for one in told.send:
                which = (path, one.key)
                seen.add(which)
                since = self.pending.setdefault(which, driver.now)
                if driver.now - max(since, self.well_since) > PATIENCE:
                    raise Broken(f"lost: {one.key} of {path} is due since {since}, and at {driver.now} not told")
        self.pending = {which: since for which, since in self.pending.items() if which in seen}

    async def told(self, driver: Driver) -> int:
        """Everything that was told was due at its moment, by all that was known then, and stands once."""
        count = 0
        for path in driver.sleepers:
            loaded = await driver.desk.load(path)
            stands: Counter[object] = Counter()
            for entry, fact in zip(loaded.entries, loaded.facts, strict=True):
                if isinstance(fact, ReminderAskedAgain):
                    stands.clear()
                if not isinstance(fact, ReminderSent):
                    continue
                which = (fact.obligation, fact.due_on, fact.rung_days, fact.workdays, fact.kind, fact.recipient)
                stands[which] += 1
                if stands[which] > 1:
                    raise Broken(f"twice in the log: {which} of {path}")
                count += 1
                before, moment = loaded.facts[: entry.version - 1], entry.recorded_at
                books = self._books(driver, entry.position or 0)
                known = alarm(books, judge(books, before, civil_day(moment), find=False, steps=False), before, moment)
                key = entry.key.partition(":")[2]
                # Just this key, and no letter's: it is what makes it once only, whatever hands it over again.
                if not any(key in (one.key, f"{one.key}/{fact.recipient}") for one in known.send):
                    raise Broken(
                        f"told and not due: {key} of {path} at {moment}; due were {[x.key for x in known.send]}"
                    )
                if fact.letter and fact.outcome == "accepted" and not self._took(fact.letter):
                    raise Broken(f"recorded and never sent: {key} in {fact.letter}")
        return count

    def letters(self, driver: Driver) -> None:
        """Nobody gets two letters on one day, and no letter goes to two.

        After days on which the channel took nothing, the letter that waited comes beside that of the day; where it was
        quiet when the channel was well again, on the first day that is not.
        """
        well = [one.at + wait for one in self.world.faults if one.name in ENDS for wait in (timedelta(), LONGEST_PAUSE)]
        opens = [books.policy.reminding.open_at(at, books.workdays) for at in well for _, books in driver.history]
        down = {civil_day(at) + DAY * n for at in (*well, *opens) for n in (0, 1)}
        days = Counter((to, day) for to, day, _ in self.world.line.took if day not in down)
        if many := [f"{count} to {to} on {day}" for (to, day), count in days.items() if count > 1]:
            raise Broken(f"more than one letter a day: {', '.join(many)}")
        if len({key for _, _, key in self.world.line.took}) != len({(to, key) for to, _, key in self.world.line.took}):
            raise Broken("one letter went to two recipients")

    def _took(self, letter: str) -> bool:
        return any(key == letter for _, _, key in self.world.line.took)

    def _books(self, driver: Driver, position: int) -> Rulebooks:
        return [books for size, books in driver.history if size < position][-1]


async def hold(seed: int) -> int:
    """Live through the years of a seed; answers how many reminders were told. Raises Broken."""
    made = world(seed)
    driver, ledger = Driver.of(made), Ledger(made)
    await driver.run(made.end, CHECKPOINT, ledger.look)
    ledger.letters(driver)
    return await ledger.told(driver)
