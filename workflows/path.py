"""One person's path as a durable workflow: a door for transitions and an alarm clock. It holds no facts and no rules."""

import asyncio
from dataclasses import replace

from temporalio import workflow

from domain.receipt import Asked, Outcome, Receipt
from workflows.clock import Keeping
from workflows.contract import PATH, TRANSITION, PathActivities, PathInput, PublicText, RecordInput


@workflow.defn(name=PATH)
class Path(Keeping):
    """Transitions come in by Update and are recorded by an activity; the receipt brings the alarm."""

    @workflow.init
    def __init__(self, path: PathInput) -> None:
        """Begin without an alarm: the opening's receipt brings it, or else the log is asked."""
        super().__init__(path.path_id)
        self._lock = asyncio.Lock()

    @workflow.update(name=TRANSITION)
    async def transition(self, asked: Asked) -> Outcome:
        """Record a transition, or refuse it. Raises ApplicationError for what its sender has to mend."""
        async with self._lock:  # handlers interleave at every await, and the receipts must come in their order
            given = RecordInput(asked, workflow.now())
            outcome = await self._insist(PathActivities.record, given, PublicText("记录 · record a transition"))
            if outcome.receipt:
                self._heed(outcome.receipt)
        return replace(outcome, request=asked.request)

    @workflow.run
    async def run(self, path: PathInput) -> None:
        """Wake when something is due, have it sent, sleep again; end with the path."""
        await workflow.wait_condition(self._idle)  # the opening came before this line
        await self._keep(PathInput(path.path_id))

    def _idle(self) -> bool:
        """No transition is under way, whose receipt will bring another alarm."""
        return not self._lock.locked()

    def _heed(self, receipt: Receipt) -> None:
        """Take the alarm of a receipt. One that was given before may be out of date, and nothing is sent on its word."""
        self._take(replace(receipt.alarm, send=()))
        if receipt.repeated or receipt.alarm.send:
            self._nudged = True
