"""The last attack of the matrix: somebody destroys a person's keys to hide what is said of them."""

from uuid import UUID

from eventlog.verify import check_rows, columns_of
from registry.desk import Desk
from registry.record import record
from registry.sealing import sealed
from registry.subjects import lost, missing_keys
from tests.registry.lin import LIN, NOW, Asking


async def test_keys_destroyed_without_a_fact_are_an_alarm(desk: Desk, lin: UUID, question: Asking) -> None:
    """The log itself is as it was, so no check of it finds anything; that the key is gone and no fact says why, does."""
    [asked] = await sealed(desk, [question("application-submitted", **LIN)])
    assert (await record(desk, asked, NOW)).kind == "recorded"
    assert await missing_keys(desk) == []
    await desk.vault.keys.destroy(lin, NOW)
    entries = await desk.log.after(0)
    texts, payloads = [entry.text for entry in entries], [entry.payload for entry in entries]
    assert check_rows(columns_of(1, texts, payloads, [entry.digest for entry in entries])).wrong == []
    found = lost(await missing_keys(desk))
    assert {one.subject for one in found} == {lin}
    assert {one.position for one in found} == {len(entries)}
