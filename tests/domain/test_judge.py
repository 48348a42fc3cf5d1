"""What `judge` and `weigh` make of facts: rounds, clocks that stop, closed paths, late records."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.judge import judge
from domain.judgement import Judgement
from domain.story import Told
from tests.domain.given import course, given, rulebooks, told

BOOKS = rulebooks(policy=False)
VOTE: dict[str, Any] = {"due": 24, "present": 20, "no": 1, "abstained": 1}


def step(judgement: Judgement, name: str) -> Any:
    """One step of a judgement."""
    return next(one for one in judgement.steps if one.id == name)


def assembly(day: str, yes: int = 18, **more: Any) -> Told:
    """A vote on the admission."""
    return told("admission-vote-recorded", day, **{**VOTE, "yes": yes, "no": 19 - yes, **more})


def test_nothing_is_known_of_no_facts() -> None:
    """A path without facts stands nowhere, owes nothing, and only its opening may be asked for."""
    judgement = judge(BOOKS, [], date(2024, 1, 1))
    assert (judgement.stage, judgement.version, judgement.findings, judgement.obligations) == ("", 0, (), ())
    assert {one.state for one in judgement.steps} == {"ahead"}
    given(BOOKS).when("activist-determined", "2024-01-01", decided_by="assembly").then_refused(
        "STAGE", "AGE_18_STANDS", "TALK_BEFORE_ACT", "ACT_COMMITTEE", "COMMITTEE_DECIDES", "ACT_RECOMMENDED"
    )


def test_facts_after_the_day_are_not_looked_at() -> None:
    """Judged on a day long past, a path reads as it stood then, with the version of all that is known."""
    judgement = given(BOOKS, course()).on("2022-03-13")
    assert (judgement.stage, judgement.outcome, judgement.version) == ("applicant", "", len(course()))
    assert step(judgement, "S03").state == "open"


def test_a_judgement_says_its_day_and_what_follows_from_the_facts() -> None:
    """The day is part of the answer; the day of birth is nobody's who reads a judgement."""
    judgement = given(BOOKS, course()).on("2022-04-01")
    assert judgement.day == date(2022, 4, 1)
    assert {"born", "leaves", "applied"} & set(judgement.moments) == {"leaves", "applied"}


def test_what_nobody_looks_at_is_left_out() -> None:
    """Without findings or without steps all else is the same."""
    facts = given(BOOKS, course("activist-filed", without=["applicant-talk-held"])).facts
    whole = judge(BOOKS, facts, date(2022, 3, 14))
    assert whole.findings
    assert judge(BOOKS, facts, date(2022, 3, 14), find=False) == replace(whole, findings=())
    assert judge(BOOKS, facts, date(2022, 3, 14), steps=False) == replace(whole, steps=())


def test_a_rejected_candidate_can_be_voted_on_again() -> None:
    """After a vote that did not carry the step stays open, and a second vote carries the resolution."""
    lines = [*course("admission-vote-recorded"), assembly("2023-10-16", 12)]
    lines.append(told("admission-resolution-rejected", "2023-10-16"))
    assert step(given(BOOKS, lines).on("2023-10-17"), "S15").state == "open"
    given(BOOKS, lines).when("admission-resolution-adopted", "2023-10-20").then_refused("QUORUM", "MAJORITY")
    lines.append(assembly("2023-10-20"))
    given(BOOKS, lines).when("admission-resolution-adopted", "2023-10-20").then_allowed()


def test_a_resolution_rests_on_a_vote_of_its_own_day() -> None:
    """A resolution dated after its vote is refused: probation would count from the wrong day."""
    asked = given(BOOKS, course("admission-resolution-adopted")).when("admission-resolution-adopted", "2023-10-17")
    asked.then_refused("QUORUM", "MAJORITY")
    opened = step(given(BOOKS, course("admission-resolution-adopted")).on("2023-10-17"), "S15")
    assert (opened.earliest, opened.latest) == (date(2023, 10, 16), date(2023, 10, 16))


def test_an_admission_that_was_not_approved_starts_another_round() -> None:
    """The person stays a development target; old resolution, talk and vote do not serve the second time."""
    lines = [*course("admission-approved"), told("admission-not-approved", "2023-12-01", "college")]
    judgement = given(BOOKS, lines).on("2023-12-01")
    assert (judgement.stage, judgement.pending) == ("development-target", "")
    assert {step(judgement, name).state for name in ("S15", "S16", "S17")} == {"open"}
    assert "approval" not in {one.id for one in judgement.obligations}
    said: dict[str, Any] = {"probation_from": date(2023, 10, 16)}
    given(BOOKS, lines).when("admission-approved", "2023-12-20", "college", **said).then_refused("PENDING")
    again = given(BOOKS, lines).when("admission-resolution-adopted", "2024-03-01")
    again.then_refused("QUORUM", "MAJORITY", "POLITICAL_REVIEW_6M")
    lines += [assembly("2024-03-01"), told("admission-resolution-adopted", "2024-03-01")]
    said = {"probation_from": date(2024, 3, 1)}
    given(BOOKS, lines).when("admission-approved", "2024-03-20", "college", **said).then_refused("SUPERIOR_TALK")
    lines.append(told("pre-approval-talk-held", "2024-03-10", "college", held_by="m-9"))
    asked = given(BOOKS, lines).when("admission-approved", "2024-03-20", "college", **said).then_allowed()
    assert asked.recorded().moments["probation-end"] == date(2025, 3, 1)


def test_one_resolution_waits_at_a_time() -> None:
    """While a resolution waits for approval no second one is adopted."""
    lines = [*course("pre-approval-talk-held"), assembly("2023-10-20")]
    given(BOOKS, lines).when("admission-resolution-adopted", "2023-10-20").then_refused("PENDING")


@pytest.mark.parametrize(
    ("outcome", "approval"), [("convert", "extension-approved"), ("extend", "cancellation-approved")]
)
def test_an_approval_answers_its_own_kind_of_resolution(outcome: str, approval: str) -> None:
    """What the assembly resolved to extend is not approved as something else."""
    vote = told("conversion-vote-recorded", "2024-10-21", **VOTE, yes=18, proposal=outcome)
    resolved = told("conversion-resolved", "2024-10-21", outcome=outcome, extension_months=6)
    lines = [*course("conversion-vote-recorded"), vote, resolved]
    given(BOOKS, lines).when(approval, "2024-11-29", "college").then_refused("PENDING")


def extended() -> list[Told]:
    """A course whose probation was extended by six months, to 2025-04-16."""
    lines = course("conversion-vote-recorded")
    lines.append(told("conversion-vote-recorded", "2024-10-21", **VOTE, yes=18, proposal="extend"))
    lines.append(told("conversion-resolved", "2024-10-21", outcome="extend", extension_months=6))
    return [*lines, told("extension-approved", "2024-11-29", "college")]


def test_after_an_extension_conversion_is_applied_for_and_discussed_again() -> None:
    """The first application and resolution belong to the first round."""
    judgement = given(BOOKS, extended()).on("2024-12-01")
    owed = {one.id: one.due_on for one in judgement.obligations}
    assert owed == {"conversion-application": date(2025, 4, 16), "conversion-discussion": date(2025, 5, 16)}
    assert {step(judgement, name).state for name in ("S22", "S23", "S24")} == {"open"}
    vote = told("conversion-vote-recorded", "2025-04-21", **VOTE, yes=18, proposal="convert")
    path = given(BOOKS, [*extended(), vote])
    path.when("conversion-resolved", "2025-04-21", outcome="convert").then_allowed("CONVERT_APPLIED")


def test_cancellation_closes_the_path() -> None:
    """An approved cancellation ends the path; nothing is owed any more, and evidence is still taken."""
    lines = course("conversion-vote-recorded")
    lines.append(told("conversion-vote-recorded", "2024-10-21", **VOTE, yes=18, proposal="cancel"))
    lines.append(told("conversion-resolved", "2024-10-21", outcome="cancel"))
    path = given(BOOKS, [*lines, told("cancellation-approved", "2024-11-29", "college")])
    judgement = path.on("2024-12-01")
    assert (judgement.outcome, judgement.obligations, judgement.closed) == ("cancelled", (), True)
    refused = path.when("conversion-resolved", "2024-12-02", outcome="convert")
    assert refused.finding("CLOSED").severity == "block"
    assert refused.recorded().outcome == "cancelled"
    path.when("absence-report-received", "2024-12-02").then_allowed()


def test_returned_conversion_is_owed_again() -> None:
    """When the committee returns the papers the discussion is owed once more."""
    lines = [*course("conversion-approved"), told("conversion-returned", "2024-11-10", "college")]
    judgement = given(BOOKS, lines).on("2024-11-11")
    assert judgement.pending == ""
    assert {one.id for one in judgement.obligations} == {"conversion-discussion"}


def test_deferral_moves_the_discussion_and_nothing_else() -> None:
    """A transferred-in member's discussion is put off; standing still counts from the original expiry."""
    lines = course("conversion-vote-recorded")
    lines = [one for one in lines if one.day < date(2024, 10, 1)]
    lines.append(told("transfer-accepted", "2024-07-05", "other-branch", home_unit="other-branch"))
    lines.append(told("conversion-discussion-deferred", "2024-10-10", "other-branch", until="2025-03-16"))
    judgement = given(BOOKS, lines).on("2024-12-01")
    assert {one.id: one.due_on for one in judgement.obligations}["conversion-discussion"] == date(2025, 3, 16)
    assert judgement.moments["probation-end"] == date(2024, 10, 16)
    vote = told("conversion-vote-recorded", "2025-03-14", "other-branch", **VOTE, yes=18, proposal="convert")
    path = given(BOOKS, [*lines, vote])
    path.when("conversion-resolved", "2025-03-14", "other-branch", outcome="convert").then_allowed()


def test_expiry_moves_nobody() -> None:
    """Years after the expiry of probation the person is a probationary member still."""
    judgement = given(BOOKS, course("conversion-application-submitted")).on("2030-01-01")
    assert judgement.stage == "probationary-member"
    assert {one.id for one in judgement.obligations if one.overdue} == {
        "conversion-application",
        "conversion-discussion",
    }


def test_suspended_probation_ends_later() -> None:
    """Days on which probation stood still move its end; while it stands nothing about it is owed."""
    lines = [one for one in course() if one.day < date(2024, 9, 1)]
    lines.append(told("probation-suspended", "2024-09-01"))
    assert given(BOOKS, lines).on("2025-09-01").moments["probation-end"] == date(2025, 10, 16)
    lines.append(told("probation-resumed", "2025-09-01"))
    judgement = given(BOOKS, lines).on("2026-01-01")
    assert judgement.moments["probation-end"] == date(2025, 10, 16)
    assert judgement.moments["probation-original-end"] == date(2024, 10, 16)


def test_extensions_add_up_and_one_without_its_resolution_adds_nothing() -> None:
    """Months come from the resolution that is approved; an approval of nothing leaves probation as long as it was."""
    nothing = [*course("conversion-vote-recorded"), told("extension-approved", "2024-10-14", "college")]
    assert given(BOOKS, nothing).on("2024-10-15").moments["probation-end"] == date(2024, 10, 16)
    lines = [*extended(), told("conversion-resolved", "2025-04-10", outcome="extend", extension_months=3)]
    lines.append(told("extension-approved", "2025-04-11", "college"))
    assert given(BOOKS, lines).on("2025-04-12").moments["probation-end"] == date(2025, 7, 16)


def test_a_path_moves_forward_whatever_happened_and_back_only_where_the_edition_says_so() -> None:
    """A decision that skipped a stage counts, one that repeats it moves nothing, and a new beginning leads back."""
    skipped = given(BOOKS, *course("applicant-talk-held"), told("development-target-determined", "2021-11-01")).on
    assert skipped("2021-11-02").stage == "development-target"
    lines = course("admission-vote-recorded")
    again = [*lines, told("activist-determined", "2023-10-10", decided_by="branch-committee")]
    assert given(BOOKS, again).on("2023-10-11").stage == "development-target"
    lines.append(told("cultivation-restarted", "2023-10-10", "other-branch", home_unit="other-branch"))
    assert given(BOOKS, lines).on("2023-10-11").stage == "activist"
    twice = given(
        BOOKS, [told("activist-determined", day, decided_by="assembly") for day in ("2021-10-20", "2021-10-22")]
    )
    wrong = twice.when("admission-approved", "2021-10-23", "college", probation_from=date(2021, 10, 23))
    assert wrong.finding("STAGE").rests_on == (1, 3)


def test_cultivation_begun_anew_forgets_what_was_before() -> None:
    """After a restart the year counts from that day, and a pause before it moves nothing."""
    lines = course("half-year-inspection-recorded")
    lines.append(told("cultivation-paused", "2022-06-21", cause="leave"))
    lines.append(told("cultivation-restarted", "2022-12-21", "other-branch", home_unit="other-branch"))
    judgement = given(BOOKS, lines).on("2022-12-22")
    assert (judgement.home_unit, judgement.moments["cultivation-start"]) == ("other-branch", date(2022, 12, 21))
    assert step(judgement, "S07").earliest == date(2023, 12, 21)


def test_year_is_not_reached_while_the_clock_stands() -> None:
    """During a pause that still lasts the earliest day moves with the day on which it is asked."""
    lines = [*course("half-year-inspection-recorded"), told("cultivation-paused", "2022-06-21", cause="illness")]
    path = given(BOOKS, lines)
    for day, earliest in (("2022-07-21", date(2023, 4, 20)), ("2024-07-21", date(2025, 4, 20))):
        assert step(path.on(day), "S07").earliest == earliest
    asked = path.when("development-target-proposed", "2024-07-21")
    assert "CULTIVATE_1Y" in {one.rule for one in asked.verdict.findings}


def test_filing_that_was_returned_does_not_stand() -> None:
    """A returned filing leaves the step open, and the clock runs from the filing that followed."""
    lines = [*course("activist-filed"), told("activist-filed", "2022-03-21", "college")]
    lines.append(told("activist-returned", "2022-03-28", "college"))
    returned = given(BOOKS, lines)
    assert step(returned.on("2022-03-29"), "S04").state == "open"
    assert "cultivation-start" not in returned.on("2022-03-29").moments
    asked = returned.when("development-target-proposed", "2023-04-03")
    assert asked.finding("CULTIVATE_1Y").missing == ("activist-filed",)
    lines.append(told("activist-filed", "2022-04-11", "college"))
    judgement = given(BOOKS, lines).on("2022-04-12")
    assert step(judgement, "S04").done_on == date(2022, 4, 11)
    assert judgement.moments["cultivation-start"] == date(2022, 4, 11)


def test_activist_filed_again_by_another_committee_loses_no_time() -> None:
    """Where the next committee files the activist whom it takes over, cultivation counts from the first filing."""
    lines = [*course("activist-training-completed"), told("activist-filed", "2022-10-10", "other-college")]
    assert given(BOOKS, lines).on("2022-10-11").moments["cultivation-start"] == date(2022, 3, 21)


def test_leaving_soon_needs_the_superiors_consent() -> None:
    """Within three months of leaving the pre-review is refused, unless the superior has consented with a reason."""
    lines = [*course("pre-review-passed"), told("departure-expected", "2023-09-12", leaves_on="2023-12-20")]
    asked = given(BOOKS, lines).when("pre-review-passed", "2023-09-22", "college").then_refused("LEAVING_3M")
    found = asked.finding("LEAVING_3M")
    assert (found.severity, found.latest, found.missing) == ("override", date(2023, 9, 19), ("departure-consented",))
    lines.append(told("departure-consented", "2023-09-20", "college", reason="因公派出"))
    given(BOOKS, lines).when("pre-review-passed", "2023-09-22", "college").then_allowed()


def test_fact_recorded_late_fills_its_gap() -> None:
    """Facts count on their own day: a talk recorded after the determination clears what its absence had broken."""
    lines = course("activist-filed", without=["applicant-talk-held"])
    before = given(BOOKS, lines)
    assert [one.rule for one in before.on("2022-03-20").findings] == ["TALK_BEFORE_ACT"]
    asked = before.when("applicant-talk-held", "2021-10-25", late_days=150, held_by="m-1", post="secretary")
    assert [one.rule for one in asked.recorded("2022-03-24").findings] == ["LATE_ENTRY"]


def test_irregular_decision_moves_the_path_when_it_is_recorded() -> None:
    """What happened happened: the stage follows, and the finding stays for everybody to see."""
    lines = [*course("applicant-talk-held"), told("development-target-determined", "2021-12-01")]
    judgement = given(BOOKS, lines).on("2021-12-02")
    assert judgement.stage == "development-target"
    assert "STAGE" in {one.rule for one in judgement.findings}
    lines.append(told("activist-determined", "2021-12-05", decided_by="assembly"))
    assert given(BOOKS, lines).on("2021-12-06").stage == "development-target"


def test_approval_recorded_without_its_resolution_keeps_the_day_it_states() -> None:
    """An old dossier may lack the resolution: the approval's own day is what is known of probation."""
    lines = course("admission-resolution-adopted")
    lines.append(told("admission-approved", "2023-12-01", "college", probation_from="2023-10-16"))
    judgement = given(BOOKS, lines).on("2023-12-02")
    assert "PENDING" in {one.rule for one in judgement.findings}
    assert judgement.moments["probation-start"] == date(2023, 10, 16)


def test_corrected_birth_date_is_judged_anew() -> None:
    """A corrected date of birth changes what is found of the application."""
    lines = [replace(one, says={**one.says, "born_on": "2003-12-31"}) for one in course("application-received")]
    assert "AGE_18" in {one.rule for one in given(BOOKS, lines).on("2021-10-12").findings}
    lines.append(told("birth-date-corrected", "2021-10-11", born_on="2003-03-01"))
    assert given(BOOKS, lines).on("2021-10-12").findings == ()
