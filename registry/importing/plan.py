"""Which sheets of a file are read, as what, and by whom: the same for checking and for saving."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.facts import KINDS
from registry.importing.forms import Address, Columns, Form, Given, understand
from registry.importing.rows import Fault, Told, letters
from registry.importing.sheets import HEADER_ROWS, Book, Row, Sheet
from registry.importing.words import TOPIC, named
from registry.importing.workbooks import NoTable

CHUNK_ROWS = 500
"""So many rows are looked at, and their paths written, at a time."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who imports, in what capacity, and what they say beside the file."""

    actor: str
    capacity: str
    given: Given = field(default_factory=Given)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its header understood."""

    number: int
    sheet: Sheet
    columns: Columns

    def place(self, row: int, column: int, message: str) -> Fault:
        """Say where something is wrong."""
        header = self.columns.headers.get(column, "")
        return Fault(self.sheet.name, row, f"{letters(column)} “{header}”" if column else "", message)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read: the tables of one form, and the sheets that are none, with why."""

    book: Book
    form: Form
    clerk: Clerk
    tables: Sequence[Table]
    skipped: Mapping[str, str]

    @property
    def source(self) -> str:
        """What facts from this file name as their source."""
        return f"file:sha256:{self.book.digest}"

    @property
    def size(self) -> int:
        """About how many rows there are."""
        return sum(table.sheet.size for table in self.tables)

    def chunks(self) -> Iterator[tuple[Table, list[Told]]]:
        """All rows, some at a time."""
        for table in self.tables:
            told: list[Told] = []
            for row in table.sheet.rows():
                if row.number > table.columns.row:
                    told.append(self.form.read(row, table.columns, self.clerk.given))
                    if len(told) == CHUNK_ROWS:
                        yield table, told
                        told = []
            if told:
                yield table, told


def plan(book: Book, form: Form, clerk: Clerk, *, only: str | None = None) -> Plan:
    """Find the sheets that are of this form: all visible ones that have its columns, or the one called `only`.

    Raises NoTable if there is none.
    """
    tables: list[Table] = []
    skipped: dict[str, str] = {}
    for number, sheet in enumerate(book.sheets):
        if only is not None and sheet.name != only:
            continue
        if only is None and not sheet.visible:
            skipped[sheet.name] = "it is hidden"
            continue
        columns, lacking = _header(form, sheet)
        if lacking:
            skipped[sheet.name] = f"it is not {form.NAME}: no column {', '.join(lacking)}"
        elif columns:
            tables.append(Table(number, sheet, columns))
    if not tables:
        names = ", ".join(f"{name!r} ({why})" for name, why in skipped.items())
        names = names or f"it has {', '.join(repr(sheet.name) for sheet in book.sheets)}"
        raise NoTable(f"{book.name} has no sheet that is {form.NAME}: {names}")
    return Plan(book, form, clerk, tables, skipped)


def _header(form: Form, sheet: Sheet) -> tuple[Columns | None, list[str]]:
    """The first row that has the form's columns; else what the most likely one lacks."""
    best: tuple[int, list[str]] = (0, [_name(one) for one in form.NEEDS])
    for tried, row in enumerate(sheet.rows()):
        if tried == HEADER_ROWS:
            break
        columns = understand(form, _as_texts(row))
        lacking = [_name(one) for one in form.NEEDS if one not in columns.of]
        if not lacking:
            return columns, []
        best = max(best, (len(columns.of), lacking), key=lambda one: one[0])
    return None, best[1]


def _as_texts(row: Row) -> Row:
    return Row(row.number, {number: str(cell) for number, cell in row.cells.items()})


def _name(address: Address) -> str:
    topic, _, field = address
    if topic and field == "effective_on":
        return f"“{KINDS[topic].TITLE}”"
    return f"“{TOPIC[0] if field == 'topic' else named(field)}”"
