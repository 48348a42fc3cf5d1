"""What is owed on a path: obligations that have begun and are not met, by whom and by when."""

from collections.abc import Iterator
from datetime import date

from domain.calendar import Workdays
from domain.checks.days import extended
from domain.judgement import Obligation
from domain.moments import clock_of, day_of
from domain.reading import Reading, Ref
from domain.rulebook import Duty, Edition, Rulebooks


def obligations(rulebooks: Rulebooks, edition: Edition, reading: Reading, day: date) -> Iterator[Obligation]:
    """All obligations of a path on a day; a closed path owes nothing."""
    if reading.outcome:
        return
    for duty in (*edition.duties, *rulebooks.policy.duties):
        if reading.stage not in duty.stages:
            continue
        since = day_of(reading, duty.since)
        due_on = _due(duty, reading, since, rulebooks.workdays) if since else None
        if since is not None and due_on is not None:
            yield Obligation(
                id=duty.id,
                step=duty.step,
                owed_by=duty.owed_by,
                since=since,
                due_on=due_on,
                overdue=due_on < day and not duty.tells,
                zh=duty.text.zh,
                en=duty.text.en,
                edition=edition.name,
                sources=duty.sources,
                confidence=duty.confidence,
                remind=duty.remind,
                escalate=duty.escalate,
                tells=duty.tells,
                tightened_by=duty.tightened_by,
            )


def _due(duty: Duty, reading: Reading, since: date, workdays: Workdays) -> date | None:
    """The day by which a duty must be met, or None when it is not owed: met, at an end, or its clock stands still."""
    anchor = duty.due_from or duty.since
    start, clock = day_of(reading, anchor), clock_of(anchor)
    if start is None or (clock and reading.stands_still(clock)) or _came(duty.ends, reading, since):
        return None
    met = _came(duty.until, reading, since)
    if met and not duty.recurs:
        return None
    base = max(start, met) if met else start
    if duty.due_workdays:
        return workdays.nth(base, duty.due_workdays)
    due = reading.after(base, duty.due, clock)
    return extended(reading, since, due, duty.extended_by)


def _came(refs: tuple[Ref, ...], reading: Reading, since: date) -> date | None:
    """The last day, from `since` on, of a fact that stands."""
    days = [fact.effective_on for ref in refs if (fact := reading.standing(ref))]
    return max((day for day in days if day >= since), default=None)
