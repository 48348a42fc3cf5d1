"""Files that are whole or not there: written beside their place, put on the disk, then renamed into it."""

import os
from collections.abc import Mapping
from pathlib import Path


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write one file so that a crash at any moment leaves the old one or the new one. Folders are made as needed."""
    write_all({path: data}, mode=mode)


def write_all(files: Mapping[Path, bytes], *, mode: int = 0o644) -> None:
    """Write several files, each whole; when this returns all of them are on the disk, and so are their names."""
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    for folder in {folder for path in files for folder in (path.parent, path.parent.parent)}:
        _sync(folder)


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
