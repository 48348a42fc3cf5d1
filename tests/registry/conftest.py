"""A desk on a log in memory with a committee and a branch, and questions put as an actor puts them."""

from typing import Any
from uuid import UUID

import pytest

from domain.path import TOPICS
from domain.receipt import Asked
from domain.rulebook import Rulebooks
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.record import record
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from tests.registry.lin import NOW, Asking


@pytest.fixture(scope="session")
def rulebooks() -> Rulebooks:
    """The rulebooks of the project with the sample policy, read once."""
    return load_rulebooks(HERE / "policy-sample.yaml")


@pytest.fixture
async def desk(rulebooks: Rulebooks) -> Desk:
    """A desk whose log knows a committee with authority and a branch below it."""
    made = Desk(MemoryLog(), EventMapping(TOPICS), rulebooks, Vault(b"a secret of thirty-two bytes. yes"))
    for unit_id, kind, superior, approves in (
        ("committee", "college-committee", None, True),
        ("branch-1", "branch", "committee", False),
    ):
        said = {
            "effective_on": "2020-01-01",
            "unit_id": unit_id,
            "unit_kind": kind,
            "name": unit_id,
            "name_en": unit_id,
            "superior": superior,
            "approves": approves,
        }
        question = asking(
            made, unit_stream(unit_id), "unit-established", said, actor="admin", capacity="admin", key=unit_id
        )
        assert (await record(made, question, NOW)).kind == "recorded"
    return made


@pytest.fixture
def lin(desk: Desk) -> UUID:
    """The path of Lin Xiaoyu."""
    return path_of(desk.vault.person("20230001"), 1)


@pytest.fixture
def question(desk: Desk, lin: UUID) -> Asking:
    """Put a question about Lin's path, as the secretary of branch 1 does."""

    def put(topic: str, key: str = "", *, path_id: UUID = lin, **said: Any) -> Asked:
        how: dict[str, Any] = {name: said.pop(name) for name in ("mode", "version", "source", "actor") if name in said}
        how = {"actor": "li", "capacity": "branch-secretary", **how}
        return asking(desk, path_id, topic, said, key=key or topic, **how)

    return put
