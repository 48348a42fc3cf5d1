"""Facts of stage 5, educating probationary members and conversion (预备党员的教育考察和转正): steps S19 to S25."""

from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge

from domain.facts.admission import Vote
from domain.facts.base import Fact, Transition, optional

Document = Literal[
    "application", "application-form", "political-review", "conversion-application", "cultivation-inspection"
]
"""The five kinds of paper that a complete dossier holds (S25)."""


class AssignedToPartyGroup(Fact):
    """The probationary member joined the branch and one of its groups."""

    TOPIC = "assigned-to-party-group"
    TITLE = "编入党支部和党小组"

    group: str


class OathTaken(Fact):
    """The probationary member took the oath; probation never counts from it."""

    TOPIC = "oath-taken"
    TITLE = "入党宣誓"


class ProbationInspectionRecorded(Fact):
    """The branch inspected the probationary member."""

    TOPIC = "probation-inspection-recorded"
    TITLE = "预备期考察"

    conclusion: Literal["qualified", "basically-qualified", "unqualified"]


class ProbationStartCorrected(Fact):
    """The committee set right the day from which probation counts, which it had written into the form wrongly.

    Where the entry alone is wrong and the form is not, the entry is corrected (`fact-corrected`).
    """

    TOPIC = "probation-start-corrected"
    TITLE = "更正预备期起算日"

    probation_from: date


class ConversionApplicationSubmitted(Fact):
    """The probationary member applied in writing for conversion."""

    TOPIC = "conversion-application-submitted"
    TITLE = "提出转正申请"


class ConversionReviewed(Fact):
    """The branch committee heard opinions and reviewed the conversion."""

    TOPIC = "conversion-reviewed"
    TITLE = "支委会审查转正"


class ConversionVoteRecorded(Vote):
    """The branch assembly voted on conversion, extension or cancellation."""

    TOPIC = "conversion-vote-recorded"
    TITLE = "支部大会表决（转正）"

    proposal: Literal["convert", "extend", "cancel"]


class ConversionResolved(Transition):
    """The branch assembly resolved to convert, to extend or to cancel; nothing is final before approval."""

    TOPIC = "conversion-resolved"
    TITLE = "支部大会转正决议"

    outcome: Literal["convert", "extend", "cancel"]
    extension_months: Annotated[int, Ge(0)] = optional(0)


class ConversionApproved(Transition):
    """The committee approved the conversion; standing counts from the end of probation."""

    TOPIC = "conversion-approved"
    TITLE = "审批转正"

    standing_from: date


class ExtensionApproved(Transition):
    """The committee approved the extension of probation."""

    TOPIC = "extension-approved"
    TITLE = "批准延长预备期"


class CancellationApproved(Transition):
    """The committee approved the cancellation; the path is closed."""

    TOPIC = "cancellation-approved"
    TITLE = "批准取消预备党员资格"


class ConversionReturned(Transition):
    """The committee returned the conversion papers; the assembly's resolution no longer waits for approval."""

    TOPIC = "conversion-returned"
    TITLE = "转正材料退回"


class ConversionDiscussionDeferred(Fact):
    """The discussion of a transferred-in member's conversion was put off; standing is not affected."""

    TOPIC = "conversion-discussion-deferred"
    TITLE = "推迟讨论转正"

    until: date


class DossierFiled(Transition):
    """The papers went into the personal dossier; the path is complete."""

    TOPIC = "dossier-filed"
    TITLE = "材料归档"

    documents: tuple[Document, ...]
    custodian: str
