"""Why a vote, a notice or an act of a unit is not well: the sentences of `domain.checks.meetings`."""

from datetime import date

from domain.checks.wording import if_known
from domain.facts.admission import Vote
from domain.facts.base import Fact
from domain.words import MAY, Text, of_kind, of_value


def voted(vote: Fact) -> Text:
    """A resolution is of the day of its vote."""
    what = of_kind(vote.TOPIC)
    return Text(
        f"{what.zh}在 {vote.effective_on}，决议须在当天",
        f"{what.en} on {vote.effective_on}: it is resolved on that day",
    )


def not_that_day(vote: Fact, fact: Fact) -> Text:
    """A vote and the resolution that rests on it are of different days."""
    voted, resolved = of_kind(vote.TOPIC), of_kind(fact.TOPIC)
    return Text(
        f"{voted.zh}在 {vote.effective_on}，与{resolved.zh}的 {fact.effective_on} 不是同一天",
        f"{voted.en} on {vote.effective_on}, which is not the day of {resolved.en}, {fact.effective_on}",
    )


def ballot(asks: str, v: Vote, written: int, yes: int) -> Text:
    """What is wrong with a tally, of which so many written opinions count and so many votes in favour."""
    # Longer than 40 lines: a sentence in two languages for each thing that is asked of a ballot.
    shown, restored = f"{v.due}", v.restored
    due = f"{shown} + {restored} = {v.due + restored}" if restored else shown
    cast, out = v.yes + v.no + v.abstained + v.invalid, max(v.excluded, len(v.excluded_for))
    uncounted = Text("（书面意见不计票）", " (written opinions do not count)") if written < v.written else Text("", "")
    match asks:
        case "quorum":
            doubled = f"2 × {v.present} = {2 * v.present}"
            said = Text(
                f"应到 {due} 人，实到 {v.present} 人：{doubled}，未超过应到人数",
                f"{due} members due, {v.present} present: {doubled} is not more than those due",
            )
        case "majority":
            doubled = f"2 × {yes} = {2 * yes}"
            said = Text(
                f"应到 {due} 人，赞成 {yes} 票{uncounted.zh}：{doubled}，未超过应到人数",
                f"{due} members due, {yes} in favour{uncounted.en}: {doubled} is not more than those due",
            )
        case "defeat":
            doubled = f"2 × {yes} = {2 * yes}"
            said = Text(
                f"应到 {due} 人，赞成 {yes} 票{uncounted.zh}：{doubled}，超过应到人数",
                f"{due} members due, {yes} in favour{uncounted.en}: {doubled} is more than those due",
            )
        case "tally" if v.present + v.written > v.due + restored:
            said = Text(
                f"实到 {v.present} 人、书面意见 {v.written} 份，多于应到 {due} 人",
                f"{v.present} present and {v.written} in writing are more than the {due} members due",
            )
        case "tally":
            sums = f"{v.yes} + {v.no} + {v.abstained} + {v.invalid} = {cast}"
            said = Text(
                f"票数 {sums}，多于实到 {v.present} 人与书面意见 {written} 份{uncounted.zh}",
                f"{sums} ballots are more than {v.present} present and {written} in writing{uncounted.en}",
            )
        case "one-candidate":
            said = Text(
                f"一次表决了 {v.candidates} 人，须逐个表决，每次 1 人",
                f"{v.candidates} candidates in one vote, where 1 is allowed",
            )
        case "in-person":
            said = Text(
                "有党员线上参会，校内规定未允许",
                "members took part from afar, and the school's policy does not allow it",
            )
        case _:
            said = Text(
                f"不计入应到的 {out} 人中经上级和支部大会同意的只有 {out - restored} 人",
                f"of {out} members left out of those due, {out - restored} were left out with the consent it takes",
            )
    return said


def notice(first: date, last: date, count: int, needed: int, *, known: bool) -> Text:
    """For how many working days a notice stood."""
    zh = f"公示自 {first} 至 {last}，含首日共 {count} 个工作日，须 {needed} 个"
    en = f"the notice stood from {first} to {last}: {count} working days with the first, of {needed}"
    return if_known(Text(zh, en), known=known)


def notice_ends(first: date, needed: int, last: date, *, known: bool) -> Text:
    """On which day a notice has stood long enough."""
    zh = f"公示自 {first} 起，含首日第 {needed} 个工作日为 {last}"
    en = f"the notice went up on {first}; working day {needed}, counting the first, is {last}"
    return if_known(Text(zh, en), known=known)


def affected(closed: Fact) -> Text:
    """A notice was closed with objections that matter."""
    return Text(
        f"{closed.effective_on} 公示结束，结果影响发展", f"closed on {closed.effective_on} with effect on the admission"
    )


def may_not(fact: Fact, kind: str, may: str, *, needs_authority: bool) -> Text:
    """A unit is not one that may do this."""
    unit, what, able = fact.by_unit or "?", of_value(kind), MAY.get(may, Text(may, may))
    lacks = Text("未获审批权，", "has no approval authority and ") if needs_authority else Text("", "")
    return Text(f"{unit}（{what.zh}）{lacks.zh}无权{able.zh}", f"unit {unit} ({what.en}) {lacks.en}may not {able.en}")


def not_home(unit: str | None, home: str) -> Text:
    """It is the act of another unit than the person's own."""
    return Text(f"办理的 {unit or '?'} 不是本人所在的 {home}", f"unit {unit or '?'} acted; the home branch is {home}")
