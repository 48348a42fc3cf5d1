"""What was told of a path or a term, and what is to be told yet: one row a reminder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.correcting import as_corrected
from domain.facts import Fact
from domain.facts.reminding import ReminderAskedAgain, ReminderSent
from domain.receipt import Reminder
from domain.reminders import Planned

State = Literal["planned", "sent", "refused", "unknown"]
STATES: dict[str, State] = {"accepted": "sent", "refused": "refused", "unknown": "unknown"}
"""What became of a reminder, by what its channel answered."""


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A reminder. One that is planned goes out at the moment `at` (aware UTC), if nothing comes before; any other was told then.

    What was told stands in the fact at `version` of its stream. `asked_again` says that it was asked for again since,
    `times` how often before. `recipient` is the stream of who was told. Nothing in it tells of a person.
    """

    stream_id: UUID
    key: str
    state: State
    at: datetime
    obligation: str
    step: str
    owed_by: str
    due_on: date
    rung_days: int
    workdays: bool
    kind: Literal["owed", "climbed"]
    times: int
    climbs_to: str = ""
    version: int | None = None
    recipient: UUID | None = None
    recipients: int = 1
    channel: str | None = None
    code: str | None = None
    letter: str | None = None
    passed_over: tuple[str, ...] = ()
    asked_again: bool = False

    def reminder(self, zh: str, en: str) -> Reminder:
        """What is to be told, with what the rulebook calls it."""
        return Reminder(
            obligation=self.obligation,
            step=self.step,
            owed_by=self.owed_by,
            due_on=self.due_on,
            rung_days=self.rung_days,
            zh=zh,
            en=en,
            kind=self.kind,
            workdays=self.workdays,
            times=self.times,
            to=self.climbs_to,
        )


def reminder_rows(facts: Sequence[Fact], planned: Sequence[Planned]) -> list[ReminderRow]:
    """All reminders of a stream: those its facts say were told, and those that are planned."""
    return [*_told(as_corrected(facts)), *(_planned(facts[0].originator_id, one) for one in planned)]


def _told(facts: Sequence[Fact]) -> list[ReminderRow]:
    asked: dict[tuple[object, ...], int] = {}
    for one in facts:
        if isinstance(one, ReminderAskedAgain):
            asked[_rung(one)] = asked.get(_rung(one), 0) + 1
    found, so_far = [], dict.fromkeys(asked, 0)
    for fact in facts:
        if isinstance(fact, ReminderAskedAgain):
            so_far[_rung(fact)] += 1
        if isinstance(fact, ReminderSent):
            owed = fact.kind == "owed"
            times = so_far.get(_rung(fact), 0) if owed else 0
            found.append(_sent(fact, times, asked_again=owed and asked.get(_rung(fact), 0) > times))
    return found


def _rung(fact: ReminderSent | ReminderAskedAgain) -> tuple[object, ...]:
    return fact.obligation, fact.due_on, fact.rung_days, fact.workdays


def _sent(fact: ReminderSent, times: int, *, asked_again: bool) -> ReminderRow:
    return ReminderRow(
        stream_id=fact.originator_id,
        key=f"version-{fact.originator_version}",
        state=STATES[fact.outcome],
        at=fact.timestamp,
        obligation=fact.obligation,
        step=fact.step,
        owed_by=fact.owed_by,
        due_on=fact.due_on,
        rung_days=fact.rung_days,
        workdays=fact.workdays,
        kind=fact.kind,
        times=times,
        version=fact.originator_version,
        recipient=UUID(fact.recipient) if fact.recipient else None,
        recipients=fact.recipients,
        channel=fact.channel,
        code=fact.code,
        letter=fact.letter,
        passed_over=fact.passed_over,
        asked_again=asked_again,
    )


def _planned(stream_id: UUID, one: Planned) -> ReminderRow:
    said = one.reminder
    return ReminderRow(
        stream_id=stream_id,
        key=said.key,
        state="planned",
        at=one.moment,
        obligation=said.obligation,
        step=said.step,
        owed_by=said.owed_by,
        due_on=said.due_on,
        rung_days=said.rung_days,
        workdays=said.workdays,
        kind=said.kind,
        times=said.times,
        climbs_to=said.to,
    )
