"""Given–when–then for paths: facts are told in a line each, asked about, and answered by a verdict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.calendar import moment_on
from domain.facts import KINDS, Fact, Opening
from domain.judge import judge, weigh
from domain.judgement import Finding, Judgement, Verdict
from domain.rulebook import Rulebooks
from domain.rulefile import read_rulebooks
from domain.story import Story, Told, read_story
from registry.shape import fit

RULEBOOKS = Path(__file__).parents[2] / "rulebooks"
PATH = UUID("00000000-0000-5000-8000-000000000001")
BOTH = ("cpc-2014.yaml", "cpc-2026.yaml")
COURSE = "course"


@cache
def rulebooks(*editions: str, policy: bool = True) -> Rulebooks:
    """Read the rulebooks of the project; with one edition only, it is in force on every day."""
    texts = {name: (RULEBOOKS / name).read_text(encoding="utf-8") for name in editions or BOTH}
    school = "policy-sample.yaml", (RULEBOOKS / "policy-sample.yaml").read_text(encoding="utf-8")
    days = "workdays.yaml", (RULEBOOKS / "workdays.yaml").read_text(encoding="utf-8")
    return read_rulebooks(texts, school if policy else None, days)


@cache
def story(name: str) -> Story:
    """Read a story of the examples."""
    path = RULEBOOKS / "examples" / f"{name}.yaml"
    return read_story(path.name, path.read_text(encoding="utf-8"))


def told(topic: str, day: str | date, by: str | None = "branch", **says: Any) -> Told:
    """Tell one fact."""
    return Told(date.fromisoformat(day) if isinstance(day, str) else day, topic, by, says)


def course(upto: str = "", *, without: Iterable[str] = (), name: str = COURSE) -> list[Told]:
    """The facts of a story before the first of a kind, some kinds left out."""
    facts: list[Told] = []
    for one in story(name).facts:
        if one.topic == upto:
            break
        facts.append(one)
    return [one for one in facts if one.topic not in set(without)]


def made(one: Told, version: int, units: Mapping[str, Mapping[str, Any]], recorded_at: datetime | None = None) -> Fact:
    """Make the fact that is told, recorded in the evening of its day unless another moment is given."""
    kind = KINDS[one.topic]
    says: dict[str, Any] = {**fit(one.topic, {"effective_on": one.day, "by_unit": one.by_unit, **one.says})}
    if issubclass(kind, Opening):
        says |= {"originator_topic": kind.SUBJECT, "person_id": PATH}
    unit = units.get(one.by_unit or "", {})
    make: Callable[..., Fact] = kind
    return make(
        originator_id=PATH,
        originator_version=version,
        timestamp=recorded_at or moment_on(one.day, time(18, 0)),
        recorded_by="clerk",
        capacity="branch-secretary",
        by_kind=unit.get("unit_kind"),
        by_authority=bool(unit.get("approves")),
        by_committee=unit.get("has_committee"),
        **says,
    )


def facts_of(lines: Sequence[Told], name: str = COURSE) -> list[Fact]:
    """Make all facts, in the order in which they are told."""
    units = {str(unit["unit_id"]): unit for unit in story(name).units}
    return [made(one, version, units) for version, one in enumerate(lines, 1)]


@dataclass(frozen=True)
class Asked:
    """A question about a path, with its answer."""

    verdict: Verdict
    before: Sequence[Fact]
    proposed: Fact
    books: Rulebooks

    def then_allowed(self, *findings: str) -> "Asked":
        """It may be done, with these findings and no others."""
        assert self.verdict.allowed, self.verdict.findings
        assert {one.rule for one in self.verdict.findings} == set(findings)
        return self

    def then_refused(self, *rules: str) -> "Asked":
        """It may not be done, for these reasons and no others."""
        assert not self.verdict.allowed
        assert {one.rule for one in self.verdict.findings} == set(rules), self.verdict.findings
        return self

    def finding(self, rule: str) -> Finding:
        """What one rule says."""
        return next(one for one in self.verdict.findings if one.rule == rule)

    def recorded(self, day: str = "") -> Judgement:
        """How the path reads, once it is recorded all the same."""
        on = date.fromisoformat(day) if day else self.proposed.effective_on
        return judge(self.books, [*self.before, self.proposed], on)


@dataclass(frozen=True)
class Given:
    """A path as it stands."""

    books: Rulebooks
    facts: Sequence[Fact]
    name: str = COURSE

    def when(self, topic: str, day: str, by: str | None = "branch", *, late_days: int = 0, **says: Any) -> Asked:
        """Ask whether a fact may be recorded, so many days late."""
        units = {str(unit["unit_id"]): unit for unit in story(self.name).units}
        one = told(topic, day, by, **says)
        moment = moment_on(one.day + timedelta(days=late_days), time(18, 0)).astimezone(UTC)
        fact = made(one, len(self.facts) + 1, units, moment)
        return Asked(weigh(self.books, self.facts, fact), self.facts, fact, self.books)

    def on(self, day: str) -> Judgement:
        """Judge the path on a day."""
        return judge(self.books, self.facts, date.fromisoformat(day))


def given(books: Rulebooks, *lines: Told | Sequence[Told], name: str = COURSE) -> Given:
    """Begin with a path of which these facts are known."""
    flat: list[Told] = []
    for line in lines:
        flat.extend([line] if isinstance(line, Told) else line)
    return Given(books, facts_of(flat, name), name)
