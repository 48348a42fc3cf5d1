"""The first day of every act: asked of the judge, jumping where it says `earliest`, supplying first what it says is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from domain.checks.days import SameDay
from domain.facts.base import Fact
from domain.judge import judge, weigh
from domain.judgement import Finding, Verdict
from domain.planning.answer import ASSUMED, TODAY, Because, because_of, together
from domain.planning.supposing import Supposing, UnknownName, Want
from domain.rulebook import Duty, Rule, Rulebooks, Step

REFUSING = ("block", "override")
TRIES = 60
"""How often an act is weighed anew before it is given up: each time a day has moved or a missing fact was supplied."""

A_DAY = timedelta(days=1)


class Refused(Exception):
    """An act was assumed on a day on which it would not be allowed; the verdict says why."""

    def __init__(self, name: str, day: date, verdict: Verdict) -> None:
        """Take the act and what the judge said."""
        super().__init__(f"{name} on {day}")
        self.name, self.day, self.verdict = name, day, verdict


class Blocked(Exception):
    """An act can never be allowed as things stand; the findings say why."""

    def __init__(self, want: Want, findings: Sequence[Finding]) -> None:
        """Take the act and what the judge found."""
        super().__init__(str(want))
        self.want, self.findings = want, findings


@dataclass(eq=False, slots=True)
class Placed:
    """An act on its first day: the supposed fact, why no earlier, and what of the rules it breaks all the same."""

    want: Want
    step: Step | None
    fact: Fact
    because: Because
    findings: tuple[Finding, ...]
    behind: "Placed | None"
    """The act of the step before, which it follows."""

    duty: Duty | None = None
    exception: bool = False
    provisional: bool = False

    @property
    def day(self) -> date:
        """The day on which it is placed."""
        return self.fact.effective_on

    @property
    def name(self) -> str:
        """As judgements call it."""
        return str(self.want)


@dataclass(frozen=True, slots=True)
class Need:
    """One act has to come before another, or so many days before it, because a rule asks for it."""

    first: Placed
    then: Want
    finding: Finding
    days: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an act is looked for: its step, the act of the step before, the first day, and why no day earlier."""

    step: Step | None
    behind: Placed | None
    floor: date
    because: Because


@dataclass(slots=True)
class Search:
    """Places acts one by one beside the facts that stand (those up to the day `day`)."""

    rulebooks: Rulebooks
    day: date
    facts: list[Fact]
    supposing: Supposing
    assumed: Mapping[str, date]
    not_before: Mapping[str, tuple[date, Because]]
    placed: list[Placed] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    """The assumptions that were met on the way."""

    _wanted: list[Want] = field(default_factory=list)
    version: int = 0
    _looked: tuple[date, int] = (date.min, 0)
    """The day, and after how many decisions, up to which it was last looked for what falls due."""

    def place(self, want: Want, slot: Slot) -> Placed:
        """Put an act on the first day that the judge allows. Raises Blocked, Refused."""
        name = str(want)
        fixed = self.assumed.get(name) if name not in self.used else None
        if fixed is not None:
            self.used.add(name)
        self._wanted.append(want)
        fact, found = self._settle(want, slot, fixed)
        self._wanted.pop()
        refusing = [one for one in found if one.severity in REFUSING]
        if refusing and fixed is not None:
            raise Refused(name, fixed, Verdict(allowed=False, findings=tuple(found)))
        if refusing:
            raise Blocked(want, refusing)
        because = ASSUMED if fixed is not None else self._because(want, fact, found, slot)
        clear = tuple(one for one in found if not _doubtful(one))
        placed = Placed(want, slot.step, fact, because, clear, slot.behind, provisional=len(clear) < len(found))
        self._stand(placed)
        return placed

    def _stand(self, placed: Placed) -> None:
        self.placed.append(placed)
        self.facts.append(placed.fact)

    def _suppose(self, want: Want, day: date, fields: Mapping[str, Any]) -> Fact:
        self.version += 1
        return self.supposing.fact(want, day, self.version, fields)

    def _settle(self, want: Want, slot: Slot, fixed: date | None) -> tuple[Fact, Sequence[Finding]]:
        """Move the day and supply what is missing until the judge has nothing more to ask."""
        put_off = self.not_before.get(str(want), (slot.floor, TODAY))[0]
        day, fields = fixed or max(slot.floor, put_off), dict[str, date]()
        fact, found = self._suppose(want, day, fields), tuple[Finding, ...]()
        self.recur(day)
        for _ in range(TRIES):
            fact = self._suppose(want, day, fields)
            found = weigh(self.rulebooks, self.facts, fact).findings
            follows = self._following(fact, found)
            later = max((one.earliest for one in found if one.earliest and one.earliest > day), default=None)
            if follows:
                fields |= follows
            elif later and fixed is None:
                day = later
                self.recur(day)
            elif supplied := self._supply(want, found, slot, day):
                day = fixed or max(day, *(one.day for one in supplied))
            elif fixed is None and self._upsets(want, fact):
                day += A_DAY
            else:
                break
        return fact, found

    def _upsets(self, want: Want, fact: Fact) -> bool:
        """Whether a decision, on this day, leaves a stage in which other acts of the same day would have to stand."""
        if not want.transition:
            return False
        same_day = {one.fact.originator_version: one for one in self.placed if one.day == fact.effective_on}
        entered = next((one for one in same_day.values() if one.want.transition), None)
        if not same_day or (entered is None and fact.effective_on > self.day):
            return False  # the stage was entered on an earlier day
        for one in judge(self.rulebooks, [*self.facts, fact], fact.effective_on, steps=False).findings:
            upset = same_day.get(one.version)
            if upset and not _doubtful(one) and one.rule not in {known.rule for known in upset.findings}:
                self.needs.append(Need(entered or upset, want, one, days=1))
                return True
        return False

    def _following(self, fact: Fact, found: Sequence[Finding]) -> dict[str, date]:
        """The days that the fact must state, as the rules say they follow from the others."""
        rules = self.rules_on(fact)
        checks = [(rules[one.rule].check, one.earliest) for one in found if one.rule in rules and one.earliest]
        return {check.field: day for check, day in checks if isinstance(check, SameDay)}

    def rules_on(self, fact: Fact) -> Mapping[str, Rule]:
        """The rules asked on a fact, by their ids."""
        edition = self.rulebooks.on(fact.effective_on)
        return {rule.id: rule for rule in self.rulebooks.rules_on(edition, fact.TOPIC)}

    def stating(self, fact: Fact) -> Mapping[str, Any]:
        """The fields whose days follow, as the fact states them."""
        checks = [rule.check for rule in self.rules_on(fact).values()]
        return {check.field: getattr(fact, check.field) for check in checks if isinstance(check, SameDay)}

    def _supply(self, want: Want, found: Sequence[Finding], slot: Slot, day: date) -> list[Placed]:
        """Place what the findings say is missing. What stands already and does not do stood too early: it moves."""
        supplied: dict[str, Placed] = {}
        for one, first in _missing(found):
            favour = one.latest is not None and str(first) not in self.assumed
            if str(first) in supplied or first in self._wanted or (favour and str(want) in self.assumed):
                continue
            before = next((other for other in self.placed if other.want == first and other.step is slot.step), None)
            if before is None and one.earliest and slot.floor < one.earliest <= day:
                because = replace(because_of(one), arithmetic=f"≥ {one.earliest}", waits_for="")
                here = replace(slot, floor=one.earliest, because=because)
            elif before is None:
                here = slot
            elif before.day < day and before.because is not ASSUMED:
                self._withdraw(before)
                here = replace(slot, floor=day, because=together(one, str(want)))
            elif before.day > day and str(want) not in self.assumed:
                self.needs.append(Need(before, want, one))
                supplied[str(first)] = before
                continue
            else:
                continue
            placed = self.place(first, here)
            placed.exception = favour
            placed.provisional = placed.provisional or one.provisional
            self.needs.append(Need(placed, want, one))
            supplied[str(first)] = placed
        return list(supplied.values())

    def _withdraw(self, placed: Placed) -> None:
        self.placed.remove(placed)
        self.facts.remove(placed.fact)
        self.needs = [need for need in self.needs if need.first is not placed]

    def _because(self, want: Want, fact: Fact, found: Sequence[Finding], slot: Slot) -> Because:
        """What the judge says against the day before; if nothing, what the place in the order says."""
        day = fact.effective_on
        if day <= self.day:
            return TODAY
        before = weigh(self.rulebooks, self.facts, self._suppose(want, day - A_DAY, self.stating(fact))).findings
        standing = {one.rule for one in found if not _doubtful(one)}
        against = [one for one in before if one.rule not in standing and not _doubtful(one)]
        first = min(against, key=lambda one: (one.earliest != day, not one.missing), default=None)
        upset = next((need for need in self.needs if need.then == want and need.days), None)
        if upset and upset.first.day == day - A_DAY:
            return replace(because_of(upset.finding), waits_for=upset.first.name)
        if self.not_before.get(str(want), (None,))[0] == day:
            return self.not_before[str(want)][1]
        if first is None or (day == slot.floor and first.earliest != day and not first.missing):
            return slot.because
        return because_of(first)

    def _stages(self) -> int:
        """How many decisions were placed: what is owed again and again depends on the stage."""
        return sum(one.want.transition for one in self.placed)

    def recur(self, upto: date) -> None:
        """Place what falls due again and again, each on its due day, as the path stands until a day."""
        if self._looked == (upto, self._stages()):
            return
        self._looked = (upto, self._stages())
        seen: set[tuple[str, date]] = set()
        edition = self.rulebooks.on(upto)
        duties = {duty.id: duty for duty in self.rulebooks.duties_of(edition) if duty.recurs}
        while True:
            owed = judge(self.rulebooks, self.facts, upto, find=False, steps=False).obligations
            due = [one for one in owed if one.id in duties and one.due_on <= upto and (one.id, one.due_on) not in seen]
            if not due:
                return
            for one in due:
                seen.add((one.id, one.due_on))
                duty = duties[one.id]
                want = Want.named(str(duty.until[0]))
                fact = self._suppose(want, max(one.due_on, self.day), {})
                self._stand(Placed(want, edition.steps.get(duty.step), fact, TODAY, (), None, duty))


def _missing(found: Sequence[Finding]) -> Iterator[tuple[Finding, Want]]:
    for one in found:
        for name in one.missing:
            try:
                yield one, Want.named(name)
            except UnknownName:
                continue


def _doubtful(one: Finding) -> bool:
    """Whether nothing is known to be wrong, but a table does not reach so far."""
    return one.provisional and one.severity == "warn"
