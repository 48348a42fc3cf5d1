"""The one way in: what is recorded, refused, repeated, and never written twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, cast
from uuid import UUID

import pytest

from domain.facts.application import ApplicationSubmitted
from eventlog.entry import Append
from eventlog.log import Log, Written
from registry.desk import Desk, unit_stream
from registry.due import due
from registry.record import Contended, ask, record
from registry.shape import UnknownFact, WrongShape
from tests.registry.lin import LIN, NOW, Asking


async def test_an_application_opens_a_path(desk: Desk, question: Asking, lin: UUID) -> None:
    """The receipt says where the fact stands, what was found, and when the workflow should wake."""
    outcome = await record(desk, question("application-submitted", **LIN), NOW)
    assert outcome.kind == "recorded"
    receipt = outcome.receipt
    assert receipt is not None
    assert (receipt.path_id, receipt.version, receipt.position) == (lin, 1, 3)
    assert receipt.recorded_at == NOW
    assert not receipt.alarm.closed
    assert receipt.alarm.labels.unit == "branch-1"


async def test_a_name_stands_sealed(desk: Desk, question: Asking, lin: UUID) -> None:
    """Neither name nor number can be read in the log; the vault opens them."""
    await record(desk, question("application-submitted", **LIN), NOW)
    (entry,) = (await desk.load(lin)).entries
    (fact,) = (await desk.load(lin)).facts
    assert "林晓雨".encode() not in entry.payload
    assert b"20230001" not in entry.payload
    assert isinstance(fact, ApplicationSubmitted)
    assert await desk.vault.open(lin, fact.name) == "林晓雨"
    assert await desk.vault.open(lin, fact.student_no) == "20230001"


async def test_the_same_key_gets_the_first_receipt(desk: Desk, question: Asking) -> None:
    """A sender who does not know whether a request arrived sends it again, and nothing is written twice."""
    asked = question("application-submitted", **LIN)
    first = (await record(desk, asked, NOW)).receipt
    again = (await record(desk, asked, datetime(2026, 9, 2, tzinfo=UTC))).receipt
    assert first is not None
    assert again is not None
    assert again.repeated
    assert not first.repeated
    assert (again.position, again.digest, again.recorded_at) == (first.position, first.digest, first.recorded_at)
    assert (again.findings, again.alarm) == (first.findings, first.alarm)
    assert await desk.log.size() == 3


async def test_a_key_reused_for_something_else_is_told(desk: Desk, question: Asking) -> None:
    """The same key with another body is a mistake of the sender, not a repeat."""
    await record(desk, question("application-submitted", "one", **LIN), NOW)
    outcome = await record(desk, question("application-submitted", "one", **LIN | {"name": "林小雨"}), NOW)
    assert outcome.kind == "key-reused"
    assert await desk.log.size() == 3


async def test_two_actors_may_choose_the_same_key(desk: Desk, question: Asking) -> None:
    """A key belongs to the one who sent it."""
    await record(desk, question("application-submitted", "one", **LIN), NOW)
    outcome = await record(desk, question("application-received", "one", actor="wang", effective_on="2026-03-02"), NOW)
    assert outcome.kind == "recorded"


async def test_a_second_opening_for_the_same_person_meets_the_first(desk: Desk, question: Asking) -> None:
    """Two secretaries open a path for one person: the second is told that it is open."""
    await record(desk, question("application-submitted", "one", **LIN), NOW)
    outcome = await record(desk, question("application-submitted", "two", **LIN), NOW)
    assert (outcome.kind, outcome.version) == ("already-open", 1)


async def test_what_a_rule_forbids_is_refused_and_not_written(desk: Desk, question: Asking) -> None:
    """Determining an activist before the talk is refused with the rule, its source and what is missing."""
    await record(desk, question("application-submitted", **LIN), NOW)
    asked = question(
        "activist-determined", effective_on="2026-04-01", by_unit="branch-1", decided_by="branch-committee"
    )
    outcome = await record(desk, asked, NOW)
    assert outcome.kind == "refused"
    broken = {finding.rule: finding for finding in outcome.findings}
    assert broken["TALK_BEFORE_ACT"].missing == ("applicant-talk-held",)
    assert broken["TALK_BEFORE_ACT"].severity == "block"
    assert broken["TALK_BEFORE_ACT"].sources
    assert await desk.log.size() == 3


async def test_what_has_happened_is_recorded_with_its_findings(desk: Desk, question: Asking) -> None:
    """Recording is not authorising: the fact stands, the finding says what is wrong with it."""
    await record(desk, question("application-submitted", **LIN), NOW)
    asked = question(
        "activist-determined",
        effective_on="2026-04-01",
        by_unit="branch-1",
        decided_by="branch-committee",
        mode="record",
        reason="minutes found in the folder",
    )
    outcome = await record(desk, asked, NOW)
    assert outcome.kind == "recorded"
    assert "TALK_BEFORE_ACT" in {finding.rule for finding in outcome.findings}
    assert await desk.log.size() == 4


async def test_asking_gives_the_same_verdict_and_stores_nothing(desk: Desk, question: Asking) -> None:
    """A dry run answers as the real run would, for what is allowed and for what is not."""
    dry = await ask(desk, question("application-submitted", **LIN), NOW)
    assert await desk.log.size() == 2
    wet = await record(desk, question("application-submitted", **LIN), NOW)
    assert dry.receipt is not None
    assert wet.receipt is not None
    assert dry.receipt.position == 0
    assert (dry.kind, dry.findings, dry.receipt.alarm) == (wet.kind, wet.findings, wet.receipt.alarm)


async def test_a_version_that_has_moved_on_is_stale(desk: Desk, question: Asking) -> None:
    """Whoever decides on what they saw learns that it is no longer so."""
    await record(desk, question("application-submitted", **LIN), NOW)
    await record(desk, question("application-received", effective_on="2026-03-02"), NOW)
    outcome = await record(
        desk, question("applicant-talk-held", effective_on="2026-03-09", version=1, held_by="li", post="secretary"), NOW
    )
    assert (outcome.kind, outcome.version) == ("stale", 2)


async def test_a_fact_about_an_unknown_path_has_no_place(desk: Desk, question: Asking) -> None:
    """Nothing comes before the opening."""
    outcome = await record(desk, question("application-received", effective_on="2026-03-02"), NOW)
    assert outcome.kind == "unknown-path"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"effective_on": "2026-09-02"}, "effective_on"),
        ({"born_on": "2026-03-03"}, "effective_on"),
        ({"home_unit": "branch-9"}, "home_unit"),
        ({"by_unit": "branch-9"}, "by_unit"),
    ],
)
async def test_what_cannot_be_is_told_by_its_field(
    desk: Desk, question: Asking, said: dict[str, str], field: str
) -> None:
    """A day to come, a birth after the act, a unit that is not there: the answer names the field."""
    with pytest.raises(WrongShape) as caught:
        await record(desk, question("application-submitted", **LIN | said), NOW)
    assert [name for name, _ in caught.value.faults] == [field]
    assert await desk.log.size() == 2


async def test_nothing_happened_to_a_person_before_they_were_born(desk: Desk, question: Asking) -> None:
    """A day before the birth is a slip of the pen, in whatever fact it stands and through whatever door it came."""
    await record(desk, question("application-submitted", **LIN), NOW)
    for topic in ("thought-report-received", "path-withdrawn"):
        with pytest.raises(WrongShape, match="born later, on 2005-06-18"):
            await record(desk, question(topic, effective_on="2005-06-17", mode="record", reason="slip"), NOW)
    assert await desk.log.size() == 3


async def test_a_dissolved_unit_acts_no_more(desk: Desk, question: Asking) -> None:
    """From the day of its dissolution a unit can do nothing, and before it could."""
    gone = question("unit-dissolved", path_id=unit_stream("branch-1"), effective_on="2026-05-01")
    assert (await record(desk, gone, NOW)).kind == "recorded"
    later = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
    with pytest.raises(WrongShape, match="dissolved on 2026-05-01"):
        await record(desk, question("application-submitted", **LIN | {"effective_on": "2026-05-02"}), later)
    assert (await record(desk, question("application-submitted", **LIN), later)).kind == "recorded"


def test_an_unknown_kind_of_fact_is_told(question: Asking) -> None:
    """There is no way to write what is not in the catalogue."""
    with pytest.raises(UnknownFact):
        question("thoughts-noted", effective_on="2026-03-02")


async def test_a_race_is_judged_anew(desk: Desk, question: Asking) -> None:
    """Twenty facts at once, each loaded before another was written: all stand, in twenty versions."""
    await record(desk, question("application-submitted", **LIN), NOW)
    reports = [question("thought-report-received", f"r{n}", effective_on="2026-04-01") for n in range(20)]
    kinds = [outcome.kind for outcome in await asyncio.gather(*(record(desk, one, NOW) for one in reports))]
    assert kinds == ["recorded"] * 20
    assert await desk.log.size() == 23


class _Busy:
    """A log in which somebody else writes between every load and append of the slow one."""

    def __init__(self, log: Log, between: Callable[[], Awaitable[object]]) -> None:
        self._log, self._between = log, between

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, append: Append) -> Written:
        if append.key == "li:slow":
            await self._between()
        return await self._log.append(append)


async def test_a_path_that_never_stands_still_is_given_back(desk: Desk, question: Asking) -> None:
    """After five tries the sender is told, instead of the process turning for ever."""
    await record(desk, question("application-submitted", **LIN), NOW)
    numbers = count()

    async def between() -> object:
        return await record(
            desk, question("thought-report-received", f"quick{next(numbers)}", effective_on="2026-04-01"), NOW
        )

    busy = replace(desk, log=cast("Log", _Busy(desk.log, between)))
    with pytest.raises(Contended):
        await record(busy, question("thought-report-received", "slow", effective_on="2026-04-01"), NOW)
    assert next(numbers) == 5
    assert await desk.log.size() == 3 + 5


async def test_due_judges_at_a_moment(desk: Desk, question: Asking, lin: UUID) -> None:
    """The same path owes nothing today and something a month later."""
    await record(desk, question("application-submitted", **LIN), NOW)
    await record(desk, question("application-received", effective_on="2026-08-28"), NOW)
    loaded = await desk.load(lin)
    early = await due(desk, loaded, NOW)
    late = await due(desk, loaded, datetime(2026, 9, 29, 8, 0, tzinfo=UTC))
    assert early.send == ()
    assert {reminder.obligation for reminder in late.send} == {"talk"}
    assert late.send[0].due_on == date(2026, 9, 28)
