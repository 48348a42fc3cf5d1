"""Lin Xiaoyu as she applies, and the moment at which the tests record."""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.receipt import Asked

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LIN = {
    "effective_on": "2026-03-02",
    "name": "林晓雨",
    "student_no": "20230001",
    "home_unit": "branch-1",
    "born_on": "2005-06-18",
}
Asking = Callable[..., Asked]
