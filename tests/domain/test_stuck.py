"""Why a path is stuck, as its facts tell: each cause from its day on, with who is waited for and what it rests on."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.causes import ADMIN, CAUSES
from domain.facts.base import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSent
from domain.judge import judge
from domain.repairs import ACTS
from domain.rulewords import ROLES
from domain.stuck import APPROVALS, DEFECT, NOTICE, Stuck, stuck
from tests.domain.given import PATH, RULEBOOKS, Given, course, given, rulebooks, told
from tests.domain.paths_made import days_of, paths

BOOKS = rulebooks()


def found(path: Given, day: str, *more: Fact) -> dict[str, Stuck]:
    """What a path says for itself when it is judged on a day, by cause and what it concerns."""
    facts = [*path.facts, *more]
    return {f"{one.cause} {one.key}": one for one in stuck(judge(BOOKS, facts, date.fromisoformat(day)), facts)}


def said(kind: type[Fact], path: Given, day: str, **says: Any) -> Fact:
    """A fact about reminders on a path, after all others."""
    make: Callable[..., Fact] = kind
    on = date.fromisoformat(day)
    return make(
        originator_id=PATH,
        originator_version=len(path.facts) + says.pop("later", 1),
        timestamp=path.facts[-1].timestamp,
        effective_on=on,
        recorded_by="jieti",
        capacity="system",
        **says,
    )


def reminded(path: Given, outcome: str, *, rung: int = -10, later: int = 1, **says: Any) -> Fact:
    """The branch secretary was reminded of the talk, or was not."""
    what: dict[str, Any] = {
        "obligation": "talk",
        "step": "S02",
        "owed_by": "branch-secretary",
        "due_on": date(2021, 11, 11),
    }
    what |= {"rung_days": rung, "channel": "mail", "outcome": outcome, "later": later}
    return said(ReminderSent, path, "2021-11-01", **what, **says)


APPLIED = given(BOOKS, course("applicant-talk-held"))


def test_what_nobody_does_in_time_is_overdue_from_the_day_after() -> None:
    """The last day itself is in time; who is waited for, since when and by which facts stands with it."""
    one = found(APPLIED, "2021-10-20")["overdue talk"]
    assert (one.since, one.from_on, one.to_on) == (date(2021, 10, 11), date(2021, 11, 12), None)
    assert (one.waits_for, one.obligation, one.rests_on) == ("branch-secretary", "talk", (1, 2))
    assert one.zh == "支部书记最迟应于 2021-11-11 派人同入党申请人谈话"
    assert one.en == "due by 2021-11-11 from the branch secretary: Hold the talk with the applicant"


def test_what_is_done_is_no_cause() -> None:
    """Once the talk is held nothing waits for it."""
    assert "overdue talk" not in found(given(BOOKS, course("league-recommendation-recorded")), "2022-01-31")


def test_a_notice_that_has_stood_long_enough_is_to_be_closed() -> None:
    """From the day after its fifth working day, and not while it stands."""
    path = given(BOOKS, course("public-notice-closed"))
    one = found(path, "2022-03-12")["notice-over notice-end"]
    assert (one.from_on, one.waits_for) == (date(2022, 3, 12), "branch-committee")
    assert one.zh.startswith("2022-03-11 公示期满")


def test_an_open_objection_keeps_the_notice_and_is_the_cause() -> None:
    """While an objection is open the notice is rightly not closed; the oldest that is open says since when."""
    objected = [told("notice-objection-raised", day, point="activist") for day in ("2022-03-08", "2022-03-09")]
    path = given(BOOKS, course("public-notice-closed"), objected)
    causes = found(path, "2022-03-20")
    assert "notice-over notice-end" not in causes
    one = causes["objection-open objection"]
    assert (one.since, one.from_on, one.rests_on) == (date(2022, 3, 8), date(2022, 3, 8), (6, 7))
    assert "共 2 件" in one.zh
    assert "2 in all" in one.en
    first = told("notice-objection-resolved", "2022-03-18", point="activist", upheld=False)
    one = found(given(BOOKS, course("public-notice-closed"), objected, first), "2022-03-20")["objection-open objection"]
    assert (one.since, one.rests_on) == (date(2022, 3, 9), (7,))
    second = told("notice-objection-resolved", "2022-03-19", point="activist", upheld=False)
    causes = found(given(BOOKS, course("public-notice-closed"), objected, first, second), "2022-03-20")
    assert "objection-open objection" not in causes
    assert "notice-over notice-end" in causes


def test_an_approval_is_over_three_months_and_then_over_six() -> None:
    """Each from its own day: the second takes the place of the first, and concerns somebody else."""
    path = given(BOOKS, course("pre-approval-talk-held"))
    causes = found(path, "2023-10-20")
    three, six = causes["approval-over-three-months approval"], causes["approval-over-six-months approval-defect"]
    assert (three.from_on, three.to_on, three.waits_for) == (date(2024, 1, 17), date(2024, 4, 17), "superior-committee")
    assert (six.from_on, six.to_on, six.waits_for) == (date(2024, 4, 17), None, "organisation-department")


def test_an_approval_of_conversion_is_over_three_months() -> None:
    """It has no defect of its own, so nothing takes its place."""
    one = found(given(BOOKS, course("conversion-approved")), "2024-10-22")[
        "approval-over-three-months conversion-approval"
    ]
    assert (one.from_on, one.to_on) == (date(2025, 1, 22), None)


def test_what_merely_may_be_done_is_no_cause() -> None:
    """That a year of cultivation is complete, nobody owes."""
    causes = found(given(BOOKS, course("development-target-proposed")), "2023-03-27")
    assert not [one for one in causes.values() if one.obligation == "one-year-reached"]


def test_a_closed_path_is_not_stuck() -> None:
    """Whatever was open when it ended: nobody is waited for."""
    objected = told("notice-objection-raised", "2022-03-08", point="activist")
    ended = told("path-withdrawn", "2022-03-09", None)
    assert not found(given(BOOKS, course("public-notice-closed"), objected, ended), "2023-01-01")


def test_a_reminder_that_was_refused_is_a_cause_of_its_own() -> None:
    """With channel, answer and the gateway's own code, from the day it was sent."""
    one = found(APPLIED, "2021-11-02", reminded(APPLIED, "refused", code="550"))["reminder-refused talk"]
    assert (one.from_on, one.waits_for, one.rests_on) == (date(2021, 11, 1), "branch-secretary", (3,))
    assert one.zh == "2021-11-01 经 mail 提醒支部书记“派人同入党申请人谈话”，被拒收（550）"
    assert one.en.startswith("on 2021-11-01 a reminder to the branch secretary through mail was refused (550)")
    unknown = found(APPLIED, "2021-11-02", reminded(APPLIED, "unknown"))["reminder-refused talk"]
    assert "没有回音" in unknown.zh


def test_a_reminder_that_somebody_took_is_none() -> None:
    """Of several who are told of one rung it is enough that one was reached; an earlier rung is past."""
    one, other = reminded(APPLIED, "refused", recipient="a"), reminded(APPLIED, "accepted", recipient="b", later=2)
    assert "reminder-refused talk" not in found(APPLIED, "2021-11-02", one, other)
    assert "reminder-refused talk" not in found(
        APPLIED, "2021-11-02", one, reminded(APPLIED, "accepted", rung=0, later=2)
    )
    later = reminded(APPLIED, "refused", rung=0, later=2)
    assert "reminder-refused talk" in found(APPLIED, "2021-11-02", reminded(APPLIED, "accepted"), later)


def test_a_refused_reminder_that_is_to_be_told_again_waits_for_its_answer() -> None:
    """Asked for once more, what was answered before counts no longer."""
    again = {"obligation": "talk", "due_on": date(2021, 11, 11), "rung_days": -10, "reason": "a new address"}
    asked = said(ReminderAskedAgain, APPLIED, "2021-11-02", **again, later=2)
    refused = reminded(APPLIED, "refused")
    assert "reminder-refused talk" not in found(APPLIED, "2021-11-03", refused, asked)
    once_more = reminded(APPLIED, "refused", later=3)
    assert found(APPLIED, "2021-11-03", refused, asked, once_more)["reminder-refused talk"].rests_on == (5,)


def test_a_reminder_of_something_that_was_met_is_no_cause() -> None:
    """What was refused about an obligation that no longer stands keeps nobody waiting."""
    path = given(BOOKS, course("league-recommendation-recorded"))
    assert "reminder-refused talk" not in found(path, "2022-01-31", reminded(path, "refused"))


def test_days_beyond_the_calendar_are_doubtful() -> None:
    """A notice whose working days are not published yet has a provisional end, and says which year lacks."""
    year = max(BOOKS.workdays.off) + 1
    begun = f"{year}-03-01"
    path = given(BOOKS, course("public-notice-opened"), told("public-notice-opened", begun, point="activist"))
    one = found(path, begun)["calendar-missing notice-end"]
    assert one.from_on == date.fromisoformat(begun)
    assert f"{year} 年工作日历" in one.zh


def test_a_duty_whose_text_was_not_verified_is_doubtful() -> None:
    """Handing over after a change of unit rests on a rule that is marked verify."""
    moved = told("unit-change-reported", "2022-07-01", to_unit="college-2")
    one = found(given(BOOKS, course("half-year-inspection-recorded"), moved), "2022-07-02")[
        "rule-to-verify unit-change"
    ]
    assert one.from_on == date(2022, 7, 1)
    assert "cpc-2014" in one.zh


@settings(max_examples=60, deadline=None)
@whenever(paths(), st.data())
def test_any_path_has_causes_that_are_known(facts: list[Fact], data: st.DataObject) -> None:
    """Whatever the facts: each cause is of the catalogue, waits for a known role, and has a day and a key of its own."""
    day = data.draw(st.sampled_from(days_of(facts)))
    known = judge(BOOKS, facts, day)
    causes = list(stuck(known, facts))
    assert len({(one.cause, one.key) for one in causes}) == len(causes)
    for one in causes:
        assert CAUSES[one.cause].kind == "people"
        assert one.waits_for in ROLES
        assert one.since <= one.from_on
        assert one.zh
        assert one.en
    late = {one.id for one in known.obligations if one.overdue}
    assert late == {
        one.key for one in causes if one.cause in ("overdue", "approval-over-three-months") and one.from_on <= day
    }


def test_every_cause_says_who_frees_it_and_how() -> None:
    """Both languages, an act that there is or something to do by hand, and a role that there is."""
    for cause in CAUSES.values():
        assert cause.zh
        assert cause.en
        assert cause.acts or cause.by_hand
        assert set(cause.acts) <= set(ACTS)
        assert cause.frees in {"", ADMIN, *ROLES}


@pytest.mark.parametrize("edition", BOOKS.editions, ids=lambda one: one.name)
def test_the_obligations_that_are_causes_of_their_own_are_there(edition: Any) -> None:
    """Each edition has them under these names: another name would make them overdue, or nothing at all."""
    duties = {one.id: one for one in BOOKS.duties_of(edition)}
    assert {NOTICE, DEFECT, *APPROVALS} <= duties.keys()
    assert duties[NOTICE].tells
    assert duties[DEFECT].tells
    assert not any(duties[one].tells for one in APPROVALS)


def test_the_documentation_lists_every_cause_as_it_is() -> None:
    """Each with its words, how grave it is, who frees it and by which acts, in the order of the board."""
    text = (RULEBOOKS.parent / "docs" / "stuck.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## Causes")[2].splitlines() if line.startswith("| `")]
    listed = [row for row in rows if row.split("`")[1] in CAUSES]
    assert listed == [
        f"| `{one.id}` | {one.zh} · {one.en} | {one.severity} | {one.frees or 'whoever it waits for'} | "
        f"{', '.join(f'`{act}`' for act in one.acts) or '–'} | {one.by_hand.en if one.by_hand else '–'} |"
        for one in CAUSES.values()
    ]
