"""The verbs of a rulebook, by name."""

from domain.checks.base import Case, Check, Reads, Shortfall, Topic, Window, Word
from domain.checks.days import Earliest, Gap, Margin, RecordedWithin, SameDay, Within
from domain.checks.fields import Agrees, AnyEnough, Between, Covers, Distinct, Holds, Stated
from domain.checks.meetings import Ballot, Capable, Notice
from domain.checks.standing import Active, InStage, Limited, Present, Settled, Unbroken

CHECKS: dict[str, type[Check]] = {
    check.NAME: check
    for check in (
        *(Within, Earliest, Gap, SameDay, Margin, RecordedWithin),
        *(Present, Active, Unbroken, Settled, Limited, InStage),
        *(Holds, Stated, Agrees, Covers, Between, AnyEnough, Distinct),
        *(Ballot, Notice, Capable),
    )
}

__all__ = ["CHECKS", "Case", "Check", "InStage", "Reads", "Shortfall", "Topic", "Window", "Word"]
"""What the reader of rulebooks and `judge` need of the checks."""
