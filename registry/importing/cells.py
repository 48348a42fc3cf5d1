"""What one cell says, in the type of the field it is for; a cell that does not say it clearly is told in words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from registry.importing.base import BadCell, Cell, is_empty, kind_of, plain_name, shown, tidy
from registry.importing.days import as_day
from registry.importing.words import FLAGS, VALUES, word

__all__ = [
    "BadCell",
    "Cell",
    "as_choice",
    "as_day",
    "as_flag",
    "as_list",
    "as_number",
    "as_text",
    "as_whole",
    "is_empty",
    "plain_name",
    "reader",
    "tidy",
]

EXACT_DIGITS = 10**15
"""From here on a spreadsheet's number has lost its last digits: it keeps fifteen."""

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
BETWEEN = re.compile(r"[、,;，；\n]+")


def as_text(cell: Cell) -> str:
    """A text; a whole number counts as its digits, for that is how spreadsheets keep student numbers."""
    if isinstance(cell, bool | date | time | timedelta):
        en, zh = kind_of(cell)
        raise BadCell(
            f"{shown(cell)} is a {en}, not a text: format the cell as text and type it anew",
            f"{shown(cell)}是{zh}，不是文本：请把单元格设为文本格式后重新输入",
        )
    if isinstance(cell, float | int):
        if abs(cell) >= EXACT_DIGITS:
            raise BadCell(
                f"{shown(cell)} is a number so long that its last digits are lost: format the cell as text",
                f"{shown(cell)}位数过多，末几位已丢失：请把单元格设为文本格式",
            )
        if not float(cell).is_integer():
            raise BadCell(f"{shown(cell)} is a number, not a text", f"{shown(cell)}是数字，不是文本")
        return str(int(cell))
    return tidy(cell or "")


def as_number(cell: Cell) -> float:
    """A number; a text of digits counts."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = tidy(cell) if isinstance(cell, str) else ""
    if not NUMBER.fullmatch(text):
        raise BadCell(f"{shown(cell)} is not a number", f"{shown(cell)}不是数字")
    return float(text)


def as_whole(cell: Cell) -> int:
    """A whole number."""
    number = as_number(cell)
    if not number.is_integer():
        raise BadCell(f"{shown(cell)} is not a whole number", f"{shown(cell)}不是整数")
    return int(number)


def as_flag(cell: Cell) -> bool:
    """Yes or no: 是/否, yes/no, true/false, 1/0."""
    if isinstance(cell, bool):
        return cell
    word = plain_name(as_text(cell)) if not isinstance(cell, date | time | timedelta) else ""
    if word not in FLAGS:
        raise BadCell(f"{shown(cell)} is neither yes nor no; write 是 or 否", f"{shown(cell)}不是“是”或“否”")
    return FLAGS[word]


def as_choice(allowed: Sequence[str]) -> Callable[[Cell], str]:
    """One word of a closed list, by its English or Chinese name."""
    words = {plain_name(name): value for value in allowed for name in VALUES.get(value, ())}
    # What is the chief name of one value may be another's by-name: in a list that has both, the chief name counts.
    words |= {plain_name(name): value for value in allowed for name in (value, word(value))}

    def read(cell: Cell) -> str:
        found = words.get(plain_name(as_text(cell)))
        if found is None:
            known = ", ".join(f"{VALUES[value][0]} ({value})" if value in VALUES else value for value in allowed)
            zh = "、".join(VALUES[value][0] if value in VALUES else value for value in allowed)
            raise BadCell(f"{shown(cell)} is not one of: {known}", f"{shown(cell)}不在可选范围内：{zh}")
        return found

    return read


def as_list(one: Callable[[Cell], Any]) -> Callable[[Cell], list[Any]]:
    """Several values in one cell, parted by 、 or a comma or a semicolon."""
    return lambda cell: [one(part) for part in BETWEEN.split(as_text(cell)) if part.strip()]


def as_fields(cell: Cell) -> dict[str, str]:
    """Fields with their values in one cell: effective_on=2024-03-01；held_by=m-3."""
    lines = re.split("[；;\n]", cell) if isinstance(cell, str) else [as_text(cell)]
    pairs = [tidy(line).partition("=") for line in lines if line.strip()]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise BadCell(f"{shown(cell)} does not name each field with its value; write effective_on=2024-03-01")
    return {name.strip(): value.strip() for name, _, value in pairs}


@cache
def reader(hint: Any) -> Callable[[Cell], Any]:
    """Find how a cell is read for a field of this type. Raises TypeError for a type no cell can hold."""
    simple: dict[Any, Callable[[Cell], Any]] = {
        str: as_text,
        date: as_day,
        bool: as_flag,
        int: as_whole,
        float: as_number,
        Mapping[str, Any]: as_fields,
        Mapping[str, int]: as_fields,
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
