"""The demo as people meet it: one command, three commands to try, killed at any point, and nothing lost."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import asyncpg
import pytest

from commands.demonstration import EXAMPLE
from runtime.embedded import Postgres
from tests.commands.demo import Demo, environment

COMMANDS = re.compile(r"^  (\S*jieti path .*|curl .*|\S*jieti history .*|\S*jieti checkpoint)$", re.MULTILINE)


def answers(address: str, token: str = "") -> int:
    """The status that an address answers with; 0 if nobody does."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something comes true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def versions(demo: Demo) -> list[str]:
    """The digests of the example's path, one a fact."""
    done = demo.jieti("history", EXAMPLE, "--json")
    assert done.code == 0, done.err
    return [fact["digest"] for fact in json.loads(done.out)["facts"]]


def test_what_is_printed_is_there(demo: Demo) -> None:
    """The addresses answer, nobody comes in without a token, and each person's token is taken."""
    running = demo.running
    assert answers(f"{running.api}/health") == 200
    assert answers(f"{running.api}/docs") == 200
    assert answers(str(running.ui)) == 200
    assert answers(f"{running.api}/v1/paths") == 401
    said = demo.said
    for line in (f"{running.api}/docs", running.ui, running.data_dir):
        assert str(line) in said
    tokens = re.findall(r"^ +(eyJ\S+)$", said, re.MULTILINE)
    assert [answers(f"{running.api}/v1/units", token) for token in tokens] == [200] * 6


def test_the_commands_to_try_work_as_they_are_printed(demo: Demo) -> None:
    """Copied into a shell, they show a path, a refusal with its rule and earliest day, a history, and a checkpoint."""
    path, refused, history, checkpoint = COMMANDS.findall(demo.said)
    until((demo.home / "sealed" / "checkpoint").exists)
    outcomes = [
        subprocess.run(line, shell=True, env=environment(demo.home), capture_output=True, text=True, check=False)
        for line in (path, refused, history, checkpoint)
    ]
    shown, problem, facts, sealed = (outcome.stdout for outcome in outcomes)
    assert "确定发展对象" in shown
    assert "2027-08-17" in shown
    assert json.loads(problem)["rule"] == "CULTIVATE_1Y"
    assert json.loads(problem)["earliest"] == "2027-08-17"
    assert "递交入党申请书" in facts
    assert sealed.startswith("jieti.local/log\n")


def test_a_second_demo_on_the_same_directory_is_told_which_one_runs(demo: Demo) -> None:
    """Two supervisors would fight over one log."""
    assert demo.process
    second = demo.jieti("demo")
    assert second.code == 4
    assert f"is in use by process {demo.process.pid}" in second.err


def test_reset_refuses_while_the_demo_runs(demo: Demo) -> None:
    """Nobody's log is removed under their feet, not even with --yes."""
    assert demo.jieti("reset", "--yes").code == 4
    assert answers(f"{demo.running.api}/health") == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("api", "api.main:app"),
        ("worker", "-m worker"),
        ("signer", "cli signer"),
        ("Temporal", "start-dev"),
        ("PostgreSQL", "postgres/data"),
    ],
)
def test_a_child_that_was_killed_is_started_again(demo: Demo, name: str, words: str) -> None:
    """Its end is one line, and soon everything is ready as before, at the same address."""
    before = versions(demo)
    said = demo.said.count("has ended and is started again")
    demo.kill(words)
    until(lambda: demo.said.count("has ended and is started again") > said)
    assert re.search(rf"(The )?{name} has ended and is started again", demo.said)
    until(lambda: answers(f"{demo.running.api}/ready") == 200)
    demo.refresh()
    assert versions(demo) == before


def asked(demo: Demo, token: str, path: str, key: str, body: dict[str, object]) -> dict[str, object] | None:
    """What a request is told; None when nobody answers or it may be sent again."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{demo.running.api}{path}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, object] = json.load(answer)
            return told if "digest" in told else None
    except (OSError, HTTPException):
        return None


def answered(demo: Demo, token: str, path: str, key: str, body: dict[str, object]) -> dict[str, object]:
    """What a request is told at last: one that may be sent again is, with its key."""
    deadline = time.monotonic() + 60
    while (told := asked(demo, token, path, key, body)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return told


def test_each_request_is_written_once_when_the_api_is_killed_among_them(demo: Demo) -> None:
    """Evidence and openings are under way when the API dies; sent again with their keys, each gets its first receipt."""
    token = demo.jieti("token", "--as", "secretary").out.strip()
    shown = json.loads(demo.jieti("path", EXAMPLE, "--json").out)
    example = f"/v1/paths/{shown['path_id']}"
    person = {"effective_on": "2026-11-20", "name": "李小满", "home_unit": "qs-eng-ee-1", "born_on": "2007-01-02"}
    requests: list[tuple[str, str, dict[str, object]]] = []
    for n in range(12):
        report = {"effective_on": "2026-11-20"}
        requests.append((f"{example}/facts/thought-report-received", f"killed-report-{n}", dict(report)))
        requests.append(("/v1/paths", f"killed-opening-{n}", {**person, "student_no": f"20268810{n:02}"}))
    with ThreadPoolExecutor(8) as threads:
        first = threads.map(lambda one: asked(demo, token, *one), requests)
        demo.kill("api.main:app")
        told = list(first)
        until(lambda: answers(f"{demo.running.api}/ready") == 200)
        again = list(threads.map(lambda one: answered(demo, token, *one), requests))
    demo.refresh()
    for before, after in zip(told, again, strict=True):
        assert before is None or before["digest"] == after["digest"]
    digests = [one["digest"] for one in again]
    assert len(set(digests)) == len(requests)
    history = versions(demo)
    reports = [one["digest"] for one in again[::2]]
    assert [history.count(str(digest)) for digest in reports] == [1] * 12
    assert len(history) == shown["judgement"]["version"] + 12
    assert [one["version"] for one in again[1::2]] == [1] * 12


def test_after_all_were_killed_the_next_start_goes_on_and_nothing_is_lost(demo: Demo) -> None:
    """Kill -9 of the supervisor and all its children, in the middle of recording: every fact that was acknowledged is there."""
    done = demo.jieti("record", "收到思想汇报", "--path", EXAMPLE, "--on", "2026-11-20", "--as", "secretary", "--json")
    assert done.code == 0, done.err
    before = versions(demo)
    assert json.loads(done.out)["digest"] in before
    demo.kill()
    begun = time.monotonic()
    demo.start()
    assert time.monotonic() - begun < 30
    assert versions(demo) == before
    assert "loading the sample school" not in demo.said
    until(lambda: answers(f"{demo.running.api}/ready") == 200)


def test_after_the_supervisor_alone_was_killed_its_children_are_not_left_to_run(demo: Demo) -> None:
    """They end with it, or the next start ends them; it takes over the same data."""
    assert demo.process
    before, family = versions(demo), demo.family
    demo.process.kill()
    demo.process.wait(10)
    demo.start()
    until(lambda: not any(one.is_running() for one in family))
    assert versions(demo) == before


async def test_servers_that_are_there_are_used_and_ports_that_are_taken_are_not(
    demo: Demo, database_server: Postgres, tmp_path: Path
) -> None:
    """A PostgreSQL from the settings is migrated and filled, none is started; taken ports are replaced, and that is said."""
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await administrator.execute("create database elsewhere")
    finally:
        await administrator.close()
    (tmp_path / "data").mkdir()
    taken = demo.running.api.rpartition(":")[2]
    told = {"JIETI_DATABASE_URL": database_server.dsn(database="elsewhere"), "JIETI_API_PORT": taken}
    second = Demo(tmp_path / "data", told=told)
    second.start()
    try:
        assert not (second.home / "postgres").exists()
        assert f"Port {taken} is taken: the API listens on {second.running.api.rpartition(':')[2]}." in second.said
        assert "port 7233 is taken" in second.said
        assert len(versions(second)) == 12
    finally:
        assert second.stop() == 0
