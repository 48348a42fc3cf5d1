"""The causes for which something is stuck: what each is called, who frees it, and by which acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.words import Text

Kind = Literal["people", "technical"]
"""people: somebody has not acted, which follows from the facts · technical: what carries the work out does not."""

Severity = Literal["grave", "stuck", "doubt"]
"""grave: much stands still, or the record is in danger · stuck: a path does not go on, or nobody hears of it · doubt: it
goes on, and rests on something that is not sure."""

ADMIN = "admin"
"""Who runs the system. The other roles are those of the rulebooks."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `frees` is the role that frees all paths of the cause; empty where it is whoever each waits for.

    `acts` are the acts of `domain.repairs` that are legal, the one to try first in front; `by_hand` says what helps
    beside them, and that no act can do.
    """

    id: str
    kind: Kind
    zh: str
    en: str
    severity: Severity = "stuck"
    frees: str = ""
    acts: tuple[str, ...] = ()
    by_hand: Text | None = None
    hand_first: bool = False
    """What is done by hand is tried first: the acts free only some of it."""


CAUSES: Mapping[str, Cause] = {
    cause.id: cause
    for cause in (
        Cause(
            "overdue",
            "people",
            "等待办理，已过最迟日期",
            "waiting for a person beyond the latest day",
            acts=("remind-again", "reassign", "correct"),
            by_hand=Text("由所等待的一方办理并登记", "whoever it waits for acts, and has it recorded"),
        ),
        Cause(
            "notice-over",
            "people",
            "公示期满，尚未结束",
            "the notice has stood long enough and is not closed",
            acts=("remind-again", "correct"),
            by_hand=Text("无异议的结束公示并登记", "if no objection is open, close the notice and record it"),
        ),
        Cause(
            "objection-open",
            "people",
            "公示异议尚未查清",
            "an objection to a notice is open",
            acts=("reassign", "correct"),
            by_hand=Text("查清异议并登记结论", "investigate the objection and record the conclusion"),
        ),
        Cause(
            "approval-over-three-months",
            "people",
            "审批超过三个月",
            "an approval has taken more than three months",
            acts=("remind-again", "correct"),
            by_hand=Text(
                "上级党委审批，或决定延长审批", "the superior committee decides, or extends the time for deciding"
            ),
        ),
        Cause(
            "approval-over-six-months",
            "people",
            "审批超过六个月",
            "an approval has taken more than six months",
            severity="grave",
            acts=("remind-again", "correct"),
            by_hand=Text("组织部研究处理意见", "the organisation department decides what becomes of the resolution"),
        ),
        Cause(
            "nobody-appointed",
            "people",
            "应办理的一方无人任职或无法联系",
            "nobody is appointed to act, or nobody who can be reached",
            frees="superior-committee",
            by_hand=Text(
                "登记任职或收件地址：jieti import 导入任职与收件人名册，jieti recipients 查看",
                "appoint somebody, or give whoever is appointed an address: import appointments and recipients with "
                "jieti import; jieti recipients shows who is reached",
            ),
        ),
        Cause(
            "reminder-refused",
            "people",
            "提醒未送达",
            "a reminder did not arrive",
            frees=ADMIN,
            acts=("resend", "reassign"),
            by_hand=Text("更正收件地址", "give the recipient an address that takes mail"),
        ),
        Cause(
            "calendar-missing",
            "people",
            "工作日历未覆盖所需年份",
            "the calendar of working days does not cover a year that is needed",
            severity="doubt",
            frees=ADMIN,
            by_hand=Text(
                "国务院办公厅公布放假安排后补入 rulebooks/workdays.yaml",
                "enter the year in rulebooks/workdays.yaml once the State Council has published it",
            ),
        ),
        Cause(
            "rule-to-verify",
            "people",
            "所依据的规则有待核实",
            "the rule it rests on is marked verify",
            severity="doubt",
            frees="organisation-department",
            by_hand=Text("对照原文核实该规则", "compare the rule with the official text"),
        ),
        Cause(
            "workflow-task-failing",
            "technical",
            "工作流任务反复失败",
            "the workflow's task keeps failing",
            severity="grave",
            frees=ADMIN,
            acts=("move", "restart", "reset"),
            by_hand=Text("修复程序后重新部署，或回退版本", "mend the code and deploy it, or roll the release back"),
        ),
        Cause(
            "non-determinism",
            "technical",
            "新版本与工作流历史不一致",
            "after a release the workflow's code does not fit its history",
            severity="grave",
            frees=ADMIN,
            acts=("move", "restart", "reset"),
            by_hand=Text("回退版本", "roll the release back"),
        ),
        Cause(
            "activity-retrying",
            "technical",
            "活动反复重试",
            "an activity fails and is tried again",
            frees=ADMIN,
            acts=("retry-now", "pause", "restart"),
            by_hand=Text("排除所示错误的原因", "remove what the error names"),
        ),
        Cause(
            "letters-waiting",
            "technical",
            "通知书等待渠道接收",
            "letters wait for a channel that cannot take them",
            frees=ADMIN,
            by_hand=Text(
                "检查渠道：jieti channels check；渠道恢复后自动重投，最长三小时内",
                "check the channel: jieti channels check; letters go out by themselves within three hours once it is there",
            ),
        ),
        Cause(
            "paused",
            "technical",
            "活动被暂停",
            "an activity is paused",
            frees=ADMIN,
            acts=("unpause",),
        ),
        Cause(
            "no-worker",
            "technical",
            "没有工作进程",
            "no worker polls the task queue",
            severity="grave",
            frees=ADMIN,
            by_hand=Text("启动工作进程：python worker.py", "start a worker: python worker.py"),
        ),
        Cause(
            "timer-overdue",
            "technical",
            "闹钟已过而未响",
            "a timer is overdue",
            frees=ADMIN,
            acts=("nudge", "restart"),
        ),
        Cause(
            "workflow-gone",
            "technical",
            "应在运行的工作流不在运行",
            "a workflow that should run does not",
            frees=ADMIN,
            acts=("nudge", "restart"),
        ),
        Cause(
            "disagreement",
            "technical",
            "日志与 Temporal 或视图不一致",
            "the log and Temporal or the views disagree",
            severity="grave",
            frees=ADMIN,
            acts=("nudge", "restart"),
            hand_first=True,
            by_hand=Text(
                "对账：jieti reconcile（能安全恢复的自动恢复，其余逐条列出）",
                "compare once more: jieti reconcile; it puts right what is safe, and lists the rest",
            ),
        ),
        Cause(
            "views-behind",
            "technical",
            "视图落后于日志",
            "the views are behind the log",
            severity="grave",
            frees=ADMIN,
            by_hand=Text("查看工作进程的日志：由它跟随日志", "look at the worker's log: it follows the log"),
        ),
        Cause(
            "signer-behind",
            "technical",
            "签发者落后于日志",
            "the signer is behind the log",
            frees=ADMIN,
            by_hand=Text("启动签发者：jieti signer", "start the signer: jieti signer"),
        ),
        Cause(
            "signer-refuses",
            "technical",
            "签发者拒绝签发：日志不是已签部分的延续",
            "the signer refuses to sign: the log does not continue what was signed",
            severity="grave",
            frees=ADMIN,
            by_hand=Text(
                "按 docs/sealing.md 核查日志是否被改动", "find out who altered the log, as docs/sealing.md says"
            ),
        ),
        Cause(
            "engine-away",
            "technical",
            "Temporal 无法访问",
            "Temporal does not answer",
            severity="grave",
            frees=ADMIN,
            by_hand=Text("启动 Temporal", "start Temporal"),
        ),
        Cause(
            "watch-silent",
            "technical",
            "巡查已停止",
            "nobody has looked for causes lately",
            severity="grave",
            frees=ADMIN,
            by_hand=Text("启动 API 进程：由它巡查", "start an API process: it keeps the watch"),
        ),
    )
}
"""All causes by id, in the order in which they are shown."""
