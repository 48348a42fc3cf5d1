"""The desk: a path that was read before is read on from where it was, and never believed against the log."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from domain.path import TOPICS
from eventlog.entry import Entry
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk
from registry.record import record
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.clock import now
from tests.school import School

NOW = now()


class WatchedLog(MemoryLog):
    """A log in memory that remembers from which version streams were read, and may give other entries than it has."""

    def __init__(self) -> None:
        """Begin unread and honest."""
        super().__init__()
        self.read: list[int] = []
        self.altered: dict[int, Entry] = {}

    async def stream(self, stream_id: UUID, *, since: int = 1, upto: int | None = None) -> Sequence[Entry]:
        """Read a stream, and note it."""
        self.read.append(since)
        entries = await super().stream(stream_id, since=since, upto=upto)
        return [self.altered.get(entry.position, entry) for entry in entries]


@pytest.fixture
def log() -> WatchedLog:
    """An empty log."""
    return WatchedLog()


@pytest.fixture
def desks(log: WatchedLog) -> tuple[Desk, Desk]:
    """Two processes at one log."""
    rulebooks, mapping, vault = load_rulebooks(HERE / "policy-sample.yaml"), EventMapping(TOPICS), Vault(bytes(32))
    return Desk(log, mapping, rulebooks, vault), Desk(log, mapping, rulebooks, vault)


async def opened(desk: Desk) -> tuple[School, UUID]:
    """A path with one fact."""
    school = School(desk)
    await school.establish()
    return school, await school.open_in_log(school.student(), NOW)


async def test_what_another_process_has_added_is_read_on(desks: tuple[Desk, Desk], log: WatchedLog) -> None:
    """Only from the last known version on, and the facts are the same as those of whoever reads everything."""
    here, there = desks
    school, path_id = await opened(there)
    assert len((await here.load(path_id)).facts) == 1
    await record(there, school.talk(path_id), NOW)
    log.read.clear()
    loaded = await here.load(path_id)
    assert log.read == [1]
    assert loaded.facts == here.loaded(await log.stream(path_id)).facts
    log.read.clear()
    assert await here.load(path_id) == loaded
    assert log.read == [2]


async def test_a_stream_that_does_not_go_on_from_what_is_known_is_read_anew(
    desks: tuple[Desk, Desk], log: WatchedLog
) -> None:
    """Another last entry than the known one, or a new one that names another before it: the log is asked for all."""
    here, there = desks
    school, path_id = await opened(there)
    await here.load(path_id)
    await record(there, school.talk(path_id), NOW)
    first, second = await log.stream(path_id)
    for wrong in (replace(first, digest=bytes(32)), replace(second, previous=bytes(32))):
        log.altered = {wrong.position: wrong}
        log.read.clear()
        assert [entry.version for entry in (await here.load(path_id)).entries] == [1, 2]
        assert log.read == [1, 1]
        here._shelf.put(path_id, here.loaded([first]))
