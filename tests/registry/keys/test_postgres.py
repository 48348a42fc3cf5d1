"""The key store in PostgreSQL: keys rest wrapped, are made in bulk, destroyed for ever, and missed when taken by hand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from registry.keys.postgres import PostgresKeys, Wrapping, WrappingKeyMissing, migrate_keys, open_keys
from registry.keys.ring import Ring
from registry.keys.store import Shredded

OLD, NEW = ("2026", bytes(32)), ("2027", bytes(range(32)))
NAMES = [(UUID(int=n), group) for n in range(1, 1001) for group in ("identity", "text")]
ONE, TWO = NAMES[0], NAMES[2]
MOMENT = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
async def dsn(database: str) -> str:
    """A database with a key store."""
    connection = await asyncpg.connect(database)
    try:
        await migrate_keys(connection)
    finally:
        await connection.close()
    return database


@pytest.fixture
async def keys(dsn: str) -> AsyncIterator[PostgresKeys]:
    """The store, in the role of the processes."""
    async with open_keys(dsn, Wrapping([OLD]), role="jieti_keeper") as store:
        yield store


async def rows(dsn: str, query: str) -> list[asyncpg.Record]:
    """Ask as the superuser."""
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def test_keys_are_made_once_and_rest_wrapped(dsn: str, keys: PostgresKeys) -> None:
    """Many at a time get each their own; asked again they are the same; none can be read in the database."""
    made = await keys.make(NAMES)
    assert len(set(made.values())) == len(NAMES)
    assert await keys.make([*NAMES, *NAMES]) == made
    wrapped = [row["wrapped"] for row in await rows(dsn, "select wrapped from keys.data_key")]
    assert not {bytes(one) for one in wrapped} & set(made.values())
    assert (await keys.stock()).present == (await keys.stock()).expected == len(NAMES)


async def test_two_who_make_a_key_at_once_get_the_same(dsn: str, keys: PostgresKeys) -> None:
    """Of two processes that need the first key of a subject in the same moment, one is quicker, and both use its key."""
    async with open_keys(dsn, Wrapping([OLD]), role="jieti_keeper") as other:
        first, second = await asyncio.gather(keys.make(NAMES[:50]), other.make(list(reversed(NAMES[:50]))))
    assert first == second


async def test_a_destroyed_key_is_forgotten_by_every_process(dsn: str, keys: PostgresKeys) -> None:
    """Another process that has just used the key hears of it, and cannot open what it sealed; no new key is made."""
    async with open_keys(dsn, Wrapping([OLD]), role="jieti_keeper") as other:
        sealed = Ring(await other.make([ONE, TWO])).seal(*ONE, "林晓雨")
        assert Ring(await keys.fetch([ONE])).open(sealed) == "林晓雨"
        assert await other.destroy(ONE[0], MOMENT) == 1
        async with asyncio.timeout(2):
            while await keys.fetch([ONE]):
                await asyncio.sleep(0.01)
        assert await keys.destroy(ONE[0], MOMENT) == 0
        assert list(await keys.fetch([TWO])) == [TWO]
        with pytest.raises(Shredded):
            await keys.make([NAMES[1]])
    assert await keys.destroyed([ONE[0], TWO[0]]) == {ONE[0]}


async def test_a_key_taken_by_hand_is_missed(dsn: str, keys: PostgresKeys) -> None:
    """The store's own tally is one more than its keys; its door takes no key without counting."""
    await keys.make([ONE, TWO])
    await rows(dsn, f"delete from keys.data_key where subject = '{ONE[0]}'")
    stock = await keys.stock()
    assert (stock.expected, stock.present) == (2, 1)
    assert await keys.present([ONE, TWO]) == {TWO}


@pytest.mark.parametrize("query", ["delete from keys.data_key", "update keys.tally set expected = 0"])
async def test_the_processes_cannot_take_a_key_away(dsn: str, keys: PostgresKeys, query: str) -> None:
    """The role that uses keys destroys them through the function, which leaves a trace, or not at all."""
    await keys.make([ONE])
    connection = await asyncpg.connect(dsn, server_settings={"role": "jieti_keeper"})
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(query)
    finally:
        await connection.close()


async def test_keys_are_wrapped_anew(dsn: str, keys: PostgresKeys) -> None:
    """After the wrapping key has changed all data keys are the same, and the old wrapping key opens none of them."""
    made = await keys.make(NAMES)
    async with open_keys(dsn, Wrapping([NEW, OLD]), role="jieti_keeper") as both:
        assert await both.fetch(NAMES) == made
        assert await both.rewrap() == len(NAMES)
        assert await both.rewrap() == 0
    async with open_keys(dsn, Wrapping([NEW]), role="jieti_keeper") as new:
        assert await new.fetch(NAMES) == made
    async with open_keys(dsn, Wrapping([OLD]), role="jieti_keeper") as old:
        with pytest.raises(WrappingKeyMissing):
            await old.fetch(NAMES)
