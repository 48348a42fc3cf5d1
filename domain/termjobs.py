"""The jobs and quotas of a unit's term: how each stands on a day, and what is owed of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.checks import wording
from domain.correcting import as_corrected
from domain.dormitories import InspectionView, inspections
from domain.facts.base import Fact
from domain.facts.terms import ActivityHeld, TermClosed, TermCutShort, TermOpened
from domain.judgement import Obligation
from domain.reading import holds, in_order, versions
from domain.rulebook import Rulebooks
from domain.termrules import DAY, Part, Semester, TermRules
from domain.termwords import why_due
from domain.words import Text

STEP = "term"
"""Where an obligation of a path names its step."""

JobState = Literal["done", "owed", "not-done", "not-owed"]
"""not-done: its term or quarter is over without it · not-owed: its day lay outside of the unit's days in the term."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job of a term as it stands: `done` of `times` facts that end it, by which versions that is known.

    A quota with a pace stands here once for each of its days: `whole` says which is the last, that asks for all; `in_time`
    is how many were there by the day. `span` names the term, or the quarter in which it is counted.
    """

    id: str
    zh: str
    en: str
    state: JobState
    owed_by: str
    due_on: date
    times: int
    done: int
    done_on: date | None
    versions: tuple[int, ...]
    sources: tuple[str, ...]
    provisional: bool
    span: str
    whole: bool
    in_time: int


@dataclass(frozen=True, slots=True)
class TermReading:
    """The facts of a term up to a day, and the days between which it lies."""

    rules: TermRules
    term: Semester
    opened: TermOpened
    facts: Sequence[Fact]
    first_on: date
    last_on: date
    cut: bool
    closed: TermClosed | None
    day: date

    @property
    def over(self) -> bool:
        """Whether its last day has passed, or it was closed."""
        return self.closed is not None or self.day > self.last_on

    def counts(self, fact: Fact) -> bool:
        """Whether it lies in the term: what does not is found, and counts nowhere."""
        return self.first_on <= fact.effective_on <= self.last_on


def read_term(rulebooks: Rulebooks, facts: Sequence[Fact], day: date) -> TermReading:
    """Read the facts of a term up to a day. Its days are those that the policy gives its name now, or that were told."""
    standing = in_order(
        fact for fact in as_corrected(facts) if fact.effective_on <= day or fact.originator_version == 1
    )
    opened = next(fact for fact in standing if isinstance(fact, TermOpened))
    told = Semester(opened.term, opened.starts_on, opened.ends_on)
    term = next((one for one in rulebooks.policy.semesters if one.name == opened.term), told)
    cut = next((fact for fact in reversed(standing) if isinstance(fact, TermCutShort)), None)
    return TermReading(
        rules=rulebooks.policy.terms or TermRules(term.start),
        term=term,
        opened=opened,
        facts=standing,
        first_on=max(term.start, opened.effective_on) if opened.effective_on > opened.starts_on else term.start,
        last_on=min(term.end, cut.effective_on - DAY) if cut else term.end,
        cut=cut is not None,
        closed=next((fact for fact in reversed(standing) if isinstance(fact, TermClosed)), None),
        day=day,
    )


def jobs_in(rulebooks: Rulebooks, read: TermReading) -> Iterator[tuple[Part, JobView]]:
    """All that the unit owes in the term, part by part, as it stands."""
    for job in read.rules.jobs_of(read.opened.by_kind or ""):
        parts = list(job.parts(read.term))
        if job.upon:
            reached = [one for one in inspected(rulebooks, read) if job.upon.reached(one)]
            parts += [
                Part(job, Semester(str(one.on), one.on, one.on), job.due, 1, inspection=one.version) for one in reached
            ]
        for part in parts:
            yield part, _viewed(rulebooks, read, part)


def inspected(rulebooks: Rulebooks, read: TermReading) -> list[InspectionView]:
    """The inspections of the term, as they stand. Those of another term lie in none of this one's rows."""
    return list(inspections(read.facts, rulebooks.workdays, read.rules.objection_workdays))


def _viewed(rulebooks: Rulebooks, read: TermReading, part: Part) -> JobView:
    job, due_on = part.job, part.due.on(part.span, rulebooks.workdays)
    ends = list(_ends(read, part))[: part.times]
    done = len(ends) == part.times
    state: JobState = "done" if done else "owed"
    if not done and (due_on < read.first_on or (read.cut and due_on > read.last_on)):
        state = "not-owed"
    elif not done and (read.closed or read.cut or read.day > _given_up_on(rulebooks, read, part)):
        state = "not-done"
    return JobView(
        id=job.id,
        zh=job.text.zh,
        en=job.text.en,
        state=state,
        owed_by=job.owed_by,
        due_on=due_on,
        times=part.times,
        done=len(ends),
        done_on=ends[-1].effective_on if done else None,
        versions=versions(ends),
        sources=job.sources,
        provisional=_provisional(rulebooks, part, due_on),
        span=part.span.name,
        whole=part.whole,
        in_time=sum(fact.effective_on <= due_on for fact in ends),
    )


def _ends(read: TermReading, part: Part) -> Iterator[Fact]:
    """What ends a part, in order. Activities lie in the term, and whatever a quarter asks for lies in the quarter."""
    quarter = part.job.per == "quarter"
    for fact in read.facts:
        if not any(fact.TOPIC == ref.topic and holds(fact, ref.where) for ref in part.job.until):
            continue
        if isinstance(fact, ActivityHeld) and not read.counts(fact):
            continue
        if part.inspection and getattr(fact, "inspection", None) != part.inspection:
            continue
        if not quarter or part.span.start <= fact.effective_on <= part.span.end:
            yield fact


def _given_up_on(rulebooks: Rulebooks, read: TermReading, part: Part) -> date:
    """The last day on which a part is owed. What a pace asks for gives way to the next day of it; what a quarter lacks
    cannot be made up in the next one, and is told only as long as something that was held may still be recorded.
    """
    if part.later:
        return part.later.on(part.span, rulebooks.workdays)
    return part.span.end + timedelta(days=read.rules.closes_days) if part.job.per == "quarter" else date.max


def _provisional(rulebooks: Rulebooks, part: Part, due_on: date) -> bool:
    """Whether the day rests on working days that are not told yet."""
    place = part.due.place(part.span)
    return bool(part.due.workdays) and not rulebooks.workdays.cover(min(place, due_on), max(place, due_on))


def obligation_of(rulebooks: Rulebooks, read: TermReading, part: Part, view: JobView) -> Obligation:
    """What is owed of a part, by whom and by when, with the ladder on which it is told."""
    job, reminding = part.job, rulebooks.policy.reminding
    own = job.remind, job.remind_workdays
    remind, remind_workdays = own if any(own) else (reminding.remind, reminding.remind_workdays)
    why = why_due(part, view.due_on)
    if part.times > 1 or job.pace:
        why = Text(f"{why.zh}，已完成 {view.done}/{part.times}", f"{why.en}, {view.done} of {part.times} done")
    if view.due_on < read.day:
        late = wording.days((read.day - view.due_on).days)
        why = Text(f"{why.zh}，逾期 {late.zh}", f"{why.en}, {late.en} overdue")
    return Obligation(
        id=job.id,
        step=STEP,
        owed_by=job.owed_by,
        since=max(read.first_on, part.span.start),
        due_on=view.due_on,
        overdue=view.due_on < read.day,
        zh=job.text.zh,
        en=job.text.en,
        edition=rulebooks.policy.name,
        sources=job.sources,
        confidence=job.confidence,
        remind=remind,
        remind_workdays=remind_workdays,
        escalate=job.escalate,
        provisional=view.provisional,
        rests_on=(1, *view.versions),
        start=part.due.place(part.span),
        why_zh=f"{why.zh}。",
        why_en=wording.sentence(why.en),
    )
