"""The audit of a path over a period: what was found, and every decision judged again by what was known then and now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.facts import Fact, Transition
from domain.facts.auditing import HistoryReinterpreted
from domain.judge import judge, weigh
from domain.judgement import Finding
from domain.rulebook import Rulebooks
from domain.state import stated
from registry.shelf import Loaded

Digest = Literal["same", "explained", "other-rules", "differs", "none"]
"""What became of a decision's state digest: made again the same; otherwise, with a recorded explanation; otherwise, but
the decision was made under rulebooks that are not to be had; otherwise, under the very same rulebooks: code has changed
what history means, or history was changed; and none was written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with its evidence: the positions in the log of the fact that breaks the rule and of those it rests on."""

    path_id: UUID
    position: int
    recorded_at: datetime
    finding: Finding
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A decision judged again under the edition of its day.

    `then` are the blocking rules that it breaks by facts and rulebooks known when it was made, `now` by those of today;
    a decision that was asked for and allowed should break none. `agrees` tells that nothing speaks against it: what was
    authorised is what the facts say, and they mean what they meant.
    """

    path_id: UUID
    position: int
    version: int
    topic: str
    title: str
    on: date
    recorded_at: datetime
    recorded_by: str
    mode: str
    edition: str
    stage_before: str
    stage_after: str
    then: tuple[Finding, ...]
    now: tuple[Finding, ...]
    digest: Digest
    agrees: bool


@dataclass(frozen=True, slots=True)
class PathAudit:
    """What an audit says of one path over a period."""

    path_id: UUID
    unit: str
    findings: Sequence[Found]
    decisions: Sequence[Reviewed]


@dataclass(frozen=True, slots=True)
class Books:
    """The rulebooks of today, and those that were ever adopted by their digests."""

    now: Rulebooks
    adopted: Mapping[str, Rulebooks]

    def of(self, decision: Transition) -> Rulebooks:
        """The rulebooks under which a decision was made; today's where those are not to be had."""
        return self.adopted.get(decision.rulebooks_digest or "", self.now)


def audit(books: Books, loaded: Loaded, first: date, last: date, day: date) -> PathAudit:
    """Audit a path: facts that count from `first` to `last` (both included), judged by all that is known on `day`."""
    known = judge(books.now, loaded.facts, day, steps=False)
    findings = [_found(loaded, one) for one in known.findings if first <= one.on <= last]
    within = [fact for fact in loaded.facts if isinstance(fact, Transition) and first <= fact.effective_on <= last]
    decisions = [_reviewed(books, loaded, fact, known.findings) for fact in within]
    return PathAudit(loaded.entries[-1].stream_id, known.home_unit, findings, decisions)


def _found(loaded: Loaded, finding: Finding) -> Found:
    versions = dict.fromkeys((finding.version, *finding.rests_on))
    entry = loaded.entries[finding.version - 1]
    evidence = tuple(loaded.entries[version - 1].position for version in versions if version)
    return Found(entry.stream_id, entry.position, entry.recorded_at, finding, evidence)


def _reviewed(books: Books, loaded: Loaded, fact: Transition, findings: Sequence[Finding]) -> Reviewed:
    version, rulebooks = fact.originator_version, books.of(fact)
    entry, before = loaded.entries[version - 1], loaded.facts[: version - 1]
    then = tuple(_refusing(weigh(rulebooks, before, fact).findings))
    now = tuple(_refusing(one for one in findings if one.version == version))
    digest = digest_of(books, loaded.facts, fact)
    return Reviewed(
        path_id=entry.stream_id,
        position=entry.position,
        version=version,
        topic=fact.TOPIC,
        title=fact.TITLE,
        on=fact.effective_on,
        recorded_at=entry.recorded_at,
        recorded_by=fact.recorded_by,
        mode=fact.mode,
        edition=rulebooks.on(fact.effective_on).name,
        stage_before=judge(rulebooks, before, fact.effective_on, find=False, steps=False).stage,
        stage_after=judge(rulebooks, [*before, fact], fact.effective_on, find=False, steps=False).stage,
        then=then,
        now=now,
        digest=digest,
        agrees=digest != "differs" and not (fact.mode == "authorise" and (then or now)),
    )


def _refusing(findings: Iterator[Finding] | Sequence[Finding]) -> Iterator[Finding]:
    return (one for one in findings if one.severity in ("block", "override"))


def digest_of(books: Books, facts: Sequence[Fact], decision: Fact) -> Digest:
    """Make a decision's state digest again, from the facts and under the rulebooks that were known when it was made."""
    if not isinstance(decision, Transition) or decision.state_digest is None:
        return "none"
    rulebooks = books.of(decision)
    again = stated(rulebooks, facts[: decision.originator_version - 1], decision)
    if again == decision.state_digest:
        return "same"
    explained = (one for one in facts if isinstance(one, HistoryReinterpreted))
    if any((one.decision, one.state) == (decision.originator_version, again) for one in explained):
        return "explained"
    return "differs" if decision.rulebooks_digest == rulebooks.digest else "other-rules"
