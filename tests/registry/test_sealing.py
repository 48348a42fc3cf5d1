"""What stands sealed, that no rule asks what it says, and that a judgement does not change when it says something else."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from typing import Any, get_type_hints
from uuid import UUID

import pytest

from domain.facts import KINDS, Fact
from domain.judge import judge
from domain.personal import SEALED
from domain.receipt import Asked
from domain.rulebook import Rulebooks
from registry.desk import Desk
from registry.keys.ring import name_of
from registry.record import ask, record
from registry.sealing import sealed, texts_of
from registry.shape import sealed_fields
from tests.registry.lin import LIN, NOW, Asking

OFTEN = {"effective_on": "2026-04-02", "by_unit": "branch-1", "order": "first", "full_member": True}


def questions(question: Asking) -> list[Asked]:
    """An opening with a reason, two contacts of whom one is named twice, a talk."""
    return [
        question("application-submitted", **LIN, reason="补录"),
        question("applicant-talk-held", effective_on="2026-03-20", held_by="王书记", post="secretary", mode="record", reason="晚报"),
        question("cultivation-contact-assigned", "c1", contact_id="张老师", mode="record", reason="指定", **OFTEN),
        question("introducers-confirmed", effective_on="2026-05-01", introducers=["张老师", "孙老师"], full_members=True,
                 mode="record", reason="确定"),
    ]  # fmt: skip


async def test_what_tells_of_a_person_is_sealed_before_it_is_written(desk: Desk, question: Asking, lin: UUID) -> None:
    """Names, numbers, who else is named and all free text are unreadable in the payload, and open for whoever may see."""
    for one in questions(question):
        assert (await record(desk, one, NOW)).kind == "recorded"
    loaded = await desk.load(lin)
    whole = b"".join(entry.payload for entry in loaded.entries).decode()
    for text in ("林晓雨", "20230001", "补录", "王书记", "张老师", "孙老师", "晚报"):
        assert text not in whole
    opener = await desk.vault.opener(whole.split('"'))
    contact, introducers = (getattr(loaded.facts[n], name) for n, name in ((2, "contact_id"), (3, "introducers")))
    assert [opener.open(lin, one) for one in introducers] == ["张老师", "孙老师"]
    assert introducers[0] == contact  # the same person can be told to be the same, and nothing more
    assert name_of(contact) == (desk.vault.other("张老师"), "contact")


async def test_a_question_that_is_repeated_is_the_same_request(desk: Desk, question: Asking) -> None:
    """Sealed twice the texts differ and the digest does not; another text under the same key is told."""
    first = await sealed(desk, [question("application-submitted", **LIN)])
    again = await sealed(desk, [question("application-submitted", **LIN)])
    assert first[0].said["name"] != again[0].said["name"]
    assert first[0].request == again[0].request
    assert (await record(desk, first[0], NOW)).kind == "recorded"
    repeated = await record(desk, question("application-submitted", **LIN), NOW)
    assert repeated.receipt
    assert repeated.receipt.repeated
    other = question("application-submitted", **{**LIN, "name": "林晓"})
    assert (await record(desk, other, NOW)).kind == "key-reused"


async def test_a_dry_run_makes_no_key(desk: Desk, question: Asking) -> None:
    """Whoever only asks leaves nothing behind."""
    before = await desk.vault.keys.stock()
    assert (await ask(desk, question("application-submitted", **LIN), NOW)).kind == "recorded"
    assert await desk.vault.keys.stock() == before


def altered(fact: Fact) -> Fact:
    """The fact with other words in all that is sealed; who was the same person still is."""
    changes: dict[str, Any] = {}
    for name in sealed_fields(type(fact)):
        value = getattr(fact, name)
        if value is not None:
            texts = tuple(f"v2:gone:{text[-20:]}" for text in texts_of(value))
            changes[name] = texts[0] if isinstance(value, str) else texts
    changed: Callable[..., Fact] = replace
    return changed(fact, **changes)


async def test_a_judgement_rests_on_nothing_sealed(
    desk: Desk, question: Asking, lin: UUID, rulebooks: Rulebooks
) -> None:
    """With every sealed value replaced the path is judged the same, word for word, on every day."""
    for one in questions(question):
        await record(desk, one, NOW)
    facts = (await desk.load(lin)).facts
    others = [altered(fact) for fact in facts]
    assert others != list(facts)
    for day in (date(2026, 3, 10), date(2026, 4, 15), date(2026, 9, 1), date(2027, 3, 3)):
        assert judge(rulebooks, others, day) == judge(rulebooks, facts, day)


def test_no_rule_asks_what_a_sealed_field_says(rulebooks: Rulebooks) -> None:
    """Of sealed fields rules ask only who is the same person (contacts, introducers), and whether a reason was given."""
    contacts = {name for name, group in SEALED["path"].items() if group == "contact"}
    asked = set()
    for edition in rulebooks.editions:
        for rule in (*edition.rules, *rulebooks.policy.rules):
            if rule.check.NAME == "stated":  # that something is said there, and not what
                continue
            for read in rule.check.reads(rule.on):
                for name in [str(part).partition("=")[0] for part in read[2:]]:
                    kind = KINDS.get(read[1])
                    if kind is not None and name in sealed_fields(kind):
                        asked.add(name)
    assert asked <= contacts
    assert "introducers" in asked


@pytest.mark.parametrize("topic", sorted(KINDS))
def test_every_text_of_a_fact_is_sealed_or_known_to_say_nothing_of_a_person(topic: str) -> None:
    """A new field of free text cannot slip in: it is sealed, or stands here with what it is."""
    plain = {
        "effective_on", "recorded_by", "capacity", "mode", "by_unit", "by_kind", "source", "approved_by",  # the record
        "home_unit", "to_unit", "superior", "unit_id", "name", "name_en", "group",  # units and their parts
        "obligation", "step", "owed_by", "channel", "outcome",  # of a reminder: words of the rulebook
        "letter", "recipient", "passed_over", "code",  # of a reminder: pseudonyms, and what a channel answered
        "term", "activity", "job", "not_done", "rules", "unit", "reference",  # of a term: words of the policy, numbers of papers
        "cause", "act", "before", "after", "workflow",  # of a repair: how a workflow stood
        "whom", "originator_topic", "rulebooks_digest", "state_digest", "digest", "files", "rule", "state",  # pseudonyms, digests, rules
    }  # fmt: skip
    kind = KINDS[topic]
    hidden = set(sealed_fields(kind))
    hints = get_type_hints(kind)
    texts = {item.name for item in fields(kind) if hints[item.name] in (str, str | None, tuple[str, ...])}
    assert texts - hidden - plain == set()
