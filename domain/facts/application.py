"""Facts of stage 1, applying to join (申请入党): steps S01 and S02."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from domain.facts.base import Fact, Opening, Sealed, optional


class ApplicationSubmitted(Opening):
    """A person handed in a written application to the branch where they study or work; the path is open.

    `person_id` is a pseudonym derived from the student number; number and name stand sealed.
    """

    TOPIC = "application-submitted"
    TITLE = "递交入党申请书"

    person_id: UUID
    name: Annotated[str, Sealed("identity")]
    student_no: Annotated[str, Sealed("identity")]
    home_unit: str
    born_on: date
    leaves_on: date | None = optional()


class ApplicationReceived(Fact):
    """The branch received the application; the month for the talk runs from this day."""

    TOPIC = "application-received"
    TITLE = "收到入党申请书"


class ApplicationDeferred(Fact):
    """The branch asked the person to apply again later, and said why."""

    TOPIC = "application-deferred"
    TITLE = "暂缓受理申请"

    cause: Literal["under-age", "incomplete", "other-unit"]


class ApplicationRenewed(Fact):
    """The person handed in a written application once more, on the path that is open: the first could not stand."""

    TOPIC = "application-renewed"
    TITLE = "重新递交入党申请书"


class ApplicantTalkHeld(Fact):
    """The secretary, deputy secretary or organisation commissioner talked with the applicant."""

    TOPIC = "applicant-talk-held"
    TITLE = "党组织派人谈话"

    held_by: str
    post: Literal["secretary", "deputy-secretary", "organisation-commissioner"]


class BirthDateCorrected(Fact):
    """The date of birth that the person had given was found to be another, by their dossier or identity card.

    Where the entry alone is wrong, a slip of whoever typed it, the entry is corrected (`fact-corrected`).
    """

    TOPIC = "birth-date-corrected"
    TITLE = "更正出生日期"

    born_on: date


class DepartureExpected(Fact):
    """The day on which the person is expected to leave the unit, by graduation or otherwise, became known."""

    TOPIC = "departure-expected"
    TITLE = "预计离校日期"

    leaves_on: date
