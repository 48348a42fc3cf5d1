"""`judge_term`: what the facts of a unit's term mean on a day: what is owed, what counts, when the term is closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from domain.calendar import civil_day
from domain.checks import wording
from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.facts.terms import ActivityHeld, TermClosed, TermCutShort, TermOpened
from domain.judgement import Finding, Judgement, Obligation
from domain.path import Term
from domain.reading import holds, in_order, versions
from domain.rulebook import Rulebooks
from domain.termrules import Job, Semester, TermRules
from domain.termwords import CLOCK_LATE, LATE, NOT_DONE, OUTSIDE, TOO_LATE, TermRule, why_due
from domain.words import Text

STEP = "term"
"""Where an obligation of a path names its step."""

DAY = timedelta(days=1)

JobState = Literal["done", "owed", "not-done", "not-owed"]
"""not-done: the term is over without it · not-owed: its day lay outside of the unit's days in the term."""


@dataclass(frozen=True, slots=True)
class Count:
    """What counts in a term, by kind: how often it was held, with how many people, and by which versions that is known."""

    activity: str
    zh: str
    en: str
    number: int
    participants: int
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job of a term as it stands: `done` of `times` facts that end it, by which versions that is known."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TermJudgement(Judgement):
    """All that a policy says of a unit's term on a day; what is due of it is asked as of a path."""

    unit_kind: str
    first_on: date
    """The first day on which the unit was there in the term."""

    last_on: date
    """The last day of the term, or the last one before the unit was dissolved."""

    closes_on: date
    """The day on which the term is closed with its report, if nothing closes it before."""

    closes: bool
    """Whether it is to be closed now."""

    counts: tuple[Count, ...]
    jobs: tuple[JobView, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
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
        return self.closed is not None or self.day > self.last_on

    def counts(self, fact: Fact) -> bool:
        """Whether it lies in the term: what does not is found, and counts nowhere."""
        return self.first_on <= fact.effective_on <= self.last_on


def judge_term(rulebooks: Rulebooks, facts: Sequence[Fact], day: date, *, find: bool = True) -> TermJudgement:
    """Say everything about a term on a day (Asia/Shanghai). Facts that count after the day are not looked at.

    The days of the term are those that the policy gives its name now, or that stood in it when the term was opened.
    """
    read = _read(rulebooks, facts, day)
    views = [(job, _viewed(rulebooks, read, job)) for job in read.rules.jobs_of(read.opened.by_kind or "")]
    closing = [view for job, view in views if job.closes]
    closes_on = read.last_on + DAY if read.cut else read.term.end + timedelta(days=read.rules.closes_days) + DAY
    reported = bool(closing) and all(view.state == "done" for view in closing)
    owed = [_obligation(rulebooks, read, job, view) for job, view in views if view.state == "owed" and not read.cut]
    return TermJudgement(
        day=day,
        version=max(fact.originator_version for fact in facts),
        digest=rulebooks.digest,
        edition=rulebooks.policy.name,
        stage=read.term.name,
        outcome="closed" if read.closed else "",
        home_unit=read.opened.unit_id,
        pending="",
        steps=(),
        findings=tuple(_findings(rulebooks, read, closes_on, views)) if find else (),
        obligations=tuple(sorted(owed, key=lambda one: (one.due_on, one.id))),
        unit_kind=read.opened.by_kind or "",
        first_on=read.first_on,
        last_on=read.last_on,
        closes_on=closes_on,
        closes=not read.closed and read.over and (day >= closes_on or reported),
        counts=tuple(_counts(read)),
        jobs=tuple(view for _, view in views),
    )


def _read(rulebooks: Rulebooks, facts: Sequence[Fact], day: date) -> _Reading:
    standing = in_order(
        fact for fact in as_corrected(facts) if fact.effective_on <= day or fact.originator_version == 1
    )
    opened = next(fact for fact in standing if isinstance(fact, TermOpened))
    told = Semester(opened.term, opened.starts_on, opened.ends_on)
    term = next((one for one in rulebooks.policy.semesters if one.name == opened.term), told)
    cut = next((fact for fact in reversed(standing) if isinstance(fact, TermCutShort)), None)
    return _Reading(
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


def _viewed(rulebooks: Rulebooks, read: _Reading, job: Job) -> JobView:
    due_on = job.due.on(read.term, rulebooks.workdays)
    ends = [fact for fact in read.facts if any(fact.TOPIC == ref.topic and holds(fact, ref.where) for ref in job.until)]
    ends = [fact for fact in ends if not isinstance(fact, ActivityHeld) or read.counts(fact)][: job.times]
    done = len(ends) == job.times
    state: JobState = "done" if done else "owed"
    if not done and (due_on < read.first_on or (read.cut and due_on > read.last_on)):
        state = "not-owed"
    elif not done and (read.closed or read.cut):
        state = "not-done"
    return JobView(
        id=job.id,
        zh=job.text.zh,
        en=job.text.en,
        state=state,
        owed_by=job.owed_by,
        due_on=due_on,
        times=job.times,
        done=len(ends),
        done_on=ends[-1].effective_on if done else None,
        versions=versions(ends),
        sources=job.sources,
        provisional=_provisional(rulebooks, read, job, due_on),
    )


def _provisional(rulebooks: Rulebooks, read: _Reading, job: Job, due_on: date) -> bool:
    """Whether the day rests on working days that are not told yet."""
    place = job.due.place(read.term)
    return bool(job.due.workdays) and not rulebooks.workdays.cover(min(place, due_on), max(place, due_on))


def _obligation(rulebooks: Rulebooks, read: _Reading, job: Job, view: JobView) -> Obligation:
    reminding = rulebooks.policy.reminding
    own = job.remind, job.remind_workdays
    remind, remind_workdays = own if any(own) else (reminding.remind, reminding.remind_workdays)
    why = why_due(job, read.term, view.due_on)
    if job.times > 1:
        why = Text(f"{why.zh}，已完成 {view.done}/{job.times}", f"{why.en}, {view.done} of {job.times} done")
    if view.due_on < read.day:
        late = wording.days((read.day - view.due_on).days)
        why = Text(f"{why.zh}，逾期 {late.zh}", f"{why.en}, {late.en} overdue")
    return Obligation(
        id=job.id,
        step=STEP,
        owed_by=job.owed_by,
        since=read.first_on,
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
        start=job.due.place(read.term),
        why_zh=f"{why.zh}。",
        why_en=wording.sentence(why.en),
    )


def _counts(read: _Reading) -> list[Count]:
    """What counts, in the order of the policy; what the policy no longer knows stands behind under its own name."""
    held: dict[str, list[ActivityHeld]] = {name: [] for name in read.rules.activities}
    for fact in read.facts:
        if isinstance(fact, ActivityHeld) and read.counts(fact):
            held.setdefault(fact.activity, []).append(fact)
    names = {name: Text(name, name) for name in held} | dict(read.rules.activities)
    return [
        Count(
            activity=name,
            zh=names[name].zh,
            en=names[name].en,
            number=len(facts),
            participants=sum(fact.participants or 0 for fact in facts),
            versions=versions(facts),
        )
        for name, facts in held.items()
    ]


def _findings(
    rulebooks: Rulebooks, read: _Reading, closes_on: date, views: Sequence[tuple[Job, JobView]]
) -> list[Finding]:
    """What happened late, outside, or not at all."""
    found = []
    for fact in read.facts:
        recorded_on = civil_day(fact.timestamp)
        if isinstance(fact, TermOpened) and recorded_on > read.first_on:
            found.append(_found(rulebooks, CLOCK_LATE, fact, read.first_on, recorded_on))
        elif isinstance(fact, TermClosed) and recorded_on > closes_on:
            found.append(_found(rulebooks, CLOCK_LATE, fact, closes_on, recorded_on))
        elif isinstance(fact, ActivityHeld) and not read.counts(fact):
            found.append(_found(rulebooks, OUTSIDE, fact, read.last_on, fact.effective_on))
        if read.closed and fact.originator_version > read.closed.originator_version and fact.SUBJECT == Term.NAME:
            found.append(_found(rulebooks, TOO_LATE, fact, read.closed.effective_on, recorded_on))
    by_version = {fact.originator_version: fact for fact in read.facts}
    for job, view in views:
        ended = by_version[view.versions[-1]] if view.done_on and view.versions else None
        if ended and view.done_on and view.done_on > view.due_on:
            found.append(_of_job(_found(rulebooks, LATE, ended, view.due_on, view.done_on), job))
        elif view.state == "not-done":
            found.append(_of_job(_found(rulebooks, NOT_DONE, read.closed or read.opened, view.due_on, read.day), job))
    return sorted(found, key=lambda one: (one.on, one.version, one.rule))


def _found(rulebooks: Rulebooks, rule: TermRule, fact: Fact, limit: date, was: date) -> Finding:
    return Finding(
        rule=rule.id,
        step=STEP,
        severity=rule.severity,
        edition=rulebooks.policy.name,
        sources=("A",),
        confidence="sure",
        zh=rule.text.zh,
        en=rule.text.en,
        arithmetic=f"{was} > {limit}",
        topic=fact.TOPIC,
        version=fact.originator_version,
        on=fact.effective_on,
        latest=limit,
        rests_on=(fact.originator_version,),
        why_zh=f"{rule.why.zh.format(limit=limit, was=was)}。",
        why_en=wording.sentence(rule.why.en.format(limit=limit, was=was)),
    )


def _of_job(finding: Finding, job: Job) -> Finding:
    """A finding about a job names it, and its source."""
    return replace(
        finding,
        sources=job.sources,
        missing=(job.id,),
        zh=f"{job.text.zh}：{finding.zh}",
        en=f"{job.text.en}: {finding.en}",
    )
