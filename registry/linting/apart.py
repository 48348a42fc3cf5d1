"""A check in a process of its own, with limits of time and memory: a stranger's file can only spoil itself.

`python -m registry.linting.apart FILE NAME DAY WANT` reads pickled rulebooks from its input and writes the answer.
"""

import asyncio
import pickle
import resource
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import orjson

from domain.rulebook import Rulebooks
from registry.importing.workbooks import NoTable
from registry.linting.lint import lint
from registry.linting.marking import marked
from registry.linting.page import page
from registry.linting.report import Report

Want = Literal["json", "html", "xlsx"]

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 300
MOST_BYTES = 3 << 30
"""Of address space, most of which is never touched."""

PREFIX = "jieti-lint-"
NO_TABLE = 2
PLAIN_NAME = "file"


class TookTooLong(Exception):
    """The check was ended because it took more time, or more memory, than one file may."""


async def lint_apart(data: bytes, rulebooks: Rulebooks, day: date, want: Want, *, name: str = "") -> bytes:
    """Check a file in another process and answer in the form wanted. Raises NoTable, TookTooLong; RuntimeError for a
    defect of ours.

    The file lies in a directory of its own while it is read, and is gone when the answer is there. What a process that
    was killed has left goes with the next check.
    """
    with TemporaryDirectory(prefix=PREFIX) as directory:
        await asyncio.to_thread(_sweep, Path(directory))
        path = Path(directory) / _plain(name)
        await asyncio.to_thread(path.write_bytes, data)
        arguments = ("-m", __spec__.name, str(path), path.name, day.isoformat(), want)
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            answer, error = await asyncio.wait_for(child.communicate(pickle.dumps(rulebooks)), MOST_SECONDS)
        except TimeoutError:
            message = f"the check took more than {MOST_SECONDS} seconds and was ended: part the file into several"
            raise TookTooLong(message) from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode == NO_TABLE:
        raise NoTable(error.decode(errors="replace").strip())
    if child.returncode and (child.returncode < 0 or b"MemoryError" in error):
        raise TookTooLong("the check needed more memory than one file may have: part the file into several")
    if child.returncode:
        kind = error.strip().rpartition(b"\n")[2].partition(b":")[0].decode(errors="replace")
        message = f"the check failed in its own process: {kind}"  # not the whole: it may name persons
        raise RuntimeError(message)
    return answer


def _sweep(mine: Path) -> None:
    """Remove what killed checks have left beside this one's directory: it is older than any check can be."""
    for left in mine.parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another check's, which ended just now
            if mine.stat().st_mtime - left.stat().st_mtime > 2 * MOST_SECONDS:
                rmtree(left)


def _plain(name: str) -> str:
    """The last part of a name, if it is one that a file can have."""
    plain = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable())[-80:]
    return plain if plain.strip(". ") else PLAIN_NAME


def in_form(path: Path, report: Report, want: Want) -> bytes:
    """A report in the form that is wanted. Raises NoTable where the workbook cannot be marked."""
    if want == "xlsx":
        return marked(path, report)
    if want == "html":
        return page(report).encode()
    return orjson.dumps(report, default=dict, option=orjson.OPT_INDENT_2)


def _run(path: Path, name: str, day: date, want: Want) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    rulebooks = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from the process that began this one
    try:
        answer = in_form(path, lint(path, rulebooks, day, name=name), want)
    except NoTable as error:
        sys.stderr.write(str(error))
        return NO_TABLE
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    chosen = next(one for one in get_args(Want) if one == sys.argv[4])
    sys.exit(_run(Path(sys.argv[1]), sys.argv[2], date.fromisoformat(sys.argv[3]), chosen))
