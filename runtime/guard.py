"""Answers for defects in update handlers at once, where Temporal would let their senders wait for a minute."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

INTERNAL_DEFECT = "InternalDefect"


class UpdateGuard(Interceptor):
    """Turns every stray exception of an update handler into a failure of that update.

    Left alone it would fail the workflow task, which is tried again for ever and answers nobody.
    """

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the library's own signature
        """Guard every workflow."""
        return _Guarded


class _Guarded(WorkflowInboundInterceptor):
    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the library's own signature
        """Let failures pass, and what Temporal itself needs to see; answer the rest."""
        try:
            return await super().handle_update_handler(input)
        except (FailureError, workflow.NondeterminismError):
            raise
        except Exception as error:
            workflow.logger.exception("a defect in the handler of update %s", input.update)
            message = f"{type(error).__name__} in the handler of update {input.update}"
            raise ApplicationError(message, type=INTERNAL_DEFECT, non_retryable=True) from error
