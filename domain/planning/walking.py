"""Walks the remaining steps in the order of the edition, and looks anew where an act would come too late after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from domain.calendar import Period
from domain.checks.days import Within
from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.judge import judge
from domain.judgement import Judgement
from domain.moments import CLOCKS
from domain.planning.answer import TODAY, Because, because_of, ordered
from domain.planning.links import Links
from domain.planning.search import Blocked, Placed, Search, Slot
from domain.planning.supposing import Supposing, Want
from domain.reading import Ref, holds, in_order
from domain.rulebook import Edition, Rulebooks, Step
from domain.units import UnitState

MOST_MOVED = 10
"""How many acts may be put off because another would come too late after them, before the plan stands as it is."""

Assumed = Mapping[str, date]
"""Acts that are taken to happen on certain days, by the names that judgements use for what is missing."""


@dataclass(slots=True)
class Walk:
    """The steps that remain, taken one after another."""

    rulebooks: Rulebooks
    search: Search
    known: Judgement
    upto: date | None = None
    """Nothing is looked for behind this day."""

    reached: dict[str, Placed] = field(default_factory=dict)
    """The decisions that lead to each stage."""

    behind: Placed | None = None
    obstacles: list[Because] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    def go(self) -> None:
        """Take all steps, until one cannot be taken. Raises Refused."""
        if self.known.outcome:
            return
        steps: list[Step] = []
        try:
            self._go_on()
            self._answer()
            steps = [step for step in self._edition.steps.values() if self._remains(step)]
            while steps and not self._over():
                self._take(steps[0])
                steps.pop(0)
        except Blocked as blocked:
            self.obstacles.extend(because_of(one) for one in blocked.findings)
            self.unreached.extend(step.id for step in steps)

    @property
    def _edition(self) -> Edition:
        return self.rulebooks.on(self._slot(None).floor)

    def _over(self) -> bool:
        return self.upto is not None and self.behind is not None and self.behind.day > self.upto

    def _slot(self, step: Step | None) -> Slot:
        before = self.behind
        if before is None or before.day <= self.search.day:
            return Slot(step, before, self.search.day, TODAY)
        because = ordered(before.step.id, before.step.title, before.name) if before.step else before.because
        return Slot(step, before, before.day, because)

    def _go_on(self) -> None:
        """A clock that stands still goes on today: nobody can say when else."""
        for clock in CLOCKS.values():
            marks = in_order(one for one in self.search.facts if one.TOPIC in (clock.stopped, *clock.resumed))
            early = clock.resumed[0].startswith("cultivation") and self._edition.order[self.known.stage] > 1
            if marks and marks[-1].TOPIC == clock.stopped and not early:
                self.search.place(Want(clock.resumed[0]), self._slot(None))

    def _answer(self) -> None:
        """Where the resolution that waits for approval leads aside, its approval comes first: an extension."""
        if not self.known.pending:
            return
        pending = [one for one in self.search.facts if one.TOPIC == self.known.pending][-1]
        usual = {ref.topic for step in self._edition.steps.values() for ref in step.done_by}
        move = next((one for one in self._edition.moves.values() if _decides(one.decides, pending)), None)
        if move and not move.closes and move.fact not in usual:
            step = next((one for one in self._edition.steps.values() if move.fact in one.with_), None)
            self.behind = self.search.place(Want(move.fact), self._slot(step))
            self.known = judge(self.rulebooks, self.search.facts, self.behind.day, find=False)

    def _remains(self, step: Step) -> bool:
        """Whether a step is still to be taken: not done, or done before the path was set back; none of earlier stages."""
        order, at = self._edition.order, self._edition.order[self.known.stage]
        if order[step.stage] < at or self._recurs(step):
            return False
        moves = [self._edition.moves[ref.topic] for ref in step.done_by if ref.topic in self._edition.moves]
        leads = max((order.get(move.to, -1) for move in moves), default=-1)
        done = next((view.done_on for view in self.known.steps if view.id == step.id), None)
        return done is None or leads > at

    def _recurs(self, step: Step) -> bool:
        """Whether the step is only ever taken because something falls due again and again."""
        topics = {ref.topic for ref in step.done_by}
        duties = self.rulebooks.duties_of(self._edition)
        return step.repeats and any(duty.recurs and topics & {ref.topic for ref in duty.until} for duty in duties)

    def _take(self, step: Step) -> None:
        step = self._edition.steps.get(step.id, step)
        placed = self.search.place(Want.named(str(step.done_by[0])), self._slot(step))
        if self.behind is None or placed.day >= self.behind.day:
            self.behind = placed
        move = self.rulebooks.on(placed.day).moves.get(placed.want.topic)
        if move and move.to in self._edition.order:
            self.reached.setdefault(move.to, placed)


def _decides(ref: Ref | None, pending: Fact) -> bool:
    return ref is not None and ref.topic == pending.TOPIC and holds(pending, ref.holds)


def walk(
    rulebooks: Rulebooks,
    facts: Sequence[Fact],
    day: date,
    *,
    assumed: Assumed,
    line: Sequence[UnitState],
    upto: date | None = None,
) -> Walk:
    """Look for the first day of every act from a day on. Raises Refused, UnknownName."""
    standing = [fact for fact in as_corrected(facts) if fact.effective_on <= day]
    known = judge(rulebooks, standing, day, find=False)
    supposing = Supposing(rulebooks, standing[0].originator_id, known.home_unit, line)
    for name in assumed:
        Want.named(name)
    given: dict[str, date] = {}
    floors: dict[str, tuple[date, Because]] = {}
    while True:
        search = Search(rulebooks, day, list(standing), supposing, assumed, floors, version=known.version)
        found = Walk(rulebooks, search, known, upto)
        for name, on in given.items():
            search.place(Want.named(name), Slot(None, None, on, TODAY))
        found.go()
        given |= {name: on for name, on in assumed.items() if name not in search.used}
        too_early = _too_early(search)
        if not given.keys() - search.used and (not too_early or len(floors) > MOST_MOVED):
            return found
        floors |= too_early


def _too_early(search: Search) -> Mapping[str, tuple[date, Because]]:
    """Acts after which another comes too late, with the first day on which it would not."""
    found: dict[str, tuple[date, Because]] = {}
    links = Links(search)
    for late in links.acts:
        for one in late.findings:
            rule = search.rules_on(late.fact).get(one.rule)
            if rule is None or rule.severity == "warn" or not isinstance(rule.check, Within):
                continue
            for first, length in links.starts(rule.check.since, late):
                day = first_reaching(length, first_reaching(rule.check.limit, late.day))
                if first.day < day and first.name not in search.assumed:
                    found[first.name] = day, replace(because_of(one), waits_for=late.name)
    return found


def first_reaching(limit: Period, day: date) -> date:
    """The first day from which a length reaches another day."""
    first = limit.before(day)
    if limit.after(first) < day:
        first += timedelta(days=1)
    while limit.after(first - timedelta(days=1)) >= day:
        first -= timedelta(days=1)
    return first
