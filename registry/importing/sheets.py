"""Files of rows: xlsx, xls and csv opened by what they hold, not by what they are called."""

import csv
import hashlib
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from registry.importing.base import Cell, is_empty
from registry.importing.workbooks import Limits, Marks, NoTable, look

XLSX, XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The name of what an xlsx file with a password holds, in the compound file that it then is."""

HEADER_ROWS = 20
"""A title and an empty row or two may stand above the header, not more."""

ENCODINGS = ("utf-8-sig", "gb18030")
SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number as the program shows it, and its cells by the number of their column from 1."""

    number: int
    cells: Mapping[int, Cell]
    hollow: Mapping[int, str] = field(default_factory=dict)
    """Cells that hold no value though they seem to, with why."""


class Sheet(Protocol):
    """A table in a file, read row by row, as often as one likes."""

    name: str
    visible: bool
    marks: Marks

    @property
    def size(self) -> int:
        """About how many rows there are, for a progress bar."""
        ...

    @property
    def merged(self) -> Sequence[tuple[int, int, int, int]]:
        """Merged cells, each as its first row and column and its last; the value stands in the first."""
        ...

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Book:
    """An opened file: its name, the SHA-256 digest of its bytes, and its sheets."""

    name: str
    digest: str
    sheets: Sequence[Sheet]


@dataclass(slots=True)
class WorkbookSheet:
    """A sheet of an xlsx or xls file."""

    name: str
    visible: bool
    workbook: CalamineWorkbook
    marks: Marks
    _read: CalamineSheet | None = None

    def _sheet(self) -> CalamineSheet:
        if self._read is None:
            try:
                self._read = self.workbook.get_sheet_by_name(self.name)
            except CalamineError as error:
                raise NoTable(f"sheet {self.name!r} cannot be read: {error}") from error
        return self._read

    @property
    def size(self) -> int:
        """How many rows reach from the top to the last one."""
        end = self._sheet().end
        return end[0] + 1 if end else 0

    @property
    def merged(self) -> Sequence[tuple[int, int, int, int]]:
        """Merged cells, each as its first row and column and its last; the value stands in the first."""
        ranges = self._sheet().merged_cell_ranges or []
        return [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges]

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty."""
        sheet = self._sheet()
        if sheet.start is None:
            return
        first = sheet.start[1] + 1
        hollow: dict[int, dict[int, str]] = {}
        for (row, column), why in self.marks.hollow.items():
            hollow.setdefault(row, {})[column] = why
        for number, values in enumerate(sheet.iter_rows(), 1):
            cells = {first + n: value for n, value in enumerate(values) if not is_empty(value)}
            if cells or number in hollow:
                yield Row(number, cells, hollow.get(number, {}))


@dataclass(slots=True)
class TextSheet:
    """A csv file; rows are numbered by the lines of the file, where each begins."""

    path: Path
    encoding: str
    dialect: type[csv.Dialect] | csv.Dialect
    name: str
    visible: bool = True
    marks: Marks = field(default_factory=Marks)
    merged: Sequence[tuple[int, int, int, int]] = ()
    most: int = Limits().cells
    """How many cells are read at most."""

    @property
    def size(self) -> int:
        """How many lines there are."""
        with self.path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(SAMPLE_BYTES), b"")) + 1

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty. NoTable names the line that cannot be read, or from which there are too many."""
        left = self.most
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, self.dialect, strict=True)
            begin = 1
            while True:
                try:
                    values = next(reader, None)
                except (csv.Error, UnicodeDecodeError) as error:
                    raise NoTable(f"{self.path.name}, line {reader.line_num + 1}: {error}") from error
                if values is None:
                    return
                cells: dict[int, Cell] = {n: value for n, value in enumerate(values, 1) if not is_empty(value)}
                left -= len(cells)
                if left < 0:
                    raise NoTable(f"{self.path.name} has more than {self.most} cells (line {begin}): part it")
                if cells:
                    yield Row(begin, cells)
                begin = reader.line_num + 1


def open_book(path: Path, limits: Limits = Limits()) -> Book:  # noqa: B008 - it cannot be changed
    """Open a file of rows that is not larger than this. Raises NoTable for a file that is none, in words."""
    try:
        with path.open("rb") as file:
            digest, magic, size = _digest(file)
    except OSError as error:
        raise NoTable(f"{path} cannot be read: {error.strerror}") from error
    if size > limits.file_bytes:
        raise NoTable(f"{path.name} has more than {limits.file_bytes // 1_000_000} MB: part it into several files")
    if not size:
        raise NoTable(f"{path.name} is empty")
    if magic.startswith((XLSX, XLS)):
        return Book(path.name, digest, _workbook(path, magic, limits))
    return Book(path.name, digest, [_text(path, limits)])


def _digest(file: IO[bytes]) -> tuple[str, bytes, int]:
    sha, magic, size = hashlib.sha256(), b"", 0
    while chunk := file.read(SAMPLE_BYTES):
        magic = magic or chunk[:8]
        size += len(chunk)
        sha.update(chunk)
    return sha.hexdigest(), magic, size


def _workbook(path: Path, magic: bytes, limits: Limits) -> list[Sheet]:
    marks = look(path, limits) if magic.startswith(XLSX) else {}
    data = path.read_bytes()
    if not magic.startswith(XLSX) and LOCKED in data:
        raise NoTable(f"{path.name} is protected by a password: save it without one")
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise NoTable(f"{path.name} is protected by a password: save it without one") from error
    except CalamineError as error:
        raise NoTable(f"{path.name} is not a workbook that can be read ({error}): save it as xlsx") from error
    return [
        WorkbookSheet(one.name, one.visible is SheetVisibleEnum.Visible, workbook, marks.get(one.name) or Marks())
        for one in workbook.sheets_metadata
        if one.typ is SheetTypeEnum.WorkSheet
    ]


def _text(path: Path, limits: Limits) -> TextSheet:
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(SAMPLE_BYTES)
    lines = sample.splitlines()[:HEADER_ROWS]
    mark = max(",;\t", key=lambda one: sum(one in line for line in lines))

    class Found(csv.excel):
        delimiter = mark

    return TextSheet(path, encoding, Found, path.stem, most=limits.cells)


def _encoding(path: Path) -> str:
    """UTF-16 if it is marked so; UTF-8 if the whole file is, else GB18030 if the whole file is. NoTable if it is neither."""
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        if _decodes(path, "utf-16"):
            return "utf-16"
        raise NoTable(f"{path.name} is marked as UTF-16 and is not; save the file as “CSV UTF-8”")
    if b"\0" in start:
        raise NoTable(f"{path.name} is neither xlsx, xls nor csv text")
    if start.lstrip().startswith(b"<"):
        raise NoTable(f"{path.name} is a web page or XML under another name: open it and save it as xlsx")
    for encoding in ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    line = _bad_line(path)
    raise NoTable(f"{path.name}, line {line}: neither UTF-8 nor GB18030; save the file as “CSV UTF-8”")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(SAMPLE_BYTES):
                pass
    except UnicodeError:
        return False
    return True


def _bad_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
