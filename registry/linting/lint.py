"""`lint`: a workbook is read, every person in it is judged on a day, and all that is wrong is answered; nothing is stored."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from domain.facts import KINDS
from domain.rulebook import Rulebooks
from domain.words import named
from registry.importing.base import plain_name
from registry.importing.rows import letters
from registry.importing.sheets import Sheet, open_book
from registry.importing.workbooks import Limits, NoTable
from registry.linting.dossier import DAY, Gathered, Noted, Person, Place
from registry.linting.gathering import gather
from registry.linting.headings import SPAN, Headings, headings
from registry.linting.judging import NO_RECORDING, Judging
from registry.linting.layout import Column, Layout, lay_out
from registry.linting.report import ColumnRead, Remark, Report, SheetRead, Unchecked, counted
from registry.linting.rules import GRAVE, WEIGHTS, paper_rules
from registry.linting.verbs import Around

LIMITS = Limits(file_bytes=50_000_000, unpacked_bytes=500_000_000, cells=2_000_000, sheets=300)
"""What is linted at most: a faculty of some ten thousand students fits, and a file made to fill the memory does not."""

MOST_REMARKS = 50_000

FORMS = {
    "ledger": "一人一行 · one row a student",
    "facts": "一事一行 · one row a fact",
    "paper-list": "一人材料目录 · the papers of one person",
    "members": "正式党员名册 · members",
    "units": "党组织 · units",
}


def lint(path: Path, rulebooks: Rulebooks, day: date, *, name: str = "") -> Report:
    """Check a workbook as of a day. Raises NoTable, in words, for a file that cannot be read or says nothing of persons."""
    book = open_book(path, LIMITS)
    words = headings()
    laid = [(sheet, lay_out(sheet, words)) for sheet in book.sheets]
    known = [(sheet, layout) for sheet, layout in laid if layout]
    if not any(layout.form in ("ledger", "facts", "paper-list") for _, layout in known):
        raise NoTable(_nothing(name or book.name, book.sheets, [sheet.name for sheet, _ in known]))
    gathered = gather(known, words)
    judging = Judging(gathered, rulebooks, words, _around(gathered, rulebooks, day))
    noted = [*gathered.noted, *(one for sheet, layout in known for one in _unknown(sheet, layout, words))]
    remarks = [_noted(one) for one in noted]
    for person in gathered.persons:
        remarks.extend(judging.remarks(person))
    remarks = list(dict.fromkeys(remarks))  # one cell of three contacts is one matter
    order = {person.called: n for n, person in enumerate(gathered.persons)}
    remarks.sort(key=lambda one: (order.get(one.person, len(order)), WEIGHTS.index(one.severity), one.cells, one.rule))
    counts = counted(remarks)
    return Report(
        clean=not GRAVE.intersection(counts),
        file=name or book.name,
        digest=book.digest,
        day=day,
        rulebooks=rulebooks.digest,
        editions=tuple(one.name for one in rulebooks.editions),
        policy=rulebooks.policy.name,
        persons=len(gathered.persons),
        sheets=tuple(_sheet(sheet, layout, words) for sheet, layout in laid),
        remarks=remarks[:MOST_REMARKS],
        unchecked=_unchecked(judging, rulebooks),
        more=max(len(remarks) - MOST_REMARKS, 0),
        counts=counts,
    )


def _nothing(name: str, sheets: Sequence[Sheet], lists: Sequence[str]) -> str:
    if lists:
        return (
            f"{name} has only lists to look things up in, of full members or units ({', '.join(map(repr, lists))}), and no "
            "table of persons to check: beside 姓名 or 学号 it needs columns of what came before, as 申请书 and 确定积极分子"
        )
    names = ", ".join(repr(sheet.name) for sheet in sheets[:10]) or "no sheet with cells"
    return (
        f"{name} has no table of persons: a header with 姓名 or 学号 and columns of dates is expected, or 材料名称 and 日期 "
        f"(it has {names}); `jieti lint --template FILE.xlsx` writes a table to start from"
    )


def _around(gathered: Gathered, rulebooks: Rulebooks, day: date) -> Around:
    persons: dict[str, list[Person]] = {}
    for person in gathered.persons:
        for key in {plain_name(person.name), plain_name(person.student_no)} - {""}:
            persons.setdefault(key, []).append(person)
    return Around(day, rulebooks.workdays, gathered.members, persons)


def _unknown(sheet: Sheet, layout: Layout, words: Headings) -> list[Noted]:
    """The columns of a sheet that mean nothing, each with the known heading that looks most like it."""
    found = []
    for number, heading in layout.unknown:
        near = words.near(heading)
        zh, en = (f"；最接近的是“{near}”", f"; the nearest known heading is “{near}”") if near else ("", "")
        place = Place(sheet.name, layout.header, number)
        found.append(Noted("HEADING_UNKNOWN", place, f"“{heading}”{zh}", f"“{heading}”{en}"))
    return found


def _reads(column: Column, words: Headings) -> str:
    """What a column was taken for, in words."""
    if column.meaning is None or not column.meaning.kind:
        name = column.meaning.field if column.meaning else column.identity
        return named(name)
    meaning = column.meaning
    title = words.title(meaning.kind).zh if meaning.kind in KINDS or meaning.kind in words.titles else ""
    point = f"（{words.title(POINTS[meaning.point]).zh}）" if meaning.point in POINTS else ""
    parts = {DAY: "日期", SPAN: "起止日期"}.get(meaning.field) or named(meaning.field)
    nth = f" {meaning.nth}" if meaning.many else ""
    return " · ".join(part for part in (f"{title}{point}{nth}", parts) if part)


POINTS = {
    "activist": "activist-determined",
    "development-target": "development-target-determined",
    "admission": "admission-resolution-adopted",
    "conversion": "conversion-resolved",
}


def _sheet(sheet: Sheet, layout: Layout | None, words: Headings) -> SheetRead:
    if layout is None:
        return SheetRead(sheet.name, "未作为表格读取 · not a table of persons", not sheet.visible)
    columns = tuple(
        ColumnRead(letters(one.number), one.heading, _reads(one, words), one.by_place)
        for one in sorted(layout.columns.values(), key=lambda one: one.number)
    )
    return SheetRead(sheet.name, FORMS[layout.form], not sheet.visible, columns)


def _noted(noted: Noted) -> Remark:
    rule = paper_rules()[noted.rule]
    person = noted.person
    return Remark(
        rule=rule.id,
        severity=rule.severity,
        zh=rule.text.zh,
        en=rule.text.en,
        why_zh=noted.why_zh,
        why_en=noted.why_en,
        cells=(noted.place, *noted.more),
        student_no=person.student_no if person else "",
        name=person.name if person else "",
        person=person.called if person else "",
        sources=rule.sources,
    )


def _unchecked(judging: Judging, rulebooks: Rulebooks) -> tuple[Unchecked, ...]:
    found = [Unchecked(rule, len(persons), *why) for (rule, why), persons in sorted(judging.unchecked.items())]
    recorded = {
        rule.id for edition in rulebooks.editions for rule in edition.rules if rule.check.NAME == "recorded_within"
    }
    every = len(judging.gathered.persons)
    return (*found, *(Unchecked(rule, every, *NO_RECORDING) for rule in sorted(recorded)))
