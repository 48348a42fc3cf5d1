"""The words of a plan: what could happen when, what binds it, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from domain.judgement import Confidence, Finding
from domain.words import Text

Kind = Literal["today", "rule", "with", "order", "assumed", "by"]
"""Why an act comes no earlier, or no later: it cannot have happened yesterday · a rule · a rule lets it count only on the
day of another act · the step before it · it was assumed on that day · the end would come too late."""


@dataclass(frozen=True, slots=True)
class Because:
    """What binds an act to a day. `days` is how many days the rule itself keeps it waiting.

    `rule` is the rule's id. `waits_for` names the act that it waits for, or that waits for it. The
    arithmetic is that of the day before, on which the judge would not have allowed it.
    """

    kind: Kind
    zh: str
    en: str
    rule: str = ""
    edition: str = ""
    sources: tuple[str, ...] = ()
    confidence: Confidence = "sure"
    arithmetic: str = ""
    why_zh: str = ""
    why_en: str = ""
    waits_for: str = ""
    days: int = 0


TODAY = Because("today", "不能早于今天", "It cannot happen before today")
ASSUMED = Because("assumed", "按假设的日期", "It is assumed on this day")
PASSED = Because("by", "期限已过，任何一天都来不及", "The day by which the end is wanted has passed already")
IN_TIME = Because("by", "更晚就赶不上期限", "Later than that, the end would come after the day it is wanted by")


def ordered(step: str, title: Text, name: str) -> Because:
    """The steps are taken in the order of the procedure."""
    zh, en = f"在{step}“{title.zh}”之后", f"It follows step {step}, {title.en}"
    return Because("order", zh, en, sources=("FC",), waits_for=name)


def together(one: Finding, with_: str) -> Because:
    """An act that only counts on the very day of another."""
    return replace(because_of(one), kind="with", waits_for=with_)


def because_of(one: Finding) -> Because:
    """What a finding says, as a reason for a day."""
    return Because(
        kind="rule",
        zh=one.zh,
        en=one.en,
        rule=one.rule,
        edition=one.edition,
        sources=one.sources,
        confidence=one.confidence,
        arithmetic=one.arithmetic,
        why_zh=one.why_zh,
        why_en=one.why_en,
        waits_for=one.missing[0] if one.missing else "",
    )


@dataclass(frozen=True, slots=True)
class Act:
    """One fact that has to come: the first day on which it would be allowed, and the last on which all still fits.

    `latest` is None where nothing limits it; it is found under the rules of `edition`, and where another edition is in
    force by then (`latest_edition`), that one may ask for more. `due_on` is the day by which it is owed, when all before it
    comes on its first day; being late for that alone keeps nobody from the end. An act is `critical` when a day's delay delays the end. With `exception` it
    is a favour that nobody can count on; with `assumed` its day was given. `findings` would be found all the same.
    """

    name: str
    topic: str
    zh: str
    en: str
    step: str
    acts: str
    by_unit: str
    edition: str
    transition: bool
    earliest: date
    because: Because
    latest: date | None
    latest_edition: str
    latest_because: Because | None
    slack_days: int | None
    due_on: date | None
    critical: bool
    provisional: bool
    exception: bool
    assumed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Recurring:
    """What is owed again and again while the path goes this way: the days by which, under which obligation."""

    duty: str
    topic: str
    step: str
    zh: str
    en: str
    owed_by: str
    edition: str
    sources: tuple[str, ...]
    due_on: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """A stage ahead, or the end of the path: the first day on which it can be reached; None if it cannot."""

    stage: str
    zh: str
    en: str
    earliest: date | None
    in_time: bool | None
    """Whether that is by the day asked for; None where no day was."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What could become of a path from a day on. It depends on facts, digest, day and assumptions, and nothing else.

    `end` is the first day on which the path can be complete. `feasible` says whether that is by the day `by`, without
    favours; None where no such day is known. `obstacles` are the rules that make it impossible, or late: `late_days`.
    """

    day: date
    version: int
    digest: str
    edition: str
    stage: str
    outcome: str
    by: date | None
    by_from: Literal["asked", "leaves", ""]
    end: date | None
    feasible: bool | None
    late_days: int
    provisional: bool
    goals: Sequence[Goal]
    acts: Sequence[Act]
    recurring: Sequence[Recurring]
    obstacles: Sequence[Because]
    unreached: Sequence[str]
    """Steps that cannot be taken at all, as things stand."""
