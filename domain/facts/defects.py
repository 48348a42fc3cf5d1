"""Facts about what was done against the rules: somebody has to decide what stands, and no date changes by itself."""

from typing import Literal

from domain.facts.base import Fact, optional


class ProcedureDefectOpened(Fact):
    """An act was found to be against the rules, so gravely that the committee must decide what becomes of it.

    `concerns` is the version of the act's entry, `rule` the id of the rule that it breaks.
    """

    TOPIC = "procedure-defect-opened"
    TITLE = "程序瑕疵立案"

    concerns: int
    rule: str | None = optional()


class ProcedureDefectDecided(Fact):
    """The committee decided about the act: it stands, it is to be done again, or it is not recognised.

    The decision changes nothing by itself: what is done again, or ended, is recorded as what it is.
    """

    TOPIC = "procedure-defect-decided"
    TITLE = "程序瑕疵处理决定"

    concerns: int
    ruling: Literal["stands", "repeat", "not-recognised"]
