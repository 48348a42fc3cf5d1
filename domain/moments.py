"""Days that no single fact gives: what rulebooks may name as an anchor, beside the kinds of facts."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from domain.calendar import Period
from domain.facts.base import Fact
from domain.reading import Anchor, Clock, Reading, in_order

YEAR = Period(years=1)

CLOCKS: Mapping[str, Clock] = {
    "cultivation-start": Clock(
        "cultivation-paused", ("cultivation-resumed", "cultivation-continued", "cultivation-restarted")
    ),
    "probation-start": Clock("probation-suspended", ("probation-resumed",)),
}
"""What is counted from these moments can be interrupted: days on which the clock stood do not count."""


class Start(NamedTuple):
    """A day that a rule counts from, and the facts that give it."""

    day: date
    facts: tuple[Fact, ...]


def start_of(reading: Reading, anchor: Anchor) -> Start | None:
    """The day of a moment, or of the last fact of a kind, with what it rests on."""
    if isinstance(anchor, str) and anchor in MOMENTS:
        return MOMENTS[anchor](reading)
    fact = reading.last(anchor)
    return Start(fact.effective_on, (fact,)) if fact else None


def day_of(reading: Reading, anchor: Anchor) -> date | None:
    """The day of a moment, or of the last fact of a kind."""
    start = start_of(reading, anchor)
    return start.day if start else None


def is_moment(anchor: Anchor) -> bool:
    """Tell whether an anchor is a moment and not a fact."""
    return isinstance(anchor, str) and anchor in MOMENTS


def lacking(reading: Reading, anchor: Anchor) -> tuple[str, ...]:
    """The facts that are not there, for want of which an anchor has no day."""
    needed = COMES_FROM.get(anchor, (anchor,)) if isinstance(anchor, str) else (str(anchor),)
    return tuple(one for one in needed if not reading.all(one)) or needed


def clock_of(anchor: Anchor) -> Clock | None:
    """The clock that runs from a moment, if it is one that can be stopped."""
    return CLOCKS.get(anchor) if isinstance(anchor, str) else None


def _field(reading: Reading, name: str, *topics: str) -> Start | None:
    """The value of a date field in the last fact of any of these kinds that gives it."""
    facts = in_order(fact for topic in topics for fact in reading.all(topic))
    given = [Start(value, (fact,)) for fact in facts if (value := getattr(fact, name)) is not None]
    return given[-1] if given else None


def _born(reading: Reading) -> Start | None:
    corrected = _field(reading, "born_on", "birth-date-corrected")
    return corrected or _field(reading, "born_on", "application-submitted")


def _received(reading: Reading) -> Start | None:
    return start_of(reading, "application-received") or start_of(reading, "application-submitted")


def _leaves(reading: Reading) -> Start | None:
    return _field(reading, "leaves_on", "application-submitted", "departure-expected")


def _cultivation_start(reading: Reading) -> Start | None:
    restarted = start_of(reading, "cultivation-restarted")
    if restarted:
        return restarted
    decided, filed = start_of(reading, "activist-determined"), start_of(reading, "activist-filed")
    if reading.basis == "decision":
        return decided
    if reading.basis == "filing":
        return filed
    return Start(max(decided.day, filed.day), decided.facts + filed.facts) if decided and filed else None


def _without_contact(reading: Reading) -> Start | None:
    on, since = reading.in_force("cultivation-contact-assigned", "cultivation-contact-ended", "contact_id")
    if on:
        return None
    ended = tuple(fact for fact in reading.all("cultivation-contact-ended") if fact.effective_on == since)
    return Start(since, ended) if since else start_of(reading, "activist-determined")


def _probation_start(reading: Reading) -> Start | None:
    approved = reading.last("admission-approved")
    if approved is None:
        return None
    corrected = _field(reading, "probation_from", "probation-start-corrected")
    if corrected:
        return corrected
    if reading.accepted:
        return Start(reading.accepted.effective_on, (reading.accepted, approved))
    return _field(reading, "probation_from", "admission-approved")


def _original_end(reading: Reading) -> Start | None:
    start = _probation_start(reading)
    return Start(YEAR.after(start.day), start.facts) if start else None


def _probation_end(reading: Reading) -> Start | None:
    start = _probation_start(reading)
    if start is None:
        return None
    # An extension counts from the original expiry: twelve months and then six, not eighteen, where month ends differ.
    end = Period(months=reading.extended_months).after(YEAR.after(start.day))
    clock = CLOCKS["probation-start"]
    day = reading.after(start.day, Period(days=(end - start.day).days), clock)
    return Start(day, (*start.facts, *reading.all("extension-approved"), *marks(reading, clock, start.day)))


def marks(reading: Reading, clock: Clock | None, since: date) -> tuple[Fact, ...]:
    """The facts by which a clock stood still and went on, from a day on."""
    if clock is None or not reading.all(clock.stopped):
        return ()
    found = in_order(fact for topic in (clock.stopped, *clock.resumed) for fact in reading.all(topic))
    return tuple(fact for fact in found if fact.effective_on >= since)


def _probation_round(reading: Reading) -> Start | None:
    return start_of(reading, "extension-approved") or start_of(reading, "admission-approved")


def _standing_from(reading: Reading) -> Start | None:
    end, approved = _probation_end(reading), reading.last("conversion-approved")
    return Start(end.day, (*end.facts, approved)) if end and approved else None


MOMENTS: Mapping[str, Callable[[Reading], Start | None]] = {
    "born": _born,
    "received": _received,
    "leaves": _leaves,
    "cultivation-start": _cultivation_start,
    "without-contact": _without_contact,
    "probation-start": _probation_start,
    "probation-original-end": _original_end,
    "probation-end": _probation_end,
    "probation-round": _probation_round,
    "standing-from": _standing_from,
}
"""`received`: the application came in; `without-contact`: since when nobody cultivates the activist;
`probation-round`: admission or the last extension was approved, so that conversion is to be discussed (again)."""

COMES_FROM: Mapping[str, tuple[str, ...]] = {
    "born": ("application-submitted",),
    "received": ("application-submitted",),
    "leaves": ("departure-expected",),
    "cultivation-start": ("activist-determined", "activist-filed"),
    "without-contact": ("activist-determined",),
    "probation-start": ("admission-approved",),
    "probation-original-end": ("admission-approved",),
    "probation-end": ("admission-approved",),
    "probation-round": ("admission-approved",),
    "standing-from": ("conversion-approved",),
}
"""The facts that give each moment: what to tell somebody who asks why it is not there."""
