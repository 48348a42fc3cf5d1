"""For what each path is stuck, or will be from a day on, as its facts tell."""

from dataclasses import dataclass, fields
from uuid import UUID

from domain.stuck import Stuck, stuck
from views.rows import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow(Stuck):
    """A cause of a path: it holds on the days from `from_on` until before `to_on`. Nothing in it tells of the person."""

    path_id: UUID


NAMES = [field.name for field in fields(Stuck)]


def cause_rows(path: Judged) -> list[CauseRow]:
    """All causes that follow from a path's facts, those to come among them."""
    return [
        CauseRow(path_id=path.path_id, **{name: getattr(one, name) for name in NAMES})
        for one in stuck(path.known, path.facts)
    ]
