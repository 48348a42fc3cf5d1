"""Tables with several rows a path, beside its own row: they are saved with it, in one transaction, from one judgement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from views.causes import CauseRow, cause_rows
from views.owed import OwedRow, owed_rows
from views.reminders import ReminderRow, reminder_rows
from views.rows import Judged


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the views whose rows belong to paths, or to other streams too.

    `row` is a dataclass that names the columns, the stream in the one called `of`; `rows` makes all rows that a path has,
    none for one that has none any more. A stream's rows are replaced as a whole, and only where they have changed.
    """

    name: str
    row: type[Any]
    rows: Callable[[Judged], Sequence[Any]]
    of: str = "path_id"

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return [field.name for field in fields(self.row)]


BESIDE = (
    Table("owed", OwedRow, owed_rows),
    Table("cause", CauseRow, cause_rows),
    Table("reminder", ReminderRow, lambda path: reminder_rows(path.facts, path.planned), of="stream_id"),
)
"""All of them. To add one: its module here, and a numbered file in `views/sql` that creates it, with `path_id` referencing
`view.path` on delete cascade, and sets the bookmark to 0 so that its rows are made. One that has rows of terms too has a
`stream_id` that references nothing; what a term has there, `views.clocks` makes."""
