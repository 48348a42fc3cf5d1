"""What was once promised of a fact is kept: old bytes are read, fields are only added and never asked for."""

import json
import re
from typing import Any

import pytest

from domain.facts import KINDS, Fact
from domain.facts.admission import Vote
from registry.shape import WrongShape, fit
from tests.domain.golden import GOLDEN, MAPPING, entry_of, example, shape

PROMISES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))
}


def test_every_kind_of_fact_is_promised() -> None:
    """No kind is without its golden file (python -m tests.domain.golden writes it), and none has been dropped."""
    assert set(PROMISES) == set(KINDS)


def kept(old: str, new: str) -> bool:
    """A type is kept when it is the same, or when a list of words has only grown."""
    words = [set(re.findall(r"'([^']*)'", one)) for one in (old, new)]
    return old == new or (re.sub(r"'[^']*'(, )?", "", old) == re.sub(r"'[^']*'(, )?", "", new) and words[0] <= words[1])


@pytest.mark.parametrize("topic", sorted(PROMISES))
def test_fields_are_only_added(topic: str) -> None:
    """Every promised field is there, of its type and never newly asked for; one that came later may be left out."""
    now, promised = shape(KINDS[topic]), PROMISES[topic]["fields"]
    for name, old in promised.items():
        assert name in now
        assert now[name]["required"] <= old["required"]
        assert kept(old["type"], now[name]["type"]), name
    assert [name for name in now if name not in promised and now[name]["required"]] == []
    assert KINDS[topic].SUBJECT == PROMISES[topic]["subject"]


@pytest.mark.parametrize("topic", sorted(PROMISES))
def test_old_bytes_become_the_same_fact(topic: str) -> None:
    """What was written when the kind was new is read today, with the same values; and is written again as it was."""
    payload = PROMISES[topic]["payload"].encode()
    fact = MAPPING.to_event(entry_of(topic, payload))
    assert isinstance(fact, Fact)
    fresh = example(KINDS[topic])
    old = {name: value for name, value in vars(fact).items() if name in PROMISES[topic]["fields"]}
    assert old == {name: getattr(fresh, name) for name in old}
    assert MAPPING.to_draft(example(KINDS[topic])).topic == topic


def test_changed_promises_would_be_seen() -> None:
    """A list of words may grow; a word that is gone, or another type, is a broken promise."""
    assert kept("typing.Literal['a', 'b']", "typing.Literal['a', 'b', 'c']")
    assert not kept("typing.Literal['a', 'b']", "typing.Literal['a', 'c']")
    assert not kept("<class 'str'>", "<class 'int'>")
    assert not kept("datetime.date | None", "<class 'datetime.date'>")


def test_no_fact_can_say_who_voted_how() -> None:
    """The ballot is secret: a vote holds numbers, yes or no, and words of closed lists; nothing that could name a voter."""
    kinds = [kind for kind in KINDS.values() if issubclass(kind, Vote)]
    own = {name: one["type"] for kind in kinds for name, one in shape(kind).items() if name not in shape(Fact)}
    texts = {name: written for name, written in own.items() if "int" not in written and "bool" not in written}
    assert len(kinds) == 2
    assert texts.keys() == {"proposal", "excluded_for", "excluded_consents"}
    assert all("Literal[" in written and "str" not in written for written in texts.values())


@pytest.mark.parametrize("topic", sorted(topic for topic, kind in KINDS.items() if issubclass(kind, Vote)))
@pytest.mark.parametrize("more", [{"voters": ["m-1"]}, {"yes_by": "m-1"}, {"ballots": [{"m-1": "yes"}]}])
def test_a_vote_with_more_than_tallies_is_refused(topic: str, more: dict[str, Any]) -> None:
    """Whoever sends the names of voters is told that there is no such field, and nothing of it is kept."""
    tally = {"effective_on": "2026-03-02", "due": 5, "present": 5, "yes": 5, "no": 0, "abstained": 0}
    said = tally if topic.startswith("admission") else {**tally, "proposal": "convert"}
    assert fit(topic, said)["yes"] == 5
    with pytest.raises(WrongShape, match="Extra inputs are not permitted"):
        fit(topic, {**said, **more})
