"""What lists ask of the views, and the queries that this becomes: only our own names stand in their text."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal
from uuid import UUID

from views.rows import PathRow, UnitRow

Sort = Literal["opened", "due"]
PATH = [item.name for item in fields(PathRow)]
UNIT = [item.name for item in fields(UnitRow)]
PATHS = f"select {', '.join(PATH)} from view.path"  # noqa: S608 - made of our own names
UNITS = f"select {', '.join(UNIT)} from view.unit"  # noqa: S608 - made of our own names


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which paths to list: all conditions must hold. `unit` includes every unit below it."""

    unit: str | None = None
    stage: str | None = None
    due_before: date | None = None
    finding: str | None = None
    person_id: UUID | None = None
    open: bool | None = None
    restricted: bool | None = None
    shred_by: date | None = None
    sort: Sort = "opened"


BELOW = """
    with recursive below as (
        select {}::text as unit_id
        union
        select u.unit_id from view.unit u join below b on u.superior = b.unit_id
    )
    select unit_id from below
"""


def listing(wanted: Wanted, after: tuple[date | None, UUID] | None, limit: int) -> tuple[str, list[object]]:
    """Write the query for a list: only our own names stand in its text, all that was asked for is an argument."""
    arguments: list[object] = []

    def put(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    key = "opened_on" if wanted.sort == "opened" else "coalesce(due_on, 'infinity'::date)"
    conditions = ["true"]
    if wanted.unit is not None:
        conditions.append(f"unit in ({BELOW.format(put(wanted.unit))})")
    if wanted.stage is not None:
        conditions.append(f"stage = {put(wanted.stage)}")
    if wanted.due_before is not None:
        conditions.append(f"due_on < {put(wanted.due_before)}")
    if wanted.finding is not None:
        conditions.append(f"{put(wanted.finding)} = any(rules)")
    if wanted.person_id is not None:
        conditions.append(f"person_id = {put(wanted.person_id)}")
    conditions += _states(wanted)
    if wanted.shred_by is not None:
        conditions.append(f"shred_on <= {put(wanted.shred_by)}")
    if after is not None:
        day, path_id = after
        conditions.append(f"({key}, path_id) > (coalesce({put(day)}::date, 'infinity'::date), {put(path_id)}::uuid)")
    query = f"{PATHS} where {' and '.join(conditions)} order by {key}, path_id limit {put(limit)}"
    return query, arguments


def _states(wanted: Wanted) -> list[str]:
    """Which of two states a path is in."""
    found = []
    if wanted.open is not None:
        found.append("outcome = ''" if wanted.open else "outcome <> ''")
    if wanted.restricted is not None:
        found.append("restricted" if wanted.restricted else "not restricted")
    return found
