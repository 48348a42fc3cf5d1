"""What groups are told, as a workflow: once a day the groups whose day it is hear how much waits at their unit."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from workflows.contract import PublicText

TELL_GROUPS = "TellGroups"


@dataclass(frozen=True, slots=True)
class TellGroupsInput:
    """The moment of the round (aware UTC); None stands for now, which is what a schedule gives."""

    at: datetime | None = None


class GroupActivities(ABC):
    """What a round lets others do."""

    @activity.defn(name="tell_groups")
    @abstractmethod
    async def tell_groups(self, asked: TellGroupsInput) -> None:
        """Tell each group whose day it is, and record that it was told; raise where a channel is to be tried again."""


@workflow.defn(name=TELL_GROUPS)
class TellGroups:
    """One round; a schedule begins it every morning."""

    @workflow.run
    async def run(self, asked: TellGroupsInput) -> None:
        """Have it done by whichever worker is there. What no channel has taken in half a day, the next round says."""
        await workflow.execute_activity_method(
            GroupActivities.tell_groups,
            TellGroupsInput(asked.at or workflow.now()),
            start_to_close_timeout=timedelta(minutes=10),
            schedule_to_close_timeout=timedelta(hours=12),
            retry_policy=RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(hours=1)),
            summary=PublicText("群消息 · tell the groups"),
        )
