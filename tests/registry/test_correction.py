"""Corrections through the one way in: what they must say, and what they may not touch."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.correcting import as_corrected, marks
from domain.facts.application import ApplicationSubmitted
from registry.batch import record_evidence
from registry.desk import Desk
from registry.record import record
from registry.shape import WrongShape
from tests.registry.lin import LIN, NOW, Asking

WHY: dict[str, Any] = {"effective_on": "2026-09-01", "reason": "看错日期", "approved_by": "wang"}


@pytest.fixture
async def path(desk: Desk, question: Asking, lin: UUID) -> UUID:
    """A path with its application (1), its receipt (2) and a talk (3)."""
    talk = {"held_by": "m-1", "post": "secretary"}
    for asked in (
        question("application-submitted", **LIN),
        question("application-received", effective_on="2026-03-03", by_unit="branch-1"),
        question("applicant-talk-held", effective_on="2026-05-20", by_unit="branch-1", mode="record", **talk),
    ):
        assert (await record(desk, asked, NOW)).kind == "recorded"
    return lin


async def test_a_correction_is_written_with_typed_values(desk: Desk, question: Asking, path: UUID) -> None:
    """Days come as text, in a spreadsheet's words too, and stand in the log as days; the entry itself stays."""
    before = (await desk.load(path)).entries[2]
    says = {"effective_on": "2026年3月20日", "post": "副书记"}
    outcome = await record(desk, question("fact-corrected", corrects=3, says=says, **WHY), NOW)
    assert outcome.kind == "recorded"
    loaded = await desk.load(path)
    assert loaded.entries[2] == before
    right = {"effective_on": date(2026, 3, 20), "post": "deputy-secretary"}
    assert dict(marks(loaded.facts)[3].says) == {**right, "approved_by": "wang"}
    assert as_corrected(loaded.facts)[2].effective_on == date(2026, 3, 20)


async def test_another_unit_brings_its_own_stamps(desk: Desk, question: Asking, path: UUID) -> None:
    """What the acting unit was on the day follows the unit and the day that are right."""
    await record(desk, question("fact-corrected", corrects=3, says={"by_unit": "committee"}, **WHY), NOW)
    read = as_corrected((await desk.load(path)).facts)[2]
    assert (read.by_unit, read.by_kind, read.by_authority) == ("committee", "college-committee", True)


async def test_a_corrected_name_stands_sealed(desk: Desk, question: Asking, path: UUID) -> None:
    """A name that was misspelt is corrected, and no more to be read in the log than the first one."""
    await record(desk, question("fact-corrected", corrects=1, says={"name": "林晓宇"}, **WHY), NOW)
    loaded = await desk.load(path)
    assert "林晓宇".encode() not in loaded.entries[-1].payload
    opening = as_corrected(loaded.facts)[0]
    assert isinstance(opening, ApplicationSubmitted)
    assert await desk.vault.open(path, opening.name) == "林晓宇"


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        (
            {"corrects": 9, "says": {"post": "secretary"}},
            "corrects",
            "there is no version 9; the path has the versions",
        ),
        ({"corrects": 3, "says": {}}, "says", "at least one field of applicant-talk-held"),
        ({"corrects": 3, "says": {"chair": "m-2"}}, "says.chair", "no such field; it has effective_on"),
        ({"corrects": 3, "says": {"post": "counsellor"}}, "says.post", "is not one of"),
        ({"corrects": 3, "says": {"post": 4}}, "says.post", "Input should be 'secretary'"),
        ({"corrects": 3, "says": {"held_by": None}}, "says.held_by", "valid string"),
        ({"corrects": 3, "says": {"held_by": "m-1"}}, "says", "says so already: there is nothing to correct"),
        ({"corrects": 3, "says": {"effective_on": "2027-01-01"}}, "effective_on", "a day to come"),
        ({"corrects": 3, "says": {"effective_on": "2005-06-17"}}, "effective_on", "born later, on 2005-06-18"),
        ({"corrects": 3, "says": {"by_unit": "nowhere"}}, "by_unit", "there is no unit 'nowhere'"),
        ({"corrects": 1, "says": {"student_no": "2"}}, "says.student_no", "the number decides whose path it is"),
        ({"corrects": 1, "says": {"born_on": "2026-04-01"}}, "effective_on", "born later, on 2026-04-01"),
    ],
)
async def test_what_is_no_correction_is_refused_with_a_sentence(  # noqa: PLR0917 - three fixtures and a case
    desk: Desk, question: Asking, path: UUID, said: dict[str, Any], field: str, sentence: str
) -> None:
    """An unknown entry or field, a value that does not fit, and no change at all: nothing is written."""
    with pytest.raises(WrongShape) as caught:
        await record(desk, question("fact-corrected", **said, **WHY), NOW)
    assert caught.value.faults[0][0] == field
    assert sentence in caught.value.faults[0][1]
    assert (await desk.load(path)).head.version == 3


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("missing", ["reason", "approved_by"])
async def test_reason_and_a_second_person_are_asked_for(question: Asking, missing: str) -> None:
    """Without either there is no correction, in whatever mode it is asked for."""
    said = {name: value for name, value in WHY.items() if name != missing}
    for topic, what in (
        ("fact-corrected", {"corrects": 3, "says": {"post": "secretary"}}),
        ("fact-retracted", {"retracts": 3}),
    ):
        with pytest.raises(WrongShape, match=missing):
            question(topic, mode="record", **said, **what)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("same", ["li", "LI"])
async def test_the_second_person_is_another(desk: Desk, question: Asking, same: str) -> None:
    """Nobody approves what they record themselves."""
    with pytest.raises(WrongShape, match="a second person approves"):
        await record(desk, question("fact-retracted", retracts=3, **WHY | {"approved_by": same}), NOW)


async def test_what_was_retracted_is_not_corrected_and_the_opening_not_retracted(
    desk: Desk, question: Asking, path: UUID
) -> None:
    """Each refusal says what to do instead; a correction is retracted, or its entry corrected once more."""

    async def refused(topic: str, key: str, sentence: str, **said: Any) -> None:
        with pytest.raises(WrongShape, match=sentence):
            await record(desk, question(topic, key, **said, **WHY), NOW)

    await record(desk, question("fact-corrected", "a", corrects=3, says={"held_by": "m-2"}, **WHY), NOW)
    await refused(
        "fact-corrected", "b", "correct the entry that it corrects once more", corrects=4, says={"reason": "x"}
    )
    await refused("fact-corrected", "c", "says so already", corrects=3, says={"held_by": "m-2"})
    await record(desk, question("fact-retracted", "d", retracts=3, **WHY), NOW)
    await refused("fact-corrected", "e", "was retracted by version 5", corrects=3, says={"held_by": "m-3"})
    await refused("fact-retracted", "f", "was retracted by version 5", retracts=3)
    await refused("fact-retracted", "g", "close the path instead", retracts=1)
    assert (await record(desk, question("fact-retracted", "h", retracts=5, **WHY), NOW)).kind == "recorded"
    assert (await desk.load(path)).head.version == 6


@pytest.mark.usefixtures("path")
async def test_a_corrected_birth_date_binds_what_follows(desk: Desk, question: Asking) -> None:
    """What is recorded after a correction is compared with the day that is right."""
    await record(desk, question("fact-corrected", corrects=1, says={"born_on": "2001-06-18"}, **WHY), NOW)
    early = question("departure-expected", effective_on="2003-01-01", leaves_on="2027-06-30")
    assert (await record(desk, early, NOW)).kind == "recorded"


async def test_a_batch_corrects_what_it_reads(desk: Desk, question: Asking, path: UUID) -> None:
    """In bulk a correction is compared with the path just the same, entries of the batch itself among them."""
    report = question("thought-report-received", "one", effective_on="2026-08-01")
    right = question("fact-corrected", "two", corrects=4, says={"effective_on": "2026-08-02"}, **WHY)
    await record_evidence(desk, [report, right], NOW)
    assert as_corrected((await desk.load(path)).facts)[3].effective_on == date(2026, 8, 2)
    with pytest.raises(WrongShape, match="there is no version 9"):
        await record_evidence(
            desk, [question("fact-retracted", "three", retracts=9, **WHY)], datetime(2026, 9, 2, tzinfo=UTC)
        )
