"""A school to measure with: two branches under a college, and paths of as many facts as are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from api.actors import Actor, make_token
from domain.calendar import civil_day
from domain.receipt import Asked
from registry.batch import record_all
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.record import record
from runtime.clock import now

COLLEGE, BRANCHES = "college", ("branch-1", "branch-2")
HOME = BRANCHES[0]
SECRETARY = Actor("secretary-1", "branch-secretary", COLLEGE)
AT_ONCE = 100
"""Paths that are written in one transaction."""

APPLIED_DAYS_AGO = 500
Said = dict[str, Any]
BECOMING: Sequence[tuple[str, int, Said]] = (
    ("application-received", 0, {}),
    ("applicant-talk-held", 14, {"held_by": "secretary-1", "post": "secretary"}),
    ("member-recommendation-recorded", 190, {"recommenders": 3}),
    ("activist-determined", 200, {"decided_by": "branch-committee"}),
    ("activist-filed", 210, {}),
    ("cultivation-contact-assigned", 214, {"contact_id": "m-1", "order": "first", "full_member": True}),
    ("cultivation-contact-assigned", 214, {"contact_id": "m-2", "order": "second", "full_member": True}),
    ("thought-report-received", 300, {}),
    ("half-year-inspection-recorded", 390, {"conclusion": "qualified"}),
    ("half-year-inspection-recorded", 490, {"conclusion": "qualified"}),
    ("thought-report-received", 495, {}),
)
"""How an applicant becomes an activist and is cultivated so that nothing is owed just now: kind, days after the
application, what is said."""

CULTIVATED: Sequence[tuple[str, Said]] = (
    ("thought-report-received", {}),
    ("cultivation-activity-recorded", {"activity": "lecture", "hours": 2.0}),
    ("cultivation-activity-recorded", {"activity": "volunteering", "hours": 3.5}),
    ("thought-report-received", {}),
    ("half-year-inspection-recorded", {"conclusion": "qualified"}),
)
"""What comes again and again in longer paths."""

EVIDENCE = ("cultivation-activity-recorded", {"activity": "lecture", "hours": 2.0})
"""The fact that the benchmarks of evidence record; its day is a few days ago."""


def days_ago(days: int) -> date:
    """A civil day before today: what is owed depends on the day, so the paths keep their distance to it."""
    return civil_day(now()) - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class School:
    """Makes paths at a desk; students are numbered from `first`."""

    desk: Desk
    first: int = 0

    async def establish(self) -> None:
        """Set up the units."""
        await self._unit(COLLEGE, unit_kind="college-committee", approves=True)
        for branch in BRANCHES:
            await self._unit(branch, unit_kind="branch", superior=COLLEGE)

    async def _unit(self, unit_id: str, **more: object) -> None:
        said = {"effective_on": "2020-01-01", "unit_id": unit_id, "name": unit_id, "name_en": unit_id, **more}
        stream = unit_stream(unit_id)
        asked = asking(
            self.desk, stream, "unit-established", said, actor="bench", capacity="admin", key="set-up", mode="record"
        )
        await record(self.desk, asked, now())

    async def paths(self, count: int, facts: int) -> list[UUID]:
        """Write so many paths of activists into the log, each of so many facts, and return their ids."""
        made: list[UUID] = []
        for start in range(0, count, AT_ONCE):
            numbers = range(self.first + start, self.first + min(start + AT_ONCE, count))
            asked = [one for number in numbers for one in self.path(number, facts)]
            await record_all(self.desk, asked, now())
            made += dict.fromkeys(one.path_id for one in asked)
        return made

    def path(self, number: int, facts: int) -> list[Asked]:
        """What is asked to have a path of so many facts: an activist, and then what comes again and again."""
        student = f"{number:08}"
        path_id = path_of(self.desk.vault.person(student), 1)
        opening = {"name": f"同学{number}", "student_no": student, "home_unit": HOME, "born_on": "2004-05-06"}
        applied = days_ago(APPLIED_DAYS_AGO)
        told: list[tuple[str, date, Said]] = [("application-submitted", applied, opening)]
        told += [(topic, applied + timedelta(days=days), said) for topic, days, said in BECOMING]
        rest = max(facts - len(told), 0)
        for n, (topic, said) in enumerate(islice(cycle(CULTIVATED), rest), 1):
            told.append((topic, applied + timedelta(days=215 + n * 275 // rest), said))
        return [self._ask(path_id, f"{n}", *one) for n, one in enumerate(told[:facts])]

    def _ask(self, path_id: UUID, key: str, topic: str, day: date, said: Said) -> Asked:
        values = {"effective_on": day.isoformat(), "by_unit": HOME, "reason": "from the papers", **said}
        return asking(
            self.desk,
            path_id,
            topic,
            values,
            actor=SECRETARY.id,
            capacity=SECRETARY.role,
            key=key,
            mode="record",
            source="bench",
        )


def token(key: bytes) -> str:
    """A token with which the secretary may record on every path of the school, for a day."""
    return make_token(key, SECRETARY, now(), timedelta(days=1))
