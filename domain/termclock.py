"""When a unit's terms begin and end: what its clock and the clocks of its terms record by themselves, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from domain.calendar import civil_day, moment_on
from domain.facts.base import Fact
from domain.facts.terms import TermClosed, TermCutShort, TermOpened
from domain.receipt import Act, Alarm, Labels
from domain.reminders import alarm
from domain.rulebook import Rulebooks
from domain.termrules import DAY, Semester
from domain.terms import TermJudgement, judge_term
from domain.units import UnitState, unit_on

TERMS = UUID("0d9d5b1e-6a55-5c0c-8d2a-3f1f8a7e2b44")
"""The namespace in which the id of a term's stream is made from the unit's id and the term's name."""

TURNS_AT = time(0, 7)
"""Terms are opened and closed at night: reminders go out in the morning, and what they tell stands by then."""


def term_stream(unit_id: str, term: str) -> UUID:
    """The stream of a unit's term."""
    return uuid5(TERMS, f"{unit_id}\0{term}")


def term_alarm(rulebooks: Rulebooks, facts: Sequence[Fact], moment: datetime) -> tuple[Alarm, TermJudgement]:
    """What is due on a term at a moment (aware UTC): reminders as of a path, and its closing with the report."""
    known = judge_term(rulebooks, facts, civil_day(moment))
    told = alarm(rulebooks, known, facts, moment)
    if known.closed:
        return told, known
    if known.closes:
        return replace(told, acts=(_closing(facts, known),)), known
    turns = [moment_on(day, TURNS_AT) for day in (known.last_on + DAY, known.closes_on)]
    wakes = [one for one in (told.wake, *turns) if one and one > moment]
    return replace(told, wake=min(wakes, default=None)), known


def _closing(facts: Sequence[Fact], known: TermJudgement) -> Act:
    """The closing with its report. Once it is retracted, a later one has another key."""
    said = {
        "effective_on": known.day,
        "counted": {one.activity: one.number for one in known.counts},
        "attendance": {one.activity: one.participants for one in known.counts},
        "not_done": known.not_done,
        "rules": tuple(sorted({one.rule for one in known.findings})),
        "upto": known.version,
        "digest": known.digest,
    }
    return Act(facts[0].originator_id, TermClosed.TOPIC, f"{TermClosed.TOPIC}/{known.version}", said, known.version)


def unit_alarm(rulebooks: Rulebooks, facts: Sequence[Fact], moment: datetime) -> Alarm:
    """What the clock of a unit does at a moment (aware UTC): it opens the unit's terms, and cuts short the last one.

    All acts so far are named; those whose key stands already are done. Without terms there is nothing to wait for.
    """
    day = civil_day(moment)
    unit, terms = unit_on(facts, day), rulebooks.policy.terms
    edition = f"{rulebooks.policy.name}@{rulebooks.digest[:8]}"
    labels = Labels(unit=unit.id if unit else "", edition=edition, version=facts[-1].originator_version)
    if unit is None or terms is None or not terms.jobs_of(unit.kind):
        return Alarm(closed=True, labels=labels)
    lived = list(_lived(rulebooks.policy.semesters, terms.first, unit))
    acts = tuple(act for term, first in lived if first <= day for act in _acts(term, first, unit))
    ahead = [moment_on(first, TURNS_AT) for _, first in lived]
    wake = min((one for one in ahead if one > moment), default=None)
    return Alarm(wake=wake, closed=unit.dissolved_on is not None, labels=labels, acts=acts)


def _lived(semesters: Sequence[Semester], since: date, unit: UnitState) -> Iterator[tuple[Semester, date]]:
    """The terms in which a unit is there, with its first day in each."""
    for term in semesters:
        first = max(term.start, unit.established_on)
        gone = unit.dissolved_on is not None and first >= unit.dissolved_on
        if term.start >= since and first <= term.end and not gone:
            yield term, first


def _acts(term: Semester, first: date, unit: UnitState) -> Iterator[Act]:
    stream = term_stream(unit.id, term.name)
    said: dict[str, Any] = {"effective_on": first, "by_unit": unit.id, "unit_id": unit.id, "term": term.name}
    said |= {"starts_on": term.start, "ends_on": term.end}
    yield Act(stream, TermOpened.TOPIC, TermOpened.TOPIC, said)
    if unit.dissolved_on and unit.dissolved_on <= term.end:
        yield Act(stream, TermCutShort.TOPIC, TermCutShort.TOPIC, {"effective_on": unit.dissolved_on})
