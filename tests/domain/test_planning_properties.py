"""Plan and judge agree: whatever stands on a path, every day that a plan gives is the one that the judge would give."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.facts.base import Fact, Transition
from domain.judge import judge, weigh
from domain.planning import Act, Plan, Refused, plan
from domain.planning.search import Placed
from domain.planning.walking import Walk, walk
from domain.rulebook import Rulebooks
from tests.domain.given import facts_of, rulebooks, story

A_DAY = timedelta(days=1)
REFUSING = ("block", "override")
PATHS = {name: facts_of(story(name).facts, name) for name in ("lin-xiaoyu", "course")}
EDITIONS = ("cpc-2014.yaml", "cpc-2026.yaml")


def moved(fact: Fact, **values: object) -> Fact:
    """The same fact with other values."""
    changed: Callable[..., Fact] = replace
    return changed(fact, **values)


@dataclass(frozen=True)
class Standing:
    """A path as it stands so many days after its last fact, some of its evidence never told, under some rules.

    With one edition named, it is in force on every day.
    """

    name: str
    known: int
    dropped: frozenset[int]
    waited: int
    edition: str
    policy: bool

    @property
    def books(self) -> Rulebooks:
        """The rules."""
        return rulebooks(*([self.edition] if self.edition else []), policy=self.policy)

    @property
    def facts(self) -> Sequence[Fact]:
        """What was told."""
        known = enumerate(PATHS[self.name][: self.known])
        told = [one for n, one in known if n not in self.dropped or isinstance(one, Transition)]
        return [replace(one, originator_version=n) for n, one in enumerate(told, 1)]

    @property
    def day(self) -> date:
        """The day on which one stands."""
        return self.facts[-1].effective_on + timedelta(days=self.waited)


def standing(*editions: str) -> st.SearchStrategy[Standing]:
    """Paths as they may stand."""
    return st.sampled_from(sorted(PATHS)).flatmap(
        lambda name: st.builds(
            Standing,
            st.just(name),
            st.integers(1, len(PATHS[name])),
            st.frozensets(st.integers(1, len(PATHS[name]) - 1), max_size=4),
            st.integers(0, 200),
            st.sampled_from(editions),
            st.booleans(),
        )
    )


def last_day(found: Walk) -> date:
    """The last day on which anything is planned."""
    return max((one.effective_on for one in found.search.facts), default=found.search.day)


def before(found: Walk, placed: Placed) -> list[Fact]:
    """What stands when an act is placed."""
    return [one for one in found.search.facts if one.originator_version < placed.fact.originator_version]


def broken(books: Rulebooks, facts: Sequence[Fact], day: date) -> set[tuple[str, str]]:
    """The rules that facts break, each with the kind of fact that breaks it."""
    return {(one.rule, one.topic) for one in judge(books, facts, day, steps=False).findings}


@settings(max_examples=80)
@whenever(standing("", *EDITIONS))
def test_first_day_is_allowed_and_the_day_before_is_not(path: Standing) -> None:
    """Every act is allowed on its day; a day earlier, the rule that is named finds fault, with it or with what rests on it."""
    books, day = path.books, path.day
    found = walk(books, path.facts, day, assumed={}, line=())
    for one in found.search.placed:
        if one.duty:
            continue
        assert one.day >= day
        verdict = weigh(books, before(found, one), one.fact)
        assert not [finding for finding in verdict.findings if finding.severity in REFUSING], one.name
        if one.because.kind in ("rule", "with"):
            early = moved(one.fact, effective_on=one.day - A_DAY)
            shifted = [early if fact is one.fact else fact for fact in found.search.facts]
            rules = {rule for rule, _ in broken(books, shifted, last_day(found))}
            assert one.because.rule in rules, (one.name, one.day, one.because)


@settings(max_examples=60)
@whenever(standing("", *EDITIONS))
def test_plan_judged_as_a_whole_breaks_only_what_it_says(path: Standing) -> None:
    """Once all planned facts stand, nothing is refused, and nothing is found that the plan did not tell."""
    books, day = path.books, path.day
    found = walk(books, path.facts, day, assumed={}, line=())
    versions = {one.fact.originator_version for one in found.search.placed if one.duty is None}
    told = {(finding.rule, one.want.topic) for one in found.search.placed for finding in one.findings}
    for finding in judge(books, found.search.facts, last_day(found), steps=False).findings:
        if finding.version in versions and not (finding.provisional and finding.severity == "warn"):
            assert finding.severity not in REFUSING
            assert (finding.rule, finding.topic) in told


def faults(planned: Plan) -> set[tuple[str, str]]:
    """What a plan would be found to break, warnings aside."""
    return {(one.rule, act.name) for act in planned.acts for one in act.findings if one.severity != "warn"}


def fits(books: Rulebooks, facts: Sequence[Fact], planned: Plan, act: Act, day: date) -> bool:
    """Whether the path still ends in time, without new faults, when an act happens on a day."""
    assert planned.by
    if day < planned.day:
        return False
    try:
        other = plan(books, facts, planned.day, by=planned.by, assumed={act.name: day})
    except Refused:
        return False
    new = faults(other) - faults(planned)
    favours = sum(one.exception for one in other.acts) > sum(one.exception for one in planned.acts)
    return other.end is not None and other.end <= planned.by and day <= planned.by and not new and not favours


@settings(max_examples=25)
@whenever(standing(*EDITIONS), st.integers(0, 400), st.data())
def test_last_day_still_reaches_the_end_and_the_next_does_not(path: Standing, spare: int, data: st.DataObject) -> None:
    """An act moved to its last day lets the path end in time; a day later it ends too late, or a rule is broken."""
    books, facts, day = path.books, path.facts, path.day
    first = plan(books, facts, day)
    if first.end is None:
        return
    planned = plan(books, facts, day, by=first.end + timedelta(days=spare))
    names = [one.name for one in planned.acts]
    bound = [
        one
        for one in planned.acts
        if one.latest and one.latest >= one.earliest and one.latest_because
        if names.count(one.name) == 1 and not one.exception and one.step
    ]
    if bound:
        act = bound[data.draw(st.integers(0, len(bound) - 1))]
        assert act.latest
        assert fits(books, facts, planned, act, act.latest), (act.name, act.latest, act.latest_because)
        assert not fits(books, facts, planned, act, act.latest + A_DAY), (act.name, act.latest, act.latest_because)
