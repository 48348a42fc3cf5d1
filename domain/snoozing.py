"""What may be said of a reminder: until when it is snoozed, and which is asked for again."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from domain.calendar import civil_day
from domain.facts.base import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSnoozed
from domain.judgement import Obligation
from domain.ladder import Rung, ladder
from domain.rulebook import Rulebooks
from domain.telling import Telling, longest_snooze

Faults = Iterator[tuple[str, str]]
"""Each a field and a sentence that says what is wrong with it."""


def snooze_faults(rulebooks: Rulebooks, owed: Sequence[Obligation], fact: ReminderSnoozed) -> Faults:
    """Say why a reminder cannot be snoozed so. `owed` are the obligations on the day of recording."""
    today = civil_day(fact.timestamp)
    obligation = next((one for one in owed if one.id == fact.obligation), None)
    if not fact.reason.strip():
        yield "reason", "say why this is not to be told for a while"
    if obligation is None:
        yield "obligation", _not_owed(fact.obligation, owed)
        return
    if fact.until <= today:
        yield "until", f"today is {today}: a snooze ends on a day to come"
        return
    reminding = rulebooks.policy.reminding
    rungs = list(ladder(rulebooks, obligation))
    last = longest_snooze(rungs, reminding, fact.effective_on)
    if fact.until > last:
        if last == fact.effective_on + timedelta(days=reminding.snooze_days):
            yield "until", f"until {last} at most: this school lets a reminder wait for {reminding.snooze_days} days"
        else:
            yield "until", f"until {last} at most: on that day it is told up the tree, which no snooze puts off"


def asked_again_faults(
    rulebooks: Rulebooks, owed: Sequence[Obligation], facts: Sequence[Fact], fact: ReminderAskedAgain
) -> Faults:
    """Say why a reminder cannot be asked for again. `facts` are those before this one."""
    same = [one for one in owed if one.id == fact.obligation]
    obligation = next((one for one in same if one.due_on == fact.due_on), same[0] if same else None)
    if not fact.reason.strip():
        yield "reason", "say why this is to be told once more"
    if obligation is None:
        yield "obligation", _not_owed(fact.obligation, owed)
        return
    if fact.due_on != obligation.due_on:
        yield "due_on", f"{obligation.id!r} is due on {obligation.due_on}"
        return
    rungs = [one for one in ladder(rulebooks, obligation) if one.reminder.kind == "owed"]
    said = (fact.rung_days, fact.workdays)
    rung = next((one for one in rungs if (one.reminder.rung_days, one.reminder.workdays) == said), None)
    if rung is None:
        yield "rung_days", f"its ladder has no such rung; it has {', '.join(map(_shown, rungs))}"
    elif not Telling.of(facts).told(rung.reminder):
        yield "rung_days", f"this rung has not been told yet: it is reached on {civil_day(rung.at)}, and told by itself"


def _not_owed(name: str, owed: Sequence[Obligation]) -> str:
    return f"{name!r} is not owed here now; owed: {', '.join(sorted(one.id for one in owed)) or 'nothing'}"


def _shown(rung: Rung) -> str:
    return f"{rung.reminder.rung_days:+d}{' working days' if rung.reminder.workdays else ''}"
