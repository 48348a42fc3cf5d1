"""Replaying a path under two clocks: what had happened by a day, and what was known of it at a moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from domain.calendar import civil_day
from domain.difference import Difference, differences
from domain.facts import Fact
from domain.judge import judge
from domain.judgement import Judgement
from domain.rulebook import Rulebooks
from eventlog.entry import Entry
from registry.shelf import Loaded


def known_at(loaded: Loaded, moment: datetime) -> Loaded:
    """A path as it was known at a moment (aware UTC): the beginning of its stream that had been recorded by then."""
    count = sum(1 for _ in takewhile(lambda entry: entry.recorded_at <= moment, loaded.entries))
    return Loaded(loaded.entries[:count], loaded.facts[:count])


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a replay: what came (a fact that was recorded), and what it changed in the judgement of that day."""

    entry: Entry
    fact: Fact
    day: date
    judgement: Judgement
    changed: Sequence[Difference]


def as_recorded(rulebooks: Rulebooks, loaded: Loaded) -> Iterator[Frame]:
    """The path entry by entry, as its readers got to know it: each judged on the day of its recording."""
    before: Judgement | None = None
    for count, (entry, fact) in enumerate(zip(loaded.entries, loaded.facts, strict=True), 1):
        day = civil_day(entry.recorded_at)
        known = judge(rulebooks, loaded.facts[:count], day)
        yield Frame(entry, fact, day, known, tuple(differences(before, known)))
        before = known


def as_happened(rulebooks: Rulebooks, loaded: Loaded) -> Iterator[Frame]:
    """The path fact by fact as it happened, all being known that is known: each judged on the day it counts.

    Facts of one day are judged together, as the day ended: what the day changed stands at the first of them.
    """
    before: Judgement | None = None
    pairs = zip(loaded.entries, loaded.facts, strict=True)
    for entry, fact in sorted(pairs, key=lambda pair: (pair[1].effective_on, pair[0].version)):
        day = fact.effective_on
        known = before if before and before.day == day else judge(rulebooks, loaded.facts, day)
        yield Frame(entry, fact, day, known, () if known is before else tuple(differences(before, known)))
        before = known
