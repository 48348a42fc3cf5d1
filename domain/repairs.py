"""The acts that free a path that is stuck, each by its name: what it does in words, and what it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.facts import Fact
from domain.facts.repairing import RepairApplied


@dataclass(frozen=True, slots=True)
class Act:
    """One act of repair. `technical` ones move a workflow and add no fact but that they were done.

    `topics` are the kinds of facts that the act records beside that. One that `dates` may change a day that counts, and
    takes a second person. `names` are what has to be said beside the reason, of what the path offers.
    """

    name: str
    zh: str
    en: str
    does_zh: str
    does_en: str
    technical: bool = True
    dates: bool = False
    topics: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    alone: bool = False
    """What it takes is another thing for every path: it is done path by path, never on a whole group."""


ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act(
            "nudge",
            "唤醒工作流",
            "nudge the workflow",
            "工作流重新查看日志并重设闹钟；不存在时按日志启动",
            "the workflow asks the log what is due and sets its alarm anew; one that is missing is started",
        ),
        Act(
            "restart",
            "按日志重启工作流",
            "restart the workflow from the log",
            "终止现有工作流并按日志重新启动；它不保存任何事实，幂等键由日志保证，不会丢失或重复",
            "the workflow is ended and started anew from the log; it holds no facts and the log keeps every key, so nothing "
            "is lost and nothing done twice",
        ),
        Act(
            "reset",
            "回退到完好的位置",
            "reset the workflow to a good point",
            "工作流回到所选位置并从那里重新执行，之后的信号或请求可以不再重放",
            "the workflow goes back to the chosen point and runs on from there; signals or updates after it may be left out",
            names=("point", "without"),
            alone=True,
        ),
        Act(
            "retry-now",
            "立即重试",
            "try again now",
            "失败的活动不再等待，立即重试",
            "the failing activity does not wait for its next attempt",
            names=("activity",),
        ),
        Act(
            "pause",
            "暂停重试",
            "pause the attempts",
            "失败的活动暂停，直到恢复",
            "the failing activity is not tried again until it is taken up again",
            names=("activity",),
        ),
        Act(
            "unpause",
            "恢复重试",
            "take the attempts up again",
            "暂停的活动从第一次重新开始尝试",
            "the paused activity is tried again, counted from the first attempt",
            names=("activity",),
        ),
        Act(
            "move",
            "移到另一构建",
            "move the workflow to another build",
            "工作流改由所选构建的工作进程执行",
            "the workflow is served by workers of the chosen build",
            names=("build",),
        ),
        Act(
            "remind-again",
            "再次提醒",
            "remind again",
            "同一提醒再发一次",
            "the same reminder is told once more",
            technical=False,
            topics=("reminder-asked-again",),
            names=("obligation", "due_on", "rung_days"),
        ),
        Act(
            "resend",
            "重新发送",
            "send the refused reminder again",
            "被拒收的提醒重新发送",
            "the reminder that was refused is told once more",
            technical=False,
            topics=("reminder-asked-again",),
            names=("obligation", "due_on", "rung_days"),
        ),
        Act(
            "reassign",
            "改派",
            "have somebody else act",
            "登记新的责任人",
            "somebody else is named to act",
            technical=False,
            topics=("cultivation-contact-assigned", "appointed"),
            names=("topic", "said"),
            alone=True,
        ),
        Act(
            "correct",
            "更正记录",
            "correct an entry",
            "更正或撤销一条记录，须有第二人同意",
            "an entry is corrected or retracted, with a second person",
            technical=False,
            dates=True,
            topics=("fact-corrected", "fact-retracted"),
            names=("topic", "said"),
            alone=True,
        ),
    )
}
"""All acts of repair by name."""


def repaired(facts: Sequence[Fact]) -> int:
    """Tell how often a path was repaired: that stays visible for ever."""
    return sum(isinstance(fact, RepairApplied) for fact in facts)
