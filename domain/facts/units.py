"""Facts of a unit: what kind it is, where it stands in the tree, and what it may do."""

from typing import ClassVar, Literal

from domain.facts.base import Fact, Opening, optional

UnitKind = Literal[
    "university-committee",
    "college-committee",
    "organisation-department",
    "general-branch",
    "branch",
    "temporary-branch",
    "functional-branch",
    "party-group",
    "internship-group",
]


class UnitEstablished(Opening):
    """A unit was set up. `approves` says whether it holds approval authority, which only committees can."""

    TOPIC = "unit-established"
    SUBJECT: ClassVar[Literal["path", "unit"]] = "unit"
    TITLE = "设立党组织"

    unit_id: str
    unit_kind: UnitKind
    name: str
    name_en: str
    superior: str | None = optional()
    approves: bool = optional(default=False)


class ApprovalAuthorityGranted(Fact):
    """The unit may approve admissions and conversions from this day."""

    TOPIC = "approval-authority-granted"
    SUBJECT: ClassVar[Literal["path", "unit"]] = "unit"
    TITLE = "授予审批权"


class ApprovalAuthorityWithdrawn(Fact):
    """The unit may no longer approve."""

    TOPIC = "approval-authority-withdrawn"
    SUBJECT: ClassVar[Literal["path", "unit"]] = "unit"
    TITLE = "收回审批权"


class UnitDissolved(Fact):
    """The unit exists no longer."""

    TOPIC = "unit-dissolved"
    SUBJECT: ClassVar[Literal["path", "unit"]] = "unit"
    TITLE = "撤销党组织"
