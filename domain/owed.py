"""What is owed on a path: obligations that have begun and are not met, by whom and by when."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from domain.calendar import Period, Workdays
from domain.checks import wording
from domain.checks.days import extended
from domain.facts.base import Fact
from domain.judgement import Obligation
from domain.moments import Start, clock_of, marks, start_of
from domain.quiet import Reminding
from domain.reading import Reading, Ref, place, versions
from domain.rulebook import Duty, Edition, Rulebooks
from domain.words import Text, of_anchor, of_kind, of_period


def obligations(rulebooks: Rulebooks, edition: Edition, reading: Reading, day: date) -> Iterator[Obligation]:
    """All obligations of a path on a day; a closed path owes nothing."""
    if reading.outcome:
        return
    first = rulebooks.policy.in_force_from or date.min
    for duty in rulebooks.duties_of(edition):
        if reading.stage not in duty.stages:
            continue
        begun = start_of(reading, duty.since)
        due = _due(duty, reading, begun, rulebooks.workdays) if begun else None
        if begun is None or due is None:
            continue
        if due.on < first and (duty.tightened_by or duty in rulebooks.policy.duties):
            due = _not_before(first, due, _nationally(rulebooks, duty, reading, begun, day))
        remind, remind_workdays = rungs_of(duty, rulebooks.policy.reminding)
        overdue = due.on < day and not duty.tells
        late = wording.days((day - due.on).days) if overdue else None
        yield Obligation(
            id=duty.id,
            step=duty.step,
            owed_by=duty.owed_by,
            since=begun.day,
            due_on=due.on,
            overdue=overdue,
            zh=duty.text.zh,
            en=duty.text.en,
            edition=edition.name,
            sources=duty.sources,
            confidence=duty.confidence,
            remind=remind,
            remind_workdays=remind_workdays,
            escalate=duty.escalate,
            tells=duty.tells,
            tightened_by=duty.tightened_by,
            provisional=not due.known,
            rests_on=versions((*begun.facts, *due.facts)),
            start=due.start,
            begins_on=due.start if due.again else begun.day,
            why_zh=f"{due.why.zh}，逾期 {late.zh}。" if late else f"{due.why.zh}。",
            why_en=wording.sentence(f"{due.why.en}, {late.en} overdue" if late else due.why.en),
        )


def rungs_of(duty: Duty, reminding: Reminding) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The rungs of an obligation: its own, or those of the school. What only tells that something may be done tells once."""
    if duty.remind or duty.remind_workdays:
        return duty.remind, duty.remind_workdays
    return ((0,), ()) if duty.tells else (reminding.remind, reminding.remind_workdays)


class _Due(NamedTuple):
    """The day by which a duty must be met, and why."""

    on: date
    start: date
    facts: tuple[Fact, ...]
    why: Text
    known: bool
    again: bool


def _due(duty: Duty, reading: Reading, begun: Start, workdays: Workdays) -> _Due | None:
    """The day by which a duty must be met, or None when it is not owed: met, at an end, or its clock stands still."""
    anchor = duty.due_from or duty.since
    start, clock = start_of(reading, anchor), clock_of(anchor)
    if start is None or (clock and reading.stands_still(clock)) or _came(duty.ends, reading, begun.day):
        return None
    met = _came(duty.until, reading, begun.day)
    if met and not duty.recurs:
        return None
    again = met is not None and met.effective_on > start.day
    base = met.effective_on if met and again else start.day
    facts, said = ((met,), of_kind(met.TOPIC)) if met and again else (start.facts, of_anchor(anchor))
    say = _reached if duty.tells else _due_by
    if duty.due_workdays:
        on, n = workdays.nth(base, duty.due_workdays), duty.due_workdays
        known, length = workdays.cover(base, on), Text(f"{n} 个工作日（含首日）", f"{n} working days with the first")
        return _Due(on, base, facts, wording.if_known(say(base, said, length, on), known=known), known, again)
    due = reading.after(base, duty.due, clock)
    on, moved = extended(reading, begun.day, due, duty.extended_by)
    put_off = tuple(one for one in moved if one not in facts)
    why = say(base, said, of_period(duty.due) if duty.due != Period() else None, on)
    why = wording.and_pauses(wording.and_moved(why, put_off), (due - duty.due.after(base)).days)
    return _Due(on, base, (*facts, *marks(reading, clock, base), *put_off), why, known=True, again=again)


def _due_by(start: date, begun: Text, length: Text | None, due_on: date) -> Text:
    """By which day something is owed; no length where it is owed by the very day that is counted from."""
    within = Text(f"{length.zh}内即", f", {length.en}") if length else Text("", "")
    zh = f"{start} {begun.zh}，{within.zh}不晚于 {due_on}"
    return Text(zh, f"from {begun.en} on {start}{within.en}: due by {due_on}")


def _reached(start: date, begun: Text, length: Text | None, on: date) -> Text:
    """On which day something may be done, or is to be known, that nobody owes."""
    if length is None:
        return Text(f"{begun.zh}为 {start}", f"{begun.en} is on {start}")
    return Text(f"{start} {begun.zh}，满 {length.zh}即 {on}", f"from {begun.en} on {start}, {length.en}: on {on}")


def _nationally(rulebooks: Rulebooks, duty: Duty, reading: Reading, begun: Start, day: date) -> _Due | None:
    """When an obligation would be due had the school not made it stricter; None for one that is the school's own."""
    editions = [one for one in rulebooks.before_policy if one.in_force_from <= day] or rulebooks.before_policy[:1]
    was = next((one for one in editions[-1].duties if one.id == duty.id), None)
    return _due(was, reading, begun, rulebooks.workdays) if was else None


def _not_before(first: date, due: _Due, nationally: _Due | None) -> _Due:
    """What a school asks from a day on falls due on that day at the earliest, unless it was due nationally before."""
    if nationally and nationally.on <= first:
        return nationally
    why = Text(
        f"校内规定自 {first} 起施行，此前不作要求，{first} 到期",
        f"the school's policy is in force from {first} and asks for nothing before, so it is due on {first}",
    )
    return due._replace(on=first, start=first, why=why)


def _came(refs: tuple[Ref, ...], reading: Reading, since: date) -> Fact | None:
    """The last fact that stands, from a day on."""
    found = [fact for ref in refs if (fact := reading.standing(ref)) and fact.effective_on >= since]
    return max(found, key=place, default=None)
