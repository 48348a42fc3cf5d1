"""The views in PostgreSQL: read by everyone, written by the one follower that is active."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from datetime import date
from time import monotonic
from typing import Any
from uuid import UUID

from eventlog.migrations import Connection, apply_migrations, migrations_in
from eventlog.server import Server, reaching
from views.beside import BESIDE, Table
from views.clocks import CLOCK, TERM, ClockRow, Clocks, TermRow, clock_of
from views.listing import BELOW, PATH, PATHS, UNIT, UNITS, Wanted, listing
from views.rows import PathRow, UnitRow

QUERY_SECONDS = 30.0
ASK_AGAIN_SECONDS = 0.02
"""How soon a reader who waits for a position looks again."""

FOLLOWER = 4027119836
"""Advisory lock that the active follower holds as long as its connection lives."""


class ViewsUnavailable(Exception):
    """The views cannot be reached now; the log may well be."""


class BookmarkMoved(Exception):
    """Somebody else has moved the bookmark, or emptied the views: read it again. Nothing was saved."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the views have followed the log, and the name of the rules under which they were made."""

    position: int
    rules: str


async def migrate_views(connection: Connection) -> None:
    """Bring the views' tables up to date; the log's migrations, which make the roles, come before."""
    await apply_migrations(connection, "views", migrations_in("views"))


@asynccontextmanager
async def open_views(dsn: str, *, role: str | None = None, readers: int = 4) -> AsyncIterator["Views"]:
    """Open the views of a migrated database. Raises ViewsUnavailable when it cannot be reached now."""
    # The last moments before a power cut are followed again: rows and bookmark are lost together or not at all.
    server = Server(dsn, role, ViewsUnavailable, synchronous_commit="off")
    pool = await server.pool("jieti views", readers + 1, query_seconds=QUERY_SECONDS)  # the follower holds one
    try:
        yield Views(pool)
    finally:
        pool.terminate()


class Views:
    """Reads the views. Made by `open_views`."""

    def __init__(self, pool: Any) -> None:
        """Read through this pool; what reads other tables of the views shares it."""
        self.pool = pool
        self.clocks = Clocks(pool, ViewsUnavailable)

    async def bookmark(self) -> Bookmark:
        """Tell how far the views have come. Raises ViewsUnavailable, as all that follow do."""
        with reaching(ViewsUnavailable):
            return await _bookmark(self.pool)

    async def wait_for(self, position: int, seconds: float) -> int:
        """Sleep until the views have followed the log up to a position or the time is over; returns where they are."""
        end = monotonic() + seconds
        while (reached := (await self.bookmark()).position) < position and monotonic() < end:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        return reached

    async def paths(
        self, wanted: Wanted, *, after: tuple[date | None, UUID] | None = None, limit: int = 100
    ) -> list[PathRow]:
        """List paths in the order asked for, behind the sort key of the last one seen."""
        query, arguments = listing(wanted, after, limit)
        with reaching(ViewsUnavailable):
            return [_path(row) for row in await self.pool.fetch(query, *arguments)]

    async def path(self, path_id: UUID) -> PathRow | None:
        """Read the row of one path."""
        with reaching(ViewsUnavailable):
            row = await self.pool.fetchrow(f"{PATHS} where path_id = $1", path_id)
        return _path(row) if row else None

    async def rows(self, path_ids: Sequence[UUID]) -> Mapping[UUID, PathRow]:
        """Read the rows of these paths; those that the views do not know are left out."""
        with reaching(ViewsUnavailable):
            found = [_path(row) for row in await self.pool.fetch(f"{PATHS} where path_id = any($1)", list(path_ids))]
        return {row.path_id: row for row in found}

    async def homes(self, path_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The home units of these paths; those that the views do not know yet, or that are restricted, are left out."""
        with reaching(ViewsUnavailable):
            rows = await self.pool.fetch(
                "select path_id, unit from view.path where path_id = any($1) and not restricted", path_ids
            )
        return {UUID(bytes=row["path_id"].bytes): row["unit"] for row in rows}

    async def path_ids(self, *, after: UUID, limit: int) -> list[UUID]:
        """List the ids of all paths, in their order."""
        with reaching(ViewsUnavailable):
            rows = await self.pool.fetch(
                "select path_id from view.path where path_id > $1 order by path_id limit $2", after, limit
            )
        return [UUID(bytes=row["path_id"].bytes) for row in rows]

    async def once_of(self, unit: str, *, after: UUID, limit: int) -> list[UUID]:
        """List the ids of all paths whose home was ever this unit or one below it, in their order."""
        query = f"select path_id from view.path where homes && array({BELOW.format('$1')}) and path_id > $2"  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            rows = await self.pool.fetch(f"{query} order by path_id limit $3", unit, after, limit)
        return [UUID(bytes=row["path_id"].bytes) for row in rows]

    async def units(self, below: str | None = None) -> list[UnitRow]:
        """List units in the order of their ids: all, or one with everything below it."""
        where = "" if below is None else f"where unit_id in ({BELOW.format('$1')})"
        query = f"{UNITS} {where} order by unit_id"
        with reaching(ViewsUnavailable):
            return [UnitRow(*row) for row in await self.pool.fetch(query, *([below] if below else []))]

    async def units_of(self, kind: str) -> list[str]:
        """List the ids of all units of a kind that have not been dissolved."""
        query = "select unit_id from view.unit where kind = $1 and dissolved_on is null order by unit_id"
        with reaching(ViewsUnavailable):
            return [row["unit_id"] for row in await self.pool.fetch(query, kind)]

    async def to_nudge(self, limit: int) -> Mapping[UUID, str]:
        """The paths whose workflow does not know its alarm yet, with the alarm's fingerprint."""
        with reaching(ViewsUnavailable):
            rows = await self.pool.fetch("select path_id, alarm from view.path where nudge limit $1", limit)
        return {UUID(bytes=row["path_id"].bytes): row["alarm"] for row in rows}

    async def nudged(self, alarms: Mapping[UUID, str]) -> None:
        """Note that these workflows were told, unless the alarm has changed once more in the meantime."""
        query = """
            update view.path p set nudge = false
              from unnest($1::uuid[], $2::text[]) as told(path_id, alarm)
             where p.path_id = told.path_id and p.alarm = told.alarm and p.nudge
        """
        with reaching(ViewsUnavailable):
            await self.pool.execute(query, list(alarms), list(alarms.values()))

    async def follow_again(self, position: int) -> None:
        """Have everything behind a position followed once more, whatever has been saved of it."""
        query = "update view.bookmark set position = least(position, $1) where name = 'views'"
        with reaching(ViewsUnavailable):
            await self.pool.execute(query, position)

    async def empty(self) -> None:
        """Forget everything; the follower makes it again from the log."""
        with reaching(ViewsUnavailable):
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute("update view.bookmark set position = 0, rules = '' where name = 'views'")
                await connection.execute("delete from view.path")  # and with it all that stands beside the paths
                for table in ("unit", "clock", "term", "reminder"):
                    await connection.execute(f"delete from view.{table}")  # noqa: S608 - our own names

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Keeper | None"]:
        """Become the active follower, or get None because another is. Ends when the connection does."""
        with reaching(ViewsUnavailable):
            async with self.pool.acquire() as connection:  # the pool unlocks what it takes back
                active = await connection.fetchval("select pg_try_advisory_lock($1)", FOLLOWER)
                yield Keeper(connection) if active else None


class Keeper:
    """The follower's side of the views: whoever has lost the lock has lost the connection, and saves nothing."""

    def __init__(self, connection: Any) -> None:
        """Save through the connection that holds the lock."""
        self._connection = connection

    async def bookmark(self) -> Bookmark:
        """Tell how far the views have come. Raises ViewsUnavailable, as all that follow do."""
        with reaching(ViewsUnavailable):
            return await _bookmark(self._connection)

    async def rows(self, path_ids: Sequence[UUID]) -> Mapping[UUID, PathRow]:
        """Read the rows that these paths have now."""
        query = f"{PATHS} where path_id = any($1)"
        with reaching(ViewsUnavailable):
            found = [_path(row) for row in await self._connection.fetch(query, list(path_ids))]
        return {row.path_id: row for row in found}

    async def clocks(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, ClockRow]:
        """Read the clocks that these streams have now."""
        query = f"select {', '.join(CLOCK)} from view.clock where stream_id = any($1)"  # noqa: S608 - our own names
        with reaching(ViewsUnavailable):
            found = [clock_of(row) for row in await self._connection.fetch(query, list(stream_ids))]
        return {row.stream_id: row for row in found}

    async def save(
        self,
        before: Bookmark,
        after: Bookmark,
        paths: Sequence[PathRow],
        units: Sequence[UnitRow],
        beside: Mapping[str, Sequence[Any]] | None = None,
        *,
        clocks: Sequence[ClockRow] = (),
        terms: Sequence[TermRow] = (),
    ) -> None:
        """Save rows and bookmark in one transaction. Raises BookmarkMoved when it is not where it was.

        `beside` are, by table, all rows that these paths (and terms) have there now; a table that is not named stays as
        it is.
        """
        with reaching(ViewsUnavailable):
            async with self._connection.transaction():
                moved = await self._connection.fetchval(
                    "update view.bookmark set position = $3, rules = $4 "
                    "where name = 'views' and position = $1 and rules = $2 returning position",
                    before.position,
                    before.rules,
                    after.position,
                    after.rules,
                )
                if moved is None:
                    raise BookmarkMoved
                for upsert, rows in (
                    (_upsert("path", "path_id", PATH), paths),
                    (_upsert("unit", "unit_id", UNIT), units),
                    (_upsert("clock", "stream_id", CLOCK), clocks),
                    (_upsert("term", "stream_id", TERM), terms),
                ):
                    if rows:
                        await self._connection.executemany(upsert, [astuple(row) for row in rows])
                for table in BESIDE:
                    if beside is not None and table.name in beside:
                        streams = [row.path_id for row in paths]
                        if table.of == "stream_id":
                            streams += [row.stream_id for row in terms]
                        await self._replace(table, streams, beside[table.name])

    async def _replace(self, table: Table, streams: Sequence[UUID], rows: Sequence[Any]) -> None:
        """Give each of these streams the rows it has now; those of one where nothing has changed are not touched."""
        query = f"select {', '.join(table.columns)} from view.{table.name} where {table.of} = any($1)"  # noqa: S608 - our own names
        before: dict[UUID, set[tuple[Any, ...]]] = {stream: set() for stream in streams}
        for found in await self._connection.fetch(query, list(streams)):
            before[found[table.of]].add(tuple(tuple(one) if isinstance(one, list) else one for one in found))
        now: dict[UUID, set[tuple[Any, ...]]] = {stream: set() for stream in streams}
        for row in rows:
            now[getattr(row, table.of)].add(tuple(getattr(row, name) for name in table.columns))
        changed = [stream for stream in streams if before[stream] != now[stream]]
        gone = [stream for stream in changed if before[stream]]
        if gone:
            await self._connection.execute(f"delete from view.{table.name} where {table.of} = any($1)", gone)  # noqa: S608 - our own names
        news = [row for stream in changed for row in now[stream]]
        if news:
            await self._connection.copy_records_to_table(
                table.name, schema_name="view", columns=table.columns, records=news
            )


async def _bookmark(connection: Any) -> Bookmark:
    row = await connection.fetchrow("select position, rules from view.bookmark where name = 'views'")
    return Bookmark(row["position"], row["rules"])


def _upsert(table: str, key: str, columns: Sequence[str]) -> str:
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    news = ", ".join(f"{column} = excluded.{column}" for column in columns if column != key)
    return (
        f"insert into view.{table} ({', '.join(columns)}) values ({places}) "  # noqa: S608 - our own names
        f"on conflict ({key}) do update set {news}"
    )


def _path(row: Any) -> PathRow:
    """Make a row of the view of one of the database's: plain UUIDs, tuples for arrays."""
    values = dict(row)
    for name in ("path_id", "person_id"):
        values[name] = UUID(bytes=values[name].bytes)
    for name in ("waiting_for", "rules", "homes"):
        values[name] = tuple(values[name])
    return PathRow(**values)
