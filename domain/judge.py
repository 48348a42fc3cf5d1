"""`judge`: the one function that says what a list of facts means under a set of rulebooks on a day.

Facts are taken in by the days they count, whatever the order of their recording; what one day brings is seen
together. Nothing but facts, rulebooks and the day has any influence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from domain.checks import Case, InStage, Shortfall, wording
from domain.conditions import conditions
from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.judgement import Finding, Judgement, Verdict, least_sure
from domain.moments import MOMENTS, day_of
from domain.owed import obligations
from domain.reading import Reading, holds, in_order, versions
from domain.rulebook import Edition, Move, Rule, Rulebooks
from domain.stepping import step_views
from domain.words import Text, of_kind

# What follows from the moves of an edition and stands in none of its rules.
OUT_OF_STAGE = Rule(
    "STAGE",
    "all",
    (),
    InStage(),
    "block",
    ("FC",),
    Text("当前阶段不能作出这一决定", "The path does not stand at a stage that allows this decision"),
)
CLOSED = replace(
    OUT_OF_STAGE,
    id="CLOSED",
    text=Text("发展历程已经结束，不再作出决定", "The path is closed and takes no more decisions"),
)
NOTHING_PENDING = replace(
    OUT_OF_STAGE,
    id="PENDING",
    text=Text("没有待审批的相应决议", "No resolution of this kind waits for approval"),
)
STILL_PENDING = replace(
    NOTHING_PENDING, text=Text("上一决议尚待审批", "An earlier resolution still waits for approval")
)


def judge(
    rulebooks: Rulebooks, facts: Sequence[Fact], day: date, *, find: bool = True, steps: bool = True
) -> Judgement:
    """Say everything about a path on a day (Asia/Shanghai). Facts that count after the day are not looked at.

    Findings and steps are most of the work; whoever does not look at them leaves them out, and they are empty.
    """
    reading, findings = _read(rulebooks, [fact for fact in as_corrected(facts) if fact.effective_on <= day], find=find)
    reading.today = day
    edition = rulebooks.on(day)
    owed = tuple(sorted(obligations(rulebooks, edition, reading, day), key=lambda one: (one.due_on, one.id)))
    moments = {name: found for name in MOMENTS if name != "born" and (found := day_of(reading, name)) is not None}
    return Judgement(
        day=day,
        version=max((fact.originator_version for fact in facts), default=0),
        digest=rulebooks.digest,
        edition=edition.name,
        stage=reading.stage,
        outcome=reading.outcome,
        home_unit=reading.home_unit,
        pending=reading.pending.TOPIC if reading.pending else "",
        steps=tuple(step_views(rulebooks, edition, reading, owed)) if steps else (),
        findings=tuple(findings),
        obligations=owed,
        moments=moments,
        conditions=conditions(reading),
        edition_until=rulebooks.changes_after(day),
    )


def weigh(rulebooks: Rulebooks, facts: Sequence[Fact], proposed: Fact) -> Verdict:
    """Say whether a fact that does not stand yet may be done: what `judge` would find if it came last on its day."""
    day = proposed.effective_on
    reading, _ = _read(rulebooks, [fact for fact in as_corrected(facts) if fact.effective_on <= day], find=False)
    edition = rulebooks.on(day)
    if reading.today != day:
        _begin(reading, day)
    misplaced = _take(edition, reading, proposed)
    found = [misplaced] if misplaced else []
    rules = rulebooks.rules_on(edition, proposed.TOPIC)
    found += _breaches(rules, edition, rulebooks.case(edition, reading), proposed)
    return Verdict(
        allowed=not any(one.severity in ("block", "override") for one in found),
        findings=tuple(found),
        confidence=least_sure(rule.confidence for rule in rules if rule.applies(proposed)),
    )


def _read(rulebooks: Rulebooks, facts: Iterable[Fact], *, find: bool) -> tuple[Reading, list[Finding]]:
    """Take in facts day by day, and find what breaks the rules of that day."""
    reading = Reading(basis=rulebooks.policy.cultivation_basis)
    findings: list[Finding] = []
    edition = rulebooks.editions[0]
    case = rulebooks.case(edition, reading)
    for day, group in groupby(in_order(facts), key=attrgetter("effective_on")):
        today = list(group)
        if (in_force := rulebooks.on(day)) is not edition:
            edition, case = in_force, rulebooks.case(in_force, reading)
        _begin(reading, day)
        for fact in today:
            misplaced = _take(edition, reading, fact)
            if find and misplaced:
                findings.append(misplaced)
        if find:
            for fact in today:
                findings += _breaches(rulebooks.rules_on(edition, fact.TOPIC), edition, case, fact)
    return reading, findings


def _begin(reading: Reading, day: date) -> None:
    reading.today = day
    reading.stage_before = reading.stage


def _take(edition: Edition, reading: Reading, fact: Fact) -> Finding | None:
    """Take in one fact and let it move the path; say if it was no decision to be made where the path stood."""
    move = edition.moves.get(fact.TOPIC)
    if move is None:
        reading.add(fact)
        return None
    found = _misplaced(edition, reading, fact, move)
    reading.add(fact)
    if not reading.outcome:
        _move(edition, reading, fact, move)
    return found


def _misplaced(edition: Edition, reading: Reading, fact: Fact, move: Move) -> Finding | None:
    """A transition starts from a stage that allows it, and an approval from a resolution: no rule needs to say so."""
    stage, waits, moved = reading.stage or "none", reading.pending, reading.moved_by
    if reading.outcome and moved:
        return _breach(
            CLOSED, edition, fact, Shortfall(reading.outcome, wording.ended(reading.outcome, moved), (moved,))
        )
    if stage not in move.from_:
        signs = f"{stage} ∉ {{{', '.join(move.from_)}}}"
        why = wording.elsewhere(stage, of_kind(fact.TOPIC), move.from_, edition.stages)
        return _breach(OUT_OF_STAGE, edition, fact, Shortfall(signs, why, _if_any(moved)))
    if move.decides and not _answers(move, waits):
        signs = f"{move.decides} ≠ {waits.TOPIC if waits else '∅'}"
        why = wording.nothing_pending(move.decides, waits)
        missing = (str(move.decides),)
        return _breach(NOTHING_PENDING, edition, fact, Shortfall(signs, why, _if_any(waits), missing=missing))
    if move.pending and waits:
        signs = f"{waits.TOPIC} {waits.effective_on}"
        return _breach(STILL_PENDING, edition, fact, Shortfall(signs, wording.still_pending(waits), (waits,)))
    return None


def _if_any(fact: Fact | None) -> tuple[Fact, ...]:
    return (fact,) if fact else ()


def _answers(move: Move, pending: Fact | None) -> bool:
    ref = move.decides
    return ref is not None and pending is not None and pending.TOPIC == ref.topic and holds(pending, ref.holds)


def _move(edition: Edition, reading: Reading, fact: Fact, move: Move) -> None:
    """Let a transition move the path: forward always, for it happened; back only where the edition says so."""
    stage = reading.stage
    if move.closes:
        reading.outcome, reading.moved_by = move.closes, fact
    elif move.to != "same" and (not stage or stage in move.from_ or edition.order[move.to] > edition.order[stage]):
        reading.stage, reading.moved_by = move.to, fact
    if (home := getattr(fact, "home_unit", None)) is not None:
        reading.home_unit, reading.settled_by = home, fact
    if move.pending:
        reading.pending = fact
    elif move.decides:
        resolution, reading.pending = reading.last(move.decides), None
        if fact.TOPIC == "admission-approved":
            reading.accepted = resolution
        elif fact.TOPIC == "extension-approved":
            reading.extended_months += getattr(resolution, "extension_months", 0)


def _breaches(rules: Sequence[Rule], edition: Edition, case: Case, fact: Fact) -> list[Finding]:
    """What breaks these rules."""
    return [
        _breach(rule, edition, fact, shortfall)
        for rule in rules
        if (not rule.where or rule.applies(fact)) and (shortfall := rule.check.test(fact, case)) is not None
    ]


def _breach(rule: Rule, edition: Edition, fact: Fact, shortfall: Shortfall) -> Finding:
    why = shortfall.why
    return Finding(
        rule=rule.id,
        step=rule.step,
        severity="warn" if shortfall.doubt else rule.severity,
        edition=edition.name,
        sources=rule.sources,
        confidence=rule.confidence,
        zh=rule.text.zh,
        en=rule.text.en,
        arithmetic=shortfall.arithmetic,
        topic=fact.TOPIC,
        version=fact.originator_version,
        on=fact.effective_on,
        earliest=shortfall.earliest,
        latest=shortfall.latest,
        missing=shortfall.missing,
        provisional=shortfall.provisional,
        tightened_by=rule.tightened_by,
        rests_on=versions((*shortfall.rests_on, fact)) if shortfall.rests_on else (fact.originator_version,),
        start=shortfall.start,
        why_zh=f"{why.zh}。",
        why_en=wording.sentence(why.en),
    )
