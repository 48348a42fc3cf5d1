"""Days that no single fact gives: what rulebooks may name as an anchor, beside the kinds of facts."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from domain.calendar import Period
from domain.facts.base import Fact
from domain.facts.cultivation import CultivationContactAssigned, CultivationContactEnded, CultivationTimeDecided
from domain.reading import Anchor, Clock, Reading, Ref, Span, in_order, place, without

YEAR = Period(years=1)

TENDING = (
    "cultivation-contact-assigned",
    "cultivation-activity-recorded",
    "half-year-inspection-recorded",
    "thought-report-received",
    "cultivation-resumed",
    "cultivation-continued",
)
"""The facts that show that somebody looks after an activist."""

ASSIGNED, ENDED = "cultivation-contact-assigned", "cultivation-contact-ended"
VALID_CONTACT = Ref(ASSIGNED, where={"full_member": True})
"""A cultivation contact who is one: only a full member can be."""


def _without_valid_contact(reading: Reading) -> list[Span]:
    """The time in which there were contacts and none of them was a full member."""
    on: dict[str, bool] = {}
    found: list[Span] = []
    began: date | None = None
    for fact in in_order([*reading.all(ASSIGNED), *reading.all(ENDED)]):
        if isinstance(fact, CultivationContactAssigned):
            on[fact.contact_id] = fact.full_member
        elif isinstance(fact, CultivationContactEnded):
            on.pop(fact.contact_id, None)
        if on and not any(on.values()):
            began = began or fact.effective_on
        elif began:
            found.append((began, fact.effective_on))
            began = None
    return [*found, (began, reading.today)] if began else found


def _decided(reading: Reading, *, counts: bool) -> list[Span]:
    """The spans of which the branch decided whether they count; of two decisions on the same span the later stands."""
    last = {(one.first_on, one.last_on): one.counts for one in _decisions(reading)}
    return [span for span, counted in last.items() if counted is counts]


def _decisions(reading: Reading) -> list[CultivationTimeDecided]:
    return [one for one in reading.all("cultivation-time-decided") if isinstance(one, CultivationTimeDecided)]


CULTIVATION = Clock(
    "cultivation-paused",
    ("cultivation-resumed", "cultivation-continued", "cultivation-restarted"),
    uncounted=lambda reading: [*_without_valid_contact(reading), *_decided(reading, counts=False)],
    counted=lambda reading: _decided(reading, counts=True),
    beside=(Ref(ASSIGNED, where={"full_member": False}), Ref("cultivation-time-decided")),
)

CLOCKS: Mapping[str, Clock] = {
    "cultivation-start": CULTIVATION,
    "last-tended": CULTIVATION,
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
    cultivation = anchor in ("cultivation-start", "last-tended")
    needed = cultivation_basis(reading.basis) if cultivation else comes_from(anchor)
    return tuple(one for one in needed if _first_day(reading, one) is None) or needed


def comes_from(anchor: Anchor) -> tuple[str, ...]:
    """The kinds of fact that give an anchor its day."""
    return COMES_FROM.get(anchor, (anchor,)) if isinstance(anchor, str) else (str(anchor),)


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


def _last_of(reading: Reading, *topics: str) -> Start | None:
    """The day of the last fact of any of these kinds."""
    facts = in_order(fact for topic in topics if (fact := reading.last(topic)))
    return Start(facts[-1].effective_on, (facts[-1],)) if facts else None


def _applied(reading: Reading) -> Start | None:
    return _last_of(reading, "application-submitted", "application-renewed")


def _received(reading: Reading) -> Start | None:
    applied, received = _applied(reading), start_of(reading, "application-received")
    return received if received and applied and received.day >= applied.day else applied


def _leaves(reading: Reading) -> Start | None:
    return _field(reading, "leaves_on", "application-submitted", "departure-expected")


def _cultivation_start(reading: Reading) -> Start | None:
    restarted = start_of(reading, "cultivation-restarted")
    if restarted:
        return restarted
    found = [_first_day(reading, topic) for topic in cultivation_basis(reading.basis)]
    known = [one for one in found if one is not None]
    return Start(max(one.day for one in known), sum((one.facts for one in known), ())) if known == found else None


def cultivation_basis(basis: str) -> tuple[str, ...]:
    """The facts of which the later begins cultivation, as a school's policy has it."""
    return {"decision": ("activist-determined",), "filing": ("activist-filed",)}.get(
        basis, COMES_FROM["cultivation-start"]
    )


def _first_day(reading: Reading, topic: str) -> Start | None:
    """The day of a fact; of filings, the first that was not returned: a new committee files whom it takes over again."""
    if topic != "activist-filed":
        return start_of(reading, topic)
    returned = reading.last("activist-returned")
    filed = next((one for one in reading.all(topic) if not returned or place(one) > place(returned)), None)
    return Start(filed.effective_on, (filed,)) if filed else None


def _last_tended(reading: Reading) -> Start | None:
    start = _cultivation_start(reading)
    last = _last_of(reading, *TENDING)
    return last if start and last and last.day > start.day else start


def _without_contact(reading: Reading) -> Start | None:
    on, since = reading.in_force(VALID_CONTACT, ENDED, "contact_id")
    if on:
        return None
    ended = tuple(fact for fact in reading.all(ENDED) if fact.effective_on == since)
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
    """The facts by which a clock stood still and went on, from a day on, and those by which time did not count."""
    if clock is None:
        return ()
    stops = (clock.stopped, *clock.resumed) if reading.all(clock.stopped) else ()
    told: tuple[Ref | str, ...] = (*stops, *clock.beside)
    found = in_order(fact for ref in told for fact in reading.all(ref))
    return tuple(fact for fact in found if fact.effective_on >= since)


def _probation_round(reading: Reading) -> Start | None:
    return start_of(reading, "extension-approved") or start_of(reading, "admission-approved")


def _uncounted_since(reading: Reading) -> Start | None:
    decided = [(one.first_on, one.last_on) for one in _decisions(reading)]
    spans = without(_without_valid_contact(reading), decided)
    facts = tuple(fact for fact in reading.all(Ref(ASSIGNED, where={"full_member": False})))
    return Start(min(spans)[0], facts) if spans else None


def _abroad_since(reading: Reading) -> Start | None:
    kept = reading.last("abroad-retention-approved")
    return Start(getattr(kept, "departed_on", None) or kept.effective_on, (kept,)) if kept else None


def _retained_since(reading: Reading) -> Start | None:
    kept = reading.all("relationship-retained")
    return Start(kept[0].effective_on, (kept[0],)) if kept else None


def _defect_open(reading: Reading) -> Start | None:
    decided = {getattr(one, "concerns", 0) for one in reading.all("procedure-defect-decided")}
    still = [one for one in reading.all("procedure-defect-opened") if getattr(one, "concerns", 0) not in decided]
    return Start(still[0].effective_on, tuple(still)) if still else None


def _standing_from(reading: Reading) -> Start | None:
    end, approved = _probation_end(reading), reading.last("conversion-approved")
    return Start(end.day, (*end.facts, approved)) if end and approved else None


MOMENTS: Mapping[str, Callable[[Reading], Start | None]] = {
    "born": _born,
    "applied": _applied,
    "received": _received,
    "leaves": _leaves,
    "cultivation-start": _cultivation_start,
    "last-tended": _last_tended,
    "without-contact": _without_contact,
    "member-from": _probation_start,
    "probation-start": _probation_start,
    "probation-original-end": _original_end,
    "probation-end": _probation_end,
    "probation-round": _probation_round,
    "standing-from": _standing_from,
    "uncounted-since": _uncounted_since,
    "abroad-since": _abroad_since,
    "retained-since": _retained_since,
    "defect-open": _defect_open,
}
"""`applied`: the last application was handed in; `received`: it came in; `last-tended`: somebody was last in touch with
the activist; `without-contact`: since when no full member cultivates them; `member-from`: membership counts, once it is
approved, from the assembly; `uncounted-since`: cultivation had no valid contact, and the branch has not decided whether
that time counts; `defect-open`: since when a decision about something irregular is outstanding;
`probation-round`: admission or the last extension was approved, so that conversion is to be discussed (again)."""

COMES_FROM: Mapping[str, tuple[str, ...]] = {
    "born": ("application-submitted",),
    "applied": ("application-renewed",),
    "received": ("application-submitted",),
    "leaves": ("departure-expected",),
    "cultivation-start": ("activist-determined", "activist-filed"),
    "last-tended": ("activist-determined", "activist-filed"),
    "without-contact": ("activist-determined",),
    "member-from": ("admission-approved",),
    "probation-start": ("admission-approved",),
    "probation-original-end": ("admission-approved",),
    "probation-end": ("admission-approved",),
    "probation-round": ("admission-approved",),
    "standing-from": ("conversion-approved",),
    "uncounted-since": ("cultivation-contact-assigned",),
    "abroad-since": ("abroad-retention-approved",),
    "retained-since": ("relationship-retained",),
    "defect-open": ("procedure-defect-opened",),
}
"""The facts that give each moment: what to tell somebody who asks why it is not there."""
