"""What an auditor would try next: deferral, ballots, introducers, departures, objections, withdrawal, and two editions."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.rulebook import Rulebooks
from domain.story import Told
from tests.domain.given import course, given, rulebooks, told

BOTH = rulebooks(policy=False)
OLD, NEW = (rulebooks(name, policy=False) for name in ("cpc-2014.yaml", "cpc-2026.yaml"))
EDITIONS = pytest.mark.parametrize("books", [OLD, NEW], ids=["cpc-2014", "cpc-2026"])
VOTE: dict[str, Any] = {"due": 24, "present": 20, "yes": 18, "no": 1, "abstained": 1}

MAY = {
    "school": {"approve", "pre-review"},
    "college": {"approve", "pre-review"},
    "other-college": set[str](),
    "organisation": set[str](),
    "general": set[str](),
    "branch": {"determine", "assembly"},
    "temporary": set[str](),
    "functional": set[str](),
    "virtual": set[str](),
    "group": set[str](),
    "internship": set[str](),
    "leading-group": set[str](),
}
"""Who may do what (domain rules on units): the college has authority, the other college has none."""

ACTS = {
    "determine": ("activist-determined", "ACT_COMMITTEE"),
    "assembly": ("admission-resolution-adopted", "HOME_BRANCH"),
    "pre-review": ("pre-review-passed", "PREREVIEW_BY"),
    "approve": ("admission-approved", "APPROVER_AUTH"),
}


@EDITIONS
@pytest.mark.parametrize("unit", list(MAY))
def test_each_kind_of_unit_does_what_the_table_says(unit: str, books: Rulebooks) -> None:
    """Asked for each of four acts, a unit is refused by the rule on who may, or it is not, as its kind and authority say."""
    for act, (topic, rule) in ACTS.items():
        own = next(one for one in course() if one.topic == topic)
        asked = given(books, course(topic)).when(topic, own.day.isoformat(), unit, **own.says)
        assert (rule not in {one.rule for one in asked.verdict.findings}) is (act in MAY[unit]), (unit, act)


@EDITIONS
def test_transferred_in_member_deferred_five_months_then_converted(books: Rulebooks) -> None:
    """The deferral is no extension: standing counts from the original expiry, and not from the meeting."""
    lines = [one for one in course("conversion-vote-recorded") if one.day < date(2024, 10, 1)]
    here: dict[str, Any] = {"by": "other-branch"}
    lines.append(told("transferred-out", "2024-07-01", to_unit="other-branch"))
    lines.append(told("transfer-accepted", "2024-07-05", "other-branch", home_unit="other-branch"))
    lines.append(told("conversion-application-submitted", "2024-10-08", "other-branch"))
    asked = given(books, lines).when("conversion-discussion-deferred", "2024-10-16", **here, until="2025-03-16")
    asked.then_allowed()
    lines.append(told("conversion-discussion-deferred", "2024-10-16", "other-branch", until="2025-03-16"))
    assert {one.id: one.due_on for one in given(books, lines).on("2024-11-01").obligations}[
        "conversion-discussion"
    ] == date(2025, 3, 16)
    lines.append(told("conversion-vote-recorded", "2025-03-14", "other-branch", **VOTE, proposal="convert"))
    given(books, lines).when("conversion-resolved", "2025-03-14", **here, outcome="convert").then_allowed()
    lines.append(told("conversion-resolved", "2025-03-14", "other-branch", outcome="convert"))
    path = given(books, lines)
    path.when("conversion-approved", "2025-04-11", "college", standing_from=date(2025, 3, 14)).then_refused(
        "STANDING_BASIS"
    )
    asked = path.when("conversion-approved", "2025-04-11", "college", standing_from=date(2024, 10, 16)).then_allowed()
    assert asked.recorded().moments["standing-from"] == date(2024, 10, 16)


@EDITIONS
def test_one_ballot_about_three_people_is_refused(books: Rulebooks) -> None:
    """Candidates are voted on one by one: each has a tally of their own."""
    asked = given(books, course("admission-vote-recorded")).when(
        "admission-vote-recorded", "2023-10-16", **VOTE, candidates=3
    )
    asked.then_refused("ONE_BY_ONE")


@EDITIONS
def test_introducer_loses_rights_between_confirmation_and_assembly(books: Rulebooks) -> None:
    """The assembly waits until two introducers with all their rights are confirmed anew."""
    lines = [*course("admission-resolution-adopted"), told("introducer-rights-lost", "2023-09-01", introducer_id="m-2")]
    path = given(books, lines)
    path.when("admission-resolution-adopted", "2023-10-16").then_refused("INTRODUCERS_STAND")
    lines.append(told("introducers-confirmed", "2023-10-10", introducers=("m-3", "m-5"), full_members=True))
    given(books, lines).when("admission-resolution-adopted", "2023-10-16").then_allowed()


@EDITIONS
def test_graduate_who_leaves_in_ten_weeks_is_not_processed_without_consent(books: Rulebooks) -> None:
    """At pre-review three months must be left; the superior may consent with a reason."""
    lines = [*course("pre-review-passed"), told("departure-expected", "2023-09-12", leaves_on="2023-12-01")]
    given(books, lines).when("pre-review-passed", "2023-09-22", "college").then_refused("LEAVING_3M")
    lines.append(told("departure-consented", "2023-09-20", "college", reason="因公派出"))
    given(books, lines).when("pre-review-passed", "2023-09-22", "college").then_allowed()


@EDITIONS
def test_objection_to_a_notice_is_settled_before_the_next_step(books: Rulebooks) -> None:
    """While an objection is open the listing waits; of two objections both are settled."""
    lines = course("development-target-determined")
    lines += [told("notice-objection-raised", f"2023-03-3{n}", point="development-target") for n in range(2)]
    path = given(books, lines)
    assert path.on("2023-04-07").conditions == ("notice-objection-raised",)
    path.when("development-target-determined", "2023-04-07").then_refused("NOTICE_SETTLED")
    settled = told("notice-objection-resolved", "2023-04-06", point="development-target", upheld=False)
    given(books, [*lines, settled]).when("development-target-determined", "2023-04-07").then_refused("NOTICE_SETTLED")
    done = given(books, [*lines, settled, settled])
    done.when("development-target-determined", "2023-04-07").then_allowed()
    assert done.on("2023-04-07").conditions == ()
    raised = told("notice-objection-raised", "2022-03-14", point="activist")  # after the notice came down
    determined = given(books, course("activist-determined"), raised)
    determined.when("activist-determined", "2022-03-14", decided_by="branch-committee").then_refused("NOTICE_SETTLED")


def test_assembly_in_the_fifth_week_after_the_pre_review() -> None:
    """A finding since 2026, and nothing before: the month between pre-review and assembly is new."""
    lines = [*course("admission-vote-recorded"), told("admission-vote-recorded", "2023-10-25", **VOTE)]
    given(OLD, lines).when("admission-resolution-adopted", "2023-10-25").then_allowed()
    given(NEW, lines).when("admission-resolution-adopted", "2023-10-25").then_allowed("ASSEMBLY_1M")


@EDITIONS
def test_extension_decided_before_probation_has_expired(books: Rulebooks) -> None:
    """It is early, which is told; and it counts from the original expiry all the same."""
    lines = [
        *course("conversion-vote-recorded"),
        told("conversion-vote-recorded", "2024-10-11", **VOTE, proposal="extend"),
    ]
    asked = given(books, lines).when("conversion-resolved", "2024-10-11", outcome="extend", extension_months=6)
    asked.then_allowed("CONVERT_NOT_EARLY")
    lines.append(told("conversion-resolved", "2024-10-11", outcome="extend", extension_months=6))
    lines.append(told("extension-approved", "2024-10-14", "college"))
    assert given(books, lines).on("2024-10-15").moments["probation-end"] == date(2025, 4, 16)


@EDITIONS
@pytest.mark.parametrize(
    "upto", ["activist-determined", "development-target-proposed", "admission-approved", "oath-taken"]
)
def test_withdrawal_is_possible_at_any_time_and_ends_the_path(upto: str, books: Rulebooks) -> None:
    """Joining is voluntary: no reason is asked, nothing is owed any more, and no decision follows."""
    lines = course(upto)
    day = lines[-1].day.isoformat()
    given(books, lines).when("path-withdrawn", day).then_allowed()
    path = given(books, [*lines, told("path-withdrawn", day)])
    judgement = path.on("2030-01-01")
    assert (judgement.outcome, judgement.obligations) == ("withdrawn", ())
    assert "CLOSED" in {
        one.rule for one in path.when("dossier-filed", "2030-01-01", documents=(), custodian="x").verdict.findings
    }


@pytest.mark.parametrize("entry", [True, False], ids=["the entry was wrong", "the dossier was wrong"])
def test_correction_of_a_wrong_birth_date(*, entry: bool) -> None:
    """Whether a clerk mistyped it or the person's papers say otherwise: what follows from the age is judged anew."""
    young = {**course()[0].says, "born_on": "2003-12-31"}
    lines = [told("application-submitted", "2021-10-11", **young), *course("activist-filed")[1:]]
    assert {one.rule for one in given(BOTH, lines).on("2022-03-15").findings} == {
        "AGE_18",
        "AGE_18_BIRTHDAY",
        "AGE_18_STANDS",
    }
    right: dict[str, Any] = {"born_on": date(2003, 3, 1)}
    why: dict[str, Any] = {"reason": "录入有误", "approved_by": "m-8"}
    correction = (
        told("fact-corrected", "2022-03-15", corrects=1, says=right, **why)
        if entry
        else told("birth-date-corrected", "2021-10-11", **right)
    )
    assert given(BOTH, [*lines, correction]).on("2022-03-15").findings == ()


@EDITIONS
def test_pending_is_not_member_and_approval_reaches_back_to_the_assembly(books: Rulebooks) -> None:
    """Between assembly and approval the person is a development target; then membership counts from the assembly."""
    pending = given(books, course("pre-approval-talk-held")).on("2023-11-30")
    assert (pending.stage, pending.pending) == ("development-target", "admission-resolution-adopted")
    assert "member-from" not in pending.moments
    approved = given(books, course("admission-filed")).on("2023-12-01")
    assert (approved.stage, approved.moments["member-from"]) == ("probationary-member", date(2023, 10, 16))


@EDITIONS
def test_conversion_pending_is_still_probation_and_a_late_meeting_moves_nothing(books: Rulebooks) -> None:
    """Three months after the expiry the person is a probationary member, and the end of probation where it was."""
    lines = [
        *course("conversion-vote-recorded"),
        told("conversion-vote-recorded", "2025-01-20", **VOTE, proposal="convert"),
    ]
    lines.append(told("conversion-resolved", "2025-01-20", outcome="convert"))
    judgement = given(books, lines).on("2025-01-20")
    assert (judgement.stage, judgement.pending) == ("probationary-member", "conversion-resolved")
    assert judgement.moments["probation-end"] == date(2024, 10, 16)
    assert "CONVERT_PROMPT" in {one.rule for one in judgement.findings}


def test_suspended_probation_abroad_is_a_condition_and_nobody_is_owed_a_conversion() -> None:
    """Abroad with probation suspended: seen beside the stage; contact is owed half-yearly, from the departure."""
    lines = [one for one in course() if one.day < date(2024, 3, 1)]
    lines.append(told("abroad-retention-approved", "2024-03-01", "college", departed_on="2024-04-01"))
    lines.append(told("probation-suspended", "2024-04-01"))
    judgement = given(BOTH, lines).on("2024-09-01")
    assert judgement.conditions == ("probation-suspended", "abroad-retention-approved")
    owed = {one.id: one.due_on for one in judgement.obligations}
    assert owed["abroad-contact"] == date(2024, 10, 1)
    assert owed["abroad-limit"] == date(2029, 4, 1)
    back = given(BOTH, [*lines, told("returned-from-abroad", "2025-01-10")]).on("2025-01-11")
    assert {one.id: one.due_on for one in back.obligations}["abroad-return"] == date(2025, 2, 10)
    assert back.conditions == ("probation-suspended",)


def crossing() -> list[Told]:
    """A path whose target is listed in the spring of 2026, while one edition gives way to the other."""
    lines = [
        told(one.topic, one.day.replace(year=one.day.year + 3), one.by_unit, **dict(one.says))
        for one in course("opinions-heard")
    ]
    lines[0] = told(
        "application-submitted", "2024-10-11", **{**lines[0].says, "born_on": "2006-03-01", "leaves_on": "2028-06-30"}
    )
    lines.append(told("opinions-heard", "2026-04-20", heard=("party-group", "contacts", "members", "masses")))
    return [*lines, told("development-target-proposed", "2026-04-20")]


def test_a_path_that_crosses_the_change_is_judged_act_by_act() -> None:
    """Filed before 11 May 2026 a target is listed as in 2014; from that day on it takes consent and notice."""
    lines = [*crossing(), told("development-target-filed", "2026-05-06", "college")]
    path = given(BOTH, lines)
    path.when("development-target-determined", "2026-05-10").then_allowed()
    refused = path.when("development-target-determined", "2026-05-11").then_refused(
        "TARGET_CONSENTED", "TARGET_NOTICE_5WD"
    )
    assert {one.edition for one in refused.verdict.findings} == {"cpc-2026"}
    listed = given(BOTH, [*lines, told("development-target-determined", "2026-05-08")])
    assert listed.on("2026-06-01").findings == ()
    assert listed.on("2026-06-01").edition == "cpc-2026"
    lines += [
        told("superior-consent-given", "2026-05-12", "college"),
        told("public-notice-opened", "2026-05-13", point="development-target"),
        told("public-notice-closed", "2026-05-19", point="development-target", affects=False),
    ]
    given(BOTH, lines).when("development-target-determined", "2026-05-20").then_allowed()
    assert path.on("2026-05-10").edition_until == date(2026, 5, 11)


def test_each_act_of_a_crossing_path_keeps_the_edition_of_its_day() -> None:
    """A talk that was late under 2014 is found under 2014, on whatever day one looks."""
    lines = crossing()
    lines[2] = told("applicant-talk-held", "2024-11-12", held_by="m-1", post="secretary")
    (found,) = given(BOTH, lines).on("2026-11-01").findings
    assert (found.rule, found.edition, found.sources[0]) == ("TALK_1M", "cpc-2014", "R14-7")


@EDITIONS
def test_no_step_is_ever_open_until_a_day_before_it_may_begin(books: Rulebooks) -> None:
    """On every week of a path with an extension the days that a step gives make sense together."""
    lines = [
        *course("conversion-vote-recorded"),
        told("conversion-vote-recorded", "2024-10-21", **VOTE, proposal="extend"),
    ]
    lines.append(told("conversion-resolved", "2024-10-21", outcome="extend", extension_months=6))
    lines.append(told("extension-approved", "2024-11-29", "college"))
    path = given(books, lines)
    days = [lines[0].day + timedelta(weeks=n) for n in range(180)]
    steps = [(day, step) for day in days for step in path.on(day.isoformat()).steps]
    assert [(day, one.id) for day, one in steps if one.earliest and one.latest and one.latest < one.earliest] == []
