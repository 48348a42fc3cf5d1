"""The sample school: the file in the repository is what its script makes, and comes in without a fault."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from domain.judge import judge
from domain.judgement import Judgement
from domain.path import TOPICS
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk
from registry.drafting import path_of
from registry.importing.check import check
from registry.importing.forms import Given
from registry.importing.plan import Clerk, plan
from registry.importing.save import save
from registry.importing.sheets import open_book
from registry.importing.tables import FORMS
from registry.recipients import unreachable
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from sample.make import FILE, sheets
from sample.school import BRANCHES, TODAY, UNITS, WITHOUT_ADDRESS, WITHOUT_SECRETARY, students
from sample.telling import MISHAPS, WHO

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def plain(value: Any) -> Any:
    """A value as the reader of workbooks gives it: every number is a float."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_the_file_is_what_the_script_makes() -> None:
    """Cell by cell the workbook in the repository says what `python -m sample.make` would write now."""
    stored = {sheet.name: [dict(row.cells) for row in sheet.rows()] for sheet in open_book(FILE).sheets}
    made = {
        name: [{n: plain(value) for n, value in enumerate(row, 1) if value is not None} for row in rows]
        for name, rows in sheets().items()
    }
    assert stored == made


def test_the_school_is_as_large_as_it_says_and_everybody_has_a_name_of_their_own() -> None:
    """240 students in 6 branches, no two with the same number or name, nobody who is not old enough."""
    people = students()
    assert Counter(one.branch for one in people) == dict.fromkeys(BRANCHES, 40)
    assert len({one.student_no for one in people}) == len({one.name for one in people}) == 240


async def test_it_comes_in_without_a_fault_and_stands_in_mid_path_under_both_editions() -> None:
    """Every stage is there, the change of editions is crossed, and what goes wrong is found where it was put."""
    desk = Desk(
        MemoryLog(),
        EventMapping(TOPICS),
        load_rulebooks(HERE / "policy-sample.yaml"),
        Vault(b"sample school's secret, 32 bytes."),
    )
    book = open_book(FILE)
    for form in FORMS.values():
        clerk = Clerk("sample", "organisation-department", Given(constants={("", "approved_by"): "demo-department"}))
        reading = plan(book, form, clerk)
        found = await check(desk, reading, NOW)
        assert [str(fault) for fault in found.faults] == []
        await save(desk, reading, found, NOW)
    known = {one.number: await judged(desk, one.student_no) for one in students()}
    stages = Counter(one.stage for one in known.values())
    assert {stage: number >= 15 for stage, number in stages.items()} == dict.fromkeys(
        ("applicant", "activist", "development-target", "probationary-member", "full-member"), True
    )
    assert {finding.edition for one in known.values() for finding in one.findings} == {"cpc-2014", "cpc-2026"}
    assert {one.outcome for one in known.values()} == {"", "completed", "withdrawn", "removed"}
    assert any(owed.overdue for one in known.values() for owed in one.obligations)
    found_at: dict[str, set[str]] = {}
    for number, one in known.items():
        found_at.setdefault(WHO.get(number, ""), set()).update(finding.rule for finding in one.findings)
    assert found_at["late-talk"] == {"TALK_1M"}
    assert "CULTIVATE_1Y" in found_at["early-target"]
    assert "INSPECT_6M" in found_at["missed-inspection"]
    assert "CONTACT_GAP_30D" in found_at["contact-gone"]
    assert "CONTACT_FULL" in found_at["no-full-member"]
    assert "APPROVE_3M" in found_at["late-approval"]
    assert "AGE_18" in found_at["under-age"]
    assert "NOTICE_TARGET" in found_at["short-notice"]
    assert found_at[""] <= {"INSPECT_6M"}
    assert len(WHO) == sum(map(len, MISHAPS.values()))
    missed = {unit: await unreachable(desk, unit, NOW) for unit, *_ in UNITS}
    assert {unit: [(one.post, one.why) for one in found] for unit, found in missed.items() if found} == {
        WITHOUT_ADDRESS[2:-2]: [("branch-secretary", "no-address")],
        WITHOUT_SECRETARY: [("branch-secretary", "vacant")],
    }


async def judged(desk: Desk, student_no: str) -> Judgement:
    """A student's path, judged on the day of the sample."""
    loaded = await desk.load(path_of(desk.vault.person(student_no), 1))
    assert all(fact.effective_on <= date(2026, 11, 20) for fact in loaded.facts)
    return judge(desk.rulebooks, loaded.facts, TODAY)
