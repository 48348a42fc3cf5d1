"""Facts beside the procedure: people move, go abroad, leave, come back (domain rules outside the 25 steps)."""

from datetime import date
from typing import Literal

from domain.facts.base import Fact, Transition, optional


class UnitChangeReported(Fact):
    """The person reported that they change their unit: another major, school or place of work."""

    TOPIC = "unit-change-reported"
    TITLE = "报告单位变动"

    to_unit: str


class CultivationMaterialSent(Fact):
    """The old organisation sent the material of cultivation."""

    TOPIC = "cultivation-material-sent"
    TITLE = "移交培养材料"

    to_unit: str


class CultivationMaterialAccepted(Fact):
    """The new organisation examined the material and accepted it."""

    TOPIC = "cultivation-material-accepted"
    TITLE = "接收培养材料"


class CultivationContinued(Transition):
    """The new branch goes on where the old one was; the time counts without a break, the home branch is new."""

    TOPIC = "cultivation-continued"
    TITLE = "接续培养"

    home_unit: str


class CultivationRestarted(Transition):
    """The new branch begins the cultivation anew; the clock starts on this day."""

    TOPIC = "cultivation-restarted"
    TITLE = "重新培养"

    home_unit: str


class TransferredOut(Fact):
    """The Party relationship of a member left for another organisation, which has not yet accepted it."""

    TOPIC = "transferred-out"
    TITLE = "组织关系转出"

    to_unit: str


class TransferAccepted(Transition):
    """The new organisation accepted the Party relationship; the home branch is new."""

    TOPIC = "transfer-accepted"
    TITLE = "组织关系接收"

    home_unit: str


class TransferRejected(Fact):
    """The new organisation did not accept the Party relationship; the old one stays responsible."""

    TOPIC = "transfer-rejected"
    TITLE = "组织关系退回"


class EntryMaterialVerified(Fact):
    """The new organisation examined the material of joining and found it in order."""

    TOPIC = "entry-material-verified"
    TITLE = "入党材料审核"


class RecognitionRefused(Transition):
    """Membership could not be verified and was not recognised; the path is closed."""

    TOPIC = "recognition-refused"
    TITLE = "不予承认"


class MemberCertificateIssued(Fact):
    """A certificate for a short absence was issued."""

    TOPIC = "member-certificate-issued"
    TITLE = "开具党员证明信"

    until: date


class AbsenceReportReceived(Fact):
    """A member who was absent reported on the organisation life elsewhere."""

    TOPIC = "absence-report-received"
    TITLE = "外出期间报告"


class RelationshipRetained(Fact):
    """The Party relationship of a graduate without a destination stays for a time."""

    TOPIC = "relationship-retained"
    TITLE = "保留组织关系"

    until: date


class AbroadRetentionApproved(Fact):
    """A member goes abroad and the relationship is kept; the branch makes contact every half-year.

    It is approved before the departure, on `departed_on`; where that is not said, on the day of the fact.
    """

    TOPIC = "abroad-retention-approved"
    TITLE = "出国（境）保留组织关系"

    departed_on: date | None = optional()
    until: date | None = optional()


class AbroadContactMade(Fact):
    """The branch was in touch with a member abroad."""

    TOPIC = "abroad-contact-made"
    TITLE = "与出国（境）党员联系"


class ReturnedFromAbroad(Fact):
    """A member came back from abroad."""

    TOPIC = "returned-from-abroad"
    TITLE = "回国"


class OrganisationLifeResumed(Fact):
    """A member takes part in organisation life again."""

    TOPIC = "organisation-life-resumed"
    TITLE = "恢复组织生活"


class ProbationSuspended(Fact):
    """The branch and its superior decided that probation stands still from this day."""

    TOPIC = "probation-suspended"
    TITLE = "预备期中止"

    cause: Literal["abroad", "other"] = optional("abroad")


class ProbationResumed(Fact):
    """Probation goes on from this day."""

    TOPIC = "probation-resumed"
    TITLE = "预备期恢复"


class MemberLostContact(Fact):
    """Nobody can reach a member any more; since this day."""

    TOPIC = "member-lost-contact"
    TITLE = "党员失去联系"


class MemberFoundAgain(Fact):
    """A member who could not be reached is in touch again."""

    TOPIC = "member-found-again"
    TITLE = "党员恢复联系"


class MembershipStopped(Fact):
    """The organisation decided that the membership of somebody who cannot be reached rests."""

    TOPIC = "membership-stopped"
    TITLE = "停止党籍"


class RecognitionReviewOpened(Fact):
    """Whether somebody was admitted against the rules is being examined, so that membership may not be recognised."""

    TOPIC = "recognition-review-opened"
    TITLE = "启动党员身份认定"


class RecognitionReviewClosed(Fact):
    """The examination ended and membership is recognised; where it is not, the path is closed by that decision."""

    TOPIC = "recognition-review-closed"
    TITLE = "认定党员身份"


class DisciplinaryMatterOpened(Fact):
    """A disciplinary matter about the person is open; whether to go on is for the organisation to decide."""

    TOPIC = "disciplinary-matter-opened"
    TITLE = "违纪事项立案"


class DisciplinaryMatterClosed(Fact):
    """The disciplinary matter came to a conclusion."""

    TOPIC = "disciplinary-matter-closed"
    TITLE = "违纪事项结案"

    conclusion: Literal["unfounded", "criticised", "punished"] | None = optional()


class PathWithdrawn(Transition):
    """The person withdrew; joining is voluntary and no reason is asked. The path is closed."""

    TOPIC = "path-withdrawn"
    TITLE = "本人撤回"


class PathClosed(Transition):
    """The path ended otherwise."""

    TOPIC = "path-closed"
    TITLE = "终止发展"

    cause: Literal["death", "left-without-continuation", "opened-in-error", "other"]
