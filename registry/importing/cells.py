"""What one cell says, in the type of the field it is for; a cell that does not say it clearly is told in words."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from registry.importing.words import FLAGS, VALUES

Cell = str | int | float | bool | date | time | timedelta | None
"""As the file gives it: an empty cell is None or an empty text."""

EXACT_DIGITS = 10**15
"""From here on a spreadsheet's number has lost its last digits: it keeps fifteen."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
YEAR_FIRST = re.compile(r"([0-9]{4})(?P<mark>[-/.])([0-9]{1,2})(?P=mark)([0-9]{1,2})")
CHINESE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
BETWEEN = re.compile(r"[、,;，；\n]+")


class BadCell(Exception):
    """A cell does not say what is expected of it; the message is a sentence that says what it holds and what is."""


def tidy(text: str) -> str:
    """One form for what looks the same: full-width as half-width, no space at the ends, one space inside."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def plain_name(text: str) -> str:
    """A header or a word as it is compared: without spaces, case, and the marks that clerks add."""
    return re.sub(r"[\s*_:()-]+", "", unicodedata.normalize("NFKC", text)).casefold()


def is_empty(cell: Cell) -> bool:
    """Whether there is nothing in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def shown(cell: Cell) -> str:
    """A cell as a message quotes it, not longer than one can read."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"  # noqa: PLR2004 - the width of a quotation


def as_text(cell: Cell) -> str:
    """A text; a whole number counts as its digits, for that is how spreadsheets keep student numbers."""
    if isinstance(cell, bool | date | time | timedelta):
        raise BadCell(f"{shown(cell)} is a {_kind(cell)}, not a text: format the cell as text and type it anew")
    if isinstance(cell, float | int):
        if abs(cell) >= EXACT_DIGITS:
            raise BadCell(f"{shown(cell)} is a number so long that its last digits are lost: format the cell as text")
        if not float(cell).is_integer():
            raise BadCell(f"{shown(cell)} is a number, not a text")
        return str(int(cell))
    return tidy(cell or "")


def as_day(cell: Cell) -> date:
    """A civil day: a date cell, 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日 or 20240301, and nothing else."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise BadCell(f"{shown(cell)} holds a time of day as well; a day alone is expected")
        return _in_range(cell.date(), cell)
    if isinstance(cell, date):
        return _in_range(cell, cell)
    if isinstance(cell, bool | time | timedelta) or cell is None:
        raise BadCell(f"{shown(cell)} is a {_kind(cell)}, not a day; write 2024-03-01")
    text = tidy(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)).replace(" ", "")
    found = YEAR_FIRST.fullmatch(text) or CHINESE.fullmatch(text) or COMPACT.fullmatch(text)
    if not found:
        raise BadCell(f"{shown(cell)} is not clearly a day{_why(text)}; write 2024-03-01")
    year, month, day = (int(part) for part in found.groups() if part.isdecimal())
    try:
        return _in_range(date(year, month, day), cell)
    except ValueError:
        raise BadCell(f"{shown(cell)} is not a day of the calendar") from None


def _in_range(day: date, cell: Cell) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadCell(f"{shown(cell)} lies in the year {day.year}; is the year right?")
    return day


def _why(text: str) -> str:
    if text.isdecimal() and len(text) <= 6:  # noqa: PLR2004 - shorter than a day written without marks
        return ": it is a bare number (if it is a date cell, give it a date format)"
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", text):
        return ": year, month and day could be read in more than one way"
    if re.fullmatch(r"\d{4}[-/.年]\d{1,2}月?", text):
        return ": the day of the month is missing"
    return ""


def _kind(cell: Cell) -> str:
    kinds = {bool: "yes or no", time: "time of day", timedelta: "length of time", NoneType: "empty cell"}
    return kinds.get(type(cell), "date")


def as_number(cell: Cell) -> float:
    """A number; a text of digits counts."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = tidy(cell) if isinstance(cell, str) else ""
    if not NUMBER.fullmatch(text):
        raise BadCell(f"{shown(cell)} is not a number")
    return float(text)


def as_whole(cell: Cell) -> int:
    """A whole number."""
    number = as_number(cell)
    if not number.is_integer():
        raise BadCell(f"{shown(cell)} is not a whole number")
    return int(number)


def as_flag(cell: Cell) -> bool:
    """Yes or no: 是/否, yes/no, true/false, 1/0."""
    if isinstance(cell, bool):
        return cell
    word = plain_name(as_text(cell)) if not isinstance(cell, date | time | timedelta) else ""
    if word not in FLAGS:
        raise BadCell(f"{shown(cell)} is neither yes nor no; write 是 or 否")
    return FLAGS[word]


def as_choice(allowed: Sequence[str]) -> Callable[[Cell], str]:
    """One word of a closed list, by its English or Chinese name."""
    words = {plain_name(name): value for value in allowed for name in (value, *VALUES.get(value, ()))}

    def read(cell: Cell) -> str:
        found = words.get(plain_name(as_text(cell)))
        if found is None:
            known = ", ".join(f"{VALUES[value][0]} ({value})" if value in VALUES else value for value in allowed)
            raise BadCell(f"{shown(cell)} is not one of: {known}")
        return found

    return read


def as_list(one: Callable[[Cell], Any]) -> Callable[[Cell], list[Any]]:
    """Several values in one cell, parted by 、 or a comma or a semicolon."""
    return lambda cell: [one(part) for part in BETWEEN.split(as_text(cell)) if part.strip()]


@cache
def reader(hint: Any) -> Callable[[Cell], Any]:
    """Find how a cell is read for a field of this type. Raises TypeError for a type no cell can hold."""
    simple: dict[Any, Callable[[Cell], Any]] = {
        str: as_text,
        date: as_day,
        bool: as_flag,
        int: as_whole,
        float: as_number,
    }
    origin, args = get_origin(hint), get_args(hint)
    if hint in simple:
        return simple[hint]
    if origin is Annotated:
        return reader(args[0])
    if origin is Literal:
        return as_choice(args)
    if origin is tuple:
        return as_list(reader(args[0]))
    if origin in (Union, UnionType):
        return reader(next(arg for arg in args if arg is not NoneType))
    message = f"no cell can hold a {hint}"
    raise TypeError(message)
