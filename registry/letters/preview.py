"""What would be sent: letters made of what is owed on a path now, or of a sample of everything a letter can say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from domain.judgement import Confidence, Obligation
from domain.receipt import Reminder
from domain.reminders import Planned
from domain.rulebook import Rulebooks
from domain.words import Text, of_anchor, of_period
from registry.letters.item import LetterItem, item_of

SAMPLE = UUID("2f9d7d1e-95a3-5d5e-8a57-3f0cbb0f7f10")
"""The namespace of the paths that a sample invents."""

NAMES = ("林晓雨", "欧阳文博", "王芳")
SURE: tuple[Confidence, ...] = ("sure", "verify", "one-source")
UNIT = Text("电气工程系学生第一党支部", "Student branch no. 1, Electrical Engineering")


def next_reminder(obligation: Obligation, planned: Sequence[Planned]) -> Reminder:
    """The reminder of an obligation that is told next; if none is left, as it would be told on its due day."""
    own = [one.reminder for one in planned if one.reminder.obligation == obligation.id]
    said = Reminder(
        obligation.id, obligation.step, obligation.owed_by, obligation.due_on, 0, obligation.zh, obligation.en
    )
    return next(iter(own), said)


def sample_items(rulebooks: Rulebooks, day: date) -> list[LetterItem]:
    """Items of the edition in force on a day: late, due today and ahead, climbed, for several people, told and unsure."""
    edition = rulebooks.on(day)
    duties = [one for one in rulebooks.duties_of(edition) if not one.tells][:3]
    told = [one for one in rulebooks.duties_of(edition) if one.tells][:1]
    found: list[LetterItem] = []
    for nth, (duty, shift) in enumerate((duty, shift) for duty in (*duties, *told) for shift in (-9, 0, 12)):
        due_on = day + timedelta(days=shift)
        since = of_anchor(duty.since)
        length = of_period(duty.due)
        obligation = Obligation(
            id=duty.id,
            step=duty.step,
            owed_by=duty.owed_by,
            since=due_on - timedelta(days=30),
            due_on=due_on,
            overdue=shift < 0,
            zh=duty.text.zh,
            en=duty.text.en,
            edition=edition.name,
            sources=duty.sources,
            confidence=SURE[nth % len(SURE)],
            remind=(0,),
            escalate=duty.escalate,
            tells=duty.tells,
            why_zh=f"{since.zh}，{length.zh}内即不晚于 {due_on}。",
            why_en=f"From {since.en}, {length.en}: due by {due_on}.",
        )
        path_id = uuid5(SAMPLE, str(nth))
        found.append(item_of(obligation, next_reminder(obligation, ()), path_id, UNIT, NAMES[nth % len(NAMES)]))
    late, *others = found
    up = replace(late, reminder=replace(late.reminder, kind="climbed", to="superior-committee", rung_days=7))
    return [up, *others]
