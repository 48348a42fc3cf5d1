"""What a rulebook holds: an edition's stages, moves, steps, rules and obligations, each with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from domain.calendar import Period, Workdays
from domain.checks import Case, Check
from domain.facts.base import KINDS, Fact
from domain.judgement import Confidence, Severity, least_sure
from domain.quiet import Reminding
from domain.reading import Anchor, Reading, Ref, holds
from domain.termrules import Semester, TermRules
from domain.words import Text


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered step of the procedure, taken while the path stands at its stage.

    It is done once a fact of one of the kinds `done_by` stands. Facts of the kinds `with_` belong to it beside.
    """

    id: str
    stage: str
    title: Text
    acts: str
    done_by: tuple[Ref, ...]
    with_: tuple[str, ...] = ()
    repeats: bool = False
    optional: bool = False

    @property
    def topics(self) -> tuple[str, ...]:
        """All kinds of fact that belong to the step, those that complete it first."""
        return tuple(dict.fromkeys((*(ref.topic for ref in self.done_by), *self.with_)))


@dataclass(frozen=True, slots=True)
class Move:
    """Where a transition leads: from one of these stages to another, or to the end of the path.

    One that is `pending` is a resolution that waits for approval; one that `decides` is the answer to such a one.
    """

    fact: str
    from_: tuple[str, ...]
    to: str = ""
    closes: str = ""
    pending: bool = False
    decides: Ref | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the text: on which kinds of fact it is asked, by which check, how grave a breach is, and its source."""

    id: str
    step: str
    on: tuple[str, ...]
    check: Check
    severity: Severity
    sources: tuple[str, ...]
    text: Text
    confidence: Confidence = "sure"
    where: Mapping[str, object] = field(default_factory=dict)
    tightened_by: str = ""
    """The school's policy that made a national rule stricter; it keeps its id and its sources."""

    def applies(self, fact: Fact) -> bool:
        """Tell whether the rule speaks of this very fact and not only of its kind."""
        return not self.where or holds(fact, self.where)


@dataclass(frozen=True, slots=True)
class Duty:
    """What becomes an obligation of a path: owed by a role from `since` on until a fact of `until` stands.

    It is due a length after `since`, or after `due_from` if that is given; `due_workdays` counts working days
    inclusively instead. `extended_by` names a kind of fact whose `until` moves the due day. With `recurs` it is owed
    anew after each fact of `until`, and ends with one of `ends`. One that `tells` is not owed: something may now be
    done, and nobody is late. `remind` are the rungs in days relative to the due day; after the last rung the roles in
    `escalate` are told, one rung each.
    """

    id: str
    step: str
    owed_by: str
    since: Anchor
    due: Period
    until: tuple[Ref, ...]
    stages: tuple[str, ...]
    text: Text
    sources: tuple[str, ...]
    remind: tuple[int, ...] = ()
    remind_workdays: tuple[int, ...] = ()
    escalate: tuple[str, ...] = ()
    recurs: bool = False
    tells: bool = False
    due_from: Anchor | None = None
    due_workdays: int = 0
    extended_by: str = ""
    ends: tuple[Ref, ...] = ()
    confidence: Confidence = "sure"
    tightened_by: str = ""


@dataclass(frozen=True)
class Edition:
    """One edition of the rules."""

    name: str
    title: Text
    in_force_from: date
    capabilities: Mapping[str, frozenset[str]]
    stages: Mapping[str, Text]
    moves: Mapping[str, Move]
    steps: Mapping[str, Step]
    rules: Sequence[Rule]
    duties: Sequence[Duty]
    policy_binds: bool = True
    """Whether the school's policy binds too; not on the days before that is in force."""

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each stage on the way."""
        return {stage: index for index, stage in enumerate(self.stages)}

    @cached_property
    def stages_of(self) -> Mapping[str, frozenset[str]]:
        """The stages to whose steps a kind of evidence belongs; none for what repeats or belongs to no step."""
        found: dict[str, set[str]] = {}
        free = {topic for step in self.steps.values() if step.repeats for topic in step.topics}
        for step in self.steps.values():
            for topic in step.topics:
                found.setdefault(topic, set()).add(step.stage)
        return {
            topic: frozenset(stages) for topic, stages in found.items() if topic not in free and topic not in self.moves
        }


@dataclass(frozen=True, slots=True)
class Tightening:
    """A national rule or obligation as an edition has it, and as the school's policy makes it stricter."""

    edition: str
    was: Rule | Duty
    now: Rule | Duty


NO_POLICY = Text("无校内规定", "No school policy")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a school decides for itself within the national rules: it adds and tightens, and never loosens."""

    name: str = "none"
    title: Text = NO_POLICY
    in_force_from: date | None = None
    """The first day on which what it adds and tightens binds; None where it always did. What it sets has no such day."""

    cultivation_basis: str = "later-of-decision-and-filing"
    written_opinions: bool = False
    """Written opinions of members who cannot come count as votes, where the edition leaves that to the school."""

    remote_meetings: bool = False
    """Members may take part in an assembly from afar, where the edition leaves that to the school."""

    semesters: Sequence[Semester] = ()
    terms: TermRules | None = None
    """What units owe in each term; None where the school keeps none."""

    reminding: Reminding = field(default_factory=Reminding)
    """When the school reminds, and when it leaves people in peace."""

    rules: Sequence[Rule] = ()
    duties: Sequence[Duty] = ()
    tightenings: Sequence[Tightening] = ()
    capabilities: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What is left to a kind of unit, where the school leaves it less than the national editions do."""

    def semester_on(self, day: date) -> Semester | None:
        """The semester in which a day lies; None for a day of the holidays, or of a year that is not told yet."""
        return next((one for one in self.semesters if one.start <= day <= one.end), None)

    def tightened(self, edition: Edition) -> Edition:
        """An edition as it binds this school."""
        now = [one.now for one in self.tightenings if one.edition == edition.name]
        rules = {one.id: one for one in now if isinstance(one, Rule)}
        duties = {one.id: one for one in now if isinstance(one, Duty)}
        return replace(
            edition,
            rules=tuple(rules.get(one.id, one) for one in edition.rules),
            duties=tuple(duties.get(one.id, one) for one in edition.duties),
            capabilities={**edition.capabilities, **self.capabilities},
        )


@dataclass(frozen=True, slots=True)
class StepRules:
    """What all rules together say of a step, laid out once: `checks` are those that set its days and what it needs."""

    step: Step
    topics: tuple[str, ...]
    checks: tuple[Check, ...]
    ids: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: Confidence

    @classmethod
    def of(cls, step: Step, rules: Sequence[Rule]) -> "StepRules":
        """Lay out the rules on the facts that complete a step. One that speaks of some of them only sets no days."""
        return cls(
            step=step,
            topics=step.topics,
            checks=tuple(rule.check for rule in rules if not rule.where),
            ids=tuple(dict.fromkeys(rule.id for rule in rules)),
            sources=tuple(dict.fromkeys(source for rule in rules for source in rule.sources)),
            confidence=least_sure(rule.confidence for rule in rules),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Rulebooks:
    """All editions in force one after another, the school's policy and the calendar; `digest` names this very set."""

    editions: Sequence[Edition]
    policy: Policy
    workdays: Workdays
    digest: str
    before_policy: Sequence[Edition] = ()
    """The editions as they stand without the policy, where that is in force from a day; else none."""

    _by_topic: dict[tuple[str, bool, str], tuple[Rule, ...]] = field(init=False, repr=False, default_factory=dict)
    _by_step: dict[tuple[str, bool], tuple[StepRules, ...]] = field(init=False, repr=False, default_factory=dict)

    def rules_on(self, edition: Edition, topic: str) -> tuple[Rule, ...]:
        """The rules that an edition and the school's policy ask on a kind of fact; `any` is any fact of a path.

        A rule whose check has nothing to say of facts of the kind is left out.
        """
        key = edition.name, edition.policy_binds, topic
        found = self._by_topic.get(key)
        if found is None:
            rules = (*edition.rules, *(self.policy.rules if edition.policy_binds else ()))
            any_too = KINDS[topic].SUBJECT == "path"
            asked = (rule for rule in rules if topic in rule.on or (any_too and "any" in rule.on))
            found = tuple(rule for rule in asked if rule.check.concerns(topic, edition.stages_of))
            self._by_topic[key] = found
        return found

    def duties_of(self, edition: Edition) -> tuple[Duty, ...]:
        """What an edition and the school's policy oblige to."""
        return (*edition.duties, *(self.policy.duties if edition.policy_binds else ()))

    def steps_of(self, edition: Edition) -> tuple[StepRules, ...]:
        """The steps of an edition, each with the rules on the facts that complete it; what any fact is asked is none."""
        key = edition.name, edition.policy_binds
        if key not in self._by_step:
            self._by_step[key] = tuple(
                StepRules.of(
                    step,
                    [rule for ref in step.done_by for rule in self.rules_on(edition, ref.topic) if rule.step != "all"],
                )
                for step in edition.steps.values()
            )
        return self._by_step[key]

    def case(self, edition: Edition, reading: Reading) -> Case:
        """What checks look at: a reading beside what the edition, the calendar and the school's policy say."""
        return Case(
            reading,
            self.workdays,
            edition.capabilities,
            edition.stages,
            edition.stages_of,
            written_opinions=self.policy.written_opinions,
            remote_meetings=self.policy.remote_meetings,
        )

    def on(self, day: date) -> Edition:
        """The edition in force on a day, as it binds this school then; before the first one, the first."""
        first = self.policy.in_force_from
        editions = self.before_policy if self.before_policy and first and day < first else self.editions
        found = editions[0]
        for edition in editions:
            if edition.in_force_from <= day:
                found = edition
        return found

    def changes_after(self, day: date) -> date | None:
        """The next day on which other rules come into force: of an edition, or of the school's policy."""
        policy = [self.policy.in_force_from] if self.policy.in_force_from else []
        return min((one for one in [*(one.in_force_from for one in self.editions), *policy] if one > day), default=None)
