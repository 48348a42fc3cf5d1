"""How a sheet is laid out: what it is a table of, where its header stands, and what each column is for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

from registry.importing.base import plain_name
from registry.importing.forms import Columns, understand
from registry.importing.rows import fields_by_name
from registry.importing.sheets import HEADER_ROWS, Row, Sheet
from registry.importing.tables import FORMS
from registry.importing.words import SUPERIOR_UNIT
from registry.linting.headings import Headings, Meaning, wordings

FormName = Literal["ledger", "facts", "paper-list", "members", "units"]
"""ledger: one row a student · facts: one row a fact, of several students · paper-list: one person's papers, a row each ·
members: who is a full member since when · units: the organisations of the Party."""

FEWEST = 2
"""A sheet with fewer columns that mean something is no table of ours."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and what it was taken for; `by_place` if only its place could tell."""

    number: int
    heading: str
    meaning: Meaning | None = None
    identity: str = ""
    by_place: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet as it was understood; `header` is the last row of its header."""

    form: FormName
    header: int
    columns: Mapping[int, Column]
    unknown: Sequence[tuple[int, str]] = ()
    """Columns that mean nothing: number and heading."""

    units: Columns | None = None
    before: Sequence[Row] = field(default_factory=tuple)
    """What stands above the header: of a list of one person's papers, who they are."""

    def of(self, identity: str) -> int:
        """The column that says who a row is about; 0 if there is none."""
        return next((one.number for one in self.columns.values() if one.identity == identity), 0)


def lay_out(sheet: Sheet, words: Headings) -> Layout | None:
    """Find out how a sheet is laid out: of its first rows, that whose headings mean most. None if it is no table."""
    rows = list(islice(sheet.rows(), HEADER_ROWS + 1))
    best: tuple[int, Layout] | None = None
    for n, row in enumerate(rows[:HEADER_ROWS]):
        for header, last in _headers(row, rows[n + 1] if n + 1 < len(rows) else None, sheet):
            found = _layout(header, last, words)
            if found and (best is None or _weight(found) > best[0]):
                best = _weight(found), replace(found, before=tuple(rows[:n]))
    return best[1] if best else None


def _weight(layout: Layout) -> int:
    return sum(1 for one in layout.columns.values() if one.meaning or one.identity)


def _headers(row: Row, below: Row | None, sheet: Sheet) -> Iterator[tuple[dict[int, Sequence[str]], int]]:
    """A row as a header, by itself and with the row below it: each column with what its heading may be."""
    alone = {number: str(cell).strip() for number, cell in row.cells.items()}
    yield {number: (text,) for number, text in alone.items()}, row.number
    wide = [one for one in sheet.merged if one[0] <= row.number <= one[2] and one[3] > one[1]]
    if below is None or not wide:
        return
    above = dict(alone)
    for top, left, _, right in wide:
        for number in range(left, min(right, left + 200) + 1):
            above[number] = alone.get(left, "") if top == row.number else ""
    under = {number: str(cell).strip() for number, cell in below.cells.items()}
    both: dict[int, Sequence[str]] = {}
    for number in sorted({*above, *under}):
        high, low = above.get(number, ""), under.get(number, "")
        both[number] = (high + low, low + high, low) if high and low else (high or low,)
    yield both, below.number


def _layout(header: Mapping[int, Sequence[str]], last: int, words: Headings) -> Layout | None:
    shown = {number: texts[0] for number, texts in header.items()}
    units = understand(FORMS["units"], Row(last, dict(shown)))
    if all(need in units.of for need in FORMS["units"].NEEDS):
        return Layout("units", last, {}, units=units)
    listed = _paper_list(shown, words)
    if listed:
        return Layout(
            "facts" if any(one.identity == "student_no" for one in listed) else "paper-list",
            last,
            {one.number: one for one in listed},
        )
    columns, unknown = _columns(header, words)
    who = any(one.identity in ("name", "student_no") for one in columns)
    if who and _is_members(columns, words):
        found = [Column(n, text, identity=words.members.get(wordings(text)[0], "")) for n, text in shown.items()]
        return Layout("members", last, {one.number: one for one in found})
    if not who or not any(one.meaning for one in columns) or len(columns) < FEWEST:
        return None
    return Layout("ledger", last, {one.number: one for one in columns}, unknown)


def _is_members(columns: Sequence[Column], words: Headings) -> bool:
    """Whether no day stands in a sheet but those of a list of members: of joining, and of full membership."""
    days = [one for one in columns if one.meaning]
    named = [{words.members.get(each) for each in wordings(one.heading)} for one in days]
    return all(each & {"joined_on", "full_member_from"} for each in named) and any(
        "full_member_from" in each for each in named
    )


def _paper_list(shown: Mapping[int, str], words: Headings) -> Sequence[Column]:
    """The columns of a table with one row a paper: which, when, and the fields of the fact; none if it is no such table."""
    named = {number: words.papers.get(wordings(text)[0], "") for number, text in shown.items()}
    kinds = [number for number, one in named.items() if one == "kind"]
    days = [number for number, one in named.items() if one == "day"]
    if not kinds or not days:
        return ()
    found = [Column(kinds[0], shown[kinds[0]], identity="kind"), Column(days[0], shown[days[0]], identity="day")]
    for number, text in shown.items():
        name = plain_name(text)
        who = words.identity.get(wordings(text)[0], "")
        field_name = fields_by_name().get(name, "")
        if number in (kinds[0], days[0]):
            continue
        if who in ("student_no", "name", "born_on"):
            found.append(Column(number, text, identity=who))
        elif field_name:
            found.append(Column(number, text, Meaning("", field_name)))
    return found


def _columns(header: Mapping[int, Sequence[str]], words: Headings) -> tuple[list[Column], list[tuple[int, str]]]:
    found: list[Column] = []
    unknown: list[tuple[int, str]] = []
    left, used, taken = -1, set[Meaning](), set[str]()
    superior = {plain_name(name) for name in SUPERIOR_UNIT}
    for number, texts in sorted(header.items()):
        names = [one for text in texts for one in wordings(text)]
        who = next((words.identity[one] for one in names if one in words.identity), "")
        who = who or ("superior_unit" if any(plain_name(text) in superior for text in texts) else "")
        if who and who not in taken:
            taken.add(who)
            found.append(Column(number, texts[0], identity=who))
            continue
        for text in texts:
            meaning, by_place = words.find(text, left=left, used=frozenset(used))
            if meaning:
                left = meaning.order
                used.add(meaning)
                found.append(Column(number, texts[0], meaning, by_place=by_place))
                break
        else:
            if not words.ignored.intersection(names):
                unknown.append((number, texts[-1]))
    return found, unknown
