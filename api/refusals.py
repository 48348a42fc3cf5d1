"""From the findings of a refused fact to the problem that helps most."""

from collections.abc import Sequence

from api.grounds import FindingShown
from api.problems import MissingEvidence, OutOfStage, PathClosed, RuleBroken, StepTooEarly


def refusal(findings: Sequence[FindingShown], path: str) -> RuleBroken:
    """Turn the findings of a refused fact into the problem that helps most: too early, something missing, or else."""
    blocking = [one for one in findings if one.severity in ("block", "override")]
    kind: type[RuleBroken] = RuleBroken
    first = blocking[0]
    for rule, special in (("CLOSED", PathClosed), ("STAGE", OutOfStage)):
        found = next((one for one in blocking if one.rule == rule), None)
        if found:
            return _refusal(special, found, blocking, findings, path)
    early = [one for one in blocking if one.earliest and one.earliest > one.on]
    lacking = [one for one in blocking if one.missing]
    if early:
        kind, first = StepTooEarly, max(early, key=lambda one: one.earliest or one.on)
    elif lacking:
        kind, first = MissingEvidence, lacking[0]
    return _refusal(kind, first, blocking, findings, path)


def _refusal(
    kind: type[RuleBroken],
    first: FindingShown,
    blocking: Sequence[FindingShown],
    findings: Sequence[FindingShown],
    path: str,
) -> RuleBroken:
    return kind(
        detail=f"{first.en} ({first.arithmetic})" if first.arithmetic else first.en,
        rule=first.rule,
        edition=first.edition,
        sources=first.sources,
        confidence=first.confidence,
        arithmetic=first.arithmetic,
        zh=first.zh,
        en=first.en,
        why_zh=first.why_zh,
        why_en=first.why_en,
        rests_on=first.rests_on,
        start=first.start,
        earliest=max((one.earliest for one in blocking if one.earliest), default=None),
        latest=first.latest,
        missing=tuple(dict.fromkeys(name for one in blocking for name in one.missing)),
        provisional=first.provisional,
        findings=findings,
        help=f"{path}/next",
        headers={"Link": f'<{path}/next>; rel="help"'},
    )
