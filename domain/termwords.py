"""The sentences about terms, in both languages: when something is due, and what is found."""

from dataclasses import dataclass
from datetime import date

from domain.judgement import Severity
from domain.termrules import Part
from domain.words import Text


@dataclass(frozen=True, slots=True)
class TermRule:
    """What is asked of every term and stands in no policy. `why` is told with the days `limit` and `was`."""

    id: str
    severity: Severity
    text: Text
    why: Text


LATE = TermRule(
    "TERM_LATE",
    "finding",
    Text("晚于应有之日", "It came after its day"),
    Text("应不晚于 {limit}，实为 {was}", "no later than {limit}; it came on {was}"),
)
CLOCK_LATE = TermRule(
    "TERM_CLOCK_LATE",
    "warn",
    Text("学期的开始或结束晚于其日记录", "The unit's clock recorded it after its day"),
    Text("应记录于 {limit}，实为 {was}", "it was to be recorded on {limit}; it was on {was}"),
)
NOT_DONE = TermRule(
    "TERM_NOT_DONE",
    "finding",
    Text("期满未完成", "Its time was over without it"),
    Text("应于 {limit} 前完成，期限已过", "it was due by {limit}, and its time is over"),
)
BEHIND = TermRule(
    "TERM_BEHIND",
    "warn",
    Text("进度落后", "It is behind its pace"),
    Text(
        "应于 {limit} 达到 {times} 次，当时为 {there} 次", "{times} were to be there by {limit}, and there were {there}"
    ),
)
DECIDED_EARLY = TermRule(
    "DORM_DECIDED_EARLY",
    "finding",
    Text("异议期未满或异议未处理即作出处理", "It was decided while an objection could still come or was open"),
    Text("异议期至 {limit}，处理于 {was}", "objections could come until {limit}; it was decided on {was}"),
)
NO_GROUND = TermRule(
    "DORM_NO_GROUND",
    "finding",
    Text("所依据的检查结果不成立，应予撤销", "The result that it rests on does not stand: it is to be taken back"),
    Text("检查于 {limit}，处理于 {was}", "the inspection was on {limit}; it was decided on {was}"),
)
OUTSIDE = TermRule(
    "TERM_OUTSIDE",
    "finding",
    Text("不在本党组织本学期之内，不计数", "It lies outside of the unit's days in the term and does not count"),
    Text("发生于 {was}，不在截至 {limit} 的学期内", "it was on {was}, outside of the days that end on {limit}"),
)
TOO_LATE = TermRule(
    "TERM_AFTER_CLOSING",
    "warn",
    Text("学期结束报告之后补记", "It was recorded after the term had been closed with its report"),
    Text("学期于 {limit} 结束，补记于 {was}", "the term was closed on {limit}; it was recorded on {was}"),
)

QUARTER_PLACES = {
    "start": Text("季度开始", "the start of the quarter"),
    "mid": Text("季度中", "the middle of the quarter"),
    "end": Text("季度结束", "the end of the quarter"),
}
UPON_PLACES = dict.fromkeys(("start", "mid", "end"), Text("寝室检查", "the inspection"))
PLACES = {
    "start": Text("学期开始", "the start of the term"),
    "mid": Text("学期中", "the middle of the term"),
    "end": Text("学期结束", "the end of the term"),
}


def why_due(part: Part, due_on: date) -> Text:
    """From which day of its span something is counted, how far, and where that comes out."""
    when = part.due
    place = when.place(part.span)
    places = UPON_PLACES if part.inspection else QUARTER_PLACES if part.job.per == "quarter" else PLACES
    said = places[when.at] if isinstance(when.at, str) else Text(f"第 {when.at} 周", f"week {when.at}")
    zh = f"{place} {said.zh}，{_length(when.days, when.workdays).zh}不晚于 {due_on}"
    return Text(zh, f"from {said.en} on {place}{_length(when.days, when.workdays).en}: due by {due_on}")


def _length(days: int, workdays: int) -> Text:
    if workdays:
        way = Text("第", "") if workdays > 0 else Text("往前第", " back")
        return Text(f"{way.zh} {abs(workdays)} 个工作日即", f",{way.en} {abs(workdays)} working days with the first")
    if not days:
        return Text("即", "")
    return Text(
        f"{abs(days)} 天{'后' if days > 0 else '前'}即", f", {abs(days)} days {'later' if days > 0 else 'earlier'}"
    )
