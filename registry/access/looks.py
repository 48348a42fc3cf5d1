"""The table of looks in PostgreSQL: written before an answer goes out, many readers' looks in one statement."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventlog.migrations import Connection, apply_migrations, migrations_in
from eventlog.server import Server, reaching

QUERY_SECONDS = 10.0
KEPT = "3 years"

_WRITE = """
    insert into access.look (actor, role, unit, route, purpose, path_id, opened, listed, asked)
    select actor, role, unit, route, purpose, path_id, string_to_array(opened, ','), listed, asked
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::integer[],
                  $9::text[])
           as l(actor, role, unit, route, purpose, path_id, opened, listed, asked)
"""


class LooksUnavailable(Exception):
    """Who looks cannot be written down now, so nothing that names a person is shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody was shown data of a person, or a list of persons.

    `opened` are the groups of values that were shown readable. A list is one look without a path, with how many it
    `listed` and how it was narrowed, and one for each person whose name was opened.
    """

    actor: str
    role: str
    unit: str
    route: str
    purpose: str
    path_id: UUID | None = None
    opened: tuple[str, ...] = ()
    listed: int | None = None
    asked: str = ""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A look as it stands in the table: its number and the database's own moment."""

    number: int
    at: datetime
    look: Look


async def migrate_access(connection: Connection) -> None:
    """Bring the table up to date; the log's migrations, which make the roles, come before."""
    await apply_migrations(connection, "access", migrations_in("registry.access"))


@asynccontextmanager
async def open_looks(dsn: str, *, role: str | None = None) -> AsyncIterator["Looks"]:
    """Open the table of a migrated database. Raises LooksUnavailable when it cannot be reached now."""
    server = Server(dsn, role, LooksUnavailable)
    pool = await server.pool("jieti looks", 3, query_seconds=QUERY_SECONDS)
    looks = Looks(pool)
    try:
        yield looks
    finally:
        await looks.stop()
        pool.terminate()


class Looks:
    """Writes and reads the table. Made by `open_looks`."""

    def __init__(self, pool: Any) -> None:
        """Write through this pool."""
        self._pool = pool
        self._waiting: list[tuple[Sequence[Look], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, looks: Sequence[Look]) -> None:
        """Write looks down; they stand when this returns. Raises LooksUnavailable.

        What others want written meanwhile goes into one statement with the next.
        """
        if not looks:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((looks, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="writing looks")
        await done

    async def _write(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                with reaching(LooksUnavailable):
                    await self._pool.execute(_WRITE, *_columns([look for looks, _ in taken for look in looks]))
            except Exception as error:  # noqa: BLE001 - each of those who wait is told
                _tell(taken, error)
            else:
                _tell(taken, None)

    async def of(self, path_ids: Sequence[UUID], *, before: int | None = None, limit: int = 500) -> list[LookedAt]:
        """Who looked at these dossiers, the last first. Raises LooksUnavailable."""
        query = (
            "select number, at, actor, role, unit, route, purpose, path_id, opened, listed, asked from access.look "
            "where path_id = any($1) and ($2::bigint is null or number < $2) order by number desc limit $3"
        )
        with reaching(LooksUnavailable):
            return [_look(row) for row in await self._pool.fetch(query, list(path_ids), before, limit)]

    async def has_looked(self, actor: str, since: datetime) -> bool:
        """Tell whether somebody has looked at anything since a moment (aware UTC). Raises LooksUnavailable."""
        query = "select exists (select from access.look where actor = $1 and at >= $2)"
        with reaching(LooksUnavailable):
            return bool(await self._pool.fetchval(query, actor, since))

    async def stop(self) -> None:
        """Let what is being written be written."""
        if self._writing is not None:
            await asyncio.wait([self._writing])


def _tell(taken: Sequence[tuple[Sequence[Look], "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, done in taken:
        if done.done():  # whoever asked has gone
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _columns(looks: Sequence[Look]) -> list[list[Any]]:
    rows = [
        (
            one.actor,
            one.role,
            one.unit,
            one.route,
            one.purpose,
            one.path_id,
            ",".join(one.opened),
            one.listed,
            one.asked,
        )
        for one in looks
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _look(row: Any) -> LookedAt:
    path_id = UUID(bytes=row["path_id"].bytes) if row["path_id"] else None
    names = ("actor", "role", "unit", "route", "purpose")
    values = {name: row[name] for name in names}
    opened, listed, asked = tuple(row["opened"]), row["listed"], row["asked"]
    return LookedAt(
        row["number"], row["at"], Look(**values, path_id=path_id, opened=opened, listed=listed, asked=asked)
    )


async def prune(connection: Any) -> int:
    """Remove what has stood for three years, in the role that owns the table; tell how many looks that were."""
    done: str = await connection.execute(f"delete from access.look where at < clock_timestamp() - interval '{KEPT}'")  # noqa: S608 - our own words
    return int(done.rsplit(maxsplit=1)[-1])
