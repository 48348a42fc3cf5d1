"""The demo as a process of its own, in a directory that is thrown away; only what it started is ever killed."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from runtime.running import STATE, Running, where

CLI = [sys.executable, "-m", "cli"]
SECONDS = 60.0


def environment(home: Path) -> dict[str, str]:
    """What a command is told: the directory, any port, a wide terminal."""
    told = {"PATH": os.defpath, "HOME": str(home), "COLUMNS": "300", "LC_ALL": "C.UTF-8"}
    return {**told, "JIETI_DATA_DIR": str(home), "JIETI_API_PORT": "0"}


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Demo:
    """A demo that can be started, killed and started again."""

    home: Path
    process: "subprocess.Popen[bytes] | None" = None
    family: list[psutil.Process] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """All that it has printed since its last start."""
        return (self.home.parent / "said").read_text(encoding="utf-8")

    @property
    def running(self) -> Running:
        """Where everything is."""
        found = where(self.home)
        assert found
        return found

    def start(self) -> None:
        """Start it and wait until it says that it runs."""
        (self.home / STATE).unlink(missing_ok=True)
        with (self.home.parent / "said").open("wb") as out:
            self.process = subprocess.Popen(
                [*CLI, "demo"], stdout=out, stderr=subprocess.STDOUT, env={**environment(self.home), **self.told}
            )
        deadline = time.monotonic() + SECONDS
        while "Ctrl-C stops" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        self.refresh()

    def refresh(self) -> None:
        """Look anew which children it has."""
        assert self.process
        self.family = psutil.Process(self.process.pid).children()

    def stop(self) -> int:
        """Ctrl-C; tells its exit code, and holds it to leaving nobody behind."""
        assert self.process
        self.refresh()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(SECONDS)
        _, alive = psutil.wait_procs(self.family, 1)
        assert not alive
        return code

    def kill(self, *names: str) -> None:
        """Kill -9 those of its processes whose command line has one of these words; without words, all of them."""
        assert self.process
        self.refresh()
        victims = [one for one in self.family if not names or any(name in " ".join(one.cmdline()) for name in names)]
        if not names:
            victims.append(psutil.Process(self.process.pid))
        for victim in victims:
            victim.kill()
        psutil.wait_procs(victims, 10)
        if not names:
            self.process.wait(10)

    def jieti(self, *arguments: str, given: str = "", **told: str) -> Done:
        """Run a command beside it."""
        done = subprocess.run(
            [*CLI, *arguments],
            env={**environment(self.home), **self.told, **told},
            capture_output=True,
            text=True,
            input=given,
            check=False,
            timeout=SECONDS,
        )
        return Done(done.returncode, done.stdout, done.stderr)
