"""Files of rows: opened by what they hold, in every encoding that clerks save, and told in words when they cannot be."""

import struct
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from registry.importing.sheets import Row, open_book
from registry.importing.workbooks import NoTable
from tests.registry.importing.conftest import Write

FIRST = date(2024, 3, 1)


def read(path: Path, sheet: int = 0) -> list[Row]:
    """All rows of a sheet."""
    return list(open_book(path).sheets[sheet].rows())


def cells(path: Path) -> list[dict[int, object]]:
    """The cells of all rows of the first sheet."""
    return [dict(row.cells) for row in read(path)]


def old_workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A workbook as Excel 97 wrote it (BIFF8 in a compound file), with one sheet of texts and numbers."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def name(text: str, length: str) -> bytes:
        return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")

    bof, eof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0), record(0x0A, b"")
    sheet = record(0x809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            place = struct.pack("<HHH", r, c, 0)
            if isinstance(value, float):
                sheet += record(0x203, place + struct.pack("<d", value))
            else:
                sheet += record(0x204, place + name(value, "H"))
    sheet += eof
    plain = record(0xE0, bytes(20))
    named = struct.pack("<IBB", 0, 0, 0) + name("旧表", "B")
    start = len(record(0x809, bof) + plain + record(0x85, named) + eof)
    named = struct.pack("<IBB", start, 0, 0) + name("旧表", "B")
    stream = record(0x809, bof) + plain + record(0x85, named) + eof + sheet
    stream += bytes(-len(stream) % 512 if len(stream) >= 4096 else 4096 - len(stream))
    return compound(stream)


def compound(stream: bytes) -> bytes:
    """A compound file (OLE2) with one stream called Workbook: header, FAT, directory, the stream."""
    sectors = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    header += b"\xff" * (512 - len(header))

    def entry(text: str, kind: int, child: int, first: int, size: int) -> bytes:
        called = text.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<BBIII", kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (
            called.ljust(64, b"\0")
            + struct.pack("<H", len(called))
            + links
            + bytes(36)
            + struct.pack("<IQ", first, size)
        )

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    table = struct.pack(f"<{len(fat)}I", *fat) + b"\xff" * (512 - 4 * len(fat))
    return header + table + directory.ljust(512, b"\0") + stream


def test_a_workbook_is_read_with_the_rows_and_columns_that_its_user_sees(xlsx: Write) -> None:
    """Empty rows and columns before and between count, as they do on the screen."""
    path = xlsx({"甲": [[], [None, None, "学号"], [], [None, None, "001", FIRST, 2.5]], "乙": [["x"]]})
    assert [(row.number, dict(row.cells)) for row in read(path)] == [
        (2, {3: "学号"}),
        (4, {3: "001", 4: FIRST, 5: 2.5}),
    ]
    assert [(sheet.name, sheet.size) for sheet in open_book(path).sheets] == [("甲", 4), ("乙", 1)]


def test_a_workbook_that_counts_from_1904_gives_the_same_days(xlsx: Write) -> None:
    """Old workbooks of the Mac count days from another one."""
    assert cells(xlsx({"甲": [[FIRST]]}, date_1904=True)) == [{1: FIRST}]


def test_a_workbook_of_the_old_kind_is_read(tmp_path: Path) -> None:
    """The xls files of ten years ago still come."""
    path = tmp_path / "旧.xls"
    path.write_bytes(old_workbook([["学号", "姓名"], [2023001.0, "林晓雨"]]))
    assert cells(path) == [{1: "学号", 2: "姓名"}, {1: 2023001.0, 2: "林晓雨"}]
    assert open_book(path).sheets[0].name == "旧表"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_text_file_is_read_in_the_encodings_that_programs_save(text: Write, encoding: str, delimiter: str) -> None:
    """UTF-8 with and without its mark, and the Chinese encodings, with each delimiter, are told apart."""
    rows = [["学号", "姓名"], ["2023001", '林"晓,雨;'], [], ["2023002", "两行\n名"], ["2023003", "后"]]
    path = text(rows, encoding, delimiter=delimiter)
    assert [(row.number, dict(row.cells)) for row in read(path)] == [
        (1, {1: "学号", 2: "姓名"}),
        (2, {1: "2023001", 2: '林"晓,雨;'}),
        (4, {1: "2023002", 2: "两行\n名"}),
        (6, {1: "2023003", 2: "后"}),
    ]


def test_what_a_file_is_called_does_not_matter(xlsx: Write, text: Write) -> None:
    """A workbook called csv and a text called xlsx are what they are."""
    assert cells(xlsx({"甲": [["a"]]}, name="x.csv")) == [{1: "a"}]
    assert cells(text([["a", "b"]], name="x.xlsx")) == [{1: "a", 2: "b"}]


def test_cells_that_show_an_error_or_were_never_computed_are_not_taken_for_empty(tmp_path: Path, xlsx: Write) -> None:
    """The library gives such cells as empty ones: they are found in the file itself."""
    path = xlsx({"甲": [["学号", "日期"], ["001", 7], ["002", 8]]})
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part.endswith("sheet1.xml"):
                assert b'<c r="B2"><v>7</v></c>' in data
                data = data.replace(b'<c r="B2"><v>7</v></c>', b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
                data = data.replace(b'<c r="B3"><v>8</v></c>', b'<c r="B3"><f>A2+1</f></c>')
            new.writestr(part, data)
    rows = read(broken)
    assert [dict(row.hollow) for row in rows] == [
        {},
        {2: "the cell shows an error instead of a value"},
        {2: "the formula was never computed: open the file in a spreadsheet program and save it"},
    ]


def test_a_stray_cell_at_the_end_of_the_world_is_told_before_memory_is_gone(tmp_path: Path, xlsx: Write) -> None:
    """The rectangle up to the last cell would be laid out: two cells could ask for all memory there is."""
    path = xlsx({"甲": [["学号"]]})
    stray = tmp_path / "stray.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stray, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(
                part, data.replace(b"</row>", b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', 1)
            )
    with pytest.raises(NoTable, match="sheet '甲' reaches to cell XFD1048576"):
        open_book(stray)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 no archive", "is damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "not a workbook that can be read"),
        (b"\x00\x01\x02\x03", "neither xlsx, xls nor csv"),
        (b"\xd1\xa7,\xff\xff\n", "line 1: neither UTF-8 nor GB18030"),
        (b'a,b\n1,"2\n', "line 3: unexpected end of data"),
    ],
    ids=["empty", "no archive", "no workbook", "binary", "no text", "open quote"],
)
def test_a_file_that_is_no_table_is_told_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    """No traceback for a broken file: a sentence that says what it is, and where."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NoTable, match=why):
        read(path)


def test_a_document_that_is_no_workbook_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A Word document begins like a workbook; a missing file has no beginning."""
    path = tmp_path / "letter.docx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("word/document.xml", "<w:document/>")
    with pytest.raises(NoTable, match="not a workbook that can be read"):
        open_book(path)
    with pytest.raises(NoTable, match="cannot be read: No such file"):
        open_book(tmp_path / "nothing.csv")


def test_a_date_cell_that_shows_year_and_month_only_is_told(tmp_path: Path) -> None:
    """Its day was made up by the program: nobody wrote it. A cell that only has the format is empty."""
    path = tmp_path / "months.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    month, whole = book.add_format({"num_format": 'yyyy"年"m"月"'}), book.add_format({"num_format": "yyyy/m/d"})
    for column, form in enumerate((month, whole)):
        sheet.write_datetime(0, column, datetime(2024, 3, 1), form)  # noqa: DTZ001 - a cell
    sheet.write_blank(0, 2, None, month)
    book.close()
    (row,) = read(path)
    assert list(row.hollow) == [1]
    assert "year and month only" in row.hollow[1]
    assert row.cells[2] == FIRST


def test_text_in_utf_16_is_read(tmp_path: Path) -> None:
    """As Excel saves “Unicode text”; what is only marked so is told."""
    path = tmp_path / "u.csv"
    path.write_text("学号,姓名\n1,林\n", encoding="utf-16")
    assert cells(path) == [{1: "学号", 2: "姓名"}, {1: "1", 2: "林"}]
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(NoTable, match="UTF-16"):
        read(path)


def test_a_web_page_under_another_name_is_told(tmp_path: Path) -> None:
    """Other systems call their HTML tables xls."""
    path = tmp_path / "page.xls"
    path.write_text("<html><table/></html>", encoding="utf-8")
    with pytest.raises(NoTable, match="web page"):
        read(path)
