"""What Temporal's histories say was asked of the paths' workflows and answered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionStatus

from domain.receipt import Outcome, Receipt
from workflows.contract import PATH

PAGE = 200


@dataclass(slots=True)
class Heard:
    """Of one path: whether a workflow runs, the keys it was asked under, and the receipts it gave."""

    running: bool = False
    keys: set[str] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)


async def heard(client: Client, since: datetime) -> dict[str, Heard]:
    """Read back the runs of all paths' workflows to a moment (aware UTC), by workflow id. Raises RPCError.

    Runs that had ended before are not read, but their workflows are named.
    """
    found: dict[str, Heard] = {}
    async for run in client.list_workflows(f"WorkflowType = '{PATH}'", page_size=1000):
        one = found.setdefault(run.id, Heard())
        one.running = one.running or run.status is WorkflowExecutionStatus.RUNNING
        if run.close_time is not None and run.close_time < since:
            continue
        async for event in _backwards(client, WorkflowExecution(workflow_id=run.id, run_id=run.run_id), since):
            await _hear(client, one, event)
    return found


async def _backwards(client: Client, run: WorkflowExecution, since: datetime) -> AsyncIterator[HistoryEvent]:
    """The events of a run, the newest first, back to a moment."""
    token = b""
    while True:
        page = await client.workflow_service.get_workflow_execution_history_reverse(
            GetWorkflowExecutionHistoryReverseRequest(
                namespace=client.namespace, execution=run, maximum_page_size=PAGE, next_page_token=token
            )
        )
        for event in page.history.events:
            if event.event_time.ToDatetime(UTC) < since:
                return
            yield event
        token = page.next_page_token
        if not token:
            return


async def _hear(client: Client, one: Heard, event: HistoryEvent) -> None:
    """Note a transition that was asked for, and the receipt that was given."""
    if event.HasField("workflow_execution_update_accepted_event_attributes"):
        accepted = event.workflow_execution_update_accepted_event_attributes
        one.keys.add(accepted.accepted_request.meta.update_id)
    if event.HasField("workflow_execution_update_completed_event_attributes"):
        completed = event.workflow_execution_update_completed_event_attributes
        one.keys.add(completed.meta.update_id)
        if completed.outcome.HasField("success"):
            answer: list[Outcome] = await client.data_converter.decode(completed.outcome.success.payloads, [Outcome])
            one.receipts.extend(outcome.receipt for outcome in answer if outcome.receipt)
