"""A worker as in production, but for points at which it kills: `python -m tests.crash.worker_process PLAN`.

PLAN is JSON: `points` says at which point a path's transition or reminder stops, `kill` whom to kill and how (process
ids and signals) when all of them have stopped. Then everything goes on, as far as it still can.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.worker import (
    ContinueAsNewInput,
    HandleUpdateInput,
    Interceptor,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

import worker  # noqa: TID251 - this is that door, with the points
from activities.channels.base import Message
from activities.errands import Errand, Sent
from activities.mailroom import Deliveries
from activities.paths import Paths
from domain.receipt import Outcome
from runtime.settings import Settings
from runtime.workers import make_worker
from workflows.contract import RecordInput, SendInput

TOPIC = "activist-determined"
"""The only transition that stops: openings pass."""

MOST_SECONDS = 1.5
"""How long a workflow's thread may stand still: after two seconds Temporal takes it for blocked."""


class Points:
    """Who has stopped where; kills when all have."""

    def __init__(self, points: Mapping[str, str], kill: Sequence[tuple[int, int]]) -> None:
        """Wait for these paths at these points, then send these signals."""
        self._wanted = points
        self._kill = kill
        self._missing = set(points.values())
        self._fired = threading.Event()
        self._lock = threading.Lock()

    async def stop(self, point: str, path_id: UUID) -> None:
        """Stop an activity here."""
        if self._arrives(point, path_id):
            while not self._fired.is_set():
                await asyncio.sleep(0.005)

    def block(self, point: str, path_id: UUID) -> None:
        """Stop a workflow's thread here."""
        if self._arrives(point, path_id):
            self._fired.wait(MOST_SECONDS)

    def _arrives(self, point: str, path_id: UUID) -> bool:
        with self._lock:
            if self._fired.is_set() or self._wanted.get(str(path_id)) != point:
                return False
            self._missing.discard(point)
            if not self._missing:
                print("killing", flush=True)  # noqa: T201 - the test reads it
                for pid, number in self._kill:
                    os.kill(pid or os.getpid(), number)
                self._fired.set()
            return True


class Stopping(Paths):
    """The activities, stopping before the load (P3), after the commit (P5), before (P9) and after (P10) the handing over."""

    points: Points

    @activity.defn(name="record")
    async def record(self, asked: RecordInput) -> Outcome:
        """Record, with a stop before and after."""
        if asked.asked.topic != TOPIC:
            return await super().record(asked)
        await self.points.stop("P3", asked.asked.path_id)
        outcome = await super().record(asked)
        await self.points.stop("P5", asked.asked.path_id)
        return outcome

    @activity.defn(name="send")
    async def send(self, asked: SendInput) -> None:
        """Hand over, with a stop before and after."""
        await self.points.stop("P9", asked.path_id)
        await super().send(asked)
        await self.points.stop("P10", asked.path_id)


class StoppingMail(Deliveries):
    """Letters that stop between sending and recording (P11), and after recording (P12)."""

    async def _sent(self, message: Message, errands: Sequence[Errand], waited: timedelta) -> Sent:
        """Send, and stop."""
        sent = await super()._sent(message, errands, waited)
        for errand in errands:
            await Stopping.points.stop("P11", errand.stream_id)
        return sent

    async def _recorded(self, errands: Sequence[Errand], sent: Sent, at: datetime) -> None:
        """Record, and stop."""
        await super()._recorded(errands, sent, at)
        for errand in errands:
            await Stopping.points.stop("P12", errand.stream_id)


class Stops(Interceptor):
    """Stops inside workflow tasks: the handler is done (P6), the run rolls over (P8), and the task is not completed."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the library's own signature
        """Stop every workflow."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the library's own signature
        outcome = await super().handle_update_handler(input)
        if input.args[0].topic == TOPIC:
            Stopping.points.block("P6", input.args[0].path_id)
        return outcome


class _Outbound(WorkflowOutboundInterceptor):
    def continue_as_new(self, input: ContinueAsNewInput) -> Any:  # noqa: A002 - the library's own signature
        Stopping.points.block("P8", input.args[0].path_id)
        super().continue_as_new(input)


def made(*args: Any, interceptors: Sequence[Interceptor] = (), **more: Any) -> Worker:
    """Make the worker, with stops beside its own interceptors."""
    return make_worker(*args, interceptors=[*interceptors, Stops()], **more)


def main() -> None:
    """Serve, as the door does, with the points of the plan."""
    plan = json.loads(sys.argv[1])
    Stopping.points = Points(plan["points"], plan["kill"])
    vars(worker).update(Paths=Stopping, Deliveries=StoppingMail, make_worker=made)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests; they end their workers themselves
    print("serving", Settings.read().task_queue, flush=True)  # noqa: T201 - the test reads it
    worker.main()


if __name__ == "__main__":
    main()
