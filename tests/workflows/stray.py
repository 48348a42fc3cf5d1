"""A workflow module that imports what it must not: the driver's C extension would be loaded a second time."""

import asyncpg  # noqa: F401 - that it is imported is the point
from temporalio import workflow


@workflow.defn
class Stray:
    """Does nothing wrong but what its module imports."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""
