"""What a bad release looks like: builds of the path's workflow with a defect each, for drills and tests. Nothing else runs them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from workflows.clock import LONGEST_SLEEP
from workflows.contract import NEXT_WAKE_AT, PATH, PathInput

with workflow.unsafe.imports_passed_through():
    from workflows.path import Path

LATE = timedelta(minutes=5)


@workflow.defn(name=PATH)
class Rewritten(Path):
    """Does things in another order than the code that wrote the histories: it does not fit them."""

    @workflow.init
    def __init__(self, path: PathInput) -> None:
        """Begin like any path."""
        super().__init__(path)

    @workflow.run
    async def run(self, path: PathInput) -> None:
        """Sleep first, then go on as ever."""
        await workflow.sleep(LATE)
        await super().run(path)


@workflow.defn(name=PATH)
class Stumbling(Path):
    """Has a defect outside its handlers: every task that looks for what is due fails."""

    @workflow.init
    def __init__(self, path: PathInput) -> None:
        """Begin like any path."""
        super().__init__(path)

    @workflow.run
    async def run(self, path: PathInput) -> None:
        """Go on as ever."""
        await super().run(path)

    async def _ask(self) -> None:
        """Divide by what there is none of."""
        raise ZeroDivisionError("a defect of this build")


@workflow.defn(name=PATH)
class Forgetful(Path):
    """Loses its timers: it says that it has one, which should have rung a while ago, and sleeps on."""

    @workflow.init
    def __init__(self, path: PathInput) -> None:
        """Begin like any path."""
        super().__init__(path)

    @workflow.run
    async def run(self, path: PathInput) -> None:  # noqa: ARG002 - Temporal gives both the same
        """Look once, and then never again."""
        await workflow.wait_condition(self._idle)
        await self._ask()
        await workflow.sleep(LONGEST_SLEEP)

    def _label(self, labels: Mapping[SearchAttributeKey[Any], object]) -> None:
        """Show a timer that is over."""
        past = workflow.now() - LATE
        super()._label({**labels, **({NEXT_WAKE_AT: past} if NEXT_WAKE_AT in labels else {})})
