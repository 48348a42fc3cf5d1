"""The numbered steps as they stand on a path: done, open between which days and for want of what, or ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from domain.checks import Case, Window
from domain.checks.wording import absent, sentence
from domain.judgement import Obligation, StepState, StepView
from domain.reading import Reading, versions
from domain.rulebook import Edition, Rulebooks, Step, StepRules


def step_views(
    rulebooks: Rulebooks, edition: Edition, reading: Reading, owed: Sequence[Obligation]
) -> Iterator[StepView]:
    """All steps of an edition as the path stands."""
    case = rulebooks.case(edition, reading)
    at = edition.order.get(reading.stage, -1)
    for rules in rulebooks.steps_of(edition):
        step = rules.step
        done = max((fact.effective_on for ref in step.done_by if (fact := reading.standing(ref))), default=None)
        state = _state(step, edition.order[step.stage] - at, done, closed=bool(reading.outcome))
        if state == "open":
            yield _open(rules, case, done, owed, _awaited(edition, step, reading))
        else:
            yield _view(rules, state, done)


def _awaited(edition: Edition, step: Step, reading: Reading) -> str:
    """The resolution that an approval would answer, where none waits; one that was answered sets no day any more."""
    moves = (edition.moves.get(ref.topic) for ref in step.done_by)
    awaited = next((move.decides.topic for move in moves if move and move.decides), "")
    return "" if reading.pending else awaited


def _state(step: Step, distance: int, done: date | None, *, closed: bool) -> StepState:
    """`distance` is how many stages ahead of the path the step lies; behind it, it is negative."""
    if closed or distance > 0:
        return "done" if done else "ahead"
    if done and not (step.repeats and distance == 0):
        return "done"
    return "ahead" if step.optional and distance < 0 else "open"


def _view(rules: StepRules, state: StepState, done: date | None, **more: Any) -> StepView:
    step = rules.step
    return StepView(
        id=step.id,
        stage=step.stage,
        zh=step.title.zh,
        en=step.title.en,
        state=state,
        acts=step.acts,
        facts=rules.topics,
        done_on=done,
        rules=rules.ids,
        sources=rules.sources,
        confidence=rules.confidence,
        **more,
    )


def _open(rules: StepRules, case: Case, done: date | None, owed: Sequence[Obligation], awaited: str) -> StepView:
    """What all rules together say: the latest of the earliest days, the earliest of the latest, all that is missing."""
    windows = [check.window(case) for check in rules.checks]
    if awaited:
        windows = [replace(one, latest=None) for one in windows]
        windows.append(Window(missing=(awaited,), why=absent((awaited,))))
    duties = [one for one in owed if one.step == rules.step.id and not one.tells]
    earliest = max((one.earliest for one in windows if one.earliest), default=None)
    latest = min([*(one.latest for one in windows if one.latest), *(one.due_on for one in duties)], default=None)
    telling = _telling(windows, duties, earliest, latest)
    return _view(
        rules,
        "open",
        done,
        earliest=earliest,
        latest=latest,
        missing=tuple(dict.fromkeys(name for one in windows for name in one.missing)),
        provisional=any(one.provisional for one in windows) or any(one.provisional for one in duties),
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
