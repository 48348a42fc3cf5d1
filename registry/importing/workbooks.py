"""Looks into an xlsx file before it is read: whether it fits, and what the library that reads it does not tell."""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

CHUNK_BYTES = 1 << 20
LONGEST_CELL_BYTES = 1 << 16
TAG = re.compile(rb"<(?:\w+:)?(c|row|col)\b([^>]*?)(/?)>")
REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
STYLE = re.compile(rb'\bs="([0-9]+)"')
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)")
UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
MOVING = re.compile(rb"\b(?:TODAY|NOW|RAND|RANDBETWEEN)\s*\(", re.IGNORECASE)

WITHOUT_DAY = frozenset({17, 27, 36, 50, 52, 57})
WITHOUT_YEAR = frozenset({16, 28, 29, 51, 53, 54, 58})
"""The built-in date formats, of every language and of Chinese, that show no day of the month, and no year."""


class NoTable(Exception):
    """A file that cannot be read as a table; the message is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most. The rectangle up to the last cell is laid out in memory, however empty it is."""

    file_bytes: int = 300_000_000
    unpacked_bytes: int = 1 << 30
    cells: int = 20_000_000
    """20 million cells are about 500 MB."""

    sheets: int = 500


@dataclass(slots=True)
class Marks:
    """What there is to know of a sheet beside the values of its cells; rows and columns count from 1."""

    hollow: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells that hold no value that anybody wrote, with why: they show an error, were never computed, or show year and
    month of a date whose day the program made up."""

    moving: set[tuple[int, int]] = field(default_factory=set)
    """Cells whose formula gives another value on another day."""

    without_year: set[tuple[int, int]] = field(default_factory=set)
    """Cells whose format shows month and day only: the program took the year in which it was typed."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def look(path: Path, limits: Limits) -> Mapping[str, Marks]:
    """Look at every sheet of an xlsx file. Raises NoTable for a file that is damaged or too large to be laid out."""
    try:
        with ZipFile(path) as file:
            if sum(part.file_size for part in file.infolist()) > limits.unpacked_bytes:
                size = f"{limits.unpacked_bytes / 1_000_000_000:g} GB"
                raise NoTable(f"{path.name} is larger than {size} when it is unpacked: part it into several files")
            _unpack(file)
            formats = _formats(file)
            parts = list(_parts(file))
            if len(parts) > limits.sheets:
                raise NoTable(f"{path.name} has {len(parts)} sheets, and {limits.sheets} are read at most: part it")
            found: dict[str, Marks] = {}
            left = limits.cells
            for name, part in parts:
                with file.open(part) as sheet:
                    found[name], used = _marks(sheet, name, formats, left)
                left -= used
            return found
    except (BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise NoTable(f"{path.name} is damaged: it looks like an xlsx file and cannot be unpacked") from error


def _unpack(file: ZipFile) -> None:
    """Unpack once, in small pieces, what is read as a whole later: a part longer than it says is found out here."""
    for part in file.infolist():
        if part.filename.endswith(("sharedStrings.xml", "styles.xml", "workbook.xml", ".rels")):
            with file.open(part) as text:
                while text.read(CHUNK_BYTES):
                    pass


def _parts(file: ZipFile) -> Iterator[tuple[str, str]]:
    """The names of the sheets, and in which parts of the file they stand."""
    if "xl/workbook.xml" not in file.namelist():
        return
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", file.read("xl/_rels/workbook.xml.rels")):
        words = _attributes(tag)
        targets[words.get("Id", "")] = words.get("Target", "")
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", file.read("xl/workbook.xml")):
        words = _attributes(tag)
        target = next((targets.get(value, "") for name, value in words.items() if name.endswith(":id")), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in file.namelist():
            yield words.get("name", ""), part


@dataclass(frozen=True, slots=True)
class Formats:
    """Which styles of a workbook show a date without its day, or without its year."""

    without_day: frozenset[int] = frozenset()
    without_year: frozenset[int] = frozenset()


def _formats(file: ZipFile) -> Formats:
    if "xl/styles.xml" not in file.namelist():
        return Formats()
    text = file.read("xl/styles.xml")
    codes: dict[int, str] = {}
    for tag in re.findall(rb"<(?:\w+:)?numFmt\b[^>]*>", text):
        words = _attributes(tag)
        if words.get("numFmtId", "").isdecimal():
            codes[int(words["numFmtId"])] = words.get("formatCode", "")
    without_day, without_year = set(), set()
    cells = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", text, re.DOTALL)
    for number, tag in enumerate(re.findall(rb"<(?:\w+:)?xf\b[^>]*>", cells[0] if cells else b"")):
        given = _attributes(tag).get("numFmtId", "0")
        code = int(given) if given.isdecimal() else 0
        year, month, day = _shows(codes.get(code, ""))
        if code in WITHOUT_DAY or (year and month and not day):
            without_day.add(number)
        elif code in WITHOUT_YEAR or (month and day and not year):
            without_year.add(number)
    return Formats(frozenset(without_day), frozenset(without_year))


def _shows(code: str) -> tuple[bool, bool, bool]:
    """Whether a number format shows year, month and day; in one that shows hours, `m` may be minutes."""
    first = code.partition(";")[0]
    words = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", first).lower()
    if "h" in words or "s" in words:
        return False, False, False
    return "y" in words or "e" in words, "m" in words, "d" in words


def _attributes(tag: bytes) -> dict[str, str]:
    text = tag.decode("utf-8", "replace")
    return {name: unescape(value) for name, value in re.findall(r'([\w:]+)="([^"]*)"', text)}


def _marks(sheet: IO[bytes], name: str, formats: Formats, most: int) -> tuple[Marks, int]:
    found = Marks()
    rows = columns = 0
    for around, tag in _tags(sheet):
        if tag[1] != b"c":
            _hidden(tag, found)
            continue
        reference = REFERENCE.search(tag[2])
        if reference is None:
            continue
        row, column = int(reference[2]), _number(reference[1])
        if tag[3] != b"/":  # a cell that only has a format takes no room
            rows, columns = max(rows, row), max(columns, column)
        if rows * columns > most:
            where = f"{reference[1].decode()}{row}"
            raise NoTable(f"sheet {name!r} reaches to cell {where}: delete the empty rows and columns behind the table")
        _cell(around, tag, (row, column), formats, found)
    return found, rows * columns


def _cell(around: bytes, tag: re.Match[bytes], at: tuple[int, int], formats: Formats, found: Marks) -> None:
    if b't="e"' in tag[2]:
        found.hollow[at] = "the cell shows an error instead of a value"
    elif UNCOMPUTED.match(around, tag.end()):
        found.hollow[at] = "the formula was never computed: open the file in a spreadsheet program and save it"
    elif (formula := FORMULA.match(around, tag.end())) and MOVING.search(formula[1] or b""):
        found.moving.add(at)
    style = STYLE.search(tag[2])
    if style and tag[3] != b"/" and not around.startswith(b"</", tag.end()):
        if int(style[1]) in formats.without_day:
            found.hollow.setdefault(at, "the cell shows year and month only, the day was made up: write the whole day")
        elif int(style[1]) in formats.without_year:
            found.without_year.add(at)


def _hidden(tag: re.Match[bytes], found: Marks) -> None:
    if not HIDDEN.search(tag[2]):
        return
    words = _attributes(tag[0])
    if tag[1] == b"row" and words.get("r", "").isdecimal():
        found.hidden_rows.add(int(words["r"]))
    elif tag[1] == b"col" and words.get("min", "").isdecimal() and words.get("max", "").isdecimal():
        found.hidden_columns.update(range(int(words["min"]), min(int(words["max"]), 16_384) + 1))


def _tags(sheet: IO[bytes]) -> Iterator[tuple[bytes, re.Match[bytes]]]:
    """Every opening tag of a cell, row or column, with enough of what follows it, in pieces of bounded size."""
    rest = b""
    while chunk := sheet.read(CHUNK_BYTES):
        text, start = rest + chunk, 0
        for tag in TAG.finditer(text, 0, max(len(text) - LONGEST_CELL_BYTES, 0)):
            yield text, tag
            start = tag.end()
        rest = text[max(start, len(text) - LONGEST_CELL_BYTES) :]
    for tag in TAG.finditer(rest):
        yield rest, tag


def _number(letters: bytes) -> int:
    """The number of a column from its letters: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
