"""A unit as its facts tell: its kind, its place in the tree, what it may approve, and who holds which post on a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from domain.facts import Fact
from domain.facts.units import (
    Appointed,
    AppointmentEnded,
    ApprovalAuthorityGranted,
    BranchCommitteeElected,
    PlaceKind,
    Post,
    UnitEstablished,
    UnitKind,
)
from domain.reading import in_order


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a unit is on a day."""

    id: str
    kind: str
    name: str
    name_en: str
    superior: str | None
    authority: bool
    committee: bool | None
    """Whether a committee decides for a branch; None where nobody has said."""

    dissolved_on: date | None = None
    established_on: date = date.min


def unit_on(facts: Sequence[Fact], day: date) -> UnitState | None:
    """Tell what a unit is on a day; None for one without an opening fact."""
    established = next((fact for fact in facts if isinstance(fact, UnitEstablished)), None)
    if established is None:
        return None
    authority, committee, dissolved_on = established.approves, established.has_committee, None
    for fact in in_order(facts):
        if fact.effective_on <= day and fact.TOPIC in ("approval-authority-granted", "approval-authority-withdrawn"):
            authority = fact.TOPIC == "approval-authority-granted"
        if fact.effective_on <= day and fact.TOPIC in ("branch-committee-elected", "branch-committee-ended"):
            committee = fact.TOPIC == "branch-committee-elected"
        if fact.TOPIC == "unit-dissolved":
            dissolved_on = fact.effective_on
    return UnitState(
        id=established.unit_id,
        kind=established.unit_kind,
        name=established.name,
        name_en=established.name_en,
        superior=established.superior,
        authority=authority,
        committee=committee,
        dissolved_on=dissolved_on,
        established_on=established.effective_on,
    )


BRANCHES: frozenset[UnitKind] = frozenset({"branch", "temporary-branch", "functional-branch", "virtual-branch"})
COMMITTEES: frozenset[UnitKind] = frozenset({"university-committee", "college-committee"})
LED: frozenset[UnitKind] = COMMITTEES | {"general-branch", "party-leading-group"}
PLACES: frozenset[UnitKind] = frozenset(get_args(PlaceKind))

POSTS: Mapping[Post, frozenset[UnitKind]] = {
    "branch-secretary": BRANCHES,
    "secretary": LED,
    "deputy-secretary": BRANCHES | LED,
    "committee-member": BRANCHES | LED,
    "organiser": COMMITTEES | {"general-branch"},
    "department-staff": frozenset({"organisation-department", "university-committee"}),
    "counsellor": BRANCHES | LED,
    "head": PLACES,
}
"""Which posts there are, and at which kinds of units."""

SINGLE: frozenset[Post] = frozenset({"branch-secretary", "secretary", "head"})
"""Posts that one person holds at a time."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody held a post from a day on until another, which does not belong to it; None while it lasts.

    The number is sealed, and the same for the same person.
    """

    post: Post
    number: str
    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Tell whether it lasted on a day."""
        return self.since <= day and (self.until is None or day < self.until)


def holdings(facts: Sequence[Fact]) -> list[Holding]:
    """All that was ever held at a unit, in the order of its beginning."""
    found: list[Holding] = []
    open_at: dict[tuple[Post, str], int] = {}
    for fact in in_order(facts):
        if isinstance(fact, Appointed) and (fact.post, fact.number) not in open_at:
            open_at[fact.post, fact.number] = len(found)
            found.append(Holding(fact.post, fact.number, fact.effective_on))
        elif isinstance(fact, AppointmentEnded) and (at := open_at.pop((fact.post, fact.number), None)) is not None:
            found[at] = Holding(fact.post, fact.number, found[at].since, fact.effective_on)
    return found


def holders_on(facts: Sequence[Fact], day: date) -> Mapping[Post, tuple[str, ...]]:
    """Who holds which post at a unit on a day, by their sealed numbers; at a unit that is dissolved, nobody any."""
    unit = unit_on(facts, day)
    if unit is None or (unit.dissolved_on and unit.dissolved_on <= day):
        return {}
    found: dict[Post, tuple[str, ...]] = {}
    for one in holdings(facts):
        if one.on(day):
            found[one.post] = (*found.get(one.post, ()), one.number)
    return found


def appointment_faults(facts: Sequence[Fact], fact: Appointed | AppointmentEnded) -> Iterator[tuple[str, str]]:
    """What stands against an appointment, or against its end, beside the facts of the unit: (field, sentence) pairs."""
    day, unit = fact.effective_on, unit_on(facts, fact.effective_on)
    before = [one for one in holdings(facts) if one.post == fact.post]
    if isinstance(fact, AppointmentEnded):
        if not any(one.number == fact.number and one.since <= day and one.until is None for one in before):
            yield "number", f"they do not hold the post {fact.post} at this unit on {day}: there is nothing to end"
        return
    if unit and unit.dissolved_on and unit.dissolved_on <= day:
        yield "effective_on", f"the unit was dissolved on {unit.dissolved_on}: nobody is appointed there any more"
    if unit and unit.kind not in POSTS[fact.post]:
        fitting = ", ".join(post for post, kinds in POSTS.items() if unit.kind in kinds) or "none"
        yield "post", f"there is no {fact.post} at a {unit.kind}; its posts are: {fitting}"
    meanwhile = [one for one in before if one.until is None or one.until > day]
    if any(one.number == fact.number for one in meanwhile):
        yield "number", f"they hold the post {fact.post} at this unit already"
    elif meanwhile and fact.post in SINGLE:
        since = meanwhile[0].since
        yield "post", f"somebody holds the post {fact.post} since {since}: record first that this appointment ended"


def place_faults(facts: Sequence[Fact], fact: Fact) -> Iterator[tuple[str, str]]:
    """What stands against a fact of a place, which no organisation of the Party is: (field, sentence) pairs."""
    established = next((one for one in (*facts, fact) if isinstance(one, UnitEstablished)), None)
    if established is None or established.unit_kind not in PLACES:
        return
    kind = established.unit_kind
    if fact is established and fact.approves:
        yield "approves", f"a {kind} is no organisation of the Party and approves nothing"
    if fact is established and fact.has_committee is not None:
        yield "has_committee", f"a {kind} is no organisation of the Party and has no committee"
    if fact is established and not fact.superior:
        yield "superior", f"say to which unit the {kind} belongs: what it owes climbs from there"
    if isinstance(fact, ApprovalAuthorityGranted | BranchCommitteeElected):
        yield "topic", f"a {kind} is no organisation of the Party: {fact.TOPIC} cannot be said of it"
