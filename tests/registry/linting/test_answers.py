"""What a check answers: the marked workbook, the page, the template; and the sample school, judged as if recorded."""

import os
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from domain.facts import KINDS
from domain.rulebook import Rulebooks
from registry.importing.workbooks import NoTable
from registry.linting.apart import TookTooLong, lint_apart
from registry.linting.headings import headings
from registry.linting.lint import lint
from registry.linting.marking import FINDINGS, marked
from registry.linting.page import page, policy
from registry.linting.report import Report
from registry.linting.template import columns, papers, template
from sample.make import FILE
from sample.school import TODAY
from tests.registry.linting.conftest import DAY, Check, Make, cells, of

HEAD = ("姓名", "学号", "申请书日期", "派人谈话时间", "备注")
LATE = ("林晓雨", "2023001", "2023-10-12", "2023-12-01", "=1+1")


def changed(book: Workbook) -> None:
    """What a user may have done to a sheet."""
    sheet = book["台账"]
    sheet["C2"].comment = Comment("交两份", "支部")
    sheet.column_dimensions["A"].width = 33
    sheet.freeze_panes = "B2"
    book.create_sheet("别的")["A1"] = "勿动"


def test_the_marked_workbook_is_the_users_own_with_marks(make: Make, rulebooks: Rulebooks) -> None:
    """The wrong cell is filled and has a comment with rule, source and arithmetic; all else is as it was."""
    path = make({"台账": [HEAD, LATE]}, changed)
    report = lint(path, rulebooks, DAY)
    book = load_workbook(BytesIO(marked(path, report)))
    assert book.sheetnames == ["台账", "别的", FINDINGS]
    sheet = book["台账"]
    text = sheet["D2"].comment.text
    assert all(one in text for one in ("TALK_1M", "R14-7", "2023-11-12", "19 天", "19 days"))
    assert sheet["D2"].fill.fgColor.rgb == "00FFD9B3"
    assert sheet["E2"].fill.fill_type is None
    assert (sheet["C2"].comment.text, sheet["E2"].value) == ("交两份", "=1+1")
    assert (sheet.column_dimensions["A"].width, sheet.freeze_panes) == (33, "B2")
    assert book["别的"]["A1"].value == "勿动"


def test_the_sheet_of_findings_has_every_remark_and_leads_to_its_cell(make: Make, rulebooks: Rulebooks) -> None:
    """One row a remark, in the order of the report, with a link; and no text becomes a formula."""
    path = make({"台账": [HEAD, LATE, ("=cmd", "2023002", "2023-10-12", "2023-12-01", None)], FINDINGS: [["旧"]]})
    report = lint(path, rulebooks, DAY)
    book = load_workbook(BytesIO(marked(path, report)))
    sheet = book[f"{FINDINGS}1"]
    rows = [row for row in sheet.iter_rows(min_row=5) if row[4].value]
    assert [row[4].value for row in rows] == [one.rule for one in report.remarks]
    assert rows[0][2].hyperlink.location or rows[0][2].hyperlink.target == "#'台账'!D2"
    assert all(cell.data_type != "f" for row in rows for cell in row)


def test_the_comment_that_was_there_stays(make: Make, rulebooks: Rulebooks) -> None:
    """Ours is written below it."""

    def change(book: Workbook) -> None:
        book["台账"]["D2"].comment = Comment("已核对", "支部")

    path = make({"台账": [HEAD, LATE]}, change)
    text = load_workbook(BytesIO(marked(path, lint(path, rulebooks, DAY))))["台账"]["D2"].comment.text
    assert text.startswith("已核对\n\nTALK_1M")


def test_a_text_file_becomes_a_workbook_to_mark(tmp_path: Path, rulebooks: Rulebooks) -> None:
    """Cells stand where they stood in the file."""
    path = tmp_path / "台账.csv"
    path.write_text("姓名,学号,申请书日期,派人谈话时间\n林晓雨,2023001,2023.10.12,2023.12.1\n", encoding="gb18030")
    sheet = load_workbook(BytesIO(marked(path, lint(path, rulebooks, DAY))))["台账"]
    assert sheet["D2"].value == "2023.12.1"
    assert "TALK_1M" in sheet["D2"].comment.text


class Reads(HTMLParser):
    """Takes the tags and the text of a page."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and that it asks for nothing from elsewhere."""
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onclick"}

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def test_the_page_says_all_and_asks_for_nothing(check: Check) -> None:
    """Both languages, the cell, rule, source and arithmetic; no script, nothing from elsewhere, no text taken for markup."""
    report = check([HEAD, ("<script>alert(1)</script>", *LATE[1:])])
    reads = Reads()
    reads.feed(page(report))
    assert "script" not in reads.tags
    for one in (
        "台账!D2",
        "TALK_1M",
        "cpc-2014 R14-7",
        "迟 19 天",
        "19 days late",
        "<script>alert(1)</script>",
        "LATE_ENTRY",
    ):
        assert one in reads.text
    assert "'sha256-" in policy()


def test_a_clean_sheet_says_so(check: Check) -> None:
    """Nothing found is said, and so is what was not judged and why."""
    report = check([HEAD[:4], ("林晓雨", "2023001", "2023-10-12", "2023-11-03")])
    assert report.clean
    assert "没有发现问题" in page(report)
    assert {one.rule for one in report.unchecked} >= {"LATE_ENTRY"}


def test_what_has_no_column_is_not_judged_and_what_has_an_empty_cell_is(check: Check) -> None:
    """A column that is not there says nothing; an empty cell says that it has not happened, and is named."""
    without = check([("姓名", "学号", "申请书", "确定积极分子"), ("林晓雨", "1", "2023-10-12", "2024-04-08")])
    assert not of(without, "TALK_BEFORE_ACT")
    assert "TALK_BEFORE_ACT" in {one.rule for one in without.unchecked}
    empty = check(
        [("姓名", "学号", "申请书", "谈话", "确定积极分子"), ("林晓雨", "1", "2023-10-12", None, "2024-04-08")]
    )
    assert cells(of(empty, "TALK_BEFORE_ACT")[0]) == ["E2", "D2"]


def test_later_stages_are_judged_though_the_earlier_ones_are_not_in_the_sheet(check: Check) -> None:
    """A sheet of probationary members alone: votes and days of probation are judged, the stages before are not."""
    head = ("姓名", "学号", "支部大会", "应到", "实到", "赞成", "审批", "预备期起", "预备期止")
    rows = [
        head,
        ("林晓雨", "1", "2025-10-17", 23, 20, 11, "2025-12-05", "2025-10-17", "2026-10-17"),
        ("赵一鸣", "2", "2025-10-17", 24, 12, 12, "2026-02-05", "2026-02-05", "2026-10-17"),
    ]
    found = {(one.name, one.rule, cells(one)[0]) for one in check(rows).remarks if one.severity in ("block", "finding")}
    assert found == {
        ("林晓雨", "MAJORITY", "D2"),
        ("赵一鸣", "QUORUM", "D3"),
        ("赵一鸣", "MAJORITY", "D3"),
        ("赵一鸣", "APPROVE_3M", "G3"),
        ("赵一鸣", "PROBATION_BASIS", "H3"),
    }


def test_a_whole_dossier_on_a_sheet_of_its_own(check: Check) -> None:
    """One paper a row: what a complete dossier has and this one lacks is found, in the row of what rests on it."""
    rows = [
        ("姓名：林晓雨", None, "学号：2023001"),
        ("材料名称", "日期", "页数"),
        ("入党申请书", "2023.10.12", 2),
        ("推优登记表", "2024.3.18", 1),
        ("确定入党积极分子会议记录", "2024.4.8", 1),
    ]
    report = check({"林晓雨": rows})
    (found,) = of(report, "TALK_BEFORE_ACT")
    assert (found.person, cells(found)[0]) == ("2023001 林晓雨", "B5")


def test_a_unit_that_may_not_is_known_by_its_name(check: Check) -> None:
    """A general branch approves nothing, whoever wrote its name into the column of the superior committee."""
    head = ("姓名", "学号", "党支部", "审批党委", "支部大会", "审批")
    rows = [head, ("林晓雨", "1", "学生第一党支部", "电气工程系党总支", "2025-10-17", "2025-12-05")]
    assert of(check(rows), "APPROVER_AUTH")
    assert not of(check([head, (*rows[1][:3], "工程学院党委", *rows[1][4:])]), "APPROVER_AUTH")


def test_every_column_of_the_template_is_understood_and_an_empty_one_is_clean(
    tmp_path: Path, rulebooks: Rulebooks
) -> None:
    """What the template offers is understood in its place, and covers every stage."""
    path = tmp_path / "模板.xlsx"
    path.write_bytes(template())
    report = lint(path, rulebooks, DAY)
    assert report.persons == 0
    assert report.remarks == []
    ledger = next(sheet for sheet in report.sheets if sheet.name == "发展台账")
    votes = [one.reads.partition(" · ")[0] for one in ledger.columns if one.reads.endswith("应到")]
    assert votes == ["群团组织推优", "支部大会表决（接收）", "支部大会表决（转正）"]
    assert [one.heading for one in ledger.columns][5:] == columns()
    assert all(headings().find(one)[0] for one in papers())


def test_every_kind_in_the_file_of_headings_is_a_fact_or_has_a_title() -> None:
    """No column is read for something that nobody could name."""
    words = headings()
    for entry in words.entries:
        for kind in filter(None, (entry.kind, entry.until)):
            assert kind in KINDS or kind in words.titles


EXPECTED = {
    "AGE_18": 1,
    "AGE_18_BIRTHDAY": 1,
    "APPROVE_3M": 2,
    "CONTACT_FULL": 2,
    "CONTACT_GAP_30D": 2,
    "CULTIVATE_1Y": 6,
    "INSPECT_6M": 5,
    "NOTICE_TARGET": 2,
    "OWED_CONVERSION_DISCUSSION": 3,
    "OWED_TALK": 1,
    "OWED_THOUGHT_REPORT": 5,
    "TALK_1M": 4,
}
"""What goes wrong in the sample school on purpose: `sample/telling.py` lists the mishaps."""


async def test_the_sample_school_has_the_faults_that_were_put_into_it_and_no_others(rulebooks: Rulebooks) -> None:
    """In a process apart as in this one: the same findings, all about those to whom something was made to happen."""
    report = lint(FILE, rulebooks, TODAY)
    count: dict[str, int] = {}
    for one in report.remarks:
        count[one.rule] = count.get(one.rule, 0) + 1
    assert count == EXPECTED
    assert report.persons == 240
    answer = orjson.loads(await lint_apart(FILE.read_bytes(), rulebooks, TODAY, "json", name=FILE.name))
    assert answer["digest"] == report.digest
    assert answer["counts"] == dict(report.counts)
    assert [one["rule"] for one in answer["remarks"]] == [one.rule for one in report.remarks]


async def test_what_goes_wrong_in_the_process_apart_is_told(
    rulebooks: Rulebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read is told by its own name; one that takes too long is ended."""
    with pytest.raises(NoTable, match=r"bad\.xlsx is damaged"):
        await lint_apart(b"PK\x03\x04" + bytes(99), rulebooks, DAY, "json", name="../../etc/bad.xlsx")
    monkeypatch.setattr("registry.linting.apart.MOST_SECONDS", 0.05)
    with pytest.raises(TookTooLong, match="part the file"):
        await lint_apart(FILE.read_bytes(), rulebooks, date(2026, 1, 1), "html")


def test_persons_come_before_what_is_to_be_known_of_the_sheets(check: Check) -> None:
    """What is wrong with somebody is not buried under notes about columns."""
    report = check([(*HEAD, "星座"), LATE, (*LATE[:2], "2023.10.12", "/")])
    assert list(report.by_person())[-1] == ""
    assert len(report.by_person()) > 1


async def test_what_a_killed_check_has_left_goes_with_the_next(
    tmp_path: Path, rulebooks: Rulebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that nobody removed does not stay; that of a check under way does."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, under_way = tmp_path / "jieti-lint-left", tmp_path / "jieti-lint-under-way"
    for directory in (left, under_way):
        directory.mkdir()
        (directory / "台账.csv").write_text("姓名")
    os.utime(left, (0, 0))
    with pytest.raises(NoTable):
        await lint_apart(b"", rulebooks, DAY, "json")
    assert list(tmp_path.iterdir()) == [under_way]


def test_the_same_file_day_and_rules_give_the_same_answer(make: Make, rulebooks: Rulebooks) -> None:
    """A check depends on nothing else."""
    path = make({"台账": [HEAD, LATE]})

    def ask() -> Report:
        return lint(path, rulebooks, DAY)

    assert ask() == ask()
