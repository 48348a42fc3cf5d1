"""Spreadsheets and a desk on a log in memory, for the tests of importing."""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from domain.path import TOPICS
from domain.rulebook import Rulebooks
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk
from registry.vault import Vault

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
Rows = Sequence[Sequence[Any]]
Write = Callable[..., Path]

UNITS: Rows = [
    ["党组织编号", "党组织类型", "名称", "英文名称", "上级党组织", "审批权", "设立日期"],
    ["uni", "校党委", "大学党委", "University Committee", None, "是", "2000-01-01"],
    ["college", "院系党委", "机电学院党委", "College Committee", "uni", "是", "2001-01-01"],
    ["b1", "党支部", "学生第一党支部", "Branch 1", "college", "否", date(2010, 9, 1)],
    ["b2", "branch", "学生第二党支部", "Branch 2", "college", None, "2010年9月1日"],
]
ROSTER: Rows = [
    [
        "学号",
        "姓名",
        "出生日期",
        "党支部",
        "上级党委",
        "申请日期",
        "党组织派人谈话",
        "党组织派人谈话.谈话人",
        "党组织派人谈话.谈话人职务",
    ],
    ["2023001", "林晓雨", "2005-06-18", "b1", "college", "2023-10-12", "2023-11-03", "陈方", "组织委员"],
    ["2023002", "赵一鸣", "2005.1.2", "b1", "college", "2023/10/12", None, None, None],
]
DOSSIERS: Rows = [
    ["学号", "姓名", "事实", "日期", "主办党组织", "结论", "学时", "活动类别"],
    ["2023001", "林晓雨", "收到入党申请书", "2023-10-12", "b1", None, None, None],
    ["2023001", "林晓雨", "half-year-inspection-recorded", "2024-10-11", "b1", "合格", None, None],
    ["2023002", "赵一鸣", "培养教育活动", "2024-11-16", "b1", None, 16, "培训"],
]


@pytest.fixture
def xlsx(tmp_path: Path) -> Write:
    """Write a workbook of sheets with rows; dates become date cells."""

    def write(sheets: Mapping[str, Rows], name: str = "file.xlsx", *, date_1904: bool = False) -> Path:
        path = tmp_path / name
        book = xlsxwriter.Workbook(str(path), {"date_1904": date_1904})
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for sheet_name, rows in sheets.items():
            sheet = book.add_worksheet(sheet_name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, date):
                        timed = isinstance(value, datetime) and value.time() != time()
                        sheet.write_datetime(r, c, value, moment if timed else day)
                    else:
                        sheet.write(r, c, value)
        book.close()
        return path

    return write


@pytest.fixture
def text(tmp_path: Path) -> Write:
    """Write a csv file in an encoding."""

    def write(rows: Rows, encoding: str = "utf-8", name: str = "file.csv", delimiter: str = ",") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([["" if v is None else v for v in row] for row in rows])
        return path

    return write


@pytest.fixture
def desk(rulebooks: Rulebooks) -> Desk:
    """A desk on an empty log in memory, with the rulebooks that come with the project."""
    return Desk(MemoryLog(), EventMapping(TOPICS), rulebooks, Vault(b"a secret of thirty-two bytes....."))
