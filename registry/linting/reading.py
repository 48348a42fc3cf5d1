"""One cell of a linted sheet, read with all that must be told of it: nothing is guessed, and nothing is passed over."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args
from unicodedata import normalize

from domain.facts import KINDS
from registry.importing.base import BadCell, Cell, shown, tidy
from registry.importing.cells import as_list, as_text, reader
from registry.importing.days import DayRead, read_day
from registry.importing.rows import hints
from registry.importing.sheets import Row, Sheet
from registry.linting.dossier import DAY, Noted, Person, Place
from registry.linting.headings import SPAN

SEPARATORS = re.compile(r"至|到|~|—|–|-")
MONTH_AND_DAY = re.compile(r"([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
PEOPLE = re.compile(r"[、,;，；/\n]+")
BESIDES = re.compile(r"\([^()]*\)|(?<=\w{2})(?:老师|同志)|(?<=\s)(?:老师|同志|教授|辅导员)")
"""What stands beside a name: in brackets, or as one addresses people."""

COUNTED = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(?:人|名|票|份|天|日|分|次|个月|学时|课时|小时)")
NOT_YET = frozenset(
    ["/", "\\", "-", "--", "—", "——", "无", "暂无", "没有", "未", "尚未", "待定", "未定", "待办", "未办", "n/a"]
)
"""What clerks write into a cell so that it is not empty."""

ERRORS = {
    "the cell shows an error instead of a value": "单元格显示为错误值",
    "the formula was never computed: open the file in a spreadsheet program and save it": (
        "公式没有计算结果：请用表格软件打开并保存后再检查"
    ),
    "the cell shows year and month only, the day was made up: write the whole day": (
        "单元格只显示年和月，“日”是程序补的：请写明具体日期"
    ),
}


def as_names(cell: Cell) -> tuple[str, ...]:
    """Names of persons in one cell, parted by 、, a comma, a slash, or a space that does not only stretch a short name."""
    found: list[str] = []
    text = normalize("NFKC", cell if isinstance(cell, str) else as_text(cell))
    for part in PEOPLE.split(BESIDES.sub(" ", text)):
        pieces = tidy(part).split()
        found += pieces if all(len(piece) > 1 for piece in pieces) else ["".join(pieces)]
    return tuple(dict.fromkeys(name for name in found if name))


def read_span(cell: Cell) -> tuple[DayRead, DayRead | None]:
    """Two days in one cell, or one: 2024.3.5-2024.3.11, 2024.3.5至3.11. Raises BadCell."""
    if not isinstance(cell, str):
        return read_day(cell), None
    text = tidy(cell)
    found = []
    for mark in SEPARATORS.finditer(text):
        try:
            first = read_day(text[: mark.start()])
            last = _second(text[mark.end() :], first.day)
        except BadCell:
            continue
        found.append((first, last))
    if len(found) == 1:
        return found[0]
    return read_day(cell), None


def _second(text: str, first: date) -> DayRead:
    """The second day of a span; without a year it lies in the year of the first, or cannot be read."""
    short = MONTH_AND_DAY.fullmatch(text.strip())
    return read_day(f"{first.year}-{short[1]}-{short[2]}" if short else text)


OWN_FIELDS: dict[str, Callable[[Cell], Any]] = {
    "attended": as_names,
    "contact_id": as_names,
    "introducers": as_names,
}
"""Fields that are read as the linter needs them: names one by one."""


def says_not_yet(cell: Cell) -> bool:
    """Whether a cell says that there is nothing to say, or nothing yet."""
    return isinstance(cell, str) and tidy(cell).casefold() in NOT_YET


def counted(read: Callable[[Cell], Any]) -> Callable[[Cell], Any]:
    """Read a number with what it counts behind it, 23人, as that number."""

    def number(cell: Cell) -> Any:
        found = COUNTED.fullmatch(tidy(cell)) if isinstance(cell, str) else None
        return read(found[1] if found else cell)

    return number


def how(kind: str, name: str) -> Callable[[Cell], Any]:
    """Find how a field of a kind is read."""
    if name in OWN_FIELDS and kind != "cultivation-contact-ended":
        return OWN_FIELDS[name]
    if kind in KINDS and name in hints(kind):
        hint = hints(kind)[name]
        return counted(reader(hint)) if {int, float} & {hint, *get_args(hint)} else reader(hint)
    return as_list(as_text) if name.endswith("s") else as_text


@dataclass(slots=True)
class SheetReader:
    """Reads the cells of one sheet and takes down what must be told of them."""

    sheet: Sheet
    header: int
    noted: list[Noted]
    styles: dict[int, dict[str, Place]] = field(default_factory=dict)
    """For each column the ways in which days are written, with the first cell of each."""

    blank: dict[int, list[Place]] = field(default_factory=dict)
    """For each column the cells that say that there is nothing yet."""

    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """Cells that a merged one covers, with the one that holds the value."""

    def __post_init__(self) -> None:
        """Find the merged cells below the header."""
        for top, left, bottom, right in self.sheet.merged:
            if top > self.header and (bottom - top + 1) * (right - left + 1) < 10_000:  # noqa: PLR2004 - no table has more
                for row in range(top, bottom + 1):
                    self.covered |= {
                        (row, at): (top, left) for at in range(left, right + 1) if (row, at) != (top, left)
                    }

    def place(self, row: int, column: int) -> Place:
        """A cell of this sheet."""
        return Place(self.sheet.name, row, column)

    def note(self, rule: str, place: Place, zh: str, en: str, person: Person | None = None) -> None:
        """Take something down."""
        self.noted.append(Noted(rule, place, zh, en, person))

    def value(self, row: Row, column: int, kind: str, name: str, person: Person) -> Any:
        """What a cell says, in the type of its field; None if it is empty or cannot be read, which is told."""
        at = (row.number, column)
        if column in row.hollow:
            why = row.hollow[column]
            self.note("CELL_UNREADABLE", self.place(*at), ERRORS.get(why, why), why, person)
            person.unread.add(kind)
            return None
        if column not in row.cells:
            if at in self.covered:
                person.unread.add(kind)
            return None
        cell = row.cells[column]
        if says_not_yet(cell) and not (kind in KINDS and hints(kind).get(name) is bool):
            self.blank.setdefault(column, []).append(self.place(*at))
            return None
        try:
            return self._read(cell, at, kind, name, person)
        except BadCell as bad:
            self.note("CELL_UNREADABLE", self.place(*at), bad.zh, str(bad), person)
            person.unread.add(kind)
            return None

    def _read(self, cell: Cell, at: tuple[int, int], kind: str, name: str, person: Person) -> Any:
        if name == SPAN:
            first, last = read_span(cell)
            self._day(first, cell, at, person)
            return (first.day, last.day if last else None)
        if kind not in KINDS and name == DAY:
            return self._day(read_day(cell), cell, at, person)
        if name in ("born_on", "leaves_on") or (kind in KINDS and hints(kind).get(name) in (date, date | None)):
            return self._day(read_day(cell), cell, at, person)
        return how(kind, name)(cell)

    def _day(self, read: DayRead, cell: Cell, at: tuple[int, int], person: Person) -> date:
        marks, place = self.sheet.marks, self.place(*at)
        if at in marks.moving:
            zh, en = (
                "日期由公式算出，打开的日子不同结果也不同",
                "the day comes from a formula and is another one tomorrow",
            )
            self.note("FORMULA_MOVES", place, f"{zh}（{read.day}）", f"{en} ({read.day})", person)
        if at in marks.without_year:
            zh = f"单元格不显示年份，程序存的是 {read.day}，请核对年份"
            self.note("YEAR_NOT_SHOWN", place, zh, f"the cell does not show its year; it holds {read.day}", person)
        if read.timed:
            zh = f"{shown(cell)}含有时刻，只取日期 {read.day}"
            self.note("TIME_LEFT_OUT", place, zh, f"{shown(cell)} holds a time of day, left out: {read.day}", person)
        self.styles.setdefault(at[1], {}).setdefault(read.style, place)
        return read.day

    def tell(self, columns: set[int]) -> None:
        """Tell what concerns the sheet, or a whole column: hidden parts, merged cells, two ways to write a day."""
        name, marks = self.sheet.name, self.sheet.marks
        if not self.sheet.visible:
            self.note(
                "HIDDEN", Place(name), "工作表是隐藏的，也作了检查", "the sheet is hidden; it was checked as well"
            )
        rows = sorted(row for row in marks.hidden_rows if row > self.header)
        if rows:
            some = "、".join(map(str, rows[:10]))
            zh, en = f"隐藏的行也作了检查：{some}", f"hidden rows were checked as well: {some.replace('、', ', ')}"
            more = "" if len(rows) <= 10 else f" … {len(rows)}"  # noqa: PLR2004 - as many as one reads
            self.note("HIDDEN", self.place(rows[0], 0), zh + more, en + more)
        for column in sorted(marks.hidden_columns & columns):
            self.note(
                "HIDDEN", self.place(self.header, column), "隐藏的列也作了检查", "a hidden column was checked as well"
            )
        for anchor in sorted(set(self.covered.values())):
            if anchor[1] in columns:
                last = max(row for (row, _), first in self.covered.items() if first == anchor)
                zh = f"合并单元格（至第 {last} 行）：值只算在第一格，其余各格不作判断；请取消合并并逐行填写"
                en = f"merged down to row {last}: the value counts in the first cell only, the others are not judged; part it"
                self.note("MERGED", self.place(*anchor), zh, en)
        for column, places in sorted(self.blank.items()):
            some = ", ".join(place.cell for place in places[:10]) + (" …" if len(places) > 10 else "")  # noqa: PLR2004 - as above
            zh, en = f"{len(places)} 格按还没有办理读", f"{len(places)} cells are read as not done yet"
            self.note("TAKEN_AS_EMPTY", self.place(self.header, column), f"{zh}：{some}", f"{en}: {some}")
        for column, styles in sorted(self.styles.items()):
            if len(styles) > 1:
                cells = ", ".join(place.cell for place in styles.values())
                zh, en = f"同一列的日期有 {len(styles)} 种写法", f"days are written in {len(styles)} ways in one column"
                self.note("TWO_STYLES", self.place(self.header, column), f"{zh}（{cells}）", f"{en} ({cells})")
