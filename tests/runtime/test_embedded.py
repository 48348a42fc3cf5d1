"""The embedded servers: started, stopped, killed at every point, found again, and nothing lost."""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from runtime.embedded import Postgres, ServerFailed, Temporal, child, database, postgres, temporal
from runtime.namespace import prepare

PARENT = """
import asyncio, sys
from pathlib import Path
from typing import Any
from runtime.embedded import postgres, temporal

async def main():
    home = Path(sys.argv[1])
    async with postgres(home / "postgres") as pg, temporal(home / "temporal", port=0, ui_port=None) as engine:
        print(pg.server.pid, engine.server.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def sql(server: Postgres, *statements: str) -> object:
    """The value of the last of these statements."""
    connection = await asyncpg.connect(server.dsn())
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def started(server: Temporal, *workflow_ids: str) -> list[str]:
    """Start these workflows and say which there are."""
    client = await Client.connect(server.address)
    for workflow_id in workflow_ids:
        await client.start_workflow("Path", id=workflow_id, task_queue="nobody-asks")
    async with asyncio.timeout(10):
        while True:
            found = [found.id async for found in client.list_workflows()]
            if set(workflow_ids) <= set(found):
                return found
            await asyncio.sleep(0.05)


async def gone(pid: int, seconds: float = 10) -> bool:
    """Whether this process ends within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if not child.is_alive(psutil.Process(pid)):
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(0.02)
    return False


@contextmanager
def sleeper(*, user: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us."""
    process = subprocess.Popen(["sleep", "60"], user=user)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_postgres_starts_stops_and_keeps_its_rows(home: Path) -> None:
    """A row written in one run is there in the next, and nothing runs in between."""
    async with postgres(home / "pg") as server:
        await sql(server, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('阶梯')")
    assert not server.server.runs()
    async with postgres(home / "pg") as server:
        assert await sql(server, "SELECT word FROM kept") == "阶梯"


async def test_postgres_killed_loses_nothing(home: Path) -> None:
    """A committed row survives kill -9 of the whole of PostgreSQL, and the next start recovers by itself."""
    async with postgres(home) as server:
        await sql(server, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('still here')")
        os.kill(server.server.pid, signal.SIGKILL)
        assert await gone(server.server.pid)
    async with postgres(home) as server:
        assert await sql(server, "SELECT word FROM kept") == "still here"


async def test_temporal_killed_loses_nothing(home: Path) -> None:
    """A workflow whose start was acknowledged survives kill -9 of Temporal."""
    async with temporal(home, port=0, ui_port=None) as server:
        await started(server, "before")
        os.kill(server.server.pid, signal.SIGKILL)
        assert await gone(server.server.pid)
    async with temporal(home, port=0, ui_port=None) as server:
        assert await started(server, "after") == ["after", "before"]
    assert not server.server.runs()


async def test_servers_end_with_a_killed_parent_and_start_again(home: Path) -> None:
    """After kill -9 of their parent both servers end without help (Linux) and the directories can be used again."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, cwd=Path.cwd())
    with parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    if sys.platform == "linux":
        assert [await gone(pid) for pid in pids] == [True, True]
    async with postgres(home / "postgres") as pg, temporal(home / "temporal", port=0, ui_port=None) as engine:
        assert await sql(pg, "SELECT 1") == 1
        assert await started(engine, "works") == ["works"]
    assert [await gone(pid) for pid in pids] == [True, True]


async def test_a_postgres_left_behind_is_ended_first(home: Path) -> None:
    """Where the kernel did not end it, the next start finds the server by its pid file, ends it and starts its own."""
    async with postgres(home):
        pass
    directory = home / "run"
    left = await database._start_postgres(home, database._account(home), database.OPTIONS, directory)
    async with postgres(home) as server:
        assert not left.runs()
        assert await sql(server, "SELECT 1") == 1


async def test_a_server_left_behind_is_ended_by_its_pid_file(home: Path) -> None:
    """What the pid file names is ended if its command line is the one written there."""
    with sleeper() as process:
        (home / "pid").write_text(json.dumps({"pid": process.pid, "command": ["sleep", "60"]}))
        reaper = asyncio.create_task(asyncio.to_thread(process.wait))
        assert await child.end_leftover(home, ((signal.SIGTERM, 5.0),))
        await reaper


@pytest.mark.parametrize("command", [["sleep", "61"], ["postgres", "-D", "/data"]])
async def test_a_stranger_with_the_same_pid_is_left_alone(home: Path, command: list[str]) -> None:
    """A pid that has come to be another program's is not ended, whatever our pid file says."""
    with sleeper() as process:
        (home / "pid").write_text(json.dumps({"pid": process.pid, "command": command}))
        assert not await child.end_leftover(home, ((signal.SIGKILL, 5.0),))
        assert process.poll() is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]"])
async def test_a_damaged_pid_file_is_no_leftover(home: Path, text: str) -> None:
    """A pid file that cannot be read names nobody."""
    (home / "pid").write_text(text)
    assert child.leftover(home) is None


async def test_a_number_given_anew_does_not_keep_postgres_from_starting(home: Path) -> None:
    """After a restart of the machine PostgreSQL's own pid file may name a stranger; the start is not refused for it."""
    async with postgres(home) as server:
        os.kill(server.server.pid, signal.SIGKILL)
        assert await gone(server.server.pid)
        account = database._account(home)
    pid_file = home / "data" / "postmaster.pid"
    with sleeper(user=account.uid if account else None) as process:
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(process.pid), *lines[1:]]))
        async with postgres(home) as server:
            assert await sql(server, "SELECT 1") == 1
        assert process.poll() is None


async def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    """Half of a data directory is thrown away, not started from."""
    (home / "data.new").mkdir()
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    async with postgres(home) as server:
        assert await sql(server, "SELECT current_database()") == "jieti"


async def test_one_owner_a_directory(home: Path) -> None:
    """A second start in a directory that is in use is refused and says who uses it; the first goes on."""
    async with postgres(home) as server:
        with pytest.raises(ServerFailed, match=f"in use by process {os.getpid()}"):
            async with postgres(home):
                pass
        assert await sql(server, "SELECT 1") == 1


async def test_two_data_directories_side_by_side(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two schools' servers run at once on ports and data of their own, and the one that had to move says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with caplog.at_level(logging.WARNING, "jieti.embedded"):
            async with (
                temporal(home / "a" / "temporal", port=port, ui_port=port) as one,
                temporal(home / "b" / "temporal", port=0, ui_port=None) as other,
                postgres(home / "a" / "postgres") as one_pg,
                postgres(home / "b" / "postgres") as other_pg,
            ):
                assert one.ui
                assert len({one.address, other.address, one.ui.removeprefix("http://"), f"127.0.0.1:{port}"}) == 4
                assert other.ui is None
                assert await started(one, "one") == ["one"]
                assert await started(other) == []
                await sql(one_pg, "CREATE TABLE one ()", "SELECT 1")
                assert await sql(other_pg, "SELECT to_regclass('one')") is None
    assert f"port {port} is taken" in caplog.text


async def test_a_port_taken_after_it_was_chosen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If somebody is faster between the choice and the start, another port is chosen."""
    choose: Callable[..., list[int]] = sys.modules["runtime.embedded.dev_server"]._free_ports
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stale = [[taken.getsockname()[1], 0]]
        monkeypatch.setattr(
            "runtime.embedded.dev_server._free_ports", lambda *wanted: stale.pop() if stale else choose(*wanted)
        )
        async with temporal(home, port=0, ui_port=None) as server:
            assert await started(server, "works") == ["works"]


async def test_a_socket_in_a_deep_directory(home: Path) -> None:
    """Where a socket's path would be too long it stands among the short-lived files, and is gone afterwards."""
    deep = home / ("d" * 90)
    async with postgres(deep) as server:
        assert server.directory.parent != deep
        assert await sql(server, "SELECT 1") == 1
    assert not server.directory.exists()


async def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The error has the server's own last words, and only those of this start."""
    async with postgres(home):
        pass
    with pytest.raises(ServerFailed, match=r'(?s)PostgreSQL ended with code 1.*"no_such_option"'):
        async with postgres(home, options={"no_such_option": "1"}):
            pass
    async with postgres(home) as server:
        assert "no_such_option" not in server.server.last_words()


async def test_a_server_that_does_not_answer_says_so(home: Path) -> None:
    """Waiting has an end, and the server is still there to be ended by whoever waited."""

    async def never() -> bool:
        return False

    sleeping = child.start("Sleep", ["/bin/sleep", "60"], home=home, last_will=signal.SIGTERM)
    with pytest.raises(ServerFailed, match=r"Sleep did not answer within 0\.1 s"):
        await sleeping.ready(never, seconds=0.1)
    await sleeping.end(((signal.SIGTERM, 5.0),))
    assert not sleeping.runs()


async def test_a_server_that_ignores_us_is_killed(home: Path) -> None:
    """Each rung of the ladder is tried in its turn, to the last."""
    ready = home / "ready"
    script = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w'); time.sleep(60)"
    deaf = child.start("Deaf", [sys.executable, "-c", script, str(ready)], home=home, last_will=signal.SIGKILL)

    async def listens_to_nobody() -> bool:
        return ready.exists()

    await deaf.ready(listens_to_nobody, seconds=5)
    await deaf.end(((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0)))
    assert deaf.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("place", [Path("here"), Path(__file__) / "below-a-file"])
async def test_a_directory_that_cannot_be_used(place: Path) -> None:
    """A relative path and a path that cannot be made are refused in words."""
    with pytest.raises(ServerFailed, match=r"must be an absolute path|cannot be used"):
        async with postgres(place):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
async def test_root_does_not_run_postgres(home: Path) -> None:
    """Started by root, PostgreSQL runs as another user, who owns its data and keeps everybody else out."""
    async with postgres(home) as server:
        assert psutil.Process(server.server.pid).uids().effective != 0
        for place in (home / "data", server.directory):
            assert place.stat().st_uid == psutil.Process(server.server.pid).uids().effective
            assert place.stat().st_mode & 0o077 == 0


async def test_a_namespace_is_made_fit_for_years(home: Path) -> None:
    """Retention is raised and search attributes are there at once, also those that a later version adds."""
    unit, later = SearchAttributeKey.for_keyword("PathUnit"), SearchAttributeKey.for_datetime("NextWakeAt")
    seven_years = timedelta(days=7 * 365)
    versions: list[list[SearchAttributeKey[Any]]] = [[unit], [unit, later], [later]]
    for keys in versions:
        async with temporal(home, port=0, ui_port=None) as server:
            client = await Client.connect(server.address)
            await prepare(client, retention=seven_years, search_attributes=keys)
            found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
            assert found.config.workflow_execution_retention_ttl.ToTimedelta() == seven_years
    async with temporal(home, port=0, ui_port=None) as server:
        client = await Client.connect(server.address)
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
        assert set(listed.custom_attributes) == {"PathUnit", "NextWakeAt"}
        labels = TypedSearchAttributes([SearchAttributePair(unit, "branch-1")])
        await client.start_workflow("Path", id="labelled", task_queue="nobody-asks", search_attributes=labels)
