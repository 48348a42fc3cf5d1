"""Files that are whole or not there: written beside their place, put on the disk, then renamed into it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process works with this file."""


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write one file so that a crash at any moment leaves the old one or the new one. Folders are made as needed."""
    write_all({path: data}, mode=mode)


def write_all(files: Mapping[Path, bytes], *, mode: int = 0o644) -> None:
    """Write several files, each whole; when this returns all of them are on the disk, and so are their names.

    A folder that is made for a file which others may not read is closed to them too.
    """
    for path, data in files.items():
        path.parent.mkdir(mode=0o777 if mode & 0o077 else 0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    for folder in {folder for path in files for folder in (path.parent, path.parent.parent)}:
        _sync(folder)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only process that works with a file; the lock ends with the process, however it ends. Raises InUse."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"{path} is in use by another process") from None
        yield


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
