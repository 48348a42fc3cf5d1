"""Civil days as clerks write them: every form with one meaning is read, and whatever has two, or none, is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from registry.importing.base import BadCell, Cell, kind_of, shown, tidy

FIRST_YEAR, LAST_YEAR = 1900, 2200
SERIALS = range(14_611, 80_000)
"""Numbers that spreadsheets keep for the days from 1940 to 2119: one that stands alone may be meant as a day."""

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─", "-"))
DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
YEAR_FIRST = re.compile(r"([0-9]{4})(?P<mark>[-/.])([0-9]{1,2})(?P=mark)([0-9]{1,2})\.?")
CHINESE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]?")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
NUMERALS = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
WEEKDAY = re.compile(r"[,(]?(?:星期|周|礼拜)([一二三四五六日天])\)?")
TIME = re.compile(r"(?:[T ]|(?<=[日号]))(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9]){1,2}(?:\.0+)?$")
WRITE = ("write 2024-03-01", "请写成 2024-03-01")


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day, how it was written, and whether a time of day stood beside it."""

    day: date
    style: str
    timed: bool = False


def read_day(cell: Cell) -> DayRead:
    """Read a civil day. Raises BadCell for whatever is not clearly one."""
    if isinstance(cell, datetime):
        return DayRead(_in_range(cell.date(), cell), "date", cell.time() != time())
    if isinstance(cell, date):
        return DayRead(_in_range(cell, cell), "date")
    if isinstance(cell, bool | time | timedelta) or cell is None:
        en, zh = kind_of(cell)
        raise BadCell(f"{shown(cell)} is a {en}, not a day; {WRITE[0]}", f"{shown(cell)}是{zh}，不是日期；{WRITE[1]}")
    text = tidy(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)).translate(DASHES)
    rest, weekday = _without_weekday(text)
    bare = TIME.sub("", rest)
    found = _parts(bare.replace(" ", ""))
    if found is None:
        en, zh = _why(bare.replace(" ", ""))
        raise BadCell(
            f"{shown(cell)} is not clearly a day{en}; {WRITE[0]}", f"{shown(cell)}不是明确的日期{zh}；{WRITE[1]}"
        )
    (year, month, day), style = found
    try:
        said = date(year, month, day)
    except ValueError:
        raise BadCell(f"{shown(cell)} is not a day of the calendar", f"{shown(cell)}不是日历上的日期") from None
    if weekday is not None and weekday != said.weekday():
        name = "一二三四五六日"[said.weekday()]
        raise BadCell(
            f"{shown(cell)}: {said} is not that day of the week; which of the two is right?",
            f"{shown(cell)}：{said} 是星期{name}，日期与星期不符，请核对",
        )
    return DayRead(_in_range(said, cell), style, bare != rest)


def as_day(cell: Cell) -> date:
    """A civil day: a date cell, 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日, 20240301, and nothing else. Raises BadCell."""
    read = read_day(cell)
    if read.timed:
        raise BadCell(
            f"{shown(cell)} holds a time of day as well; a day alone is expected",
            f"{shown(cell)}含有时刻；此处只填日期",
        )
    return read.day


def _without_weekday(text: str) -> tuple[str, int | None]:
    """The text without the day of the week that stands behind the day, and that day: Monday is 0."""
    found = WEEKDAY.search(text)
    if not found or found.start() == 0:
        return text, None
    rest = f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".strip()
    return rest, 6 if found[1] == "天" else "一二三四五六日".index(found[1])


def _parts(text: str) -> tuple[tuple[int, int, int], str] | None:
    if found := YEAR_FIRST.fullmatch(text):
        return (int(found[1]), int(found[3]), int(found[4])), found["mark"]
    if found := CHINESE.fullmatch(text):
        return (int(found[1]), int(found[2]), int(found[3])), "年月日"
    if found := COMPACT.fullmatch(text):
        return (int(found[1]), int(found[2]), int(found[3])), "20240301"
    if found := NUMERALS.fullmatch(text):
        return (int(found[1].translate(DIGITS)), _numeral(found[2]), _numeral(found[3])), "二〇二四年"
    return None


def _numeral(text: str) -> int:
    """A Chinese numeral below a hundred; 0, which no calendar has, for one that is none."""
    if "十" not in text:
        return int(text.translate(DIGITS)) if len(text) == 1 else 0
    tens, _, ones = text.partition("十")
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return 0
    return int(tens.translate(DIGITS) or 1) * 10 + int(ones.translate(DIGITS) or 0)


def _in_range(day: date, cell: Cell) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadCell(
            f"{shown(cell)} lies in the year {day.year}; is the year right?",
            f"{shown(cell)}的年份是 {day.year}，请核对",
        )
    return day


BARE = r"[0-9]{1,7}(\.[0-9]+)?"
WHYS: Sequence[tuple[str, str, str]] = (
    (r"[0-9]{4}[-/.年][0-9]{1,2}月?", ": the day of the month is missing", "：缺少“日”"),
    (r"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])", ": the day of the month is missing", "：缺少“日”"),
    (r"[0-9]{4}年", ": month and day are missing", "：缺少月、日"),
    (
        r"[0-9]{1,7}",
        ": it is a bare number (if it is a date cell, give it a date format)",
        "：只是一个数字（若为日期，请设为日期格式）",
    ),
    (
        r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}|[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?",
        ": year, month and day could be read in more than one way",
        "：年、月、日的顺序不明；年份请写四位并放在最前",
    ),
    (r"[0-9]{1,2}[-/.月][0-9]{1,2}日?", ": the year is missing", "：缺少年份"),
    (
        r".*[0-9]{4}[-/.年].*[0-9]{4}[-/.年].*|[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?[-~至到、][0-9].*",
        ": more than one day stands here",
        "：一个单元格内有多个日期",
    ),
)
"""Why a text is no day, by what it looks like."""


def _why(text: str) -> tuple[str, str]:
    if re.fullmatch(BARE, text) and int(float(text)) in SERIALS:
        first, second = (date(*epoch) + timedelta(int(float(text))) for epoch in ((1899, 12, 30), (1904, 1, 1)))
        either = f"as a date cell it would be {first}, or {second} in a workbook that counts from 1904"
        return (
            f": it is a bare number ({either}; if it is a date cell, give it a date format)",
            f"：只是一个数字（若为日期序号，则是 {first}，在 1904 年起算的文件中是 {second}；请把单元格设为日期格式）",
        )
    return next(((en, zh) for form, en, zh in WHYS if re.fullmatch(form, text)), ("", ""))
