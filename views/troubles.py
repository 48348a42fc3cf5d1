"""What the watch has found amiss, as it is written down: since when it lasts, and when somebody has looked last."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from eventlog.server import reaching
from views.store import Views, ViewsUnavailable

WATCHER = 4027119837
"""Advisory lock that the one who keeps the watch holds as long as its connection lives."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A technical cause that holds: `about` tells apart what has the same cause, a workflow, a task queue or a part.

    `since` is None where only the moment is known at which it was found.
    """

    cause: str
    about: str
    zh: str
    en: str
    path_id: UUID | None = None
    workflow_id: str | None = None
    workflow_type: str | None = None
    since: datetime | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One pass of the watch: when (aware UTC), at how many open paths, how long it took, and what was not there to be asked."""

    looked_at: datetime
    paths: int
    seconds: float
    away: str = ""


COLUMNS = [field.name for field in fields(Trouble)]
Key = tuple[str, str]


class Troubles:
    """The watch's side of the views. All of it raises ViewsUnavailable."""

    def __init__(self, views: Views) -> None:
        """Write beside these views."""
        self._views = views

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[bool]:
        """Become the one who keeps the watch, or learn that another does. Ends when the connection does."""
        with reaching(ViewsUnavailable):
            async with self._views.pool.acquire() as connection:  # the pool unlocks what it takes back
                yield await connection.fetchval("select pg_try_advisory_lock($1)", WATCHER)

    async def known(self) -> Mapping[Key, Trouble]:
        """What was found so far and still lasted at the last look."""
        with reaching(ViewsUnavailable):
            rows = await self._views.pool.fetch(f"select {', '.join(COLUMNS)} from view.trouble")  # noqa: S608 - our own names
        return {(row["cause"], row["about"]): Trouble(**row) for row in rows}

    async def save(self, found: Sequence[Trouble], look: Round) -> None:
        """Write down what holds now, all of it: what is not found any more is over."""
        before = await self.known()
        now = {(one.cause, one.about): one for one in found}
        changed = []
        for key, one in now.items():
            was = before.get(key)
            kept = replace(one, since=was.since if was else one.since or look.looked_at)
            if kept != was:
                changed.append(astuple(kept))
        over = [key for key in before if key not in now]
        with reaching(ViewsUnavailable):
            async with self._views.pool.acquire() as connection, connection.transaction():
                if over:
                    await connection.executemany("delete from view.trouble where cause = $1 and about = $2", over)
                if changed:
                    await connection.executemany(_UPSERT, changed)
                await connection.execute(
                    "insert into view.watch (name, looked_at, paths, seconds, away) values ('watch', $1, $2, $3, $4) "
                    "on conflict (name) do update set looked_at = $1, paths = $2, seconds = $3, away = $4",
                    *astuple(look),
                )

    async def looked(self) -> Round | None:
        """The last pass of the watch; None where there has been none."""
        with reaching(ViewsUnavailable):
            row = await self._views.pool.fetchrow("select looked_at, paths, seconds, away from view.watch")
        return Round(*row) if row else None

    async def suspect(self, workflow_id: str, workflow_type: str) -> None:
        """Note that something has failed in a workflow, so that the watch asks Temporal about it."""
        query = "insert into view.suspect (workflow_id, workflow_type) values ($1, $2) on conflict do nothing"
        with reaching(ViewsUnavailable):
            await self._views.pool.execute(query, workflow_id, workflow_type)

    async def suspects(self, limit: int) -> Mapping[str, str]:
        """Workflows that were noted, with their types."""
        with reaching(ViewsUnavailable):
            rows = await self._views.pool.fetch("select workflow_id, workflow_type from view.suspect limit $1", limit)
        return {row["workflow_id"]: row["workflow_type"] for row in rows}

    async def cleared(self, workflow_ids: Collection[str]) -> None:
        """Strike out workflows that go on."""
        with reaching(ViewsUnavailable):
            await self._views.pool.execute("delete from view.suspect where workflow_id = any($1)", list(workflow_ids))

    async def open_paths(self) -> int:
        """How many paths are open, as far as the views know."""
        with reaching(ViewsUnavailable):
            count: int = await self._views.pool.fetchval("select count(*) from view.path where outcome = ''")
        return count

    async def open_homes(self) -> list[str]:
        """The home units of open paths."""
        with reaching(ViewsUnavailable):
            rows = await self._views.pool.fetch("select distinct unit from view.path where outcome = '' order by unit")
        return [row["unit"] for row in rows]

    async def count_kept(self) -> int:
        """How many workflows should run: those of open paths, and the clocks of other streams."""
        with reaching(ViewsUnavailable):
            count: int = await self._views.pool.fetchval(f"select count(*) from ({_KEPT}) kept")  # noqa: S608 - our own names
        return count

    async def kept(self, among: Collection[str] | None = None) -> list[str]:
        """The names of all such workflows, or of those among these."""
        query = f"select name from ({_KEPT}) kept where $1::text[] is null or name = any($1)"  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            rows = await self._views.pool.fetch(query, None if among is None else list(among))
        return [row["name"] for row in rows]


_KEPT = """
    select 'path/' || path_id as name from view.path where outcome = '' and not nudge
    union all select subject || '/' || stream_id from view.clock where not closed and not nudge
"""
"""Open, and not among those whose workflow is about to be told or started."""

_UPSERT = (
    f"insert into view.trouble ({', '.join(COLUMNS)}) "  # noqa: S608 - our own names
    f"values ({', '.join(f'${n}' for n in range(1, len(COLUMNS) + 1))}) "
    f"on conflict (cause, about) do update set {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[2:])}"
)
