"""The audit of a path: findings with their evidence, and decisions that no longer stand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from domain.facts import Fact
from domain.state import stated, with_state
from registry.auditing import Books, PathAudit, audit
from registry.desk import Desk
from registry.record import record
from registry.rulebooks import load_rulebooks
from registry.shelf import Loaded
from tests.registry.lin import LIN, NOW, Asking

DAY = date(2026, 9, 1)
YEAR = DAY - timedelta(days=365), DAY


async def applied(desk: Desk, question: Asking) -> Loaded:
    """Lin has applied and been talked to."""
    for topic, said in (
        ("application-submitted", LIN),
        ("applicant-talk-held", {"effective_on": "2026-03-10", "held_by": "chen", "post": "secretary"}),
    ):
        assert (await record(desk, question(topic, **said), NOW)).kind == "recorded"
    return await desk.load(question("applicant-talk-held", **said).path_id)


async def decided(desk: Desk, question: Asking, **otherwise: object) -> Loaded:
    """The committee's decision on Lin stands in the log as it was made, but for what somebody wrote otherwise."""
    loaded = await applied(desk, question)
    said = {"effective_on": "2026-04-08", "decided_by": "branch-committee", "by_unit": "branch-1", "reason": "late"}
    asked = question("activist-determined", mode="record", **said)
    assert (await record(desk, asked, NOW)).kind == "recorded"
    whole = await desk.load(asked.path_id)
    if not otherwise:
        return whole
    changed: Callable[..., Fact] = replace
    forged = changed(whole.facts[-1], **otherwise)
    return Loaded(whole.entries, [*loaded.facts, forged])


def audited(desk: Desk, loaded: Loaded) -> PathAudit:
    """The audit of Lin's year."""
    return audit(Books(desk.rulebooks, {}), loaded, *YEAR, DAY)


async def test_a_decision_that_stands_agrees(desk: Desk, question: Asking) -> None:
    """Its state digest is made again, and what was recorded late is not held against it."""
    opening, decision = audited(desk, await decided(desk, question)).decisions
    assert (opening.digest, opening.agrees) == ("same", True)
    assert (decision.digest, decision.agrees, decision.stage_after) == ("same", True, "activist")


async def test_a_finding_rests_on_entries_of_the_log(desk: Desk, question: Asking) -> None:
    """Each finding gives the position of the fact that breaks the rule, and of all it rests on."""
    loaded = await decided(desk, question)
    found = {one.finding.rule: one for one in audited(desk, loaded).findings}
    late = found["ACT_RECOMMENDED"]
    assert late.position == loaded.entries[-1].position
    assert set(late.evidence) <= {entry.position for entry in loaded.entries}


async def test_facts_outside_the_period_are_left_out(desk: Desk, question: Asking) -> None:
    """A period in which nothing counted has no findings and no decisions."""
    found = audit(Books(desk.rulebooks, {}), await decided(desk, question), date(2026, 5, 1), DAY, DAY)
    assert (list(found.findings), list(found.decisions)) == ([], [])


async def test_a_decision_that_was_authorised_against_the_rules_is_told(desk: Desk, question: Asking) -> None:
    """If the talk never was, the decision could not have been allowed: the rule that refuses it is named."""
    whole = await decided(desk, question, mode="authorise")
    without = Loaded([whole.entries[0], whole.entries[2]], [whole.facts[0], whole.facts[2]])
    renumbered: Callable[..., Fact] = replace
    second = renumbered(without.facts[1], originator_version=2)
    decision = audited(desk, Loaded(without.entries, [without.facts[0], second])).decisions[-1]
    assert not decision.agrees
    assert "TALK_BEFORE_ACT" in {one.rule for one in decision.then}


async def test_history_that_reads_otherwise_is_found_out(desk: Desk, question: Asking) -> None:
    """A digest that is not made again under the same rulebooks speaks against the decision; under others it is told."""
    differs = audited(desk, await decided(desk, question, state_digest="0" * 64)).decisions[-1]
    assert (differs.digest, differs.agrees) == ("differs", False)


async def test_other_rulebooks_are_told_and_not_held_against_a_decision(desk: Desk, question: Asking) -> None:
    """What was decided under rulebooks that are not these may read otherwise today."""
    other = {"state_digest": "0" * 64, "rulebooks_digest": "1" * 64}
    found = audited(desk, await decided(desk, question, **other)).decisions[-1]
    assert (found.digest, found.agrees) == ("other-rules", True)


async def test_a_decision_is_judged_again_under_the_rules_it_was_made_under(
    desk: Desk, question: Asking, tmp_path: Path
) -> None:
    """What was adopted and has been replaced still says what a decision meant; if it is not to be had, that is told."""
    policy = tmp_path / "policy-former.yaml"
    policy.write_text("policy: former\ntitle: {zh: 旧规定, en: The former policy}\ncultivation_basis: decision\n")
    former = load_rulebooks(policy)
    loaded = await decided(desk, question)
    decision = with_state(former, loaded.facts[:-1], loaded.facts[-1])
    whole = Loaded(loaded.entries, [*loaded.facts[:-1], decision])
    found = [audit(Books(desk.rulebooks, adopted), whole, *YEAR, DAY) for adopted in ({former.digest: former}, {})]
    assert [one.decisions[-1].digest for one in found] == ["same", "other-rules"]


async def test_an_explanation_of_the_very_state_settles_it(desk: Desk, question: Asking) -> None:
    """A recorded explanation counts if it names the decision and the digest that is made of it now."""
    loaded = await decided(desk, question, state_digest="0" * 64)
    decision = loaded.facts[-1]
    now = stated(desk.rulebooks, loaded.facts[:-1], decision)
    said = {
        "effective_on": "2026-08-01",
        "decision": 3,
        "state": now,
        "reason": "a mended count",
        "approved_by": "second",
    }
    asked = question("history-reinterpreted", **said)
    assert (await record(desk, asked, NOW)).kind == "recorded"
    whole = await desk.load(asked.path_id)
    facts = [*loaded.facts, whole.facts[-1]]
    assert audited(desk, Loaded(whole.entries, facts)).decisions[-1].digest == "explained"
    elsewhere = replace_state(facts[-1], "2" * 64)
    assert audited(desk, Loaded(whole.entries, [*facts[:-1], elsewhere])).decisions[-1].digest == "differs"


def replace_state(fact: Fact, state: str) -> Fact:
    """The explanation of another state."""
    changed: Callable[..., Fact] = replace
    return changed(fact, state=state)
