"""One demo for all tests of the commands: it takes a while to start."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.demo import Demo


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
