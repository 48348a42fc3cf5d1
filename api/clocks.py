"""The two clocks of a question: what had happened by a day, by what was recorded up to a moment."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator

from api.problems import UnknownPath
from api.requests import aware
from registry.replay import known_at
from registry.shelf import Loaded

FIRST_YEAR, LAST_YEAR = 1900, 2200


def _of_our_time(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = f"a day of the years {FIRST_YEAR} to {LAST_YEAR}; is the year right?"
        raise ValueError(message)
    return day


Day = Annotated[date, AfterValidator(_of_our_time)]
"""A civil day that a question names. What lies outside is a slip of the pen, and near the ends of the calendar nothing can
be counted."""

AsOf = Annotated[
    Day | None, Query(description="What had happened by this day; today if left out", examples=["2026-03-02"])
]
Known = Annotated[
    datetime | None,
    Query(
        description="By what was recorded up to this moment, with its zone; by all that is recorded if left out",
        examples=["2026-03-02T16:00:00Z"],
    ),
]


@dataclass(frozen=True, slots=True)
class Clocks:
    """A day and a moment; None is today, and all that is known."""

    as_of: date | None
    known: datetime | None

    def seen(self, loaded: Loaded) -> Loaded:
        """The path as it was known. Raises UnknownPath for a moment before its opening was recorded."""
        found = loaded if self.known is None else known_at(loaded, self.known)
        if not found.entries:
            first = loaded.entries[0]
            message = f"nothing was known of the path {first.stream_id} before {first.recorded_at.isoformat()}"
            raise UnknownPath(message, paths=[first.stream_id])
        return found


async def clocks_of(
    as_of: AsOf = None,
    known: Known = None,
    on: Annotated[Day | None, Query(description="The former name of `as_of`", deprecated=True)] = None,
) -> Clocks:
    """The clocks that a request names. Raises WrongShape for a moment without a zone."""
    return Clocks(as_of or on, known and aware("known", known))


AskedClocks = Annotated[Clocks, Depends(clocks_of)]
