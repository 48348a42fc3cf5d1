"""Migrations run once, in order, whole, by anybody and by many at once, and are never edited."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from eventlog.log import Log
from eventlog.migrations import MigrationEdited, apply_migrations, migrate, migrations_in
from eventlog.postgres import open_log
from runtime.embedded.database import Postgres
from tests.contracts.log import asked, stream


@pytest.fixture
async def empty(database_server: Postgres) -> AsyncIterator[list[str]]:
    """How to connect to four databases that nobody has migrated."""
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    names = [f"empty_{number}" for number in range(4)]
    for name in names:
        await administrator.execute(f'create database "{name}" template template0')
    yield [database_server.dsn(database=name) for name in names]
    for name in names:
        await administrator.execute(f'drop database "{name}" with (force)')
    await administrator.close()


async def migrated(dsn: str) -> None:
    """Migrate as a process of its own would."""
    connection = await asyncpg.connect(dsn)
    try:
        await migrate(connection)
    finally:
        await connection.close()


async def test_many_may_migrate_at_once(empty: list[str]) -> None:
    """Twelve processes bring four new databases of one cluster up to date at the same time; each log then works."""
    await asyncio.gather(*(migrated(dsn) for dsn in empty * 3))
    for dsn in empty:
        async with open_log(dsn, role="jieti_app") as log:
            await log.append(asked(stream(1)))
            assert await log.size() == 1


async def test_roles_are_made_where_there_are_none(database_server: Postgres, empty: list[str]) -> None:
    """In a cluster without our roles, concurrent migrations of its databases make each once, and none that can log in."""
    connection = await asyncpg.connect(empty[0])
    creation = migrations_in("eventlog")[2][1].split("alter schema")[0].replace("jieti_", "jieti_made_")
    others = [await asyncpg.connect(dsn) for dsn in empty[1:]]
    await asyncio.gather(*(each.execute(creation) for each in (connection, *others)))
    made = await connection.fetch("select rolname, rolcanlogin from pg_roles where rolname like 'jieti_made_%'")
    assert len(made) == 4
    assert not any(row["rolcanlogin"] for row in made)
    for row in made:
        await connection.execute(f"drop role {row['rolname']}")
    for each in (connection, *others):
        await each.close()
    assert database_server.server.pid


@pytest.mark.usefixtures("migrated_template")
async def test_no_superuser_is_needed(database_server: Postgres, empty: list[str]) -> None:
    """Who owns the database and administers the roles can migrate it, as on a server that belongs to somebody else."""
    administrator = await asyncpg.connect(empty[0])
    await administrator.execute("create role landlord login createrole; alter database empty_0 owner to landlord")
    for role in ("jieti_owner", "jieti_app", "jieti_reader", "jieti_signer"):
        await administrator.execute(f"grant {role} to landlord with admin true")
    await migrated(database_server.dsn(role="landlord", database="empty_0"))
    async with open_log(empty[0], role="jieti_app") as log:
        await log.append(asked(stream(1)))
    owner = await administrator.fetchval(
        "select relowner::regrole::text from pg_class where oid = 'log.entry'::regclass"
    )
    assert owner == "jieti_owner"
    await administrator.execute("reassign owned by landlord to postgres; drop owned by landlord; drop role landlord")
    await administrator.close()


async def test_again_is_nothing(database: str) -> None:
    """A database that is up to date stays as it is, entries and all."""
    async with open_log(database) as log:
        await log.append(asked(stream(1)))
        await migrated(database)
        assert await log.size() == 1


async def test_a_later_migration_runs_alone(database: str) -> None:
    """Of a room's migrations only those run that did not; each room counts its own."""
    connection = await asyncpg.connect(database)
    first = (1, "create table counted (n integer); insert into counted values (1)")
    await apply_migrations(connection, "views", [first])
    await apply_migrations(connection, "views", [first, (2, "insert into counted values (2)")])
    await apply_migrations(connection, "registry", [(1, "insert into counted values (3)")])
    assert [row["n"] for row in await connection.fetch("select n from counted order by n")] == [1, 2, 3]
    await connection.close()


async def test_an_applied_migration_is_never_edited(database: str) -> None:
    """What was applied under a number is what stands there, or the migration is refused."""
    connection = await asyncpg.connect(database)
    await apply_migrations(connection, "views", [(1, "select 1")])
    with pytest.raises(MigrationEdited, match="migration 1 of views"):
        await apply_migrations(connection, "views", [(1, "select 2")])
    await connection.close()


async def test_half_a_migration_is_none(database: str) -> None:
    """When a later statement fails nothing of the run is left, and a mended one can follow."""
    connection = await asyncpg.connect(database)
    with pytest.raises(asyncpg.UndefinedTableError):
        await apply_migrations(connection, "views", [(1, "create table half (n integer)"), (2, "select * from none")])
    await apply_migrations(connection, "views", [(1, "create table half (n text)")])
    await connection.close()


async def test_the_log_says_that_it_is_not_there(empty: list[str]) -> None:
    """A database that nobody migrated is told as such, and not taken for an empty log."""
    log: Log
    async with open_log(empty[0]) as log:
        with pytest.raises(Exception, match=r"log\.head"):
            await log.size()
