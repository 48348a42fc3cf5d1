"""The ledger of reminders: what was told and what will be, narrowed, sorted, page by page."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from domain.path import Path, Term
from eventlog.server import reaching
from views.listing import BELOW
from views.reminders import ReminderRow
from views.store import Views, ViewsUnavailable

Shown = Literal["planned", "due", "sent", "refused", "unknown"]
"""How a reminder stands at a moment: one that is planned is due once its moment has come."""

Place = tuple[datetime, UUID, str]
"""Where a row stands in the list: its moment, its stream, its key."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which reminders are wanted at the moment `now` (aware UTC); all conditions must hold. `unit` includes every unit below it.

    `since` is the first moment that is wanted and `before` the first one that is not.
    """

    now: datetime
    unit: str
    restricted: bool = False
    state: Shown | None = None
    stream_id: UUID | None = None
    recipient: UUID | None = None
    obligation: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    newest: bool = False
    untold: bool = False
    """Only what is planned or due."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A reminder, and whose it is: of a path (`name` and `student_no` are sealed), or of the `term` of a unit.

    `owed` says that what it tells is owed still, with the same due day.
    """

    row: ReminderRow
    unit: str
    owed: bool
    term: str | None
    name: str | None
    student_no: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.row.at, self.row.stream_id, self.row.key


ROW = [field.name for field in fields(ReminderRow)]
_FROM = """
    view.reminder r
    left join view.path p on p.path_id = r.stream_id
    left join view.term t on t.stream_id = r.stream_id
    left join view.owed o on o.path_id = r.stream_id and o.obligation = r.obligation and o.due_on = r.due_on
"""
_OWED = "o.path_id is not null or (t.closed_on is null and r.obligation = any(t.not_done))"


async def ledger(views: Views, sought: Sought, *, after: Place | None = None, limit: int = 100) -> list[LedgerRow]:
    """List reminders in the order asked for, behind the place of the last one seen. Raises ViewsUnavailable."""
    arguments: list[object] = []

    def put(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    conditions = [f"coalesce(p.unit, t.unit) in ({BELOW.format(put(sought.unit))})"]
    if not sought.restricted:
        conditions.append("p.restricted is not true")
    if sought.state in ("planned", "due"):
        when = ">" if sought.state == "planned" else "<="
        conditions.append(f"r.state = 'planned' and r.at {when} {put(sought.now)}")
    elif sought.untold:
        conditions.append("r.state = 'planned'")
    elif sought.state is not None:
        conditions.append(f"r.state = {put(sought.state)}")
    for column, wanted in (
        ("r.stream_id =", sought.stream_id),
        ("r.recipient =", sought.recipient),
        ("r.obligation =", sought.obligation),
        ("r.at >=", sought.since),
        ("r.at <", sought.before),
    ):
        if wanted is not None:
            conditions.append(f"{column} {put(wanted)}")
    way, behind = ("desc", "<") if sought.newest else ("asc", ">")
    if after is not None:
        places = ", ".join(put(one) for one in after)
        conditions.append(f"(r.at, r.stream_id, r.key) {behind} ({places})")
    query = f"""
        select {", ".join(f"r.{name}" for name in ROW)}, coalesce(p.unit, t.unit) as unit, coalesce({_OWED}, false) as owed,
               t.term, p.name, p.student_no
          from {_FROM} where {" and ".join(conditions)}
         order by r.at {way}, r.stream_id {way}, r.key {way} limit {int(limit)}
    """  # noqa: S608 - our own names
    with reaching(ViewsUnavailable):
        return [_row(found) for found in await views.pool.fetch(query, *arguments)]


async def untold(views: Views, before: datetime) -> dict[UUID, str]:
    """The streams of which something was to be told before a moment and does not stand as told; what each is about.

    Raises ViewsUnavailable.
    """
    query = """
        select distinct r.stream_id, p.path_id is not null as path
          from view.reminder r left join view.path p on p.path_id = r.stream_id
         where r.state = 'planned' and r.at < $1
    """
    with reaching(ViewsUnavailable):
        rows = await views.pool.fetch(query, before)
    return {UUID(bytes=row["stream_id"].bytes): Path.NAME if row["path"] else Term.NAME for row in rows}


def _row(found: Any) -> LedgerRow:
    """A row with plain UUIDs, and tuples for arrays."""
    values: dict[str, Any] = {name: found[name] for name in ROW}
    for name in ("stream_id", "recipient"):
        values[name] = UUID(bytes=values[name].bytes) if values[name] else None
    values["passed_over"] = tuple(values["passed_over"])
    rest = {name: found[name] for name in ("unit", "owed", "term", "name", "student_no")}
    return LedgerRow(ReminderRow(**values), **rest)
