"""The verbs of a rulebook, by name."""

from domain.checks.base import Anchor, Case, Check, Shortfall, Window
from domain.checks.days import AtLeast, Gap, Margin, RecordedWithin, SameDay, Within
from domain.checks.meetings import Ballot, Capable, Notice, NoticeLength
from domain.checks.standing import Active, AnyEnough, Between, Covers, Distinct, Holds, Once, Present, Settled

CHECKS: dict[str, type[Check]] = {
    check.NAME: check
    for check in (
        *(Within, AtLeast, Gap, SameDay, Margin, RecordedWithin),
        *(Present, Holds, Covers, Between, AnyEnough, Distinct, Active, Settled, Once),
        *(Ballot, Notice, NoticeLength, Capable),
    )
}

__all__ = ["CHECKS", "Anchor", "Case", "Check", "Shortfall", "Window"]
