"""The keys of a data directory: made at the first start, kept in a file that only its owner can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from runtime.settings import Settings, SettingsError

FILE = "keys.json"


def with_keys(settings: Settings) -> Settings:
    """Fill in the keys that the environment does not set from the data directory, making them at the first start.

    Raises SettingsError when the file is damaged: other keys would not open what these have sealed.
    """
    path = settings.data_dir / FILE
    if not path.exists():
        _make(path)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if "wrapping_key" not in kept:  # made before there was one
            kept["wrapping_key"] = f"first:{token_hex(32)}"
            _write(path, kept)
        read = Settings.read({f"JIETI_{name.upper()}": value for name, value in kept.items()})
    except (OSError, ValueError, AttributeError, SettingsError) as error:
        message = f"{path} cannot be read as the keys of this data directory: {error}. Put back a copy of the file."
        raise SettingsError(message) from None
    return replace(
        settings,
        payload_key=settings.payload_key or read.payload_key,
        token_key=settings.token_key or read.token_key,
        identity_key=settings.identity_key or read.identity_key,
        wrapping_key=settings.wrapping_key or read.wrapping_key,
    )


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {"payload_key": f"first:{token_hex(32)}", "token_key": token_hex(32), "identity_key": token_hex(32)}
    _write(path, {**made, "wrapping_key": f"first:{token_hex(32)}"})


def _write(path: Path, made: Mapping[str, str]) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
