"""What two sets of rulebooks say otherwise is told rule by rule, and rules are said in the words of their files."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from domain.difference import differences
from domain.exampled import unexampled
from domain.judge import judge
from domain.rulechange import Change, changes, concerning
from domain.rulefile import read_rulebooks
from domain.rulelines import words_of
from domain.rulesaid import edition_said, inline, policy_said
from domain.rulewords import check
from domain.spot import read_spot
from tests.domain.given import BOTH, RULEBOOKS, course, facts_of, rulebooks

TEXTS = {
    name: (RULEBOOKS / name).read_text(encoding="utf-8") for name in (*BOTH, "policy-sample.yaml", "workdays.yaml")
}


def books(**texts: str) -> Any:
    """The project's set, some files with another text."""
    known = {**TEXTS, **{f"{name.replace('_', '-')}.yaml": text for name, text in texts.items()}}
    policy, days = ("policy-sample.yaml", "workdays.yaml")
    return read_rulebooks({name: known[name] for name in BOTH}, (policy, known[policy]), (days, known[days]))


def test_a_set_says_the_same_as_itself() -> None:
    """No difference is made up."""
    assert list(changes(rulebooks(), books())) == []


def test_what_was_changed_is_told_and_nothing_else() -> None:
    """A limit, a severity, a rule that is gone, one that came, a rung, the times of reminding: each once, by book and name."""
    edition = TEXTS["cpc-2026.yaml"].replace("limit: {years: 18}}", "limit: {years: 19}}", 1)
    edition = edition.replace("    remind: [-10, 0]", "    remind: [-20, -10, 0]", 1)
    policy = TEXTS["policy-sample.yaml"].replace("id: PREREVIEW_1M", "id: PREREVIEW_SOON")
    policy += "reminders: {send_at: 08:37, remind_workdays: [3], quiet: {after: 21:30}}\n"
    found = list(changes(books(), books(cpc_2026=edition, policy_sample=policy)))
    how = [one for one in found if one.name.startswith("reminders")]
    assert [(one.name, one.before, one.after) for one in how] == [
        ("reminders send_at", "09:07", "08:37"),
        ("reminders remind", [-30, -7, -1, 0, 3, 7], []),
        ("reminders remind_workdays", [], [3]),
        ("reminders after", None, "21:30"),
    ]
    found = [one for one in found if one not in how]
    assert found[:2] == [
        Change("cpc-2026", "AGE_18", "limit", {"years": 18}, {"years": 19}),
        Change("cpc-2026", "talk", "remind", [-10, 0], [-20, -10, 0]),
    ]
    gone, came = found[2:]
    assert (gone.book, gone.id, gone.after, came.id, came.before) == (
        "sample",
        "PREREVIEW_1M",
        None,
        "PREREVIEW_SOON",
        None,
    )
    assert gone.before == came.after == "The pre-review is done within a month of the papers being sent (UP)"


def test_two_editions_are_compared_with_each_other() -> None:
    """Where each set has one edition only, those two are compared, whatever their names."""
    found = list(changes(rulebooks("cpc-2014.yaml"), rulebooks("cpc-2026.yaml")))
    assert {one.book for one in found} == {"cpc-2014 → cpc-2026"}
    assert (
        Change(
            "cpc-2014 → cpc-2026",
            "OATH_1M",
            "rule",
            None,
            "The oath is generally taken within a month of approval (R26-29)",
        )
        in found
    )
    both = list(changes(rulebooks("cpc-2014.yaml"), rulebooks()))
    assert [(one.book, one.name, one.before) for one in both] == [("cpc-2026", "edition", None)]


@pytest.mark.parametrize("name", BOTH)
def test_rules_are_said_as_their_files_say_them(name: str) -> None:
    """Check and parameters of every rule, written inline, are read as that very check; so are an obligation's days."""
    edition = rulebooks(name).editions[0]
    words = words_of(edition.capabilities)
    file = yaml.safe_load(TEXTS[name])
    for rule, said in zip(edition.rules, edition_said(edition).rules, strict=True):
        topics = tuple(topic for topic in rule.on if topic != "any")
        assert check(said.check, read_spot("x.yaml", inline(said.parameters)), topics, words) == rule.check
    for duty, written in zip(edition_said(edition).obligations, file["obligations"], strict=True):
        assert (duty.due, duty.since, duty.remind) == (written["due"], written["since"], tuple(written["remind"]))


def test_tightening_shows_what_it_was_and_what_it_is() -> None:
    """Of what a policy tightens, only what differs is said: as the edition has it, and as it is here."""
    text = (
        TEXTS["policy-sample.yaml"]
        + "\ntighten:\n  - {rule: OATH_1M, limit: {days: 14}, severity: finding, source: [UP]}\n"
    )
    known = books(policy_sample=text)
    (one,) = policy_said(known.policy).tightenings
    assert (one.edition, one.id) == ("cpc-2026", "OATH_1M")
    assert one.was == {"limit": {"months": 1}, "severity": "warn"}
    assert one.now == {"limit": {"days": 14}, "severity": "finding"}
    rule = next(r for r in edition_said(known.editions[1]).rules if r.id == "OATH_1M")
    assert (rule.tightened_by, list(rule.sources)) == ("sample", ["R26-29", "UP"])


def test_rule_without_an_example_is_told_at_its_line() -> None:
    """A rule that lacks an example of one kind, or of both, is named with its line; with both, nothing is said."""
    text, examples = TEXTS["cpc-2026.yaml"], (RULEBOOKS / "examples" / "rules.yaml").read_text(encoding="utf-8")
    assert list(unexampled("c.yaml", text, ("rules.yaml", examples))) == []
    line = text[: text.index("id: OATH_1M")].count("\n") + 1
    without = examples.replace("- rule: OATH_1M", "- rule: OTHER")
    assert list(unexampled("c.yaml", text, ("rules.yaml", without))) == [
        f"c.yaml:{line}: 'OATH_1M' has no example that passes and one that fails in rules.yaml"
    ]
    half = yaml.safe_dump(
        [{k: v for k, v in one.items() if (one["rule"], k) != ("OATH_1M", "fails")} for one in yaml.safe_load(examples)]
    )
    assert list(unexampled("c.yaml", text, ("rules.yaml", half))) == [
        f"c.yaml:{line}: 'OATH_1M' has no example that fails in rules.yaml"
    ]


def test_an_added_way_of_saying_is_not_forgotten() -> None:
    """What a rule says is part of what is compared: another text of a rule is a difference."""
    known = rulebooks()
    edition = known.editions[1]
    other = replace(edition.rules[0], confidence="verify")
    changed = replace(known, editions=(known.editions[0], replace(edition, rules=(other, *edition.rules[1:]))))
    assert [one.name for one in changes(known, changed)] == ["confidence"]


CHANGES = [
    "tighten:\n  - {rule: TALK_1M, limit: {days: 21}, source: [UP]}\n",
    "tighten:\n  - {obligation: conversion-discussion, due: {days: 10}, source: [UP]}\n",
    "tighten:\n  - {rule: LATE_ENTRY, days: 1, source: [UP]}\n",
    "tighten:\n  - {rule: APPROVE_3M, limit: {months: 1}, source: [UP]}\n",
    "tighten:\n  - {rule: CULTIVATE_1Y, limit: {months: 18}, source: [UP]}\n",
    "cultivation_basis: decision\n",
    "capabilities:\n  branch: [educate]\n",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("day", ["2022-06-01", "2023-07-15", "2024-12-01", "2025-09-01"])
def test_rules_that_make_no_difference_may_be_left_out(change: str, day: str) -> None:
    """Judged under what concerns a change alone, a path differs in the very same items as under the whole sets."""
    text = TEXTS["policy-sample.yaml"]
    kept = (
        text
        if "cultivation_basis" not in change
        else text.replace("cultivation_basis: later-of-decision-and-filing\n", "")
    )
    before, after = books(), books(policy_sample=kept + "\n" + change)
    facts = [fact for fact in facts_of(course()) if fact.effective_on <= date.fromisoformat(day)]
    few = concerning(before, after)
    whole, part = (
        list(differences(*(judge(one, facts, date.fromisoformat(day)) for one in pair)))
        for pair in ((before, after), few)
    )
    assert part == whole
    alike = "tighten" in change
    assert (len(few[0].editions[0].rules) < len(before.editions[0].rules)) == alike
