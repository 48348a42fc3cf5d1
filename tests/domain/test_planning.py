"""Plans, told by examples: the worked example day by day, favours, assumptions, paths that are closed, paused or extended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.facts.base import Fact
from domain.planning import Act, Plan, Refused, UnknownName, by_month, horizon, plan, ripening
from domain.rulebook import Rulebooks
from domain.story import Told
from domain.units import UnitState
from tests.domain.given import course, facts_of, rulebooks, story, told

LIN = facts_of(story("lin-xiaoyu").facts, "lin-xiaoyu")
BOOKS, NATIONAL = rulebooks(), rulebooks(policy=False)
OLD, NEW = (rulebooks(f"cpc-{year}.yaml", policy=False) for year in (2014, 2026))


def on(day: str) -> date:
    """A day."""
    return date.fromisoformat(day)


def lin(day: str, books: Rulebooks = BOOKS, **asked: Any) -> Plan:
    """Lin Xiaoyu's plan as it stood on a day."""
    return plan(books, LIN, on(day), **asked)


def after(*more: Told, upto: str, day: str, books: Rulebooks = OLD, **asked: Any) -> Plan:
    """The plan of the faultless course before the first fact of a kind, when more has happened."""
    return plan(books, facts_of([*course(upto), *more]), on(day), **asked)


def act(planned: Plan, name: str) -> Act:
    """One act of a plan."""
    return next(one for one in planned.acts if one.name == name)


def goals(planned: Plan) -> dict[str, str]:
    """When each stage can be reached."""
    return {one.stage: str(one.earliest) for one in planned.goals}


def test_year_of_cultivation_gives_the_first_day_of_the_development_target() -> None:
    """Standing at 2024-04-15, when the year began, the earliest day is 2025-04-15, by the rule with its source."""
    planned = lin("2024-04-15", NATIONAL)
    assert goals(planned)["development-target"] == "2025-04-15"
    proposed = act(planned, "development-target-proposed")
    assert (proposed.earliest, proposed.because.rule, proposed.because.days) == (on("2025-04-15"), "CULTIVATE_1Y", 365)
    assert proposed.because.sources == ("R14-13",)
    assert proposed.because.arithmetic.startswith("2024-04-15 + 1y → 2025-04-15")
    assert proposed.because.why_zh


def test_notices_of_the_school_cost_working_days() -> None:
    """With the sample policy five working days lie between the proposal and the listing, and before the assembly."""
    planned = lin("2024-04-15")
    assert goals(planned)["development-target"] == "2025-04-21"
    closed = act(planned, "public-notice-closed[point=development-target]")
    assert (closed.earliest, closed.because.rule) == (on("2025-04-21"), "NOTICE_TARGET")
    assert act(planned, "development-target-determined").because.waits_for == closed.name


def test_new_edition_asks_for_consent_and_notice_in_its_order() -> None:
    """Under cpc-2026 alone the superior's consent comes after the proposal, the notice after the consent."""
    planned = lin("2024-04-15", NEW)
    names = [one.name for one in planned.acts if one.step == "S08"]
    assert names == [
        "superior-consent-given",
        "public-notice-opened[point=development-target]",
        "public-notice-closed[point=development-target]",
        "development-target-determined",
    ]
    assert goals(planned)["development-target"] == "2025-04-21"


def test_each_act_is_judged_under_the_edition_of_its_day() -> None:
    """From early 2026 an activist's proposal falls under the new edition, and what it asks for is planned."""
    facts = facts_of([replace_day(one, 1570) for one in course("half-year-inspection-recorded")])
    planned = plan(NATIONAL, facts, on("2026-04-01"))
    assert planned.edition == "cpc-2014"
    assert {one.edition for one in planned.acts if one.step > "S07"} == {"cpc-2026"}
    assert act(planned, "superior-consent-given").edition == "cpc-2026"


def replace_day(one: Told, days: int) -> Told:
    """The same, so many days later."""
    says = {
        name: str(on(value) + timedelta(days=days)) if name == "leaves_on" else value
        for name, value in one.says.items()
    }
    return replace(one, day=one.day + timedelta(days=days), says=says)


def test_probation_is_counted_from_the_planned_assembly() -> None:
    """A year after the assembly conversion can be discussed; the fields that follow from rules are filled in."""
    planned = lin("2025-09-12", NATIONAL)
    assert goals(planned) == {
        "probationary-member": "2025-09-12",
        "full-member": "2026-09-12",
        "completed": "2026-09-12",
    }
    assert act(planned, "conversion-resolved").because.rule == "CONVERT_NOT_EARLY"
    assert act(planned, "conversion-vote-recorded").because.kind == "with"


def test_leaving_day_is_wanted_by_default_and_gives_last_days() -> None:
    """The end is wanted by the day on which Lin leaves; a year before it the assembly is too late, and it says why."""
    planned = lin("2025-09-12", OLD)
    assert (planned.by, planned.by_from, planned.feasible) == (on("2027-06-25"), "leaves", True)
    assembly = act(planned, "admission-resolution-adopted")
    assert assembly.latest == on("2026-06-25")
    assert assembly.latest_because
    assert assembly.latest_because.rule == "CONVERT_NOT_EARLY"
    approval = act(planned, "admission-approved")
    assert (approval.latest, approval.latest_because and approval.latest_because.rule) == (
        on("2026-09-25"),
        "APPROVE_3M",
    )


def test_inspection_of_probation_comes_before_the_conversion_is_applied_for() -> None:
    """An act that may repeat has its place in the order too: its last day is not that of the whole path."""
    planned = lin("2025-12-13", by=on("2027-06-25"))
    inspected, applied = (
        act(planned, name) for name in ("probation-inspection-recorded", "conversion-application-submitted")
    )
    assert inspected.latest == applied.latest
    assert inspected.latest_because
    assert inspected.latest_because.waits_for == "conversion-application-submitted"


def test_a_day_that_has_passed_is_what_stands_in_the_way() -> None:
    """Whoever has left already cannot be in time; no rule is blamed alone for what the calendar does."""
    planned = lin("2025-09-12", NATIONAL, by=on("2025-09-11"))
    assert [(one.kind, one.rule) for one in planned.obstacles] == [("by", ""), ("rule", "CONVERT_NOT_EARLY")]
    assert planned.late_days > 0


def test_end_of_the_calendar_limits_nothing() -> None:
    """Whoever is written down as leaving in the year 9999 has a plan, and no last days."""
    planned = lin("2025-09-12", NATIONAL, by=date.max)
    assert planned.feasible
    assert act(planned, "dossier-filed").latest is None


def test_critical_acts_are_those_that_cannot_wait() -> None:
    """Conversion waits for the assembly, not for the oath: one delays the end, the other does not."""
    planned = lin("2025-09-12", NATIONAL)
    critical = {one.name for one in planned.acts if one.critical}
    assert {"pre-review-passed", "admission-resolution-adopted", "conversion-resolved", "dossier-filed"} <= critical
    assert not {"oath-taken", "admission-approved", "pre-approval-talk-held"} & critical


def test_what_cannot_be_in_time_says_which_rules_and_by_how_many_days() -> None:
    """Conversion by the end of 2025 cannot be, admission can; the year of probation is what keeps it."""
    planned = lin("2025-09-12", NATIONAL, by=on("2025-12-31"))
    assert (planned.feasible, planned.end, planned.late_days) == (False, on("2026-09-12"), 255)
    assert [one.rule for one in planned.obstacles] == ["CONVERT_NOT_EARLY"]
    assert [(one.stage, one.in_time) for one in planned.goals] == [
        ("probationary-member", True),
        ("full-member", False),
        ("completed", False),
    ]


def test_person_who_leaves_within_three_months_is_processed_by_a_favour_only() -> None:
    """Too late for the pre-review, the plan goes on with the superior's consent, and says that it is no right."""
    planned = lin("2025-09-12", OLD, assumed={"departure-expected[leaves_on=2025-11-30]": on("2025-09-12")})
    assert planned.feasible is False
    favour = act(planned, "departure-consented")
    assert favour.exception
    assert "LEAVING_3M" in [one.rule for one in planned.obstacles]
    assert (planned.by, planned.by_from) == (on("2025-11-30"), "leaves")


def test_assumed_assembly_moves_what_has_to_come_near_it() -> None:
    """Under cpc-2026 the assembly comes within a month of the pre-review: held later, the pre-review has to wait."""
    planned = lin("2025-09-12", NEW, assumed={"admission-resolution-adopted": on("2026-03-20")})
    assert act(planned, "admission-resolution-adopted").assumed
    reviewed = act(planned, "pre-review-passed")
    assert (reviewed.earliest, reviewed.because.rule) == (on("2026-02-20"), "ASSEMBLY_1M")
    assert not reviewed.findings
    assert goals(planned)["full-member"] == "2027-03-20"


@pytest.mark.parametrize(
    ("name", "day", "rule"),
    [
        ("development-target-proposed", "2025-04-14", "CULTIVATE_1Y"),
        ("admission-resolution-adopted", "2024-05-01", "STAGE"),
        ("pre-review-passed", "2027-05-01", "LEAVING_3M"),
    ],
)
def test_assumption_that_the_judge_refuses_is_refused_with_the_verdict(name: str, day: str, rule: str) -> None:
    """Assumed too early, out of stage or too late, an act is refused by the rule that would refuse it."""
    with pytest.raises(Refused) as refused:
        lin("2024-04-15", OLD, assumed={name: on(day)})
    assert rule in {one.rule for one in refused.value.verdict.findings}


@pytest.mark.parametrize(
    "name", ["promotion", "oath-taken[colour=red]", "public-notice-opened[point=nowhere]", "unit-dissolved"]
)
def test_assumption_of_what_cannot_be_said_is_told(name: str) -> None:
    """A kind of fact or a field that there is not cannot be assumed."""
    with pytest.raises(UnknownName):
        lin("2024-04-15", assumed={name: on("2025-05-01")})


def test_working_days_beyond_the_calendar_make_days_provisional() -> None:
    """A notice of a year whose holidays are not announced gives a day that may move, and so is all that follows."""
    planned = after(upto="branch-committee-review-passed", day="2029-03-01", books=BOOKS)
    assert planned.provisional
    assert act(planned, "admission-resolution-adopted").provisional
    assert act(planned, "dossier-filed").provisional
    assert not act(planned, "pre-review-passed").provisional


def test_closed_path_has_no_plan() -> None:
    """A completed path is done; one that was closed otherwise says so."""
    done = lin("2027-06-20")
    assert (done.acts, done.feasible, done.obstacles) == ([], True, [])
    left = after(told("path-withdrawn", "2022-05-02"), upto="half-year-inspection-recorded", day="2022-06-01")
    assert (left.acts, left.feasible, [one.rule for one in left.obstacles]) == ([], False, ["CLOSED"])


def test_resolution_that_waits_is_approved_first() -> None:
    """With the admission resolved, what remains begins with the talk; with an extension resolved, with its approval."""
    waiting = lin("2025-10-17")
    assert [one.name for one in waiting.acts][:2] == ["pre-approval-talk-held", "admission-approved"]
    extended = lin("2026-10-30")
    assert extended.acts[0].name == "extension-approved"
    assert act(extended, "conversion-resolved").earliest == on("2027-04-17")


def test_resolution_to_cancel_leaves_nothing_to_plan() -> None:
    """While a cancellation waits for approval conversion cannot be planned: what waits is named."""
    vote: dict[str, Any] = {"due": 24, "present": 21, "yes": 20, "no": 1, "abstained": 0, "proposal": "cancel"}
    cancel = [
        told("conversion-vote-recorded", "2024-10-20", **vote),
        told("conversion-resolved", "2024-10-20", outcome="cancel"),
    ]
    planned = after(*cancel, upto="conversion-vote-recorded", day="2024-10-21")
    assert (planned.feasible, planned.end, planned.unreached) == (False, None, ["S24", "S25"])
    assert "PENDING" in [one.rule for one in planned.obstacles]


def test_paused_cultivation_goes_on_today_and_lengthens_the_year() -> None:
    """The clock stood still for the months of the pause; the plan supposes that it goes on today, and says so."""
    paused = told("cultivation-paused", "2022-06-01", cause="leave")
    planned = after(paused, upto="half-year-inspection-recorded", day="2022-09-01")
    assert planned.acts[0].name == "cultivation-resumed"
    assert act(planned, "development-target-proposed").earliest == on("2023-03-21") + timedelta(days=92)


def test_what_falls_due_again_is_listed_with_its_days() -> None:
    """Half-year inspections and quarterly reports come by their due days until the stage is left."""
    planned = lin("2024-04-15")
    recurring = {one.duty: one for one in planned.recurring}
    assert recurring["half-year-inspection"].due_on == (on("2024-10-15"), on("2025-04-15"))
    assert recurring["thought-report"].due_on[:2] == (on("2024-07-15"), on("2024-10-15"))


def test_branch_that_may_not_decide_is_an_obstacle() -> None:
    """With a temporary branch at home and no other unit that may, nobody can propose: the rule is named."""
    line = [UnitState("tmp", "temporary-branch", "临时", "temporary", None, authority=False, committee=None)]
    planned = after(upto="opinions-heard", day="2023-03-27", line=line)
    assert planned.end is None
    assert "TARGET_PROPOSED_BY" in [one.rule for one in planned.obstacles]
    assert planned.unreached[0] == "S07"


def test_late_act_is_planned_and_its_finding_told() -> None:
    """A talk that is overdue can still be held; the plan says that it is late, and how late it should have been."""
    planned = after(upto="applicant-talk-held", day="2022-01-10")
    talk = act(planned, "applicant-talk-held")
    assert (talk.earliest, talk.due_on, talk.latest) == (on("2022-01-10"), on("2021-11-11"), on("2021-11-11"))
    assert [one.rule for one in talk.findings] == ["TALK_1M"]
    assert talk.slack_days
    assert talk.slack_days < 0


def test_forecast_counts_what_ripens_by_calendar_month() -> None:
    """One path from cultivation on: target in April, admitted and in the next year converted; what is later is left out."""
    day = on("2024-04-15")
    ripe = ripening(OLD, LIN, day, horizon(day, 14))
    assert [(one.stage, str(one.on)) for one in ripe] == [
        ("development-target", "2025-04-15"),
        ("probationary-member", "2025-04-16"),
    ]
    assert ripe[0].because.rule == "CULTIVATE_1Y"
    stages: Sequence[str] = ("development-target", "probationary-member")
    months = {one.month: one.counts for one in by_month(ripe, day, 14, stages)}
    assert (min(months), max(months)) == ("2024-04", "2025-05")
    assert months["2025-04"] == {"development-target": 1, "probationary-member": 1}
    assert months["2025-03"] == {"development-target": 0, "probationary-member": 0}


def test_same_facts_give_the_same_plan_and_stay_as_they_are() -> None:
    """A plan depends on facts, rules, day and assumptions; it adds nothing to the facts."""
    before: list[Fact] = list(LIN)
    assert lin("2025-09-12") == lin("2025-09-12")
    assert before == LIN
