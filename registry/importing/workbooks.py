"""Looks into an xlsx file before it is read: whether it fits, and which cells hold no value though they seem to."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

MOST_BYTES = 1 << 30
MOST_CELLS = 20_000_000
"""The rectangle up to the last cell is laid out in memory, however empty it is: 20 million cells are about 500 MB."""

CHUNK_BYTES = 1 << 20
LONGEST_CELL_BYTES = 1 << 16
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(/?)>")
REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
UNCOMPUTED = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*</(?:\w+:)?c>")


class NoTable(Exception):
    """A file that cannot be read as a table; the message is a sentence that says why and what to do."""


def hollow_cells(path: Path) -> Mapping[str, Mapping[tuple[int, int], str]]:
    """For each sheet the cells (row and column from 1) that show an error or were never computed, with why.

    The library that reads the sheets takes such cells for empty. Raises NoTable for a file too large to be laid out.
    """
    try:
        with ZipFile(path) as file:
            if sum(part.file_size for part in file.infolist()) > MOST_BYTES:
                raise NoTable(f"{path.name} is larger than 1 GB when it is unpacked: part it into several files")
            found: dict[str, Mapping[tuple[int, int], str]] = {}
            for name, part in _parts(file):
                with file.open(part) as sheet:
                    found[name] = _hollow(sheet, name)
            return found
    except (BadZipFile, KeyError, EOFError) as error:
        raise NoTable(f"{path.name} is damaged: it looks like an xlsx file and cannot be unpacked") from error


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


def _attributes(tag: bytes) -> dict[str, str]:
    text = tag.decode("utf-8", "replace")
    return {name: unescape(value) for name, value in re.findall(r'([\w:]+)="([^"]*)"', text)}


def _hollow(sheet: IO[bytes], name: str) -> Mapping[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    rows = columns = 0
    for around, tag in _tags(sheet):
        reference = REFERENCE.search(tag[1])
        if reference is None:
            continue
        row, column = int(reference[2]), _number(reference[1])
        if tag[2] != b"/":  # a cell that only has a format takes no room
            rows, columns = max(rows, row), max(columns, column)
        if rows * columns > MOST_CELLS:
            where = f"{reference[1].decode()}{row}"
            raise NoTable(f"sheet {name!r} reaches to cell {where}: delete the empty rows and columns behind the table")
        if b't="e"' in tag[1]:
            found[row, column] = "the cell shows an error instead of a value"
        elif UNCOMPUTED.match(around, tag.end()):
            found[row, column] = "the formula was never computed: open the file in a spreadsheet program and save it"
    return found


def _tags(sheet: IO[bytes]) -> Iterator[tuple[bytes, re.Match[bytes]]]:
    """Every opening tag of a cell, with enough of what follows it, in pieces of bounded size."""
    rest = b""
    while chunk := sheet.read(CHUNK_BYTES):
        text, start = rest + chunk, 0
        for tag in CELL.finditer(text, 0, max(len(text) - LONGEST_CELL_BYTES, 0)):
            yield text, tag
            start = tag.end()
        rest = text[max(start, len(text) - LONGEST_CELL_BYTES) :]
    for tag in CELL.finditer(rest):
        yield rest, tag


def _number(letters: bytes) -> int:
    """The number of a column from its letters: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
