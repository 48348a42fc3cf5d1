"""What a rulebook holds: an edition's stages, moves, steps, rules and obligations, each with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.calendar import Period, Workdays
from domain.checks import Check
from domain.facts.base import Fact
from domain.judgement import Confidence, Severity
from domain.reading import Ref


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages of the console."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered step of the procedure. It is done once a fact of one of the kinds `done_by` stands."""

    id: str
    stage: str
    title: Text
    acts: str
    done_by: tuple[Ref, ...]
    repeats: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Where a transition leads: from one of these stages to another, or to the end of the path."""

    fact: str
    from_: tuple[str, ...]
    to: str = ""
    closes: str = ""


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

    def applies(self, fact: Fact) -> bool:
        """Tell whether the rule speaks of this very fact and not only of its kind."""
        return all(getattr(fact, name, None) == value for name, value in self.where.items())


@dataclass(frozen=True, slots=True)
class Duty:
    """What becomes an obligation of a path: owed by a role from an anchor on until a fact discharges it.

    With `recurs` it is owed anew after each discharge. What discharges it counts from `counts_from` on, or else from
    `since`. `remind` are the rungs in days relative to the due day; after
    the last rung the roles in `escalate` are told, one rung each.
    """

    id: str
    step: str
    owed_by: str
    since: Ref | str
    due: Period
    until: tuple[Ref, ...]
    stages: tuple[str, ...]
    text: Text
    sources: tuple[str, ...]
    remind: tuple[int, ...]
    escalate: tuple[str, ...] = ()
    recurs: bool = False
    counts_from: Ref | str | None = None
    confidence: Confidence = "sure"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the rules, or a school's additions to it."""

    name: str
    title: Text
    in_force_from: date
    capabilities: Mapping[str, frozenset[str]]
    stages: Mapping[str, Text]
    moves: Mapping[str, Move]
    steps: Mapping[str, Step]
    rules: Sequence[Rule]
    duties: Sequence[Duty]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a school decides for itself within the national rules."""

    name: str = "none"
    title: Text = Text("无校内规定", "No school policy")
    cultivation_basis: str = "later-of-decision-and-filing"
    rules: Sequence[Rule] = ()
    duties: Sequence[Duty] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rulebooks:
    """All editions in force one after another, the school's policy and the calendar; `digest` names this very set."""

    editions: Sequence[Edition]
    policy: Policy
    workdays: Workdays
    digest: str
    _by_topic: dict[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, default_factory=dict)

    def rules_on(self, edition: Edition, topic: str) -> tuple[Rule, ...]:
        """The rules that an edition and the school's policy ask on a kind of fact."""
        key = (edition.name, topic)
        if key not in self._by_topic:
            rules = (*edition.rules, *self.policy.rules)
            self._by_topic[key] = tuple(rule for rule in rules if topic in rule.on or "any" in rule.on)
        return self._by_topic[key]

    def on(self, day: date) -> Edition:
        """The edition in force on a day; before the first one, the first."""
        found = self.editions[0]
        for edition in self.editions:
            if edition.in_force_from <= day:
                found = edition
        return found
