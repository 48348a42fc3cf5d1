"""The same workbook with its cells marked: filled, with a comment, and a sheet of all that was found beside the others."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException

from registry.importing.rows import letters
from registry.importing.sheets import XLSX, open_book
from registry.importing.workbooks import NoTable
from registry.linting.dossier import Place
from registry.linting.lint import LIMITS
from registry.linting.page import WEIGHED, source_of, where
from registry.linting.report import Remark, Report

FINDINGS = "检查结果"
FILLS: Mapping[str, PatternFill] = {
    severity: PatternFill("solid", fgColor=colour)
    for severity, colour in (
        ("block", "FFC7CE"),
        ("override", "FFC7CE"),
        ("finding", "FFD9B3"),
        ("unread", "FFF2A8"),
        ("warn", "FFF9D6"),
        ("note", "DCE9F9"),
    )
}
MOST_COMMENT = 2_000
"""Characters of a comment: more does not fit into the little window."""

LOST = (("xl/charts/", "图表 charts"), ("xl/media/", "图片 images"), ("xl/threadedComments/", "讨论 threaded comments"))
"""What the library that writes the workbook does not keep, by where it stands in the file."""


def marked(path: Path, report: Report) -> bytes:
    """Write the workbook anew, marked. Of xls and csv the cells go into a new workbook. Raises NoTable."""
    with path.open("rb") as file:
        whole = file.read(len(XLSX)) == XLSX
    book = _loaded(path) if whole else _copied(path)
    by_cell: dict[Place, list[Remark]] = {}
    for remark in report.remarks:
        for place in remark.cells[:1]:
            by_cell.setdefault(place, []).append(remark)
    for place, remarks in by_cell.items():
        if place.sheet in book.sheetnames and place.row:
            _mark(book[place.sheet], place, remarks)
    _findings(book, report, _lost(path) if whole else [])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _loaded(path: Path) -> Any:
    try:
        return load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm", rich_text=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise NoTable(f"{path.name} was checked but cannot be marked: save it anew as xlsx ({error})") from error


def _copied(path: Path) -> Any:
    book = Workbook()
    book.remove(book.active)
    for sheet in open_book(path, LIMITS).sheets:
        copy = book.create_sheet(sheet.name[:31])
        for row in sheet.rows():
            for column, value in row.cells.items():
                _write(copy.cell(row.number, column), value)
    return book


def _mark(sheet: Any, place: Place, remarks: Sequence[Remark]) -> None:
    cell = sheet.cell(place.row, place.column or 1)
    if isinstance(cell, MergedCell):
        return  # its first cell is marked
    cell.fill = FILLS[remarks[0].severity]
    text = "\n\n".join(_comment(one) for one in remarks)
    if cell.comment:
        text = f"{cell.comment.text}\n\n{text}"
    cell.comment = Comment(_legal(text[:MOST_COMMENT]), "Jieti", width=420, height=min(90 + 75 * len(remarks), 420))


def _comment(remark: Remark) -> str:
    return f"{remark.rule} [{source_of(remark)}]\n{remark.zh}\n{remark.why_zh}\n{remark.en}\n{remark.why_en}"


TITLES: Mapping[str, int] = {
    "学号": 14,
    "姓名": 10,
    "单元格 Cell": 26,
    "程度 Severity": 18,
    "规则 Rule": 24,
    "依据 Source": 20,
    "规定": 34,
    "说明": 48,
    "Text": 34,
    "Why": 48,
    "最早 Earliest": 12,
    "最晚 Latest": 12,
}
"""The columns of the sheet of findings, with their widths."""

BOLD, LINK = Font(bold=True), Font(color="1F4E8C", underline="single")
TOP, WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)


def _findings(book: Any, report: Report, lost: Sequence[str]) -> None:
    """A sheet of everything, after the user's own."""
    name = next(one for n in range(1000) if (one := FINDINGS + (str(n) if n else "")) not in book.sheetnames)
    sheet = book.create_sheet(name)
    known = [f"{zh} {report.counts[one]}" for one, (zh, _) in WEIGHED.items() if report.counts.get(one)]
    head = [
        f"{report.file}，检查日 {report.day}：{'，'.join(known) or '没有发现问题'}",
        f"规则 {', '.join(report.editions)}、{report.policy}（{report.rulebooks[:16]}…）",
        *([f"此副本中不含原文件的：{'、'.join(lost)}"] if lost else []),
    ]
    for row, text in enumerate(head, 1):
        _write(sheet.cell(row, 1), text)
    top = len(head) + 2
    for column, (title, width) in enumerate(TITLES.items(), 1):
        sheet.cell(top, column, title).font = BOLD
        sheet.column_dimensions[letters(column)].width = width
    for row, remark in enumerate(report.remarks, top + 1):
        for column, value in enumerate(_row(remark), 1):
            cell = sheet.cell(row, column)
            _write(cell, value)
            cell.alignment = WRAPPED if isinstance(value, str) and len(value) > 20 else TOP  # noqa: PLR2004 - a sentence
        _link(sheet.cell(row, 3), remark)
    sheet.freeze_panes = sheet.cell(top + 1, 1)


def _row(remark: Remark) -> Sequence[Any]:
    return (
        remark.student_no,
        remark.name,
        where(remark.cells),
        " ".join(WEIGHED[remark.severity]),
        remark.rule,
        source_of(remark),
        remark.zh,
        remark.why_zh,
        remark.en,
        remark.why_en,
        remark.earliest,
        remark.latest,
    )


def _link(cell: Any, remark: Remark) -> None:
    place = remark.cells[0] if remark.cells else None
    if place and place.row and place.column:
        quoted = place.sheet.replace("'", "''")
        cell.hyperlink = f"#'{quoted}'!{place.cell}"
        cell.font = LINK


def _write(cell: Any, value: Any) -> None:
    """Write a value; a text is never taken for a formula."""
    cell.value = _legal(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"


def _legal(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub(" ", text))


def _lost(path: Path) -> list[str]:
    with ZipFile(path) as file:
        names = file.namelist()
    return [words for start, words in LOST if any(name.startswith(start) for name in names)]
