"""What the database stops, role by role and attack by attack; what it cannot stop is for the signer to find."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from eventlog.log import LogError
from eventlog.postgres import open_log
from tests.contracts.log import asked, stream

Become = Callable[[str], Awaitable[asyncpg.Connection]]

COLUMNS = "position, stream_id, version, topic, recorded_at, key, request, payload, previous, digest, opens"
A_ROW = f"""
    insert into log.entry ({COLUMNS})
    values ({{position}}, gen_random_uuid(), 1, 'forged', now(), 'k', sha256(''), '', sha256(''), sha256(''), true)
"""
CHANGES = {
    "update": "update log.entry set payload = 'forged' where position = 1",
    "delete": "delete from log.entry where position = 1",
    "truncate": "truncate log.entry",
    "merge": "merge into log.entry e using (values (1)) v (p) on e.position = v.p"
    " when matched then update set payload = 'x'",
    "merge delete": "merge into log.entry e using (values (1)) v (p) on e.position = v.p when matched then delete",
    "on conflict": A_ROW.format(position=1) + " on conflict (position) do update set payload = 'forged'",
    "lower the size": "update log.head set size = 0",
    "keep the size": "update log.head set size = size",
    "delete the size": "delete from log.head",
    "truncate the size": "truncate log.head",
}
INSERT = {"insert": A_ROW.format(position=99)}
REPLICA = {"session_replication_role": "set session_replication_role = replica"}
DEFINITIONS = {
    "disable the trigger": "alter table log.entry disable trigger entry_stays",
    "drop the trigger": "drop trigger entry_stays on log.entry",
    "replace its function": "create or replace function log.refuse() returns trigger language plpgsql"
    " as 'begin return null; end'",
    "retype a column": "alter table log.entry alter column payload type bytea using 'forged'::bytea",
    "rename": "alter table log.entry rename to old",
    "drop": "drop table log.entry",
    "replace append": "drop function log.append_one(uuid, integer, bytea, text, bytea, timestamptz, text, bytea, bytea)",
}
SERVER = {
    "copy to a program": "copy log.entry to program 'cat'",
    "copy to a file": "copy log.entry to '/tmp/jieti-stolen'",
    "read a file": "select pg_read_file('/etc/hostname')",
}
APPEND = "select log.append_one(gen_random_uuid(), 0, $1, 'k', $1, now(), 't', '', $1)"
SEVERAL = "select log.append('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', false)"


@pytest.fixture
async def become(database: str) -> AsyncIterator[Become]:
    """Fill a log with two entries, and connect to it in any role: as a member that can log in and is nothing else."""
    async with open_log(database) as log:
        await log.append(asked(stream(1)))
        await log.append(asked(stream(2)))
    administrator = await asyncpg.connect(database)
    connections: list[asyncpg.Connection] = [administrator]
    name = await administrator.fetchval("select current_database()")
    made: list[str] = []

    async def connect(role: str) -> asyncpg.Connection:
        if role == "superuser":
            return administrator
        login = f"{role}_of_{name}"
        await administrator.execute(f'create role "{login}" login in role {role}')
        made.append(login)
        connections.append(await asyncpg.connect(database, user=login))
        return connections[-1]

    yield connect
    for connection in connections[1:]:
        await connection.close()
    for login in made:
        await administrator.execute(f'drop role "{login}"')
    await administrator.close()


async def untouched(connection: asyncpg.Connection) -> bool:
    """Tell whether the two entries are as they were written."""
    rows = await connection.fetch("select position, payload from log.entry order by position")
    size = await connection.fetchval("select size from log.head")
    return [(row["position"], row["payload"]) for row in rows] == [(1, b"{}"), (2, b"{}")] and size == 2


@pytest.mark.parametrize("role", ["jieti_app", "jieti_reader", "jieti_signer"])
async def test_who_may_not_is_stopped_by_rights(become: Become, role: str) -> None:
    """The application, a reader and the signer can change nothing, in no way, and have no way around that."""
    connection = await become(role)
    for statement in (CHANGES | INSERT | REPLICA | DEFINITIONS | SERVER).values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert await untouched(connection)


@pytest.mark.parametrize("role", ["jieti_reader", "jieti_signer"])
async def test_only_the_application_appends(become: Become, role: str) -> None:
    """Who reads and who signs may not write; the application may, through the functions."""
    connection = await become(role)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(APPEND, bytes(32))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(SEVERAL)
    application = await become("jieti_app")
    await application.execute(APPEND, bytes(32))
    await application.execute(SEVERAL)
    assert await application.fetchval("select size from log.head") == 3


async def test_who_has_no_role_sees_nothing(become: Become, database: str) -> None:
    """A login that belongs to none of the roles cannot even read, nor call what everybody may call by default."""
    administrator = await become("superuser")
    await administrator.execute("create role stranger_to_the_log login")
    try:
        stranger = await asyncpg.connect(database, user="stranger_to_the_log")
        for statement in ("select * from log.entry", "select * from log.head", SEVERAL):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.execute(statement)
        await stranger.close()
    finally:
        await administrator.execute("drop role stranger_to_the_log")


@pytest.mark.parametrize("role", ["jieti_owner", "superuser"])
@pytest.mark.parametrize("name", CHANGES)
async def test_mistakes_of_owners_are_stopped_by_triggers(become: Become, role: str, name: str) -> None:
    """A database administrator who belongs to the owner, and a superuser, cannot change an entry by a statement."""
    connection = await become(role)
    with pytest.raises(asyncpg.RestrictViolationError, match="the log only grows"):
        await connection.execute(CHANGES[name])
    assert await untouched(connection)


async def test_an_administrator_cannot_leave_the_database(become: Become) -> None:
    """Belonging to the owner gives no way to switch triggers off by replication, nor to the server's files."""
    connection = await become("jieti_owner")
    for statement in (REPLICA | SERVER).values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert await untouched(connection)


@pytest.mark.parametrize("name", CHANGES)
async def test_triggers_do_not_sleep_during_replication(become: Become, name: str) -> None:
    """A superuser who says that this is a replica is stopped all the same: the triggers are ALWAYS enabled."""
    connection = await become("superuser")
    await connection.execute("set session_replication_role = replica")
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute(CHANGES[name])
    assert await untouched(connection)


@pytest.mark.parametrize("role", ["jieti_owner", "superuser"])
@pytest.mark.parametrize("name", INSERT | DEFINITIONS)
async def test_the_limits_are_where_we_say_they_are(become: Become, role: str, name: str) -> None:
    """Nothing in a database stops its owner's intent: were one of these stopped some day, the manual must say so."""
    connection = await become(role)
    await connection.execute((INSERT | DEFINITIONS)[name])


async def test_the_server_stamps_its_own_time(become: Become) -> None:
    """Beside the moment that the caller gave stands the moment of the database's clock, which no caller can set."""
    connection = await become("jieti_app")
    before, after = await connection.fetchrow("select min(stamped_at), clock_timestamp() from log.entry")
    assert datetime(2026, 1, 1, tzinfo=UTC) < before <= after


async def test_a_log_opened_by_a_reader_reads_and_does_not_write(become: Become, database: str) -> None:
    """The role given when a log is opened is the role it works in."""
    assert await untouched(await become("superuser"))
    async with open_log(database, role="jieti_reader") as log:
        assert await log.size() == 2
        with pytest.raises(LogError, match="permission denied"):
            await log.append(asked(stream(3)))
        with pytest.raises(LogError, match="permission denied"):
            await log.append_all([asked(stream(3)), asked(stream(4))])


async def test_a_hostile_search_path_changes_nothing(become: Become) -> None:
    """Operators of one's own, first in one's search path, are not what the function compares with."""
    administrator = await become("superuser")
    await administrator.execute("""
        create schema trap;
        create function trap.always(bytea, bytea) returns boolean language sql immutable as 'select true';
        create operator trap.= (leftarg = bytea, rightarg = bytea, function = trap.always);
        grant usage on schema trap to public;
    """)
    connection = await become("jieti_app")
    await connection.execute("set search_path = trap, pg_catalog")
    refused = await connection.fetchrow(
        "select outcome, first from log.append_one($1, 1, $2, 'k2', $2, now(), 't', '', $2)", stream(1), bytes(32)
    )
    assert tuple(refused) == (3, 0)
    assert await untouched(connection)
