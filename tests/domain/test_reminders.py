"""The alarm: what is sent at a moment, once, to whom, and when to look again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given as whenever
from hypothesis import settings
from hypothesis import strategies as st

from domain.calendar import civil_day, moment_on
from domain.facts.base import Fact
from domain.facts.reminding import ReminderSent
from domain.judge import judge
from domain.ladder import ladder
from domain.quiet import SEND_AT
from domain.receipt import Alarm, Reminder
from domain.reminders import alarm
from tests.domain.given import PATH, course, facts_of, given, rulebooks, story

BOOKS = rulebooks()
FACTS = facts_of(story("lin-xiaoyu").facts, "lin-xiaoyu")


def at(day: str, hour: int = 12) -> datetime:
    """A moment of a day in China."""
    return moment_on(date.fromisoformat(day), time(hour, 0))


def sent(reminder: Reminder, version: int, moment: datetime) -> ReminderSent:
    """The fact that a reminder was sent."""
    make: Callable[..., ReminderSent] = ReminderSent
    return make(
        originator_id=PATH,
        originator_version=version,
        timestamp=moment,
        effective_on=civil_day(moment),
        recorded_by="system",
        capacity="system",
        obligation=reminder.obligation,
        step=reminder.step,
        owed_by=reminder.owed_by,
        due_on=reminder.due_on,
        rung_days=reminder.rung_days,
        workdays=reminder.workdays,
        kind=reminder.kind,
        channel="log",
        outcome="accepted",
    )


def ring(facts: list[Fact], moment: datetime) -> Alarm:
    """What the workflow would be told at a moment."""
    return alarm(BOOKS, judge(BOOKS, facts, civil_day(moment)), facts, moment)


def told(alarm: Alarm) -> dict[str, tuple[str, int]]:
    """Who is reminded of what, at which rung, beside those who are told that it climbed."""
    return {one.obligation: (one.owed_by, one.rung_days) for one in alarm.send if one.kind == "owed"}


def test_talk_is_reminded_before_it_is_late_and_then_told_up_the_tree() -> None:
    """Ten days before, on the day, and a week later to the superior: each rung once, at its own moment."""
    facts: list[Fact] = list(given(BOOKS, course("applicant-talk-held")).facts)
    assert ring(facts, at("2021-10-31")).send == ()
    assert ring(facts, at("2021-10-31")).wake == moment_on(date(2021, 11, 1), SEND_AT)
    for day, who, rung in (
        ("2021-11-01", "branch-secretary", -10),
        ("2021-11-11", "branch-secretary", 0),
        ("2021-11-18", "superior-committee", 7),
    ):
        first = ring(facts, at(day))
        assert told(first) == {"talk": (who, rung)}
        facts += [sent(one, len(facts) + n, at(day)) for n, one in enumerate(first.send, 1)]
        assert ring(facts, at(day)).send == ()
        climbed = [(one.owed_by, one.to, one.rung_days) for one in first.send if one.kind == "climbed"]
        assert climbed == ([("branch-secretary", "superior-committee", 7)] if rung > 0 else [])
    assert ring(facts, at("2022-06-01")).send == ()


def test_after_a_long_silence_only_the_last_rung_is_sent() -> None:
    """When nobody looked for months, the superior is told, and the one who owes it only that it climbed."""
    facts = list(given(BOOKS, course("applicant-talk-held")).facts)
    assert [(one.kind, one.owed_by, one.rung_days) for one in ring(facts, at("2022-03-01")).send] == [
        ("owed", "superior-committee", 7),
        ("climbed", "branch-secretary", 7),
    ]


def test_rung_is_reached_in_the_morning() -> None:
    """Before the hour at which reminders go out nothing is sent, and the alarm wakes at that hour."""
    facts = list(given(BOOKS, course("applicant-talk-held")).facts)
    early = moment_on(date(2021, 11, 1), SEND_AT) - timedelta(seconds=1)
    assert (ring(facts, early).send, ring(facts, early).wake) == ((), early + timedelta(seconds=1))
    assert len(ring(facts, early + timedelta(seconds=1)).send) == 1


def test_what_was_met_is_not_sent() -> None:
    """The talk was held: its reminder is gone before its moment."""
    facts = list(given(BOOKS, course("league-recommendation-recorded")).facts)
    assert "talk" not in told(ring(facts, at("2021-11-30")))


def test_telling_is_sent_once_and_never_overdue() -> None:
    """That a year is complete is told on that day; nobody is late afterwards."""
    path = given(BOOKS, course("opinions-heard"))
    judgement = path.on("2023-03-26")
    year = next(one for one in judgement.obligations if one.id == "one-year-reached")
    assert (year.due_on, year.overdue, year.tells) == (date(2023, 3, 21), False, True)
    assert told(ring(list(path.facts), at("2023-03-22")))["one-year-reached"] == ("branch-committee", 0)


def test_closed_path_needs_no_waking() -> None:
    """A path that has ended says so, and rings no more."""
    facts = list(given(BOOKS, course()).facts)
    rung = ring(facts, at("2024-12-07"))
    assert (rung.closed, rung.send, rung.wake, rung.labels.stage) == (True, (), None, "completed")


def test_another_edition_is_looked_at_on_its_first_morning() -> None:
    """Nobody records anything, and yet in May 2026 the oath becomes owed: the alarm wakes on the day of the change."""
    lines = [one for one in course() if one.day < date(2023, 12, 9)]
    moved = [replace(one, day=one.day + timedelta(days=864)) for one in lines]
    says = {**moved[0].says, "leaves_on": "2030-06-30"}
    moved[0] = replace(moved[0], says=says)
    facts = list(given(BOOKS, moved).facts)
    before = ring(facts, at("2026-05-10"))
    assert before.wake == moment_on(date(2026, 5, 11), SEND_AT)
    owed = {one.id: one.due_on for one in judge(BOOKS, facts, date(2026, 5, 11)).obligations}
    assert owed["oath"] == date(2026, 5, 13)
    assert told(ring(facts, at("2026-05-11")))["oath"] == ("superior-committee", -7)


def test_labels_say_what_is_waited_for() -> None:
    """The lists of the engine show unit, stage, edition, who is waited for and the next due day."""
    labels = ring(list(given(BOOKS, course("applicant-talk-held")).facts), at("2021-10-12")).labels
    assert (labels.unit, labels.stage, labels.waiting_for) == ("branch", "applicant", ("branch-secretary",))
    assert (labels.due_on, labels.version) == (date(2021, 11, 11), 2)
    assert labels.edition.startswith("cpc-2014@")


def test_eight_semesters_of_alarms() -> None:
    """Woken whenever the alarm asks for it or a fact is recorded, the story sends each reminder once, and none after
    what it speaks of was met; every wake lies ahead."""
    facts: list[Fact] = []
    keys: set[str] = set()
    moments = sorted({one.timestamp for one in FACTS})
    moment, version = moments[0], 1000
    while True:
        facts = [one for one in FACTS if one.timestamp <= moment] + [
            one for one in facts if isinstance(one, ReminderSent)
        ]
        rung = ring(facts, moment)
        owed = {one.id: one for one in judge(BOOKS, facts, civil_day(moment)).obligations}
        for reminder in rung.send:
            assert reminder.key not in keys
            assert owed[reminder.obligation].due_on == reminder.due_on
            keys.add(reminder.key)
            version += 1
            facts.append(sent(reminder, version, moment))
        assert len({(one.obligation, one.owed_by) for one in rung.send}) == len(rung.send)
        ahead = [one for one in (rung.wake, *moments) if one and one > moment]
        if rung.closed:
            break
        assert rung.wake is None or rung.wake > moment
        moment = min(ahead)
    assert {key.split("/")[1] for key in keys} >= {"half-year-inspection", "one-year-reached", "conversion-application"}


@settings(max_examples=100)
@whenever(st.integers(1, len(FACTS)), st.integers(0, 1500), st.integers(0, 23))
def test_alarm_never_sends_what_is_met(known: int, after: int, hour: int) -> None:
    """At any moment, knowing any beginning of the story, only what is owed is sent, and to each only their last rung."""
    moment = datetime.combine(FACTS[0].effective_on + timedelta(days=after), time(hour), UTC)
    judgement = judge(BOOKS, FACTS[:known], civil_day(moment))
    owed = {one.id: one for one in judgement.obligations}
    rung = alarm(BOOKS, judgement, FACTS[:known], moment)
    for reminder in rung.send:
        rungs = [one for one in ladder(BOOKS, owed[reminder.obligation]) if one.at <= moment]
        assert reminder == [one.reminder for one in rungs if one.reminder.owed_by == reminder.owed_by][-1]
    known_facts: list[Fact] = [*FACTS[:known], *(sent(one, 1000, moment) for one in rung.send)]
    assert alarm(BOOKS, judgement, known_facts, moment) == replace(rung, send=())
