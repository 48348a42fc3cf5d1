"""Why something is not well, or not before a day: each answer of the checks as one sentence in both languages.

The sentences are parts without a full stop; `judge` puts them together and ends them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.calendar import Period
from domain.facts.base import Fact
from domain.reading import Anchor, Reading, Ref, holds, place
from domain.words import Text, listed, of_anchor, of_field, of_kind, of_period, of_ref, of_value, plural

ANY_LENGTH = Period()
NO_STAGE = Text("尚未申请", "not begun")
ENDS: Mapping[str, str] = {
    "completed": "已完成",
    "cancelled": "取消预备党员资格",
    "removed": "取消入党积极分子资格",
    "not-recognised": "不予承认",
    "withdrawn": "本人撤回",
    "closed": "终止",
}
"""How a path ended, in Chinese."""


def sentence(en: str) -> str:
    """English words as a sentence."""
    return f"{en[:1].upper()}{en[1:]}."


def days(count: int) -> Text:
    """So many days."""
    return Text(f"{count} 天", f"{count} {plural('day', count)}")


def until(start: date, anchor: Anchor, limit: Period, latest: date, moved: Sequence[Fact] = ()) -> Text:
    """Up to which day something is in time, and what moved that day."""
    since, length = of_anchor(anchor), of_period(limit)
    if limit == ANY_LENGTH:
        zh, en = f"{since.zh}为 {start}，不晚于 {latest}", f"{since.en} is {start}, no later than {latest}"
    else:
        zh = f"{start} {since.zh}，{length.zh}内即不晚于 {latest}"
        en = f"from {since.en} on {start}, {length.en}: no later than {latest}"
    return and_moved(Text(zh, en), moved)


def and_moved(said: Text, moved: Sequence[Fact]) -> Text:
    """What is said of a last day, with what put it off: facts of one kind."""
    if not moved:
        return said
    by, on = of_kind(moved[0].TOPIC), [str(one.effective_on) for one in moved]
    return Text(f"{said.zh}（{'、'.join(on)} {by.zh}）", f"{said.en} ({by.en} on {' and '.join(on)})")


def since(start: date, anchor: Anchor, limit: Period, earliest: date) -> Text:
    """From which day something may be; days on which the clock stood still are told."""
    begun, length = of_anchor(anchor), of_period(limit)
    if limit == ANY_LENGTH:
        zh, en = f"{begun.zh}为 {start}，不早于 {earliest}", f"{begun.en} is {start}, no earlier than {earliest}"
    else:
        zh = f"{start} {begun.zh}，满 {length.zh}即不早于 {earliest}"
        en = f"from {begun.en} on {start}, {length.en}: no earlier than {earliest}"
    return and_pauses(Text(zh, en), (earliest - limit.after(start)).days)


def and_pauses(said: Text, paused: int) -> Text:
    """What is said of a day, with the days of standstill that put it off."""
    if not paused:
        return said
    stood = days(paused)
    return Text(f"{said.zh}（中断的 {stood.zh}不计）", f"{said.en} ({stood.en} of standstill do not count)")


def quoted(field: str) -> Text:
    """The name of a field in the middle of a sentence: Chinese does without marks."""
    name = of_field(field)
    return Text(name.zh, f"“{name.en}”")


def late(said: Text, what: Text, day: date, latest: date) -> Text:
    """Something came after the last day."""
    n = days((day - latest).days)
    return Text(f"{said.zh}；{what.zh}在 {day}，迟 {n.zh}", f"{said.en}; {what.en} on {day} is {n.en} late")


def early(said: Text, what: Text, day: date, earliest: date) -> Text:
    """Something came before the first day."""
    n = days((earliest - day).days)
    return Text(f"{said.zh}；{what.zh}在 {day}，早 {n.zh}", f"{said.en}; {what.en} on {day} is {n.en} early")


def gap(before: Fact | None, start: date, anchor: Anchor, limit: Period, latest: date) -> Text:
    """How long after the last such fact the next one is in time."""
    begun = of_kind(before.TOPIC) if before and before.effective_on == start else of_anchor(anchor)
    length = of_period(limit)
    said = Text(
        f"{start} {begun.zh}，{length.zh}内即不晚于 {latest}",
        f"from {begun.en} on {start}, {length.en}: no later than {latest}",
    )
    return and_pauses(said, (latest - limit.after(start)).days)


def margin(anchor: Anchor, end: date, limit: Period, latest: date, unless: Sequence[Ref]) -> Text:
    """Up to which day enough is left."""
    known, length = of_anchor(anchor), of_period(limit)
    zh = f"{known.zh}在 {end}，此前须余 {length.zh}以上即不晚于 {latest}"
    en = f"{known.en} is on {end}, and more than {length.en} before it means no later than {latest}"
    if not unless:
        return Text(zh, en)
    lifted = listed([of_ref(ref) for ref in unless])
    return Text(f"{zh}（有{lifted.zh}的除外）", f"{en} (unless there is: {lifted.en})")


def other_day(field: str, stated: Any, anchor: Anchor, right: date) -> Text:
    """A day that is stated is not the day that follows."""
    name, follows, said = of_field(field), of_anchor(anchor), of_value(stated)
    return Text(
        f"{name.zh}填为 {said.zh}，按{follows.zh}应为 {right}",
        f"“{name.en}” says {said.en}; by {follows.en} it is {right}",
    )


def recorded_late(happened: str, recorded: str, late_by: int, limit: int) -> Text:
    """A fact was recorded long after its day, and nobody second approved it. Days are written already."""
    return Text(
        f"{happened} 发生，{recorded} 才记录，迟 {late_by} 天，超过 {limit} 天而未经第二人核准",
        f"it is of {happened} and was recorded on {recorded}, {late_by} days later: more than {limit} days, and no second "
        "person has approved",
    )


def lacking(refs: Sequence[Ref], reading: Reading, since_day: date | None = None, unless: Sequence[Ref] = ()) -> Text:
    """Which facts do not stand, and what became of those that came nearest; one of `unless` would do as well."""
    found = listed([_lack(ref, reading, since_day) for ref in refs])
    zh = f"缺少{found.zh}" if since_day is None else f"{since_day} 以后缺少{found.zh}"
    en = f"missing: {found.en}" if since_day is None else f"missing since {since_day}: {found.en}"
    if not unless:
        return Text(zh, en)
    instead = listed([of_ref(ref) for ref in unless])
    return Text(f"{zh}（或{instead.zh}）", f"{en} (or {instead.en})")


def _lack(ref: Ref, reading: Reading, since_day: date | None) -> Text:
    name, fact = of_ref(ref), reading.last(ref)
    if fact is None:
        return name
    on = fact.effective_on
    if not holds(fact, ref.holds):
        return Text(f"{name.zh}（{on} 的一次不符）", f"{name.en} (that of {on} says otherwise)")
    undoing = next((one for one in undone_by(ref, fact, reading)), None)
    if undoing is not None:
        by, day = of_kind(undoing.TOPIC), undoing.effective_on
        return Text(
            f"{name.zh}（{on} 的一次因 {day} {by.zh}失效）", f"{name.en} (that of {on} was undone: {by.en} on {day})"
        )
    if since_day is not None and on < since_day:
        return Text(f"{name.zh}（{on} 的一次在此之前）", f"{name.en} (that of {on} came before)")
    return name


def undone_by(ref: Ref, fact: Fact, reading: Reading) -> list[Fact]:
    """What undid a fact."""
    later = [reading.last(topic) for topic in ref.undone_by]
    return [one for one in later if one is not None and place(one) > place(fact)]


def nearest(refs: Sequence[Ref], reading: Reading) -> tuple[Fact, ...]:
    """The facts that would be what is lacking, if they stood, and what undid them."""
    found = [fact for ref in refs if (fact := reading.last(ref)) is not None]
    undoing = [one for ref in refs if (fact := reading.last(ref)) for one in undone_by(ref, fact, reading)]
    return (*found, *undoing)


def absent(names: Sequence[str]) -> Text:
    """Kinds of fact that are not there."""
    found = listed([of_kind(name) for name in names])
    return Text(f"缺少{found.zh}", f"missing: {found.en}")


def still_open(opened: Ref, closed: Ref) -> Text:
    """A matter was opened and not closed."""
    begun, ended = of_ref(opened), of_ref(closed)
    return Text(f"{begun.zh}之后尚无{ended.zh}", f"{begun.en}, and no {ended.en} since")


def other_value(wrong: Sequence[tuple[str, Any, Any]]) -> Text:
    """Fields that say something else than they must: name, what it says, what it must say."""
    zh: list[str] = []
    en: list[str] = []
    for name, has, must in wrong:
        field, says, should = of_field(name), of_value(has), of_value(must)
        zh.append(f"{field.zh}为{says.zh}，须为{should.zh}")
        en.append(f"“{field.en}” is {says.en} and must be {should.en}")
    return Text("；".join(zh), "; ".join(en))


def not_named(field: str, missing: Sequence[str]) -> Text:
    """Words that a field must name and does not."""
    name, words = of_field(field), listed([of_value(one) for one in missing])
    return Text(f"{name.zh}缺少{words.zh}", f"“{name.en}” lacks: {words.en}")


def not_stated(fields: Sequence[str]) -> Text:
    """Fields that are empty and must not be."""
    names = listed([quoted(name) for name in fields])
    return Text(f"未填写{names.zh}", f"nothing is said of {names.en}")


def disagrees(field: str, says: Any, other: str, its: str, should: Any) -> Text:
    """A field says something else than that of another fact."""
    name, has, kind, must = of_field(field), of_value(says), of_kind(other), of_value(should)
    its_name = of_field(its)
    return Text(
        f"{name.zh}为{has.zh}，而{kind.zh}的{its_name.zh}为{must.zh}",
        f"“{name.en}” is {has.en}, but “{its_name.en}” of {kind.en} is {must.en}",
    )


def out_of_range(field: str, value: float, least: float, most: float) -> Text:
    """A number lies outside of what is allowed."""
    name = of_field(field)
    return Text(
        f"{name.zh}为 {value:g}，须在 {least:g} 至 {most:g} 之间",
        f"“{name.en}” is {value:g} and must be between {least:g} and {most:g}",
    )


def too_little(kind: str, found: Sequence[tuple[str, float | None, float]]) -> Text:
    """None of some numbers is large enough: name, what it is (None if nobody said), what it must be."""
    what = of_kind(kind)
    zh, en = [], []
    for field, has, least in found:
        name = of_field(field)
        says = of_value(has)
        zh.append(f"{name.zh}{says.zh}，不足 {least:g}")
        en.append(f"{name.en} {says.en}, of {least:g}")
    return Text(f"{what.zh}：{'；'.join(zh)}", f"{what.en}: {'; '.join(en)}")


def miscounted(what: Text, found: int, least: int, most: int) -> Text:
    """There are too few, or too many."""
    wanted = f"{least}" if least == most else f"{least}–{most}"
    return Text(f"{what.zh}现有 {found}，须为 {wanted}", f"{what.en}: there are {found}, there must be {wanted}")


def too_often(of: Ref, found: int, most: int) -> Text:
    """Something happened more often than allowed."""
    what = of_ref(of)
    return Text(f"{what.zh}已有 {found} 次，至多 {most} 次", f"{what.en}: {found} so far, at most {most} allowed")


def if_known(said: Text, *, known: bool) -> Text:
    """What is said, with a word of doubt where the calendar of working days does not reach so far."""
    if known:
        return said
    return Text(f"{said.zh}（工作日历未收录该年，暂计）", f"{said.en} (provisional: no calendar of working days)")


def elsewhere(stage: str, what: Text, allowed: Sequence[str], stages: Mapping[str, Text]) -> Text:
    """The path stands at another stage than those to which something belongs."""
    at, belongs = stages.get(stage, NO_STAGE), listed([stages.get(one, NO_STAGE) for one in allowed])
    return Text(
        f"当时处于{at.zh}阶段，{what.zh}属于{belongs.zh}阶段",
        f"the stage is: {at.en}; {what.en} belongs to: {belongs.en}",
    )


def ended(outcome: str, by: Fact) -> Text:
    """The path has come to its end."""
    how = ENDS[outcome]
    what, day = of_kind(by.TOPIC), by.effective_on
    return Text(f"{day} {what.zh}，已经结束（{how}）", f"it has ended ({outcome}): {what.en} on {day}")


def nothing_pending(awaited: Ref, waits: Fact | None) -> Text:
    """An approval without the resolution that it would answer."""
    what = of_ref(awaited)
    if waits is None:
        return Text(f"没有待审批的{what.zh}", f"nothing waits for approval; this would answer: {what.en}")
    other, day = of_kind(waits.TOPIC), waits.effective_on
    return Text(
        f"待审批的是 {day} 的{other.zh}，不是{what.zh}",
        f"{other.en} of {day} waits for approval, which is not: {what.en}",
    )


def still_pending(waits: Fact) -> Text:
    """A resolution that has not been answered."""
    what, day = of_kind(waits.TOPIC), waits.effective_on
    return Text(f"{day} 的{what.zh}尚待审批", f"{what.en} of {day} still waits for approval")
