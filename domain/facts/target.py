"""Facts of stage 3, determining and examining development targets (发展对象): steps S07 to S11."""

from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge

from domain.facts.base import Fact, Transition, optional
from domain.facts.cultivation import Count, Decider

Point = Literal["activist", "development-target", "admission", "conversion"]
"""Where in the procedure a public notice stands."""

Audience = Literal["party-group", "contacts", "members", "masses"]


class OpinionsHeard(Fact):
    """The branch heard these groups; counts and sides only, never who said what."""

    TOPIC = "opinions-heard"
    TITLE = "听取意见"

    heard: tuple[Audience, ...]


class DevelopmentTargetProposed(Fact):
    """The branch committee discussed the activist and proposed them as a development target."""

    TOPIC = "development-target-proposed"
    TITLE = "拟定发展对象"

    decided_by: Decider = optional("branch-committee")


class SuperiorConsentGiven(Fact):
    """The superior committee agreed that the activist be listed as a development target."""

    TOPIC = "superior-consent-given"
    TITLE = "上级党委同意拟列"


class PublicNoticeOpened(Fact):
    """A public notice was put up; its first day is the day of the fact."""

    TOPIC = "public-notice-opened"
    TITLE = "公示开始"

    point: Point


class NoticeObjectionRaised(Fact):
    """Somebody objected to a public notice; who, is known to the investigator alone."""

    TOPIC = "notice-objection-raised"
    TITLE = "公示异议"

    point: Point


class NoticeObjectionResolved(Fact):
    """The investigation of an objection came to a written conclusion."""

    TOPIC = "notice-objection-resolved"
    TITLE = "异议结论"

    point: Point
    upheld: bool


class PublicNoticeClosed(Fact):
    """A public notice came down; its last day is the day of the fact."""

    TOPIC = "public-notice-closed"
    TITLE = "公示结束"

    point: Point
    affects: bool


class DevelopmentTargetFiled(Fact):
    """The superior committee examined the filing and agreed."""

    TOPIC = "development-target-filed"
    TITLE = "发展对象备案"


class DevelopmentTargetDetermined(Transition):
    """All that the edition asks for was complete and the activist was listed as a development target."""

    TOPIC = "development-target-determined"
    TITLE = "确定发展对象"


class IntroducersConfirmed(Fact):
    """These members were confirmed as the introducers."""

    TOPIC = "introducers-confirmed"
    TITLE = "确定入党介绍人"

    introducers: tuple[str, ...]
    full_members: bool


class IntroducerRightsLost(Fact):
    """An introducer lost the rights of a member."""

    TOPIC = "introducer-rights-lost"
    TITLE = "介绍人权利受限"

    introducer_id: str


class PoliticalReviewConcluded(Fact):
    """The political review came to its one concluding document; of relatives nothing is stored."""

    TOPIC = "political-review-concluded"
    TITLE = "政治审查结论"

    result: Literal["pass", "fail", "incomplete"]
    letters_sent: Count = optional(0)
    letters_returned: Count = optional(0)
    last_reply_on: date | None = optional()


class TargetTrainingCompleted(Fact):
    """The development target completed the short-term training."""

    TOPIC = "target-training-completed"
    TITLE = "集中培训结业"

    days: Count
    hours: Annotated[float, Ge(0)]


class TrainingWaiverGranted(Fact):
    """The committee excused a special case from training."""

    TOPIC = "training-waiver-granted"
    TITLE = "免予集中培训"
