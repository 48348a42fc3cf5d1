"""Which acts of repair are legal for a cause as a path stands now, what there is to choose from, and why the others are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.causes import CAUSES
from domain.facts.reminding import ReminderSent
from domain.repairs import ACTS
from domain.words import Text
from runtime.scene import Scene

Choices = Sequence[Mapping[str, Any]]
"""What may be said for the names of an act, each a whole: the first is taken if nothing is said."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An act for a cause: legal, with what there is to choose from, or not, and why."""

    act: str
    legal: bool
    why: Text
    choices: Choices = ()


def offers(scene: Scene, cause: str, found: Mapping[str, Choices]) -> list[Offer]:
    """All acts for a cause, the legal ones first, in the order in which they are tried."""
    order = list(CAUSES[cause].acts)
    listed = [offer(scene, cause, act, found) for act in (*order, *(act for act in ACTS if act not in order))]
    return sorted(listed, key=lambda one: not one.legal)


def offer(scene: Scene, cause: str, act: str, found: Mapping[str, Choices]) -> Offer:
    """Say of one act whether it is legal now. `found` is what Temporal had to be asked for: points and builds, by act."""
    no = _not_for(scene, cause, act)
    if no:
        return Offer(act, legal=False, why=no)
    choices = found[act] if act in found else _choices(scene, cause, act)
    lacking = LACKING.get(act)
    if lacking and not choices:
        return Offer(act, legal=False, why=lacking)
    return Offer(act, legal=True, why=Text("", ""), choices=choices)


LACKING: Mapping[str, Text] = {
    "reset": Text("历史中没有可回退的位置", "its history has no point to go back to"),
    "retry-now": Text("没有正在重试的活动", "no activity is being tried again"),
    "pause": Text("没有可暂停的活动", "no activity is being tried again"),
    "unpause": Text("没有暂停的活动", "no activity is paused"),
    "move": Text(
        "没有可移往的构建：工作进程未分版本", "there is no build to move it to: the workers run without versions"
    ),
    "remind-again": Text(
        "此事项尚未提醒过，到时自动提醒", "it has not been told yet; the ladder tells it when its day comes"
    ),
    "resend": Text("没有被拒收的提醒", "no reminder of it was refused"),
}
"""Why an act is not legal for which there is nothing to choose from."""


def _not_for(scene: Scene, cause: str, act: str) -> Text | None:
    """Why an act is none for this path and cause, whatever might be chosen."""
    what = Text("发展历程", "path") if scene.known else Text("工作流", "workflow")
    if scene.ended:
        return Text(
            f"{what.zh}已结束（{scene.ended}），不再修复",
            f"the {what.en} is closed ({scene.ended}): nothing on it is repaired",
        )
    if not scene.holds(cause):
        now = ", ".join(dict.fromkeys(one.cause for one in scene.causes))
        return Text(
            f"该{what.zh}现在不因“{CAUSES[cause].zh}”卡住" + (f"（现有：{now}）" if now else ""),
            f"the {what.en} is not stuck for this cause now ({CAUSES[cause].en})"
            + (f"; it is for: {now}" if now else ""),
        )
    if act not in CAUSES[cause].acts:
        return Text(f"不适用于“{CAUSES[cause].zh}”", f"it is no act for “{CAUSES[cause].en}”")
    if scene.mailroom and act in ("nudge", "restart"):
        return Text(
            "收发室保存着待投递的通知书，不能按日志重启",
            "it holds letters that are to go out: a mailroom is not started anew from the log",
        )
    if ACTS[act].technical and scene.seen is None:
        return Text(f"Temporal 无法访问：{scene.away}", f"Temporal does not answer: {scene.away}")
    return None


def _choices(scene: Scene, cause: str, act: str) -> Choices:
    seen = scene.seen
    match act:
        case "retry-now" | "pause":
            trying = [one for one in seen.activities if not one.paused] if seen else []
            return [
                {"activity": one.id, "type": one.type, "attempt": one.attempt, "error": one.error} for one in trying
            ]
        case "unpause":
            paused = [one for one in seen.activities if one.paused] if seen else []
            return [
                {"activity": one.id, "type": one.type, "attempt": one.attempt, "error": one.error} for one in paused
            ]
        case "remind-again" | "resend":
            return _told(scene, cause)
        case _:
            return ()


def _told(scene: Scene, cause: str) -> Choices:
    """The last rung that was told of each obligation that the cause is about."""
    about = {one.obligation for one in scene.holds(cause)}
    found: dict[str, Mapping[str, Any]] = {}
    owed = {(one.id, one.due_on) for one in scene.known.obligations} if scene.known else set()
    for fact in scene.loaded.facts:
        if isinstance(fact, ReminderSent) and fact.obligation in about and (fact.obligation, fact.due_on) in owed:
            found[fact.obligation] = {
                "obligation": fact.obligation,
                "due_on": fact.due_on.isoformat(),
                "rung_days": fact.rung_days,
            }
    return list(found.values())
