"""The board: all that is stuck on a day, people's causes and technical ones in one list, grouped, narrowed, page by page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventlog.server import reaching
from views.listing import BELOW
from views.store import Views, ViewsUnavailable

Place = tuple[datetime, str, str, str]
"""Where a row stands in the list: when it began, its cause, its key, its path."""


@dataclass(frozen=True, slots=True)
class Freed:
    """What somebody frees: all that waits for one of their roles, and all of some causes whoever is waited for.

    Of a unit and those below it, if one is named.
    """

    roles: Collection[str]
    causes: Collection[str]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What of the board is wanted on a day; all conditions must hold. `unit` includes every unit below it.

    `freed` asks for what one of several can free; nobody, and nothing is found.
    """

    day: date
    unit: str | None = None
    restricted: bool = False
    cause: str | None = None
    longer_than: datetime | None = None
    freed: Collection[Freed] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """All that is stuck for one cause: how many, and since when the first of them is."""

    cause: str
    count: int
    oldest: datetime
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One thing that is stuck. `began` is when it became so, `since` the day that it rests on.

    Without a path it is a part of the system; what an obligation says is there where the cause rests on one. `told_on` is
    when that was told last. `name` and `student_no` are sealed.
    """

    cause: str
    key: str
    began: datetime
    zh: str
    en: str
    path_id: UUID | None = None
    since: date | None = None
    waits_for: str = ""
    rests_on: tuple[int, ...] = ()
    obligation: str = ""
    told_on: date | None = None
    told_through: str = ""
    told_as: str = ""
    workflow_id: str = ""
    step: str | None = None
    due_on: date | None = None
    edition: str | None = None
    sources: tuple[str, ...] | None = None
    confidence: str | None = None
    unit: str | None = None
    stage: str | None = None
    version: int | None = None
    name: str | None = None
    student_no: str | None = None


_STUCK = """
    select c.cause, c.key, c.path_id, c.from_on::timestamp at time zone 'Asia/Shanghai' as began, c.since, c.waits_for,
           c.rests_on, c.zh, c.en, c.obligation, c.told_on, c.told_through, c.told_as, '' as workflow_id,
           null as unit
      from view.cause c
     where c.from_on <= $1 and (c.to_on is null or $1 < c.to_on)
    union all
    select t.cause, t.about, t.path_id, t.since, null, '', '{}', t.zh, t.en, '', null, '', '', coalesce(t.workflow_id, ''), t.unit
      from view.trouble t
"""


class Board:
    """Reads what is stuck. All of it raises ViewsUnavailable."""

    def __init__(self, views: Views) -> None:
        """Read beside these views."""
        self._views = views

    async def open_paths(self, sought: Sought) -> int:
        """How many paths are open where it is looked."""
        query = f"""
            select count(*) from view.path
             where outcome = '' and (not restricted or $1) and ($2::text is null or unit in ({BELOW.format("$2")}))
        """  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            count: int = await self._views.pool.fetchval(query, sought.restricted, sought.unit)
        return count

    async def reminders(self) -> Mapping[str, int]:
        """How many reminders were told, by what their channels answered."""
        query = "select state, count(*) from view.reminder where state <> 'planned' group by state"
        with reaching(ViewsUnavailable):
            return {row["state"]: row["count"] for row in await self._views.pool.fetch(query)}

    async def groups(self, sought: Sought) -> list[Group]:
        """What is wanted, by cause."""
        conditions, arguments = _narrowed(sought)
        query = f"""
            select s.cause, count(*)::integer as count, min(s.began) as oldest,
                   array_agg(distinct s.waits_for order by s.waits_for) as waits_for
              from ({_STUCK}) s left join view.path p using (path_id)
             where {conditions} group by s.cause
        """  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            rows = await self._views.pool.fetch(query, *arguments)
        return [Group(row["cause"], row["count"], row["oldest"], tuple(filter(None, row["waits_for"]))) for row in rows]

    async def rows(self, sought: Sought, *, after: Place | None = None, limit: int = 100) -> list[BoardRow]:
        """What is wanted one by one, the oldest first, behind the place of the last one seen (see `place`)."""
        conditions, arguments = _narrowed(sought)
        if after is not None:
            arguments += after
            first = len(arguments) - 3
            places = ", ".join(f"${n}" for n in range(first, first + 4))
            conditions += f" and (s.began, s.cause, s.key, coalesce(s.path_id::text, '')) > ({places})"
        query = f"""
            select s.cause, s.key, s.path_id, s.began, s.since, s.waits_for, s.rests_on, s.zh, s.en, s.obligation,
                   s.told_on, s.told_through, s.told_as, s.workflow_id, o.step, o.due_on, o.edition, o.sources, o.confidence,
                   coalesce(s.unit, p.unit) as unit, p.stage, p.version, p.name, p.student_no
              from ({_STUCK}) s left join view.path p using (path_id)
              left join view.owed o on o.path_id = s.path_id and o.obligation = s.obligation
             where {conditions}
             order by s.began, s.cause, s.key, coalesce(s.path_id::text, '') limit {int(limit)}
        """  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            return [_row(row) for row in await self._views.pool.fetch(query, *arguments)]


def place(row: BoardRow) -> Place:
    """Where a row stands in the order of the list."""
    return row.began, row.cause, row.key, str(row.path_id or "")


def _narrowed(sought: Sought) -> tuple[str, list[object]]:
    """The conditions, with their arguments: all that was asked for is an argument."""
    arguments: list[object] = [sought.day]

    def put(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    conditions = ["true"]
    whose = "coalesce(s.unit, p.unit)"
    if sought.unit is not None:  # what is about no unit concerns everybody
        conditions.append(f"({whose} is null or {whose} in ({BELOW.format(put(sought.unit))}))")
    if not sought.restricted:
        conditions.append("p.restricted is not true")
    if sought.cause is not None:
        conditions.append(f"s.cause = {put(sought.cause)}")
    if sought.longer_than is not None:
        conditions.append(f"s.began <= {put(sought.longer_than)}")
    if sought.freed is not None:
        any_of = ["false"]
        for one in sought.freed:
            roles, causes = (f"{put(list(given))}::text[]" for given in (one.roles, one.causes))
            below = f" and {whose} in ({BELOW.format(put(one.unit))})" if one.unit is not None else ""
            any_of.append(f"((s.waits_for = any({roles}) or s.cause = any({causes})){below})")
        conditions.append(f"({' or '.join(any_of)})")
    return " and ".join(conditions), arguments


def _row(found: Any) -> BoardRow:
    """A row with plain UUIDs, and tuples for arrays."""
    values: dict[str, Any] = dict(found)
    for name in ("rests_on", "sources"):
        values[name] = None if values[name] is None else tuple(values[name])
    values["path_id"] = UUID(bytes=values["path_id"].bytes) if values["path_id"] else None
    return BoardRow(**values)
