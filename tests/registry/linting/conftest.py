"""Workbooks as branches keep them, for the tests of the linter."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from domain.rulebook import Rulebooks
from registry.linting.lint import lint
from registry.linting.report import Remark, Report

DAY = date(2026, 11, 20)
Rows = Sequence[Sequence[Any]]
Check = Callable[..., Report]
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a workbook of sheets with rows; `change` may do more to it before it is saved."""

    def write(sheets: Mapping[str, Rows], change: Callable[[Workbook], None] = lambda _: None) -> Path:
        book = Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
                for cell in sheet[sheet.max_row]:
                    if cell.is_date:
                        cell.number_format = "yyyy-mm-dd"
        change(book)
        path = tmp_path / "台账.xlsx"
        book.save(path)
        return path

    return write


@pytest.fixture
def check(make: Make, rulebooks: Rulebooks) -> Check:
    """Check a workbook of these sheets, or one sheet of these rows."""

    def run(
        sheets: Mapping[str, Rows] | Rows, change: Callable[[Workbook], None] = lambda _: None, day: date = DAY
    ) -> Report:
        named = sheets if isinstance(sheets, Mapping) else {"台账": sheets}
        return lint(make(named, change), rulebooks, day)

    return run


def of(report: Report, rule: str) -> list[Remark]:
    """The remarks of one rule."""
    return [one for one in report.remarks if one.rule == rule]


def cells(remark: Remark) -> list[str]:
    """The cells of a remark."""
    return [one.cell for one in remark.cells]


def rules(report: Report) -> list[str]:
    """All rules that were broken, in order."""
    return sorted({one.rule for one in report.remarks})
