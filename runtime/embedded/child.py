"""A server as our child: one owner a directory, ended with its parent, found again by its pid file, ended with care."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

LAUNCH = Path(__file__).with_name("launch.py")
TAIL_BYTES = 2_000
LOG_LIMIT_BYTES = 20_000_000

Ladder = Sequence[tuple[signal.Signals, float]]
"""What to send, gentlest first, and how many seconds each may take before the next is sent."""


class ServerFailed(Exception):
    """An embedded server did not start, or its directory cannot be used; the message says why and where to look."""


@dataclass(frozen=True)
class Account:
    """The system user a server runs as where it must not run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Child:
    """A running server that this process started. It complains into the file `log`, from byte `log_start` on."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int

    @property
    def pid(self) -> int:
        """Its process id, the same from launch to end."""
        return self.process.pid

    def runs(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    async def ready(self, answers: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Wait until it answers. ServerFailed, with the end of its log, if it ends before or takes longer."""
        deadline = time.monotonic() + seconds
        while not await answers():
            if not self.runs():
                raise ServerFailed(f"{self.name} ended with code {self.process.returncode}. {self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not answer within {seconds:g} s. {self.last_words()}")
            await asyncio.sleep(0.01)

    def last_words(self) -> str:
        """The end of its log, for an error message."""
        with self.log.open("rb") as file:
            file.seek(max(self.log_start, self.log.stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace").strip()
        return f"The end of {self.log}:\n{text}"

    async def end(self, ladder: Ladder) -> None:
        """End it, gently first; returns when it is gone."""
        await _climb(ladder, self.process.send_signal, self.runs)


@contextmanager
def holding(home: Path) -> Iterator[None]:
    """Own a server's directory: while this is held, no other process uses it, so whatever runs there is a leftover.

    The lock ends with the process, however it ends. ServerFailed if another process holds it or we may not.
    """
    if not home.is_absolute():
        raise ServerFailed(f"{home} must be an absolute path: servers do not know where we stand")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServerFailed(f"{home} cannot be used: {error.strerror}. Was it made by another user?") from error
    with os.fdopen(lock, "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read(20).decode() or "unknown"
            raise ServerFailed(f"{home} is in use by process {holder}; stop that first, or choose another") from error
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        yield


def start(
    name: str,
    command: Sequence[str],
    *,
    home: Path,
    last_will: signal.Signals,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Start a server in a session of its own (Ctrl-C is for us: we end it when we are done with it).

    `last_will` is what the kernel sends it when the thread that called this has ended.
    """
    log = home / "log"
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(home / "log.old")
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    launch = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(last_will)), str(uid), str(gid)]
    with log.open("ab") as out:
        log_start = out.tell()
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            [*launch, str(home / "pid"), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=home,
            env={"PATH": os.defpath, "HOME": str(home), "TZ": "UTC", "LC_ALL": "C", **(environment or {})},
            start_new_session=True,
        )
    return Child(name, process, log, log_start)


async def end_leftover(home: Path, ladder: Ladder) -> bool:
    """End the server that a killed parent left behind in `home`, which must be held. Whether there was one.

    Only a process whose command line is the one written beside its pid is ended: a pid may long be somebody else's.
    """
    process = leftover(home)
    if process is None:
        return False
    await _climb(ladder, process.send_signal, lambda: is_alive(process))
    return True


def leftover(home: Path) -> psutil.Process | None:
    """The process that the pid file of `home` names, if it still is the server that was started there."""
    try:
        written = json.loads((home / "pid").read_text(encoding="utf-8"))
        process = psutil.Process(written["pid"])
        ours = written["command"]
        # While it is still being launched, the command stands at the end of the launcher's own.
        return process if is_alive(process) and process.cmdline()[-len(ours) :] == ours else None
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, KeyError, TypeError):  # none, gone, or damaged
        return None


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that has ended and waits to be counted by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _climb(ladder: Ladder, send: Callable[[int], None], runs: Callable[[], bool]) -> None:
    for sign, patience in ladder:
        if not runs():
            return
        try:
            send(sign)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return
        deadline = time.monotonic() + patience
        while runs() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
    if runs():
        raise ServerFailed("a server does not end although it was killed; is its disk gone?")


def pairs(option: str, values: Mapping[str, str]) -> list[str]:
    """The same command line option once for each value."""
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]
