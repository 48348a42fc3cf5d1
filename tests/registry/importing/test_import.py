"""Whole files into the log: what passes, what is told by its place, and that the same file adds nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.facts import Fact
from eventlog.entry import Append
from eventlog.log import LogUnavailable, Written
from eventlog.memory import MemoryLog
from registry.desk import Desk, unit_stream
from registry.drafting import path_of
from registry.importing.check import Checked, check
from registry.importing.forms import Given
from registry.importing.plan import Clerk, Plan, plan
from registry.importing.save import Interrupted, save
from registry.importing.sheets import open_book
from registry.importing.tables import FORMS
from registry.importing.words import named, word
from registry.importing.workbooks import NoTable
from tests.registry.importing.conftest import DOSSIERS, NOW, ROSTER, UNITS, Rows, Write


def planned(path: Path, form: str, **given: Any) -> Plan:
    """Plan to read a file."""
    return plan(open_book(path), FORMS[form], Clerk("li", "clerk", Given(**given)))


async def checked(desk: Desk, path: Path, form: str, **given: Any) -> list[str]:
    """Only look, and say what is wrong."""
    found = await check(desk, planned(path, form, **given), NOW)
    return [str(fault) for fault in found.faults]


async def imported(desk: Desk, path: Path, form: str, **given: Any) -> Checked:
    """Read a file that has no faults into the log."""
    reading = planned(path, form, **given)
    found = await check(desk, reading, NOW)
    assert [str(fault) for fault in found.faults] == []
    await save(desk, reading, found, NOW)
    return found


@pytest.fixture
async def school(desk: Desk, xlsx: Write) -> Desk:
    """A desk that knows the units."""
    await imported(desk, xlsx({"党组织": UNITS}, name="units.xlsx"), "units")
    return desk


@pytest.fixture
async def known(school: Desk, xlsx: Write) -> Desk:
    """A desk that knows the units and two students."""
    await imported(school, xlsx({"花名册": ROSTER}, name="roster.xlsx"), "roster")
    return school


def path_id(desk: Desk, student_no: str, attempt: int = 1) -> Any:
    """The path of a student."""
    return path_of(desk.vault.person(student_no), attempt)


def changed(rows: Rows, row: int, column: int, value: Any) -> Rows:
    """The same rows with one cell changed: row and column from 1."""
    return [
        [value if (r, c) == (row, column) else cell for c, cell in enumerate(line, 1)] for r, line in enumerate(rows, 1)
    ]


def told(fact: Fact, *names: str) -> list[Any]:
    """These fields of a fact."""
    return [getattr(fact, name) for name in names]


async def test_units_roster_and_dossiers_come_in_with_their_own_days_and_their_source(known: Desk, xlsx: Write) -> None:
    """Each fact counts from its own day, was recorded now, in the mode record, and names the file it came from."""
    path = xlsx({"事实": DOSSIERS})
    found = await imported(known, path, "dossiers")
    assert (found.rows, found.facts) == (3, 3)
    lin = (await known.load(path_id(known, "2023001"))).facts
    assert [(fact.TOPIC, fact.effective_on, fact.by_unit) for fact in lin] == [
        ("application-submitted", date(2023, 10, 12), None),
        ("applicant-talk-held", date(2023, 11, 3), "b1"),
        ("application-received", date(2023, 10, 12), "b1"),
        ("half-year-inspection-recorded", date(2024, 10, 11), "b1"),
    ]
    assert {(fact.recorded_by, fact.capacity, fact.mode, fact.timestamp) for fact in lin} == {
        ("li", "clerk", "record", NOW)
    }
    assert {fact.source for fact in lin[2:]} == {f"file:sha256:{open_book(path).digest}"}
    assert told(lin[3], "conclusion") == ["qualified"]
    assert await known.vault.open(path_id(known, "2023001"), *told(lin[0], "name")) == "林晓雨"
    unit = (await known.load(unit_stream("b2"))).facts[0]
    assert told(unit, "name", "superior", "effective_on") == ["学生第二党支部", "college", date(2010, 9, 1)]


@pytest.mark.parametrize("form", ["units", "roster", "dossiers"])
async def test_the_same_file_twice_adds_nothing(known: Desk, xlsx: Write, form: str) -> None:
    """The second time every row is known to stand, and the log does not grow."""
    path = xlsx({"事实": DOSSIERS}, name="facts.xlsx")
    await imported(known, path, "dossiers")
    size = await known.log.size()
    again = {"units": path.parent / "units.xlsx", "roster": path.parent / "roster.xlsx", "dossiers": path}[form]
    found = await imported(known, again, form)
    assert (found.good, len(found.present), found.facts) == (0, found.rows, 0)
    assert await known.log.size() == size


async def test_a_person_who_is_open_from_another_file_is_told(known: Desk, xlsx: Write) -> None:
    """The same student in another roster is no second path."""
    other = xlsx({"花名册": changed(ROSTER, 3, 2, "赵一铭")}, name="other.xlsx")
    faults = await checked(known, other, "roster")
    assert faults == [
        f"花名册, row {row}, column A “学号”: {number} has an open path already, from another file "
        "(file:sha256:" + open_book(other.parent / "roster.xlsx").digest[:12] + "…) on 2026-11-20; "
        "a roster only opens paths, add facts with dossiers"
        for row, number in ((2, "2023001"), (3, "2023002"))
    ]


async def test_a_fact_that_stands_already_is_told_and_a_corrected_file_brings_the_rest(
    known: Desk, xlsx: Write
) -> None:
    """Rows that an earlier file brought stay out; what is new comes in."""
    await imported(known, xlsx({"事实": DOSSIERS}, name="first.xlsx"), "dossiers")
    longer = xlsx({"事实": [*DOSSIERS, ["2023002", None, "收到思想汇报", "2025-01-05", "b1"]]}, name="second.xlsx")
    reading = planned(longer, "dossiers")
    found = await check(known, reading, NOW)
    assert [str(fault) for fault in found.faults] == [
        "事实, row 2, column D “日期”: this 收到入党申请书 (application-received) stands on the path already",
        "事实, row 3, column D “日期”: this 半年考察 (half-year-inspection-recorded) stands on the path already",
        "事实, row 4, column D “日期”: this 培养教育活动 (cultivation-activity-recorded) stands on the path already",
    ]
    written = await save(known, reading, found, NOW)
    assert (written.rows, written.facts, written.subjects) == (1, 1, 1)
    assert (await known.load(path_id(known, "2023002"))).facts[-1].TOPIC == "thought-report-received"


ROSTER_FAULTS: Sequence[tuple[int, int, Any, str]] = [
    (2, 1, None, "row 2, column A “学号”: the cell is empty"),
    (3, 1, "2023001", "row 3, column A “学号”: 2023001 stands in this file already: 花名册, row 2"),
    (2, 2, None, "row 2, column B “姓名”: 递交入党申请书 (application-submitted) needs “姓名” (name), which is empty"),
    (2, 3, "18.6.2005", "row 2, column C “出生日期”: “18.6.2005” is not clearly a day: year, month and day could be read in more than one way; write 2024-03-01"),
    (2, 3, "2024-01-01", "row 2, column F “申请日期”: the person was born later, on 2024-01-01"),
    (2, 4, "b9", "row 2, column D “党支部”: there is no unit 'b9'; GET /v1/units lists them"),
    (2, 6, "2026-11-21", "row 2, column F “申请日期”: a fact cannot count from a day to come; today is 2026-11-20"),
    (2, 6, datetime(2023, 10, 12, 8, 30), "row 2, column F “申请日期”: “2023-10-12 08:30:00” holds a time of day as well; a day alone is expected"),  # noqa: DTZ001 - as a spreadsheet has it
    (2, 7, None, "row 2, column G “党组织派人谈话”: 党组织派人谈话 (applicant-talk-held) needs “日期” (effective_on), which is empty"),
    (2, 7, "2026-12-01", "row 2, column G “党组织派人谈话”: a fact cannot count from a day to come; today is 2026-11-20"),
    (2, 9, "班长", "row 2, column I “党组织派人谈话.谈话人职务”: “班长” is not one of: 书记 (secretary), 副书记 (deputy-secretary), 组织委员 (organisation-commissioner)"),
    (2, 8, 1.5, "row 2, column H “党组织派人谈话.谈话人”: “1.5” is a number, not a text"),
    (1, 9, "谈话人星座", "row 1, column I “谈话人星座”: “谈话人星座” is not a column of a roster"),
]  # fmt: skip


@pytest.mark.parametrize("bad", ROSTER_FAULTS, ids=[one[3][:40] for one in ROSTER_FAULTS])
async def test_every_bad_cell_of_a_roster_is_named(school: Desk, xlsx: Write, bad: tuple[int, int, Any, str]) -> None:
    """One cell is wrong: it is told by sheet, row and column, with what it holds and what is expected."""
    *cell, fault = bad
    size = await school.log.size()
    faults = await checked(school, xlsx({"花名册": changed(ROSTER, *cell)}), "roster")
    assert any(one.startswith(f"花名册, {fault}") for one in faults), faults
    assert await school.log.size() == size


DOSSIER_FAULTS: Sequence[tuple[int, int, Any, str]] = [
    (2, 1, "2029999", "row 2, column A “学号”: no path is open for 2029999: import the roster first, or open it"),
    (2, 1, 2.0e17, "row 2, column A “学号”: “200000000000000000” is a number so long that its last digits are lost: format the cell as text"),
    (2, 2, "王某", "row 2, column B “姓名”: the student number 2023001 is not 王某's"),
    (3, 3, "半年考查", "row 3, column C “事实”: “半年考查” is not a fact about a person; did you mean 半年考察?"),
    (3, 3, "设立党组织", "row 3, column C “事实”: “设立党组织” is not a fact about a person"),
    (3, 4, "2024-10", "row 3, column D “日期”: “2024-10” is not clearly a day: the day of the month is missing"),
    (3, 5, "b7", "row 3, column E “主办党组织”: there is no unit 'b7'"),
    (3, 6, "优", "row 3, column F “结论”: “优” is not one of: 合格 (qualified)"),
    (3, 6, None, "row 3, column F “结论”: 半年考察 (half-year-inspection-recorded) needs “结论” (conclusion), which is empty"),
    (3, 7, 3, "row 3, column G “学时”: 半年考察 (half-year-inspection-recorded) has no such field; leave the cell empty"),
    (4, 7, -1, "row 4, column G “学时”: Input should be greater than or equal to 0"),
    (4, 7, "十六", "row 4, column G “学时”: “十六” is not a number"),
]  # fmt: skip


@pytest.mark.parametrize("bad", DOSSIER_FAULTS, ids=[one[3][:40] for one in DOSSIER_FAULTS])
async def test_every_bad_cell_of_the_dossiers_is_named(
    known: Desk, xlsx: Write, bad: tuple[int, int, Any, str]
) -> None:
    """One cell is wrong: it is told by sheet, row and column, with what it holds and what is expected."""
    *cell, fault = bad
    size = await known.log.size()
    faults = await checked(known, xlsx({"事实": changed(DOSSIERS, *cell)}), "dossiers")
    assert any(one.startswith(f"事实, {fault}") for one in faults), faults
    assert await known.log.size() == size


UNIT_FAULTS: Sequence[tuple[int, int, Any, str]] = [
    (4, 5, "nowhere", "row 4, column E “上级党组织”: there is no unit 'nowhere', neither in this file nor in the log"),
    (2, 5, "b1", "row 2, column E “上级党组织”: the units stand in a circle: uni → b1 → college → uni"),
    (4, 6, "是", "row 4, column F “审批权”: only committees can hold approval authority"),
    (4, 6, "或许", "row 4, column F “审批权”: “或许” is neither yes nor no"),
    (4, 2, "班级", "row 4, column B “党组织类型”: “班级” is not one of:"),
    (5, 1, "b1", "row 5, column A “党组织编号”: b1 stands in this file already: 党组织, row 4"),
    (4, 7, "2030-01-01", "row 4, column G “设立日期”: a fact cannot count from a day to come"),
]  # fmt: skip


@pytest.mark.parametrize("bad", UNIT_FAULTS, ids=[one[3][:40] for one in UNIT_FAULTS])
async def test_every_bad_cell_of_the_units_is_named(desk: Desk, xlsx: Write, bad: tuple[int, int, Any, str]) -> None:
    """One cell is wrong: it is told by sheet, row and column, with what it holds and what is expected."""
    *cell, fault = bad
    faults = await checked(desk, xlsx({"党组织": changed(UNITS, *cell)}), "units")
    assert any(one.startswith(f"党组织, {fault}") for one in faults), faults


async def test_a_unit_that_is_known_from_elsewhere_is_told(school: Desk, xlsx: Write) -> None:
    """A unit is established once."""
    (fault, *_) = await checked(
        school, xlsx({"党组织": [*UNITS, ["b3", "党支部", "三", "3", "college", "否", "2020-01-01"]]}), "units"
    )
    assert fault.startswith("党组织, row 2, column A “党组织编号”: the unit uni is known already, from another file")


async def test_only_the_rows_that_passed_come_in_if_the_clerk_accepts_that(school: Desk, xlsx: Write) -> None:
    """A bad row keeps itself out and nobody else."""
    reading = planned(xlsx({"花名册": changed(ROSTER, 3, 3, "?")}), "roster")
    found = await check(school, reading, NOW)
    written = await save(school, reading, found, NOW)
    assert (found.good, written.rows, written.facts, written.subjects) == (1, 1, 2, 1)
    assert (await school.load(path_id(school, "2023001"))).facts
    assert not (await school.load(path_id(school, "2023002"))).facts


async def test_a_text_file_says_the_same_as_a_workbook(school: Desk, text: Write) -> None:
    """A roster saved as csv in the Chinese encoding opens the same paths."""
    await imported(school, text(ROSTER, "gb18030"), "roster")
    assert len((await school.load(path_id(school, "2023001"))).facts) == 2


async def test_sheets_that_are_something_else_are_told_and_left_alone(school: Desk, xlsx: Write) -> None:
    """A workbook may hold notes beside the table; which sheets were read can be seen."""
    path = xlsx({"说明": [["本表由组织员填写"]], "花名册": [["学生党员发展花名册"], [], *ROSTER]})
    reading = planned(path, "roster")
    assert [table.sheet.name for table in reading.tables] == ["花名册"]
    assert reading.skipped == {"说明": "it is not a roster: no column “学号”, “姓名”, “递交入党申请书”"}
    assert (await check(school, reading, NOW)).rows == 2
    with pytest.raises(
        NoTable,
        match=r"has no sheet that is dossiers: '说明' .*'花名册' \(it is not dossiers: no column “事实”, “日期”",
    ):
        planned(path, "dossiers")
    with pytest.raises(NoTable, match="it has '说明', '花名册'"):
        plan(open_book(path), FORMS["roster"], Clerk("li", "clerk"), only="二")


async def test_what_the_file_leaves_out_the_clerk_may_give_and_names_of_units_will_do(
    school: Desk, xlsx: Write
) -> None:
    """A roster of days alone is enough where the clerk says once what holds for all."""
    rows = [
        ["学号", "姓名", "出生日期", "所在党支部", "审批党委", "申请日期", "列为积极分子", "入党积极分子备案", "半年考察", "半年考察2", "半年考察2.结论"],
        ["2023003", "何苗", "2005-01-01", "学生第一党支部", "机电学院党委", "2023-10-12", "2024-04-08", "2024-04-15", "2024-10-11", "2025-04-11", "基本合格"],
    ]  # fmt: skip
    await imported(
        school,
        xlsx({"花名册": rows}),
        "roster",
        units={"学生第一党支部": "b1", "机电学院党委": "college"},
        constants={("activist-determined", "decided_by"): "支委会", ("", "conclusion"): "合格"},
    )
    facts = (await school.load(path_id(school, "2023003"))).facts
    assert [(fact.TOPIC, fact.by_unit, getattr(fact, "conclusion", None)) for fact in facts] == [
        ("application-submitted", None, None),
        ("activist-determined", "b1", None),
        ("activist-filed", "college", None),
        ("half-year-inspection-recorded", "b1", "qualified"),
        ("half-year-inspection-recorded", "b1", "basically-qualified"),
    ]
    assert [fact.by_authority for fact in facts] == [False, False, True, False, False]


async def test_dossiers_may_open_a_path_and_fill_it_and_open_a_second_one_later(school: Desk, xlsx: Write) -> None:
    """The opening row comes before the others; after a path is closed the same person may have another."""
    head = ["学号", "姓名", "出生日期", "党支部", "事实", "日期"]
    first = [
        ["9", "高原", "2005-01-01", "b1", "递交入党申请书", "2023-10-12"],
        ["9", None, None, None, "本人撤回", "2024-01-01"],
    ]
    await imported(school, xlsx({"事实": [head, *first]}, name="a.xlsx"), "dossiers")
    again = [
        ["9", "高原", "2005-01-01", "b1", "递交入党申请书", "2025-10-12"],
        ["9", None, None, None, "收到入党申请书", "2025-10-13"],
    ]
    early = xlsx({"事实": [head, again[1]]}, name="c.xlsx")
    await imported(school, xlsx({"事实": [head, *again]}, name="b.xlsx"), "dossiers")
    assert [fact.TOPIC for fact in (await school.load(path_id(school, "9", 2))).facts] == [
        "application-submitted",
        "application-received",
    ]
    assert len((await school.load(path_id(school, "9"))).facts) == 2
    assert len(await checked(school, early, "dossiers")) == 1  # it stands already


async def test_a_fact_said_twice_in_one_file_is_told(known: Desk, xlsx: Write) -> None:
    """A row that was copied by mistake is not a second fact."""
    (fault,) = await checked(known, xlsx({"事实": [*DOSSIERS, DOSSIERS[2]]}), "dossiers")
    assert fault == "事实, row 5, column D “日期”: the same fact stands in row 3 of this file"


async def test_headers_are_read_however_they_are_written(known: Desk, text: Write) -> None:
    """Full-width letters, spaces, English names and stars make no difference; a column twice does."""
    rows = [
        ["　学 号*", "ＴＯＰＩＣ", "Effective_On", "CONCLUSION"],
        ["2023001", "半年考察", "２０２４年４月１日", "qualified"],
    ]
    await imported(known, text(rows), "dossiers")
    twice = text([[*rows[0], "结论"], [*rows[1], ""]], name="twice.csv")
    assert (
        "twice, row 1, column E “结论”: “结论” stands twice; number a fact's second column: “结论2”"
        in await checked(known, twice, "dossiers")
    )


class Failing(MemoryLog):
    """A log that goes away after some writes."""

    def __init__(self, whole: MemoryLog, writes: int) -> None:
        """Share what another log holds, and let so many writes through."""
        super().__init__()
        self.__dict__.update(whole.__dict__)
        self._left = writes

    async def append_all(self, appends: Sequence[Append]) -> Sequence[Written]:
        """Write, or be gone."""
        if not self._left:
            raise LogUnavailable("gone")
        self._left -= 1
        return await super().append_all(appends)


async def test_an_import_that_was_interrupted_goes_on_where_it_stopped(school: Desk, text: Write) -> None:
    """After the log went away in the middle, the same file brings what is missing and nothing twice."""
    rows = [ROSTER[0][:6], *([f"{n}", f"学生{n}", "2005-01-01", "b1", "college", "2023-10-12"] for n in range(1200))]
    reading = planned(text(rows), "roster")
    assert isinstance(school.log, MemoryLog)
    failing = replace(school, log=Failing(school.log, 1))
    with pytest.raises(Interrupted, match="500 rows were saved before this") as stopped:
        await save(failing, reading, await check(failing, reading, NOW), NOW)
    assert isinstance(stopped.value.__cause__, LogUnavailable)
    again = await check(school, reading, NOW)
    assert (len(again.present), again.good) == (500, 700)
    assert (await save(school, reading, again, NOW)).rows == 700
    assert await school.log.size() == len(UNITS) - 1 + 1200


def test_the_columns_that_are_written_are_the_columns_that_are_read() -> None:
    """Names of fields and values have one that is written."""
    assert (named("conclusion"), word("qualified"), named("unknown"), word("unknown")) == (
        "结论",
        "合格",
        "unknown",
        "unknown",
    )
