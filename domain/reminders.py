"""From obligations to an alarm: which reminders are due at a moment, which lie ahead, and when to look again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from domain.facts.base import Fact
from domain.judgement import Judgement, Obligation
from domain.ladder import Rung, ladder
from domain.personal import personal_state
from domain.receipt import Alarm, Labels, Reminder
from domain.rulebook import Rulebooks
from domain.telling import Telling


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder that is to be told, unless what it speaks of is met before: at which moment (UTC), and whether now."""

    reminder: Reminder
    moment: datetime
    state: Literal["due", "ahead"]


def alarm(
    rulebooks: Rulebooks,
    judgement: Judgement,
    facts: Sequence[Fact],
    moment: datetime,
    found: Sequence[Planned] | None = None,
) -> Alarm:
    """Say what to send at `moment` (aware UTC) and when to wake next. What was sent stands among the facts.

    `found` is what `planned` says of the same, where somebody has asked it already.
    """
    if judgement.closed:
        return Alarm(closed=True, labels=labels(judgement))
    found = planned(rulebooks, judgement, facts, moment) if found is None else found
    wakes = [one.moment for one in found if one.state == "ahead"]
    if judgement.edition_until and not personal_state(facts).restricted:
        # Another edition owes other things: on its first morning the path is looked at again.
        wakes.append(rulebooks.policy.reminding.on(judgement.edition_until))
    send = tuple(one.reminder for one in found if one.state == "due")
    return Alarm(send, min(wakes, default=None), closed=False, labels=labels(judgement))


def planned(rulebooks: Rulebooks, judgement: Judgement, facts: Sequence[Fact], moment: datetime) -> tuple[Planned, ...]:
    """All reminders that are due at `moment` (aware UTC) or lie ahead, as things stand: each as if nothing more came.

    Nothing is told on a closed path, nor of a person whose data are restricted.
    """
    if judgement.closed or personal_state(facts).restricted:
        return ()
    return ahead(rulebooks, judgement.obligations, facts, moment)


def ahead(
    rulebooks: Rulebooks, obligations: Sequence[Obligation], facts: Sequence[Fact], moment: datetime
) -> tuple[Planned, ...]:
    """All reminders of these obligations that are due or lie ahead, whatever the stream is about."""
    telling = Telling.of(facts)
    opens = rulebooks.policy.reminding.open_at(moment, rulebooks.workdays)
    return tuple(one for owed in obligations for one in _of(rulebooks, owed, telling, moment, opens))


def _of(
    rulebooks: Rulebooks, obligation: Obligation, telling: Telling, moment: datetime, opens: datetime
) -> Iterator[Planned]:
    """The reminders of one obligation that are to be told yet.

    After a long silence the last rung to somebody says it all: the ones it has passed are not sent one after another,
    and to the one who owes, that it climbed says more than any rung before. The roles up the tree are each told once.
    What was passed is told as soon as it `opens`; a rung that was asked for again is told, whatever it says.
    """
    rungs = list(ladder(rulebooks, obligation))
    silent = telling.silent_until(obligation, rungs, rulebooks.policy.reminding, rulebooks.workdays)
    moved = [one._replace(at=silent) if silent and not one.up and one.at < silent else one for one in rungs]
    for n, rung in enumerate(moved):
        times = telling.asked_again(rung.reminder)
        at = rungs[n].at if times else rung.at
        at = at if at > moment else opens
        passed = not times and any(_says_more(one, rung) and one.at <= at for one in moved[n + 1 :])
        if not passed and not telling.told(rung.reminder):
            yield Planned(replace(rung.reminder, times=times), at, "due" if at <= moment else "ahead")


def _says_more(later: Rung, earlier: Rung) -> bool:
    """Whether a later rung says all that an earlier one does, to the same one."""
    return later.reminder.owed_by == earlier.reminder.owed_by


def labels(judgement: Judgement) -> Labels:
    """What Temporal's lists show of a path."""
    owed = [one for one in judgement.obligations if not one.tells]
    waiting = tuple(sorted({one.owed_by for one in owed}))
    due_on: date | None = min((one.due_on for one in owed), default=None)
    return Labels(
        unit=judgement.home_unit,
        stage=judgement.outcome or judgement.stage,
        edition=f"{judgement.edition}@{judgement.digest[:8]}",
        waiting_for=waiting,
        due_on=due_on,
        version=judgement.version,
    )
