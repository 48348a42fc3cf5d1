"""Paths as they may be found: a story cut off somewhere, facts missing, on other days, twice, recorded late, corrected."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import strategies as st

from domain.calendar import moment_on
from domain.facts import Fact
from domain.story import Told
from tests.domain.given import course, made, story, told

STORIES = ("course", "lin-xiaoyu")
LATE = st.one_of(st.just(0), st.just(0), st.integers(0, 60))
"""Days from a fact to its recording; most are recorded on the day."""

MOVED = st.one_of(*[st.just(0)] * 4, st.integers(-60, 200))
"""Days by which a fact lies elsewhere than in the story; most lie where they are told."""


def recorded(lines: Sequence[tuple[Told, date]], name: str) -> list[Fact]:
    """Make facts of what is told and on what day it was recorded, in the order of their recording."""
    units = {str(unit["unit_id"]): unit for unit in story(name).units}
    opening, *rest = lines
    ordered = [opening, *sorted(rest, key=lambda line: line[1])]
    first = opening[1]
    return [
        made(one, version, units, moment_on(max(on, first), time(18, 0)))
        for version, (one, on) in enumerate(ordered, 1)
    ]


@st.composite
def paths(draw: st.DrawFn, *, corrections: bool = True) -> list[Fact]:
    """A path in the order of its recording; its opening comes first."""
    name = draw(st.sampled_from(STORIES))
    whole = course(name=name)
    upto = draw(st.integers(1, len(whole)))
    dropped = draw(st.sets(st.integers(1, len(whole)), max_size=6))
    kept = [one for n, one in enumerate(whole[:upto]) if n not in dropped or n == 0]
    doubled = draw(st.lists(st.sampled_from(kept[1:]), max_size=2)) if len(kept) > 1 else []
    lines: list[tuple[Told, date]] = []
    for n, one in enumerate([*kept, *doubled]):
        day = one.day + timedelta(days=draw(MOVED) if n else 0)
        lines.append((replace(one, day=day), day + timedelta(days=draw(LATE))))
    if draw(st.integers(0, 4)) == 0:
        last = max(on for _, on in lines)
        lines.append((told("path-withdrawn", last, None), last))
    if corrections and len(lines) > 1:
        lines += draw(st.lists(_corrections(len(lines), max(on for _, on in lines)), max_size=2))
    return recorded(lines, name)


def _corrections(versions: int, day: date) -> st.SearchStrategy[tuple[Told, date]]:
    """A word about an earlier entry, which is not the opening: another day, or that it never happened."""
    version, says = st.integers(2, versions), {"reason": "the papers say otherwise", "approved_by": "m-9"}
    later = st.integers(0, 300).map(lambda days: day + timedelta(days=days))
    return st.one_of(
        st.builds(lambda v, on: (told("fact-retracted", on, None, retracts=v, **says), on), version, later),
        st.builds(
            lambda v, on, other: (told("fact-corrected", on, None, corrects=v, says=other, **says), on),
            version,
            later,
            st.fixed_dictionaries({"effective_on": st.dates(date(2022, 1, 1), date(2027, 1, 1))}),
        ),
    )


def days_of(facts: Sequence[Fact]) -> list[date]:
    """The days on which a path may well be asked about: those of its facts, the day after, and long after."""
    days = {fact.effective_on for fact in facts}
    return sorted(days | {day + timedelta(days=1) for day in days} | {max(days) + timedelta(days=400)})
