"""Reads the rulebooks from their directory."""

from pathlib import Path

from domain.rulebook import Rulebooks
from domain.rulefile import read_rulebooks
from domain.spot import RulebookError

HERE = Path(__file__).parent.parent / "rulebooks"
"""The editions that come with the project."""


def load_rulebooks(policy: Path | None, directory: Path = HERE) -> Rulebooks:
    """Read all editions (`cpc-*.yaml`), the calendar and one school's policy. Raises RulebookError."""
    editions = {path.name: _text(path) for path in sorted(directory.glob("cpc-*.yaml"))}
    workdays = directory / "workdays.yaml"
    school = (policy.name, _text(policy)) if policy else None
    return read_rulebooks(editions, school, (workdays.name, _text(workdays)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path.name}: there is no such file in {path.parent}"
    except UnicodeDecodeError as error:
        message = f"{path.name}: not UTF-8 at byte {error.start}; save the file as UTF-8"
    raise RulebookError(message)
