"""Facts about the record itself: an entry does not say what happened, and a second person agrees."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from domain.facts.base import Fact


class Correction(Fact):
    """A word about an earlier entry of the same path or term, with a reason and a second person, who did not record it.

    The entry stays in the log as it was recorded, for ever. A correction concerns every day that the entry concerns;
    whoever asks what was known before it was recorded does not see it.
    """

    ALSO = ("term",)

    reason: str = field(kw_only=True)
    approved_by: str = field(kw_only=True)


class FactCorrected(Correction):
    """An entry says what did not happen so: these are the right values of its fields.

    `corrects` is the version of the entry, `says` the fields with their new values, `effective_on` among them. The day
    of the correction itself is the day on which it was decided. The same entry may be corrected again: for each field
    the last word counts. A correction is undone by retracting it.
    """

    TOPIC = "fact-corrected"
    TITLE = "更正记录"

    corrects: int
    says: Mapping[str, Any]


class FactRetracted(Correction):
    """What an entry says never happened; `retracts` is its version. Retracting a correction brings back what was."""

    TOPIC = "fact-retracted"
    TITLE = "撤销记录"

    retracts: int
