"""Terms of units: when they begin and end, what is owed in them and by when, what counts, and what is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.calendar import moment_on
from domain.facts import KINDS, Fact
from domain.facts.terms import ActivityHeld, TermClosed, TermJobDone, TermOpened
from domain.policyfile import read_policy
from domain.receipt import Act
from domain.rulebook import Rulebooks
from domain.spot import RulebookError
from domain.termclock import TURNS_AT, term_alarm, term_stream, unit_alarm
from domain.terms import TermJudgement, judge_term
from tests.domain.given import rulebooks
from tests.domain.test_policyfile import EDITIONS, HEAD

BOOKS = rulebooks()
AUTUMN, SPRING = "2026-2027-1", "2026-2027-2"
STREAM = term_stream("branch-1", AUTUMN)
START, END = date(2026, 9, 7), date(2027, 1, 17)
PLAN, CHECK, REPORT = date(2026, 9, 18), date(2026, 11, 12), date(2027, 1, 22)

TERMS = """
semesters: [{name: a, start: 2026-09-07, end: 2027-01-17}]
terms:
  from: a
  activities: {lecture: {zh: 党课, en: Lectures}}
  jobs:
    - {id: talks, for: [branch], owed_by: branch-secretary, due: {week: 3}, source: [UP], text: {zh: 谈, en: t}}
"""


def fact(kind: type[Fact], version: int, day: date, moment: datetime | None = None, **says: Any) -> Any:
    """A fact of the term, recorded in the evening of its day unless another moment is given."""
    make: Callable[..., Fact] = kind
    says = {"originator_topic": "term", "by_kind": "branch", **says} if kind is TermOpened else says
    return make(
        originator_id=STREAM,
        originator_version=version,
        timestamp=moment or moment_on(day, time(18)),
        effective_on=day,
        recorded_by="li",
        capacity="branch-secretary",
        **says,
    )


def opened(day: date = START, moment: datetime | None = None) -> Fact:
    """The branch begins the autumn term, on its first day unless it was set up later."""
    says = {"unit_id": "branch-1", "term": AUTUMN, "starts_on": START, "ends_on": END}
    made: Fact = fact(TermOpened, 1, day, moment or moment_on(day, TURNS_AT), **says)
    return made


def done(version: int, job: str, day: date) -> Fact:
    """A job was done."""
    made: Fact = fact(TermJobDone, version, day, job=job)
    return made


def held(version: int, day: date, activity: str = "theme-party-day", people: int = 20) -> Fact:
    """Something that counts was held."""
    made: Fact = fact(ActivityHeld, version, day, activity=activity, participants=people)
    return made


def judged(facts: list[Fact], day: date) -> TermJudgement:
    """The term on a day."""
    return judge_term(BOOKS, facts, day)


def acts(facts: list[Fact], day: date, at: time = time(12)) -> tuple[Act, ...]:
    """What the term's clock records by itself at a time of a day."""
    return term_alarm(BOOKS, facts, moment_on(day, at))[0].acts


def states(known: TermJudgement) -> dict[str, str]:
    """How each job stands."""
    return {job.id: job.state for job in known.jobs}


def rules(known: TermJudgement) -> list[str]:
    """What is found, in order."""
    return [one.rule for one in known.findings]


def test_what_is_owed_from_the_first_day() -> None:
    """Ten working days from the start, the middle, and five working days from the end, which is a Sunday."""
    known = judged([opened()], START)
    assert [(one.id, one.owed_by, one.due_on, one.overdue) for one in known.obligations] == [
        ("term-plan", "branch-secretary", PLAN, False),
        ("term-check", "branch-secretary", CHECK, False),
        ("term-report", "branch-secretary", REPORT, False),
    ]
    plan = known.obligations[0]
    assert plan.why_en == "From the start of the term on 2026-09-07, 10 working days with the first: due by 2026-09-18."
    assert plan.why_zh == "2026-09-07 学期开始，第 10 个工作日即不晚于 2026-09-18。"
    assert (known.stage, known.home_unit, known.closed, known.closes, known.findings) == (
        AUTUMN,
        "branch-1",
        False,
        False,
        (),
    )


@pytest.mark.parametrize(
    ("due", "day"),
    [
        ("{week: 1}", "2026-09-07"),
        ("{week: 5, days: 4}", "2026-10-09"),
        ("{at: mid}", "2026-11-12"),
        ("{at: end, days: -7}", "2027-01-10"),
        ("{at: end, workdays: -1}", "2027-01-15"),
        ("{at: start, workdays: 18}", "2026-09-30"),
        ("{at: start, workdays: 19}", "2026-10-08"),
        ("{week: 30}", "2027-01-17"),
    ],
)
def test_days_of_a_term(due: str, day: str) -> None:
    """Weeks begin on Mondays, working days leave out the National Day, and no week lies behind the end."""
    text = TERMS.replace("{week: 3}", due)
    books = Rulebooks(EDITIONS, read_policy("p.yaml", HEAD + text, EDITIONS), BOOKS.workdays, "0" * 64)
    first = replace_term(opened(), "a")
    (owed,) = judge_term(books, [first], START).obligations
    assert str(owed.due_on) == day
    assert owed.remind == books.policy.reminding.remind


def replace_term(fact: Fact, name: str) -> Fact:
    """The same opening under another name of the term."""
    changed: Callable[..., Fact] = replace
    return changed(fact, term=name)


def test_a_job_is_owed_until_it_is_done_and_late_when_it_was() -> None:
    """What is done is owed no longer; what was done after its day is found, with the job's source."""
    facts = [opened(), done(2, "term-plan", PLAN), done(3, "term-check", CHECK + timedelta(days=2))]
    known = judged(facts, CHECK + timedelta(days=3))
    assert states(known) == {"term-plan": "done", "term-check": "done", "term-report": "owed"}
    (late,) = known.findings
    assert (late.rule, late.version, late.latest, late.missing, late.sources) == (
        "TERM_LATE",
        3,
        CHECK,
        ("term-check",),
        ("UP",),
    )
    assert judged(facts, CHECK + timedelta(days=1)).obligations[0].why_en.endswith("1 day overdue.")


def test_what_counts_is_told_with_the_entries_it_rests_on() -> None:
    """By kind, in the order of the policy; what was retracted and what lies outside of the term counts nowhere."""
    retract = fact(
        KINDS["fact-retracted"], 6, date(2026, 10, 20), retracts=4, reason="it was cancelled", approved_by="zhao"
    )
    facts = [opened(), held(2, date(2026, 10, 9)), held(3, START, people=5), held(4, date(2026, 10, 12)), retract]
    facts.insert(4, held(5, date(2026, 9, 1)))
    known = judged(facts, date(2026, 11, 1))
    assert [(one.activity, one.number, one.participants, one.versions) for one in known.counts] == [
        ("theme-party-day", 2, 25, (2, 3)),
        ("party-lecture", 0, 0, ()),
        ("volunteer-service", 0, 0, ()),
    ]
    assert rules(known) == ["TERM_OUTSIDE"]
    assert judged(facts, date(2026, 9, 30)).counts[0].versions == (3,)


def test_a_quota_is_a_job_with_times() -> None:
    """So many facts end it, each in the term; until then it says how many there are."""
    text = TERMS.replace("source", "until: [{fact: activity-held, where: {activity: lecture}}], times: 2, source")
    books = Rulebooks(EDITIONS, read_policy("p.yaml", HEAD + text, EDITIONS), BOOKS.workdays, "0" * 64)
    facts = [replace_term(opened(), "a"), held(2, START, "lecture")]
    (owed,) = judge_term(books, facts, START).obligations
    assert (owed.rests_on, owed.why_en[-12:]) == ((1, 2), "1 of 2 done.")
    known = judge_term(books, [*facts, held(3, START, "lecture"), held(4, START, "lecture")], START)
    assert (known.obligations, known.jobs[0].versions, known.counts[0].number) == ((), (2, 3), 3)


def test_a_unit_set_up_in_the_term_owes_what_is_still_ahead() -> None:
    """Its term begins with it: the plan was due before, and is not owed; the day of its opening is not late."""
    known = judged([opened(date(2026, 10, 12))], date(2026, 10, 12))
    assert (known.first_on, states(known)) == (
        date(2026, 10, 12),
        {"term-plan": "not-owed", "term-check": "owed", "term-report": "owed"},
    )
    assert known.findings == ()


def test_a_term_is_closed_after_its_report_or_on_its_day() -> None:
    """Not before its end, even with the report; then with the report, or else when the two weeks are over."""
    report = [opened(), done(2, "term-report", END)]
    assert acts(report, END) == ()
    assert [one.topic for one in acts(report, END + timedelta(days=1), time(0, 7))] == ["term-closed"]
    silent = [opened()]
    assert acts(silent, END + timedelta(days=14)) == ()
    (act,) = acts(silent, END + timedelta(days=15))
    assert (act.stream_id, act.key, act.version) == (STREAM, "term-closed/1", 1)
    assert act.said["not_done"] == ("term-plan", "term-check", "term-report")


def test_the_clock_wakes_for_reminders_the_end_and_the_closing() -> None:
    """The next rung, the first day after the term, and the day of closing, whichever comes first."""
    facts: list[Fact] = [opened()]
    first = term_alarm(BOOKS, facts, moment_on(START, TURNS_AT))[0]
    assert first.wake is not None
    assert str(first.wake.date()) == str(PLAN - timedelta(days=5))
    facts += [done(2, job, START) for job in ("term-plan", "term-check")]
    before = term_alarm(BOOKS, facts, moment_on(END, time(12)))[0]
    assert before.wake == moment_on(END + timedelta(days=1), TURNS_AT)
    facts = [*facts[:1], *(done(n, job, START) for n, job in enumerate(("term-plan", "term-check", "term-report"), 2))]
    idle = term_alarm(BOOKS, facts, moment_on(START, time(12)))[0]
    assert (idle.send, idle.wake) == ((), moment_on(END + timedelta(days=1), TURNS_AT))


def closing(facts: list[Fact], day: date, moment: datetime | None = None) -> Fact:
    """The closing as the clock records it on a day."""
    (act,) = acts(facts, day)
    said = {name: value for name, value in act.said.items() if name != "effective_on"}
    made: Fact = fact(TermClosed, len(facts) + 1, day, moment, **said)
    return made


def test_a_closed_term_owes_nothing_and_its_report_can_be_made_again() -> None:
    """The report is what is judged of the facts up to it; what comes later is taken, and found."""
    day = END + timedelta(days=15)
    facts: list[Fact] = [opened(), held(2, date(2026, 10, 9)), done(3, "term-plan", PLAN)]
    facts.append(closing(facts, day))
    closed = facts[-1]
    assert isinstance(closed, TermClosed)
    assert (closed.counted["theme-party-day"], closed.not_done, closed.upto) == (1, ("term-check", "term-report"), 3)
    known = judged([*facts, held(5, date(2026, 12, 1))], day + timedelta(days=1))
    assert (known.closed, known.obligations, known.counts[0].number) == (True, (), 2)
    assert sorted(rules(known)) == ["TERM_AFTER_CLOSING", "TERM_NOT_DONE", "TERM_NOT_DONE"]
    assert term_alarm(BOOKS, facts, moment_on(day, time(23)))[0].closed


def test_what_was_opened_and_closed_late_says_so() -> None:
    """A term that passed while nothing ran is marked by when its facts were recorded."""
    later = moment_on(date(2027, 3, 1), time(0, 7))
    facts: list[Fact] = [opened(moment=later)]
    facts.append(closing(facts, later.date(), later))
    found = judged(facts, date(2027, 3, 2)).findings
    assert [(one.topic, one.rule, one.latest) for one in found if one.severity == "warn"] == [
        ("term-opened", "TERM_CLOCK_LATE", START),
        ("term-closed", "TERM_CLOCK_LATE", END + timedelta(days=15)),
    ]


def test_a_unit_dissolved_in_the_term_owes_nothing_more() -> None:
    """Its term ends the day before and is closed at once: what was due by then was not done, the rest not owed."""
    cut = fact(KINDS["term-cut-short"], 2, date(2026, 10, 12))
    known = judged([opened(), cut], date(2026, 10, 12))
    assert (known.last_on, known.obligations, known.closes) == (date(2026, 10, 11), (), True)
    assert states(known) == {"term-plan": "not-done", "term-check": "not-owed", "term-report": "not-owed"}


def unit(day: date, dissolved: date | None = None, kind: str = "branch") -> list[Fact]:
    """A branch that was set up on a day, and perhaps dissolved."""
    established = fact(
        KINDS["unit-established"],
        1,
        day,
        originator_topic="unit",
        unit_id="branch-1",
        unit_kind=kind,
        name="一",
        name_en="1",
    )
    return [established, *([fact(KINDS["unit-dissolved"], 2, dissolved)] if dissolved else [])]


def told(facts: list[Fact], day: date, at: time = time(12)) -> tuple[list[tuple[str, str]], date | None, bool]:
    """What a unit's clock records at a time of a day, on what day it wakes next, and whether it ends."""
    alarm = unit_alarm(BOOKS, facts, moment_on(day, at))
    found = [(act.topic, str(act.said["effective_on"])) for act in alarm.acts]
    wakes = alarm.wake + timedelta(hours=8) if alarm.wake else None
    return found, wakes.date() if wakes else None, alarm.closed


def test_a_unit_goes_from_term_to_term() -> None:
    """Not before the first kept term; on the first day of each, seven minutes after midnight; none in the holidays."""
    branch = unit(date(2020, 1, 1))
    spring = date(2027, 3, 1)
    assert told(branch, date(2026, 9, 1)) == ([], START, False)
    assert told(branch, START, time(0, 7)) == ([("term-opened", str(START))], spring, False)
    assert told(branch, date(2027, 2, 1)) == ([("term-opened", str(START))], spring, False)
    assert told(branch, spring) == ([("term-opened", str(START)), ("term-opened", str(spring))], None, False)
    assert told(unit(date(2026, 10, 12)), date(2026, 10, 12))[0] == [("term-opened", "2026-10-12")]
    assert told(unit(date(2027, 2, 1)), date(2027, 2, 1)) == ([], spring, False)


def test_a_dissolved_unit_ends_its_clock() -> None:
    """The term in which it goes is cut short, none is opened later; a unit of another kind has no clock at all."""
    gone = unit(date(2020, 1, 1), date(2026, 10, 12))
    assert told(gone, date(2027, 3, 2)) == ([("term-opened", str(START)), ("term-cut-short", "2026-10-12")], None, True)
    assert told(unit(date(2020, 1, 1), START), date(2027, 3, 2)) == ([], None, True)
    assert told(unit(date(2020, 1, 1), kind="college-committee"), START) == ([], None, True)


@pytest.mark.parametrize(
    ("was", "instead", "line", "says"),
    [
        ("from: a", "from: b", 5, "'b' is not a semester of this policy"),
        ("due: {week: 3}", "due: {week: 3, at: mid}", 8, "either `at` (start, mid, end) or a `week`"),
        ("due: {week: 3}", "due: {at: end, days: 1, workdays: 1}", 8, "either `days` or `workdays`"),
        ("due: {week: 3}", "due: {week: 31}", 8, "31 weeks: from 1 to 30"),
        ("due: {week: 3}", "due: {at: end, workdays: 0}", 8, "from 1 on, or from -1 back"),
        ("for: [branch]", "for: [garden]", 8, "'garden' is not a kind of unit"),
        ("source:", "times: 0, source:", 8, "0 times: from 1 to 1000"),
        ("source:", "until: [talk-held], source:", 8, "is not a kind of fact"),
        ("source:", "until: [applicant-talk-held], source:", 8, "is no fact of a term"),
        ("source:", "until: [{fact: activity-held, where: {activity: song}}], source:", 8, "'song' is not among"),
        ("source: [UP]", "source: []", 8, "a rule without a source"),
        ("id: talks", "id: talks, colour: red", 8, "'colour' is unknown here"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(was: str, instead: str, line: int, says: str) -> None:
    """Each mistake names its line, and what may stand there."""
    with pytest.raises(RulebookError) as caught:
        read_policy("p.yaml", HEAD + TERMS.replace(was, instead).lstrip("\n"), EDITIONS)
    assert f"p.yaml:{line}: " in str(caught.value)
    assert says in str(caught.value)


def test_terms_need_semesters() -> None:
    """A policy without semesters keeps no terms."""
    with pytest.raises(RulebookError, match="say them first"):
        read_policy("p.yaml", HEAD + TERMS[TERMS.index("terms:") :], EDITIONS)
