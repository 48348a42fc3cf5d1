"""What one cell says: days in every unambiguous form, numbers, closed lists, and words for what is none of them."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import KINDS, said
from registry.importing.cells import (
    BadCell,
    Cell,
    as_choice,
    as_day,
    as_flag,
    as_list,
    as_number,
    as_text,
    as_whole,
    plain_name,
    reader,
)
from registry.importing.rows import fields_by_name, hints, letters, topics_by_name
from registry.importing.words import FIELDS, VALUES, named, word

FIRST = date(2024, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        FIRST,
        datetime(2024, 3, 1),  # noqa: DTZ001 - as the library gives a date cell with a time format
        "2024-03-01",
        "2024-3-1",
        "2024/3/1",
        "2024.03.01",
        "2024年3月1日",
        "２０２４年３月１日",
        " 2024 年 3 月 1 日 ",
        "2024年3月1号",
        "20240301",
        20240301,
        20240301.0,
    ],
    ids=repr,
)
def test_a_day_is_read_in_every_form_that_has_one_meaning(cell: Cell) -> None:
    """Date cells and the usual ways to write a day all give the same day."""
    assert as_day(cell) == FIRST


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("03/01/2024", "more than one way"),
        ("24-3-1", "more than one way"),
        ("1.3.24", "more than one way"),
        ("2024-03", "day of the month is missing"),
        ("2024年3月", "day of the month is missing"),
        (45352, "bare number"),
        ("45352", "bare number"),
        ("2024-3/1", "not clearly a day"),
        ("2024-02-30", "not a day of the calendar"),
        (20241340, "not a day of the calendar"),
        ("0024-03-01", "is the year right"),
        (date(2923, 1, 1), "is the year right"),
        ("2024-03-01 08:00", "time of day"),
        (datetime(2024, 3, 1, 8), "time of day"),  # noqa: DTZ001 - as the library gives it
        (time(8), "time of day"),
        (timedelta(3), "length of time"),
        (True, "yes or no"),
        (None, "empty cell"),
        ("春天", "not clearly a day"),
        (45352.5, "not clearly a day"),
    ],
    ids=repr,
)
def test_an_ambiguous_day_is_told_and_never_guessed(cell: Cell, why: str) -> None:
    """Whatever could be read in two ways, or in none, is an error that says why."""
    with pytest.raises(BadCell, match=why):
        as_day(cell)


@given(
    st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"])
)
def test_any_day_survives_being_written_down(day: date, form: str) -> None:
    """A day written in any of the forms is read as itself."""
    assert as_day(day.strftime(form).replace(str(day.year), f"{day.year:04}")) == day


@given(st.text(max_size=20))
def test_no_text_makes_the_reader_of_days_fall_over(text: str) -> None:
    """Whatever stands in a cell is a day or told in words."""
    with suppress(BadCell):
        assert isinstance(as_day(text), date)


def test_a_number_in_a_column_of_texts_is_its_digits_unless_they_are_lost() -> None:
    """Student numbers kept as numbers are read; those that lost digits, dates and fractions are told."""
    assert as_text(2023001.0) == "2023001"
    assert as_text("　２０２３００１ ") == "2023001"
    assert as_text(None) == ""
    for bad in (2.0e15, 1.5, True, FIRST, time(8)):
        with pytest.raises(BadCell):
            as_text(bad)


@pytest.mark.parametrize("cell", ["inf", "nan", "1e3", "十", "", FIRST, True, "1,000"], ids=repr)
def test_what_is_no_plain_number_is_told(cell: Cell) -> None:
    """Only digits with at most a point are a number."""
    with pytest.raises(BadCell, match="not a number"):
        as_number(cell)


def test_numbers_and_flags() -> None:
    """Whole numbers refuse fractions; yes and no are known in both languages."""
    assert (as_number("2.5"), as_number(3), as_whole("12")) == (2.5, 3, 12)
    with pytest.raises(BadCell, match="whole"):
        as_whole(2.5)
    assert [as_flag(cell) for cell in ("是", "TRUE", True, 1, "否", "No", 0.0)] == [True] * 4 + [False] * 3
    for bad in ("也许", FIRST, 2):
        with pytest.raises(BadCell):
            as_flag(bad)


def test_a_closed_list_is_known_by_both_names_and_tells_all_it_allows() -> None:
    """English and Chinese names mean the same value; anything else is answered with the whole list."""
    read = as_choice(("qualified", "basically-qualified", "unqualified"))
    assert [read(cell) for cell in ("合格", "Qualified", "基本 合格")] == [
        "qualified",
        "qualified",
        "basically-qualified",
    ]
    with pytest.raises(BadCell, match=r"合格 \(qualified\), 基本合格 \(basically-qualified\)"):
        read("优秀")
    assert as_list(read)("合格、不合格，基本合格;合格") == [
        "qualified",
        "unqualified",
        "basically-qualified",
        "qualified",
    ]


def test_a_type_that_no_cell_can_hold_is_a_mistake_of_ours() -> None:
    """A new kind of field must be thought about before it can be imported."""
    with pytest.raises(TypeError):
        reader(dict)


def literals(hint: Any) -> set[str]:
    """All values of closed lists in a type."""
    found = {arg for arg in get_args(hint) if isinstance(arg, str)} if "Literal" in str(hint) else set()
    return found.union(*(literals(arg) for arg in get_args(hint) if not isinstance(arg, str | int)), set())


FACTS = [topic for topic in KINDS if topic not in {"reminder-sent", "group-told"}]


@pytest.mark.parametrize("topic", FACTS)
def test_every_field_of_every_fact_can_stand_in_a_cell_and_has_a_chinese_name(topic: str) -> None:
    """No fact is out of a spreadsheet's reach: its fields, its values and itself are known by Chinese words."""
    assert topics_by_name()[plain_name(KINDS[topic].TITLE)] == topic
    assert topics_by_name()[plain_name(topic)] == topic
    for item in said(KINDS[topic]):
        hint = hints(topic)[item.name]
        assert callable(reader(hint))
        assert fields_by_name()[plain_name(named(item.name))] == item.name
        assert item.name in FIELDS, item.name
        values = literals(get_type_hints(KINDS[topic], include_extras=True)[item.name])
        assert {value for value in values if value not in VALUES} == set()
        assert len({word(value) for value in values}) == len(values)
        for value in values:
            assert as_choice(tuple(values))(word(value)) == value


def test_no_chinese_name_stands_for_two_fields() -> None:
    """A header means one thing."""
    names = [plain_name(name) for words in FIELDS.values() for name in words]
    assert len(set(names)) == len(names)


def test_columns_are_named_by_letters() -> None:
    """As spreadsheet programs name them."""
    assert [letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
