"""The linter's own rules: for each a sheet in which it is kept, and one in which it is broken, in the right cells."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from registry.linting.rules import paper_rules
from tests.registry.linting.conftest import Check, cells, of

WHO = ("姓名", "学号", "出生日期")
LIN = ("林晓雨", "2023001", "2005-06-18")
MEMBERS = [["姓名", "转正日期"], ["李明", "2020-05-01"], ["周方", "2025-09-01"]]
Case = tuple[str, Sequence[str], Sequence[Any], Sequence[Any], Sequence[str]]

CASES: Sequence[Case] = [
    ("INQUIRY_REPLY_LATE", ("函调收到", "政审"), ("2025-05-30", "2025-05-30"), ("2025-06-02", "2025-05-30"), ("D2", "E2")),
    ("LAST_REPLY_LATE", ("政审", "政治审查结论.最后复函日期"), ("2025-05-30", "2025-05-01"), ("2025-05-30", "2025-06-01"), ("E2", "D2")),
    ("INQUIRY_ORDER", ("函调发出", "函调收到"), ("2025-05-01", "2025-05-20"), ("2025-05-21", "2025-05-20"), ("D2", "E2")),
    ("AUTOBIOGRAPHY_LATE", ("自传", "结业证书"), ("2025-05-20", "2025-05-24"), ("2025-09-01", "2025-05-24"), ("D2", "E2")),
    ("TRAINING_SPAN", ("培训开始", "培训结束"), ("2025-05-20", "2025-05-24"), ("2025-05-25", "2025-05-24"), ("D2", "E2")),
    ("NOTICE_SPAN", ("发展对象公示开始", "发展对象公示结束"), ("2025-04-22", "2025-04-28"), ("2025-04-28", "2025-04-22"), ("D2", "E2")),
    ("REPORTS_ONE_DAY", ("思想汇报1", "思想汇报2"), ("2024-06-28", "2024-09-28"), ("2024-06-28", "2024-06-28"), ("E2", "D2")),
    ("REPORTS_SPACED", ("思想汇报1", "思想汇报2"), ("2024-06-28", "2024-07-28"), ("2024-06-28", "2024-07-27"), ("E2", "D2")),
    ("IN_TURN", ("考察1", "考察2"), ("2024-06-28", "2024-12-27"), ("2024-12-27", "2024-06-28"), ("E2", "D2")),
    ("DECISIONS_IN_TURN", ("确定积极分子", "支部大会"), ("2024-04-08", "2025-10-17"), ("2024-04-08", "2024-03-17"), ("E2", "D2")),
    ("ASSEMBLY_IN_NOTICE", ("接收公示起止", "支部大会"), ("2025-10-09至2025-10-15", "2025-10-16"), ("2025-10-09至2025-10-15", "2025-10-14"), ("E2", "D2")),
    ("CANDIDATE_PRESENT", ("座谈会", "座谈会人员"), ("2025-05-20", "张三、李四"), ("2025-05-20", "张三、林晓雨"), ("E2",)),
    ("CONTACT_NOT_MEMBER", ("确定积极分子", "培养联系人"), ("2024-04-08", "李明"), ("2024-04-08", "李明、周方"), ("E2", "D2")),
    ("INTRODUCER_NOT_MEMBER", ("确定介绍人", "入党介绍人"), ("2025-09-08", "李明 周方"), ("2025-05-06", "李明 周方"), ("E2", "D2")),
    ("DAY_OFF", ("确定积极分子",), ("2024-04-08",), ("2024-04-06",), ("D2",)),
    ("BEFORE_BIRTH", ("申请书",), ("2023-10-12",), ("2003-10-12",), ("D2", "C2")),
    ("DAY_TO_COME", ("申请书",), ("2023-10-12",), ("2027-10-12",), ("D2",)),
    ("DAY_TOO_EARLY", ("申请书",), ("2023-10-12",), ("1923-10-12",), ("D2",)),
    ("CONVERTED_EARLY", ("支部大会", "转正"), ("2024-10-12", "2025-10-12"), ("2024-10-12", "2025-10-11"), ("E2", "D2")),
    ("PROBATION_END", ("支部大会", "预备期止"), ("2025-10-17", "2026-10-16"), ("2025-10-17", "2026-12-05"), ("E2", "D2")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[one[0] for one in CASES])
def test_a_rule_is_kept_in_one_sheet_and_broken_in_another(check: Check, case: Case) -> None:
    """The one sheet brings no remark under the rule, the other brings it in the cells that disagree."""
    rule, head, well, broken, where = case
    assert of(check({"台账": [(*WHO, *head), (*LIN, *well)], "党员": MEMBERS}), rule) == []
    (found,) = of(check({"台账": [(*WHO, *head), (*LIN, *broken)], "党员": MEMBERS}), rule)
    assert cells(found) == list(where)
    assert found.person == "2023001 林晓雨"
    assert found.why_zh
    assert found.why_en
    assert found.arithmetic
    assert found.sources


def test_every_rule_about_papers_has_its_sheets() -> None:
    """No rule stands in the file that no test has seen broken."""
    assert {one[0] for one in CASES} == {name for name, rule in paper_rules().items() if rule.verb}


def test_a_contact_who_is_a_student_of_the_workbook_is_looked_up_there(check: Check) -> None:
    """Somebody whose own conversion stands in another row is a full member from then on, and not before."""
    head = ("姓名", "学号", "确定积极分子", "培养联系人", "审批转正", "党龄起算日")
    rows = [
        head,
        ("林晓雨", "2023001", "2024-04-08", "王强", None, None),
        ("王强", "2020001", "2021-04-08", None, "2024-05-20", "2024-04-10"),
        ("赵一鸣", "2023002", "2024-04-11", "王强", None, None),
    ]
    (found,) = of(check(rows), "CONTACT_NOT_MEMBER")
    assert found.name == "林晓雨"
    assert "2024-04-10" in found.why_zh


def test_nobody_contacts_themself(check: Check) -> None:
    """The person's own name among the contacts is told."""
    (found,) = of(
        check([("姓名", "学号", "确定积极分子", "培养联系人"), ("林晓雨", "1", "2024-04-08", "林晓雨")]),
        "CONTACT_NOT_MEMBER",
    )
    assert "本人" in found.why_zh


def test_a_notice_may_be_closed_and_decided_on_in_one_day(check: Check) -> None:
    """On the last day of a notice it comes down, and the decision may follow."""
    head = ("姓名", "学号", "发展对象公示开始", "发展对象公示结束", "确定发展对象")
    assert of(check([head, ("林晓雨", "1", "2025-04-22", "2025-04-28", date(2025, 4, 28))]), "ASSEMBLY_IN_NOTICE") == []
