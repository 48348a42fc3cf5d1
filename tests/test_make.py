"""Set-up: what the two commands do, what is said where Python is missing, and what the lock may hold."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
REQUIREMENT = re.compile(r"^([a-z0-9-]+)==[\w.]+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def make(*arguments: str, cwd: Path = ROOT, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """Run make as a newcomer would, with nothing of ours in the environment."""
    program = shutil.which("make")
    assert program
    return subprocess.run(
        [program, *arguments], cwd=cwd, env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_the_checks_run_in_order_the_fastest_first() -> None:
    """`make check` runs every tool, and the tests last, with coverage."""
    commands = make("--dry-run", "check").stdout
    tools = ["ruff format --check", "ruff check", "lint-imports", "mypy --strict", "deptry", "codespell"]
    places = [commands.find(tool) for tool in [*tools, "pytest --numprocesses", "coverage report"]]
    assert -1 not in places
    assert places == sorted(places)


def test_help_names_every_target() -> None:
    """`make` alone lists what it can do."""
    listed = re.findall(r"^  make (\w+)", make().stdout, re.MULTILINE)
    assert set(listed) >= {"demo", "test", "check", "bench", "lock", "clean"}


def test_without_python_it_is_said_what_is_missing(tmp_path: Path) -> None:
    """Where there is no Python the error is a sentence that says which one is needed."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = make("test", cwd=tmp_path, path=str(tmp_path))
    assert done.returncode == 2
    assert "Jieti needs Python 3.11 or newer, and found none." in done.stderr


def test_an_old_python_is_not_taken(tmp_path: Path) -> None:
    """A Python that says it is too old is passed over, and no environment is left behind."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("test", cwd=tmp_path, path=str(tmp_path))
    assert "found none" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_ci_runs_the_same_command() -> None:
    """.ci/run can be run, stops at the first error and ends in `make test`."""
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -eu" in lines
    assert lines[-1] == "exec make test"
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_the_lock_has_versions_and_hashes_and_nothing_else() -> None:
    """Each line is a comment, a version or a hash: no address, no path, no option."""
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not REQUIREMENT.match(line) and not HASH.match(line)] == []
    assert sum("==" in line and line[0] != " " for line in lines) > 50


@pytest.mark.parametrize("group", ["runtime", "dev"])
def test_the_lock_has_what_the_project_asks_for(group: str) -> None:
    """Every dependency of pyproject.toml is in the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] if group == "runtime" else project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=!~\[ ]", each)[0].lower().replace("_", "-") for each in asked}
    locked = {found[1] for line in LOCK.splitlines() if (found := REQUIREMENT.match(line))}
    assert names - locked == set()
