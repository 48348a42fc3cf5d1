"""The log in PostgreSQL keeps the promises of a log, as the role that production runs as."""

from collections.abc import AsyncIterator

import pytest

from eventlog.log import Log
from eventlog.postgres import open_log
from tests.contracts.log import LogContract


class TestPostgresLog(LogContract):
    """The real one."""

    @pytest.fixture
    async def log(self, database: str) -> AsyncIterator[Log]:
        """Open it with the rights of the application and no more."""
        async with open_log(database, role="jieti_app") as log:
            yield log
