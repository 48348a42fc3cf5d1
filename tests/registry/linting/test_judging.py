"""What sheets with few columns show for certain is found; what they leave open is not said of anybody."""

from datetime import date

import pytest

from tests.registry.linting.conftest import Check, cells, of

HEAD = ("姓名", "学号", "出生日期", "预计毕业日期", "确定积极分子", "确定发展对象", "预审")
LIN = ("林晓雨", "2023001", "2003-05-06")


def test_a_year_that_is_too_short_from_the_decision_is_too_short_whenever_it_was_filed(check: Check) -> None:
    """Without a column of the filing the year counts from the decision, the first day it can count from."""
    head = ("姓名", "学号", "确定积极分子", "确定发展对象")
    rows = [head, ("林晓雨", "1", "2024-10-12", "2025-10-11"), ("赵一鸣", "2", "2024-10-12", "2025-10-12")]
    (found,) = of(check(rows), "CULTIVATE_1Y")
    assert (found.name, cells(found), found.earliest) == ("林晓雨", ["D2", "C2"], date(2025, 10, 12))


def test_a_year_is_too_short_if_even_the_assembly_came_too_early(check: Check) -> None:
    """Without a column of the listing it is taken for the last day it can have been, and that is said."""
    head = ("姓名", "学号", "确定积极分子", "支部大会")
    rows = [head, ("林晓雨", "1", "2024-10-12", "2025-10-10"), ("赵一鸣", "2", "2024-10-12", "2025-10-13")]
    (found,) = of(check(rows), "CULTIVATE_1Y")
    assert (found.name, cells(found)) == ("林晓雨", ["D2", "C2"])
    assert "没有“确定发展对象”的日期，按最晚可能的 2025-10-10 计" in found.why_zh


def test_who_was_under_age_at_the_first_act_was_so_when_they_applied(check: Check) -> None:
    """The application is not later than anything else; both days stand among the cells."""
    rows = [HEAD, (*LIN[:2], "2008-05-06", None, "2025-04-08", None, None), (*LIN, None, "2025-04-08", None, None)]
    (found,) = of(check(rows), "AGE_18")
    assert cells(found) == ["E2", "C2"]


def test_an_inspection_is_not_late_for_want_of_the_day_of_the_filing(check: Check) -> None:
    """Half a year after the decision is not half a year after a filing that may have come later."""
    rows = [("姓名", "学号", "确定积极分子", "考察"), ("林晓雨", "1", "2024-10-12", "2025-04-20")]
    report = check(rows)
    assert not of(report, "INSPECT_6M")
    assert not of(report, "OWED_HALF_YEAR_INSPECTION")


def test_leaving_within_three_months_of_the_pre_review_is_found_without_a_column_of_consent(check: Check) -> None:
    """That a leave may be given beside the procedure is said, and does not hide that it is needed."""
    rows = [
        HEAD,
        (*LIN, "2025-12-26", "2024-04-08", "2025-04-28", "2025-09-26"),
        ("赵一鸣", "2023002", "2003-05-06", "2025-12-27", "2024-04-08", "2025-04-28", "2025-09-26"),
    ]
    (found,) = of(check(rows), "LEAVING_3M")
    assert (found.name, found.severity, cells(found)[:2]) == ("林晓雨", "override", ["G2", "D2"])


@pytest.mark.parametrize(("more", "count"), [((), 0), (("党员推荐",), 1)])
def test_where_one_paper_is_as_good_as_another_both_columns_must_be_there(
    check: Check, more: tuple[str, ...], count: int
) -> None:
    """Who was not recommended by the League may have been by members, if no column says otherwise."""
    rows = [("姓名", "学号", "推优", *more, "确定积极分子"), ("林晓雨", "1", None, *(None for _ in more), "2024-04-08")]
    assert len(of(check(rows), "ACT_RECOMMENDED")) == count


def test_a_paper_is_in_its_order_if_the_decision_before_it_has_no_column(check: Check) -> None:
    """Who was filed was determined, though the sheet does not say when."""
    rows = [("姓名", "学号", "申请书", "备案"), ("林晓雨", "1", "2023-10-12", "2024-04-10")]
    assert not of(check(rows), "DATE_ORDER")


def test_what_came_too_late_to_count_is_named_with_its_day(check: Check) -> None:
    """The reader sees the paper in the sheet: that it is missing must say why it does not count."""
    head = ("姓名", "学号", "申请书", "谈话", "确定积极分子")
    (found,) = of(check([head, ("林晓雨", "1", "2023-10-12", "2024-04-09", "2024-04-08")]), "TALK_BEFORE_ACT")
    assert "2024-04-09，在此之后" in found.why_zh
    assert "2024-04-09, after this" in found.why_en


def test_one_cell_brings_one_remark_under_one_rule(check: Check) -> None:
    """Three contacts are one too many once, not three times."""
    rows = [("姓名", "学号", "确定积极分子", "培养联系人"), ("林晓雨", "1", "2024-04-08", "李明、周方、王强")]
    assert len(of(check(rows), "CONTACT_1_2")) == 1
