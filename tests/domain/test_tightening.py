"""A school's policy makes national rules stricter, and whatever would loosen one is refused where it stands."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, cast, get_args

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st

from domain.calendar import Period
from domain.checks import CHECKS
from domain.checks.strictness import STRICTER, longer, shorter
from domain.judge import judge
from domain.judgement import Severity
from domain.policyfile import read_policy
from domain.rulebook import Duty, Policy, Rule, Rulebooks
from domain.rulefile import read_rulebooks
from domain.spot import RulebookError
from domain.tightening import GRAVITY
from tests.domain.given import BOTH, RULEBOOKS, course, facts_of, given, rulebooks

EDITIONS = rulebooks(policy=False).editions
INSPECTED = "half-year-inspection-recorded"
HEAD = "policy: p\ntitle: {zh: 甲, en: a}\n"


def books(body: str) -> Rulebooks:
    """The project's editions with a policy of this body."""
    texts = {name: (RULEBOOKS / name).read_text(encoding="utf-8") for name in (*BOTH, "workdays.yaml")}
    return read_rulebooks(
        {name: texts[name] for name in BOTH}, ("p.yaml", HEAD + body), ("workdays.yaml", texts["workdays.yaml"])
    )


def policy(body: str) -> Policy:
    """The policy alone."""
    return read_policy("p.yaml", HEAD + body, EDITIONS)


def rule(known: Rulebooks, name: str, edition: str = "cpc-2026") -> Rule:
    """A rule of an edition by its id."""
    return next(r for e in known.editions if e.name == edition for r in e.rules if r.id == name)


def duty(known: Rulebooks, name: str, edition: str = "cpc-2026") -> Duty:
    """An obligation of an edition by its id."""
    return next(d for e in known.editions if e.name == edition for d in e.duties if d.id == name)


def test_tightened_rule_keeps_its_name_and_source() -> None:
    """It is the national rule with the school's length, under both editions, and says who made it stricter."""
    known = books("tighten:\n  - {rule: INSPECT_6M, limit: {months: 4}, severity: block, source: [UP]}\n")
    for edition in ("cpc-2014", "cpc-2026"):
        national, now = rule(rulebooks(policy=False), "INSPECT_6M", edition), rule(known, "INSPECT_6M", edition)
        assert getattr(now.check, "limit") == Period(months=4)  # noqa: B009 - a field of one check only
        assert (now.severity, now.tightened_by) == ("block", "p")
        assert now.sources == (*national.sources, "UP")
        assert (now.text, now.step, now.on) == (national.text, national.step, national.on)


FROM = """in_force_from: 2022-09-01
capabilities: {college-committee: [file]}
tighten:
  - {rule: INSPECT_6M, limit: {months: 4}, source: [UP]}
  - {obligation: half-year-inspection, due: {months: 4}, source: [UP]}
obligations:
  - id: monthly
    step: S06
    owed_by: applicant
    since: cultivation-start
    due: {months: 1}
    until: [thought-report-received]
    recurs: true
    stages: [activist]
    remind: [0]
    source: [UP]
    text: {zh: 每月汇报, en: Report monthly}
"""
"""A policy that binds from September 2022 on; the activist of the course is cultivated since March."""


def test_policy_binds_from_its_day_and_not_before() -> None:
    """An inspection after five months breaks the school's four on the first day of its policy, and not on the day before."""
    known, always = books(FROM), books(FROM.partition("\n")[2])
    for policy, day, finds in ((known, "08-31", False), (known, "09-01", True), (always, "08-31", True)):
        asked = given(policy, course(INSPECTED)).when(INSPECTED, f"2022-{day}", conclusion="qualified")
        assert ("INSPECT_6M" in {one.rule for one in asked.verdict.findings}) == finds, day
    before, on = (known.on(date(2022, month, day)) for month, day in ((8, 31), (9, 1)))
    assert (before.name, on.name) == ("cpc-2014", "cpc-2014")
    assert before.capabilities["college-committee"] > on.capabilities["college-committee"] == {"file"}


def test_what_a_school_asks_from_a_day_on_is_not_overdue_that_day() -> None:
    """Who was determined long before owes the first report, and the stricter inspection, on the policy's first day."""
    path = given(books(FROM), course(INSPECTED))
    assert path.on("2022-08-31").edition_until == date(2022, 9, 1)
    before, on = ({one.id: one for one in path.on(day).obligations} for day in ("2022-08-31", "2022-09-01"))
    assert "monthly" not in before
    assert before["half-year-inspection"].due_on == date(2022, 9, 21)
    for one in (on["monthly"], on["half-year-inspection"]):
        assert (one.due_on, one.overdue) == (date(2022, 9, 1), False)
        assert "2022-09-01" in one.why_zh


ADDED = """rules:
  - id: {id}
    step: {step}
    on: [{on}]
    {check}
    severity: finding
    source: [UP]
    text: {{zh: 甲, en: a}}
"""
OWED = """obligations:
  - {{id: {id}, step: S06, owed_by: applicant, since: cultivation-start, due: {{months: {months}}}, recurs: true,
     until: [half-year-inspection-recorded], stages: [activist], remind: [0], source: [UP], text: {{zh: 甲, en: a}}}}
"""
SOON, PROPOSED = "within: {since: cultivation-start, limit: {months: 8}}", "development-target-proposed"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        *(
            (ADDED.format(id=name, step="S06", on=INSPECTED, check=SOON), "'INSPECT_6M' is a national rule")
            for name in ("INSPECT_6M", "inspect_6m", "Inspect-6M", "ＩＮＳＰＥＣＴ_6M", "'INSPECT_6M '")
        ),
        (OWED.format(id="own", months=9), "'own' is due later than half-year-inspection of cpc-2014 (R14-11)"),
        (OWED.format(id="Half-Year-Inspection", months=3), "'half-year-inspection' is a national obligation"),
        (
            ADDED.format(id="SOON", step="S07", on=PROPOSED, check=SOON),
            "'SOON' contradicts CULTIVATE_1Y of cpc-2014 (R14-13): no day",
        ),
        ("tighten:\n  - {rule: INSPECT_6M, limit: {months: -3}, source: [UP]}\n", "-3 months is no length of a rule"),
        ("tighten:\n  - {rule: CULTIVATE_1Y, limit: {years: 9999}, source: [UP]}\n", "9999 years is no length"),
    ],
)
def test_what_only_looks_like_an_addition_is_refused(body: str, message: str) -> None:
    """A national id in another guise, the same owed later, a rule that leaves no day, a length that is none."""
    with pytest.raises(RulebookError) as refused:
        policy(body)
    assert str(refused.value).startswith("p.yaml:4: ")
    assert message in str(refused.value)


def test_what_asks_for_more_beside_a_national_one_is_taken() -> None:
    """The same obligation sooner under its own id, a rule that leaves days: a school may."""
    soon = ADDED.format(
        id="SOON", step="S07", on=PROPOSED, check="within: {since: cultivation-start, limit: {years: 3}}"
    )
    assert [one.id for one in policy(OWED.format(id="own", months=4) + soon).duties] == ["own"]


def test_what_was_late_nationally_stays_late_when_a_policy_comes() -> None:
    """A policy that begins after the national day moves nothing back: the inspection is overdue since that day."""
    path = given(books(FROM.replace("2022-09-01", "2022-10-01")), course(INSPECTED))
    (owed,) = (one for one in path.on("2022-10-01").obligations if one.id == "half-year-inspection")
    assert (owed.due_on, owed.overdue) == (date(2022, 9, 21), True)


def test_tightened_in_one_edition_only() -> None:
    """With `edition`, the other one stays as it is."""
    known = books("tighten:\n  - {rule: INSPECT_6M, edition: cpc-2026, limit: {months: 4}, source: [UP]}\n")
    assert rule(known, "INSPECT_6M", "cpc-2014") == rule(rulebooks(policy=False), "INSPECT_6M", "cpc-2014")
    assert rule(known, "INSPECT_6M").tightened_by == "p"


def test_tightened_rule_is_found_and_a_judgement_says_by_whom() -> None:
    """What the nation allows and the school does not is a finding under the national id, marked as the school's."""
    known = books("tighten:\n  - {rule: CULTIVATE_1Y, limit: {months: 18}, source: [UP]}\n")
    facts = facts_of(course("development-target-determined"))
    plain = judge(rulebooks(policy=False), facts, facts[-1].effective_on)
    assert "CULTIVATE_1Y" not in {one.rule for one in plain.findings}
    found = [one for one in judge(known, facts, facts[-1].effective_on).findings if one.rule == "CULTIVATE_1Y"]
    assert {(one.tightened_by, one.sources[-1], "1y" in one.arithmetic) for one in found} == {("p", "UP", False)}
    assert found


def test_tightened_obligation_is_due_earlier_and_told_more() -> None:
    """A shorter length, more rungs and one more role make it stricter; the rest is national."""
    known = books(
        "tighten:\n  - obligation: half-year-inspection\n    due: {months: 4}\n    remind: [-60, -30, 0]\n"
        "    escalate: [superior-committee, organisation-department]\n    source: [UP]\n"
    )
    now, was = duty(known, "half-year-inspection"), duty(rulebooks(policy=False), "half-year-inspection")
    assert (now.due, now.remind, now.tightened_by) == (Period(months=4), (-60, -30, 0), "p")
    assert (now.until, now.since, now.text, now.sources) == (was.until, was.since, was.text, (*was.sources, "UP"))
    path = given(known, course("half-year-inspection-recorded"))
    owed = [one for one in path.on("2026-06-01").obligations if one.id == "half-year-inspection"]
    assert [one.tightened_by for one in owed] == ["p"]


def test_longer_notice_is_told_later() -> None:
    """Where only told that a notice may be closed, more working days are the stricter ones, and fewer are refused."""
    known = books("tighten:\n  - {obligation: notice-end, due: {workdays: 7}, source: [UP]}\n")
    assert duty(known, "notice-end").due_workdays == 7
    with pytest.raises(RulebookError, match="loosens notice-end"):
        books("tighten:\n  - {obligation: notice-end, due: {workdays: 4}, source: [UP]}\n")


LOOSER: list[tuple[str, int, str]] = [
    (
        "tighten:\n  - {rule: INSPECT_6M, limit: {months: 8}, source: [UP]}\n",
        4,
        "limit: 8mo loosens INSPECT_6M of cpc-2014 (R14-11), which says 6mo",
    ),
    (
        "tighten:\n  - rule: CULTIVATE_1Y\n    limit: {months: 11}\n    source: [UP]\n",
        5,
        "limit: 11mo loosens CULTIVATE_1Y of cpc-2014",
    ),
    (
        "tighten:\n  - {rule: AGE_18, severity: warn, source: [UP]}\n",
        4,
        "severity: warn loosens AGE_18 of cpc-2014 (R14-5), which says block",
    ),
    (
        "tighten:\n  - {rule: OATH_1M, limit: {days: 30}, source: [UP]}\n",
        4,
        "cannot be compared with 1mo of OATH_1M of cpc-2026 (R26-29)",
    ),
    (
        "tighten:\n  - {rule: TARGET_NOTICE_5WD, workdays: 4, source: [UP]}\n",
        4,
        "workdays: 4 loosens TARGET_NOTICE_5WD of cpc-2026 (R26-13), which says 5",
    ),
    ("tighten:\n  - {rule: EXTEND_6_12, least: 3, source: [UP]}\n", 4, "least: 3 loosens EXTEND_6_12"),
    ("tighten:\n  - {rule: EXTEND_6_12, most: 18, source: [UP]}\n", 4, "most: 18 loosens EXTEND_6_12"),
    ("tighten:\n  - {rule: LATE_ENTRY, days: 30, source: [UP]}\n", 4, "days: 30 loosens LATE_ENTRY"),
    (
        "tighten:\n  - {rule: ARCHIVE_SET, all_of: [application], source: [UP]}\n",
        4,
        "all_of: application loosens ARCHIVE_SET",
    ),
    (
        "tighten:\n  - {rule: TRAIN_3D_24H, numbers: {days: 3, hours: 16}, source: [UP]}\n",
        4,
        "hours 16 loosens TRAIN_3D_24H",
    ),
    (
        "tighten:\n  - {rule: TRAIN_3D_24H, unless: [training-waiver-granted, departure-consented], source: [UP]}\n",
        4,
        "loosens TRAIN_3D_24H",
    ),
    ("tighten:\n  - {rule: LEAVING_3M, limit: {months: 2}, source: [UP]}\n", 4, "limit: 2mo loosens LEAVING_3M"),
    (
        "tighten:\n  - {rule: INSPECT_6M, since: activist-filed, source: [UP]}\n",
        4,
        "'since' of gap in INSPECT_6M of cpc-2014 (R14-11) cannot be made stricter; these can: limit",
    ),
    (
        "tighten:\n  - {rule: APPROVER_AUTH, may: file, source: [UP]}\n",
        4,
        "'may' of capability in APPROVER_AUTH of cpc-2014",
    ),
    (
        "tighten:\n  - {rule: INSPECT_6M, limit: {months: 6}, source: [UP]}\n",
        4,
        "nothing here is stricter than INSPECT_6M",
    ),
    ("tighten:\n  - {rule: INSPECT_6M, limit: {months: 4}}\n", 4, "source must be given here"),
    ("tighten:\n  - {rule: INSPECT_6M, limit: {months: 4}, source: []}\n", 4, "without a source"),
    ("tighten:\n  - {rule: INSPECT_5M, limit: {months: 4}, source: [UP]}\n", 4, "'INSPECT_5M' is not a national rule"),
    (
        "tighten:\n  - {rule: OATH_1M, edition: cpc-2014, limit: {days: 7}, source: [UP]}\n",
        4,
        "'OATH_1M' is not a national rule of cpc-2014",
    ),
    (
        "tighten:\n  - {rule: OATH_1M, edition: cpc-2016, limit: {days: 7}, source: [UP]}\n",
        4,
        "'cpc-2016' is not an edition",
    ),
    ("tighten:\n  - {limit: {months: 4}, source: [UP]}\n", 4, "name either the `rule` or the `obligation`"),
    ("tighten:\n  - {rule: OATH_1M, drop: true, source: [UP]}\n", 4, "'drop' is unknown here"),
    (
        "tighten:\n  - {rule: OATH_1M, limit: {days: 7}, source: [UP]}\n  - {rule: OATH_1M, limit: {days: 5}, source: [UP]}\n",
        5,
        "'OATH_1M' of cpc-2026 is tightened twice",
    ),
    (
        "tighten:\n  - {obligation: talk, due: {months: 2}, source: [UP]}\n",
        4,
        "due: 2mo loosens talk of cpc-2014 (R14-7), which says 1mo",
    ),
    ("tighten:\n  - {obligation: talk, due: {workdays: 5}, source: [UP]}\n", 4, "is due in years, months or days"),
    (
        "tighten:\n  - {obligation: talk, due: {days: 30}, source: [UP]}\n",
        4,
        "due: 30d cannot be compared with 1mo of talk",
    ),
    ("tighten:\n  - {obligation: talk, remind: [-5, 0], source: [UP]}\n", 4, "remind: -5, 0 loosens talk"),
    (
        "tighten:\n  - {obligation: talk, escalate: [organisation-department], source: [UP]}\n",
        4,
        "escalate: organisation-department loosens talk",
    ),
    ("tighten:\n  - {obligation: talk, source: [UP]}\n", 4, "nothing here is stricter than talk"),
    ("drop: [OATH_1M]\n", 3, "OATH_1M of cpc-2026 (R26-29): a policy adds and tightens, and drops nothing"),
    ("drop: [half-year-inspection]\n", 3, "half-year-inspection of cpc-2014 (R14-11)"),
    ("drop: [NOTHING]\n", 3, "'NOTHING' is no national rule"),
    (
        "capabilities:\n  general-branch: [give-opinion, approve]\n",
        4,
        "cpc-2014 does not let a general-branch 'approve'",
    ),
    ("capabilities:\n  college-committee: [approve]\n", 4, "does not let a college-committee 'approve'"),
    ("capabilities:\n  community: [educate]\n", 4, "'community' is unknown here"),
]


@pytest.mark.parametrize(("body", "line", "message"), LOOSER, ids=[str(n) for n in range(len(LOOSER))])
def test_what_loosens_is_refused_at_its_line(body: str, line: int, message: str) -> None:
    """A longer limit, a softer severity, a dropped rule, a capability granted: each names the rule it collides with."""
    with pytest.raises(RulebookError) as caught:
        policy(body)
    assert str(caught.value).startswith(f"p.yaml:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("check", "collides"),
    [
        (
            "on: [development-target-determined]\n    notice: {point: development-target, workdays: 3}",
            "TARGET_NOTICE_5WD of cpc-2026",
        ),
        (
            "on: [development-target-proposed]\n    at_least: {since: cultivation-start, limit: {months: 6}}",
            "CULTIVATE_1Y of cpc-2014",
        ),
        (
            "on: [half-year-inspection-recorded]\n    gap: {since: cultivation-start, limit: {months: 7}, of: half-year-inspection-recorded}",
            "INSPECT_6M of cpc-2014",
        ),
    ],
)
def test_added_rule_that_asks_less_is_refused(check: str, collides: str) -> None:
    """A school's own rule that says the same as a national one, and less of it, would mislead: it is refused."""
    body = f"rules:\n  - id: MINE\n    step: S08\n    {check}\n    severity: block\n    source: [UP]\n    text: {{zh: 甲, en: a}}\n"
    with pytest.raises(RulebookError, match=f"p.yaml:4: 'MINE' asks less than {collides}"):
        policy(body)


def test_capability_may_be_taken_away() -> None:
    """A college that may approve if authorised is left without it: its approvals are refused."""
    known = books("capabilities:\n  college-committee: [file, consent, train, talk]\n")
    for edition in known.editions:
        assert edition.capabilities["college-committee"] == {"file", "consent", "train", "talk"}
        assert edition.capabilities["branch"] == EDITIONS[0].capabilities["branch"]


def test_every_way_of_being_stricter_belongs_to_a_parameter() -> None:
    """The table names checks and parameters that are there, and every severity has its place in the order."""
    for name, ways in STRICTER.items():
        assert ways.keys() <= {item.name for item in fields(cast("Any", CHECKS[name]))}
    assert sorted(GRAVITY) == sorted(get_args(Severity))


PERIODS = st.builds(Period, years=st.integers(0, 2), months=st.integers(0, 30), days=st.integers(0, 800))
DAYS = st.dates(date(2000, 1, 1), date(2399, 12, 31))


@sampled(PERIODS, PERIODS, DAYS)
def test_lengths_compare_as_their_days_do(new: Period, old: Period, day: date) -> None:
    """What is said to be never longer, or never shorter, is so from whatever day one counts."""
    difference = new.after(day) - old.after(day)
    if shorter(new, old) is True:
        assert difference <= timedelta(0)
    elif shorter(new, old) is False:
        assert difference >= timedelta(0)
    else:
        assert longer(new, old) is None


@pytest.mark.parametrize(
    ("new", "old", "answer"),
    [
        (Period(days=28), Period(months=1), True),
        (Period(days=29), Period(months=1), None),
        (Period(days=30), Period(months=1), None),
        (Period(days=31), Period(months=1), False),
        (Period(months=12), Period(years=1), True),
        (Period(years=1), Period(months=12), True),
        (Period(days=365), Period(years=1), True),
        (Period(days=366), Period(years=1), False),
        (Period(months=1, days=1), Period(days=29), False),
        (Period(months=5, days=40), Period(months=6), False),
        (Period(months=5, days=30), Period(months=6), None),
        (Period(months=5, days=28), Period(months=6), True),
    ],
)
def test_lengths_in_different_terms(new: Period, old: Period, answer: bool | None) -> None:
    """A month is 28 to 31 days: only what holds for every one of them is an answer."""
    assert shorter(new, old) is answer


def values(check: Any) -> Mapping[str, Any]:
    """The parameters of a check."""
    return {item.name: getattr(check, item.name) for item in fields(check)}


def test_what_is_not_tightened_stays_as_it_was() -> None:
    """A policy that tightens one rule changes that rule of the editions and no other."""
    known = books("tighten:\n  - {rule: INSPECT_6M, limit: {months: 4}, source: [UP]}\n")
    for mine, national in zip(known.editions, EDITIONS, strict=True):
        assert [r for r in mine.rules if r.id != "INSPECT_6M"] == [r for r in national.rules if r.id != "INSPECT_6M"]
        assert mine.duties == national.duties
        assert values(mine.rules[0].check) == values(national.rules[0].check)


UNIVERSITY = """\
cultivation_basis: later-of-decision-and-filing
tighten:
  - {rule: TARGET_NOTICE_5WD, workdays: 7, source: [UP]}
  - {obligation: notice-end, due: {workdays: 7}, source: [UP]}
rules:
  - id: WAIT_6M
    step: S03
    on: [activist-determined]
    at_least: {since: application-submitted, limit: {months: 6}}
    severity: block
    source: [UP]
    text: {zh: 递交入党申请书满六个月方可确定为入党积极分子, en: Six months pass between the application and the activist}
  - id: LEAGUE_28
    step: S03
    on: [activist-determined]
    at_least: {since: born, limit: {years: 28, days: 1}, unless: [league-recommendation-recorded]}
    severity: finding
    source: [UP]
    text: {zh: 二十八周岁以下的须经共青团推优, en: Up to the age of 28 the League recommends}
  - id: ABSENCE_6M
    step: all
    on: [member-certificate-issued]
    within: {since: member-certificate-issued, limit: {months: 6}, field: until}
    severity: finding
    source: [UP]
    text: {zh: 外出超过六个月的转接组织关系, en: Who is away for more than six months is transferred}
  - id: DOSSIER_7D
    step: S25
    on: [dossier-filed]
    within: {since: conversion-approved, limit: {days: 7}}
    severity: finding
    source: [UP]
    text: {zh: 转正后七日内归档, en: The dossier is filed within seven days of the conversion}
"""
"""What published university rules ask beyond the sample policy; all of it is said in the forms that there are."""


def test_what_universities_ask_can_be_said() -> None:
    """Waiting months, League recommendation by age, absence, dossier days, longer notices: no other form is needed."""
    known = books(UNIVERSITY)
    early = given(known, course("activist-determined", without=["league-recommendation-recorded"]))
    found = {
        one.rule: one
        for one in early.when("activist-determined", "2022-03-01", decided_by="branch-committee").verdict.findings
    }
    assert found["WAIT_6M"].earliest == date(2022, 4, 11)
    assert found["LEAGUE_28"].missing == ("league-recommendation-recorded",)
    later = given(known, course("activist-determined")).when(
        "activist-determined", "2022-04-11", decided_by="branch-committee"
    )
    assert not {"WAIT_6M", "LEAGUE_28"} & {one.rule for one in later.verdict.findings}


def test_step_names_what_lifts_a_rule_and_no_day_years_ahead() -> None:
    """A student who lacks the League's recommendation is told that it is missing, not to wait until the age of 28."""
    without = given(books(UNIVERSITY), course("activist-determined", without=["league-recommendation-recorded"]))
    step = next(one for one in without.on("2022-03-01").steps if one.id == "S03")
    assert step.earliest is not None
    assert step.earliest.year == 2022
    assert "league-recommendation-recorded" in step.missing
