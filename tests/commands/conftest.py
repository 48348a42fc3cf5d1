"""One demo for all tests of the commands, which takes a while to start; and how a command is run where it runs."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.commands.demo import Demo, Done, environment

os.environ.pop("COLUMNS", None)  # noqa: TID251 - where tests run side by side it is set, and a console would keep it
CLI = import_module("cli")
Run = Callable[..., Done]


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A demo with the sample school, running; stopped with care at the end."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as directory:
        made = Demo(Path(directory) / "data")
        made.home.mkdir()
        made.start()
        try:
            yield made
        finally:
            assert made.stop() == 0


@pytest.fixture
def jieti(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, with nothing in the environment but what is given."""

    def run(*arguments: str, **told: str) -> Done:
        for name in [name for name in os.environ if name.startswith("JIETI_")]:  # noqa: TID251 - put aside for this test
            monkeypatch.delenv(name)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["jieti", *arguments])
        capfd.readouterr()
        code = 0
        try:
            CLI.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def here(demo: Demo, jieti: Run) -> Run:
    """Run a command where the demo runs."""
    told = {name: value for name, value in environment(demo.home).items() if name.startswith(("JIETI_", "COLUMNS"))}
    return lambda *arguments, **more: jieti(*arguments, **{**told, **more})
