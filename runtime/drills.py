"""Drills: each brings one technical cause about in a demo; what happens, and what an admin sees and does."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from domain.words import Text
from runtime.breaking import Site, defect, disagreeing, gone, part, paused, unfollowed, unwatched
from runtime.refused import refused


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill: the cause it brings about, what happens, and what an admin sees and does. `act` is the repair, if there is one."""

    cause: str
    happens: Text
    do: Text
    begin: Callable[[Site], AbstractAsyncContextManager[None]]
    act: str | None = None


DRILLS: Mapping[str, Drill] = {
    one.cause: one
    for one in (
        Drill(
            "no-worker",
            Text("终止工作进程并使其不能重启", "the worker is killed and held away"),
            Text("启动工作进程（此处：结束演习）", "start a worker (here: end the drill)"),
            part("worker"),
        ),
        Drill(
            "workflow-task-failing",
            Text("换上有缺陷的版本：工作流任务每次都失败", "a bad release: the workflow's task fails each time"),
            Text(
                "回退版本（此处：结束演习），任务随后自行成功",
                "roll it back (here: end the drill); the tasks then go on by themselves",
            ),
            defect("stumbling", lambda seen: seen.task_attempt > 1),
        ),
        Drill(
            "non-determinism",
            Text("换上与历史不一致的版本", "a bad release: its code does not fit the histories"),
            Text(
                "回退版本（此处：结束演习），任务随后自行成功",
                "roll it back (here: end the drill); the tasks then go on by themselves",
            ),
            defect("rewritten", lambda seen: seen.task_attempt > 1),
        ),
        Drill(
            "activity-retrying",
            Text(
                "工作进程的磁盘“已满”：活动反复重试", "the worker's disk is “full”: activities fail and are tried again"
            ),
            Text(
                "排除原因（此处：结束演习），再“立即重试”", "remove the cause (here: end the drill), then try again now"
            ),
            defect("failing", lambda seen: any(one.attempt > 1 for one in seen.activities)),
        ),
        Drill(
            "paused",
            Text("活动被暂停后遗忘", "activities were paused and forgotten"),
            Text("恢复重试", "take them up again"),
            paused,
            act="unpause",
        ),
        Drill(
            "timer-overdue",
            Text("有缺陷的版本丢失了闹钟", "a bad release has lost timers"),
            Text("按日志重启工作流", "restart the workflows from the log"),
            defect("forgetful", lambda seen: bool(seen.wake_at and seen.started_at and seen.wake_at < seen.started_at)),
            act="restart",
        ),
        Drill(
            "reminder-refused",
            Text("邮件服务器拒收了一封提醒（此后恢复接收）", "the mail server refused a reminder, and accepts again"),
            Text("重新发送", "have it sent again"),
            refused,
            act="resend",
        ),
        Drill(
            "workflow-gone",
            Text("工作流被终止", "workflows were terminated"),
            Text("按日志重启工作流", "restart the workflows from the log"),
            gone,
            act="restart",
        ),
        Drill(
            "disagreement",
            Text(
                "视图中出现日志没有的发展历程，对账发现", "the views have a path that the log has not; a round finds it"
            ),
            Text(
                "清除该行并再次对账：jieti reconcile（此处：结束演习）",
                "take the row out and compare once more: jieti reconcile (here: end the drill)",
            ),
            disagreeing,
        ),
        Drill(
            "views-behind",
            Text("视图被清空，无人跟随日志", "the views are emptied, and nobody follows the log"),
            Text("让工作进程跟随（此处：结束演习）", "let a worker follow (here: end the drill)"),
            unfollowed,
        ),
        Drill(
            "signer-behind",
            Text("终止签发者并使其不能重启", "the signer is killed and held away"),
            Text("启动签发者（此处：结束演习）", "start the signer (here: end the drill)"),
            part("signer"),
        ),
        Drill(
            "engine-away",
            Text("终止 Temporal 并使其不能重启", "Temporal is killed and held away"),
            Text("启动 Temporal（此处：结束演习）", "start Temporal (here: end the drill)"),
            part("temporal"),
        ),
        Drill(
            "watch-silent",
            Text("巡查停止", "nobody keeps the watch"),
            Text("启动 API 进程（此处：结束演习）", "start an API process (here: end the drill)"),
            unwatched,
        ),
    )
}
"""All drills by the cause that each brings about."""
