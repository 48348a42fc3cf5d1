"""What stands in a workbook, however it was kept, is read as it was meant or told in its place; never a wrong day."""

import struct
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from domain.rulebook import Rulebooks
from registry.importing.base import BadCell
from registry.importing.days import read_day
from registry.importing.sheets import open_book
from registry.importing.workbooks import Limits, NoTable
from registry.linting.headings import headings
from registry.linting.lint import lint
from registry.linting.reading import as_names, read_span
from tests.registry.importing.test_sheets import old_workbook
from tests.registry.linting.conftest import DAY, Check, Make, cells, of

HEAD = ("姓名", "学号", "申请书日期", "派人谈话时间", "确定积极分子日期")
LIN = ("林晓雨", "2023001")
DAYS = st.dates(date(1930, 1, 1), date(2120, 12, 31))
NUMERALS = "〇一二三四五六七八九"


def numeral(n: int) -> str:
    """A number below a hundred as Chinese writes it."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十") + (
        NUMERALS[ones] if ones or not n else ""
    )


def written(day: date) -> list[str]:
    """A day in the ways in which clerks write it."""
    y, m, d = day.year, day.month, day.day
    full = str.maketrans("0123456789-./", "０１２３４５６７８９－．／")
    plain = [
        f"{y}-{m}-{d}",
        f"{y}.{m:02}.{d:02}",
        f"{y}/{m}/{d}",
        f"{y}年{m}月{d}日",
        f"{y}{m:02}{d:02}",
        f"{y}.{m}.{d}.",
    ]
    chinese = "".join(NUMERALS[int(digit)] for digit in str(y)) + f"年{numeral(m)}月{numeral(d)}日"
    week = "一二三四五六日"[day.weekday()]
    more = [
        f"{y}-{m}-{d} 星期{week}",
        f"{y}年{m}月{d}日（周{week}）",
        f"{y}-{m:02}-{d:02} 14:30",
        f" {y} 年 {m} 月 {d} 日 ",
    ]
    return [*plain, *(text.translate(full) for text in plain), chinese, *more]


@given(DAYS, st.data())
def test_a_day_is_read_as_its_writer_meant_it(day: date, data: st.DataObject) -> None:
    """Whatever style it is written in."""
    assert read_day(data.draw(st.sampled_from(written(day)))).day == day


@given(DAYS, st.data())
def test_a_day_that_could_be_another_is_refused(day: date, data: st.DataObject) -> None:
    """Two-digit years, day first, month only, bare serial numbers, a day of the week that is another: none is guessed."""
    y, m, d = day.year, day.month, day.day
    serial = (day - date(1899, 12, 30)).days
    other = "一二三四五六日"[(day.weekday() + 1) % 7]
    unclear: Sequence[Any] = [
        f"{y % 100:02}.{m}.{d}",
        f"{m}/{d}/{y}",
        f"{d}.{m}.{y}",
        f"{y}.{m}",
        f"{y}年{m}月",
        float(f"{y}.{m}"),
        f"{m}月{d}日",
        serial,
        str(serial),
        f"{y}-{m}-{d} 星期{other}",
        f"{y}-{m}.{d}",
        f"{y}.{m}.{d}、{y}.{m}.{d}",
    ]
    with pytest.raises(BadCell):
        read_day(data.draw(st.sampled_from(unclear)))


@given(st.text(alphabet="0123456789年月日.-/ 至", max_size=16))
def test_whatever_is_read_as_a_day_stands_there_with_all_its_digits(text: str) -> None:
    """No digits are passed over and none are made up: year, month and day are the numbers of the text, in order."""
    try:
        day = read_day(text).day
    except BadCell:
        return
    digits = "".join(one for one in text if one.isdigit())
    numbers = [int(part) for part in "".join(one if one.isdigit() else " " for one in text).split()]
    assert numbers == [day.year, day.month, day.day] or digits == f"{day:%Y%m%d}"


@pytest.mark.parametrize(
    ("cell", "last"),
    [
        ("2024.3.5-2024.3.11", date(2024, 3, 11)),
        ("2024-3-5至2024-3-11", date(2024, 3, 11)),
        ("2024年3月5日—3月11日", date(2024, 3, 11)),
        ("2024.3.5～3.11", date(2024, 3, 11)),
        ("2024-3-5-2024-3-11", date(2024, 3, 11)),
        ("2024.3.5", None),
    ],
)
def test_two_days_in_one_cell_are_two_days(cell: str, last: date | None) -> None:
    """A span is read with its end, whose year may be left out; a single day is no span."""
    first, second = read_span(cell)
    assert first.day == date(2024, 3, 5)
    assert (second.day if second else None) == last


def test_names_are_parted_and_a_stretched_name_is_one() -> None:
    """Marks part names, and spaces do unless they only stretch a name of two characters."""
    assert as_names("李明、王 强, 周方 欧阳明日") == ("李明", "王强", "周方", "欧阳明日")
    assert as_names("李明 老师、周方（2024年9月起）") == ("李明", "周方")
    assert as_names("李明老师\n王老师") == ("李明", "王老师")


def test_a_date_cell_of_either_system_is_the_same_day(tmp_path: Path, rulebooks: Rulebooks) -> None:
    """Workbooks that count from 1900 and from 1904 give the same findings for the same days."""
    found = []
    for from_1904 in (False, True):
        path = tmp_path / f"{from_1904}.xlsx"
        book = xlsxwriter.Workbook(str(path), {"date_1904": from_1904})
        sheet, form = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, LIN)
        for column, day in enumerate((datetime(2023, 10, 12), datetime(2023, 11, 13)), 2):  # noqa: DTZ001 - a cell
            sheet.write_datetime(1, column, day, form)
        book.close()
        found.append(of(lint(path, rulebooks, DAY), "TALK_1M"))
    assert found[0] == found[1]
    assert found[0][0].latest == date(2023, 11, 12)


@pytest.mark.parametrize("form", ['yyyy"年"m"月"', "mmm-yy", "yyyy.mm"])
def test_a_date_cell_that_shows_no_day_is_not_believed(check: Check, form: str) -> None:
    """Who types 2024-3 gets the first of March from the program: that it was the first, nobody wrote."""

    def change(book: Workbook) -> None:
        book["台账"]["D2"].number_format = form

    (found,) = of(check([HEAD, (*LIN, "2023-10-12", date(2024, 3, 1))], change), "CELL_UNREADABLE")
    assert cells(found) == ["D2"]
    assert "只显示年和月" in found.why_zh


def test_a_date_cell_that_shows_no_year_is_told(check: Check) -> None:
    """The program took the year in which 3-5 was typed."""

    def change(book: Workbook) -> None:
        book["台账"]["D2"].number_format = 'm"月"d"日"'

    (found,) = of(check([HEAD, (*LIN, "2023-10-12", date(2023, 11, 3))], change), "YEAR_NOT_SHOWN")
    assert cells(found) == ["D2"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2024.3", "缺少“日”"),
        ("24.3.5", "顺序不明"),
        ("3/5/2024", "顺序不明"),
        (45356, "2024-03-05"),
        ("45356", "2028-03-06"),
        ("2024-3-5 星期三", "星期二"),
        ("已谈", "不是明确的日期"),
        ("=1/0", "没有计算结果"),
    ],
)
def test_a_cell_that_says_no_day_is_told_in_its_place_and_nothing_is_found_for_it(
    check: Check, cell: Any, why: str
) -> None:
    """The cell is named with the reason; that the talk is missing is not said, for it may be there."""
    report = check([HEAD, (*LIN, "2023-10-12", cell, "2024-04-08")])
    (found,) = of(report, "CELL_UNREADABLE")
    assert (cells(found), found.person) == (["D2"], "2023001 林晓雨")
    assert why in found.why_zh
    assert not of(report, "TALK_BEFORE_ACT")
    assert not report.clean


def test_a_formula_is_read_by_its_value_and_one_that_moves_is_told(tmp_path: Path, rulebooks: Rulebooks) -> None:
    """A day that was computed counts; one of TODAY() is told, for it is another one tomorrow."""
    path = tmp_path / "f.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, form = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, LIN)
    sheet.write_formula(1, 2, "=DATE(2023,10,12)", form, 45211)
    sheet.write_formula(1, 3, "=TODAY()-3", form, 45300)
    book.close()
    report = lint(path, rulebooks, DAY)
    (moves,) = of(report, "FORMULA_MOVES")
    assert cells(moves) == ["D2"]
    assert of(report, "TALK_1M")[0].latest == date(2023, 11, 12)


def test_a_merged_day_counts_for_the_first_student_only(check: Check) -> None:
    """Of the others nothing is said, neither that it was held nor that it was not; the merging is told."""
    rows = [
        HEAD,
        ("林晓雨", "1", "2023-10-12", "2023-11-03", "2024-04-08"),
        ("赵一鸣", "2", "2023-10-12", None, "2024-04-08"),
    ]
    report = check(rows, lambda book: book["台账"].merge_cells("D2:D3"))
    (told,) = of(report, "MERGED")
    assert cells(told) == ["D2"]
    assert not of(report, "TALK_BEFORE_ACT")
    assert of(check(rows), "TALK_BEFORE_ACT")[0].name == "赵一鸣"


def test_a_name_merged_over_rows_is_one_person(check: Check) -> None:
    """A person with a row for each report is named once, in a merged cell."""
    rows = [("姓名", "学号", "思想汇报"), ("林晓雨", "1", "2024-06-28"), (None, None, "2024-06-28")]

    def change(book: Workbook) -> None:
        book["台账"].merge_cells("A2:A3")
        book["台账"].merge_cells("B2:B3")

    report = check(rows, change)
    assert report.persons == 1


def test_hidden_parts_are_read_and_told(check: Check) -> None:
    """A hidden row, column or sheet is checked as all others, and that it was hidden is said."""

    def change(book: Workbook) -> None:
        book["台账"].row_dimensions[2].hidden = True
        book["台账"].column_dimensions["D"].hidden = True
        book["旧"].sheet_state = "hidden"

    rows = [HEAD, (*LIN, "2023-10-12", "2024-03-01")]
    report = check({"台账": rows, "旧": [HEAD, ("赵一鸣", "2", "2023-10-12", "2024-03-01")]}, change)
    assert {one.cells[0].sheet + one.cells[0].cell for one in of(report, "HIDDEN")} == {"台账2", "台账D1", "旧"}
    assert len(of(report, "TALK_1M")) == 2
    assert [sheet.hidden for sheet in report.sheets] == [False, True]


def test_two_persons_of_one_name_are_told_apart_by_number(check: Check) -> None:
    """With numbers they are two; without, two rows are two and said to be told apart by row."""
    both = [("姓名", "学号", "申请书"), ("李明", "1", "2023-10-12"), ("李明", "2", "2023-10-13")]
    report = check(both)
    assert report.persons == 2
    assert not of(report, "SAME_NAME")
    bare = check([("姓名", "申请书"), ("李明", "2023-10-12"), ("李明", "2023-10-13")])
    assert bare.persons == 2
    assert cells(of(bare, "SAME_NAME")[0])[0] == "A3"
    unclear = check({"台账": both, "材料": [("姓名：李明",), ("材料名称", "日期"), ("自传", "2024-01-05")]})
    assert "加学号" in of(unclear, "SAME_NAME")[0].why_zh


def test_one_number_in_two_rows_and_beside_two_names_is_told(check: Check) -> None:
    """Within a sheet it is told with both rows; from sheet to sheet the names are compared."""
    report = check([("姓名", "学号", "申请书"), ("李明", "1", "2023-10-12"), ("李明", "1", "2023-10-13")])
    assert of(report, "SAME_NUMBER")[0].cells[0].row == 3
    sheets = {
        "一": [("姓名", "学号", "申请书"), ("李明", "1", "2023-10-12")],
        "二": [("姓名", "学号", "自传"), ("李鸣", "1", "2024-01-05")],
    }
    assert of(check(sheets), "NAME_DIFFERS")


def test_two_sheets_that_disagree_about_a_day_are_told(check: Check) -> None:
    """What stands in both with the same day is one paper; two days are a finding with both cells."""
    head = ("姓名", "学号", "申请书", "确定积极分子")
    one, same = [head, ("李明", "1", "2023-10-12", "2024-04-08")], [head, ("李明", "1", "2023.10.12", "2024年4月9日")]
    (found,) = of(check({"一": one, "二": same}), "SHEETS_DISAGREE")
    assert [(place.sheet, place.cell) for place in found.cells] == [("二", "D2"), ("一", "D2")]


def test_an_unknown_column_is_told_with_the_nearest_known_one(check: Check) -> None:
    """A misspelt heading is named; columns that say nothing about the rules are left alone."""
    report = check([("序号", *HEAD, "星座", "半年考查"), (1, *LIN, "2023-10-12", "2023-11-03", None, "双子", None)])
    found = of(report, "HEADING_UNKNOWN")
    assert [cells(one) for one in found] == [["G1"], ["H1"]]
    assert "考察" in found[1].why_zh


def test_a_header_of_two_rows_is_read_together(check: Check) -> None:
    """What stands above several columns belongs to each of them."""

    def change(book: Workbook) -> None:
        for one in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
            book["台账"].merge_cells(one)

    rows = [
        ("姓名", "学号", "发展对象公示", None, "支部大会", None),
        (None, None, "开始", "结束", "应到", "实到"),
        ("林晓雨", "1", "2025-04-28", "2025-04-22", 23, 20),
    ]
    report = check(rows, change)
    assert [one.reads for one in report.sheets[0].columns[2:4]] == [
        "公示开始（确定发展对象） · 日期",
        "公示结束（确定发展对象） · 日期",
    ]
    assert cells(of(report, "NOTICE_SPAN")[0]) == ["C3", "D3"]


def test_a_cell_that_says_that_there_is_nothing_is_an_empty_one(check: Check) -> None:
    """Such cells are told once a column, and what is missing by them is missing."""
    rows = [
        HEAD,
        (*LIN, "2023-10-12", "/", "2024-04-08"),
        ("赵一鸣", "无", "2023-10-12", " 待定", "—"),
        ("周明", "／", "2023-10-12", "无", "／"),
    ]
    report = check(rows)
    assert [cells(one) for one in of(report, "TAKEN_AS_EMPTY")] == [["D1"], ["E1"]]
    assert "D2, D3, D4" in of(report, "TAKEN_AS_EMPTY")[0].why_zh
    assert not of(report, "CELL_UNREADABLE")
    assert not of(report, "SAME_NUMBER")
    assert cells(of(report, "TALK_BEFORE_ACT")[0]) == ["E2", "D2"]


def test_sums_and_notes_below_a_table_are_nobody(check: Check) -> None:
    """Nothing is read of such rows; what they hold in columns of days is told as not checked."""
    rows = [HEAD, (*LIN, "2023-10-12"), ("合计", "1人", 1), ("注：按月更新",), ("审核人：", "李四", None, "2023-11-30")]
    report = check(rows, day=date(2023, 11, 1))
    assert report.persons == 1
    assert [one.cells[0].row for one in of(report, "NOBODY")] == [3, 5]
    assert not of(report, "CELL_UNREADABLE")


def test_numbers_are_read_with_what_they_count(check: Check) -> None:
    """23人 and 20票 are numbers; two in one cell are not."""
    head = ("姓名", "学号", "支部大会", "应到", "实到", "赞成")
    rows = [head, (*LIN, "2025-10-17", "24人", "１２ 人", "12票"), ("赵一鸣", "2", "2025-10-17", "24/12", 12, 12)]
    report = check(rows)
    assert [cells(one)[0] for one in of(report, "QUORUM")] == ["D2"]
    assert [cells(one) for one in of(report, "CELL_UNREADABLE")] == [["D3"]]


def test_a_list_of_members_alone_is_told_as_such(make: Make, rulebooks: Rulebooks) -> None:
    """It is something to look up in, and nothing to check."""
    with pytest.raises(NoTable, match="only lists to look things up in"):
        lint(make({"党员": [("姓名", "入党时间", "转正时间"), ("李明", "2019-05-01", "2020-05-01")]}), rulebooks, DAY)


def test_a_rule_that_was_not_judged_counts_each_person_once(check: Check) -> None:
    """Two findings of one rule that could not be judged are one person."""
    report = check([("姓名", "学号", "支部大会", "审批", "转正审批"), (*LIN, "2024-10-12", "2024-11-12", "2025-11-01")])
    assert {one.persons for one in report.unchecked} == {1}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("支部谈话日期", "applicant-talk-held"),
        ("与入党申请人谈话记录", "applicant-talk-held"),
        ("团支部推优大会会议记录", "league-recommendation-recorded"),
        ("支委会确定入党积极分子会议记录", "activist-determined"),
        ("支委会讨论确定发展对象日期", "development-target-proposed"),
        ("短期集中培训结业证书", "target-training-completed"),
        ("积极分子培训结业证书", "activist-training-completed"),
        ("政审综合报告", "political-review-concluded"),
        ("发展对象公示", "public-notice-opened"),
        ("发展对象公示情况报告", ""),
        ("应到会党员数", "admission-vote-recorded"),
        ("党员身份证复印件", ""),
    ],
)
def test_a_heading_is_known_with_its_sort_and_whose_it_is(heading: str, kind: str) -> None:
    """Records, certificates and reports of a branch or committee are what they are about; a report on a notice is not."""
    found, _ = headings().find(heading)
    assert (found.kind if found else "") == kind


DOSSIER = [
    ("姓名：林晓雨", None, "学号：2023001"),
    ("材料名称", "日期"),
    ("入党申请书", "2023.10.12"),
    ("派人谈话记录", "2023.11.3"),
    ("推优登记表", "2024.3.18"),
]


@pytest.mark.parametrize(("name", "count"), [("推优工作的说明", 0), ("获奖证明", 1)])
def test_a_paper_that_may_be_the_missing_one_hides_that_it_is_missing(check: Check, name: str, count: int) -> None:
    """Of a paper by no known name that is called like a known one, nothing is found for want of that."""
    rows = [*DOSSIER[:-1], (name, "2024.3.18"), ("确定入党积极分子", "2024.4.8")]
    report = check({"林晓雨": rows})
    assert len(of(report, "PAPER_UNKNOWN")) == 1
    assert len(of(report, "ACT_RECOMMENDED")) == count


def test_a_dossier_lacks_no_paper_that_stands_in_another(check: Check) -> None:
    """Introducers stand in the form, contacts in the record of cultivation; one notice is not asked for by another."""
    rows = [
        *DOSSIER,
        ("确定入党积极分子", "2024.4.8"),
        ("积极分子公示", "2024.3.25-2024.3.29"),
        ("支部大会", "2025.10.17"),
    ]
    report = check({"林晓雨": rows})
    assert not of(report, "INTRODUCERS_STAND")
    assert not of(report, "NOTICE_ADMISSION")
    assert of(report, "POLITICAL_REVIEW")


def test_papers_without_a_number_are_in_no_turn(check: Check) -> None:
    """Only those that are all numbered can stand against their numbers."""
    reports = [("思想汇报（1）", "2024.6.1"), ("思想汇报（2）", "2024.9.1"), ("思想汇报", "2024.12.1")]
    assert not of(check({"林晓雨": [*DOSSIER, *reports]}), "IN_TURN")


def test_a_file_that_is_no_table_of_persons_is_told(tmp_path: Path, make: Make, rulebooks: Rulebooks) -> None:
    """Each kind of file that cannot be read has its own sentence."""

    def why(path: Path) -> str:
        with pytest.raises(NoTable) as error:
            lint(path, rulebooks, DAY)
        return str(error.value)

    def file(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    assert "no table of persons" in why(make({"空": []}))
    assert "no table of persons" in why(make({"表": [["苹果", "梨"], [1, 2]]}))
    assert "is empty" in why(file("leer.xlsx", b""))
    assert "damaged" in why(file("broken.xlsx", b"PK\x03\x04" + bytes(100)))
    assert "web page" in why(file("page.xls", "<html><table><tr><td>姓名</td></tr></table></html>".encode()))
    assert "neither" in why(file("what.bin", bytes(range(256)) * 8))
    assert "password" in why(file("locked.xlsx", encrypted()))
    with (tmp_path / "big.csv").open("wb") as big:
        big.truncate(200_000_000)
    assert "more than 50 MB" in why(tmp_path / "big.csv")


def encrypted() -> bytes:
    """A compound file as Excel writes it for a workbook with a password: a stream called EncryptedPackage."""
    name = "Workbook".encode("utf-16-le")
    return old_workbook([["x"]]).replace(name + bytes(18), "EncryptedPackage".encode("utf-16-le") + bytes(2))


def bomb(path: Path, *, lies: bool) -> Path:
    """A workbook of a few kilobytes that unpacks to twenty megabytes, or that says it does not."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            file.writestr(name, "<x/>")
        with file.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(20):
                part.write(bytes(1 << 20))
    if lies:
        raw = bytearray(path.read_bytes())
        where = raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"sharedStrings"))
        raw[where + 24 : where + 28] = struct.pack("<I", 1000)
        path.write_bytes(bytes(raw))
    return path


@pytest.mark.parametrize("lies", [False, True])
def test_a_file_made_to_fill_the_memory_is_refused_before_it_does(tmp_path: Path, *, lies: bool) -> None:
    """A part that unpacks to more than is allowed is refused by what it says, or when it turns out to be longer."""
    with pytest.raises(NoTable, match="unpacked"):
        open_book(bomb(tmp_path / "bomb.xlsx", lies=lies), Limits(unpacked_bytes=10_000_000))


def test_a_sheet_that_reaches_too_far_and_too_many_sheets_are_refused(make: Make, rulebooks: Rulebooks) -> None:
    """A stray cell far away would lay out millions of empty ones."""

    def far(book: Workbook) -> None:
        book["台账"]["XFD1048576"] = "x"

    with pytest.raises(NoTable, match="XFD1048576"):
        lint(make({"台账": [HEAD]}, far), rulebooks, DAY)
    with pytest.raises(NoTable, match="sheets"):
        lint(make({f"表{n}": [["x"]] for n in range(301)}), rulebooks, DAY)


def test_a_text_file_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    """It is read to the line from which there are too many, and no further."""
    path = tmp_path / "long.csv"
    path.write_text("姓名,学号\n" + "林晓雨,1\n" * 100)
    (sheet,) = open_book(path, Limits(cells=100)).sheets
    with pytest.raises(NoTable, match=r"more than 100 cells \(line 51\)"):
        list(sheet.rows())


def test_a_chart_sheet_is_passed_over(check: Check) -> None:
    """A sheet that holds a chart and no cells is none of ours."""
    report = check([HEAD, (*LIN, "2023-10-12")], lambda book: book.create_chartsheet("图"))
    assert [sheet.name for sheet in report.sheets] == ["台账"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_of_any_encoding_is_read(tmp_path: Path, rulebooks: Rulebooks, encoding: str) -> None:
    """The cell of a csv file is named by its line and column."""
    path = tmp_path / "台账.csv"
    path.write_text(f"{','.join(HEAD)}\n林晓雨,2023001,2023.10.12,2023.11.13,\n", encoding=encoding)
    (found,) = of(lint(path, rulebooks, DAY), "TALK_1M")
    assert cells(found)[0] == "D2"


def test_an_old_workbook_is_read(tmp_path: Path, rulebooks: Rulebooks) -> None:
    """Excel 97's format, whose texts are the same."""
    path = tmp_path / "旧.xls"
    path.write_bytes(old_workbook([list(HEAD[:4]), ["林晓雨", "2023001", "2023.10.12", "2023.11.13"]]))
    assert of(lint(path, rulebooks, DAY), "TALK_1M")


def test_the_day_of_the_check_decides(check: Check) -> None:
    """What is overdue on one day is not on an earlier one."""
    rows = [HEAD, (*LIN, "2023-10-12")]
    assert of(check(rows, day=date(2023, 11, 13)), "OWED_TALK")
    assert not of(check(rows, day=date(2023, 11, 12) - timedelta(1)), "OWED_TALK")
