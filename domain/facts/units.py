"""Facts of a unit: what kind it is, where it stands in the tree, and what it may do."""

from datetime import date
from typing import ClassVar, Literal

from domain.facts.base import About, Fact, Opening, optional

OrganisationKind = Literal[
    "university-committee",
    "college-committee",
    "organisation-department",
    "general-branch",
    "branch",
    "temporary-branch",
    "functional-branch",
    "virtual-branch",
    "party-leading-group",
    "party-group",
    "internship-group",
]
PlaceKind = Literal["community", "building", "floor", "dormitory", "school-leader", "department-leader"]
"""Units that owe something in a term and are no organisations of the Party: where students live, and a leader's office."""

UnitKind = Literal[PlaceKind, OrganisationKind]

Post = Literal[
    "branch-secretary",
    "secretary",
    "deputy-secretary",
    "committee-member",
    "organiser",
    "department-staff",
    "head",
    "counsellor",
]
"""What somebody can be at a unit; *secretary* is the one of a committee or a general branch, *head* whoever answers for a place."""


class UnitEstablished(Opening):
    """A unit was set up. `approves` says whether it holds approval authority, which only committees can.

    `has_committee` says of a branch whether a committee decides for it; where it is not said, nobody asks.
    """

    TOPIC = "unit-established"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "设立党组织"

    unit_id: str
    unit_kind: UnitKind
    name: str
    name_en: str
    superior: str | None = optional()
    approves: bool = optional(default=False)
    has_committee: bool | None = optional()


class ApprovalAuthorityGranted(Fact):
    """The unit may approve admissions and conversions from this day."""

    TOPIC = "approval-authority-granted"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "授予审批权"


class ApprovalAuthorityWithdrawn(Fact):
    """The unit may no longer approve."""

    TOPIC = "approval-authority-withdrawn"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "收回审批权"


class BranchCommitteeElected(Fact):
    """The branch has a committee from this day, which decides for it; with seven full members or more it must."""

    TOPIC = "branch-committee-elected"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "设立支部委员会"


class BranchCommitteeEnded(Fact):
    """The branch has no committee any more: its assembly decides."""

    TOPIC = "branch-committee-ended"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "不设支部委员会"


class UnitDissolved(Fact):
    """The unit exists no longer."""

    TOPIC = "unit-dissolved"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "撤销党组织"


class GroupTold(Fact):
    """A group of the unit was told how much waits at the unit and below it: so many items, so many of them overdue.

    Nobody is named, and nothing was said when nothing waited. `code` is what the channel answered.
    """

    TOPIC = "group-told"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "群消息"

    channel: str
    items: int
    late_items: int
    outcome: Literal["accepted", "refused", "unknown"]
    code: str | None = optional()


class Appointed(Fact):
    """Somebody, known by their number, holds a post at the unit from this day."""

    TOPIC = "appointed"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "任职"

    number: str
    post: Post


class AppointmentEnded(Fact):
    """Somebody holds a post at the unit no longer: this is the first day on which they do not."""

    TOPIC = "appointment-ended"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "免职"

    number: str
    post: Post
    cause: Literal["graduated", "transferred", "replaced", "term-ended", "other"]


class RulebookAdopted(Fact):
    """The university's committee adopted an edition or its own policy, and with it a whole set of rulebooks.

    `name` is what is new in the set, `digest` names the very set, and `files` holds its text, packed as
    docs/rulebooks.md says: whoever reads this entry can judge by these rules again.
    """

    TOPIC = "rulebook-adopted"
    SUBJECT: ClassVar[About] = "unit"
    TITLE = "采用规则册"

    name: str
    digest: str
    in_force_from: date
    files: tuple[str, ...]
