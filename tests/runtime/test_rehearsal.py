"""The worked example rehearsed on the real engine: eight semesters, from the application to full membership."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

import pytest

from activities.channels.mail import Mail
from activities.mailroom import at_once
from activities.paths import Paths
from domain.calendar import civil_day, moment_on
from domain.facts import KINDS, Transition
from domain.receipt import Outcome
from eventlog.entry import Append, Draft
from eventlog.log import EMPTY
from eventlog.memory import MemoryLog
from registry.desk import Desk
from runtime.clock import now
from runtime.rehearsal import Act, Begun, Ended, Line, LogBroken, Moved, NewEdition, Reminded, Summary, rehearse, words
from runtime.rehearsal.counting import verify
from tests.domain.given import story
from tests.gateways import Received, mail_server
from tests.runtime.mornings import OFFICE_OPENS, looked_at_every_morning
from workflows.contract import RecordInput
from workflows.path import Path

STORY = story("lin-xiaoyu")
UNITS = {str(unit["unit_id"]): unit for unit in STORY.units}
MOST_SECONDS = 120
L = TypeVar("L")


class Watched(Paths):
    """The real activities, with a note of what the workflow asked to have recorded."""

    def __init__(self, desk: Desk, mail: Mail, notes: list[RecordInput]) -> None:
        """Note it there, and send letters as mail."""
        super().__init__(desk, at_once(desk, {"mail": mail}))
        self._notes = notes

    async def record(self, asked: RecordInput) -> Outcome:
        """Note it and record it."""
        self._notes.append(asked)
        return await super().record(asked)


@dataclass(frozen=True)
class Rehearsed:
    """A story as it was told, what its workflow asked to have recorded, and the mails that came of it."""

    lines: Sequence[Line]
    asked: Sequence[RecordInput]
    mails: Sequence[Received]

    def of(self, kind: type[L]) -> list[L]:
        """All lines of a kind."""
        return [line for line in self.lines if isinstance(line, kind)]

    def acts(self, verdict: str) -> list[Act]:
        """All acts with a verdict."""
        return [line for line in self.of(Act) if line.verdict == verdict]


@pytest.fixture(scope="module")
async def rehearsed() -> Rehearsed:
    """The worked example, told once for all tests."""
    lines: list[Line] = []
    notes: list[RecordInput] = []
    async with mail_server() as server:
        mail = Mail("mail", server.reached("jieti@example.edu.cn"), now)
        await rehearse(STORY, lines.append, workflow=Path, activities=lambda desk: Watched(desk, mail, notes))
        await mail.close()
    return Rehearsed(lines, notes, server.received)


def test_every_fact_of_the_story_is_recorded_on_its_day(rehearsed: Rehearsed) -> None:
    """All facts stand in the log in their order; decisions went through the workflow, the rest past it."""
    recorded = rehearsed.acts("recorded")
    assert [(one.day, one.topic) for one in recorded] == [(one.day, one.topic) for one in STORY.facts]
    assert [one.version for one in recorded] == sorted({one.version for one in recorded})
    assert not any(one.astray for one in rehearsed.of(Act))
    asked = [(one.asked.topic, civil_day(one.at)) for one in rehearsed.asked]
    ways = [(one.topic, one.day) for one in rehearsed.of(Act) if one.way == "transition"]
    assert asked == ways
    assert all(issubclass(KINDS[topic], Transition) for topic, _ in ways)


def test_what_is_tried_too_early_is_refused_with_rule_source_arithmetic_and_day(rehearsed: Rehearsed) -> None:
    """Each attempt is refused by the rules that the story names; a year too short is told with its last day."""
    refused = rehearsed.acts("refused")
    rules = [(one.day, one.topic, [f.rule for f in one.findings if f.severity == "block"]) for one in refused]
    assert rules == [(one.told.day, one.told.topic, list(one.refused_by)) for one in STORY.attempts]
    assert {one.way for one in refused} == {"transition", "evidence"}
    year = refused[0].findings[0]
    assert (year.rule, year.edition, year.sources) == ("CULTIVATE_1Y", "cpc-2014", ("R14-13",))
    assert year.arithmetic == "2024-04-15 + 1y → 2025-04-15 > 2025-04-11"
    assert year.earliest == date(2025, 4, 15)
    early = refused[-1].findings[0]
    assert (refused[-1].topic, early.rule, early.edition) == ("conversion-approved", "PENDING", "cpc-2026")
    assert early.missing == ("conversion-resolved[outcome=convert]",)


def test_its_timers_send_what_somebody_who_looked_every_morning_would_send(rehearsed: Rehearsed) -> None:
    """Woken by its own timers alone, the path reminds whom it should, on the day, once, and of nothing that was met."""
    sent = [(one.day, one.obligation, one.owed_by, one.due_on, one.rung_days) for one in rehearsed.of(Reminded)]
    facts = [(one.day, (one,)) for one in STORY.facts]
    assert sent == [one[:5] for one in looked_at_every_morning(facts, STORY.facts[-1].day, UNITS)]
    assert len({(obligation, owed_by, due_on, rung) for _, obligation, owed_by, due_on, rung in sent}) == len(sent)
    days = {(obligation, rung): str(day) for day, obligation, _, _, rung in reversed(sent)}
    assert days["talk", -10] == "2023-11-02"
    assert days["half-year-inspection", -30] == "2024-09-15"
    assert days["one-year-reached", 0] == "2025-04-15"
    assert days["conversion-application", -30] == "2026-09-17"
    assert days["conversion-discussion", -30] == "2026-10-17"
    assert days["dossier", 0] == "2027-06-04"


def test_each_reminder_is_a_mail_that_a_real_server_has_taken(rehearsed: Rehearsed) -> None:
    """Nobody is told the same twice, everybody who is told gets a mail under an id of its own, and nobody else does."""
    told = [(one.obligation, one.due_on, one.rung_days, who) for one in rehearsed.of(Reminded) for who in one.told]
    assert all(one.told for one in rehearsed.of(Reminded))
    assert len({str(one.mail["Message-ID"]) for one in rehearsed.mails}) == len(rehearsed.mails) == len(told)
    assert max(len(one.told) for one in rehearsed.of(Reminded)) == 2  # both cultivation contacts


def test_the_path_goes_through_all_stages_to_full_membership(rehearsed: Rehearsed) -> None:
    """Stage after stage on its day, under two editions, to a standing that counts from the end of probation."""
    assert [(one.stage, str(one.day)) for one in rehearsed.of(Moved)] == [
        ("applicant", "2023-10-12"),
        ("activist", "2024-04-08"),
        ("development-target", "2025-04-28"),
        ("probationary-member", "2025-12-05"),
        ("full-member", "2027-05-21"),
    ]
    assert [(one.edition, str(one.day)) for one in rehearsed.of(NewEdition)] == [("cpc-2026", "2026-05-11")]
    (ended,) = rehearsed.of(Ended)
    assert (ended.day, ended.outcome) == (date(2027, 6, 4), "completed")
    assert ended.moments["standing-from"] == date(2027, 4, 17)


def test_the_summary_counts_what_happened_and_the_log_holds(rehearsed: Rehearsed) -> None:
    """Every entry is verified, the workflow rolled over and ended by itself, and it all took less than two minutes."""
    summary = rehearsed.lines[-1]
    assert isinstance(summary, Summary)
    (begun,) = rehearsed.of(Begun)
    assert summary.facts == len(STORY.facts) + summary.reminders
    assert summary.verified == summary.facts + len(STORY.units) + begun.people
    assert (summary.transitions, summary.refusals, summary.astray) == (11, len(STORY.attempts), 0)
    assert summary.reminders == sum(len(one.told) for one in rehearsed.of(Reminded))
    assert summary.runs > 1
    assert summary.wakes >= len({one.day for one in rehearsed.of(Reminded)})
    assert summary.ended
    assert summary.days == (STORY.facts[-1].day - STORY.facts[0].day).days
    assert summary.seconds < MOST_SECONDS


def test_a_rehearsal_says_that_it_is_one(rehearsed: Rehearsed) -> None:
    """The one who acts in a rehearsal is called so, in every fact that anybody asked for."""
    assert {(one.asked.actor, one.asked.capacity) for one in rehearsed.asked} == {("rehearsal", "rehearsal")}
    (begun,) = rehearsed.of(Begun)
    assert begun.name == "rehearsal"


def test_the_story_is_told_in_words(rehearsed: Rehearsed) -> None:
    """Each line has words in both languages: the refusal its arithmetic and day, the reminder its role and due day."""
    said = [text for line in rehearsed.lines for text in words(line)]
    assert (
        "2025-04-11  ✗ 拟定发展对象 · development target proposed — 电气工程学院学生第二党支部 · Electrical Engineering"
        in (next(text for text in said if "✗" in text))
    )
    year = next(text.strip() for text in said if "CULTIVATE_1Y" in text)
    assert year == (
        "block CULTIVATE_1Y (cpc-2014, R14-13): 2024-04-15 + 1y → 2025-04-15 > 2025-04-11; 最早 · earliest 2025-04-15"
    )
    reminded = said.index(
        "2023-11-02  ⏰ 提醒 · reminder to branch-secretary: 派人同入党申请人谈话 · Hold the talk with the applicant"
    )
    assert said[reminded + 1].strip() == "due 2023-11-12, in 10 days"
    assert any("standing from 2027-04-17" in text for text in said)
    assert not any("otherwise" in text for text in said[:-5])
    assert said[-1].startswith("7.4 semesters in ")


async def test_a_story_without_an_opening_is_not_begun() -> None:
    """Nothing is started for a story that cannot be told."""
    headless = replace(STORY, facts=STORY.facts[1:])
    with pytest.raises(ValueError, match="does not begin with the opening"):
        await rehearse(headless, print, workflow=Path, activities=lambda desk: Paths(desk, at_once(desk)))


async def test_an_altered_entry_is_found() -> None:
    """Whoever changes an entry, or leaves one out, breaks its digest or a chain, and the position is told."""
    log, moment = MemoryLog(), moment_on(date(2026, 9, 1), OFFICE_OPENS)
    drafts = [Draft("said", payload) for payload in (b"one", b"two", b"three")]
    await log.append(Append(UUID(int=1), 0, EMPTY.digest, "key", bytes(32), moment, drafts))
    assert await verify(log) == 3
    whole = list(log._entries)
    log._entries[1] = replace(whole[1], payload=b"too")
    with pytest.raises(LogBroken, match="position 2"):
        await verify(log)
    log._entries[1:] = [replace(whole[2], position=2)]
    with pytest.raises(LogBroken, match="position 2"):
        await verify(log)
