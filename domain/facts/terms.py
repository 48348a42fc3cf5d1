"""Facts of a term: a unit's semester, what was done in it, and how it ended."""

from collections.abc import Mapping
from datetime import date

from domain.facts.base import Fact, Opening, optional


class TermOpened(Opening):
    """A unit began a semester. It counts from the first day on which the unit was there in it; both days are included."""

    TOPIC = "term-opened"
    SUBJECT = "term"
    TITLE = "学期开始"

    unit_id: str
    term: str
    starts_on: date
    ends_on: date


class ActivityHeld(Fact):
    """The unit held something that counts in its term: what kind (a word of the school's policy), with how many people.

    Whoever took part is not named. `reference` says where the evidence is kept.
    """

    TOPIC = "activity-held"
    SUBJECT = "term"
    TITLE = "开展活动"

    activity: str
    participants: int | None = optional()
    reference: str | None = optional()


class TermJobDone(Fact):
    """A job that the policy sets for the term was done; `reference` says where its paper is kept."""

    TOPIC = "term-job-done"
    SUBJECT = "term"
    TITLE = "完成学期工作"

    job: str
    reference: str | None = optional()


class TermCutShort(Fact):
    """The unit was dissolved in the term: its last day there is the day before, and nobody owes anything from then on."""

    TOPIC = "term-cut-short"
    SUBJECT = "term"
    TITLE = "学期提前结束"


class TermClosed(Fact):
    """The term was closed with its report: what was counted by kind, which jobs were not done, which rules were broken.

    The report is what is judged of the facts up to `upto` under the rulebooks of `digest`: it can be made again.
    """

    TOPIC = "term-closed"
    SUBJECT = "term"
    TITLE = "学期结束"

    counted: Mapping[str, int]
    attendance: Mapping[str, int]
    not_done: tuple[str, ...]
    rules: tuple[str, ...]
    upto: int
    digest: str
