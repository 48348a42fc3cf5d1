"""What the facts of a stream say about its reminders: which were told, which are wanted once more, which wait."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.calendar import Workdays, civil_day
from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSent, ReminderSnoozed
from domain.judgement import Obligation
from domain.ladder import Rung
from domain.quiet import Reminding
from domain.receipt import Reminder

Which = tuple[str, date, int, bool, str]
"""Which rung: obligation, due day, days, whether they are working days, and whether it tells that it climbed."""


@dataclass(slots=True)
class Telling:
    """What was told so far. A rung counts as told once as many recipients were told of it as there were to tell.

    Where they became fewer or more meanwhile, the fewest count: one who left is not waited for, and one who came hears the
    next rung. An old fact names no recipient, and is enough. What was asked for again is no longer told.
    """

    _told: dict[Which, set[str | None]] = field(default_factory=dict)
    _of_how_many: dict[Which, int] = field(default_factory=dict)
    _again: dict[Which, int] = field(default_factory=dict)
    _snoozed: dict[str, ReminderSnoozed] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> "Telling":
        """Read the facts of a stream in the order of their recording."""
        found = cls()
        for fact in as_corrected(facts):
            match fact:
                case ReminderSent():
                    which = (fact.obligation, fact.due_on, fact.rung_days, fact.workdays, fact.kind)
                    found._told.setdefault(which, set()).add(fact.recipient)
                    found._of_how_many[which] = min(fact.recipients, found._of_how_many.get(which, fact.recipients))
                case ReminderAskedAgain():
                    which = (fact.obligation, fact.due_on, fact.rung_days, fact.workdays, "owed")
                    if found._told.pop(which, None):
                        del found._of_how_many[which]
                        found._again[which] = found._again.get(which, 0) + 1
                case ReminderSnoozed():
                    found._snoozed[fact.obligation] = fact
                case _:
                    pass
        return found

    def told(self, reminder: Reminder) -> bool:
        """Tell whether everybody was told of a rung who was to be told."""
        which = _which(reminder)
        return len(self._told.get(which, ())) >= self._of_how_many.get(which, 1)

    def asked_again(self, reminder: Reminder) -> int:
        """How often a rung was asked for again after it had been told."""
        return self._again.get(_which(reminder), 0)

    def silent_until(
        self, obligation: Obligation, rungs: Sequence[Rung], reminding: Reminding, workdays: Workdays
    ) -> datetime | None:
        """The moment until which whoever owes something wants not to be told of it; None where nobody said so."""
        said = self._snoozed.get(obligation.id)
        if said is None:
            return None
        last = longest_snooze(rungs, reminding, said.effective_on)
        return reminding.on(reminding.next_day(min(said.until, last), workdays))


def longest_snooze(rungs: Sequence[Rung], reminding: Reminding, day: date) -> date:
    """Until which day an obligation may be snoozed on a day: as long as the school allows, and until it climbs."""
    climbs = [on for one in rungs if one.up and (on := civil_day(one.at)) > day]
    return min([day + timedelta(days=reminding.snooze_days), *climbs[:1]])


def _which(reminder: Reminder) -> Which:
    return reminder.obligation, reminder.due_on, reminder.rung_days, reminder.workdays, reminder.kind
