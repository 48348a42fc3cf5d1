"""What-if: when every act that remains could happen, and until when, found by asking the judge."""

from domain.planning.answer import Act, Because, Goal, Plan, Recurring
from domain.planning.ripening import Month, Ripe, by_month, horizon, ripening
from domain.planning.search import Refused
from domain.planning.supposing import UnknownName
from domain.planning.telling import plan
from domain.planning.walking import Assumed

__all__ = [
    "Act",
    "Assumed",
    "Because",
    "Goal",
    "Month",
    "Plan",
    "Recurring",
    "Refused",
    "Ripe",
    "UnknownName",
    "by_month",
    "horizon",
    "plan",
    "ripening",
]
