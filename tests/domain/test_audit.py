"""The fifteen cases that an auditor would try first."""

from datetime import date
from typing import Any

import pytest

from domain.judgement import Verdict
from domain.rulebook import Rulebooks
from domain.story import Told
from tests.domain.given import course, given, rulebooks, told

BOTH = rulebooks(policy=False)
NEW = rulebooks("cpc-2026.yaml", policy=False)


def test_1_applicant_turns_18_three_days_later() -> None:
    """Asking is refused with the day from which to apply; recording what happened leaves a finding."""
    asked = given(BOTH).when(
        "application-submitted",
        "2021-10-11",
        name="某",
        student_no="1",
        home_unit="branch",
        born_on=date(2003, 10, 14),
    )
    asked.then_refused("AGE_18", "AGE_18_BIRTHDAY")
    assert asked.finding("AGE_18").earliest == date(2021, 10, 14)
    judgement = asked.recorded()
    assert judgement.stage == "applicant"
    assert [one.rule for one in judgement.findings if one.severity == "block"] == ["AGE_18"]


def test_2_talk_held_40_days_after_receipt() -> None:
    """A late talk is accepted with a finding, and the path goes on."""
    asked = given(BOTH, course("applicant-talk-held")).when(
        "applicant-talk-held", "2021-11-20", held_by="m-1", post="secretary"
    )
    asked.then_allowed("TALK_1M")
    lines = [*course("applicant-talk-held"), told("applicant-talk-held", "2021-11-20", held_by="m-1", post="secretary")]
    lines += course("activist-determined")[3:]
    given(BOTH, lines).when("activist-determined", "2022-03-14", decided_by="branch-committee").then_allowed()


def test_3_one_of_two_contacts_is_only_probationary() -> None:
    """The assignment is refused; the contact who is a full member is enough to propose a target."""
    contact: dict[str, Any] = {"contact_id": "m-3", "order": "second"}
    lines = course("development-target-proposed", without=["cultivation-contact-assigned"])
    lines.insert(
        8, told("cultivation-contact-assigned", "2022-03-21", contact_id="m-2", order="first", full_member=True)
    )
    path = given(BOTH, lines)
    path.when("cultivation-contact-assigned", "2022-03-21", **contact, full_member=False).then_refused("CONTACT_FULL")
    path.when("development-target-proposed", "2023-03-27").then_allowed()


def test_4_contact_graduates_in_june_and_is_replaced_in_october() -> None:
    """The gap is owed at once, overdue after thirty days, and a finding when it ends."""
    lines = course("half-year-inspection-recorded")
    for contact in ("m-2", "m-3"):
        lines.append(told("cultivation-contact-ended", "2022-06-25", contact_id=contact, cause="graduated"))
    path = given(BOTH, lines)
    (gap,) = [one for one in path.on("2022-07-26").obligations if one.id == "contact-missing"]
    assert (gap.since, gap.due_on, gap.overdue) == (date(2022, 6, 25), date(2022, 7, 25), True)
    path.when(
        "cultivation-contact-assigned", "2022-10-08", contact_id="m-4", order="first", full_member=True
    ).then_allowed("CONTACT_GAP_30D")


def test_5_eleven_months_of_cultivation() -> None:
    """A year is a year: the refusal shows the earliest day, and nothing is rounded."""
    lines = [one for one in course("opinions-heard") if one.day <= date(2023, 2, 20)]
    lines.append(told("opinions-heard", "2023-02-20", heard=("party-group", "contacts", "members", "masses")))
    asked = given(BOTH, lines).when("development-target-proposed", "2023-02-21")
    asked.then_refused("CULTIVATE_1Y")
    assert asked.finding("CULTIVATE_1Y").earliest == date(2023, 3, 21)


def test_6_student_on_leave_for_nine_months() -> None:
    """The days of the pause do not count; cultivation is resumed and not begun anew."""
    lines = course("half-year-inspection-recorded")
    lines.append(told("cultivation-paused", "2022-06-21", cause="leave"))
    paused = given(BOTH, lines).on("2022-12-01")
    assert "half-year-inspection" not in {one.id for one in paused.obligations}
    lines.append(told("cultivation-resumed", "2023-03-21"))
    judgement = given(BOTH, lines).on("2023-03-21")
    step = next(one for one in judgement.steps if one.id == "S07")
    assert judgement.moments["cultivation-start"] == date(2022, 3, 21)
    assert step.earliest == date(2023, 12, 19)  # 2023-03-21 and the 273 days of the pause
    assert {one.id: one.due_on for one in judgement.obligations}["half-year-inspection"] == date(2023, 6, 21)


def test_7_notice_of_five_calendar_days_over_a_weekend() -> None:
    """Three working days are not five; without the calendar of the year the answer is provisional."""
    lines = course("public-notice-closed", without=["public-notice-opened"])
    lines += [told("superior-consent-given", "2022-03-09", "college")]
    lines.append(told("public-notice-opened", "2022-03-10", point="development-target"))
    asked = given(NEW, lines).when("public-notice-closed", "2022-03-14", point="development-target", affects=False)
    assert not asked.verdict.allowed
    short = asked.finding("TARGET_NOTICE_CLOSED_5WD")
    assert (short.arithmetic, short.earliest) == ("2022-03-10 … 2022-03-14: 3 < 5", date(2022, 3, 16))
    later = [one for one in lines if one.topic != "public-notice-opened"]
    later.append(told("public-notice-opened", "2027-03-10", point="development-target"))
    asked = given(NEW, later).when("public-notice-closed", "2027-03-16", point="development-target", affects=False)
    doubt = asked.finding("TARGET_NOTICE_CLOSED_5WD")
    assert (doubt.severity, doubt.provisional) == ("warn", True)


def assembly(due: int, present: int, yes: int, **more: int) -> dict[str, Any]:
    """A tally in which everybody else votes no."""
    return {"due": due, "present": present, "yes": yes, "no": present - yes, "abstained": 0, **more}


@pytest.mark.parametrize(
    ("due", "present", "allowed"), [(16, 8, False), (16, 9, True), (23, 12, True), (24, 12, False)]
)
def test_8_quorum_counts_those_due(due: int, present: int, allowed: bool) -> None:
    """Twelve of twenty-four are not more than half: the meeting is void and can be held again."""
    lines = course("admission-vote-recorded")
    lines.append(told("admission-vote-recorded", "2023-10-16", **assembly(due, present, present)))
    asked = given(BOTH, lines).when("admission-resolution-adopted", "2023-10-16")
    assert asked.verdict.allowed is allowed
    if not allowed:
        assert "QUORUM" in {one.rule for one in asked.verdict.findings}
        lines.append(told("assembly-held-invalid", "2023-10-16", cause="no-quorum"))
        given(BOTH, lines).when("admission-resolution-adopted", "2023-10-20").then_refused("QUORUM", "MAJORITY")
        lines.append(told("admission-vote-recorded", "2023-10-20", **assembly(24, 20, 18)))
        given(BOTH, lines).when("admission-resolution-adopted", "2023-10-20").then_allowed()


def test_9_majority_counts_those_due() -> None:
    """Twelve of twenty-four is rejected, though it is sixty per cent of those present."""
    lines = [*course("admission-vote-recorded"), told("admission-vote-recorded", "2023-10-16", **assembly(24, 20, 12))]
    asked = given(BOTH, lines).when("admission-resolution-adopted", "2023-10-16")
    asked.then_refused("MAJORITY")
    assert asked.finding("MAJORITY").arithmetic == "2 × 12 = 24 ≤ 24"


def test_10_interns_left_out_of_those_due_without_consent() -> None:
    """Members left out without recorded consent count as due, and the result flips."""
    lines = course("admission-vote-recorded")
    lines.append(told("admission-vote-recorded", "2023-10-16", **assembly(24, 20, 13, excluded=3)))
    given(BOTH, lines).when("admission-resolution-adopted", "2023-10-16").then_refused("MAJORITY")
    lines[-1] = told("admission-vote-recorded", "2023-10-16", **assembly(24, 20, 13, excluded=3, exclusions_agreed=3))
    given(BOTH, lines).when("admission-resolution-adopted", "2023-10-16").then_allowed()


@pytest.mark.parametrize("unit", ["general", "temporary", "internship", "other-college"])
def test_11_units_without_authority_do_not_approve(unit: str) -> None:
    """No general branch, temporary branch, group or committee without authority approves; recorded, it is a defect."""
    path = given(BOTH, course("admission-approved"))
    asked = path.when("admission-approved", "2023-12-01", unit, probation_from=date(2023, 10, 16))
    asked.then_refused("APPROVER_AUTH")
    assert "APPROVER_AUTH" in {one.rule for one in asked.recorded().findings}
    path = given(BOTH, course("admission-resolution-adopted"))
    assert not path.when("admission-resolution-adopted", "2023-10-16", unit).verdict.allowed


def test_12_approval_after_four_and_after_seven_months() -> None:
    """Four months are a finding unless extended in time; seven are two, and no date is altered."""
    lines = course("admission-approved")
    said: dict[str, Any] = {"probation_from": date(2023, 10, 16)}
    given(BOTH, lines).when("admission-approved", "2024-02-16", "college", **said).then_allowed("APPROVE_3M")
    asked = given(BOTH, lines).when("admission-approved", "2024-05-16", "college", **said)
    asked.then_allowed("APPROVE_3M", "APPROVE_6M")
    assert asked.recorded().moments["probation-start"] == date(2023, 10, 16)
    in_time = [*lines, told("approval-period-extended", "2024-01-16", "college", until="2024-03-16")]
    given(BOTH, in_time).when("admission-approved", "2024-02-16", "college", **said).then_allowed()
    too_late = [*lines, told("approval-period-extended", "2024-01-17", "college", until="2024-03-16")]
    given(BOTH, too_late).when("admission-approved", "2024-02-16", "college", **said).then_allowed("APPROVE_3M")


def test_13_probation_entered_from_the_day_of_approval() -> None:
    """The wrong day is refused; recorded all the same, probation counts from the assembly."""
    asked = given(BOTH, course("admission-approved")).when(
        "admission-approved", "2023-12-01", "college", probation_from=date(2023, 12, 1)
    )
    asked.then_refused("PROBATION_BASIS")
    judgement = asked.recorded()
    assert judgement.moments["probation-end"] == date(2024, 10, 16)
    assert [one.rule for one in judgement.findings] == ["PROBATION_BASIS"]


def test_14_talk_of_march_entered_in_june() -> None:
    """Both dates are kept and shown; a second person's approval settles it."""
    path = given(BOTH, course("applicant-talk-held"))
    said: dict[str, Any] = {"held_by": "m-1", "post": "secretary"}
    asked = path.when("applicant-talk-held", "2021-10-20", late_days=111, **said).then_allowed("LATE_ENTRY")
    assert asked.finding("LATE_ENTRY").arithmetic == "2021-10-20 → 2022-02-08: 111d > 7d"
    path.when("applicant-talk-held", "2021-10-20", late_days=111, **said, approved_by="m-8").then_allowed()


@pytest.mark.parametrize(("months", "rules"), [(3, {"EXTEND_6_12"}), (18, {"EXTEND_6_12"}), (6, set()), (12, set())])
def test_15_extension_of_a_wrong_length(months: int, rules: set[str]) -> None:
    """An extension lasts six to twelve months."""
    asked = extended(BOTH, course("conversion-vote-recorded"), "2024-10-21", months)
    assert {one.rule for one in asked.findings} == rules


def test_15_second_extension() -> None:
    """After one extension only conversion or cancellation is left."""
    lines = [*course("conversion-vote-recorded"), told("conversion-vote-recorded", "2024-10-21", **tally("extend"))]
    lines.append(told("conversion-resolved", "2024-10-21", outcome="extend", extension_months=6))
    lines.append(told("extension-approved", "2024-11-29", "college"))
    lines.append(told("conversion-application-submitted", "2025-04-01"))
    assert {one.rule for one in extended(BOTH, lines, "2025-04-16", 6).findings} == {"EXTEND_ONCE"}
    for outcome in ("convert", "cancel"):
        ballot = told("conversion-vote-recorded", "2025-04-16", **tally(outcome))
        given(BOTH, [*lines, ballot]).when("conversion-resolved", "2025-04-16", outcome=outcome).then_allowed()


def tally(proposal: str) -> dict[str, Any]:
    """A vote that carries a proposal."""
    return {**assembly(24, 20, 18), "proposal": proposal}


def extended(books: Rulebooks, lines: list[Told], day: str, months: int) -> Verdict:
    """The verdict on an extension that the assembly has voted for."""
    voted = [*lines, told("conversion-vote-recorded", day, **tally("extend"))]
    return given(books, voted).when("conversion-resolved", day, outcome="extend", extension_months=months).verdict
