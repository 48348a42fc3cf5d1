"""The nightly reconciliation as a workflow: the log, Temporal and the views are compared, and what is safe is mended."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from workflows.contract import PublicText

RECONCILE = "Reconcile"

Kind = Literal[
    "workflow-astray",
    "workflow-of-closed-path",
    "workflow-without-path",
    "receipt-not-recorded",
    "entry-without-update",
    "view-missing",
    "view-differs",
    "view-without-path",
]
"""workflow-astray: a path is open and no workflow runs for it, or one that does not know its alarm · workflow-of-closed-path: a
workflow runs on after its path's end · workflow-without-path: a workflow runs, and the log knows no such path ·
receipt-not-recorded: Temporal has answered with a receipt, and the log has no such entry · entry-without-update: a
decision stands in the log that no workflow was asked for · view-missing, view-differs: the views have not, or not
rightly, what the log says · view-without-path: the views have a path that the log has not."""

SAFE: frozenset[Kind] = frozenset({"workflow-astray", "workflow-of-closed-path", "view-missing", "view-differs"})
"""What is put right by starting a workflow, telling it to look, or following the log again. The rest is for people."""


@dataclass(frozen=True, slots=True)
class ReconcileInput:
    """Temporal's histories are read back to `since` (aware UTC; all of them if None); without `repair` it only looks."""

    since: datetime | None = None
    repair: bool = True
    hours: int = 0
    """Instead of `since`: so many hours back from the start. What a schedule gives, which knows no moment."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where two of the three do not say the same: about which path, what each says, and whether it was put right."""

    kind: Kind
    path_id: str
    told: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared (counts by name) and what did not agree."""

    looked_at: Mapping[str, int] = field(default_factory=dict)
    disagreements: Sequence[Disagreement] = ()

    @property
    def left(self) -> Sequence[Disagreement]:
        """What is for people to look at."""
        return [one for one in self.disagreements if not one.repaired]


class ReconcileActivities(ABC):
    """What the reconciliation lets others do."""

    @activity.defn(name="reconcile")
    @abstractmethod
    async def reconcile(self, asked: ReconcileInput) -> Reconciliation:
        """Compare everything, put right what is safe, and list the rest."""


@workflow.defn(name=RECONCILE)
class Reconcile:
    """One round; a schedule begins it every night, an admin whenever they like."""

    @workflow.run
    async def run(self, asked: ReconcileInput) -> Reconciliation:
        """Have it done by whichever worker is there; a worker that dies in the middle is followed by another."""
        since = workflow.now() - timedelta(hours=asked.hours) if asked.hours else asked.since
        return await workflow.execute_activity_method(
            ReconcileActivities.reconcile,
            ReconcileInput(since, asked.repair),
            start_to_close_timeout=timedelta(hours=6),
            heartbeat_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_attempts=5),
            summary=PublicText("对账 · compare log, workflows and views"),
        )
