"""Activities that wait at a gate before they record: a slow or failing log, on demand."""

import asyncio

from temporalio import activity

from activities.mailroom import at_once
from activities.paths import Paths
from domain.receipt import Outcome
from registry.desk import Desk
from workflows.contract import RecordInput


class Gated(Paths):
    """The real activities behind a gate that a test shuts and opens; `tries` counts who came to it."""

    def __init__(self, desk: Desk) -> None:
        """Begin with the gate open."""
        super().__init__(desk, at_once(desk))
        self.gate = asyncio.Event()
        self.gate.set()
        self.tries = 0

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Record once the gate is open."""
        self.tries += 1
        await self.gate.wait()
        return await super().record(asked)
