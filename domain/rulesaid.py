"""Rulebooks as plain values, in the words of their files: for the shell, the API, and a comparison rule by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any, cast

from domain.calendar import Period
from domain.checks import Check
from domain.judgement import Confidence, Severity
from domain.quiet import Reminding
from domain.reading import Ref
from domain.rulebook import Duty, Edition, Move, Policy, Rule, Step, Tightening


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule: when it is asked, by which check with which parameters, how grave, from where, and how well known."""

    id: str
    step: str
    on: Sequence[str]
    check: str
    parameters: Mapping[str, Any]
    where: Mapping[str, Any]
    severity: Severity
    sources: Sequence[str]
    confidence: Confidence
    zh: str
    en: str
    tightened_by: str


@dataclass(frozen=True, slots=True)
class DutySaid:
    """An obligation: who owes it, since when, until when, and who is told on which days relative to the due day."""

    id: str
    step: str
    owed_by: str
    since: Any
    due: Mapping[str, Any]
    until: Sequence[Any]
    ends: Sequence[Any]
    stages: Sequence[str]
    recurs: bool
    tells: bool
    extended_by: str
    remind: Sequence[int]
    remind_workdays: Sequence[int]
    escalate: Sequence[str]
    sources: Sequence[str]
    confidence: Confidence
    zh: str
    en: str
    tightened_by: str


@dataclass(frozen=True, slots=True)
class StepSaid:
    """A numbered step: at which stage, who acts, what completes it and what belongs to it beside."""

    id: str
    stage: str
    zh: str
    en: str
    acts: str
    done_by: Sequence[Any]
    beside: Sequence[str]
    repeats: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class MoveSaid:
    """Where a transition leads."""

    fact: str
    from_stages: Sequence[str]
    to: str
    closes: str
    pending: bool
    decides: Any


@dataclass(frozen=True, slots=True)
class TighteningSaid:
    """A national rule or obligation that the school makes stricter: each value as the edition has it, and as it is here."""

    edition: str
    id: str
    was: Mapping[str, Any]
    now: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EditionSaid:
    """An edition as it binds this school."""

    name: str
    zh: str
    en: str
    in_force_from: date
    capabilities: Mapping[str, Sequence[str]]
    stages: Mapping[str, Sequence[str]]
    moves: Sequence[MoveSaid]
    steps: Sequence[StepSaid]
    rules: Sequence[RuleSaid]
    obligations: Sequence[DutySaid]


@dataclass(frozen=True, slots=True)
class SemesterSaid:
    """A term of the school, both days included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PolicySaid:
    """What a school sets, adds and makes stricter; what it adds and tightens binds from a day, or always did."""

    name: str
    zh: str
    en: str
    in_force_from: date | None
    cultivation_basis: str
    written_opinions: bool
    remote_meetings: bool
    semesters: Sequence[SemesterSaid]
    reminders: Mapping[str, Any]
    capabilities: Mapping[str, Sequence[str]]
    rules: Sequence[RuleSaid]
    obligations: Sequence[DutySaid]
    tightenings: Sequence[TighteningSaid]


def plain(value: object) -> Any:
    """A value as a rulebook file would say it."""
    match value:
        case Period():
            return {item.name: n for item in fields(value) if (n := getattr(value, item.name))} or {"days": 0}
        case Ref():
            found = {"where": plain(value.where), "holds": plain(value.holds), "undone_by": plain(value.undone_by)}
            more = {name: one for name, one in found.items() if one}
            return {"fact": value.topic, **more} if more else value.topic
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case tuple() | list() | frozenset():
            return [plain(one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
        case float() if value.is_integer():
            return int(value)
    return value


def inline(value: object) -> str:
    """A plain value on one line, as YAML writes it: what a policy's author would type."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {inline(one)}" for name, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(inline, value)) + "]"
        case bool():
            return "true" if value else "false"
    return str(value)


def rule_said(rule: Rule) -> RuleSaid:
    """Say a rule."""
    return RuleSaid(
        id=rule.id,
        step=rule.step,
        on=rule.on,
        check=rule.check.NAME,
        parameters=parameters(rule.check),
        where=plain(rule.where),
        severity=rule.severity,
        sources=rule.sources,
        confidence=rule.confidence,
        zh=rule.text.zh,
        en=rule.text.en,
        tightened_by=rule.tightened_by,
    )


def parameters(check: Check) -> dict[str, Any]:
    """The parameters of a check that say something; what is left at its default is left out."""
    said = ((item, getattr(check, item.name)) for item in fields(cast("Any", check)) if item.init)
    return {item.name: plain(value) for item, value in said if value != item.default}


def duty_said(duty: Duty) -> DutySaid:
    """Say an obligation."""
    due = {"workdays": duty.due_workdays} if duty.due_workdays else plain(duty.due)
    return DutySaid(
        id=duty.id,
        step=duty.step,
        owed_by=duty.owed_by,
        since=plain(duty.since),
        due={**due, "after": plain(duty.due_from)} if duty.due_from else due,
        until=plain(duty.until),
        ends=plain(duty.ends),
        stages=duty.stages,
        recurs=duty.recurs,
        tells=duty.tells,
        extended_by=duty.extended_by,
        remind=duty.remind,
        remind_workdays=duty.remind_workdays,
        escalate=duty.escalate,
        sources=duty.sources,
        confidence=duty.confidence,
        zh=duty.text.zh,
        en=duty.text.en,
        tightened_by=duty.tightened_by,
    )


def _step(step: Step) -> StepSaid:
    done_by, beside = plain(step.done_by), step.with_
    title, flags = step.title, (step.repeats, step.optional)
    return StepSaid(step.id, step.stage, title.zh, title.en, step.acts, done_by, beside, *flags)


def _move(move: Move) -> MoveSaid:
    return MoveSaid(move.fact, move.from_, move.to, move.closes, move.pending, plain(move.decides))


def edition_said(edition: Edition) -> EditionSaid:
    """Say an edition."""
    return EditionSaid(
        name=edition.name,
        zh=edition.title.zh,
        en=edition.title.en,
        in_force_from=edition.in_force_from,
        capabilities=plain(edition.capabilities),
        stages={name: (text.zh, text.en) for name, text in edition.stages.items()},
        moves=[_move(one) for one in edition.moves.values()],
        steps=[_step(one) for one in edition.steps.values()],
        rules=[rule_said(one) for one in edition.rules],
        obligations=[duty_said(one) for one in edition.duties],
    )


def policy_said(policy: Policy) -> PolicySaid:
    """Say a school's policy."""
    return PolicySaid(
        name=policy.name,
        zh=policy.title.zh,
        en=policy.title.en,
        in_force_from=policy.in_force_from,
        cultivation_basis=policy.cultivation_basis,
        written_opinions=policy.written_opinions,
        remote_meetings=policy.remote_meetings,
        semesters=[SemesterSaid(one.name, one.start, one.end) for one in policy.semesters],
        reminders=_reminders(policy.reminding),
        capabilities=plain(policy.capabilities),
        rules=[rule_said(one) for one in policy.rules],
        obligations=[duty_said(one) for one in policy.duties],
        tightenings=[_tightening(one) for one in policy.tightenings],
    )


def _reminders(how: Reminding) -> dict[str, Any]:
    said = {item.name: getattr(how, item.name) for item in fields(how)}
    quiet = [{"name": one.name, "start": one.start, "end": one.end} for one in how.quiet]
    times = {name: f"{one:%H:%M}" for name, one in said.items() if isinstance(one, time)}
    return {**plain(said), **times, "quiet": quiet}


def _tightening(one: Tightening) -> TighteningSaid:
    was, now = flat(one.was), flat(one.now)
    names = [name for name in was.keys() | now.keys() if was.get(name) != now.get(name)]
    differ = sorted(name for name in names if name not in ("sources", "tightened_by"))
    return TighteningSaid(
        one.edition, one.was.id, {name: was.get(name) for name in differ}, {name: now.get(name) for name in differ}
    )


def flat(entry: Rule | Duty) -> dict[str, Any]:
    """All that is said of a rule or an obligation by name, the parameters of its check among them."""
    said: Any = rule_said(entry) if isinstance(entry, Rule) else duty_said(entry)
    values: dict[str, Any] = {item.name: plain(getattr(said, item.name)) for item in fields(said)}
    own: dict[str, Any] = values.pop("parameters", {})
    return values | own
