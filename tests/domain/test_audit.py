"""The cases that an auditor would try first, 1 to 7: applying, talking, cultivation, notices; under both editions."""

from datetime import date
from typing import Any

import pytest

from domain.rulebook import Rulebooks
from domain.story import Told
from tests.domain.given import course, given, rulebooks, told

BOTH = rulebooks(policy=False)
OLD, NEW = (rulebooks(name, policy=False) for name in ("cpc-2014.yaml", "cpc-2026.yaml"))
EDITIONS = pytest.mark.parametrize("books", [OLD, NEW], ids=["cpc-2014", "cpc-2026"])


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


@EDITIONS
def test_1_later_steps_wait_for_a_new_application(books: Rulebooks) -> None:
    """Recorded under age, the application carries nothing: it is deferred, told on the birthday, and handed in again."""
    young = {**course()[0].says, "born_on": "2003-10-14"}
    lines = [told("application-submitted", "2021-10-11", **young), *course("public-notice-opened")[1:]]
    asked = given(books, lines).when("activist-determined", "2022-03-14", decided_by="branch-committee")
    asked.then_refused("AGE_18_STANDS")
    stands = asked.finding("AGE_18_STANDS")
    assert (stands.missing, stands.start) == (("application-renewed",), date(2003, 10, 14))
    lines.insert(1, told("application-deferred", "2021-10-11", cause="under-age"))
    deferred = given(books, lines).on("2021-10-13")
    assert deferred.conditions == ("application-deferred",)
    assert {one.id: (one.due_on, one.tells) for one in deferred.obligations} == {
        "apply-again": (date(2021, 10, 14), True)
    }
    lines.append(told("application-renewed", "2022-03-01"))
    again = given(books, lines)
    assert again.on("2022-03-01").moments["applied"] == date(2022, 3, 1)
    again.when("activist-determined", "2022-03-14", decided_by="branch-committee").then_allowed()


@EDITIONS
def test_1_an_application_renewed_too_early_does_not_stand_either(books: Rulebooks) -> None:
    """The day before the birthday is refused; on the birthday some count otherwise, which is told and refuses nothing."""
    young = {**course()[0].says, "born_on": "2003-10-14"}
    path = given(books, told("application-submitted", "2021-10-11", **young))
    path.when("application-renewed", "2021-10-13").then_refused("AGE_18", "AGE_18_BIRTHDAY")
    path.when("application-renewed", "2021-10-14").then_allowed("AGE_18_BIRTHDAY")
    path.when("application-renewed", "2021-10-15").then_allowed()


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


def contact(day: str, who: str, *, full_member: bool = True) -> Told:
    """A contact who was appointed on a day."""
    order = "first" if who == "m-2" else "second"
    return told("cultivation-contact-assigned", day, contact_id=who, order=order, full_member=full_member)


@EDITIONS
def test_3_found_out_later_the_time_under_the_other_contact_counts(books: Rulebooks) -> None:
    """Given two contacts, when one proves to have been probationary, then nothing is lost: the other was valid."""
    lines = course("opinions-heard")
    second = next(n for n, one in enumerate(lines, 1) if one.says.get("contact_id") == "m-3")
    why: dict[str, Any] = {"reason": "尚在预备期", "approved_by": "m-8"}
    lines.append(told("fact-corrected", "2023-03-20", corrects=second, says={"full_member": False}, **why))
    judgement = given(books, lines).on("2023-03-21")
    assert [one.rule for one in judgement.findings] == ["CONTACT_FULL"]
    assert next(one for one in judgement.steps if one.id == "S07").earliest == date(2023, 3, 21)
    assert "unqualified-contact" not in {one.id for one in judgement.obligations}


@EDITIONS
def test_3_without_any_valid_contact_the_time_does_not_count_and_the_branch_decides(books: Rulebooks) -> None:
    """Given one contact who was probationary for a time, then that time is not counted, until the branch decides."""
    lines = course("opinions-heard", without=["cultivation-contact-assigned"])
    lines += [contact("2022-03-21", "m-2", full_member=False), contact("2022-09-21", "m-3")]
    heard = told("opinions-heard", "2023-03-27", heard=("party-group", "contacts", "members", "masses"))
    path = given(books, [*lines, heard])
    judgement = path.on("2023-03-27")
    owed = {one.id: one.due_on for one in judgement.obligations}
    assert owed["unqualified-contact"] == date(2022, 4, 20)
    asked = path.when("development-target-proposed", "2023-03-27").then_refused("CULTIVATE_1Y")
    assert asked.finding("CULTIVATE_1Y").earliest == date(2023, 9, 21)
    span: dict[str, Any] = {"first_on": date(2022, 3, 21), "last_on": date(2022, 9, 21)}
    kept = given(books, [*lines, heard, told("cultivation-time-decided", "2023-03-24", counts=True, **span)])
    kept.when("development-target-proposed", "2023-03-27").then_allowed()
    assert "unqualified-contact" not in {one.id for one in kept.on("2023-03-27").obligations}
    lost = given(books, [*lines, heard, told("cultivation-time-decided", "2023-03-24", counts=False, **span)])
    lost.when("development-target-proposed", "2023-03-27").then_refused("CULTIVATE_1Y")
    assert "unqualified-contact" not in {one.id for one in lost.on("2023-03-27").obligations}


def test_3_a_contact_who_is_no_full_member_does_not_count_as_one() -> None:
    """With such a contact alone nobody cultivates the activist: it is owed, and no target is proposed."""
    lines = course("development-target-proposed", without=["cultivation-contact-assigned"])
    path = given(BOTH, [*lines, contact("2023-03-27", "m-2", full_member=False)])
    assert "contact-missing" in {one.id for one in path.on("2023-03-27").obligations}
    assert "TARGET_CONTACTS" in {
        one.rule for one in path.when("development-target-proposed", "2023-03-27").verdict.findings
    }


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


@EDITIONS
def test_4_the_gap_counts_as_cultivation_unless_the_branch_decides_otherwise(books: Rulebooks) -> None:
    """Without a contact but with its inspections the time counts; the branch may decide that it does not."""
    lines = course("opinions-heard")
    for who in ("m-2", "m-3"):
        lines.append(told("cultivation-contact-ended", "2022-06-25", contact_id=who, cause="graduated"))
    lines.append(contact("2022-10-08", "m-4"))
    step = next(one for one in given(books, lines).on("2023-03-21").steps if one.id == "S07")
    assert step.earliest == date(2023, 3, 21)
    lines.append(
        told("cultivation-time-decided", "2023-03-20", first_on="2022-06-25", last_on="2022-10-08", counts=False)
    )
    step = next(one for one in given(books, lines).on("2023-03-21").steps if one.id == "S07")
    assert step.earliest == date(2023, 7, 4)  # 105 days later


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


def test_6_nobody_in_touch_for_six_months_is_told_and_the_branch_pauses() -> None:
    """Nothing pauses by itself: after six months without contact or inspection the branch is told to decide."""
    lines = [one for one in course("opinions-heard") if one.day < date(2022, 6, 1)]
    path = given(BOTH, lines)
    (told_of,) = [one for one in path.on("2022-09-22").obligations if one.id == "interruption"]
    assert (told_of.since, told_of.due_on, told_of.tells) == (date(2022, 3, 21), date(2022, 9, 21), True)
    assert path.on("2023-06-01").moments["cultivation-start"] == date(2022, 3, 21)
    paused = given(BOTH, [*lines, told("cultivation-paused", "2022-03-28", cause="leave")]).on("2022-09-22")
    assert paused.conditions == ("cultivation-paused",)
    assert {one.id for one in paused.obligations}.isdisjoint({"interruption", "half-year-inspection"})
    heard = told("opinions-heard", "2023-03-27", heard=("party-group", "contacts", "members", "masses"))
    asked = given(BOTH, [*lines, heard]).when("development-target-proposed", "2023-03-27")
    assert "INTERRUPTION_6M" in {one.rule for one in asked.verdict.findings}


@EDITIONS
def test_6_change_of_unit_with_and_without_accepted_material(books: Rulebooks) -> None:
    """With accepted material the time counts without a break; without it cultivation begins anew, or is not continued."""
    lines = [*course("opinions-heard"), told("unit-change-reported", "2023-03-20", to_unit="other-branch")]
    assert {one.id: one.due_on for one in given(books, lines).on("2023-03-21").obligations}["unit-change"] == date(
        2023, 4, 20
    )
    moved: dict[str, Any] = {"home_unit": "other-branch"}
    path = given(books, lines)
    path.when("cultivation-continued", "2023-03-30", "other-branch", **moved).then_refused("CONTINUED_ACCEPTED")
    path.when("cultivation-restarted", "2023-03-30", "other-branch", **moved).then_refused("REASONED")
    begun = path.when("cultivation-restarted", "2023-03-30", "other-branch", **moved, reason="材料不全").then_allowed()
    assert begun.recorded().moments["cultivation-start"] == date(2023, 3, 30)
    accepted = given(books, [*lines, told("cultivation-material-accepted", "2023-03-29", "other-branch")])
    gone_on = accepted.when("cultivation-continued", "2023-03-30", "other-branch", **moved).then_allowed().recorded()
    assert gone_on.moments["cultivation-start"] == date(2022, 3, 21)
    assert gone_on.home_unit == "other-branch"


@EDITIONS
def test_an_applicant_who_changes_the_unit_stands_where_they_stood(books: Rulebooks) -> None:
    """The new branch takes over whoever has only applied, papers and talk with them, and decides from then on."""
    lines = [*course("activist-determined"), told("unit-change-reported", "2022-03-11", to_unit="other-branch")]
    lines.append(told("cultivation-material-accepted", "2022-03-12", "other-branch"))
    taken = given(books, lines).when("cultivation-continued", "2022-03-12", "other-branch", home_unit="other-branch")
    judgement = taken.then_allowed().recorded()
    assert (judgement.stage, judgement.home_unit) == ("applicant", "other-branch")
    path = given(books, lines, told("cultivation-continued", "2022-03-12", "other-branch", home_unit="other-branch"))
    said: dict[str, Any] = {"decided_by": "branch-committee"}
    path.when("activist-determined", "2022-03-14", "other-branch", **said).then_allowed()
    path.when("activist-determined", "2022-03-14", "branch", **said).then_refused("ACT_COMMITTEE")


def test_7_a_notice_put_up_again_is_not_closed_by_the_end_of_the_one_before() -> None:
    """Where one notice ends with effect and another begins on the same day, the second is still up."""
    lines = course("development-target-filed", without=["public-notice-closed"])
    lines.append(told("public-notice-closed", "2023-04-04", point="development-target", affects=True))
    lines.append(told("public-notice-opened", "2023-04-04", point="development-target"))
    step = next(one for one in given(NEW, lines).on("2023-04-05").steps if one.id == "S08")
    assert "public-notice-closed[point=development-target]" in step.missing
    assert step.earliest == date(2023, 4, 11)


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
