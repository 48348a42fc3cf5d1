"""A workflow with a defect in an update handler."""

from temporalio import workflow


@workflow.defn
class Broken:
    """Waits, and stumbles over whatever it is asked."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def stumble(self, word: str) -> str:
        """Divide a word."""
        return word[int(word)]
