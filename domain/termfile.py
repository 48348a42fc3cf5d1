"""Reads what a school's policy says of terms: the semesters, what counts in them, and what each unit owes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args

from domain.calendar import Workdays
from domain.dormitories import COUNTERS, Upon
from domain.facts import KINDS
from domain.facts.dormitories import DormConsequenceDecided
from domain.facts.terms import ActivityHeld, TermJobDone
from domain.facts.units import UnitKind
from domain.ladderlines import above, read_escalate, read_rungs
from domain.path import Term
from domain.reading import Ref
from domain.rulelines import by_id, confidence, flag, sources
from domain.rulewords import bilingual, ref, role
from domain.spot import Spot
from domain.termrules import PERS, PLACES, Job, Pace, Semester, TermRules, When
from domain.words import Text

MOST_WEEKS, MOST_DAYS, MOST_CLOSES, MOST_TIMES = 30, 200, 120, 1000
"""What a number about a term may come to: behind that it is a slip of the pen."""


def read_semesters(spot: Spot) -> tuple[Semester, ...]:
    """Read the terms of the school: each after the one before, none twice."""
    found: list[Semester] = []
    for one in spot.list():
        said = one.map(("name", "start", "end"), ("name", "start", "end"))
        term = Semester(said["name"].text(), said["start"].day(), said["end"].day())
        if term.end < term.start:
            raise said["end"].wrong(f"the semester {term.name!r} ends on {term.end}, before it starts on {term.start}")
        if found and term.start <= found[-1].end:
            before = found[-1]
            raise said["start"].wrong(
                f"the semester {term.name!r} starts on {term.start}, and {before.name!r} lasts until {before.end}; "
                "semesters stand in their order and do not overlap"
            )
        if any(term.name == other.name for other in found):
            raise said["name"].wrong(f"the semester {term.name!r} is given twice")
        found.append(term)
    return tuple(found)


def read_terms(spot: Spot, semesters: Sequence[Semester]) -> TermRules:
    """Read the section `terms`. Raises RulebookError with the line of whatever is wrong."""
    said = spot.map(("from", "closes_days", "objection_workdays", "activities", "jobs"), ("from", "jobs"))
    starts = {one.name: one.start for one in semesters}
    if not starts:
        raise spot.wrong("terms are those of `semesters`, and this policy has none: say them first")
    activities = (
        {name: bilingual(one) for name, one in said["activities"].map().items()} if "activities" in said else {}
    )
    return TermRules(
        first=starts[said["from"].one_of(starts, "a semester of this policy")],
        closes_days=_within(said["closes_days"], 0, MOST_CLOSES, "days") if "closes_days" in said else 14,
        objection_workdays=(
            _within(said["objection_workdays"], 1, MOST_CLOSES, "working days") if "objection_workdays" in said else 5
        ),
        activities=activities,
        jobs=tuple(by_id(said["jobs"], lambda one: _job(one, activities, semesters)).values()),
    )


def _job(spot: Spot, activities: Mapping[str, Text], semesters: Sequence[Semester]) -> Job:
    must = ("id", "for", "owed_by", "due", "source", "text")
    more = ("until", "times", "per", "pace", "upon", "closes", "remind", "remind_workdays", "escalate", "confidence")
    said = spot.map((*must, *more), must)
    name, owed_by = said["id"].text(), role(said["owed_by"])
    remind, remind_workdays = read_rungs(said)
    kinds = get_args(UnitKind)
    ending = DormConsequenceDecided.TOPIC if "upon" in said else TermJobDone.TOPIC
    job = Job(
        id=name,
        kinds=frozenset(one.one_of(kinds, "a kind of unit") for one in said["for"].list()),
        owed_by=owed_by,
        due=_when(said["due"]),
        until=_until(said["until"], activities) if "until" in said else (Ref(ending, {"job": name}),),
        text=bilingual(said["text"]),
        sources=sources(said["source"]),
        remind=remind,
        remind_workdays=remind_workdays,
        escalate=read_escalate(said["escalate"], owed_by) if "escalate" in said else above(owed_by),
        times=_within(said["times"], 1, MOST_TIMES, "times") if "times" in said else 1,
        closes=flag(said, "closes"),
        confidence=confidence(said),
        per=PERS[PERS.index(said["per"].one_of(PERS, "what a quota is counted in"))] if "per" in said else "term",
        pace=tuple(_pace(one) for one in said["pace"].list()) if "pace" in said else (),
        upon=_upon(said["upon"]) if "upon" in said else None,
    )
    if job.upon and (
        one := next((said[name] for name in ("until", "times", "per", "pace", "closes") if name in said), None)
    ):
        raise one.wrong(f"what follows from an inspection is decided once for each, by {DormConsequenceDecided.TOPIC}")
    if job.upon and not isinstance(job.due.at, str):
        raise said["due"].wrong("what follows from an inspection is counted from its day: write `at: start`")
    if job.pace:
        _refuse_unless_rising(said["pace"], job, semesters)
    return job


def _upon(spot: Spot) -> Upon:
    """Read with which failures something is owed: `{failures: 1}`, every one; `{in_a_row: 2}`, the second on end."""
    said = spot.map(COUNTERS)
    if len(said) != 1:
        raise spot.wrong(f"one number is expected here: {' or '.join(COUNTERS)}")
    ((counter, number),) = said.items()
    return Upon(COUNTERS[COUNTERS.index(counter)], _within(number, 1, MOST_TIMES, "failures"))


def _pace(spot: Spot) -> Pace:
    """Read how many should be there by a day: `{due: {at: mid}, times: 3}`."""
    said = spot.map(("due", "times"), ("due", "times"))
    return Pace(_when(said["due"]), _within(said["times"], 1, MOST_TIMES, "times"))


def _refuse_unless_rising(spot: Spot, job: Job, semesters: Sequence[Semester]) -> None:
    """A pace that asks for no more, or no earlier, than what comes after it is none."""
    asked = [*(one.times for one in job.pace), job.times]
    if asked != sorted(set(asked)):
        raise spot.wrong(f"a pace rises until the quota, and this one goes {', '.join(map(str, asked))} times")
    for term in semesters:
        whole: dict[str, list[date]] = {}
        for part in job.parts(term):
            whole.setdefault(part.span.name, []).append(part.due.on(part.span, Workdays()))
        for days in whole.values():
            if days != sorted(set(days)):
                told = ", ".join(map(str, days))
                raise spot.wrong(f"in {term.name} the days of this pace are {told}: each comes before the next")


def _when(spot: Spot) -> When:
    """Read a day of a term: `{at: start, workdays: 10}`, `{week: 8}`, `{at: end, days: -7}`."""
    said = spot.map(("at", "week", "days", "workdays"))
    if ("at" in said) == ("week" in said):
        raise spot.wrong(f"a day of a term is counted from either `at` ({', '.join(PLACES)}) or a `week`")
    if "days" in said and "workdays" in said:
        raise spot.wrong("the days on from there are either `days` or `workdays`")
    days = _within(said["days"], -MOST_DAYS, MOST_DAYS, "days") if "days" in said else 0
    workdays = _within(said["workdays"], -MOST_DAYS, MOST_DAYS, "working days") if "workdays" in said else 0
    if "workdays" in said and not workdays:
        raise said["workdays"].wrong("working days are counted inclusively: from 1 on, or from -1 back")
    if "week" in said:
        return When(_within(said["week"], 1, MOST_WEEKS, "weeks"), days, workdays)
    return When(PLACES[PLACES.index(said["at"].one_of(PLACES, "a place in a term"))], days, workdays)


def _until(spot: Spot, activities: Mapping[str, Text]) -> tuple[Ref, ...]:
    """Read which facts of a term end what is owed; the activity that one names must be one that counts."""
    found = []
    for one in spot.list():
        meant = ref(one)
        if KINDS[meant.topic].SUBJECT != Term.NAME:
            raise one.wrong(f"{meant.topic!r} is no fact of a term; {ActivityHeld.TOPIC} or {TermJobDone.TOPIC} is")
        activity = meant.where.get("activity")
        if activity is not None and activity not in activities:
            known = ", ".join(activities) or "none so far"
            raise one.wrong(f"{activity!r} is not among the `activities` of this policy: {known}")
        found.append(meant)
    return tuple(found)


def _within(spot: Spot, least: int, most: int, what: str) -> int:
    number = spot.whole()
    if not least <= number <= most:
        raise spot.wrong(f"{number} {what}: from {least} to {most} is expected here")
    return number
