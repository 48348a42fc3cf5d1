"""What stands beside the stage of a path: a clock that is stopped, a matter that is open, a person who is away."""

from collections.abc import Mapping

from domain.reading import Reading, in_order

MATTERS: Mapping[str, str] = {
    "notice-objection-raised": "notice-objection-resolved",
    "disciplinary-matter-opened": "disciplinary-matter-closed",
    "procedure-defect-opened": "procedure-defect-decided",
    "recognition-review-opened": "recognition-review-closed",
}
"""Matters that are opened and closed, several of them at once if so it be: each is closed by one fact."""

STATES: Mapping[str, tuple[str, ...]] = {
    "application-deferred": ("application-renewed",),
    "cultivation-paused": ("cultivation-resumed", "cultivation-continued", "cultivation-restarted"),
    "probation-suspended": ("probation-resumed",),
    "transferred-out": ("transfer-accepted", "transfer-rejected"),
    "abroad-retention-approved": ("returned-from-abroad",),
    "member-lost-contact": ("member-found-again",),
    "membership-stopped": ("member-found-again",),
}
"""What lasts until one fact of another kind ends it, however often it was said."""


def conditions(reading: Reading) -> tuple[str, ...]:
    """Name what stands beside the stage, by the kind of fact that began it. None of it is a stage, and none ends by itself."""
    matters = (opened for opened, closed in MATTERS.items() if _open(reading, opened, closed))
    states = (begun for begun, ended in STATES.items() if _lasts(reading, begun, ended))
    return (*matters, *states)


def _open(reading: Reading, opened: str, closed: str) -> bool:
    count = 0
    for fact in in_order([*reading.all(opened), *reading.all(closed)]):
        count = count + 1 if fact.TOPIC == opened else max(0, count - 1)
    return count > 0


def _lasts(reading: Reading, begun: str, ended: tuple[str, ...]) -> bool:
    if not reading.all(begun):
        return False
    return in_order(fact for topic in (begun, *ended) for fact in reading.all(topic))[-1].TOPIC == begun
