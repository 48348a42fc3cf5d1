"""What a school may set for itself is read with the line of every mistake; what is national stays national."""

from datetime import date

import pytest

from domain.policyfile import read_policy
from domain.rulebook import Policy
from domain.spot import RulebookError
from domain.termrules import Semester
from tests.domain.given import RULEBOOKS, rulebooks

EDITIONS = rulebooks(policy=False).editions
SAMPLE = (RULEBOOKS / "policy-sample.yaml").read_text(encoding="utf-8")
HEAD = "policy: p\ntitle: {zh: 甲, en: a}\n"


def read(body: str) -> Policy:
    """Read a policy from what follows its head, which has two lines."""
    return read_policy("p.yaml", HEAD + body, EDITIONS)


def refusal(body: str) -> str:
    """What is said to a policy that is refused."""
    with pytest.raises(RulebookError) as caught:
        read(body)
    return str(caught.value)


def test_what_a_school_sets_is_read_as_it_says() -> None:
    """Basis, written opinions, remote meetings and semesters are what the file says, and harmless if it says nothing."""
    policy = read(
        "cultivation_basis: filing\nwritten_opinions: true\nremote_meetings: true\n"
        "semesters: [{name: a, start: 2026-09-01, end: 2027-01-10}]\n"
    )
    assert (policy.cultivation_basis, policy.written_opinions, policy.remote_meetings) == ("filing", True, True)
    assert policy.semesters == (Semester("a", date(2026, 9, 1), date(2027, 1, 10)),)
    silent = read("")
    assert (silent.cultivation_basis, silent.written_opinions, silent.remote_meetings, silent.semesters) == (
        *("later-of-decision-and-filing", False, False),
        (),
    )


def test_day_lies_in_a_semester_or_in_none() -> None:
    """Both days of a semester belong to it; the day after its last belongs to none."""
    policy = read(
        "semesters:\n  - {name: a, start: 2026-03-02, end: 2026-07-12}\n  - {name: b, start: 2026-09-07, end: 2027-01-17}\n"
    )
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 7, 12), date(2026, 7, 13), date(2026, 9, 7)]
    found = [policy.semester_on(day) for day in days]
    assert [one and one.name for one in found] == [None, "a", "a", None, "b"]


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("cultivation_basis: birthday\n", 3, "'birthday' is not a basis"),
        ("written_opinions: sometimes\n", 3, "'sometimes' is not true or false"),
        ("remote_meetings: [true]\n", 3, "a text is expected here"),
        ("semesters:\n  - {name: a, start: 2026-09-01}\n", 4, "end must be given here"),
        ("semesters:\n  - {name: a, start: 2026-09-01, end: soon}\n", 4, "'soon' is not a day; write 2026-05-11"),
        ("semesters:\n  - name: a\n    start: 2026-09-01\n    end: 2026-08-31\n", 6, "before it starts on 2026-09-01"),
        (
            "semesters:\n  - {name: a, start: 2026-03-01, end: 2026-07-01}\n  - {name: b, start: 2026-07-01, end: 2026-08-01}\n",
            5,
            "'b' starts on 2026-07-01, and 'a' lasts until 2026-07-01",
        ),
        (
            "semesters:\n  - {name: b, start: 2026-09-01, end: 2027-01-01}\n  - {name: a, start: 2026-03-01, end: 2026-07-01}\n",
            5,
            "semesters stand in their order and do not overlap",
        ),
        (
            "semesters:\n  - {name: a, start: 2026-03-01, end: 2026-07-01}\n  - {name: a, start: 2026-09-01, end: 2027-01-01}\n",
            5,
            "'a' is given twice",
        ),
        (
            "notice_days: 3\n",
            3,
            "'notice_days' is unknown here; allowed: policy, title, in_force_from, cultivation_basis",
        ),
    ],
)
def test_mistake_in_what_a_school_sets(body: str, line: int, message: str) -> None:
    """A misspelt value, a semester that ends before it starts, overlaps or is out of order is told at its line."""
    told = refusal(body)
    assert told.startswith(f"p.yaml:{line}: ")
    assert message in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: NOTICE_ACTIVIST", "id: CULTIVATE_1Y", "'CULTIVATE_1Y' is a national rule, of cpc-2026 (R26-13)"),
        ("id: NOTICE_ACTIVIST", "id: TARGET_FILED", "'TARGET_FILED' is a national rule, of cpc-2014 (R14-13"),
        ("id: thought-report", "id: talk", "'talk' is a national obligation, of cpc-2026 (R26-7)"),
        ("id: NOTICE_TARGET", "id: NOTICE_ACTIVIST", "'NOTICE_ACTIVIST' is given twice"),
    ],
)
def test_policy_that_takes_a_name_that_is_taken_is_refused(old: str, new: str, message: str) -> None:
    """A school's rule or obligation cannot stand in for a national one of any edition, nor for another of its own."""
    line = SAMPLE[: SAMPLE.index(old)].count("\n") + 1
    with pytest.raises(RulebookError) as caught:
        read_policy("p.yaml", SAMPLE.replace(old, new), EDITIONS)
    assert str(caught.value).startswith(f"p.yaml:{line}: {message}")
