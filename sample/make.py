"""Makes the sample school, `sample/school.xlsx`: `python -m sample.make`. The same file content every time.

Sheets: 党组织 the units, 花名册 a roster with one row a student, 事实 the dossiers with one row a fact, 收件人 who can be
reminded and where, 任职 who holds which post. What the roster has a column for stands there, as far as it was the act of
the branch or the committee named in the row; all else is a row of the dossiers.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from domain.facts import KINDS
from domain.rulefile import read_workdays
from registry.importing.forms import ACTS_OF_PERSON, ACTS_OF_SUPERIOR
from registry.importing.words import named, word
from sample.life import Life
from sample.school import ADDRESSES_SINCE, UNITS, Student, members, posts, students
from sample.telling import Fact

ROOT = Path(__file__).parents[1]
FILE = ROOT / "sample" / "school.xlsx"

Row = list[Any]

NOTES: Sequence[Row] = [
    ["青山大学发展党员工作样本（虚构）"],
    ["本文件中的学校、党组织和人员均为虚构，由 sample/make.py 生成，截至 2026-11-20。"],
    ["党组织：一行一个党组织。花名册：一行一名学生。事实：一行一件事。收件人：一行一人。任职：一行一项职务。"],
    ["有意留下两处：电气工程系学生第二党支部书记没有联系方式，护理系学生党支部书记空缺。地址均为 .example，寄不出去。"],
    [
        "The sample school (fictional): units, a roster with one row a student, dossiers with one row a fact, recipients, posts."
    ],
    ["On purpose: one branch secretary has no address, and one branch has no secretary. No address leads anywhere."],
]

ROSTER: Sequence[tuple[str, str]] = [
    ("application-received", "effective_on"),
    ("applicant-talk-held", "effective_on"),
    ("applicant-talk-held", "held_by"),
    ("applicant-talk-held", "post"),
    ("activist-determined", "effective_on"),
    ("activist-determined", "decided_by"),
    ("activist-filed", "effective_on"),
    ("development-target-determined", "effective_on"),
    ("admission-resolution-adopted", "effective_on"),
    ("admission-approved", "effective_on"),
    ("admission-approved", "probation_from"),
]
"""The columns of facts in the roster: day and fields."""

FIELDS: Sequence[str] = (
    *(
        "held_by",
        "due",
        "present",
        "yes",
        "no",
        "abstained",
        "point",
        "affects",
        "upheld",
        "contact_id",
        "order",
        "full_member",
    ),
    *(
        "cause",
        "conclusion",
        "activity",
        "hours",
        "score",
        "heard",
        "introducers",
        "full_members",
        "result",
        "letters_sent",
    ),
    *("letters_returned", "days", "serial_no", "group", "proposal", "outcome", "extension_months", "standing_from"),
    *("probation_from", "documents", "custodian", "home_unit", "to_unit", "decided_by", "post", "reason"),
)
"""The columns of fields in the dossiers."""


def sheets() -> dict[str, list[Row]]:
    """All rows of all sheets; days as days."""
    workdays = read_workdays("workdays.yaml", (ROOT / "rulebooks" / "workdays.yaml").read_text(encoding="utf-8"))
    lives = [(student, Life(student, workdays).tell()) for student in students()]
    return {
        "说明": [list(row) for row in NOTES],
        "党组织": list(unit_rows()),
        "花名册": list(roster_rows(lives)),
        "事实": list(fact_rows(lives)),
        "收件人": list(recipient_rows()),
        "任职": list(post_rows()),
    }


def unit_rows() -> Iterable[Row]:
    """One row a unit."""
    yield [*map(named, ("unit_id", "unit_kind")), "名称", *map(named, ("name_en", "superior", "approves")), "设立日期"]
    for unit_id, kind, name, name_en, superior, approves, founded in UNITS:
        yield [unit_id, word(kind), name, name_en, superior, "是" if approves else "否", founded]


def roster_rows(lives: Iterable[tuple[Student, list[Fact]]]) -> Iterable[Row]:
    """One row a student."""
    head = [KINDS[topic].TITLE + ("" if name == "effective_on" else f".{named(name)}") for topic, name in ROSTER]
    yield ["学号", "姓名", "出生日期", "党支部", "审批党委", "预计离校日期", "申请日期", *head]
    for student, facts in lives:
        values = {
            fact.topic: {"effective_on": fact.day, **fact.values} for fact in facts if in_roster(student, fact, facts)
        }
        opening = facts[0]
        yield [
            student.student_no,
            student.name,
            opening.values["born_on"],
            student.branch,
            student.committee,
            student.leaves_on,
            opening.day,
            *(cell(values.get(topic, {}).get(name)) for topic, name in ROSTER),
        ]


def fact_rows(lives: Iterable[tuple[Student, list[Fact]]]) -> Iterable[Row]:
    """One row a fact."""
    yield ["学号", "姓名", "事实", "日期", "主办党组织", *map(named, FIELDS)]
    for student, facts in lives:
        for fact in facts[1:]:
            if not in_roster(student, fact, facts):
                unknown = set(fact.values) - set(FIELDS)
                if unknown:
                    raise ValueError(f"{fact.topic}: no column for {', '.join(unknown)}")
                fields = [cell(fact.values.get(name)) for name in FIELDS]
                yield [student.student_no, student.name, KINDS[fact.topic].TITLE, fact.day, fact.by_unit, *fields]


def recipient_rows() -> Iterable[Row]:
    """One row a person who can be reminded: the staff, then the students; one student in seventeen gave no address."""
    yield ["学工号", "姓名", "语言", "邮箱", "企业微信", "登记日期"]
    for one in members():
        yield [one.number, one.name, word(one.language), one.mail or None, one.wecom or None, ADDRESSES_SINCE]
    for student in students():
        mail = None if student.number % 17 == 16 else f"{student.student_no}@stu.qingshan.example"
        yield [student.student_no, student.name, word("zh"), mail, None, ADDRESSES_SINCE]


def post_rows() -> Iterable[Row]:
    """One row an appointment, in the order in which posts were handed over."""
    yield ["任职党组织", "学工号", "职务", "任职日期", "免职日期", "免职原因"]
    for unit, number, post, since, until, cause in posts():
        yield [unit, number, word(post), since, until, word(cause) if cause else None]


def in_roster(student: Student, fact: Fact, facts: Sequence[Fact]) -> bool:
    """Whether the roster can say it: the first of its kind, and the act of whom the roster takes it for."""
    if fact.topic not in {topic for topic, _ in ROSTER} or fact is not next(
        one for one in facts if one.topic == fact.topic
    ):
        return False
    acting = None if fact.topic in ACTS_OF_PERSON else student.branch
    return fact.by_unit == (student.committee if fact.topic in ACTS_OF_SUPERIOR else acting)


def cell(value: Any) -> Any:
    """A value as a clerk writes it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(word(one) for one in value)
    return word(value) if isinstance(value, str) else value


def write(path: Path, rows_by_sheet: dict[str, list[Row]]) -> None:
    """Write the workbook."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "青山大学发展党员工作样本（虚构）", "created": date(2026, 11, 20)})
    day, head = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
    for name, rows in rows_by_sheet.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value, head if r == 0 else None)
        sheet.freeze_panes(1, 2 if name in ("花名册", "事实") else 0)
        sheet.set_column(0, 40, 14)
    book.close()


if __name__ == "__main__":
    write(FILE, sheets())
