"""`judge_term`: what the facts of a unit's term mean on a day: what is owed, what counts, when the term is closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.calendar import civil_day
from domain.checks import wording
from domain.dormitories import InspectionView
from domain.facts.base import Fact
from domain.facts.dormitories import DormConsequenceDecided
from domain.facts.terms import ActivityHeld, TermClosed, TermOpened
from domain.judgement import Finding, Judgement
from domain.path import Term
from domain.reading import versions
from domain.rulebook import Rulebooks
from domain.termjobs import STEP, JobView, TermReading, inspected, jobs_in, obligation_of, read_term
from domain.termrules import DAY, Part
from domain.termwords import BEHIND, CLOCK_LATE, DECIDED_EARLY, LATE, NO_GROUND, NOT_DONE, OUTSIDE, TOO_LATE, TermRule
from domain.words import Text


@dataclass(frozen=True, slots=True)
class Count:
    """What counts in a term, by kind: how often it was held, with how many people, and by which versions that is known."""

    activity: str
    zh: str
    en: str
    number: int
    participants: int
    versions: tuple[int, ...]


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
    inspections: tuple[InspectionView, ...] = ()

    @property
    def not_done(self) -> tuple[str, ...]:
        """The jobs that are owed or were never done, each once."""
        return tuple(dict.fromkeys(one.id for one in self.jobs if one.whole and one.state in ("owed", "not-done")))


def judge_term(rulebooks: Rulebooks, facts: Sequence[Fact], day: date, *, find: bool = True) -> TermJudgement:
    """Say everything about a term on a day (Asia/Shanghai). Facts that count after the day are not looked at.

    The days of the term are those that the policy gives its name now, or that stood in it when the term was opened.
    """
    read = read_term(rulebooks, facts, day)
    views = list(jobs_in(rulebooks, read))
    closing = [view for part, view in views if part.job.closes]
    closes_on = read.last_on + DAY if read.cut else read.term.end + timedelta(days=read.rules.closes_days) + DAY
    reported = bool(closing) and all(view.state == "done" for view in closing)
    owed = [obligation_of(rulebooks, read, part, view) for part, view in views if view.state == "owed"]
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
        inspections=tuple(inspected(rulebooks, read)),
    )


def _counts(read: TermReading) -> list[Count]:
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
    rulebooks: Rulebooks, read: TermReading, closes_on: date, views: Sequence[tuple[Part, JobView]]
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
    found += _decided(rulebooks, read)
    by_version = {fact.originator_version: fact for fact in read.facts}
    for part, view in views:
        ended = by_version[view.versions[-1]] if view.done_on and view.versions else None
        told = ended or read.closed or read.opened
        behind = view.state in ("owed", "not-done") and view.due_on < read.day
        if not part.whole and (behind or (view.done_on and view.done_on > view.due_on)):
            numbers = {"times": view.times, "there": view.in_time}
            behind_by = _found(rulebooks, BEHIND, told, view.due_on, read.day, **numbers)
            found.append(_of_part(behind_by, part, view.in_time))
        elif part.whole and ended and view.done_on and view.done_on > view.due_on:
            found.append(_of_part(_found(rulebooks, LATE, ended, view.due_on, view.done_on), part))
        elif part.whole and view.state == "not-done":
            found.append(_of_part(_found(rulebooks, NOT_DONE, told, view.due_on, read.day), part, view.done))
    return sorted(found, key=lambda one: (one.on, one.version, one.rule))


def _decided(rulebooks: Rulebooks, read: TermReading) -> list[Finding]:
    """What was decided of a result that does not stand, or too early. That nothing follows may be decided at any time."""
    found, seen = [], {one.version: one for one in inspected(rulebooks, read)}
    for fact in read.facts:
        if not isinstance(fact, DormConsequenceDecided) or not fact.applies:
            continue
        one = seen.get(fact.inspection)
        if one is None or not one.failures:
            on = one.on if one else read.first_on
            found.append(_found(rulebooks, NO_GROUND, fact, on, fact.effective_on))
        elif fact.effective_on <= one.objectable_until or one.objection == "open":
            found.append(_found(rulebooks, DECIDED_EARLY, fact, one.objectable_until, fact.effective_on))
    return found


def _found(rulebooks: Rulebooks, rule: TermRule, fact: Fact, limit: date, was: date, **more: int) -> Finding:
    says = {"limit": limit, "was": was, **more}
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
        why_zh=f"{rule.why.zh.format(**says)}。",
        why_en=wording.sentence(rule.why.en.format(**says)),
    )


def _of_part(finding: Finding, part: Part, there: int | None = None) -> Finding:
    """A finding about a job names it, its quarter and its source; a shortfall counts how many were there."""
    job, span = part.job, part.span.name if part.job.per == "quarter" else ""
    return replace(
        finding,
        sources=job.sources,
        missing=(job.id,),
        arithmetic=finding.arithmetic if there is None else f"{there} < {part.times}",
        zh=f"{job.text.zh}{f'（{span}）' if span else ''}：{finding.zh}",
        en=f"{job.text.en}{f' ({span})' if span else ''}: {finding.en}",
    )
