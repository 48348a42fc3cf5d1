"""What is asked of the view of what is owed: by whom, on which paths; restricted paths are for nobody here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from eventlog.server import reaching
from views.listing import BELOW
from views.owed import OwedRow
from views.store import Views, ViewsUnavailable


@dataclass(frozen=True, slots=True)
class WantedOwed:
    """What is owed by these roles: on the paths of a unit, of it with all below, or of a person."""

    owed_by: Sequence[str]
    unit: str | None = None
    below: bool = False
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """Something owed, with the home unit and the version of its path."""

    row: OwedRow
    unit: str
    version: int


COLUMNS = [field.name for field in fields(OwedRow)]
OWED = (
    f"select {', '.join(f'o.{name}' for name in COLUMNS)}, p.unit, p.version "  # noqa: S608 - made of our own names
    "from view.owed o join view.path p using (path_id) where not p.restricted and o.owed_by = any($1)"
)


async def owed(views: Views, wanted: WantedOwed) -> list[Owed]:
    """List what is owed on open paths, what is due first in front. Raises ViewsUnavailable."""
    query, arguments = _listing(wanted)
    with reaching(ViewsUnavailable):
        return [_owed(found) for found in await views.pool.fetch(query, *arguments)]


def _listing(wanted: WantedOwed) -> tuple[str, list[object]]:
    """Write the query: only our own names stand in its text."""
    arguments: list[object] = [list(wanted.owed_by)]
    query = OWED
    if wanted.unit is not None:
        arguments.append(wanted.unit)
        query += f" and p.unit in ({BELOW.format('$2')})" if wanted.below else " and p.unit = $2"
    if wanted.person_id is not None:
        arguments.append(wanted.person_id)
        query += f" and p.person_id = ${len(arguments)}"
    return f"{query} order by o.due_on, o.path_id, o.obligation", arguments


def _owed(found: Mapping[str, Any]) -> Owed:
    """Make a row of one of the database's."""
    values = {name: found[name] for name in COLUMNS}
    values |= {"path_id": UUID(bytes=values["path_id"].bytes)}
    values |= {name: tuple(values[name]) for name in ("sources", "rests_on")}
    return Owed(OwedRow(**values), found["unit"], found["version"])
