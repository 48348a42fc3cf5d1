"""From the sheets of a workbook to persons with their papers: rows that speak of the same person are put together."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from domain.facts import KINDS
from registry.importing.base import BadCell, Cell, is_empty, plain_name
from registry.importing.cells import as_text
from registry.importing.days import read_day
from registry.importing.forms import Given
from registry.importing.rows import hints, topics_by_name
from registry.importing.sheets import Row, Sheet
from registry.importing.tables import FORMS
from registry.linting.dossier import DAY, Gathered, Noted, Paper, Person, Place
from registry.linting.headings import SPAN, Headings, Meaning, wordings
from registry.linting.layout import Layout
from registry.linting.people import People
from registry.linting.reading import SheetReader

CONTACT, INTRODUCERS = "cultivation-contact-assigned", "introducers-confirmed"


def gather(sheets: Sequence[tuple[Sheet, Layout]], words: Headings) -> Gathered:
    """Read all sheets: first those that name persons in rows, then the lists that add to them."""
    found = _Gathering(words)
    order = {"units": 0, "members": 1, "ledger": 2, "facts": 3, "paper-list": 4}
    for sheet, layout in sorted(sheets, key=lambda one: order[one[1].form]):
        found.sheet(sheet, layout)
    return found.gathered


class _Gathering:
    def __init__(self, words: Headings) -> None:
        self.words = words
        self.gathered = Gathered()
        self.people = People(self.gathered)

    def sheet(self, sheet: Sheet, layout: Layout) -> None:
        reading = SheetReader(sheet, layout.header, self.gathered.noted)
        rows = (row for row in sheet.rows() if row.number > layout.header)
        match layout.form:
            case "units":
                self._units(rows, layout)
            case "members":
                self._members(rows, layout, reading)
            case "ledger":
                for row in rows:
                    self._ledger_row(row, layout, reading)
            case "facts" | "paper-list":
                self._papers(list(rows), layout, reading)
        reading.tell(set(layout.columns))

    # --- one row a student ------------------------------------------------------------------------------------------

    def _ledger_row(self, row: Row, layout: Layout, reading: SheetReader) -> None:
        person = self.people.of_row(row, layout, reading, listed=False)
        if person is None:
            filled = [number for number, one in layout.columns.items() if one.meaning and number in row.cells]
            if filled:
                zh, en = "这一行没有写明是哪个人，未作检查", "the row names nobody and was not checked"
                reading.note("NOBODY", reading.place(row.number, filled[0]), zh, en)
            return
        found: dict[tuple[str, str, int], Paper] = {}
        for number, column in layout.columns.items():
            if column.identity:
                self._identity(row, number, column.identity, person, reading)
            elif column.meaning:
                self._ledger_cell(row, number, column.meaning, person, reading, found=found)
        for paper in _arranged(list(found.values())):
            self._put(person, paper, single=True)

    def _identity(self, row: Row, number: int, name: str, person: Person, reading: SheetReader) -> None:
        if name in ("student_no", "name") or name in person.values:
            return
        value = reading.value(row, number, "person", name, person)
        if value is not None:
            person.values[name] = value
            person.places[name] = reading.place(row.number, number)

    def _ledger_cell(
        self,
        row: Row,
        number: int,
        meaning: Meaning,
        person: Person,
        reading: SheetReader,
        *,
        found: dict[tuple[str, str, int], Paper],
    ) -> None:
        person.kept.update(meaning.kept)
        value = reading.value(row, number, meaning.kind, meaning.field, person)
        place = reading.place(row.number, number)
        if value is None:
            if meaning.field == DAY:
                person.empty.setdefault(meaning.kind, place)
            return
        fields = {meaning.field: value}
        if meaning.field == SPAN:
            fields = {DAY: value[0]}
            last = found.setdefault((meaning.until, meaning.point, meaning.nth), Paper(meaning.until, nth=meaning.nth))
            if value[1] is None:
                person.unread.add(meaning.until)
            elif DAY not in last.values:
                _fill(last, {DAY: value[1]}, place, meaning.point)
        _fill(found.setdefault(meaning.paper, Paper(meaning.kind, nth=meaning.nth)), fields, place, meaning.point)

    # --- one row a paper --------------------------------------------------------------------------------------------

    def _papers(self, rows: Sequence[Row], layout: Layout, reading: SheetReader) -> None:
        single = self._named_above(layout, reading) if layout.form == "paper-list" else None
        concerned: dict[int, Person] = {}
        kinds: set[str] = set(self.words.whole) if single else set()
        left = -1
        for row in rows:
            person = single or self.people.of_row(row, layout, reading, listed=True)
            said = row.cells.get(layout.of("kind"))
            if person is None or is_empty(said):
                continue
            meaning = self._meant(str(said), left if single else -1, layout)
            if meaning is None:
                self._unknown_paper(str(said), reading, reading.place(row.number, layout.of("kind")), person)
                continue
            left = meaning.order
            kinds.update(meaning.kept)
            concerned[id(person)] = person
            self._paper_row(row, layout, meaning, person, reading)
        for person in concerned.values():
            person.kept |= kinds
        if single and not single.papers and not single.unread:
            self.gathered.persons.remove(single)  # an empty form is about nobody

    def _meant(self, said: str, left: int, layout: Layout) -> Meaning | None:
        topic = topics_by_name().get(plain_name(said))
        if layout.form == "facts" and topic and KINDS[topic].SUBJECT == "path":
            return Meaning(topic)
        found, _ = self.words.find(said, left=left)
        return found

    def _unknown_paper(self, said: str, reading: SheetReader, place: Place, person: Person) -> None:
        if self.words.ignored.intersection(wordings(said)):
            return
        person.unread |= self.words.named_in(said)
        near = get_close_matches(said, [kind.TITLE for kind in KINDS.values() if kind.TITLE], 1, 0.6)
        zh, en = (f"；是否指“{near[0]}”？", f"; did you mean “{near[0]}”?") if near else ("", "")
        reading.note("PAPER_UNKNOWN", place, f"不认识的材料“{said}”{zh}", f"“{said}” is no known paper{en}", person)

    def _paper_row(self, row: Row, layout: Layout, meaning: Meaning, person: Person, reading: SheetReader) -> None:
        paper = Paper(meaning.kind, nth=meaning.nth)
        day = layout.of("day")
        value = reading.value(row, day, meaning.kind, SPAN if meaning.field == SPAN else DAY, person)
        place = reading.place(row.number, day)
        if value is None:
            person.empty.setdefault(meaning.kind, place)
            return
        last = None
        if meaning.field == SPAN:
            value, last = value
            if last is None:
                person.unread.add(meaning.until)
        _fill(paper, {DAY: value}, place, meaning.point)
        for number, column in layout.columns.items():
            name = column.meaning.field if column.meaning else ""
            if name and (name == "attended" or (meaning.kind in KINDS and name in hints(meaning.kind))):
                said = reading.value(row, number, meaning.kind, name, person)
                if said is not None:
                    _fill(paper, {name: said}, reading.place(row.number, number), "")
        for one in _arranged([paper]):
            self._put(person, one, single=False)
        if last:
            self._put(person, _fill(Paper(meaning.until), {DAY: last}, place, meaning.point), single=False)

    def _named_above(self, layout: Layout, reading: SheetReader) -> Person:
        """Whose papers a sheet lists: by what stands above the table, or by the sheet's own name."""
        said: dict[str, tuple[Cell, Place]] = {}
        for row in layout.before:
            for number, cell in sorted(row.cells.items()):
                label, colon, rest = re.sub("：", ":", str(cell)).partition(":")
                name = self.words.identity.get(wordings(label)[0])
                value: Cell = rest.strip() if colon and rest.strip() else row.cells.get(number + 1)
                if name and not is_empty(value):
                    at = number if colon and rest.strip() else number + 1
                    said.setdefault(name, (value, reading.place(row.number, at)))
        student_no, name = (_text(said, one) for one in ("student_no", "name"))
        name = name or ("" if student_no else reading.sheet.name)
        place = next((said[one][1] for one in ("name", "student_no") if one in said), reading.place(1, 1))
        person = self.people.named(place, student_no, name)
        for one in ("born_on", "leaves_on", "home_unit"):
            if one in said and one not in person.values:
                self._above(one, *said[one], person, reading)
        return person

    @staticmethod
    def _above(name: str, cell: Cell, place: Place, person: Person, reading: SheetReader) -> None:
        try:
            person.values[name] = as_text(cell) if name == "home_unit" else read_day(cell).day
            person.places[name] = place
        except BadCell as bad:
            reading.note("CELL_UNREADABLE", place, bad.zh, str(bad), person)

    # --- together ---------------------------------------------------------------------------------------------------

    def _put(self, person: Person, paper: Paper, *, single: bool) -> None:
        """Add a paper; what another sheet says of the same one goes with it, and two days for one paper are told."""
        same = [one for one in person.papers if one.kind == paper.kind and _point(one) == _point(paper)]
        twin = next(
            (one for one in same if one.day == paper.day and _sheet(one) != _sheet(paper) and _agree(one, paper)), None
        )
        if twin:
            twin.values = {**paper.values, **twin.values}
            twin.places = {**paper.places, **twin.places}
            return
        other = next((one for one in same if one.nth == paper.nth and one.day and paper.day), None)
        if single and other and _sheet(other) != _sheet(paper):
            there, here = other.places[DAY], paper.places[DAY]
            zh = f"{there.sheet} {there.cell} 写的是 {other.day}，这里是 {paper.day}"
            en = f"{there.sheet} {there.cell} says {other.day}, here it is {paper.day}"
            self.gathered.noted.append(Noted("SHEETS_DISAGREE", here, zh, en, person, (there,)))
            return
        person.papers.append(paper)

    def _units(self, rows: Any, layout: Layout) -> None:
        units: dict[str, tuple[str, bool]] = {}
        for row in rows:
            if layout.units:
                said = FORMS["units"].read(row, layout.units, Given()).facts[0].values
                known = str(said.get("unit_kind", "")), bool(said.get("approves"))
                units |= {str(said[name]): known for name in ("unit_id", "name") if said.get(name)}
        self.gathered.units = {**self.gathered.units, **units}

    def _members(self, rows: Any, layout: Layout, reading: SheetReader) -> None:
        for row in rows:
            person = Person(reading.place(row.number, layout.of("name")))
            since = reading.value(row, layout.of("full_member_from"), "conversion-approved", DAY, person)
            for one in ("name", "student_no"):
                who = self.people.who(row, layout.of(one), reading)
                if who and since:
                    self.gathered.members.setdefault(plain_name(who), []).append(since)


def _fill(paper: Paper, fields: Mapping[str, Any], place: Place, point: str) -> Paper:
    """Write into a paper what a cell says."""
    paper.values |= fields
    paper.places |= dict.fromkeys(fields, place)
    if point:
        paper.values["point"] = point
    return paper


def _arranged(papers: Sequence[Paper]) -> list[Paper]:
    """Papers as rules look at them: each contact by themself, all introducers together."""
    found: list[Paper] = []
    contacts = [one for one in papers if one.kind == CONTACT]
    day = next((one for one in contacts if one.day), None)
    nth = 0
    for paper in contacts:
        for name in paper.values.get("contact_id") or ("",):
            nth += 1
            own = paper if paper.day else day
            said = {**paper.values, **({DAY: own.day} if own else {})}
            places = {**paper.places, **({DAY: own.places[DAY]} if own else {})}
            one = Paper(CONTACT, {**said, "contact_id": name}, places, nth)
            one.values.setdefault("order", "first" if nth == 1 else "second")
            found.append(one)
    introducers = [one for one in papers if one.kind == INTRODUCERS]
    if introducers:
        whole = Paper(INTRODUCERS)
        for one in introducers:
            names = (*whole.values.get("introducers", ()), *one.values.get("introducers", ()))
            whole.values = {**one.values, **whole.values, **({"introducers": names} if names else {})}
            whole.places = {**one.places, **whole.places}
        found.append(whole)
    return [*(one for one in papers if one.kind not in (CONTACT, INTRODUCERS)), *found]


def _point(paper: Paper) -> Any:
    return paper.values.get("point"), paper.values.get("contact_id")


def _agree(one: Paper, other: Paper) -> bool:
    return all(one.values[name] == value for name, value in other.values.items() if name in one.values)


def _sheet(paper: Paper) -> str:
    place = paper.place()
    return place.sheet if place else ""


def _text(said: Mapping[str, tuple[Cell, Place]], name: str) -> str:
    cell = said[name][0] if name in said else None
    try:
        return as_text(cell)
    except BadCell:
        return ""
