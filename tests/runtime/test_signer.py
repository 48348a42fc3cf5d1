"""The signer and its witnesses: what one log's history is, they agree on, and nothing else is signed.

They are real processes where it matters how one starts, ends or dies; else they run here, and need not wait as long.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from cli import app  # noqa: TID251 - the door is what is tried
from commands.leaving import Code, explained
from eventlog.keyring import add_key
from eventlog.postgres import open_log
from eventlog.published import Published
from eventlog.tree import check_consistency
from eventlog.verify import COSIGNATURE, key_of, open_note, parse_checkpoint
from eventlog.witnessing import Witness
from runtime import cosigning
from runtime import signer as signing
from runtime.clock import now
from runtime.settings import Settings
from runtime.witness import witnessing
from tests.contracts.log import asked, stream

CLI = [sys.executable, "-m", "cli"]
ROOT = Path(__file__).parents[2]
SECONDS = 30.0


@dataclass
class Process:
    """One of our commands, running; what it prints goes into a file."""

    running: "subprocess.Popen[bytes]"
    out: Path

    @property
    def said(self) -> str:
        """All that it has printed."""
        return self.out.read_text(encoding="utf-8")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; tells its exit code."""
        self.running.send_signal(how)
        return self.running.wait(SECONDS)


@dataclass
class Street:
    """Where processes are started, each told nothing but what a test says; all are gone at its end."""

    home: Path
    started: list[Process] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self, *arguments: object, **told: str) -> Process:
        """Start a command."""
        out = self.home / f"said-{next(self.numbers)}"
        with out.open("wb") as file:
            running = subprocess.Popen(
                [*CLI, *map(str, arguments)], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, env=self.told(**told)
            )
        self.started.append(Process(running, out))
        return self.started[-1]

    def ask(self, *arguments: object, **told: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        command = [*CLI, *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, env=self.told(**told), capture_output=True, text=True, check=False, timeout=SECONDS
        )

    def told(self, **told: str) -> dict[str, str]:
        """The environment of a command."""
        return {"PATH": os.defpath, "HOME": str(self.home), "JIETI_DATA_DIR": str(self.home / "data")} | told

    def signer(self, database: str, name: str = "data", witnesses: tuple[str, ...] = ()) -> Process:
        """Start a signer in a data directory of its own; its key must be there."""
        return self.start(
            "signer",
            JIETI_DATABASE_URL=database,
            JIETI_DATA_DIR=str(self.home / name),
            JIETI_SEAL_SECONDS="1",
            JIETI_WITNESSES=",".join(witnesses),
        )

    def settings(self, database: str = "", name: str = "data", witnesses: tuple[str, ...] = ()) -> Settings:
        """What a signer that runs here is told."""
        told = {"JIETI_DATA_DIR": str(self.home / name), "JIETI_SEAL_SECONDS": "1"}
        if database:
            told |= {"JIETI_DATABASE_URL": database}
        if witnesses:
            told |= {"JIETI_WITNESSES": ",".join(witnesses)}
        return Settings.read(told)

    def published(self, name: str = "data") -> Published:
        """What a signer publishes."""
        return Published(self.home / name / "sealed")

    def witness(self, name: str, vkey: str, listen: str = "127.0.0.1:0") -> tuple[Process, str]:
        """Start a witness; returns it with what the signer is told of it."""
        key = self.home / name
        if not key.exists():
            add_key(key, f"{name}.example", COSIGNATURE)
        process = self.start("witness", "--key", key, "--listen", listen, "--log", vkey)
        until(lambda: "witnesses at" in process.said, process)
        public, _, address = process.said.partition("\nwitnesses at ")
        return process, f"{address.strip()} {public.strip()}"


def until(holds: Callable[[], object], *processes: Process) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, [process.said for process in processes]
        time.sleep(0.05)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """An empty street."""
    made = Street(tmp_path)
    yield made
    for process in made.started:
        if process.running.poll() is None:
            process.end(signal.SIGKILL)


@pytest.fixture
def vkey(street: Street) -> str:
    """The public key of the log, whose private one is in the data directory."""
    return signing.new_key(street.settings()).vkey


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[list[str]]:
    """A signer that runs here, until the block ends; gives what it says."""
    stop, said = asyncio.Event(), list[str]()
    running = asyncio.create_task(signing.run(settings, stop=stop, say=said.append))
    try:
        yield said
    finally:
        stop.set()
        await running


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signer that runs here looks at once, and asks a witness again at once."""
    monkeypatch.setattr(signing, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(signing, "AWAY_SECONDS", 0.2)
    monkeypatch.setattr(cosigning, "MOST_PATIENCE_SECONDS", 0.2)


async def write(database: str, entries: int, *, first: int = 0, words: str = "entry") -> None:
    """Append so many entries, to a stream each."""
    async with open_log(database, role="jieti_app") as log:
        for number in range(first, first + entries):
            await log.append(asked(stream(number), payloads=[f"{words} {number}".encode()]))


async def sealed(
    street: Street, size: int, signers: int, keys: list[str], *processes: Process, name: str = "data"
) -> bytes:
    """Wait until a checkpoint of this size has so many signatures of these keys; returns it."""
    published = street.published(name)

    def there() -> bool:
        if not (published.folder / "checkpoint").exists() or published.checkpoint().size != size:
            return False
        return len(open_note(published.note(), map(key_of, keys))[1]) == signers

    await asyncio.to_thread(until, there, *processes)
    return published.note()


async def tell(street: Street, wanted: Callable[[Any], bool], *processes: Process, name: str = "data") -> None:
    """Wait until the signer says something of itself."""
    published = street.published(name)
    await asyncio.to_thread(until, lambda: (said := published.status()) and wanted(said), *processes)


async def test_two_witnesses_cosign_and_one_that_is_away_holds_nothing_up(
    street: Street, vkey: str, database: str
) -> None:
    """The published checkpoint bears three signatures; two while a witness is away; three again when it is back."""
    first, first_at = street.witness("w1", vkey)
    second, second_at = street.witness("w2", vkey)
    keys = [vkey, first_at.partition(" ")[2], second_at.partition(" ")[2]]
    await write(database, 5)
    signer = street.signer(database, witnesses=(first_at, second_at))
    before = await sealed(street, 5, 3, keys, signer, first, second)
    assert second.end(signal.SIGKILL) == -signal.SIGKILL
    await write(database, 5, first=5)
    await sealed(street, 10, 2, keys, signer)
    await tell(street, lambda said: said.witnesses[1].error and said.witnesses[1].size == 5, signer)
    address = second_at.partition(" ")[0].removeprefix("http://")
    again, _ = street.witness("w2", vkey, listen=address)
    after = await sealed(street, 10, 3, keys, signer, again)
    old, new = (parse_checkpoint(open_note(one, ())[0]) for one in (before, after))
    proof = street.published().consistency(old.size, new.size)
    assert check_consistency(old.size, old.root, new.size, new.root, proof)
    seen = json.loads((street.home / "w2.seen").read_text())
    assert seen == {"jieti.local/log": {"size": 10, "root": new.root.hex()}}
    assert (signer.end(), first.end(), again.end()) == (0, 0, 0)
    signer = street.signer(database, witnesses=(first_at, second_at))  # with nobody to ask, what they said is kept
    await tell(street, lambda said: [one.size for one in said.witnesses] == [10, 10], signer)
    assert street.published().note() == after


@pytest.mark.usefixtures("prompt")
async def test_a_second_log_under_the_same_key_finds_no_witness(
    street: Street, vkey: str, database: str, other_database: str
) -> None:
    """Two signers with one stolen key race over two histories: the witness signs for one of them alone, and says why."""
    own = add_key(street.home / "w1", "w1.example", COSIGNATURE)
    keys = [vkey, own.vkey]
    (street.home / "thief" / "signer").mkdir(parents=True)
    (street.home / "thief" / "signer" / "key").write_bytes((street.home / "data" / "signer" / "key").read_bytes())
    await write(database, 6)
    await write(other_database, 6, words="another history")
    with witnessing("127.0.0.1", 0, Witness(own, [key_of(vkey)], street.home / "seen"), now) as address:
        at = f"{address} {own.vkey}"
        async with at_work(street.settings(database, witnesses=(at,))):
            await sealed(street, 6, 2, keys)
            async with at_work(street.settings(other_database, "thief", (at,))):
                await sealed(street, 6, 1, keys, name="thief")
                await tell(street, lambda said: "holds another log of 6" in said.witnesses[0].error, name="thief")
                await write(other_database, 6, first=6, words="another history")
                await sealed(street, 12, 1, keys, name="thief")
                await tell(street, lambda said: "not how this log begins" in said.witnesses[0].error, name="thief")
                await write(database, 10, first=6)
                await sealed(street, 16, 2, keys)
                await write(other_database, 1, first=12, words="another history")
                await tell(street, lambda said: "has seen 16 entries" in said.witnesses[0].error, name="thief")


@pytest.fixture
async def other_database(database_server: Any, migrated_template: str, database: str) -> Any:
    """A second log on the same server."""
    name = database.rpartition("/")[2].partition("?")[0] + "_other"
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await administrator.execute(f'create database "{name}" template "{migrated_template}" strategy file_copy')
        yield database_server.dsn(database=name)
        await administrator.execute(f'drop database "{name}" with (force)')
    finally:
        await administrator.close()


async def altered(database: str, statement: str) -> None:
    """Do what only the owner of the server can do."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("alter table log.entry disable trigger all; alter table log.head disable trigger all")
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update log.entry set payload = 'forged' where position = 7", "digest at position 7"),
        ("delete from log.entry where position = 8", "gap at position 8"),
        ("delete from log.entry where position > 3; update log.head set size = 3", "shrunk at position 4"),
        ("update log.entry set payload = 'forged' where position = 5", "changed at position 5"),
    ],
)
async def test_an_altered_log_stops_the_signer(
    street: Street, vkey: str, database: str, statement: str, says: str
) -> None:
    """Whoever alters rows as owner of the server: the signer ends with 1, names kind and place, and has signed nothing."""
    await write(database, 5)
    async with at_work(street.settings(database)):
        kept = await sealed(street, 5, 1, [vkey])
    await write(database, 5, first=5)
    await altered(database, statement)
    signer = street.signer(database)
    assert await asyncio.to_thread(signer.running.wait, SECONDS) == 1
    assert "SEALING HAS STOPPED" in signer.said
    assert says in signer.said
    said = street.published().status()
    assert said
    assert says in said.refused
    assert (said.size, said.sealed_at is not None) == (5, True), "what was sealed before is still told"
    assert street.published().note() == kept


def _has_sealed(signer: Process) -> bool:
    return "sealed" in signer.said


async def test_killed_while_it_writes_it_never_signs_two_histories(street: Street, vkey: str, database: str) -> None:
    """Killed again and again at any moment, every checkpoint it has ever published is the beginning of the last."""
    for number in range(4):
        writing = asyncio.create_task(write(database, 300, first=number * 300))
        signer = street.signer(database)
        await asyncio.to_thread(until, partial(_has_sealed, signer), signer)
        await asyncio.sleep(0.3 * number)
        signer.end(signal.SIGKILL)
        await writing
    signer = street.signer(database)
    last = parse_checkpoint(open_note(await sealed(street, 1200, 1, [vkey], signer), ())[0])
    for file in (street.home / "data/sealed/checkpoints").iterdir():
        old = parse_checkpoint(open_note(file.read_bytes(), ())[0])
        proof = street.published().consistency(old.size, last.size)
        assert check_consistency(old.size, old.root, last.size, last.root, proof)


@pytest.mark.usefixtures("prompt", "vkey")
async def test_what_is_taken_away_while_it_seals_is_made_again(street: Street, database: str) -> None:
    """Tiles, checkpoint and all are removed, then cannot be written for a while: it says so, and seals when it can."""
    await write(database, 300)
    async with at_work(street.settings(database)) as said:
        await asyncio.to_thread(until, lambda: any("sealed 300" in line for line in said))
        folder = street.home / "data" / "sealed"
        note = (folder / "checkpoint").read_bytes()
        folder.rename(street.home / "gone")
        folder.write_text("in its place")
        await asyncio.to_thread(until, lambda: any(str(folder) in line for line in said))
        folder.unlink()
        await asyncio.to_thread(until, (folder / "checkpoint").exists)
        assert (folder / "checkpoint").read_bytes() == note
        await write(database, 2, first=300)
        await asyncio.to_thread(until, lambda: any("sealed 302" in line for line in said))
    assert street.published().receipt(5)


async def test_a_log_that_is_away_is_waited_for_and_two_signers_are_one_too_many(street: Street, database: str) -> None:
    """Without PostgreSQL the signer says so and goes on trying; a second one on the same state ends with 4."""
    assert street.ask("signer", "--new-key").stdout.startswith("jieti.local/log+")
    signer = street.signer("postgresql://127.0.0.1:9/nowhere")
    await tell(street, lambda said: "PostgreSQL" in said.error, signer)
    second = street.signer(database)
    assert await asyncio.to_thread(second.running.wait, SECONDS) == 4
    assert "in use by another process" in second.said
    assert signer.end() == 0


@pytest.mark.usefixtures("prompt")
async def test_keys_are_changed_while_it_seals(street: Street, vkey: str, database: str) -> None:
    """A new key signs within seconds without a restart; the old one is retired as leaked, and the list says so."""
    async with at_work(street.settings(database)):
        await sealed(street, 0, 1, [vkey])
        new = signing.new_key(street.settings()).vkey
        await sealed(street, 0, 2, [vkey, new])
        done = await asyncio.to_thread(street.ask, "signer", "--retire", vkey.split("+")[1], "--leaked")
        assert (done.returncode, vkey in done.stdout) == (0, True)
        assert (await asyncio.to_thread(street.ask, "signer", "--keys")).stdout.split() == [new]
        await write(database, 1)
        await sealed(street, 1, 1, [vkey, new])
    body = open_note(street.published().keys(), ())[0]
    assert body.splitlines()[2:] == [f"log {vkey} since 0 until 0 leaked", f"log {new} since 0 until -"]


def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key, with a wrong id, with another log's key, and as a witness without logs: what to do, and code 2."""
    monkeypatch.setenv("JIETI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JIETI_DATABASE_URL", "postgresql://127.0.0.1:9/nowhere")
    assert "jieti signer --new-key" in refused("signer")
    assert CliRunner().invoke(app, ["signer", "--new-key"]).output.startswith("jieti.local/log+")
    for arguments, says in (
        (("signer", "--retire", "00000000"), "has no key 00000000"),
        (("signer", "--leaked"), "--leaked belongs to --retire"),
        (("witness", "--key", f"{tmp_path}/none"), "--log is needed"),
        (("witness", "--key", f"{tmp_path}/none", "--log", "x"), "not a verifier key"),
        (("witness", "--key", f"{tmp_path}/none", "--new-key", "a b"), "no spaces"),
        (("witness", "--key", f"{tmp_path}/signer/key", "--new-key", "w"), "exists"),
        (("proof",), "either a position"),
    ):
        assert says in refused(*arguments)
    monkeypatch.setenv("JIETI_ORIGIN", "other.example")
    assert "the log is other.example" in refused("signer")


def refused(*arguments: str) -> str:
    """What a command says that ends because of a mistake of whoever called it."""
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, Exception)
    leave = explained(error)
    assert leave
    assert leave.code == Code.WRONG
    return str(leave)


async def test_the_signer_may_read_the_log_and_nothing_else(database: str) -> None:
    """Its role has two rights to select, owns nothing and belongs to nobody."""
    connection = await asyncpg.connect(database)
    try:
        rights = await connection.fetch(
            "select table_schema, table_name, privilege_type from information_schema.role_table_grants"
            " where grantee = 'jieti_signer'"
        )
        assert {tuple(right) for right in rights} == {("log", "entry", "SELECT"), ("log", "head", "SELECT")}
        functions = await connection.fetch(
            "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname = 'log' and has_function_privilege('jieti_signer', p.oid, 'execute')"
        )
        assert [one["proname"] for one in functions] == []
        member = "select count(*) from pg_auth_members where member = 'jieti_signer'::regrole"
        assert await connection.fetchval(member) == 0
    finally:
        await connection.close()
