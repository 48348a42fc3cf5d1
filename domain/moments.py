"""Days that no single fact gives: what rulebooks may name as an anchor, beside the kinds of facts."""

from collections.abc import Callable, Mapping
from datetime import date

from domain.calendar import Period
from domain.reading import Anchor, Clock, Reading, in_order

YEAR = Period(years=1)

CLOCKS: Mapping[str, Clock] = {
    "cultivation-start": Clock(
        "cultivation-paused", ("cultivation-resumed", "cultivation-continued", "cultivation-restarted")
    ),
    "probation-start": Clock("probation-suspended", ("probation-resumed",)),
}
"""What is counted from these moments can be interrupted: days on which the clock stood do not count."""


def day_of(reading: Reading, anchor: Anchor) -> date | None:
    """The day of a moment, or of the last fact of a kind."""
    if isinstance(anchor, str) and anchor in MOMENTS:
        return MOMENTS[anchor](reading)
    fact = reading.last(anchor)
    return fact.effective_on if fact else None


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


def _field(reading: Reading, name: str, *topics: str) -> date | None:
    """The value of a date field in the last fact of any of these kinds that gives it."""
    facts = in_order(fact for topic in topics for fact in reading.all(topic))
    values = [getattr(fact, name) for fact in facts]
    given: list[date] = [value for value in values if value is not None]
    return given[-1] if given else None


def _born(reading: Reading) -> date | None:
    corrected = _field(reading, "born_on", "birth-date-corrected")
    return corrected or _field(reading, "born_on", "application-submitted")


def _received(reading: Reading) -> date | None:
    return day_of(reading, "application-received") or day_of(reading, "application-submitted")


def _leaves(reading: Reading) -> date | None:
    return _field(reading, "leaves_on", "application-submitted", "departure-expected")


def _cultivation_start(reading: Reading) -> date | None:
    restarted = day_of(reading, "cultivation-restarted")
    if restarted:
        return restarted
    decided, filed = day_of(reading, "activist-determined"), day_of(reading, "activist-filed")
    if reading.basis == "decision":
        return decided
    if reading.basis == "filing":
        return filed
    return max(decided, filed) if decided and filed else None


def _without_contact(reading: Reading) -> date | None:
    on, since = reading.in_force("cultivation-contact-assigned", "cultivation-contact-ended", "contact_id")
    return None if on else since or day_of(reading, "activist-determined")


def _probation_start(reading: Reading) -> date | None:
    if not reading.all("admission-approved"):
        return None
    corrected = _field(reading, "probation_from", "probation-start-corrected")
    accepted = reading.accepted.effective_on if reading.accepted else None
    return corrected or accepted or _field(reading, "probation_from", "admission-approved")


def _original_end(reading: Reading) -> date | None:
    start = _probation_start(reading)
    return YEAR.after(start) if start else None


def _probation_end(reading: Reading) -> date | None:
    start = _probation_start(reading)
    if start is None:
        return None
    # An extension counts from the original expiry: twelve months and then six, not eighteen, where month ends differ.
    end = Period(months=reading.extended_months).after(YEAR.after(start))
    return reading.after(start, Period(days=(end - start).days), CLOCKS["probation-start"])


def _probation_round(reading: Reading) -> date | None:
    return day_of(reading, "extension-approved") or day_of(reading, "admission-approved")


def _standing_from(reading: Reading) -> date | None:
    return _probation_end(reading) if reading.all("conversion-approved") else None


MOMENTS: Mapping[str, Callable[[Reading], date | None]] = {
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
