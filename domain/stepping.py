"""The numbered steps as they stand on a path: done, open between which days and for want of what, or ahead."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from domain.checks import Case, Window
from domain.checks.wording import sentence
from domain.judgement import Obligation, StepState, StepView, least_sure
from domain.reading import Reading, versions
from domain.rulebook import Edition, Rule, Rulebooks, Step


def step_views(
    rulebooks: Rulebooks, edition: Edition, reading: Reading, owed: Sequence[Obligation]
) -> Iterator[StepView]:
    """All steps of an edition as the path stands."""
    case = rulebooks.case(edition, reading)
    at = edition.order.get(reading.stage, -1)
    for step in edition.steps.values():
        days = [fact.effective_on for ref in step.done_by if (fact := reading.standing(ref))]
        done = max(days, default=None)
        state = _state(step, edition.order[step.stage] - at, done, closed=bool(reading.outcome))
        rules = [rule for ref in step.done_by for rule in rulebooks.rules_on(edition, ref.topic) if rule.step != "all"]
        yield _view(step, state, rules, case, done=done, owed=owed)


def _state(step: Step, distance: int, done: date | None, *, closed: bool) -> StepState:
    """`distance` is how many stages ahead of the path the step lies; behind it, it is negative."""
    if closed or distance > 0:
        return "done" if done else "ahead"
    if done and not (step.repeats and distance == 0):
        return "done"
    return "ahead" if step.optional and distance < 0 else "open"


def _view(
    step: Step, state: StepState, rules: Sequence[Rule], case: Case, *, done: date | None, owed: Sequence[Obligation]
) -> StepView:
    duties = [one for one in owed if one.step == step.id and not one.tells] if state == "open" else []
    # A rule that speaks of some such facts only (`where`) says nothing of the step.
    windows = [rule.check.window(case) for rule in rules if not rule.where] if state == "open" else []
    earliest = max((one.earliest for one in windows if one.earliest), default=None)
    days = [one.latest for one in windows if one.latest] + [one.due_on for one in duties]
    latest = min(days, default=None)
    telling = _telling(windows, duties, earliest, latest)
    return StepView(
        id=step.id,
        stage=step.stage,
        zh=step.title.zh,
        en=step.title.en,
        state=state,
        acts=step.acts,
        facts=step.topics,
        done_on=done,
        earliest=earliest,
        latest=latest,
        missing=tuple(dict.fromkeys(name for one in windows for name in one.missing)),
        rules=tuple(dict.fromkeys(rule.id for rule in rules)),
        sources=tuple(dict.fromkeys(source for rule in rules for source in rule.sources)),
        provisional=any(one.provisional for one in windows) or any(one.provisional for one in duties),
        confidence=least_sure(rule.confidence for rule in rules),
        rests_on=tuple(sorted({version for one in telling for version in one.rests_on})),
        start=next((one.start for one in telling if one.start), None),
        why_zh="；".join(dict.fromkeys(one.zh for one in telling)) + "。" if telling else "",
        why_en=sentence("; ".join(dict.fromkeys(one.en for one in telling))) if telling else "",
    )


class _Told(NamedTuple):
    """Why a step may not come before a day, or not after one, or not yet."""

    rests_on: tuple[int, ...]
    start: date | None
    zh: str
    en: str


def _telling(
    windows: Sequence[Window], duties: Sequence[Obligation], earliest: date | None, latest: date | None
) -> list[_Told]:
    """What decides: the windows that give the earliest day, those that give the latest, and what is missing."""
    deciding = [one for one in windows if earliest and one.earliest == earliest]
    deciding += [one for one in windows if latest and one.latest == latest]
    deciding += [one for one in windows if one.missing]
    found = [_Told(versions(one.rests_on), one.start, one.why.zh, one.why.en) for one in deciding if one.why]
    # What is owed by the latest day is the same sentence again where a rule says so already.
    if latest and not any(one.latest == latest for one in windows):
        due = [one for one in duties if one.due_on == latest]
        found += [
            _Told(one.rests_on, one.start, one.why_zh.removesuffix("。"), one.why_en.removesuffix(".")) for one in due
        ]
    return found
