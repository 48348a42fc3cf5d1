"""Ladders and quiet times: on which day each rung is told, to whom it climbs, and that a plan keeps what an alarm does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.calendar import DAY, SHANGHAI, civil_day, moment_on
from domain.facts.base import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSnoozed
from domain.judge import judge
from domain.judgement import Obligation
from domain.ladder import ladder
from domain.policyfile import read_policy
from domain.quiet import BUSY_MINUTES, Quiet, Reminding
from domain.reminders import Planned, ahead, alarm, planned
from domain.rulebook import Rulebooks
from domain.spot import RulebookError
from tests.domain.given import PATH, course, given, rulebooks
from tests.domain.test_reminders import FACTS, sent

BOOKS = rulebooks()
DUE = date(2026, 6, 10)
"""A Wednesday."""

OWED = Obligation(
    id="report",
    step="S06",
    owed_by="branch-secretary",
    since=date(2026, 1, 1),
    due_on=DUE,
    overdue=False,
    zh="报告",
    en="Report",
    edition="cpc-2026",
    sources=("A",),
    confidence="sure",
    remind=(-7, 0),
    escalate=("superior-committee", "organisation-department"),
)


def school(**says: object) -> Rulebooks:
    """A school that reminds like this."""
    make: Callable[..., Reminding] = Reminding
    return reminded_so(make(**says))


def reminded_so(how: Reminding) -> Rulebooks:
    """The project's rulebooks in such a school."""
    return replace(BOOKS, policy=replace(BOOKS.policy, reminding=how))


def days(books: Rulebooks, **says: object) -> list[tuple[int, str, str]]:
    """The rungs of the obligation, with changes: by how many days, to whom, on which day."""
    change: Callable[..., Obligation] = replace
    rungs = ladder(books, change(OWED, **says))
    return [
        (one.reminder.rung_days, one.reminder.owed_by, str(civil_day(one.at)))
        for one in rungs
        if one.reminder.kind == "owed"
    ]


def test_it_climbs_a_week_after_another_and_the_first_one_is_told() -> None:
    """After the last rung each role up the tree is told a week later; whoever owes it is told to whom it went."""
    assert days(BOOKS) == [
        (-7, "branch-secretary", "2026-06-03"),
        (0, "branch-secretary", "2026-06-10"),
        (7, "superior-committee", "2026-06-17"),
        (14, "organisation-department", "2026-06-24"),
    ]
    climbed = [one.reminder for one in ladder(BOOKS, OWED) if one.reminder.kind == "climbed"]
    assert [(one.owed_by, one.to, one.rung_days) for one in climbed] == [
        ("branch-secretary", "superior-committee", 7),
        ("branch-secretary", "organisation-department", 14),
    ]
    keys = [one.reminder.key for one in ladder(BOOKS, OWED)]
    assert len(keys) == len(set(keys))


def test_rungs_in_working_days_leave_out_what_is_no_working_day() -> None:
    """Around the Dragon Boat Festival of 2026: three working days before, one and six after, and then five for each role."""
    assert days(BOOKS, due_on=date(2026, 6, 18), remind=(), remind_workdays=(-4, 1, 6)) == [
        (-4, "branch-secretary", "2026-06-12"),
        (1, "branch-secretary", "2026-06-22"),
        (6, "branch-secretary", "2026-06-29"),
        (11, "superior-committee", "2026-07-06"),
        (16, "organisation-department", "2026-07-13"),
    ]
    both = days(BOOKS, remind=(-7, 0), remind_workdays=(-1, 3), escalate=())
    assert [(rung, day) for rung, _, day in both] == [
        (-7, "2026-06-03"),
        (-1, "2026-06-09"),
        (0, "2026-06-10"),
        (3, "2026-06-15"),
    ]


def test_no_rung_lies_before_the_obligation() -> None:
    """What fell before it began is left out; where everything did, the last rung is told as it begins, and climbs from there."""
    assert [rung for rung, _, _ in days(BOOKS, remind=(-30, -7, -1, 0), begins_on=date(2026, 6, 4))] == [-1, 0, 7, 14]
    late = days(BOOKS, remind=(-30, -7), since=date(2026, 6, 9))
    assert [(rung, day) for rung, _, day in late] == [(-7, "2026-06-09"), (0, "2026-06-16"), (7, "2026-06-23")]


def test_obligation_without_a_ladder_has_the_schools() -> None:
    """Where neither rulebook nor policy say anything it is the built-in one; what only tells is told once."""
    (duty,) = [one for one in BOOKS.editions[0].duties if one.id == "talk"]

    def owed(books: Rulebooks, *, tells: bool = False) -> Obligation:
        bare = replace(duty, remind=(), escalate=(), tells=tells)
        edition = replace(books.editions[0], duties=(bare,))
        facts = given(BOOKS, course("applicant-talk-held")).facts
        (one, *_) = judge(replace(books, editions=(edition,)), facts, date(2021, 10, 20)).obligations
        return one

    assert owed(BOOKS).remind == (-30, -7, -1, 0, 3, 7)
    own = owed(school(remind=(), remind_workdays=(-5, 0)))
    assert (own.remind, own.remind_workdays) == ((), (-5, 0))
    assert owed(BOOKS, tells=True).remind == (0,)


EXAMS = Quiet("exams", date(2026, 6, 1), date(2026, 6, 7))
SUMMER = Quiet("summer", date(2026, 6, 9), date(2026, 8, 1))


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"quiet": (EXAMS,)}, ["06-08", "06-10", "06-17", "06-24"]),  # the next day that is not quiet
        (
            {"quiet": (SUMMER,)},
            ["06-03", "06-08", "08-02", "08-09"],
        ),  # not behind the due day, but before; then a week each
        ({"quiet": (EXAMS, SUMMER), "weekends": True}, ["06-08", "06-08", "08-03", "08-10"]),
        ({"weekends": True, "holidays": True}, ["06-03", "06-10", "06-17", "06-24"]),
    ],
)
def test_a_rung_moves_out_of_quiet_times(says: dict[str, object], told: list[str]) -> None:
    """It is told on the next day; before the due day rather than after it; and each role up the tree keeps its week."""
    assert [day[5:] for _, _, day in days(school(**says))] == told


def test_a_rung_is_not_told_before_anything_is_owed() -> None:
    """Where the only days before the due day lie before the obligation began, it is told on the first one behind."""
    assert [day for _, _, day in days(school(quiet=(SUMMER,)), since=date(2026, 6, 9), escalate=())] == ["2026-08-02"]


def test_holidays_are_quiet_and_worked_weekends_are_not() -> None:
    """In the week of the festival the holiday moves on to the weekend's end; a Sunday on which people work is a day to send."""
    quiet = school(weekends=True, holidays=True)
    festival = days(quiet, due_on=date(2026, 9, 18), remind=(7,), escalate=())  # 25 September 2026, a Friday off
    assert [day for _, _, day in festival] == ["2026-09-28"]
    worked = days(quiet, due_on=date(2026, 9, 13), remind=(7,), escalate=())  # 20 September 2026, a Sunday worked
    assert [day for _, _, day in worked] == ["2026-09-20"]


def test_what_is_overdue_waits_for_the_next_morning_of_sending() -> None:
    """A rung that was passed is told at once, but not late in the evening, at night, on a quiet day or before its end."""
    reminding = Reminding(after=time(21, 30), quiet=(EXAMS,))
    for moment, opens in (
        (datetime(2026, 6, 10, 12, 11, tzinfo=SHANGHAI), None),
        (datetime(2026, 6, 10, 21, 29, tzinfo=SHANGHAI), None),
        (datetime(2026, 6, 10, 21, 30, tzinfo=SHANGHAI), date(2026, 6, 11)),
        (datetime(2026, 6, 10, 3, 0, tzinfo=SHANGHAI), date(2026, 6, 10)),
        (datetime(2026, 6, 10, 9, 7, tzinfo=SHANGHAI), None),
        (datetime(2026, 6, 5, 12, 0, tzinfo=SHANGHAI), date(2026, 6, 8)),
        (datetime(2026, 6, 8, 6, 0, tzinfo=SHANGHAI), date(2026, 6, 8)),
        (datetime(2026, 5, 31, 22, 0, tzinfo=SHANGHAI), date(2026, 6, 8)),
    ):
        assert reminding.open_at(moment, BOOKS.workdays) == (reminding.on(opens) if opens else moment)
    for hour, opens in ((6, date(2026, 6, 8)), (10, None)):  # the first day after the exams has begun
        moment = datetime(2026, 6, 8, hour, 0, tzinfo=SHANGHAI)
        known = Reminding(quiet=(EXAMS,))
        assert known.open_at(moment, BOOKS.workdays) == (known.on(opens) if opens else moment)
    night = datetime(2026, 6, 10, 3, 0, tzinfo=SHANGHAI)
    assert Reminding().open_at(night, BOOKS.workdays) == night
    after_midnight = Reminding(after=time(2))
    assert after_midnight.open_at(night, BOOKS.workdays) == after_midnight.on(date(2026, 6, 10))
    assert after_midnight.open_at(night - timedelta(hours=2), BOOKS.workdays) == night - timedelta(hours=2)


HEAD = "policy: p\ntitle: {zh: 甲, en: a}\n"
TERMS = (
    "semesters:\n  - {name: a, start: 2026-03-02, end: 2026-07-12}\n  - {name: b, start: 2026-09-07, end: 2027-01-17}\n"
)


def test_a_school_says_when_it_reminds() -> None:
    """Time of day, ladder, snooze and quiet times are what the file says; a vacation lies between two semesters."""
    policy = read_policy(
        "p.yaml",
        HEAD
        + TERMS
        + "reminders:\n  send_at: 08:37\n  remind: [-7, 0]\n  remind_workdays: [3]\n  snooze_days: 5\n  quiet:\n"
        + "    weekends: true\n    holidays: true\n    vacations: true\n    after: 21:30\n"
        + "    exams: [{name: 期末, start: 2027-01-04, end: 2027-01-15}]\n",
        BOOKS.editions,
    )
    vacation = Quiet("a – b", date(2026, 7, 13), date(2026, 9, 6))
    assert policy.reminding == Reminding(
        send_at=time(8, 37),
        remind=(-7, 0),
        remind_workdays=(3,),
        snooze_days=5,
        weekends=True,
        holidays=True,
        after=time(21, 30),
        quiet=(vacation, Quiet("期末", date(2027, 1, 4), date(2027, 1, 15))),
    )
    for on in (vacation.start - DAY, vacation.start, vacation.end, vacation.end + DAY):
        assert (policy.semester_on(on) is None) == (vacation.start <= on <= vacation.end)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("reminders: {send_at: 09:00}\n", 3, "nothing is sent at 09:00: on the full and the half hour"),
        ("reminders: {send_at: 09:30}\n", 3, "write 09:07, or 09:37"),
        ("reminders: {send_at: morning}\n", 3, "'morning' is not a time of day; write 09:07"),
        ("reminders:\n  remind: []\n", 4, "without a reminder ladder"),
        ("reminders:\n  remind: [3, 0]\n", 4, "the rungs of a ladder rise"),
        ("reminders:\n  snooze_days: 100\n", 4, "from 1 to 60 days"),
        ("reminders:\n  quiet: {sundays: true}\n", 4, "'sundays' is unknown here; allowed: weekends, holidays"),
        ("reminders:\n  quiet: {vacations: true}\n", 4, "a vacation lies between two semesters"),
        ("reminders:\n  quiet: {after: 09:07}\n", 4, "it is quiet after a later time, as 21:30"),
        ("reminders:\n  quiet: {after: late}\n", 4, "'late' is not a time of day"),
        (
            "reminders:\n  quiet:\n    exams: [{name: a, start: 2027-01-09, end: 2027-01-08}]\n",
            5,
            "'a' ends on 2027-01-08, before it starts on 2027-01-09",
        ),
        (
            "reminders:\n  quiet:\n    exams: [{name: a, start: 2000-01-01, end: 2099-12-31}]\n",
            5,
            "no day is left to send on from 2000-01-01 to 2099-12-31",
        ),
        (
            (
                "reminders:\n  quiet:\n    weekends: true\n    exams: [{name: a, start: 2027-01-04, end: 2027-03-05}, "
                "{name: b, start: 2027-03-08, end: 2027-05-07}]\n"
            ),
            5,
            "no day is left to send on from 2027-01-02 to 2027-05-09: at most 100 days on end may be quiet",
        ),
        ("reminders: {ladder: [0]}\n", 3, "'ladder' is unknown here; allowed: send_at, remind, remind_workdays"),
    ],
)
def test_a_school_that_cannot_remind_like_this_is_told_where(body: str, line: int, message: str) -> None:
    """Every mistake in the times of reminding is told with its line and with what is allowed."""
    with pytest.raises(RulebookError) as caught:
        read_policy("p.yaml", HEAD + body, BOOKS.editions)
    assert str(caught.value).startswith(f"p.yaml:{line}: ")
    assert message in str(caught.value)


def fact(kind: type[Fact], on: datetime, **says: object) -> Fact:
    """A fact that is said of the obligation's reminders at a moment."""
    make: Callable[..., Fact] = kind
    more = {"effective_on": civil_day(on), "recorded_by": "s", "capacity": "branch-secretary", "obligation": OWED.id}
    return make(originator_id=PATH, originator_version=99, timestamp=on, **more, reason="甲", **says)


def test_a_snooze_that_was_recorded_too_far_is_cut() -> None:
    """However it got into the log: no longer than the school allows, and never past the moment at which it climbs."""
    on = moment_on(DUE + DAY, time(10, 0))
    far = fact(ReminderSnoozed, on, until=date(2027, 1, 1))
    plan = ahead(BOOKS, [OWED], [far], on)
    assert [(one.reminder.owed_by, str(civil_day(one.moment))) for one in plan if one.reminder.kind == "owed"] == [
        ("superior-committee", "2026-06-17"),
        ("organisation-department", "2026-06-24"),
    ]
    early = moment_on(date(2026, 5, 20), time(10, 0))
    long = fact(ReminderSnoozed, early, until=date(2027, 1, 1))
    assert [civil_day(one.moment) for one in ahead(BOOKS, [OWED], [long], early)][:2] == [date(2026, 6, 3), DUE]


def test_a_climb_that_was_not_told_yet_is_not_snoozed() -> None:
    """The superior should have heard yesterday; a snooze of today keeps only what the secretary would hear from waiting."""
    on = moment_on(DUE + timedelta(days=8), time(10, 0))
    plan = ahead(BOOKS, [OWED], [fact(ReminderSnoozed, on, until=DUE + timedelta(days=12))], on)
    assert [(one.reminder.owed_by, one.reminder.kind) for one in plan if one.state == "due"] == [
        ("superior-committee", "owed"),
        ("branch-secretary", "climbed"),
    ]


def test_what_is_asked_for_again_is_told_though_it_was_passed_and_though_it_was_snoozed() -> None:
    """An early rung is wanted once more after the last one was told: it is told once more, at once, under its own key."""
    books, on = BOOKS, moment_on(DUE + DAY, time(10, 0))
    teller = Teller(books, OWED, [])
    for rung in (DUE - timedelta(days=7), DUE):
        teller.wake(books.policy.reminding.on(rung))
    teller.facts.append(fact(ReminderSnoozed, on, until=DUE + timedelta(days=5)))
    teller.facts.append(fact(ReminderAskedAgain, on, due_on=DUE, rung_days=-7))
    assert [one.reminder.key for one in teller.wake(on) if one.state == "due"] == [f"reminder/report/{DUE}/-7/again-1"]
    later_on = teller.wake(on + timedelta(minutes=1))
    assert [one.reminder.rung_days for one in later_on] == [7, 7, 14, 14]


def test_a_ladder_begins_anew_with_each_time_that_something_recurs() -> None:
    """An inspection was made two weeks before the next rung of a longer ladder: what lies before it is not told again."""
    path = given(BOOKS, course("opinions-heard"))
    inspected = [one for one in path.facts if one.TOPIC == "half-year-inspection-recorded"][-1]
    on = inspected.effective_on + DAY
    (owed,) = [one for one in path.on(str(on)).obligations if one.id == "half-year-inspection"]
    assert owed.begins_on == inspected.effective_on > owed.since
    long = replace(owed, remind=(-300, -30, 0))
    assert [one.reminder.rung_days for one in ladder(BOOKS, long) if not one.up] == [-30, 0]


RUNGS = st.lists(st.integers(-60, 30), min_size=1, max_size=6, unique=True).map(lambda one: tuple(sorted(one)))
SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40)), max_size=4)
ROLES = ("superior-committee", "organisation-department")


@st.composite
def schools(draw: st.DrawFn) -> Reminding:
    """Any school's times of reminding that a policy file may say."""
    first = date(2026, 4, 1)
    spans = [(first + timedelta(days=start), timedelta(days=length)) for start, length in draw(SPANS)]
    return Reminding(
        send_at=draw(st.sampled_from([time(9, 7), time(8, 37), time(16, 1)])),
        weekends=draw(st.booleans()),
        holidays=draw(st.booleans()),
        after=draw(st.sampled_from([None, time(21), time(12), time(2)])),
        quiet=tuple(Quiet("quiet", start, start + length) for start, length in sorted(spans)),
        snooze_days=draw(st.integers(1, 30)),
    )


@st.composite
def obligations(draw: st.DrawFn) -> Obligation:
    """Any obligation, due in some month, with any ladder."""
    workdays = draw(RUNGS.map(lambda one: tuple(n for n in one if -20 <= n <= 20)))
    return replace(
        OWED,
        due_on=DUE + timedelta(days=draw(st.integers(-30, 60))),
        since=DUE - timedelta(days=draw(st.integers(0, 90))),
        remind=draw(RUNGS),
        remind_workdays=draw(st.sampled_from([(), workdays])),
        escalate=draw(st.sampled_from([(), ROLES[:1], ROLES])),
    )


Told = tuple[datetime, str]


@dataclass
class Teller:
    """Tells what is due whenever it is woken; what others record by then stands among the facts before."""

    books: Rulebooks
    owed: Obligation
    said: Sequence[Fact]
    facts: list[Fact] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def wake(self, moment: datetime) -> Sequence[Planned]:
        """Tell what is due at a moment; answers the plan of then."""
        self.facts += [one for one in self.said if one.timestamp <= moment and one not in self.facts]
        plan = ahead(self.books, [self.owed], self.facts, moment)
        for one in plan:
            if one.state == "due":
                self.told.append((moment, f"{one.reminder.key} to {one.reminder.owed_by}"))
                self.facts.append(sent(one.reminder, 1, moment))
        return plan


def stepped(teller: Teller, moments: Iterable[datetime]) -> list[Told]:
    """What somebody tells who looks at these moments."""
    for moment in moments:
        teller.wake(moment)
    return teller.told


def wakes(teller: Teller, start: datetime, end: datetime) -> list[Told]:
    """What is told by somebody who sleeps until the plan says, or something is recorded."""
    moment: datetime | None = start
    while moment and moment <= end:
        nexts = later(teller.wake(moment))
        moment = min([*nexts, *(one.timestamp for one in teller.said if one.timestamp > moment)], default=None)
    return teller.told


SAID = st.lists(st.tuples(st.integers(0, 150), st.integers(0, 1439), st.integers(1, 40), st.booleans()), max_size=3)


def told_of(owed: Obligation, books: Rulebooks, said: list[tuple[int, int, int, bool]], start: date) -> list[Fact]:
    """Facts that somebody records: a snooze, or a rung asked for again."""
    rungs = [one.reminder for one in ladder(books, owed) if one.reminder.kind == "owed"]
    found: list[Fact] = []
    for day, minute, length, snoozes in said:
        at = moment_on(start + timedelta(days=day), time(minute // 60, minute % 60))
        rung = rungs[length % len(rungs)]
        again = {"due_on": rung.due_on, "rung_days": rung.rung_days, "workdays": rung.workdays}
        until = civil_day(at) + timedelta(days=length)
        found.append(fact(ReminderSnoozed, at, until=until) if snoozes else fact(ReminderAskedAgain, at, **again))
    return sorted(found, key=lambda one: one.timestamp)


@settings(max_examples=25)
@whenever(schools(), obligations(), SAID)
def test_no_wake_is_missed(how: Reminding, owed: Obligation, said: list[tuple[int, int, int, bool]]) -> None:
    """Sleeping from wake to wake tells exactly what looking every few hours, and at every time of sending, would tell."""
    books = reminded_so(how)
    start = owed.since
    facts = told_of(owed, books, said, start)
    first, last = moment_on(start, time(0, 0)), moment_on(start + timedelta(days=220), time(0, 0))
    slept = wakes(Teller(books, owed, facts), first, last)
    hours = {first + timedelta(hours=11 * n) for n in range(int((last - first) / timedelta(hours=11)))}
    mornings = {books.policy.reminding.on(start + timedelta(days=n)) for n in range(220)}
    moments = sorted(hours | mornings | {one.timestamp for one in facts if one.timestamp <= last})
    assert slept == stepped(Teller(books, owed, facts), moments)


@settings(max_examples=60)
@whenever(schools(), obligations(), SAID)
def test_nothing_is_told_early_twice_or_in_quiet_times(
    how: Reminding, owed: Obligation, said: list[tuple[int, int, int, bool]]
) -> None:
    """Each key once, none before its rung, none on a quiet day or at a quiet time, none planned at :00 or :30."""
    books, reminding = reminded_so(how), how
    facts = told_of(owed, books, said, owed.since)
    first = moment_on(owed.since, time(0, 0))
    found = wakes(Teller(books, owed, facts), first, first + timedelta(days=400))
    keys = [key for _, key in found]
    assert len(keys) == len(set(keys))
    rungs = {f"{one.reminder.key} to {one.reminder.owed_by}": one for one in ladder(books, owed)}
    for moment, key in found:
        assert reminding.open_at(moment, books.workdays) == moment
        told = rungs.get(key)
        assert told is None or told.at <= moment  # None: asked for again
        assert moment.minute not in BUSY_MINUTES or any(one.timestamp == moment for one in facts)
    nominal = [one.at for one in rungs.values()]
    assert nominal == sorted(nominal)
    assert all(civil_day(at) >= owed.since for at in nominal)


@settings(max_examples=60)
@whenever(schools(), obligations(), SAID)
def test_no_snooze_hides_an_escalation(
    how: Reminding, owed: Obligation, said: list[tuple[int, int, int, bool]]
) -> None:
    """Whatever is snoozed: whoever stands above is told at the same moment as without, and so is the climb."""
    books = reminded_so(how)
    facts = [one for one in told_of(owed, books, said, owed.since) if isinstance(one, ReminderSnoozed)]
    first = moment_on(owed.since, time(0, 0))
    last = first + timedelta(days=400)
    up = [f"{one.reminder.key} to {one.reminder.owed_by}" for one in ladder(books, owed) if one.up]
    snoozed, plain = (
        [one for one in wakes(Teller(books, owed, known), first, last) if one[1] in up] for known in (facts, [])
    )
    assert snoozed == plain


def test_another_rulebook_moves_the_alarm() -> None:
    """The same facts at the same moment under a ladder with one more rung: the path wakes earlier, and nothing else moves."""
    facts = list(given(BOOKS, course("applicant-talk-held")).facts)
    moment = moment_on(date(2021, 10, 12), time(12, 10))
    duties = [replace(one, remind=(-20, *one.remind)) if one.id == "talk" else one for one in BOOKS.editions[0].duties]
    other = replace(BOOKS, editions=(replace(BOOKS.editions[0], duties=duties), *BOOKS.editions[1:]), digest="other")
    before, after = (alarm(books, judge(books, facts, civil_day(moment)), facts, moment) for books in (BOOKS, other))
    assert (before.wake, after.wake) == (
        BOOKS.policy.reminding.on(date(2021, 11, 1)),
        BOOKS.policy.reminding.on(date(2021, 10, 22)),
    )


@settings(max_examples=60)
@whenever(st.integers(1, len(FACTS)), st.integers(0, 1500), st.integers(0, 23))
def test_a_plan_is_what_the_alarm_rings(known: int, after: int, hour: int) -> None:
    """At any moment of a story: what is due is what the alarm sends, and the first of what lies ahead is when it wakes."""
    moment = moment_on(FACTS[0].effective_on + timedelta(days=after), time(hour, 11))
    judgement = judge(BOOKS, FACTS[:known], civil_day(moment))
    plan = planned(BOOKS, judgement, FACTS[:known], moment)
    rung = alarm(BOOKS, judgement, FACTS[:known], moment)
    assert rung.send == tuple(one.reminder for one in plan if one.state == "due")
    editions = [BOOKS.policy.reminding.on(judgement.edition_until)] if judgement.edition_until else []
    if not judgement.closed:
        assert rung.wake == min([*later(plan), *editions], default=None)


def later(plan: Sequence[Planned]) -> list[datetime]:
    """The moments that lie ahead."""
    return [one.moment for one in plan if one.state == "ahead"]
