"""What a school's policy says of terms: which units keep them, what is owed in them, what counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from domain.calendar import Workdays
from domain.dormitories import Upon
from domain.judgement import Confidence
from domain.reading import Ref
from domain.words import Text

Place = Literal["start", "mid", "end"]
PLACES: tuple[Place, ...] = ("start", "mid", "end")
WEEK = timedelta(days=7)
DAY = timedelta(days=1)

Per = Literal["term", "quarter"]
PERS: tuple[Per, ...] = ("term", "quarter")


@dataclass(frozen=True, slots=True)
class Semester:
    """A term of the school, both days included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class When:
    """A day of a term: from its start, middle or end, or the first day of a week of it, so many days on or back.

    Working days are counted inclusively: the first working day of a term is its start, if people work then.
    """

    at: Place | int
    days: int = 0
    workdays: int = 0

    def place(self, term: Semester) -> date:
        """The day that is counted from. Weeks begin on Mondays, and one behind the end of the term is its last day."""
        if self.at == "start":
            return term.start
        if self.at == "end":
            return term.end
        if self.at == "mid":
            return term.start + (term.end - term.start) // 2
        monday = term.start - timedelta(days=term.start.weekday()) + (self.at - 1) * WEEK
        return min(max(monday, term.start), term.end)

    def on(self, term: Semester, workdays: Workdays) -> date:
        """The day itself."""
        place = self.place(term)
        if self.workdays > 0:
            return workdays.nth(place, self.workdays)
        if self.workdays < 0:
            return workdays.nth_back(place, -self.workdays)
        return place + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many of what a quota asks for should be there by a day that comes before its last one."""

    due: When
    times: int


@dataclass(frozen=True, slots=True)
class Job:
    """What units of some kinds owe in each term: by whom, by when, and which facts of the term end it.

    With `times` above one it is a quota: it ends with so many facts of `until`, and keeps `pace` before that; `per` quarter
    it is owed in each calendar quarter as far as that lies in the term, and its days are counted there. One that `closes` ends the term once it
    is done and the term is over. `remind`, `remind_workdays` and `escalate` are those of an obligation of a path.
    """

    id: str
    kinds: frozenset[str]
    owed_by: str
    due: When
    until: tuple[Ref, ...]
    text: Text
    sources: tuple[str, ...]
    remind: tuple[int, ...] = ()
    remind_workdays: tuple[int, ...] = ()
    escalate: tuple[str, ...] = ()
    times: int = 1
    closes: bool = False
    confidence: Confidence = "sure"
    per: Per = "term"
    pace: tuple[Pace, ...] = ()
    upon: Upon | None = None
    """Owed only with certain failures of a dormitory, for each of them, and then counted from the day of the inspection."""

    def parts(self, term: Semester) -> Iterator["Part"]:
        """What is owed of it in a term in any case, in the order of its days."""
        if self.upon:
            return
        for span in quarters(term) if self.per == "quarter" else (term,):
            steps = [*self.pace, Pace(self.due, self.times)]
            for step, later in zip(steps, [*steps[1:], None], strict=True):
                yield Part(self, span, step.due, step.times, later.due if later else None)


@dataclass(frozen=True, slots=True)
class Part:
    """So many facts of a job by a day of a span: the whole quota, or what its pace asks for until the `later` day."""

    job: Job
    span: Semester
    due: When
    times: int
    later: When | None = None
    inspection: int = 0
    """The version of the inspection with which it is owed."""

    @property
    def whole(self) -> bool:
        """Whether it is all that the job asks for in its span."""
        return self.later is None


def quarters(term: Semester) -> Iterator[Semester]:
    """The calendar quarters of a term, as far as they lie in it."""
    start = term.start
    while start <= term.end:
        ends_month = (start.month + 2) // 3 * 3
        after = date(start.year + ends_month // 12, ends_month % 12 + 1, 1)
        yield Semester(f"{start.year}-Q{ends_month // 3}", start, min(after - DAY, term.end))
        start = after


@dataclass(frozen=True, slots=True)
class TermRules:
    """The terms of a school's units. None are kept before `first`, and none of units that owe nothing in them.

    A term that is over still takes what belongs to it for `closes_days`, and is then closed with its report.
    """

    first: date
    closes_days: int = 14
    activities: Mapping[str, Text] = field(default_factory=dict)
    jobs: Sequence[Job] = ()
    objection_workdays: int = 5
    """How long an objection to the result of an inspection may come, from the day after it."""

    def jobs_of(self, kind: str) -> list[Job]:
        """What units of a kind owe in a term."""
        return [job for job in self.jobs if kind in job.kinds]
