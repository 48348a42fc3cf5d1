"""What holds the acts of a plan together: how long one has to come before another, and how late it may come at all.

The judge has given the first days; these links tell how far each act can move. They are read from the checks' own
parameters, and held to the judge's answers by the tests.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.calendar import Period
from domain.checks.days import Earliest, Gap, Margin, Within
from domain.checks.meetings import Notice
from domain.checks.standing import Present, Unbroken
from domain.facts.base import Fact
from domain.judge import judge, weigh
from domain.moments import clock_of, cultivation_basis
from domain.planning.answer import Because, because_of, ordered
from domain.planning.search import Placed, Search
from domain.reading import Anchor, Ref, holds
from domain.rulebook import Edition, Rule

LIMITING = (Within, Margin, Gap, Unbroken)
"""The checks that say how late an act may come."""

STEADY = ("admission-approved", "extension-approved")
"""Acts whose own day does not move probation: it counts from the resolution, and is lengthened from its original end,
whenever that is approved. What counts from the approval itself is linked to it."""

FAR = timedelta(days=40 * 366)
"""Whoever asks so far ahead is told every last day there is."""

Shift = Callable[[date], date]
"""From the last day of one act to the last day of another."""


@dataclass(frozen=True, slots=True)
class Link:
    """The last day of `of` follows from the last day of `by`.

    `ahead`: `of` comes before `by`, and delays it; else it comes after, and must not come too late behind it.
    """

    of: Placed
    by: Placed
    shift: Shift
    because: Because
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """An act may come until a day that no other act of the plan moves."""

    of: Placed
    day: date
    because: Because


@dataclass(frozen=True)
class Links:
    """Reads the links of the acts that a search has placed."""

    search: Search

    @property
    def acts(self) -> Sequence[Placed]:
        """All but those that fall due again and again."""
        return [one for one in self.search.placed if one.duty is None]

    def links(self) -> Iterator[Link]:
        """All links between acts."""
        for act in self.acts:
            behind = act.behind
            if behind is not None and behind in self.search.placed:
                because = ordered(behind.step.id, behind.step.title, act.name) if behind.step else act.because
                yield Link(behind, act, _same, because)
            for rule in self.search.rules_on(act.fact).values():
                if rule.applies(act.fact):
                    yield from self._of_rule(act, rule)
        for need in self.search.needs:
            if need.days and not need.first.want.transition:
                continue  # the stage was entered today: from tomorrow on nothing is upset
            after = (one for one in self.acts if one.want == need.then and (need.days or one.step is need.first.step))
            then = next(after, None)
            if then is not None and need.first.day <= then.day:
                because = replace(because_of(need.finding), waits_for=then.name)
                yield Link(need.first, then, Period(days=need.days).before, because)

    def limits(self) -> Iterator[Limit]:
        """All last days that stand whatever else moves: the judge is asked far ahead for them.

        A last day that rests on another act of the plan moves with it.
        """
        planned = {one.fact.originator_version for one in self.search.placed if one.want.topic not in STEADY}
        for act in self.acts:
            rules = self.search.rules_on(act.fact)
            limiting = {name for name, rule in rules.items() if isinstance(rule.check, LIMITING)}
            limiting -= {name for name in limiting if rules[name].severity == "warn" or self._moves(rules[name], act)}
            if not limiting:
                continue
            for one in weigh(self.search.rulebooks, self._before(act), self._far(act)).findings:
                if one.rule in limiting and one.latest is not None and planned.isdisjoint(one.rests_on):
                    because = of_rule(rules[one.rule], self._edition(act), "")
                    yield Limit(act, one.latest, replace(because, arithmetic=f"≤ {one.latest}"))

    def _moves(self, rule: Rule, act: Placed) -> bool:
        """Whether an act of the plan gives the day from which a rule counts: a link says the same."""
        return isinstance(rule.check, Within) and any(True for _ in self.starts(rule.check.since, act))

    def due(self, act: Placed) -> date | None:
        """The day by which the act is owed, when all before it comes on its first day."""
        edition = self._edition(act)
        duties = self.search.rulebooks.duties_of(edition)
        met = [one for one in duties if act.want.topic in {ref.topic for ref in one.until} and not one.tells]
        if not met:
            return None
        owed = judge(self.search.rulebooks, self._before(act), act.day, find=False, steps=False).obligations
        return min((one.due_on for one in owed if one.id in {duty.id for duty in met}), default=None)

    def _of_rule(self, act: Placed, rule: Rule) -> Iterator[Link]:
        because = of_rule(rule, self._edition(act), act.name)
        match rule.check:
            case Earliest() as check:
                yield from self._waiting(act, check, because)
            case Present() as check:
                for ref in check.facts:
                    for first in self._placed(Ref(ref.topic, {**ref.where, **ref.holds}), act):
                        yield Link(first, act, _same, because)
            case Notice() as check:
                yield from self._notice(act, check, because)
            case Within(field="") as check if rule.severity != "warn":
                for first, length in self.starts(check.since, act):
                    shift = _both(length.after, check.limit.after)
                    yield Link(act, first, shift, replace(because, waits_for=first.name), ahead=False)
            case _:
                pass  # what else a rule asks for is supplied on its finding, and linked by that

    def _waiting(self, act: Placed, check: Earliest, because: Because) -> Iterator[Link]:
        for first, length in self.starts(check.since, act):
            yield Link(first, act, _both(check.limit.before, length.before), because)
        clock = clock_of(check.since)
        if clock and act.because.rule == because.rule:
            for resumed in self._placed(clock.resumed[0], act):
                yield Link(resumed, act, Period(days=(act.day - resumed.day).days).before, because)

    def _notice(self, act: Placed, check: Notice, because: Because) -> Iterator[Link]:
        for opened in self._placed(Ref("public-notice-opened", {"point": check.point}), act):
            for closed in self._placed(Ref("public-notice-closed", {"point": check.point}), act):
                yield Link(opened, closed, self._workdays(check.workdays), replace(because, waits_for=closed.name))

    def _workdays(self, count: int) -> Shift:
        """The last day from which so many working days, counted inclusively, are over by a day."""

        def before(day: date) -> date:
            first = day
            while self.search.rulebooks.workdays.nth(first, count) > day:
                first -= timedelta(days=1)
            return first

        return before

    def starts(self, anchor: Anchor, act: Placed) -> Iterator[tuple[Placed, Period]]:
        """The placed acts that give the day from which something is counted, and how far it lies behind them."""
        named = STARTS.get(anchor) if isinstance(anchor, str) else None
        basis = self.search.rulebooks.policy.cultivation_basis
        for topic, length in named(basis) if named else ((anchor, Period()),):
            for first in self._placed(topic, act):
                yield first, length

    def _placed(self, ref: Ref | str, act: Placed) -> Iterator[Placed]:
        """The placed acts of a kind that come before another, or are it."""
        topic, where = (ref.topic, ref.where) if isinstance(ref, Ref) else (ref, {})
        for one in self.acts:
            if one.want.topic == topic and holds(one.fact, where) and one.day <= act.day:
                yield one

    def _edition(self, act: Placed) -> Edition:
        return self.search.rulebooks.on(act.day)

    def _before(self, act: Placed) -> Sequence[Fact]:
        """What stood when an act was placed."""
        return [fact for fact in self.search.facts if fact.originator_version < act.fact.originator_version]

    def _far(self, act: Placed) -> Fact:
        """The same act so late that every last day is passed, but under the same edition."""
        day = min(act.day + FAR, (self.search.rulebooks.changes_after(act.day) or date.max) - timedelta(days=1))
        return self.search.supposing.fact(act.want, day, self.search.version + 1, self.search.stating(act.fact))


def _same(day: date) -> date:
    return day


def _both(first: Shift, then: Shift) -> Shift:
    return lambda day: then(first(day))


def of_rule(rule: Rule, edition: Edition, waits_for: str) -> Because:
    """A rule as the reason for a day."""
    return Because(
        kind="rule",
        zh=rule.text.zh,
        en=rule.text.en,
        rule=rule.id,
        edition=edition.name,
        sources=rule.sources,
        confidence=rule.confidence,
        waits_for=waits_for,
    )


def _cultivation(basis: str) -> Sequence[tuple[str, Period]]:
    return [(topic, Period()) for topic in cultivation_basis(basis)]


STARTS: Mapping[str, Callable[[str], Sequence[tuple[str, Period]]]] = {
    "cultivation-start": _cultivation,
    "probation-start": lambda _: [("admission-resolution-adopted", Period())],
    "probation-original-end": lambda _: [("admission-resolution-adopted", Period(years=1))],
    "probation-end": lambda _: [("admission-resolution-adopted", Period(years=1))],
    "probation-round": lambda _: [("admission-approved", Period()), ("extension-approved", Period())],
    "without-contact": lambda _: [("activist-determined", Period())],
}
"""Which acts of a plan give a moment, by the basis of the cultivation clock, and how far behind them it lies. A plan never
extends or suspends, so the length is the plain one."""
