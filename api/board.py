"""How the board is shown: a cause with its count, a thing that is stuck with its sentence, who frees it, the next act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from api.actors import Actor
from api.answers import BASE, path_address
from api.looking import Shown
from api.rights import SEES_DEFECTS
from domain.causes import CAUSES, Cause, Kind, Severity
from domain.repairs import ACTS
from domain.words import Text, plural
from views.board import BoardRow, Group

LATE = frozenset({"overdue", "approval-over-three-months", "approval-over-six-months", "notice-over"})
"""Causes whose sentence names the last day; how many days ago that was, is said behind it."""


@dataclass(frozen=True, slots=True)
class NextAct:
    """What frees it: an act of repair, or with no `act` something done by hand."""

    act: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class StuckGroup:
    """All that is stuck for one cause. `frees` are the roles that can free it, `next` what to try first."""

    cause: str
    zh: str
    en: str
    kind: Kind
    severity: Severity
    count: int
    oldest_at: datetime
    frees: Sequence[str]
    acts: Sequence[str]
    next: NextAct
    href: str


@dataclass(frozen=True, slots=True)
class ReminderLast:
    """The last reminder of what is owed: when, through which channel, and what that answered."""

    on: date
    channel: str
    outcome: str


@dataclass(frozen=True, slots=True)
class StuckItem:
    """One thing that is stuck: a path, or without `path_id` a unit or a part of the system.

    `since` is the day that it rests on, `stuck_at` when it became stuck; `days_late` counts from the last day on which it
    was in time. `rests_on` are versions of the path's facts.
    """

    cause: str
    zh: str
    en: str
    path_id: UUID | None
    href: str | None
    name: str | None
    student_no: str | None
    unit: str | None
    stage: str | None
    step: str | None
    waits_for: str
    frees: str
    since: date | None
    stuck_at: datetime
    due_on: date | None
    days_late: int | None
    obligation: str
    edition: str | None
    sources: Sequence[str]
    confidence: str | None
    rests_on: Sequence[int]
    version: int | None
    workflow_id: str | None
    last_reminder: ReminderLast | None
    next: NextAct


def group_shown(one: Group) -> StuckGroup:
    """A cause with what is stuck for it."""
    cause = CAUSES[one.cause]
    return StuckGroup(
        cause=one.cause,
        zh=cause.zh,
        en=cause.en,
        kind=cause.kind,
        severity=cause.severity,
        count=one.count,
        oldest_at=one.oldest,
        frees=[cause.frees] if cause.frees else one.waits_for,
        acts=cause.acts,
        next=_next_act(cause),
        href=f"{BASE}/stuck?cause={one.cause}",
    )


def _next_act(cause: Cause) -> NextAct:
    """What to try first: an act where one is legal, else what is done by hand."""
    if cause.acts and not cause.hand_first:
        act = ACTS[cause.acts[0]]
        return NextAct(act.name, act.zh, act.en)
    by_hand = cause.by_hand or Text("", "")
    return NextAct(None, by_hand.zh, by_hand.en)


def _address(row: BoardRow) -> str | None:
    """Where more of it can be read: the path, or what can be done about a workflow that is no path's."""
    if row.path_id:
        return path_address(row.path_id)
    return f"{BASE}/repairs/workflows/{row.workflow_id}" if row.workflow_id else None


def item_shown(row: BoardRow, today: date, actor: Actor, shown: Shown) -> StuckItem:
    """A thing that is stuck, as this actor may see it."""
    cause = CAUSES[row.cause]
    # What a program says of its failure may quote what it failed over.
    told = cause if row.workflow_id and actor.role not in SEES_DEFECTS else row
    late = (today - row.due_on).days if row.due_on and row.due_on < today else None
    days = (
        (f"，已逾期 {late} 天", f", {late} {plural('day', late)} overdue") if late and row.cause in LATE else ("", "")
    )
    name, student_no = (
        shown.value(row.path_id, "identity", text or None) if row.path_id else None
        for text in (row.name, row.student_no)
    )
    return StuckItem(
        cause=row.cause,
        zh=f"{told.zh}{days[0]}",
        en=f"{told.en}{days[1]}",
        path_id=row.path_id,
        href=_address(row),
        name=name,
        student_no=student_no,
        unit=row.unit,
        stage=row.stage,
        step=row.step,
        waits_for=row.waits_for,
        frees=cause.frees or row.waits_for,
        since=row.since,
        stuck_at=row.began,
        due_on=row.due_on,
        days_late=late,
        obligation=row.obligation,
        edition=row.edition,
        sources=row.sources or (),
        confidence=row.confidence,
        rests_on=row.rests_on,
        version=row.version,
        workflow_id=row.workflow_id or None,
        last_reminder=ReminderLast(row.told_on, row.told_through, row.told_as) if row.told_on else None,
        next=_next_act(cause),
    )
