"""Changes of the database's shape, each applied once, in order, and never edited afterwards."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from importlib.resources import files
from typing import Any, Protocol

_TURN = 7381642094
"""Advisory lock under which one migration at a time runs in a database."""

_LEDGER = """
create schema if not exists migration;
create table if not exists migration.applied (
    component text, number integer, digest bytea not null, applied_at timestamptz not null default clock_timestamp(),
    primary key (component, number)
);
"""


class Connection(Protocol):
    """What a migration needs of a database connection; asyncpg's has it."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Open a transaction."""
        ...

    async def execute(self, query: str, *args: Any) -> Any:
        """Run statements."""
        ...

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:
        """Run a query and return its rows."""
        ...


class MigrationEdited(Exception):
    """A migration that was applied has changed since: write a new one instead."""


async def apply_migrations(connection: Connection, component: str, migrations: Sequence[tuple[int, str]]) -> None:
    """Apply the migrations of a component that are not applied yet, all in one transaction.

    `migrations` are pairs of number (1, 2, ...) and SQL. Several processes may do this at once. Raises
    MigrationEdited when the SQL under a number is not what was applied under it.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", _TURN)
        await connection.execute(_LEDGER)
        rows = await connection.fetch("select number, digest from migration.applied where component = $1", component)
        applied = {row["number"]: row["digest"] for row in rows}
        for number, sql in migrations:
            digest = sha256(sql.encode()).digest()
            if applied.get(number, digest) != digest:
                message = f"migration {number} of {component} differs from the one that was applied"
                raise MigrationEdited(message)
            if number not in applied:
                await connection.execute(sql)
                await connection.execute(
                    "insert into migration.applied (component, number, digest) values ($1, $2, $3)",
                    component,
                    number,
                    digest,
                )


def migrations_in(package: str, folder: str = "sql") -> list[tuple[int, str]]:
    """Read a room's migrations, files named like `1_tables.sql`, in the order of their numbers."""
    texts = {
        int(file.name.split("_")[0]): file.read_text(encoding="utf-8")
        for file in files(package).joinpath(folder).iterdir()
        if file.name.endswith(".sql")
    }
    return sorted(texts.items())


async def migrate(connection: Connection) -> None:
    """Bring the log's schema, roles and rights up to date. The connection needs CREATE on the database and CREATEROLE.

    Any number of processes and databases of one cluster may do this at once.
    """
    await apply_migrations(connection, "eventlog", migrations_in("eventlog"))
