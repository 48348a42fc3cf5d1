"""What runs on a data directory, written down for the other commands."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

STATE = "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """What runs where, for people and for the other commands. `ui` is None where Temporal is somebody else's, `mails` where
    letters leave by channels of one's own.
    """

    api: str
    ui: str | None
    data_dir: str
    database_url: str
    temporal_address: str
    keys_database_url: str = ""
    mails: str | None = None


def where(data_dir: Path) -> Running | None:
    """Tell what runs on a data directory, if anything said so and has not stopped."""
    try:
        return Running(**json.loads((data_dir / STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def note(running: Running) -> None:
    """Write down what runs, for the owner of the data directory alone: an address may hold a password."""
    path = Path(running.data_dir) / STATE
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(running), file, indent=2)
    draft.replace(path)


def forget(data_dir: Path) -> None:
    """Nothing runs there any more."""
    (data_dir / STATE).unlink(missing_ok=True)
