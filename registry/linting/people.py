"""Which rows speak of the same person: told apart by number, by name where there is none, and told where it is unclear."""

import re
from collections.abc import Sequence

from registry.importing.base import BadCell, Cell, is_empty, plain_name, tidy
from registry.importing.cells import as_text
from registry.importing.sheets import Row
from registry.linting.dossier import Gathered, Noted, Person, Place
from registry.linting.layout import Layout
from registry.linting.reading import SheetReader, says_not_yet

NOT_A_NAME = re.compile(r"(?:小计|合计|总计|共计|汇总|平均|说明|备注|填表说明)|.*:|(?:注|备注|说明|填表说明):.*")
"""What stands below a table where a name would."""


class People:
    """All persons of a workbook, found by the rows that name them."""

    def __init__(self, gathered: Gathered) -> None:
        """Begin with nobody."""
        self.gathered = gathered
        self._by_number: dict[str, list[Person]] = {}
        self._by_name: dict[str, list[Person]] = {}
        self._anchors: dict[tuple[str, int, int], str] = {}
        """What stood in the cells of names and numbers, for the rows that a merged one covers."""

    def named(self, place: Place, student_no: str, name: str) -> Person:
        """The person of a sheet of their own."""
        known = self._by_number.get(student_no) or self._by_name.get(plain_name(name)) or []
        if len(known) == 1:
            return known[0]
        person = Person(place, student_no, name)
        if known:
            self._twice(person, known, ())
        self._add(person)
        return person

    def of_row(self, row: Row, layout: Layout, reading: SheetReader, *, listed: bool) -> Person | None:
        """The person of a row; None if it names nobody, or is a sum or a note. One that is listed elsewhere is the same person."""
        number, name = (self.who(row, layout.of(one), reading) for one in ("student_no", "name"))
        place = reading.place(row.number, layout.of("name") or layout.of("student_no"))
        if (not number and not name) or NOT_A_NAME.fullmatch(tidy(name)):
            return None
        known = self._by_number.get(number, []) if number else self._by_name.get(plain_name(name), [])
        here = [one for one in known if one.place.sheet == place.sheet and not listed]
        merged = (row.number, place.column) in reading.covered
        if here and merged:
            return here[-1]
        if len(known) == 1 and not here:
            self._same_name(known[0], name, place)
            return known[0]
        person = Person(place, number, name)
        if known:
            self._twice(person, known, here)
        self._add(person)
        return person

    def who(self, row: Row, column: int, reading: SheetReader) -> str:
        """What a cell of names or numbers says; one that a merged cell covers says the same."""
        cell: Cell = row.cells.get(column)
        anchor = reading.covered.get((row.number, column))
        if is_empty(cell) and anchor:
            return self._anchors.get((reading.sheet.name, *anchor), "")
        if says_not_yet(cell):
            return ""
        try:
            text = as_text(cell)
        except BadCell as bad:
            reading.note("CELL_UNREADABLE", reading.place(row.number, column), bad.zh, str(bad))
            return ""
        if text:
            self._anchors[reading.sheet.name, row.number, column] = text
        return text

    def _add(self, person: Person) -> None:
        self.gathered.persons.append(person)
        if person.student_no:
            self._by_number.setdefault(person.student_no, []).append(person)
        if person.name:
            self._by_name.setdefault(plain_name(person.name), []).append(person)

    def _same_name(self, person: Person, name: str, place: Place) -> None:
        if name and person.name and plain_name(name) != plain_name(person.name):
            zh, en = (
                f"学号 {person.student_no} 在别处是{person.name}",
                f"{person.student_no} is {person.name} elsewhere",
            )
            self.gathered.noted.append(Noted("NAME_DIFFERS", place, zh, en, person, (person.place,)))

    def _twice(self, person: Person, known: Sequence[Person], here: Sequence[Person]) -> None:
        """Two rows with the same number, or with the same name and no number: which is which cannot be told."""
        other = (here or known)[0].place
        where = f"{other.sheet} {other.cell}"
        if person.student_no:
            rule, zh, en = "SAME_NUMBER", f"与 {where} 学号相同", f"the same number stands in {where}"
        elif here:
            rule = "SAME_NAME"
            zh, en = (
                f"与 {where} 同名而没有学号，按行区分",
                f"the same name as in {where} and no number: told apart by row",
            )
        else:
            rule = "SAME_NAME"
            zh = f"{len(known)} 人同名，无法判断是哪一位；请加学号"
            en = f"{len(known)} persons have this name: which of them is meant cannot be told; add the number"
        self.gathered.noted.append(Noted(rule, person.place, zh, en, person, (other,)))
