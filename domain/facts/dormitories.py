"""Facts of a dormitory's term: how it was found when it was inspected, what was objected, and what people decided."""

from dataclasses import field
from typing import Literal

from domain.facts.base import Fact, optional

DormGrade = Literal["excellent", "pass", "fail"]


class DormInspectionRecorded(Fact):
    """The dormitory was inspected on this day, by whom, for what, and how it was found. Nobody who lives there is named."""

    TOPIC = "dorm-inspection-recorded"
    SUBJECT = "term"
    TITLE = "寝室检查"

    grade: DormGrade
    criterion: Literal["hygiene", "discipline", "safety", "overall"]
    inspector: Literal["student-union", "department", "branch"]
    reference: str | None = optional()


class DormObjectionRaised(Fact):
    """Somebody who lives there objects to a result; `inspection` is the version of the inspection."""

    TOPIC = "dorm-objection-raised"
    SUBJECT = "term"
    TITLE = "对寝室检查结果提出异议"

    reason: str = field(kw_only=True)
    inspection: int


class DormObjectionDecided(Fact):
    """An objection was decided. One that is upheld removes the result: from then on it counts nowhere."""

    TOPIC = "dorm-objection-decided"
    SUBJECT = "term"
    TITLE = "寝室检查异议处理"

    reason: str = field(kw_only=True)
    inspection: int
    upheld: bool


class DormConsequenceDecided(Fact):
    """People decided whether a consequence that the policy proposes (its `job`) follows from an inspection, and why."""

    TOPIC = "dorm-consequence-decided"
    SUBJECT = "term"
    TITLE = "寝室检查结果的处理决定"

    reason: str = field(kw_only=True)
    job: str
    inspection: int
    applies: bool
