"""Fixtures of the tests of runtime/."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory for a server: short enough for a socket, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as directory:
        yield Path(directory)
