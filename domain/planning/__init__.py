"""What-if: when every act that remains could happen, and until when, found by asking the judge."""

from domain.planning.answer import Act, Because, Goal, Plan, Recurring
from domain.planning.search import Refused
from domain.planning.supposing import UnknownName
from domain.planning.telling import plan
from domain.planning.walking import Assumed

__all__ = ["Act", "Assumed", "Because", "Goal", "Plan", "Recurring", "Refused", "UnknownName", "plan"]
