"""What is the matter with one path or another workflow at this moment: its facts, how it stands, every cause that holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio.client import Client

from domain.calendar import civil_day
from domain.judge import judge
from domain.judgement import Judgement
from domain.path import Path
from domain.receipt import Alarm
from domain.stuck import stuck
from domain.words import Text, plural
from registry.desk import Desk
from registry.due import due
from registry.shelf import Loaded
from runtime.engine import EngineUnavailable
from runtime.standing import Attempts, Failed, Standing, last_failure, standing
from workflows.contract import clock_id

GRACE = timedelta(minutes=1)
"""A workflow whose moment has just come is looking at it."""

UNTAKEN = timedelta(seconds=30)
"""A task that nobody has taken for so long waits for a worker that is not there."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A cause that holds for a path: since when, and the sentence that says so. `obligation` is what it is about, if any."""

    cause: str
    since: date | datetime | None
    zh: str
    en: str
    obligation: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A path as it stands now, or another stream whose time is kept. Without `seen`, Temporal did not answer: `away` says why.

    `known` is the judgement of a path. `ended` says how what the workflow is for has ended, if it has. A `mailroom` has no
    stream of its own: what is loaded is that of the uppermost unit, where its repairs are recorded.
    """

    loaded: Loaded
    known: Judgement | None
    ended: str
    alarm: Alarm
    seen: Standing | None
    away: str
    causes: tuple[Holds, ...]
    mailroom: str = ""

    @property
    def stream_id(self) -> UUID:
        """Which path, or which other stream."""
        return self.loaded.entries[0].stream_id

    @property
    def subject(self) -> str:
        """What the stream is about."""
        return self.loaded.facts[0].SUBJECT

    def holds(self, cause: str) -> Sequence[Holds]:
        """What there is of a cause."""
        return [one for one in self.causes if one.cause == cause]


async def scene(desk: Desk, client: Client | None, loaded: Loaded, now: datetime, mailroom: str = "") -> Scene:
    """Look at a path or another stream and its workflow, or at a mailroom. Without a client only the facts tell.

    `now` is aware UTC. Raises LogUnavailable.
    """
    subject, stream_id = loaded.facts[0].SUBJECT, loaded.entries[0].stream_id
    known = judge(desk.rulebooks, loaded.facts, civil_day(now), steps=False) if subject == Path.NAME else None
    alarm = await due(desk, loaded, now)
    ended = "" if mailroom else (known.outcome if known else "closed" if alarm.closed else "")
    seen, failed, away = None, Failed(), "no Temporal is set"
    if client is not None:
        try:
            seen = await standing(client, mailroom or clock_id(subject, stream_id))
            failed = await last_failure(client, seen) if seen.task_attempt > 1 else Failed()
            away = ""
        except EngineUnavailable as error:
            away = str(error)
    causes = [
        Holds(one.cause, one.since, one.zh, one.en, one.obligation)
        for one in (stuck(known, loaded.facts) if known else ())
        if one.from_on <= civil_day(now) and (one.to_on is None or civil_day(now) < one.to_on)
    ]
    if seen is not None and not ended:
        if mailroom:
            causes += _in_mailroom(seen, failed, now)
        else:
            causes += amiss(seen, failed, now) or _disagrees(seen, alarm)
    return Scene(loaded, known, ended, alarm, seen, away, tuple(causes), mailroom)


LETTERS_WAIT = Text("通知书等待渠道接收", "letters wait for a channel that could not take them")


def _in_mailroom(seen: Standing, failed: Failed, now: datetime) -> list[Holds]:
    """What is amiss with a mailroom: it runs only while it has something to do."""
    if not seen.running:
        return []
    waiting = [Holds("letters-waiting", None, LETTERS_WAIT.zh, LETTERS_WAIT.en)] if seen.degraded else []
    return amiss(seen, failed, now) or waiting


def amiss(seen: Standing, failed: Failed, now: datetime) -> list[Holds]:
    """What is amiss with a workflow that should run, as Temporal tells it."""
    if not seen.running:
        return [
            Holds(
                "workflow-gone", None, f"工作流不在运行（{seen.status}）", f"its workflow does not run ({seen.status})"
            )
        ]
    found: list[Holds] = []
    if seen.task_attempt > 1:
        cause = "non-determinism" if failed.non_deterministic else "workflow-task-failing"
        said = f"{seen.task_attempt} × {failed.message}"
        found.append(Holds(cause, seen.task_since, f"工作流任务失败：{said}", f"the workflow's task fails: {said}"))
    for one in seen.activities:
        if one.paused:
            found.append(Holds("paused", one.since, f"活动 {one.type} 已暂停", f"activity {one.type} is paused"))
        elif one.attempt > 1:
            found.append(_retried(one))
    if _waits(seen, now):
        found.append(Holds("no-worker", seen.task_since, "没有工作进程接手其任务", "no worker takes its task"))
    elif not found and seen.wake_at is not None and seen.wake_at <= now - GRACE:
        at = f"{seen.wake_at:%Y-%m-%dT%H:%M:%SZ}"
        found.append(Holds("timer-overdue", seen.wake_at, f"闹钟 {at} 已过", f"its timer of {at} is overdue"))
    return found


def _retried(one: Attempts) -> Holds:
    """An activity that fails again and again: how often, why, and when it is tried next."""
    at = f"{one.next_at:%Y-%m-%dT%H:%M:%SZ}" if one.next_at else ""
    zh, en = (f"；下次重试 {at}", f"; next try at {at}") if at else ("", "")
    failed = one.attempt - 1
    return Holds(
        "activity-retrying",
        one.since,
        f"活动 {one.type} 已失败 {failed} 次：{one.error}{zh}",
        f"activity {one.type} has failed {failed} {plural('time', failed)}: {one.error}{en}",
    )


def _waits(seen: Standing, now: datetime) -> bool:
    return bool(seen.task_since and not seen.task_taken and seen.task_attempt <= 1 and now - seen.task_since > UNTAKEN)


def _disagrees(seen: Standing, alarm: Alarm) -> list[Holds]:
    """Whether the alarm that the workflow has set is not the one that the log asks for; while it is at work, it may be."""
    if seen.wake_at != alarm.wake and not seen.task_since:
        at = [f"{one:%Y-%m-%dT%H:%M:%SZ}" if one else "–" for one in (seen.wake_at, alarm.wake)]
        return [
            Holds(
                "disagreement",
                None,
                f"工作流将于 {at[0]} 查看，日志要求 {at[1]}",
                f"its workflow wakes at {at[0]}, and the log asks for {at[1]}",
            )
        ]
    return []


def told_of(alarm: Alarm) -> list[dict[str, Any]]:
    """Who is told what once the workflow looks: roles, nobody's name."""
    return [
        {"owed_by": one.owed_by, "obligation": one.obligation, "due_on": one.due_on, "zh": one.zh, "en": one.en}
        for one in alarm.send
    ]
