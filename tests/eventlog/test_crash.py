"""Connections break, servers go and come back: what was acknowledged is there, once; what was not may be sent again."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import pytest

from eventlog.entry import Append
from eventlog.log import EMPTY, Log, LogUnavailable, Written, head_of
from eventlog.migrations import migrate
from eventlog.postgres import POLL_SECONDS, PostgresLog, open_log
from eventlog.writer import Outcomes, Placed, Writer
from runtime.embedded.database import postgres
from tests.contracts.log import asked, assert_sound, everything, grown, stream

TERMINATE = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = $2"


@pytest.fixture
async def log(database: str) -> AsyncIterator[PostgresLog]:
    """The log under test."""
    async with open_log(database, role="jieti_app") as log:
        yield log


@pytest.fixture
async def administrator(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who can do harm."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def end(administrator: asyncpg.Connection, name: str) -> int:
    """End the backends of this name; tells how many there were."""
    database = await administrator.fetchval("select current_database()")
    return len(await administrator.fetch(TERMINATE, name, database))


async def insist(log: Log, append: Append, refusals: list[LogUnavailable]) -> Written:
    """Send the same request until it is answered, as Temporal and every careful client do."""
    for _ in range(1000):
        try:
            return await log.append(append)
        except LogUnavailable as refusal:
            refusals.append(refusal)
            await asyncio.sleep(0.002)
    pytest.fail(f"refused a thousand times: {refusals[-1]}")


async def test_the_writers_backend_is_killed_under_load(log: PostgresLog, administrator: asyncpg.Connection) -> None:
    """While 24 clients write, the writing backend is ended again and again: every append is there once, none is lost."""
    refusals: list[LogUnavailable] = []
    receipts: list[Written] = []
    done = asyncio.Event()

    async def write(number: int) -> None:
        head = EMPTY
        for turn in range(40):
            append = asked(stream(number), head, key=f"{turn}", payloads=[b"x"] * (1 + turn % 2))
            receipts.append(await insist(log, append, refusals))
            head = head_of(receipts[-1].entries)

    async def harm() -> int:
        ended = written = 0
        while not done.is_set():
            if len(receipts) > written + 20:  # so that there is always some way forward
                written = len(receipts)
                ended += await end(administrator, "jieti log writer")
            await asyncio.sleep(0.001)
        return ended

    harming = asyncio.create_task(harm())
    async with asyncio.TaskGroup() as clients:
        for number in range(24):
            clients.create_task(write(number))
    done.set()
    assert await harming > 5
    assert refusals
    entries = await everything(log)
    assert_sound(entries)
    assert len(receipts) == 24 * 40
    told = [entry for receipt in receipts for entry in receipt.entries]
    assert sorted(told, key=lambda entry: entry.position) == entries


async def test_a_lost_answer(log: PostgresLog) -> None:
    """What was committed before the answer got lost is answered to the repeat with the first receipt."""
    send = log._writer._send
    lost: list[Outcomes] = []

    async def lose_the_first(batch: Sequence[Placed], whole: bool) -> Outcomes:
        outcomes = await send(batch, whole)
        if not lost:
            lost.append(outcomes)
            raise LogUnavailable("connection lost")
        return outcomes

    unlucky = PostgresLog(log._pool, Writer(lose_the_first), log._bell)
    append = asked(stream(1), payloads=[b"1", b"2"])
    with pytest.raises(LogUnavailable):
        await unlucky.append(append)
    again = await unlucky.append(append)
    assert again.repeated
    assert [entry.position for entry in again.entries] == [1, 2]
    assert await log.size() == 2


async def test_readers_and_listeners_recover(log: PostgresLog, administrator: asyncpg.Connection) -> None:
    """When the reading and listening backends are ended, the next read works and who waits still wakes."""
    await grown(log, stream(1), "a")
    waiting = asyncio.create_task(log.wait(1, seconds=60))
    await asyncio.sleep(0.1)
    assert await end(administrator, "jieti log bell") == 1
    assert await end(administrator, "jieti log reader") >= 1
    await asyncio.sleep(0.1)
    assert await log.size() == 1
    await grown(log, stream(1), "b")
    assert await asyncio.wait_for(waiting, 10) == 2


async def test_the_server_goes_and_comes_back() -> None:
    """While the server is away everybody is told so; when it is back the same log, still open, goes on."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with postgres(Path(home)) as server:
            connection = await asyncpg.connect(server.dsn())
            await migrate(connection)
            await connection.close()
            opened = open_log(server.dsn())
            log = await opened.__aenter__()
            first = await log.append(asked(stream(1)))
            assert await log.wait(1, seconds=0.05) == 1
        for attempt in (log.size(), log.stream(stream(1)), log.append(asked(stream(2))), log.wait(1, seconds=1)):
            with pytest.raises(LogUnavailable):
                await attempt
        with pytest.raises(LogUnavailable):
            async with open_log(server.dsn()):
                pytest.fail("there is no server")
        await asyncio.sleep(POLL_SECONDS / 2)  # time for who listens to find nobody there
        async with postgres(Path(home)):
            assert (await log.append(asked(stream(1)))).entries == first.entries
            waiting = asyncio.create_task(log.wait(1, seconds=60))
            await log.append(asked(stream(2)))
            assert await asyncio.wait_for(waiting, 10) == 2
            await opened.__aexit__(None, None, None)


async def test_who_holds_the_turn_too_long(log: PostgresLog, administrator: asyncpg.Connection) -> None:
    """If another session sits on the lock, callers are told in bounded time, and go on when it is free."""
    for function in ("append_one", "append"):
        await administrator.execute(f"alter function log.{function} set lock_timeout = '50ms'")
    async with administrator.transaction():
        await administrator.execute("select pg_advisory_xact_lock(7381642093)")
        with pytest.raises(LogUnavailable, match="lock timeout"):
            await log.append(asked(stream(1)))
        with pytest.raises(LogUnavailable, match="lock timeout"):
            await log.append_all([asked(stream(1)), asked(stream(2))])
    await log.append_all([asked(stream(1)), asked(stream(2))])
    assert await log.size() == 2


async def test_an_append_that_the_database_refuses_hurts_nobody_else(log: PostgresLog) -> None:
    """A version that no integer column holds fails alone, although it waits among others."""
    impossible = asked(stream(99), head_of(()).__class__(2**40, b"x" * 32))
    results = await asyncio.gather(
        *(log.append(asked(stream(number))) for number in range(10)), log.append(impossible), return_exceptions=True
    )
    assert all(isinstance(result, Written) for result in results[:10])
    assert isinstance(results[10], Exception)
    assert await log.size() == 10


async def test_two_processes_write_one_log(log: PostgresLog, database: str) -> None:
    """Several writers, each with its own connection, keep one order without a gap, and race fairly."""
    async with open_log(database, role="jieti_app") as other:

        async def write(through: Log, number: int) -> None:
            await grown(through, stream(number), *(f"{turn}" for turn in range(20)))

        await asyncio.gather(*(write((log, other)[number % 2], number) for number in range(12)))
        race = await asyncio.gather(
            *(each.append(asked(stream(50), key=f"{n}")) for n, each in enumerate((log, other) * 10)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Written) for result in race) == 1
    assert await log.size() == 12 * 20 + 1
    assert_sound(await everything(log))


async def test_appending_probes_indexes_only(log: PostgresLog, administrator: asyncpg.Connection) -> None:
    """No append reads the whole table, however the planner judged it when it was empty."""
    for turn in range(30):
        heads = await log.heads([stream(number) for number in range(20)])
        await asyncio.gather(*(log.append(asked(id_, head, key=f"{turn}")) for id_, head in heads.items()))
        await grown(log, stream(100), f"{turn}")
    await administrator.execute("select pg_stat_force_next_flush()")
    scans = "select seq_scan from pg_stat_user_tables where relid = 'log.entry'::regclass"
    before = await administrator.fetchval(scans)
    heads = await log.heads([stream(number) for number in range(20)])
    await asyncio.gather(*(log.append(asked(id_, head, key="last")) for id_, head in heads.items()))
    await grown(log, stream(100), "last")
    await asyncio.sleep(1.1)  # backends tell their statistics once a second
    await log.append(asked(stream(101)))
    await asyncio.sleep(0.1)
    assert await administrator.fetchval(scans) == before == 0
