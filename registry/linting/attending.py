"""The verbs about who was there, and who was a member when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.words import Text
from registry.importing.base import plain_name
from registry.linting.dossier import Person
from registry.linting.verbs import Around, Breach, cells_of, named


@dataclass(frozen=True, slots=True)
class Withdraws:
    """The person does not stand among those who came to the meetings that discuss them."""

    NAME: ClassVar[str] = "withdraws"
    from_: tuple[str, ...]

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:  # noqa: ARG002 - the protocol's signature
        name = plain_name(person.name)
        for paper in (one for one in person.papers if name and one.kind in self.from_):
            if name in map(plain_name, paper.values.get("attended", ())):
                zh = f"{person.name}出现在{named(paper.kind).zh}的参加人员中"
                en = f"{person.name} stands among those who came ({named(paper.kind).en})"
                cells = cells_of(paper.places.get("attended"))
                yield Breach(paper.kind, paper.day, cells, f"{person.name} ∈ attended", Text(zh, en))


@dataclass(frozen=True, slots=True)
class FullMembers:
    """Those whom a paper names were full members on its day, as far as the workbook knows them."""

    NAME: ClassVar[str] = "full_members"
    of: str
    field: str

    def breaches(self, person: Person, around: Around) -> Iterator[Breach]:
        for paper in (one for one in person.papers if one.kind == self.of):
            said = paper.values.get(self.field) or ()
            for name in (said,) if isinstance(said, str) else said:
                why = self._why(name, person, paper.day, around)
                if why:
                    cells = cells_of(paper.places.get(self.field), paper.place())
                    yield Breach(self.of, paper.day, cells, why[0], why[1])

    def _why(self, name: str, person: Person, day: date | None, around: Around) -> tuple[str, Text] | None:
        key = plain_name(name)
        if key and key in (plain_name(person.name), plain_name(person.student_no)):
            return f"{name} = {name}", Text(f"{name}就是本人", f"{name} is the person themself")
        known = [*around.members.get(key, ())]
        others = around.persons.get(key, [])
        known += [since for one in others if (since := member_since(one))]
        if day is None or (not known and (len(others) != 1 or not others[0].kept & {"conversion-approved"})):
            return None  # nothing is known of them, or of several with this name
        since = min(known, default=None)
        if since and since <= day:
            return None
        became = (
            (f"{since} 才转正", f"became a full member on {since}") if since else ("尚未转正", "is no full member yet")
        )
        text = Text(f"{name}{became[0]}，晚于 {day}", f"{name} {became[1]}, and this was on {day}")
        return f"{since or '∅'} > {day}", text


def member_since(person: Person) -> date | None:
    """From which day a person of the workbook is a full member: as it says, or from the approval."""
    approved = person.last("conversion-approved") or person.last("became-full-member")
    said = approved.values.get("standing_from") if approved else None
    return said if isinstance(said, date) else approved.day if approved else None
