"""From papers to facts that can be judged: what the sheets leave unsaid is taken to be well, and remembered as such."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from domain.calendar import add_months, moment_on
from domain.facts import KINDS, Fact, Opening, required, said
from registry.importing.forms import ACTS_OF_PERSON, ACTS_OF_SUPERIOR, OPENS
from registry.importing.rows import hints
from registry.linting.dossier import DAY, Gathered, Paper, Person
from registry.linting.headings import Headings

NOBODY = UUID(int=0)
LONG_AGO = date(1901, 1, 1)
MIDDAY = time(12)

ON_THE_WAY = (
    OPENS,
    "activist-determined",
    "development-target-determined",
    "admission-resolution-adopted",
    "admission-approved",
    "conversion-resolved",
    "conversion-approved",
)
"""The decisions that lead from stage to stage, in order."""

FILED = "activist-filed"
FULL = "became-full-member"
"""A day of which a sheet does not say whether the assembly, the approval or the end of probation is meant."""

WELL: Mapping[str, Any] = {
    "affects": False,
    "conclusion": "qualified",
    "contact_id": "?",
    "days": 3,
    "decided_by": "branch-committee",
    "documents": (
        "application",
        "application-form",
        "political-review",
        "conversion-application",
        "cultivation-inspection",
    ),
    "full_member": True,
    "full_members": True,
    "heard": ("party-group", "contacts", "members", "masses"),
    "hours": 999,
    "introducers": ("?1", "?2"),
    "order": "first",
    "outcome": "convert",
    "post": "secretary",
    "proposal": "convert",
    "result": "pass",
}
"""What is taken for a field that a sheet does not say, so that no rule finds fault with what nobody wrote."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """The facts of a person, and the paper of each by its version."""

    facts: Sequence[Fact]
    papers: Mapping[int, Paper]

    @property
    def assumes_decisions(self) -> bool:
        """Whether a decision was assumed: then nothing is known of the stages between."""
        return any(paper.assumed and paper.kind in ON_THE_WAY[1:] for paper in self.papers.values())


def suppose(person: Person, gathered: Gathered, words: Headings) -> Supposed:
    """Make facts of a person's papers, in the order of their days and within a day of the procedure."""
    papers = [one for one in person.papers if one.kind in KINDS and one.day]
    _day_of_contacts(person, papers)
    papers += _votes_on_their_day(person) + _assumed(person, papers)
    papers.sort(key=lambda one: (one.day or date.max, not one.assumed, words.orders.get(one.kind, 0), one.nth))
    opening = next((one for one in papers if one.kind == OPENS), None)
    if opening is None:
        return Supposed((), {})
    papers.remove(opening)
    papers.insert(0, opening)
    facts: list[Fact] = []
    for version, paper in enumerate(papers, 1):
        facts.append(_fact(paper, version, person, gathered, words))
    return Supposed(facts, dict(enumerate(papers, 1)))


def _day_of_contacts(person: Person, papers: list[Paper]) -> None:
    """Contacts and introducers of whom only the names are written stand since the decision that asks for them."""
    since = {
        "cultivation-contact-assigned": "activist-determined",
        "introducers-confirmed": "development-target-determined",
    }
    for paper in person.papers:
        base = person.last(since[paper.kind]) if paper.kind in since and not paper.day else None
        if base and (paper.values.get("contact_id") or paper.values.get("introducers")):
            paper.values[DAY] = base.day
            paper.places.setdefault(DAY, base.places[DAY])
            paper.unsaid.add(DAY)
            papers.append(paper)


def _votes_on_their_day(person: Person) -> list[Paper]:
    """A vote of which only the tally is written was held on the day of its resolution."""
    found = []
    for kind, resolution in (
        ("admission-vote-recorded", "admission-resolution-adopted"),
        ("conversion-vote-recorded", "conversion-resolved"),
    ):
        base = person.last(resolution)
        for paper in person.papers:
            if paper.kind == kind and not paper.day and paper.values and base:
                paper.values[DAY] = base.day
                found.append(paper)
    return found


def _assumed(person: Person, papers: Sequence[Paper]) -> list[Paper]:
    """The decisions for which the sheets have no place, and without which what follows could not have come.

    Each stands on the last day that it can have, and the filing, from which a year may count, on the first.
    """
    standing = {kind: [one for one in papers if one.kind == kind] for kind in ON_THE_WAY}
    found: list[Paper] = []
    first = min((one for one in papers if one.day), key=lambda one: one.day or date.max, default=None)
    later = person.last(FULL)
    for kind in reversed(ON_THE_WAY):
        if standing[kind]:
            later = standing[kind][0]
            continue
        after = first if kind == OPENS else later
        if after and (kind not in person.kept or kind in person.unread or kind == OPENS):
            begun = person.last("probation-begun") if kind == "admission-resolution-adopted" else None
            place = (begun or after).place()
            found.append(Paper(kind, {DAY: (begun or after).day}, {DAY: place} if place else {}, assumed=True))
    decided = next(iter(standing["activist-determined"]), None)
    if decided and (FILED not in person.kept or FILED in person.unread):
        found.append(Paper(FILED, {DAY: decided.day}, assumed=True))
    return found


def _fact(paper: Paper, version: int, person: Person, gathered: Gathered, words: Headings) -> Fact:
    kind = KINDS[paper.kind]
    day = paper.day or LONG_AGO
    known = _fields(kind)
    values = {name: value for name, value in paper.values.items() if name in known}
    if paper.kind == OPENS:
        values |= {name: value for name, value in person.values.items() if name in known}
        values |= {"name": person.name or "?", "student_no": person.student_no or "?"}
    _days_that_follow(paper, person, values)
    _tally(paper, values)
    if paper.kind == "target-training-completed" and values.keys() & {"days", "hours"}:
        values = {"days": 0, "hours": 0, **values}  # either is enough, and one of them is said
    for name, must in known.items():
        if name not in values and must:
            values[name] = LONG_AGO if name == "born_on" else WELL.get(name, _any(hints(paper.kind)[name], day))
            paper.unsaid.add(name)
        elif name not in values:
            paper.unsaid.add(name)
    values |= _unit(paper, person, gathered, words, values)
    if issubclass(kind, Opening):
        values |= {"originator_topic": kind.SUBJECT, "person_id": uuid5(NOBODY, person.called)}
    make: Callable[..., Fact] = kind
    return make(
        originator_id=NOBODY,
        originator_version=version,
        timestamp=moment_on(day, MIDDAY),
        recorded_by="lint",
        capacity="lint",
        mode="record",
        **values,
    )


def _days_that_follow(paper: Paper, person: Person, values: dict[str, Any]) -> None:
    """The days that an approval states, where the sheets do not: those that would be right."""
    accepted = person.last("admission-resolution-adopted")
    begun = person.last("probation-begun")
    start = begun or accepted
    if paper.kind == "admission-approved" and "probation_from" not in values:
        values["probation_from"] = start.day if start else paper.day
        if begun:
            paper.places.setdefault("probation_from", begun.places[DAY])
        else:
            paper.unsaid.add("probation_from")
    if paper.kind == "conversion-approved" and "standing_from" not in values:
        more = sum(one.values.get("extension_months") or 0 for one in person.all("conversion-resolved"))
        base = accepted or begun
        values["standing_from"] = add_months(base.day, 12 + more) if base and base.day else paper.day
        paper.unsaid.add("standing_from")


def _tally(paper: Paper, values: dict[str, Any]) -> None:
    """Complete a tally of which only a part is written, so that it adds up."""
    if "vote" not in paper.kind:
        return
    for name in ("due", "present", "yes", "no", "abstained"):
        if name in values:
            continue
        paper.unsaid.add(name)
        match name:
            case "due":
                values[name] = values.get("present", 1)
            case "present":
                values[name] = values["due"]
            case "yes":
                values[name] = max(values["present"] - values.get("no", 0) - values.get("abstained", 0), 0)
            case "no":
                values[name] = 0
            case _:
                values[name] = max(values["present"] + values.get("written", 0) - values["yes"] - values["no"], 0)


def _unit(
    paper: Paper, person: Person, gathered: Gathered, words: Headings, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Whose act it is, and what that unit may do, as far as the sheets tell."""
    home = person.values.get("home_unit")
    unit = values.get("by_unit")
    if unit is None and paper.kind not in ACTS_OF_PERSON:
        unit = person.values.get("superior_unit") if paper.kind in ACTS_OF_SUPERIOR else home
    kind = _kind_of(unit, gathered, words)
    found = {"home_unit": home or "?"} if "home_unit" in _fields(KINDS[paper.kind]) and (paper.kind == OPENS) else {}
    if unit is None or kind is None:
        paper.unsaid.add("by_unit")
        return {**found, "by_unit": None}
    paper.unsaid.discard("by_unit")
    return {**found, "by_unit": unit, "by_kind": kind[0], "by_authority": kind[1]}


def _kind_of(unit: str | None, gathered: Gathered, words: Headings) -> tuple[str, bool] | None:
    """What a unit is: as the workbook's own sheet of units says, else by its name; a committee may then approve."""
    if unit is None:
        return None
    if unit in gathered.units:
        return gathered.units[unit]
    kind = next((kind for ending, kind in words.units.items() if unit.endswith(ending)), None)
    return (kind, kind.endswith("committee")) if kind else None


@cache
def _fields(kind: type[Fact]) -> Mapping[str, bool]:
    """The fields of a kind that its author fills in, and whether each must be given."""
    return {item.name: required(item) for item in said(kind)}


def _any(hint: Any, day: date) -> Any:
    """Any value of a type, for a field that no rule looks at when nobody wrote it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _any(args[0], day)
    if origin in (Union, UnionType):
        return None
    if origin is Literal:
        return args[0]
    if origin is tuple:
        return ()
    simple: dict[Any, Any] = {str: "?", date: day, bool: False, int: 0, float: 0.0}
    return simple.get(hint, {})
