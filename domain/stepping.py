"""The numbered steps as they stand on a path: done, open between which days and for want of what, or ahead."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.checks import Case, Window
from domain.judgement import Obligation, StepState, StepView
from domain.reading import Reading
from domain.rulebook import Edition, Rule, Rulebooks, Step


def step_views(
    rulebooks: Rulebooks, edition: Edition, reading: Reading, owed: Sequence[Obligation]
) -> Iterator[StepView]:
    """All steps of an edition as the path stands."""
    case = Case(reading, rulebooks.workdays, edition.capabilities, edition.stages_of)
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
    window = _window(rules, case) if state == "open" else Window()
    due = [one.due_on for one in owed if one.step == step.id and not one.tells] if state == "open" else []
    return StepView(
        id=step.id,
        stage=step.stage,
        zh=step.title.zh,
        en=step.title.en,
        state=state,
        acts=step.acts,
        facts=step.topics,
        done_on=done,
        earliest=window.earliest,
        latest=min((day for day in (window.latest, *due) if day), default=None),
        missing=window.missing,
        rules=tuple(dict.fromkeys(rule.id for rule in rules)),
        sources=tuple(dict.fromkeys(source for rule in rules for source in rule.sources)),
        provisional=window.provisional,
    )


def _window(rules: Sequence[Rule], case: Case) -> Window:
    """What all rules together say: the latest of the earliest days, the earliest of the latest, all that is missing.

    A rule that speaks of some such facts only (`where`) says nothing of the step.
    """
    windows = [rule.check.window(case) for rule in rules if not rule.where]
    return Window(
        earliest=max((one.earliest for one in windows if one.earliest), default=None),
        latest=min((one.latest for one in windows if one.latest), default=None),
        missing=tuple(dict.fromkeys(name for one in windows for name in one.missing)),
        provisional=any(one.provisional for one in windows),
    )
