"""Evidence in bulk: all of it or none, once only, and nothing without a path."""

import pytest

from eventlog.log import KeyReused
from registry.batch import NotEvidence, Unplaced, record_all, record_evidence
from registry.desk import Desk
from registry.drafting import path_of
from registry.record import record
from registry.shape import WrongShape
from tests.registry.lin import LIN, NOW, Asking


async def test_facts_of_several_paths_are_one_transaction(desk: Desk, question: Asking) -> None:
    """Facts about one path become one append; the answers come in the order of the paths."""
    other = path_of(desk.vault.person("20230002"), 1)
    await record(desk, question("application-submitted", **LIN), NOW)
    await record(desk, question("application-submitted", path_id=other, **LIN | {"student_no": "20230002"}), NOW)
    batch = [
        question("thought-report-received", "b/1", effective_on="2026-04-01"),
        question("thought-report-received", "b/2", path_id=other, effective_on="2026-04-01"),
        question("thought-report-received", "b/3", effective_on="2026-07-01"),
    ]
    written = await record_evidence(desk, batch, NOW)
    assert [[entry.version for entry in one.entries] for one in written] == [[2, 3], [2]]
    assert [entry.position for one in written for entry in one.entries] == [5, 6, 7]


async def test_the_same_batch_again_adds_nothing(desk: Desk, question: Asking) -> None:
    """A campus system that sends its file twice gets the first places again."""
    await record(desk, question("application-submitted", **LIN), NOW)
    batch = [question("thought-report-received", f"b/{n}", effective_on=f"2026-0{n}-01") for n in (4, 7)]
    first = await record_evidence(desk, batch, NOW)
    again = await record_evidence(desk, batch, NOW)
    assert [one.repeated for one in (*first, *again)] == [False, True]
    assert list(again[0].entries) == list(first[0].entries)


async def test_a_key_with_another_batch_is_told(desk: Desk, question: Asking) -> None:
    """One fact more under the same key is another request."""
    await record(desk, question("application-submitted", **LIN), NOW)
    batch = [question("thought-report-received", f"b/{n}", effective_on=f"2026-0{n}-01") for n in (4, 7)]
    await record_evidence(desk, batch[:1], NOW)
    with pytest.raises(KeyReused):
        await record_evidence(desk, batch, NOW)


async def test_one_unknown_path_stops_the_batch(desk: Desk, question: Asking) -> None:
    """Nothing is written, and the paths without an opening are named."""
    await record(desk, question("application-submitted", **LIN), NOW)
    unknown = path_of(desk.vault.person("nobody"), 1)
    batch = [
        question("thought-report-received", "b/1", effective_on="2026-04-01"),
        question("thought-report-received", "b/2", path_id=unknown, effective_on="2026-04-01"),
    ]
    with pytest.raises(Unplaced) as caught:
        await record_evidence(desk, batch, NOW)
    assert caught.value.paths == [unknown]
    assert await desk.log.size() == 3


async def test_one_impossible_day_stops_the_batch(desk: Desk, question: Asking) -> None:
    """A fact from the future is no fact."""
    await record(desk, question("application-submitted", **LIN), NOW)
    batch = [
        question("thought-report-received", "b/1", effective_on="2026-04-01"),
        question("thought-report-received", "b/2", effective_on="2027-04-01"),
    ]
    with pytest.raises(WrongShape):
        await record_evidence(desk, batch, NOW)
    assert await desk.log.size() == 3


async def test_a_decision_does_not_come_in_a_batch(desk: Desk, question: Asking) -> None:
    """Decisions are asked of the path's workflow, one by one."""
    await record(desk, question("application-submitted", **LIN), NOW)
    with pytest.raises(NotEvidence, match="path-withdrawn"):
        await record_evidence(desk, [question("path-withdrawn", effective_on="2026-04-01")], NOW)


async def test_a_dossier_is_opened_and_filled_in_one_append(desk: Desk, question: Asking) -> None:
    """What an import brings about one person stands together; a person who has a path is named."""
    dossier = [
        question("application-submitted", "i/1", mode="record", source="sha256:ab", **LIN),
        question("application-received", "i/2", mode="record", source="sha256:ab", effective_on="2026-03-02"),
    ]
    (written,) = await record_all(desk, dossier, NOW)
    assert [entry.topic for entry in written.entries] == ["application-submitted", "application-received"]
    assert (await record_all(desk, dossier, NOW))[0].repeated
    another = [question("application-submitted", "j/1", mode="record", source="sha256:cd", **LIN)]
    with pytest.raises(Unplaced):
        await record_all(desk, another, NOW)
