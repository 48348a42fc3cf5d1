"""How two judgements of one path differ, item by item."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.judgement import Finding, Judgement, Obligation, StepView

What = Literal["edition", "stage", "outcome", "home", "pending", "moment", "step", "finding", "obligation"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that two judgements say otherwise: which (`name`), and its value in each; empty where it is not there."""

    what: What
    name: str
    before: str
    after: str


def differences(before: Judgement | None, after: Judgement) -> Iterator[Difference]:
    """What a judgement says otherwise than another of the same path; all that it says, where there is no other."""
    old, new = _items(before) if before else {}, _items(after)
    for what, name in dict.fromkeys((*new, *old)):
        one, other = old.get((what, name), ""), new.get((what, name), "")
        if one != other:
            yield Difference(what, name, one, other)


def _items(known: Judgement) -> Mapping[tuple[What, str], str]:
    """Everything that a judgement says, each item under the name by which it is found in another."""
    items: dict[tuple[What, str], str] = {
        ("edition", ""): known.edition,
        ("stage", ""): known.stage,
        ("outcome", ""): known.outcome,
        ("home", ""): known.home_unit,
        ("pending", ""): known.pending,
    }
    items |= {("moment", name): day.isoformat() for name, day in known.moments.items()}
    items |= {("step", step.id): _step(step) for step in known.steps}
    items |= {("obligation", one.id): _obligation(one) for one in known.obligations}
    for found in known.findings:
        items["finding", f"{found.rule} v{found.version}"] = _finding(found)
    return items


def _step(step: StepView) -> str:
    days = (f"{word} {day}" for word, day in (("from", step.earliest), ("until", step.latest)) if day)
    missing = (f"missing {', '.join(step.missing)}",) if step.missing else ()
    return "; ".join((f"{step.state} {step.done_on or ''}".strip(), *days, *missing))


def _obligation(one: Obligation) -> str:
    return f"due {one.due_on}, by {one.owed_by}{', overdue' if one.overdue else ''}"


def _finding(found: Finding) -> str:
    return f"{found.severity}: {found.topic} {found.on}: {found.arithmetic}"
