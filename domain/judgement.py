"""The words of a judgement: what a set of rulebooks says of a path on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Severity = Literal["block", "override", "finding", "warn"]
"""block: authorising is refused · override: refused unless the superior consents with a reason ·
finding: recorded and found · warn: shown only."""

Confidence = Literal["sure", "one-source", "verify"]
"""How well the source of a rule is known; `verify` is shown with every verdict that rests on it."""


SURENESS: tuple[Confidence, ...] = ("verify", "one-source", "sure")


def least_sure(known: Iterable[Confidence]) -> Confidence:
    """The weakest of several confidences: an answer is as well known as the least known of its rules."""
    return min(known, key=SURENESS.index, default="sure")


@dataclass(slots=True, unsafe_hash=True)
class Finding:
    """A fact that breaks a rule, or would: which rule, from where, by what arithmetic, and what would be well.

    Nobody changes one. It is not frozen because a long path that was recorded late has hundreds, and freezing a field
    costs four times what setting it does.
    """

    rule: str
    step: str
    severity: Severity
    edition: str
    sources: tuple[str, ...]
    confidence: Confidence
    zh: str
    en: str
    arithmetic: str
    topic: str
    version: int
    """Version of the fact in its stream; 0 for a fact that is only proposed."""

    on: date
    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False
    tightened_by: str = ""
    """The school's policy that made the national rule stricter; empty where the rule stands as the edition has it."""

    rests_on: tuple[int, ...] = ()
    """Versions of the facts that the finding rests on, its own among them."""

    start: date | None = None
    """The day that was counted from, where days were counted."""

    why_zh: str = ""
    why_en: str = ""
    """The arithmetic as one sentence."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed on a path: by whom, since when, by which day, under which rule."""

    id: str
    step: str
    owed_by: str
    since: date
    due_on: date
    overdue: bool
    zh: str
    en: str
    edition: str
    sources: tuple[str, ...]
    confidence: Confidence
    remind: tuple[int, ...]
    escalate: tuple[str, ...]
    tells: bool = False
    """It is told and not owed: something may now be done, and nobody is late."""

    tightened_by: str = ""
    provisional: bool = False
    rests_on: tuple[int, ...] = ()
    start: date | None = None
    """The day from which the due day is counted: of the last such fact where it recurs, else of what it follows."""

    why_zh: str = ""
    why_en: str = ""
    remind_workdays: tuple[int, ...] = ()
    """Rungs in working days, beside those of `remind`."""

    begins_on: date | None = None
    """The day from which it is owed this time: of the last such fact where it recurs, else as `since`."""


StepState = Literal["done", "open", "ahead"]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it stands: done on a day, or open with its earliest and latest day, what is missing and who acts."""

    id: str
    stage: str
    zh: str
    en: str
    state: StepState
    acts: str
    facts: tuple[str, ...]
    done_on: date | None = None
    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    provisional: bool = False
    confidence: Confidence = "sure"
    """How well the least known of the rules is known."""

    rests_on: tuple[int, ...] = ()
    """Versions of the facts on which the days and what is missing rest."""

    start: date | None = None
    """The day from which the earliest day is counted, or the latest where there is no earliest."""

    why_zh: str = ""
    why_en: str = ""
    """Why not before, why not after, and what is missing, as one sentence; empty where nothing is in the way."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that a set of rulebooks says of a path on a day. It depends on facts, digest and day, and nothing else."""

    day: date
    version: int
    digest: str
    edition: str
    stage: str
    outcome: str
    home_unit: str
    pending: str
    steps: tuple[StepView, ...]
    findings: tuple[Finding, ...]
    obligations: tuple[Obligation, ...]
    moments: Mapping[str, date] = field(default_factory=dict)
    """The days that follow from the facts: the start of cultivation, start and end of probation, standing."""

    conditions: tuple[str, ...] = ()
    """What stands beside the stage, by the kind of fact that began it: a pause, an open matter, an absence."""

    edition_until: date | None = None
    """The day on which other rules come into force, an edition or the school's policy, where one is known that follows."""

    @property
    def closed(self) -> bool:
        """Tell whether the path has ended."""
        return bool(self.outcome)


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this be done now? `findings` are all rules that the proposed fact breaks; blocking ones refuse it."""

    allowed: bool
    findings: tuple[Finding, ...]
    confidence: Confidence = "sure"
    """How well the least known of the rules that were asked is known, whether they were broken or not."""
