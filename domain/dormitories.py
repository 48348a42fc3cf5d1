"""What the inspections of a dormitory in a term come to: which results stand, and how many failed one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.calendar import DAY, Workdays
from domain.facts.base import Fact
from domain.facts.dormitories import DormGrade, DormInspectionRecorded, DormObjectionDecided, DormObjectionRaised

Counter = Literal["failures", "in_a_row"]
COUNTERS: tuple[Counter, ...] = ("failures", "in_a_row")

Objection = Literal["none", "open", "upheld", "dismissed"]


@dataclass(frozen=True, slots=True)
class InspectionView:
    """An inspection as it stands: `failures` and `in_a_row` count up to it, and are 0 where it passed or does not stand.

    Nothing follows from it before `objectable_until` is over, the last day on which an objection may come.
    """

    version: int
    on: date
    grade: DormGrade
    criterion: str
    inspector: str
    objection: Objection
    objectable_until: date
    failures: int
    in_a_row: int

    @property
    def stands(self) -> bool:
        """Whether the result counts: a successful objection has removed it for good."""
        return self.objection != "upheld"


@dataclass(frozen=True, slots=True)
class Upon:
    """With which failure something is to be decided: every so many in the term, or once so many came one after another."""

    counter: Counter
    number: int

    def reached(self, one: InspectionView) -> bool:
        """Whether this inspection is the one."""
        if self.counter == "in_a_row":
            return one.in_a_row == self.number
        return one.failures > 0 and one.failures % self.number == 0


def inspections(facts: Sequence[Fact], workdays: Workdays, objection_workdays: int) -> Iterator[InspectionView]:
    """All inspections of a term, whose facts are given in the order of their days.

    Adjacent are those that follow one another in time and stand: one that was removed lies between none. A pass begins the
    row anew and leaves the number of failures as it is.
    """
    failures = in_a_row = 0
    for fact in facts:
        if not isinstance(fact, DormInspectionRecorded):
            continue
        objection = _objection(facts, fact.originator_version)
        failed = fact.grade == "fail" and objection != "upheld"
        if failed:
            failures, in_a_row = failures + 1, in_a_row + 1
        elif fact.grade != "fail" and objection != "upheld":
            in_a_row = 0
        yield InspectionView(
            version=fact.originator_version,
            on=fact.effective_on,
            grade=fact.grade,
            criterion=fact.criterion,
            inspector=fact.inspector,
            objection=objection,
            objectable_until=workdays.nth(fact.effective_on + DAY, objection_workdays),
            failures=failures if failed else 0,
            in_a_row=in_a_row if failed else 0,
        )


def _objection(facts: Sequence[Fact], inspection: int) -> Objection:
    """How the objections to an inspection stand; of several words the last one counts."""
    state: Objection = "none"
    for fact in facts:
        if isinstance(fact, DormObjectionRaised) and fact.inspection == inspection and state != "upheld":
            state = "open"
        elif isinstance(fact, DormObjectionDecided) and fact.inspection == inspection:
            state = "upheld" if fact.upheld else "dismissed"
    return state
