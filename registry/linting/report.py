"""What a check of a workbook answers: remarks by person, cell and rule, how each sheet was read, what was not judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.judgement import Confidence
from registry.linting.dossier import Place
from registry.linting.rules import WEIGHTS, Weight


@dataclass(frozen=True, slots=True)
class Remark:
    """A rule that is broken, or something to be told: of whom, in which cells, and why in both languages.

    The first cell is the one that is wrong, the others are those that it was compared with.
    """

    rule: str
    severity: Weight
    zh: str
    en: str
    why_zh: str
    why_en: str
    cells: tuple[Place, ...] = ()
    student_no: str = ""
    name: str = ""
    person: str = ""
    """Number and name, or the row, as the report calls the person; empty for what concerns no single one."""

    kind: str = ""
    edition: str = ""
    sources: tuple[str, ...] = ()
    confidence: Confidence = "sure"
    arithmetic: str = ""
    on: date | None = None
    earliest: date | None = None
    latest: date | None = None
    missing: tuple[str, ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column, and what it was taken for."""

    column: str
    heading: str
    reads: str
    by_place: bool = False
    """The heading alone could mean several things; what stands to its left told which."""


@dataclass(frozen=True, slots=True)
class SheetRead:
    """A sheet, as what it was read, or why it was left alone."""

    name: str
    form: str
    hidden: bool
    columns: tuple[ColumnRead, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that was not asked of some persons, and what it would have needed."""

    rule: str
    persons: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole check. It depends on the file, the rulebooks and the day, and on nothing else; nothing of it is kept."""

    clean: bool
    """Whether nothing grave was found."""

    file: str
    digest: str
    day: date
    rulebooks: str
    editions: tuple[str, ...]
    policy: str
    persons: int
    sheets: tuple[SheetRead, ...]
    remarks: Sequence[Remark]
    unchecked: tuple[Unchecked, ...] = ()
    more: int = 0
    """Remarks beyond the most that are told one by one."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def by_person(self) -> Mapping[str, Sequence[Remark]]:
        """Remarks by the person, in the order of the workbook; those about nobody last, under an empty name."""
        found: dict[str, list[Remark]] = {}
        for one in self.remarks:
            found.setdefault(one.person, []).append(one)
        return found


def counted(remarks: Sequence[Remark]) -> Mapping[str, int]:
    """How many remarks of each severity."""
    found = Counter(one.severity for one in remarks)
    return {one: found[one] for one in WEIGHTS if found[one]}
