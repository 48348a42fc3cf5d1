"""Which causes a path's facts give for its being stuck, now or from a day on: the people's part of `domain.causes`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSent
from domain.facts.target import NoticeObjectionRaised, NoticeObjectionResolved
from domain.judgement import Judgement, Obligation
from domain.reading import in_order, versions
from domain.rulewords import ROLES
from domain.words import Text, of_value

NOTICE = "notice-end"
APPROVALS = ("approval", "conversion-approval")
DEFECT = "approval-defect"
"""Obligations of the rulebooks that are causes of their own once their day has passed."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A cause that holds from a day on, as far as the facts tell, and until another takes its place on `to_on`.

    `since` is the day of what it rests on; `key` tells it apart from others of the same cause; `waits_for` is a role.
    `told_on` is the day of the last reminder of the obligation, with what its channel answered. The sentence is true on
    every day on which the cause holds.
    """

    cause: str
    key: str
    obligation: str
    since: date
    from_on: date
    to_on: date | None
    waits_for: str
    rests_on: tuple[int, ...]
    zh: str
    en: str
    told_on: date | None = None
    told_through: str = ""
    told_as: str = ""


def stuck(known: Judgement, facts: Sequence[Fact]) -> Iterator[Stuck]:
    """Say of a path that was judged on a day why it is stuck, or will be if nothing happens."""
    read = in_order(fact for fact in as_corrected(facts) if fact.effective_on <= known.day)
    objection = None if known.closed else _objection(read)
    if objection:
        yield objection
    for one in known.obligations:
        late = () if one.id == NOTICE and objection else _late(one, known)
        told = [fact for fact in facts if isinstance(fact, ReminderSent) and fact.obligation == one.id]
        for cause in (*late, *_refused(one, facts), *_doubts(one)):
            yield _told(cause, told[-1]) if told else cause


def _told(cause: Stuck, last: ReminderSent) -> Stuck:
    return replace(cause, told_on=last.effective_on, told_through=last.channel, told_as=last.outcome)


def _late(one: Obligation, known: Judgement) -> Iterator[Stuck]:
    """What becomes of an obligation that nobody meets by its day."""
    cause, who = _cause(one), ROLES[one.owed_by]
    if cause is None:
        return
    defect = next((other for other in known.obligations if other.id == DEFECT), None) if one.id in APPROVALS else None
    said = Text(f"{who.zh}最迟应于 {one.due_on} {one.zh}", f"due by {one.due_on} from {who.en}: {one.en}")
    if one.tells:
        said = Text(f"{one.due_on} {one.zh}", f"since {one.due_on}: {one.en}")
    yield _of(
        one,
        cause,
        said,
        from_on=max(one.due_on + DAY, one.since),  # what came to be owed after its day is late from the first
        to_on=defect.due_on + DAY if defect and defect.since == one.since else None,
    )


def _cause(one: Obligation) -> str | None:
    """As which cause an obligation counts that is late; None for what is told and nobody owes."""
    if one.id in APPROVALS:
        return "approval-over-three-months"
    if one.tells:
        return {NOTICE: "notice-over", DEFECT: "approval-over-six-months"}.get(one.id)
    return "overdue"


def _refused(one: Obligation, facts: Sequence[Fact]) -> Iterator[Stuck]:
    """The last rung of an obligation that was told and that nobody took."""
    told: list[ReminderSent] = []
    for fact in facts:
        if isinstance(fact, ReminderSent | ReminderAskedAgain) and (fact.obligation, fact.due_on) == (
            one.id,
            one.due_on,
        ):
            if isinstance(fact, ReminderAskedAgain) or (told and told[-1].rung_days != fact.rung_days):
                told.clear()
            if isinstance(fact, ReminderSent):
                told.append(fact)
    if not told or any(fact.outcome == "accepted" for fact in told):
        return
    last, who = told[-1], ROLES[told[-1].owed_by]
    why = {"refused": Text("被拒收", "was refused"), "unknown": Text("没有回音", "was not answered")}[last.outcome]
    code = Text(f"（{last.code}）", f" ({last.code})") if last.code else Text("", "")
    yield _of(
        one,
        "reminder-refused",
        Text(
            f"{last.effective_on} 经 {last.channel} 提醒{who.zh}“{one.zh}”，{why.zh}{code.zh}",
            f"on {last.effective_on} a reminder to {who.en} through {last.channel} {why.en}{code.en}: {one.en}",
        ),
        from_on=last.effective_on,
        since=last.effective_on,
        rests_on=versions(told),
        waits_for=last.owed_by,
    )


def _doubts(one: Obligation) -> Iterator[Stuck]:
    """What is owed on uncertain ground."""
    if one.provisional:
        year = one.due_on.year
        said = Text(
            f"“{one.zh}”的期限 {one.due_on} 为暂定：{year} 年工作日历尚未录入",
            f"the day {one.due_on} is provisional, for the working days of {year} are not known: {one.en}",
        )
        yield _of(one, "calendar-missing", said, from_on=one.since)
    if one.confidence == "verify" and not one.tells:
        said = Text(
            f"“{one.zh}”（{one.edition}）所依据的规定未经核实",
            f"the text of {one.edition} that this rests on has not been verified: {one.en}",
        )
        yield _of(one, "rule-to-verify", said, from_on=one.since)


def _of(
    one: Obligation,
    cause: str,
    said: Text,
    *,
    from_on: date,
    to_on: date | None = None,
    since: date | None = None,
    rests_on: tuple[int, ...] | None = None,
    waits_for: str | None = None,
) -> Stuck:
    return Stuck(
        cause=cause,
        key=one.id,
        obligation=one.id,
        since=since or one.since,
        from_on=from_on,
        to_on=to_on,
        waits_for=waits_for or one.owed_by,
        rests_on=one.rests_on if rests_on is None else rests_on,
        zh=said.zh,
        en=said.en,
    )


def _objection(read: Sequence[Fact]) -> Stuck | None:
    """The objections that are open, as one: each is settled by one conclusion."""
    still: list[NoticeObjectionRaised] = []
    for fact in read:
        if isinstance(fact, NoticeObjectionRaised):
            still.append(fact)
        elif isinstance(fact, NoticeObjectionResolved) and still:
            still.pop(0)
    if not still:
        return None
    first, point = still[0], of_value(still[0].point)
    more = Text(f"，共 {len(still)} 件", f", {len(still)} in all") if len(still) > 1 else Text("", "")
    return Stuck(
        cause="objection-open",
        key="objection",
        obligation=NOTICE,
        since=first.effective_on,
        from_on=first.effective_on,
        to_on=None,
        waits_for="branch-committee",
        rests_on=versions(still),
        zh=f"{first.effective_on} 对{point.zh}公示提出的异议尚未查清{more.zh}",
        en=f"the objection of {first.effective_on} to the notice ({point.en}) is not settled{more.en}",
    )
