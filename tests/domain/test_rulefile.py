"""Every mistake in a rulebook file is told with the file, its line, and what would be right."""

import dataclasses
from typing import Any, cast, get_type_hints

import pytest

from domain.checks import CHECKS
from domain.rulefile import read_edition, read_rulebooks, read_workdays
from domain.rulewords import PARAMETERS, reader
from domain.spot import RulebookError
from tests.domain.given import BOTH, RULEBOOKS, rulebooks

GOOD = (RULEBOOKS / "cpc-2014.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> tuple[str, int]:
    """The good file with one change, and the line on which it stands."""
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1), GOOD[: GOOD.index(old)].count("\n") + 1


MISTAKES: list[tuple[str, str, int, str]] = [
    (
        "at_least: {since: born, limit: {years: 18}}",
        "at_leats: {since: born, limit: {years: 18}}",
        0,
        "'at_leats' is unknown",
    ),
    (
        "since: born, limit: {years: 18}}",
        "since: birth, limit: {years: 18}}",
        0,
        "'birth' is not a kind of fact or a moment",
    ),
    ("on: [applicant-talk-held]", "on: [applicant-talk-hold]", 0, "'applicant-talk-hold' is not a kind of fact"),
    (
        "present: {facts: [applicant-talk-held]}",
        "present: {facts: [talk-held]}",
        0,
        "'talk-held' is not a kind of fact",
    ),
    ("limit: {years: 18}}", "limit: {years: eighteen}}", 0, "'eighteen' is not a number"),
    ("limit: {years: 18}}", "limit: {years: 17.5}}", 0, "'17.5' is not a whole number"),
    ("limit: {years: 18}}", "limit: {jears: 18}}", 0, "'jears' is unknown here; allowed: years, months, days"),
    ("limit: {years: 18}}", "limit: 18}", 0, "a mapping is expected here"),
    ("at_least: {since: born, limit: {years: 18}}", "at_least: {since: born}", 0, "limit must be given"),
    ("    severity: block\n", "    severity: fatal\n", 0, "'fatal' is not a severity"),
    ("    source: [R14-5]", "    source: []", 0, "without a source"),
    ("    source: [R14-5]\n", "", -5, "source must be given"),
    ("    confidence: verify", "    confidence: perhaps", 0, "'perhaps' is not a confidence"),
    ("    text: {zh: 入党申请人须年满十八岁, en: An applicant", "    text: {en: An applicant", 0, "zh must be given"),
    ("  - id: AGE_18_BIRTHDAY", "  - id: AGE_18", 0, "'AGE_18' is given twice"),
    ("  - id: S02", "  - id: S01", 0, "'S01' is given twice"),
    ("    step: S01", "    step: S99", 0, "'S99' is not a step"),
    (
        "    stage: applicant",
        "    stage: aplicant",
        0,
        "'aplicant' is not a stage; allowed here, for instance: applicant",
    ),
    ("    acts: branch-secretary", "    acts: branch-secretery", 0, "'branch-secretery' is not a role"),
    ("    owed_by: branch-secretary", "    owed_by: someone", 0, "'someone' is not a role"),
    ("    remind: [-10, 0]", "    remind: []", 0, "without a reminder ladder"),
    ("    remind: [-10, 0]", "    remind: [0, -10]", 0, "the rungs of a ladder rise"),
    ("    remind: [-10, 0]", "    remind: [0, 0]", 0, "the rungs of a ladder rise"),
    (
        "    remind: [-10, 0]",
        "    remind: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]",
        0,
        "at most 12 rungs, and this one 13",
    ),
    ("    remind: [-10, 0]", "    remind: [-10, 367]", 0, "the rung 367 lies more than a year from the due day"),
    (
        "    remind: [-10, 0]",
        "    remind: [-10, 0, 1, 2, 3, 4]\n    remind_workdays: [1, 2, 3, 4, 5, 6, 7]",
        0,
        "at most 12 rungs, in days and working days together",
    ),
    ("    escalate: [superior-committee]", "    escalate: [heaven]", 0, "'heaven' is not a role"),
    (
        "    escalate: [superior-committee]",
        "    escalate: [superior-committee, branch-secretary]",
        0,
        "'branch-secretary' owes it: it climbs to others, for instance superior-committee, organisation-department",
    ),
    (
        "    escalate: [superior-committee]",
        "    escalate: [superior-committee, organisation-department, superior-committee]",
        0,
        "'superior-committee' stands on this ladder twice, and it would never end",
    ),
    (
        "    extended_by: approval-period-extended",
        "    extended_by: admission-filed",
        0,
        "'until' is not a field of admission-filed",
    ),
    ("from: [none], to: applicant}", "from: [none], to: applicant, closes: closed}", 0, "either `to` or `closes`"),
    ("closes: completed}", "closes: finished}", 0, "'finished' is not an ending"),
    ("{fact: activist-determined, from", "{fact: activist-filed, from", 0, "'activist-filed' is not a transition"),
    ("in_force_from: 2014-05-28", "in_force_from: May 2014", 0, "'May 2014' is not a day; write 2026-05-11"),
    ("  party-group: [give-opinion]", "  party-circle: [give-opinion]", 0, "'party-circle' is unknown here"),
    ("capability: {may: file}", "capability: {may: fill}", 0, "'fill' is not a capability of any unit"),
    (
        "same_day: {field: probation_from",
        "same_day: {field: probation_since",
        0,
        "'probation_since' is not a field of admission-approved",
    ),
    ("holds: {fields: {full_member: true}}", "holds: {fields: {fullmember: true}}", 0, "'fullmember' is not a field"),
    (
        "members, masses], of: opinions-heard}",
        "members, crowd], of: opinions-heard}",
        0,
        "'crowd' is not a value of heard",
    ),
    ("    where: {outcome: extend}", "    where: {outcome: extnd}", 0, "'extnd' is not a value of outcome"),
    (
        "    where: {outcome: extend}",
        "    where: {outcom: extend}",
        0,
        "'outcom' is not a field of conversion-resolved",
    ),
    ("holds: {result: pass}}]}", "holds: {result: passed}}]}", 0, "'passed' is not a value of result"),
    (
        "numbers: {days: 3, hours: 24}",
        "numbers: {weeks: 3, hours: 24}",
        0,
        "'weeks' is not a field of target-training-completed",
    ),
    ("ballot: {asks: tally}", "ballot: {asks: tallies}", 0, "'tallies' is not a choice"),
    ("in_stage: {}", "in_stage: {stage: applicant}", 0, "'stage' is unknown here"),
    ("    repeats: true", "    repeats: often", 0, "'often' is not true or false"),
    ("    done_by: [application-submitted]", "    done_by:\n\t- application-submitted", 1, "this is not YAML"),
    ("edition: cpc-2014", "edition: cpc-2014\nedition: cpc-2015", 1, "'edition' stands here twice"),
    ("edition: cpc-2014", "editon: cpc-2014", 0, "'editon' is unknown here"),
    ("    since: application-submitted", "    since: ''", 0, "a text is expected here"),
    ("edition: cpc-2014", "edition: cpc-2014\x07", 0, "the character U+0007 may not stand here"),
]


@pytest.mark.parametrize(
    ("old", "new", "below", "message"), MISTAKES, ids=[one[3][:40] + str(n) for n, one in enumerate(MISTAKES)]
)
def test_mistake_is_told_at_its_line(old: str, new: str, below: int, message: str) -> None:
    """Each kind of mistake names the file, the very line, and what is wrong with it."""
    text, line = changed(old, new)
    with pytest.raises(RulebookError) as caught:
        read_edition("cpc-2014.yaml", text)
    assert str(caught.value).startswith(f"cpc-2014.yaml:{line + below}: ")
    assert message in str(caught.value)


def test_stage_that_nothing_leads_to() -> None:
    """A stage that no move reaches is refused at its own line."""
    text, line = changed(
        "  full-member: {zh: 正式党员", "  honorary: {zh: 名誉, en: honorary}\n  full-member: {zh: 正式党员"
    )
    with pytest.raises(RulebookError, match=f"cpc-2014.yaml:{line}: no move leads to the stage 'honorary'"):
        read_edition("cpc-2014.yaml", text)


def test_stage_from_which_no_path_is_completed() -> None:
    """A stage with no way on to completion is a dead end, even if a path can be withdrawn there."""
    text, _ = changed("  - {fact: dossier-filed, from: [full-member], closes: completed}\n", "")
    with pytest.raises(RulebookError, match="the stage 'applicant' is a dead end"):
        read_edition("cpc-2014.yaml", text)
    text, _ = changed("from: [activist], to: development-target}", "from: [applicant], to: development-target}")
    with pytest.raises(RulebookError, match="the stage 'activist' is a dead end"):
        read_edition("cpc-2014.yaml", text)


def test_rule_with_two_checks_or_none() -> None:
    """A rule uses exactly one check."""
    text, line = changed(
        "    at_least: {since: born, limit: {years: 18}}\n",
        "    in_stage: {}\n    at_least: {since: born, limit: {years: 18}}\n",
    )
    with pytest.raises(RulebookError, match=rf"cpc-2014.yaml:{line - 3}: .*here: in_stage, at_least"):
        read_edition("cpc-2014.yaml", text)
    text, line = changed("    at_least: {since: born, limit: {years: 18}}\n", "")
    with pytest.raises(RulebookError, match=rf"cpc-2014.yaml:{line - 3}: .*here: none"):
        read_edition("cpc-2014.yaml", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml:1: the file is empty"),
        ("# only a remark\n", "x.yaml:1: the file is empty"),
        ("- a list\n", "x.yaml:1: a mapping is expected here"),
        ("edition: [1\n", "x.yaml:2: this is not YAML"),
        ("edition: a\n---\nedition: b\n", "x.yaml:2: this is not YAML"),
        ("edition: a\n", "x.yaml:1: title, in_force_from"),
    ],
)
def test_file_that_is_no_rulebook(text: str, message: str) -> None:
    """An empty file, a list, two documents or broken YAML are told as such."""
    with pytest.raises(RulebookError) as caught:
        read_edition("x.yaml", text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026:\n  off: [2025-01-01]\n  worked: []\n", "w.yaml:2: 2025-01-01 is not a day of 2026"),
        ("2026:\n  off: []\n", "w.yaml:2: worked must be given here"),
        ("twenty:\n  off: []\n  worked: []\n", "w.yaml:2: 'twenty' is not a year"),
        ("2026:\n  off: [2026-02-30]\n  worked: []\n", "w.yaml:2: '2026-02-30' is not a day"),
    ],
)
def test_mistake_in_the_table_of_working_days(text: str, message: str) -> None:
    """A day in the wrong year, a missing list and a day that does not exist are told at their line."""
    with pytest.raises(RulebookError) as caught:
        read_workdays("w.yaml", text)
    assert str(caught.value).startswith(message)


def test_no_edition_at_all() -> None:
    """Without any edition there is nothing to judge by."""
    with pytest.raises(RulebookError, match="at least one edition"):
        read_rulebooks({}, None, ("w.yaml", "2026: {off: [], worked: []}"))


def test_digest_changes_with_any_byte() -> None:
    """The digest names this very set of files: text, names, policy and calendar."""
    days = ("w.yaml", "2026: {off: [], worked: []}\n")
    digests = {
        read_rulebooks({"a.yaml": GOOD}, None, days).digest,
        read_rulebooks({"b.yaml": GOOD}, None, days).digest,
        read_rulebooks({"a.yaml": GOOD + "\n"}, None, days).digest,
        read_rulebooks({"a.yaml": GOOD}, None, ("w.yaml", "2026: {off: [2026-01-01], worked: []}\n")).digest,
        read_rulebooks({"a.yaml": GOOD}, ("p.yaml", "policy: p\ntitle: {zh: 甲, en: a}\n"), days).digest,
    }
    assert len(digests) == 5
    assert rulebooks().digest == rulebooks(*BOTH).digest


def test_every_parameter_of_every_check_has_a_reader() -> None:
    """A check whose parameter could not be read would fail at import; a type without a reader is an error."""
    for name, verb in CHECKS.items():
        assert set(PARAMETERS[name]) == {item.name for item in dataclasses.fields(cast("Any", verb))}
        hints: dict[str, Any] = get_type_hints(verb)
        assert all(callable(reader(hints[parameter])) for parameter in PARAMETERS[name])
    with pytest.raises(KeyError):
        reader(complex)


def test_every_check_is_used_by_some_rule() -> None:
    """No verb is kept that no rule speaks."""
    books = rulebooks()
    rules = [*books.policy.rules, *(rule for edition in books.editions for rule in edition.rules)]
    assert {rule.check.NAME for rule in rules} == set(CHECKS)


@pytest.mark.parametrize("name", BOTH)
def test_all_25_steps_stand_in_order_and_each_act_is_known(name: str) -> None:
    """Both editions know the steps S01 to S25, in both languages, none at an unknown stage."""
    edition = rulebooks(name).editions[0]
    assert list(edition.steps) == [f"S{n:02}" for n in range(1, 26)]
    places = [edition.order[step.stage] for step in edition.steps.values()]
    assert places == sorted(places)
    assert all(step.title.zh and step.title.en for step in edition.steps.values())
