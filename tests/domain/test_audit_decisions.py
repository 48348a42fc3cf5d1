"""The auditor's cases 8 to 15: votes, approvals, extensions, and what was entered late or wrongly."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.judgement import Verdict
from domain.rulebook import Rulebooks
from domain.story import Told
from tests.domain.given import course, given, rulebooks, told

BOTH = rulebooks(policy=False)
OLD, NEW = (rulebooks(name, policy=False) for name in ("cpc-2014.yaml", "cpc-2026.yaml"))
EDITIONS = pytest.mark.parametrize("books", [OLD, NEW], ids=["cpc-2014", "cpc-2026"])


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


@EDITIONS
def test_8_without_a_quorum_nobody_is_voted_down(books: Rulebooks) -> None:
    """A void meeting rejects nobody: it is held again; and whoever had the votes was not rejected."""
    for vote, rules in (
        (assembly(24, 12, 5), {"QUORUM"}),
        (assembly(24, 13, 5), set[str]()),
        (assembly(24, 20, 13), {"REJECTED_AS_VOTED"}),
    ):
        path = given(books, course("admission-vote-recorded"), told("admission-vote-recorded", "2023-10-16", **vote))
        asked = path.when("admission-resolution-rejected", "2023-10-16")
        assert {one.rule for one in asked.verdict.findings} == rules
        assert asked.verdict.allowed is not bool(rules)
        assert asked.recorded().stage == "development-target"


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


@EDITIONS
def test_10_each_exclusion_has_its_reason_and_the_consent_of_both(books: Rulebooks) -> None:
    """Of three members left out, one was not agreed to by the superior: they count as due, and the majority is gone."""
    lines = course("admission-vote-recorded")
    out: dict[str, Any] = {"excluded_for": ("abroad-privately", "bedridden", "away-unmoved")}
    short = told(
        "admission-vote-recorded",
        "2023-10-16",
        **assembly(22, 20, 12),
        **out,
        excluded_consents=("both", "assembly", "assembly"),
    )
    asked = given(books, [*lines, short]).when("admission-resolution-adopted", "2023-10-16").then_refused("MAJORITY")
    assert asked.finding("MAJORITY").arithmetic == "2 × 12 = 24 ≤ 22 + 2"
    agreed = told(
        "admission-vote-recorded",
        "2023-10-16",
        **assembly(22, 20, 12),
        **out,
        excluded_consents=("both", "both", "both"),
    )
    given(books, [*lines, agreed]).when("admission-resolution-adopted", "2023-10-16").then_allowed()


def test_10_written_opinions_count_where_the_edition_or_the_school_says_so() -> None:
    """Two absent members wrote yes: under 2014 that carries the motion, under 2026 only if the school's policy says so."""
    lines = course("admission-vote-recorded")
    tallied = {**assembly(24, 13, 13), "written": 2, "no": 2}
    lines.append(told("admission-vote-recorded", "2023-10-16", **tallied))
    given(OLD, lines).when("admission-resolution-adopted", "2023-10-16").then_allowed()
    given(NEW, lines).when("admission-resolution-adopted", "2023-10-16").then_refused("MAJORITY")
    school = replace(NEW, policy=replace(NEW.policy, written_opinions=True))
    given(school, lines).when("admission-resolution-adopted", "2023-10-16").then_allowed()


WITHOUT_AUTHORITY = (
    *("general", "temporary", "functional", "virtual", "group", "internship"),
    *("other-college", "leading-group", "branch", "organisation"),
)


@EDITIONS
@pytest.mark.parametrize("unit", WITHOUT_AUTHORITY)
def test_11_units_without_authority_do_not_approve(unit: str, books: Rulebooks) -> None:
    """Nobody but a committee with authority approves, and no leading group; recorded all the same, it is a defect."""
    path = given(books, course("admission-approved"))
    asked = path.when("admission-approved", "2023-12-01", unit, probation_from=date(2023, 10, 16))
    asked.then_refused("APPROVER_AUTH")
    assert "APPROVER_AUTH" in {one.rule for one in asked.recorded().findings}
    path = given(books, course("admission-resolution-adopted"))
    assert path.when("admission-resolution-adopted", "2023-10-16", unit).verdict.allowed is (unit == "branch")


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


@EDITIONS
def test_12_a_second_extension_adds_to_the_first_and_never_takes_it_back(books: Rulebooks) -> None:
    """Decided while the first one ran, it moves the last day on; decided too late, the first one counts all the same."""
    lines = [
        *course("admission-approved"),
        told("approval-period-extended", "2024-01-10", "college", until="2024-02-16"),
    ]
    said: dict[str, Any] = {"probation_from": date(2023, 10, 16)}
    for decided, last in (("2024-02-16", "2024-03-16"), ("2024-02-17", "2024-02-16")):
        path = given(books, lines, told("approval-period-extended", decided, "college", until="2024-03-16"))
        path.when("admission-approved", last, "college", **said).then_allowed()
        late = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        found = (
            path.when("admission-approved", late, "college", **said).then_allowed("APPROVE_3M").finding("APPROVE_3M")
        )
        assert found.latest == date.fromisoformat(last)
        assert len(found.rests_on) == (4 if decided == "2024-02-16" else 3)
        owed = {one.id: one for one in path.on("2024-03-01").obligations}["approval"]
        assert (owed.due_on, owed.start) == (date.fromisoformat(last), date(2023, 10, 16))


@EDITIONS
def test_12_what_stands_is_decided_by_the_committee_and_by_nobody_else(books: Rulebooks) -> None:
    """After seven months a defect is opened: it is seen, somebody owes its decision, and no date moves by either."""
    lines = course("admission-approved")
    assert "approval-defect" in {one.id for one in given(books, lines).on("2024-04-17").obligations}
    lines.append(told("admission-approved", "2024-05-16", "college", probation_from="2023-10-16"))
    approved = len(lines)
    before = given(books, lines).on("2024-06-01")
    lines.append(told("procedure-defect-opened", "2024-05-20", "college", concerns=approved, rule="APPROVE_6M"))
    opened = given(books, lines).on("2024-06-01")
    assert opened.conditions == ("procedure-defect-opened",)
    (owed,) = [one for one in opened.obligations if one.id == "defect"]
    assert (owed.owed_by, owed.due_on) == ("superior-committee", date(2024, 6, 20))
    lines.append(told("procedure-defect-decided", "2024-05-31", "college", concerns=approved, ruling="stands"))
    decided = given(books, lines).on("2024-06-01")
    assert decided.conditions == ()
    assert "defect" not in {one.id for one in decided.obligations}
    kept = ("probation-start", "probation-end", "member-from")
    assert all(before.moments[name] == opened.moments[name] == decided.moments[name] for name in kept)
    assert {"APPROVE_3M", "APPROVE_6M"} <= {one.rule for one in decided.findings}


def test_13_probation_entered_from_the_day_of_approval() -> None:
    """The wrong day is refused; recorded all the same, probation counts from the assembly."""
    asked = given(BOTH, course("admission-approved")).when(
        "admission-approved", "2023-12-01", "college", probation_from=date(2023, 12, 1)
    )
    asked.then_refused("PROBATION_BASIS")
    judgement = asked.recorded()
    assert judgement.moments["probation-end"] == date(2024, 10, 16)
    assert [one.rule for one in judgement.findings] == ["PROBATION_BASIS"]


@EDITIONS
def test_13_the_right_day_is_stated_later_and_the_wrong_one_stays_visible(books: Rulebooks) -> None:
    """By a correcting fact or by a correction of the entry: end, conversion and standing follow, the finding stays or goes."""
    lines = course("admission-resolution-adopted", without=["admission-vote-recorded"])
    lines.append(told("admission-approved", "2023-12-01", "college", probation_from="2023-12-01"))
    assert given(books, lines).on("2023-12-02").moments["probation-end"] == date(2024, 12, 1)
    by_fact = given(books, [*lines, told("probation-start-corrected", "2023-12-05", probation_from="2023-10-16")])
    assert by_fact.on("2023-12-06").moments["probation-end"] == date(2024, 10, 16)
    adopted = given(books, course("admission-filed"))
    said: dict[str, Any] = {"probation_from": date(2023, 12, 1)}
    adopted.when("probation-start-corrected", "2023-12-05", **said).then_refused("PROBATION_BASIS")
    adopted.when("probation-start-corrected", "2023-12-05", probation_from=date(2023, 10, 16)).then_allowed()
    says = {"probation_from": date(2023, 10, 16)}
    wrong = told(
        "fact-corrected", "2023-12-05", corrects=len(lines), says=says, reason="误填审批日期", approved_by="m-8"
    )
    by_correction = given(books, [*lines, wrong])
    assert by_correction.on("2023-12-06").moments["probation-end"] == date(2024, 10, 16)
    assert vars(by_correction.facts[len(lines) - 1])["probation_from"] == date(2023, 12, 1)


def test_14_talk_of_march_entered_in_june() -> None:
    """Both dates are kept and shown; a second person's approval settles it."""
    path = given(BOTH, course("applicant-talk-held"))
    said: dict[str, Any] = {"held_by": "m-1", "post": "secretary"}
    asked = path.when("applicant-talk-held", "2021-10-20", late_days=111, **said).then_allowed("LATE_ENTRY")
    assert asked.finding("LATE_ENTRY").arithmetic == "2021-10-20 → 2022-02-08: 111d > 7d"
    path.when("applicant-talk-held", "2021-10-20", late_days=111, **said, approved_by="m-8").then_allowed()
    same = path.when("applicant-talk-held", "2021-10-20", late_days=111, **said, approved_by="clerk")
    assert same.then_allowed("LATE_ENTRY").proposed.recorded_by == "clerk"


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
