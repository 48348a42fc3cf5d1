"""What a judgement may depend on, and what must not matter: order of recording, later knowledge, who asks first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.facts.base import Fact
from domain.judge import judge, weigh
from domain.judgement import Finding, Judgement
from tests.domain.given import facts_of, rulebooks, story

FACTS = facts_of(story("lin-xiaoyu").facts, "lin-xiaoyu")
WITH_POLICY = rulebooks()


def renumbered(facts: list[Fact]) -> list[Fact]:
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


@settings(max_examples=60)
@whenever(st.randoms(use_true_random=False), st.sampled_from(range(0, 1400, 7)))
def test_order_of_recording_does_not_matter_for_facts_of_different_days(random: Any, after: int) -> None:
    """Recorded in any order of days, a path reads the same on every day."""
    days = sorted({fact.effective_on for fact in FACTS})
    random.shuffle(days)
    shuffled = renumbered([fact for day in days for fact in FACTS if fact.effective_on == day])
    on = FACTS[0].effective_on + timedelta(days=after)
    assert essence(judge(WITH_POLICY, shuffled, on), shuffled) == essence(judge(WITH_POLICY, FACTS, on), FACTS)


@settings(max_examples=60)
@whenever(st.integers(1, len(FACTS) - 1), st.integers(0, 1400))
def test_fact_recorded_later_never_changes_what_was_judged_before(known: int, after: int) -> None:
    """The judgement of what was known, made again when more is known, is the same word for word."""
    on = FACTS[0].effective_on + timedelta(days=after)
    before = judge(WITH_POLICY, FACTS[:known], on)
    log = [*FACTS[:known], *FACTS[known:]]
    assert judge(WITH_POLICY, [one for one in log if one.originator_version <= known], on) == before
    assert repr(judge(WITH_POLICY, FACTS[:known], on)) == repr(before)


@settings(max_examples=80)
@whenever(st.data())
def test_weigh_foretells_what_judge_will_find(data: st.DataObject) -> None:
    """For a fact that comes last, the verdict's findings are those that stand once it is recorded."""
    dropped = data.draw(st.sets(st.integers(1, len(FACTS) - 2), max_size=8))
    upto = data.draw(st.integers(1, len(FACTS) - 1))
    facts = renumbered([fact for n, fact in enumerate(FACTS[: upto + 1]) if n not in dropped or n == upto])
    *before, proposed = facts
    verdict = weigh(WITH_POLICY, before, proposed)
    found = judge(WITH_POLICY, facts, proposed.effective_on).findings
    assert set(verdict.findings) == {one for one in found if one.version == proposed.originator_version}


@settings(max_examples=60)
@whenever(st.integers(1, len(FACTS)), st.integers(0, 1400))
def test_what_is_left_out_changes_nothing_else(known: int, after: int) -> None:
    """Without findings or steps a judgement is the same in all that it still says."""
    on = FACTS[0].effective_on + timedelta(days=after)
    whole = judge(WITH_POLICY, FACTS[:known], on)
    assert judge(WITH_POLICY, FACTS[:known], on, find=False) == replace(whole, findings=())
    assert judge(WITH_POLICY, FACTS[:known], on, steps=False) == replace(whole, steps=())
    assert judge(WITH_POLICY, FACTS[:known], on, find=False, steps=False) == replace(whole, findings=(), steps=())


def test_judgement_does_not_change_its_facts_and_can_be_repeated() -> None:
    """Judging twice gives the same answer: nothing is kept between."""
    first = judge(WITH_POLICY, FACTS, date(2026, 12, 1))
    judge(WITH_POLICY, FACTS[:5], date(2024, 1, 1))
    assert judge(WITH_POLICY, FACTS, date(2026, 12, 1)) == first
