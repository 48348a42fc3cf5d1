"""The log in memory keeps the promises of a log."""

import pytest

from eventlog.log import Log
from eventlog.memory import MemoryLog
from tests.contracts.log import LogContract


class TestMemoryLog(LogContract):
    """The memory twin."""

    @pytest.fixture
    def log(self) -> Log:
        """Begin with nothing."""
        return MemoryLog()
