"""How an invented student's life is told: fact by fact, on working days, until today; and what goes wrong for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.calendar import Workdays
from sample.school import A_BRANCH, DEPARTMENT, SEED, TODAY, Dice, Student

MISHAPS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "late-talk": ((0, 30), (1, 30), (2, 30), (4, 34)),
    "no-talk": ((0, 38), (3, 38)),
    "missed-inspection": ((1, 18), (4, 18), (2, 5)),
    "early-target": ((0, 6), (3, 7), (5, 19)),
    "short-notice": ((1, 8), (4, 8)),
    "no-quorum": ((0, 9), (2, 9), (5, 9)),
    "voted-down": ((1, 10), (4, 10)),
    "late-approval": ((0, 4), (3, 4)),
    "contact-gone": ((1, 20), (3, 20)),
    "another-major": ((0, 11), (2, 21), (5, 12)),
    "leave": ((0, 22), (4, 22)),
    "withdrew": ((2, 31), (5, 31)),
    "removed": ((3, 23),),
    "extended": ((1, 0), (4, 0)),
    "form-spoiled": ((2, 14),),
    "no-full-member": ((5, 24), (1, 25)),
    "not-discussed": ((0, 1), (3, 1), (5, 2)),
    "under-age": ((4, 32),),
    "returned": ((0, 26), (3, 33)),
    "objection": ((1, 15), (4, 16)),
}
"""What goes wrong, and for whom: branch and place in it (the lower, the longer on the path).

The talk is held ten days late, or not at all and is overdue; one inspection is left out; somebody is proposed after
eleven months, and recorded all the same; a notice stands for three working days; an assembly has no quorum and is held
again, another does not accept; the committee takes four months; the only contact graduates and the next one comes after
seven weeks; another major, another branch; half a year of leave; withdrawn; removed; probation extended; a numbered form
spoiled; a contact who is no full member; a probation that is over and that nobody has discussed; an application three
days before the eighteenth birthday; a filing returned once; an objection looked into and not upheld.
"""

WHO = {branch * A_BRANCH + place: name for name, places in MISHAPS.items() for branch, place in places}
"""What goes wrong, by the number of the student."""


class Over(Exception):
    """What comes next lies in the future, or will never come."""


@dataclass
class Fact:
    """A fact as a clerk writes it down."""

    day: date
    topic: str
    by_unit: str | None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Teller:
    """Tells facts of one student; what lies in the future is not told."""

    student: Student
    workdays: Workdays
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Roll the dice of this student."""
        self.dice = Dice(f"{SEED}/life/{self.student.student_no}")
        self.branch, self.committee = self.student.branch, self.student.committee
        self.mishap = WHO.get(self.student.number, "")
        self.start = self.filed = self.paused = date.min
        self.until = TODAY + timedelta(days=1)

    def on_workday(self, day: date) -> date:
        """The day, or the next on which people work."""
        while not self.workdays.is_workday(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, least: int, most: int) -> date:
        """A working day so many days later."""
        return self.on_workday(day + timedelta(days=self.dice.between(least, most)))

    def say(self, day: date, topic: str, by: str | None = "branch", **values: Any) -> date:
        """Tell a fact. Raises Over for one that has not happened yet."""
        if day > TODAY:
            raise Over
        unit = {"branch": self.branch, "committee": self.committee, "department": DEPARTMENT}.get(by or "")
        self.facts.append(Fact(day, topic, unit, values))
        return day

    def aside(self, day: date, topic: str, by: str | None = "branch", **values: Any) -> None:
        """Tell something that happens beside; what lies in the future is left out."""
        if day <= TODAY:
            self.say(day, topic, by, **values)

    def notice(self, day: date, point: str) -> date:
        """A public notice; tells on which day it came down."""
        first = self.say(self.on_workday(day), "public-notice-opened", point=point)
        short = self.mishap == "short-notice" and point == "development-target"
        last = self.workdays.nth(first, 3 if short else 5)
        if self.mishap == "objection" and point == "development-target":
            self.say(self.workdays.nth(first, 2), "notice-objection-raised", point=point)
            last = self.workdays.nth(first, 8)
            self.say(last, "notice-objection-resolved", point=point, upheld=False)
        return self.say(last, "public-notice-closed", point=point, affects=False)
