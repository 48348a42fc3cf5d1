"""Facts of stage 2, determining and cultivating activists (入党积极分子): steps S03 to S06."""

from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge

from domain.facts.base import Fact, Transition, optional

Count = Annotated[int, Ge(0)]


Decider = Literal["branch-committee", "assembly"]
"""Who decides for a branch: its committee, or the assembly where there is none."""


class MemberRecommendationRecorded(Fact):
    """Party members recommended the applicant."""

    TOPIC = "member-recommendation-recorded"
    TITLE = "党员推荐"

    recommenders: Count


class LeagueRecommendationRecorded(Fact):
    """The League branch or another mass organisation recommended the applicant; tallies only."""

    TOPIC = "league-recommendation-recorded"
    TITLE = "群团组织推优"

    due: Count
    present: Count
    yes: Count


class ActivistDetermined(Transition):
    """The branch committee, or the assembly where there is none, determined the applicant an activist."""

    TOPIC = "activist-determined"
    TITLE = "确定入党积极分子"

    decided_by: Decider


class ActivistFiled(Fact):
    """The superior committee took the activist on file."""

    TOPIC = "activist-filed"
    TITLE = "入党积极分子备案"


class ActivistReturned(Fact):
    """The superior committee returned the filing for completion."""

    TOPIC = "activist-returned"
    TITLE = "备案退回补充"


class CultivationContactAssigned(Fact):
    """The branch appointed a full member to cultivate the activist."""

    TOPIC = "cultivation-contact-assigned"
    TITLE = "指定培养联系人"

    contact_id: str
    order: Literal["first", "second"]
    full_member: bool


class CultivationContactEnded(Fact):
    """A contact no longer cultivates the activist."""

    TOPIC = "cultivation-contact-ended"
    TITLE = "培养联系人终止"

    contact_id: str
    cause: Literal["graduated", "transferred", "rights-lost", "replaced", "other"]


class CultivationActivityRecorded(Fact):
    """The activist took part in a lecture, an activity, social work or training."""

    TOPIC = "cultivation-activity-recorded"
    TITLE = "培养教育活动"

    activity: Literal["lecture", "activity", "social-work", "training", "volunteering"]
    hours: Annotated[float, Ge(0)]


class HalfYearInspectionRecorded(Fact):
    """The branch inspected an activist, as it must every half-year."""

    TOPIC = "half-year-inspection-recorded"
    TITLE = "半年考察"

    conclusion: Literal["qualified", "basically-qualified", "unqualified"]


class ThoughtReportReceived(Fact):
    """A thought report was handed in; what it says stays with the person and the contact."""

    TOPIC = "thought-report-received"
    TITLE = "收到思想汇报"


class ActivistTrainingCompleted(Fact):
    """The activist completed the activists' class."""

    TOPIC = "activist-training-completed"
    TITLE = "积极分子培训结业"

    hours: Annotated[float, Ge(0)]
    score: Annotated[float, Ge(0)] | None = optional()


class CultivationPaused(Fact):
    """Nobody could cultivate or inspect the activist from this day; the clock stands."""

    TOPIC = "cultivation-paused"
    TITLE = "培养考察中断"

    cause: Literal["leave", "illness", "exchange", "military-service", "other"]


class CultivationResumed(Fact):
    """Cultivation goes on from this day."""

    TOPIC = "cultivation-resumed"
    TITLE = "培养考察恢复"


class CultivationTimeDecided(Fact):
    """The branch decided whether a span of time counts as cultivation: one without a valid contact, or untended.

    `first_on` is its first day, `last_on` the day on which cultivation was in order again.
    """

    TOPIC = "cultivation-time-decided"
    TITLE = "认定培养考察时间"

    first_on: date
    last_on: date
    counts: bool


class ActivistRemoved(Transition):
    """The branch committee ended cultivation, gave its reasons and talked with the person; the path is closed."""

    TOPIC = "activist-removed"
    TITLE = "取消入党积极分子资格"
