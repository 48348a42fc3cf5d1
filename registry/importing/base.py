"""What is true of every cell: what it may hold, when it is empty, and how a message quotes it."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | time | timedelta | None
"""As the file gives it: an empty cell is None or an empty text."""


class BadCell(Exception):
    """A cell does not say what is expected of it: a sentence that says what it holds and what is, in both languages."""

    def __init__(self, message: str, zh: str = "") -> None:
        """Take the sentence in English, which is the exception's text, and in Chinese."""
        super().__init__(message)
        self.zh = zh or message


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


def kind_of(cell: Cell) -> tuple[str, str]:
    """What a cell is that is no text and no number, in both languages."""
    if cell is None:
        return "empty cell", "空单元格"
    if isinstance(cell, bool):
        return "yes or no", "是否值"
    if isinstance(cell, time):
        return "time of day", "时刻"
    if isinstance(cell, timedelta):
        return "length of time", "时长"
    return ("date", "日期") if isinstance(cell, date | datetime) else ("value", "值")
