"""Answers explain themselves: the facts they rest on by position, the day counted from, a sentence in each language."""

from tests.api.conftest import Town, activist, talk
from tests.api.test_writing import day


async def test_a_finding_names_the_facts_it_rests_on_by_position(town: Town) -> None:
    """A late talk names the application and itself, at the positions at which the history shows them."""
    path = await town.opened(days_ago=50)
    late = await town.secretary.post(f"{path}/facts/applicant-talk-held?mode=record", talk(reason="papers"))
    (told,) = [one for one in late.json()["findings"] if one["rule"] == "TALK_1M"]
    history = (await town.secretary.get(f"{path}/history")).json()["facts"]
    assert told["rests_on"] == [
        {
            "version": one["version"],
            "position": one["position"],
            "kind": one["topic"],
            "effective_on": one["effective_on"],
        }
        for one in history
    ]
    assert told["start"] == day(50)
    assert day(50) in told["why_zh"]
    assert day(0) in told["why_en"]
    shown = (await town.secretary.get(path)).json()["judgement"]
    assert [one for one in shown["findings"] if one["rule"] == "TALK_1M"] == [told]


async def test_a_refusal_explains_itself_and_its_own_fact_has_no_position(town: Town) -> None:
    """What is refused stands nowhere: it is named beside the facts that do, without a position."""
    path = await town.opened(days_ago=5)
    refused = (await town.secretary.post(f"{path}/facts/activist-determined", activist())).json()
    assert refused["why_zh"] == "缺少“党组织派人谈话”。"
    assert refused["why_en"] == "Missing: “applicant talk held”."
    own = {"version": 2, "position": None, "kind": "activist-determined", "effective_on": day(0)}
    assert refused["rests_on"] == [own]
    assert all(own in one["rests_on"] for one in refused["findings"])


async def test_steps_and_obligations_say_why(town: Town) -> None:
    """An open step and what is owed name the application, from which their days are counted."""
    path = await town.opened(days_ago=5)
    shown = (await town.secretary.get(path)).json()["judgement"]
    step = next(one for one in shown["steps"] if one["id"] == "S02")
    (owed,) = shown["obligations"]
    for one in (step, owed):
        assert [ground["kind"] for ground in one["rests_on"]] == ["application-submitted"]
        assert one["rests_on"][0]["position"] > 0
        assert one["start"] == day(5)
        assert one["why_zh"].endswith("。")
        assert one["why_en"].endswith(".")
    following = (await town.secretary.get(f"{path}/next")).json()
    assert [one["step"]["rests_on"] for one in following["steps"] if one["step"]["id"] == "S02"] == [step["rests_on"]]
