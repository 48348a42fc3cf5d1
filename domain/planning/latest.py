"""The last days: walked back from the end along the links, until nothing moves any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.planning.answer import IN_TIME, Because
from domain.planning.links import FAR, Limit, Link
from domain.planning.search import Placed


@dataclass(frozen=True, slots=True)
class Last:
    """The last day of an act, and what makes it that."""

    day: date
    because: Because


def last_days(
    acts: Sequence[Placed], links: Sequence[Link], limits: Sequence[Limit], by: date | None
) -> Mapping[Placed, Last]:
    """The last day of each act so that all that follows it can still be in time; acts that nothing limits are left out.

    A limit that has passed already is told of its act, and keeps no other act from coming later; one that lies so far
    ahead that nobody plans for it is none.
    """
    wanted = [Limit(act, by, IN_TIME) for act in acts if act.step] if by else []
    passed = [one for one in limits if one.day < one.of.day]
    ahead = [one for one in limits if one.day >= one.of.day]
    last = _last_days(acts, links, [one for one in (*ahead, *wanted) if one.day - one.of.day < FAR])
    return {**last, **{one.of: Last(one.day, one.because) for one in passed}}


def _last_days(acts: Sequence[Placed], links: Sequence[Link], limits: Iterable[Limit]) -> Mapping[Placed, Last]:
    last: dict[Placed, Last] = {}
    for limit in limits:
        if limit.of not in last or limit.day < last[limit.of].day:
            last[limit.of] = Last(limit.day, limit.because)
    for _ in range(len(acts) + 2):  # a plan has no circle of links; limits that contradict each other would make one
        if not _tightened(last, links):
            break
    return last


def _tightened(last: dict[Placed, Last], links: Sequence[Link]) -> bool:
    """Move every act that a link allows less than is known of it; tell whether any was."""
    moved = False
    for link in links:
        if link.by in last:
            until = last[link.by].day
            day = link.shift(until if link.ahead else max(until, link.by.day))
            if link.of not in last or day < last[link.of].day:
                last[link.of] = Last(day, link.because)
                moved = True
    return moved


def spare_days(acts: Sequence[Placed], links: Sequence[Link], end: Placed) -> Mapping[Placed, int]:
    """By how many days each act that the end waits for can be put off without putting off the end; 0 for critical ones."""
    ahead = [link for link in links if link.ahead]
    last = _last_days(acts, ahead, [Limit(end, end.day, IN_TIME)])
    return {act: (until.day - act.day).days for act, until in last.items()}
