"""The facts on which an answer rests: shown with their place in the log where a judgement names their versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.correcting import as_corrected
from domain.judgement import Finding, Judgement, Obligation, StepView
from registry.desk import Desk
from registry.shelf import Loaded


@dataclass(frozen=True, slots=True)
class Ground:
    """A fact on which an answer rests, by its version on the path and its position in the log.

    `position` is null for a fact that is only proposed. `effective_on` is the day it counts, corrections applied.
    """

    version: int
    position: int | None
    kind: str
    effective_on: date


@dataclass(slots=True)
class FindingShown(Finding):
    """A fact that breaks a rule, or would: which rule, from where, by what arithmetic, and what would be well.

    `why_zh` and `why_en` are the arithmetic as one sentence; `rests_on` are the facts that were counted with.
    """

    rests_on: tuple[Ground, ...] = ()  # type: ignore[assignment]  # shown as facts, where the domain has versions


@dataclass(frozen=True, slots=True)
class StepShown(StepView):
    """A step as it stands: done on a day, or open with its earliest and latest day, what is missing and who acts."""

    rests_on: tuple[Ground, ...] = ()  # type: ignore[assignment]  # as above


@dataclass(frozen=True, slots=True)
class ObligationShown(Obligation):
    """Something owed on a path: by whom, since when, by which day, under which rule."""

    rests_on: tuple[Ground, ...] = ()  # type: ignore[assignment]  # as above


@dataclass(frozen=True, slots=True)
class JudgementShown(Judgement):
    """All that a set of rulebooks says of a path on a day. It depends on facts, digest and day, and nothing else."""

    steps: tuple[StepShown, ...]
    findings: tuple[FindingShown, ...]
    obligations: tuple[ObligationShown, ...]


class Grounds:
    """The facts of one path by version."""

    def __init__(self, loaded: Loaded) -> None:
        """Take a path as it was read; facts read as they were corrected since."""
        positions = {entry.version: entry.position for entry in loaded.entries}
        read = {fact.originator_version: fact for fact in (*loaded.facts, *as_corrected(loaded.facts))}
        self._known = {
            version: Ground(version, positions.get(version), fact.TOPIC, fact.effective_on)
            for version, fact in read.items()
        }

    def judgement(self, one: Judgement) -> JudgementShown:
        """A judgement of the path."""
        shown = {
            "steps": tuple(self.step(step) for step in one.steps),
            "findings": self.findings(one.findings),
            "obligations": tuple(self.obligation(owed) for owed in one.obligations),
        }
        return JudgementShown(**{**_values(one), **shown})

    def findings(self, found: Sequence[Finding]) -> tuple[FindingShown, ...]:
        """Findings about facts of the path, or about one that is proposed."""
        return tuple(self._finding(one) for one in found)

    def _finding(self, one: Finding) -> FindingShown:
        known = {one.version: Ground(one.version, None, one.topic, one.on)} | self._known
        rests_on = tuple(
            known[version] for version in one.rests_on if version in known
        )  # what is supposed stands nowhere
        return FindingShown(**{**_values(one), "rests_on": rests_on})

    def step(self, one: StepView) -> StepShown:
        """A step of the path."""
        return StepShown(**{**_values(one), "rests_on": self.facts(one.rests_on)})

    def obligation(self, one: Obligation) -> ObligationShown:
        """Something owed on the path."""
        return ObligationShown(**{**_values(one), "rests_on": self.facts(one.rests_on)})

    def facts(self, versions: Sequence[int]) -> tuple[Ground, ...]:
        """The facts of these versions."""
        return tuple(self._known[version] for version in versions)


def _values(one: Any) -> Mapping[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


async def grounded(desk: Desk, path_id: UUID, found: Sequence[Finding]) -> tuple[FindingShown, ...]:
    """Findings with the facts they rest on; the path is read only where there are any."""
    return Grounds(await desk.load(path_id)).findings(found) if found else ()
