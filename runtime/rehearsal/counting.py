"""What stands at the end of a rehearsal: the log read back and proved, Temporal's history counted."""

from dataclasses import dataclass
from uuid import UUID

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from eventlog.entry import NOTHING, leaf
from eventlog.log import Log

PAGE = 1000


class LogBroken(Exception):
    """An entry is not what its digest says, or not where it says: the message names its position."""


@dataclass(frozen=True, slots=True)
class Count:
    """A workflow over all its runs: how many there were, their events, and the timers that fired."""

    runs: int
    events: int
    wakes: int


async def count(client: Client, workflow: str) -> Count:
    """Count the history of a workflow, its latest run first. Raises RPCError."""
    runs = events = wakes = 0
    run_id: str | None = None
    while run_id != "":
        history = await client.get_workflow_handle(workflow, run_id=run_id).fetch_history()
        runs += 1
        events += len(history.events)
        wakes += sum(each.event_type == EventType.EVENT_TYPE_TIMER_FIRED for each in history.events)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return Count(runs, events, wakes)


async def verify(log: Log) -> int:
    """Read the whole log, make every digest and every chain anew, and tell how many entries hold. Raises LogBroken."""
    heads: dict[UUID, bytes] = {}
    position = 0
    while entries := await log.after(position, limit=PAGE):
        for entry in entries:
            position += 1
            chained = entry.previous == heads.get(entry.stream_id, NOTHING)
            if entry.position != position or not chained or entry.digest != leaf(entry.text):
                raise LogBroken(f"the entry at position {entry.position} is not what its digest says")
            heads[entry.stream_id] = entry.digest
    return position
