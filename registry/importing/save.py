"""The second reading of a file: the rows that passed go to the log, some hundred paths in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from registry.batch import record_all
from registry.desk import Desk
from registry.importing.check import Checked, Progress, questions
from registry.importing.plan import Plan


@dataclass(slots=True)
class Saved:
    """What was written."""

    rows: int = 0
    facts: int = 0
    subjects: int = 0


class Interrupted(Exception):
    """The file was saved up to a row; the same file may be imported again and goes on from there."""

    def __init__(self, saved: Saved) -> None:
        """Take what was saved before."""
        super().__init__(f"{saved.rows} rows were saved before this; import the same file again to go on")
        self.saved = saved


async def save(desk: Desk, plan: Plan, checked: Checked, now: datetime, progress: Progress = lambda _: None) -> Saved:
    """Write all rows that passed and do not stand yet. Raises Interrupted, with its cause, if it cannot go on."""
    saved = Saved()
    subjects: set[str] = set()
    skip = checked.bad | checked.present
    for table, chunk in plan.chunks():
        told = [one for one in chunk if (table.number, one.row.number) not in skip]
        asked = [
            question
            for one in told
            for place, question in enumerate(
                questions(desk, plan, table, one, attempt=checked.attempts.get(one.subject, 1))
            )
            if place not in checked.old.get((table.number, one.row.number), ())
        ]
        try:
            if asked:
                await record_all(desk, asked, now)
        except Exception as error:
            raise Interrupted(saved) from error
        saved.rows += len(told)
        saved.facts += len(asked)
        subjects.update(one.subject for one in told)
        saved.subjects = len(subjects)
        progress(len(chunk))
    return saved
