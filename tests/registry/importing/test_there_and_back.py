"""Whatever fact there is, written down as a clerk writes it, is read back as the same fact."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import KINDS, required, said
from registry.importing.cells import Cell, tidy
from registry.importing.forms import DossiersForm, Given, understand
from registry.importing.rows import hints
from registry.importing.sheets import Row
from registry.importing.words import named, word
from registry.shape import fit

TOPICS = sorted(topic for topic, kind in KINDS.items() if kind.SUBJECT == "path" and topic != "reminder-sent")
WORDS = (
    st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=1, max_size=12)
    .map(lambda text: tidy(text) or "x")
    .filter(lambda text: word(text) == text)  # a text that is a word of a closed list would be written as that word
)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, in the one form in which they are read."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return values(args[0])
    if origin in (Union, UnionType):
        return values(next(arg for arg in args if arg is not NoneType))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(values(args[0]), min_size=1, max_size=3, unique=True)
    if origin is Mapping:
        return st.sampled_from([{"held_by": "m-3"}, {"effective_on": "2024-03-01", "post": "副书记"}])
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: WORDS,
        date: st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        bool: st.booleans(),
        int: st.integers(0, 5000),
        float: st.integers(0, 400).map(lambda n: n / 4),
    }
    return simple[hint]


@st.composite
def facts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A fact of any kind, with all that must be given and some of what may."""
    topic = draw(st.sampled_from(TOPICS))
    given_fields = [item for item in said(KINDS[topic]) if required(item) or draw(st.booleans())]
    return topic, {item.name: draw(values(hints(topic)[item.name])) for item in given_fields}


def written(value: Any, style: int) -> Cell:
    """A value as clerks write it, each in their own way."""
    if isinstance(value, bool):
        return ("是" if value else "否", "yes" if value else "no", value)[style]
    if isinstance(value, date):
        return (value, f"{value.year}年{value.month}月{value.day}日", f"{value:%Y/%m/%d}")[style]
    if isinstance(value, list):
        return ("、", "，", ";")[style].join(word(one) for one in value)
    if isinstance(value, dict):
        return ("；", "\n", "; ")[style].join(f"{name}={text}" for name, text in value.items())
    if isinstance(value, str):
        return (value, word(value), f" {value} ")[style]
    return (value, f"{value}", float(value))[style]


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(facts(), st.integers(0, 2), st.booleans())
def test_a_fact_survives_a_spreadsheet(fact: tuple[str, dict[str, Any]], style: int, english: bool) -> None:
    """A row with a fact of any kind, in Chinese words or English, gives that very fact and no fault."""
    topic, told = fact
    number = told.get("student_no", "2023001")
    fields = {name: value for name, value in told.items() if name != "student_no"}
    head = ["学号", "事实", *(name if english else named(name) for name in fields)]
    row = [number, topic if english else KINDS[topic].TITLE, *(written(value, style) for value in fields.values())]
    form = DossiersForm()
    columns = understand(form, Row(1, dict(enumerate(head, 1))))
    assert columns.faults == []
    read = form.read(Row(2, dict(enumerate(row, 1))), columns, Given())
    assert read.faults == []
    assert read.subject == number
    assert fit(topic, read.facts[0].values) == fit(topic, told)
