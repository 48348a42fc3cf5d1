"""What a judgement may depend on, and what must not matter: order of recording, later knowledge, who asks first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.correcting import as_corrected
from domain.facts.base import Fact
from domain.facts.correcting import FactCorrected
from domain.judge import judge, weigh
from domain.judgement import Finding, Judgement
from tests.domain.given import facts_of, rulebooks, story
from tests.domain.paths_made import days_of, paths

FACTS = facts_of(story("lin-xiaoyu").facts, "lin-xiaoyu")
WITH_POLICY = rulebooks()


def renumbered(facts: Sequence[Fact]) -> list[Fact]:
    """The same facts as if they had been recorded in this order."""
    return [replace(fact, originator_version=version) for version, fact in enumerate(facts, 1)]


def essence(judgement: Judgement, facts: Sequence[Fact]) -> Judgement:
    """A judgement that knows its facts by kind and day instead of by version."""
    known = {fact.originator_version: f"{fact.effective_on} {fact.TOPIC}" for fact in facts}

    def named(one: Any) -> Any:
        more = {"version": 0} if isinstance(one, Finding) else {}
        return replace(one, rests_on=tuple(sorted(known[version] for version in one.rests_on)), **more)

    return replace(
        judgement,
        findings=tuple(named(one) for one in judgement.findings),
        steps=tuple(named(one) for one in judgement.steps),
        obligations=tuple(named(one) for one in judgement.obligations),
    )


@settings(max_examples=80)
@whenever(paths(corrections=False), st.randoms(use_true_random=False), st.data())
def test_order_of_recording_does_not_matter_for_facts_of_different_days(
    facts: list[Fact], random: Any, data: st.DataObject
) -> None:
    """Recorded in any order of days, a path reads the same on every day; each fact keeps the moment it was recorded."""
    on = data.draw(st.sampled_from(days_of(facts)))
    days = sorted({fact.effective_on for fact in facts})
    random.shuffle(days)
    shuffled = renumbered([fact for day in days for fact in facts if fact.effective_on == day])
    assert essence(judge(WITH_POLICY, shuffled, on), shuffled) == essence(judge(WITH_POLICY, facts, on), facts)


@settings(max_examples=80)
@whenever(paths(), st.data())
def test_what_is_recorded_later_never_changes_what_was_known_before(facts: list[Fact], data: st.DataObject) -> None:
    """As known at a moment, a path is what had been recorded by then: every later word, corrections too, is unseen."""
    on = data.draw(st.sampled_from(days_of(facts)))
    moment = data.draw(st.sampled_from([fact.timestamp for fact in facts]))
    known = [fact for fact in facts if fact.timestamp <= moment]
    assert known == facts[: len(known)]
    at_the_time = judge(WITH_POLICY, list(known), on)
    judge(WITH_POLICY, facts, on)
    assert judge(WITH_POLICY, [fact for fact in facts if fact.timestamp <= moment], on) == at_the_time
    assert repr(judge(WITH_POLICY, facts[: len(known)], on)) == repr(at_the_time)
    assert at_the_time.version == len(known)


@settings(max_examples=80)
@whenever(paths(), st.data())
def test_a_day_is_judged_by_what_had_happened_by_then(facts: list[Fact], data: st.DataObject) -> None:
    """Travelling to a day is judging the facts that count by then: what happens afterwards does not reach back."""
    on = data.draw(st.sampled_from(days_of(facts)))
    spend: Any = partial(replace, says={})
    spent = [spend(fact) if isinstance(fact, FactCorrected) else fact for fact in as_corrected(facts)]
    happened = [fact for fact in spent if fact.effective_on <= on]
    assert judge(WITH_POLICY, facts, on) == replace(judge(WITH_POLICY, happened, on), version=len(facts))


@settings(max_examples=60)
@whenever(paths(), st.data())
def test_findings_of_a_day_stand_for_ever(facts: list[Fact], data: st.DataObject) -> None:
    """What was found of the facts up to a day is found again, word for word, on every later day, by the edition of its."""
    early, late = sorted(data.draw(st.tuples(*[st.sampled_from(days_of(facts))] * 2)))
    then, now = (judge(WITH_POLICY, facts, day).findings for day in (early, late))
    assert [one for one in now if one.on <= early] == list(then)
    assert all(one.edition == WITH_POLICY.on(one.on).name for one in now)


@settings(max_examples=120)
@whenever(paths(), st.data())
def test_weigh_foretells_what_judge_will_find(facts: list[Fact], data: st.DataObject) -> None:
    """For a fact that comes last on its day, the verdict's findings are those that stand once it is recorded.

    What has been done already is proposed once more, too: a decision is then mostly out of its place.
    """
    *before, proposed = data.draw(st.sampled_from([facts[: n + 1] for n in range(len(facts))]))
    if data.draw(st.booleans()):
        before, day = [*before, proposed], proposed.effective_on
        again: Any = data.draw(st.sampled_from(before))
        proposed = replace(again, originator_version=len(before) + 1, effective_on=day)
    verdict = weigh(WITH_POLICY, before, proposed)
    after = judge(WITH_POLICY, [*before, proposed], proposed.effective_on)
    if not any(hasattr(proposed, name) for name in ("corrects", "retracts")):  # these change what is before them
        assert list(verdict.findings) == [one for one in after.findings if one.version == proposed.originator_version]
    blocking = [one for one in verdict.findings if one.severity in ("block", "override")]
    assert verdict.allowed is not bool(blocking)


@settings(max_examples=60)
@whenever(paths(), st.data())
def test_what_is_left_out_changes_nothing_else(facts: list[Fact], data: st.DataObject) -> None:
    """Without findings or steps a judgement is the same in all that it still says."""
    on = data.draw(st.sampled_from(days_of(facts)))
    whole = judge(WITH_POLICY, facts, on)
    assert judge(WITH_POLICY, facts, on, find=False) == replace(whole, findings=())
    assert judge(WITH_POLICY, facts, on, steps=False) == replace(whole, steps=())
    assert judge(WITH_POLICY, facts, on, find=False, steps=False) == replace(whole, findings=(), steps=())


@settings(max_examples=60)
@whenever(paths(), st.data())
def test_an_open_step_asks_for_nothing_that_has_come(facts: list[Fact], data: st.DataObject) -> None:
    """Steps that are done have their day and no window; a closed path leaves nothing open and owes nothing."""
    judgement = judge(WITH_POLICY, facts, data.draw(st.sampled_from(days_of(facts))))
    for step in judgement.steps:
        if step.state != "open":
            assert (step.earliest, step.latest, step.missing, step.why_zh, step.why_en) == (None, None, (), "", "")
        if step.state == "done":
            assert step.done_on is not None
    if judgement.closed:
        assert not judgement.obligations
        assert all(step.state != "open" for step in judgement.steps)


def test_judgement_does_not_change_its_facts_and_can_be_repeated() -> None:
    """Judging twice gives the same answer: nothing is kept between."""
    first = judge(WITH_POLICY, FACTS, date(2026, 12, 1))
    judge(WITH_POLICY, FACTS[:5], date(2024, 1, 1))
    assert judge(WITH_POLICY, FACTS, date(2026, 12, 1)) == first
    assert judge(WITH_POLICY, list(reversed(FACTS)), date(2026, 12, 1) + timedelta(days=0)) == first
