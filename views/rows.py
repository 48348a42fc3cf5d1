"""From the facts of a path or a unit to its row in a view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import get_args
from uuid import UUID

from domain.calendar import civil_day
from domain.correcting import as_corrected
from domain.facts import Fact, Transition
from domain.facts.application import ApplicationSubmitted
from domain.facts.reminding import ReminderSent
from domain.judge import judge
from domain.judgement import Judgement, Severity
from domain.personal import personal_state
from domain.receipt import Alarm
from domain.reminders import Planned, alarm, planned
from domain.repairs import repaired
from domain.rulebook import Rulebooks
from domain.units import unit_on

GRAVEST_FIRST: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class PathRow:
    """A path as it was judged when the log stood at `position`. `name` and `student_no` are sealed.

    `restricted` paths are for named roles alone; from `shred_on` on their keys may be destroyed, as was requested. Once
    they are, nothing in the row leads to the person. `alarm` tells two alarms apart; `nudge` says that the path's workflow does not know this one yet.
    """

    path_id: UUID
    version: int
    position: int
    person_id: UUID
    name: str
    student_no: str
    unit: str
    stage: str
    outcome: str
    pending: str
    edition: str
    opened_on: date
    due_on: date | None
    waiting_for: tuple[str, ...]
    rules: tuple[str, ...]
    severity: str
    wake_at: datetime | None
    alarm: str
    homes: tuple[str, ...] = ()
    """Every unit that was ever the path's home: where to look for it, whatever day is asked about."""

    nudge: bool = False
    restricted: bool = False
    shred_on: date | None = None
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as its facts told it when the log stood at `position`."""

    unit_id: str
    version: int
    position: int
    kind: str
    name: str
    name_en: str
    superior: str | None
    authority: bool
    established_on: date
    dissolved_on: date | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A path as it was judged once, at the moment `now` (aware UTC), with its facts up to `position`: all its rows are made of it."""

    facts: Sequence[Fact]
    position: int
    now: datetime
    known: Judgement
    alarm: Alarm
    planned: Sequence[Planned]

    @property
    def path_id(self) -> UUID:
        """Which path."""
        return self.facts[0].originator_id


def judged(rulebooks: Rulebooks, facts: Sequence[Fact], position: int, now: datetime) -> Judged:
    """Judge a path at a moment (aware UTC)."""
    known = judge(rulebooks, facts, civil_day(now), steps=False)
    ahead = planned(rulebooks, known, facts, now)
    return Judged(facts, position, now, known, alarm(rulebooks, known, facts, now, ahead), ahead)


def path_row(path: Judged) -> PathRow:
    """Put into a row what lists ask for."""
    facts, known, next_alarm = path.facts, path.known, path.alarm
    opening = as_corrected(facts)[0]
    if not isinstance(opening, ApplicationSubmitted):
        message = f"the path {opening.originator_id} begins with {opening.TOPIC!r}, not with its opening"
        raise TypeError(message)
    personal = personal_state(facts)
    graves = {finding.severity for finding in known.findings}
    return PathRow(
        path_id=opening.originator_id,
        version=facts[-1].originator_version,
        position=path.position,
        person_id=opening.originator_id if personal.shredded else opening.person_id,
        name="" if personal.shredded else opening.name,
        student_no="" if personal.shredded else opening.student_no,
        unit=known.home_unit,
        stage=known.stage,
        outcome=known.outcome,
        pending=known.pending,
        edition=known.edition,
        opened_on=opening.effective_on,
        due_on=next_alarm.labels.due_on,
        waiting_for=next_alarm.labels.waiting_for,
        rules=tuple(sorted({finding.rule for finding in known.findings})),
        severity=next((grave for grave in GRAVEST_FIRST if grave in graves), ""),
        wake_at=next_alarm.wake,
        alarm=fingerprint(next_alarm),
        restricted=personal.restricted,
        shred_on=personal.not_before,
        repaired=repaired(facts),
        homes=tuple(dict.fromkeys(home for fact in facts if (home := getattr(fact, "home_unit", None)))),
    )


def unit_row(facts: Sequence[Fact], position: int, now: datetime) -> UnitRow:
    """Put into a row what a unit is at a moment (aware UTC)."""
    unit = unit_on(facts, civil_day(now))
    if unit is None:
        message = f"the unit {facts[0].originator_id} has no opening"
        raise TypeError(message)
    return UnitRow(
        unit_id=unit.id,
        version=facts[-1].originator_version,
        position=position,
        kind=unit.kind,
        name=unit.name,
        name_en=unit.name_en,
        superior=unit.superior,
        authority=unit.authority,
        established_on=facts[0].effective_on,
        dissolved_on=unit.dissolved_on,
    )


def fingerprint(told: Alarm) -> str:
    """Tell two alarms apart by what a workflow does on them: what it sends, when it wakes, whether it ends."""
    parts = [str(told.wake), str(told.closed), *(f"{one.key}/{one.owed_by}" for one in told.send)]
    parts += [f"{one.stream_id}/{one.key}" for one in told.acts]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def told_already(newest: Fact) -> bool:
    """Tell whether the workflow has this path's alarm: it got it with the receipt of a decision that it asked for.

    A fact that was imported has a source and did not come through the workflow.
    """
    return isinstance(newest, Transition) and newest.source is None


def only_reminders(facts: Sequence[Fact]) -> bool:
    """Tell whether nothing came but reminders: the workflow sent them, and looked at its alarm before."""
    return bool(facts) and all(isinstance(fact, ReminderSent) for fact in facts)
