"""Facts of stage 4, accepting probationary members (预备党员的接收): steps S12 to S18."""

from datetime import date
from typing import Literal

from domain.facts.base import Fact, Transition, optional
from domain.facts.cultivation import Count, Decider

Excluded = Literal["unable-to-express", "abroad-privately", "in-custody", "bedridden", "away-unmoved"]
"""Why a member may be left out of those due: unable to express their will through illness; abroad at their own expense
for more than six months; in custody or serving a sentence; bedridden for long; away for six months or more without having
moved their Party relationship, as they should have."""

Consent = Literal["both", "superior", "assembly", "none"]
"""Who agreed that a member be left out: the superior committee, the assembly, both or neither."""


class Vote(Fact):
    """One secret ballot about one candidate: tallies, never who voted how.

    `due` are the voting full members due (应到会有表决权), `present` those of them who came, `written` the valid
    opinions given before the meeting. Members left out of `due` stand one by one in `excluded_for`, with the consent to
    each at the same place in `excluded_consents`; older facts have counts alone, `excluded` and `exclusions_agreed`.
    `candidate_withdrew` tells whether the candidate left before the ballot, where anybody noted it.
    """

    due: Count
    present: Count
    yes: Count
    no: Count
    abstained: Count
    invalid: Count = optional(0)
    written: Count = optional(0)
    excluded: Count = optional(0)
    exclusions_agreed: Count = optional(0)
    candidates: Count = optional(1)
    secret: bool = optional(default=True)
    excluded_for: tuple[Excluded, ...] = optional(())
    excluded_consents: tuple[Consent, ...] = optional(())
    candidate_withdrew: bool | None = optional()
    remote: bool = optional(default=False)

    @property
    def restored(self) -> int:
        """How many of those left out count as due all the same: without the consent of both, nobody is left out."""
        agreed = self.exclusions_agreed + self.excluded_consents.count("both")
        return max(0, max(self.excluded, len(self.excluded_for)) - agreed)


class BranchCommitteeReviewPassed(Fact):
    """The branch committee examined the development target and found all complete."""

    TOPIC = "branch-committee-review-passed"
    TITLE = "支委会审查合格"

    decided_by: Decider = optional("branch-committee")


class BranchCommitteeReviewFailed(Fact):
    """The branch committee examined the development target and did not pass them on."""

    TOPIC = "branch-committee-review-failed"
    TITLE = "支委会审查不合格"

    decided_by: Decider = optional("branch-committee")


class PreReviewRequested(Fact):
    """The branch sent the papers to the committee for pre-review."""

    TOPIC = "pre-review-requested"
    TITLE = "报送预审"


class DepartureConsented(Fact):
    """The superior agreed, with a reason, to process a person who will soon leave the unit."""

    TOPIC = "departure-consented"
    TITLE = "同意离校前办理"


class PreReviewPassed(Fact):
    """The committee passed the pre-review and said so in writing."""

    TOPIC = "pre-review-passed"
    TITLE = "预审合格"


class PreReviewReturned(Fact):
    """The committee returned the papers."""

    TOPIC = "pre-review-returned"
    TITLE = "预审退回"


class ApplicationFormIssued(Fact):
    """The committee issued a numbered application form (入党志愿书)."""

    TOPIC = "application-form-issued"
    TITLE = "发放入党志愿书"

    serial_no: str


class ApplicationFormSpoiled(Fact):
    """A numbered form was spoiled and returned; another is issued."""

    TOPIC = "application-form-spoiled"
    TITLE = "入党志愿书作废"

    serial_no: str


class ApplicationFormCompleted(Fact):
    """The person completed the application form, guided by the introducers."""

    TOPIC = "application-form-completed"
    TITLE = "填写入党志愿书"


class AdmissionVoteRecorded(Vote):
    """The branch assembly voted on accepting the person."""

    TOPIC = "admission-vote-recorded"
    TITLE = "支部大会表决（接收）"


class AdmissionResolutionAdopted(Transition):
    """The branch assembly resolved to accept the person; probation runs from this day if it is approved."""

    TOPIC = "admission-resolution-adopted"
    TITLE = "支部大会通过接收决议"


class AdmissionResolutionRejected(Fact):
    """The branch assembly did not accept the person."""

    TOPIC = "admission-resolution-rejected"
    TITLE = "支部大会未通过"


class PreApprovalTalkHeld(Fact):
    """A committee member or organiser talked with the person before approval."""

    TOPIC = "pre-approval-talk-held"
    TITLE = "上级党委派人谈话"

    held_by: str


class ApprovalPeriodExtended(Fact):
    """The committee lengthened the time for its decision, with a reason."""

    TOPIC = "approval-period-extended"
    TITLE = "延长审批期限"

    until: date


class AdmissionApproved(Transition):
    """The committee approved the admission; membership counts from the day of the assembly."""

    TOPIC = "admission-approved"
    TITLE = "审批接收预备党员"

    probation_from: date


class AdmissionNotApproved(Transition):
    """The committee did not approve; the person remains a development target."""

    TOPIC = "admission-not-approved"
    TITLE = "未批准接收"


class AdmissionFiled(Fact):
    """The next higher organisation department took the admission on file."""

    TOPIC = "admission-filed"
    TITLE = "再上一级组织部门备案"


class AssemblyHeldInvalid(Fact):
    """A meeting was void, for want of a quorum or otherwise, and must be held again."""

    TOPIC = "assembly-held-invalid"
    TITLE = "支部大会无效"

    cause: Literal["no-quorum", "procedure"]
