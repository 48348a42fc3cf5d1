"""`judge`: the one function that says what a list of facts means under a set of rulebooks on a day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from domain.checks import Case, Shortfall, Window
from domain.facts.base import Fact, Transition
from domain.judgement import Finding, Judgement, Obligation, StepState, StepView, Verdict
from domain.reading import Reading, in_order
from domain.rulebook import Duty, Edition, Rule, Rulebooks, Step, Text

OUT_OF_STAGE = Text("当前阶段不能作出这一决定", "The path does not stand at a stage that allows this decision")
CLOSED = Text("发展历程已经结束, 不再作出决定", "The path is closed and takes no more decisions")


def judge(rulebooks: Rulebooks, facts: Sequence[Fact], day: date) -> Judgement:
    """Say everything about a path on a day (Asia/Shanghai): stage, steps, findings, obligations."""
    reading, findings = _read(rulebooks, facts)
    edition = rulebooks.on(day)
    obligations = sorted(_obligations(rulebooks, edition, reading, day), key=lambda one: (one.due_on, one.id))
    return Judgement(
        day=day,
        version=max((fact.originator_version for fact in facts), default=0),
        digest=rulebooks.digest,
        edition=edition.name,
        stage=reading.stage,
        outcome=reading.outcome,
        home_unit=reading.home_unit,
        pending=reading.pending,
        steps=tuple(_steps(rulebooks, edition, reading, obligations)),
        findings=tuple(findings),
        obligations=tuple(obligations),
    )


def weigh(rulebooks: Rulebooks, facts: Sequence[Fact], proposed: Fact) -> Verdict:
    """Say whether a fact that does not stand yet may be done. Facts that count later than it are not looked at."""
    reading, _ = _read(rulebooks, [fact for fact in facts if fact.effective_on <= proposed.effective_on])
    edition = rulebooks.on(proposed.effective_on)
    found = list(_misplaced(edition, reading, proposed))
    reading.add(proposed)
    found.extend(_breaches(rulebooks, edition, reading, proposed))
    return Verdict(not any(one.severity in ("block", "override") for one in found), tuple(found))


def _read(rulebooks: Rulebooks, facts: Iterable[Fact]) -> tuple[Reading, list[Finding]]:
    """Take in all facts day by day; what one day brings is seen together, whatever was recorded first."""
    reading = Reading(basis=rulebooks.policy.cultivation_basis)
    findings: list[Finding] = []
    for day, group in groupby(in_order(facts), key=lambda fact: fact.effective_on):
        today = list(group)
        edition = rulebooks.on(day)
        for fact in today:
            findings.extend(_misplaced(edition, reading, fact))
            reading.add(fact)
            if isinstance(fact, Transition):
                _move(edition, reading, fact)
        for fact in today:
            findings.extend(_breaches(rulebooks, edition, reading, fact))
    return reading, findings


def _move(edition: Edition, reading: Reading, fact: Transition) -> None:
    """Let a transition move the path: forward always, for it happened; back only where the edition says so."""
    move = edition.moves.get(fact.TOPIC)
    if move is None or reading.outcome:
        return
    order = list(edition.stages)
    fits = (reading.stage or "none") in move.from_
    if move.closes:
        reading.outcome = move.closes
    elif move.to != "same" and (fits or order.index(move.to) > order.index(reading.stage or order[0])):
        reading.stage = move.to
    reading.follow(fact)


def _misplaced(edition: Edition, reading: Reading, fact: Fact) -> Iterator[Finding]:
    """A transition starts from a stage that allows it, and not from a closed path: no edition needs to say so."""
    move = edition.moves.get(fact.TOPIC) if isinstance(fact, Transition) else None
    if move is None:
        return
    stage = reading.stage or "none"
    if reading.outcome:
        yield _finding("CLOSED", CLOSED, edition, fact, reading.outcome)
    elif stage not in move.from_:
        yield _finding("STAGE", OUT_OF_STAGE, edition, fact, f"{stage} ∉ {', '.join(move.from_)}")


def _finding(rule: str, text: Text, edition: Edition, fact: Fact, arithmetic: str) -> Finding:
    return Finding(
        rule=rule,
        step="all",
        severity="block",
        edition=edition.name,
        sources=("FC",),
        confidence="sure",
        zh=text.zh,
        en=text.en,
        arithmetic=arithmetic,
        topic=fact.TOPIC,
        version=fact.originator_version,
        on=fact.effective_on,
    )


def _breaches(rulebooks: Rulebooks, edition: Edition, reading: Reading, fact: Fact) -> Iterator[Finding]:
    case = Case(reading, rulebooks.workdays, edition.capabilities)
    for rule in rulebooks.rules_on(edition, fact.TOPIC):
        if rule.applies(fact):
            shortfall = rule.check.test(fact, case)
            if shortfall is not None:
                yield _breach(rule, edition, fact, shortfall)


def _breach(rule: Rule, edition: Edition, fact: Fact, shortfall: Shortfall) -> Finding:
    return Finding(
        rule=rule.id,
        step=rule.step,
        severity=rule.severity,
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
    )


def _obligations(rulebooks: Rulebooks, edition: Edition, reading: Reading, day: date) -> Iterator[Obligation]:
    if reading.outcome:
        return
    for duty in (*edition.duties, *rulebooks.policy.duties):
        due_on = _due(duty, reading) if reading.stage in duty.stages else None
        since = reading.day(duty.since)
        if due_on is not None and since is not None:
            yield Obligation(
                id=duty.id,
                step=duty.step,
                owed_by=duty.owed_by,
                since=since,
                due_on=due_on,
                overdue=due_on < day,
                zh=duty.text.zh,
                en=duty.text.en,
                edition=edition.name,
                sources=duty.sources,
                confidence=duty.confidence,
                remind=duty.remind,
                escalate=duty.escalate,
            )


def _due(duty: Duty, reading: Reading) -> date | None:
    """The day by which a duty must be met, or None when it is not owed: not begun, or met already."""
    since = reading.day(duty.since)
    if since is None:
        return None
    met = [fact.effective_on for ref in duty.until for fact in reading.all(ref)]
    if duty.recurs:
        return duty.due.after(max([since, *met]))
    counts_from = reading.day(duty.counts_from) if duty.counts_from else since
    if any(counts_from is None or one >= counts_from for one in met):
        return None
    return duty.due.after(since)


def _steps(
    rulebooks: Rulebooks, edition: Edition, reading: Reading, obligations: Sequence[Obligation]
) -> Iterator[StepView]:
    order = list(edition.stages)
    at = order.index(reading.stage) if reading.stage else -1
    for step in edition.steps.values():
        done = max((one.effective_on for ref in step.done_by for one in reading.all(ref)), default=None)
        state: StepState = "ahead" if order.index(step.stage) > at else "open"
        if done and not step.repeats:
            state = "done"
        elif reading.outcome or (step.optional and order.index(step.stage) < at):
            state = "done" if done else "ahead"
        yield _step(rulebooks, edition, reading, step, state, done, obligations)


def _step(
    rulebooks: Rulebooks,
    edition: Edition,
    reading: Reading,
    step: Step,
    state: StepState,
    done: date | None,
    obligations: Sequence[Obligation],
) -> StepView:
    topics = tuple(dict.fromkeys(ref.topic for ref in step.done_by))
    rules = [rule for topic in topics for rule in rulebooks.rules_on(edition, topic) if rule.step != "all"]
    window = _window(rulebooks, edition, reading, rules) if state == "open" else Window()
    due = min((one.due_on for one in obligations if one.step == step.id and state == "open"), default=None)
    latest = min((day for day in (window.latest, due) if day), default=None)
    return StepView(
        id=step.id,
        stage=step.stage,
        zh=step.title.zh,
        en=step.title.en,
        state=state,
        acts=step.acts,
        facts=topics,
        done_on=done,
        earliest=window.earliest,
        latest=latest,
        missing=window.missing,
        rules=tuple(dict.fromkeys(rule.id for rule in rules)),
        sources=tuple(dict.fromkeys(source for rule in rules for source in rule.sources)),
        provisional=window.provisional,
    )


def _window(rulebooks: Rulebooks, edition: Edition, reading: Reading, rules: Sequence[Rule]) -> Window:
    """What all rules together say: the latest of the earliest days, the earliest of the latest, all that is missing."""
    case = Case(reading, rulebooks.workdays, edition.capabilities)
    windows = [rule.check.window(case) for rule in rules]
    return Window(
        earliest=max((one.earliest for one in windows if one.earliest), default=None),
        latest=min((one.latest for one in windows if one.latest), default=None),
        missing=tuple(dict.fromkeys(name for one in windows for name in one.missing)),
        provisional=any(one.provisional for one in windows),
    )
