"""Short lives in which nobody does what is owed, so that every obligation of the rulebooks is reminded at all its rungs.

Each begins with facts that are brought in together, as an import does, shortly before what it is there for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from domain.story import Told
from tests.domain.given import course, told
from tests.runtime.mornings import Recorded

LATER = timedelta(days=1826)
"""The course is told so much later: all of it under the newest edition, for the follower judges all paths by one clock."""

MILESTONES = (
    "application-submitted",
    "activist-determined",
    "activist-filed",
    "development-target-determined",
    "admission-resolution-adopted",
    "admission-approved",
    "conversion-resolved",
    "conversion-approved",
    "dossier-filed",
)
Later = tuple[int, str, str, dict[str, Any]]
"""So many days after a life begins: a fact, the acting unit, and what it says."""


@dataclass(frozen=True)
class Life:
    """What is recorded of one person, day by day, and the last day that is looked at."""

    name: str
    recorded: Sequence[Recorded]
    until: date

    @property
    def facts(self) -> list[Told]:
        """All facts."""
        return [one for _, together in self.recorded for one in together]


def _life(number: int, name: str, upto: str, later: Sequence[Later], *, days: int, **more: Any) -> Life:
    """The course up to a kind of fact, then what comes later."""
    kinds = more.pop("only", None)
    lines = [replace(one, day=one.day + LATER) for one in course(upto) if kinds is None or one.topic in kinds]
    lines[0] = replace(lines[0], says={**lines[0].says, "student_no": f"20260000{number:02}", **more})
    begins = lines[-1].day
    ahead = [told(topic, begins + timedelta(days=after), by, **says) for after, topic, by, says in later]
    return Life(name, [(begins, lines), *((one.day, [one]) for one in ahead)], begins + timedelta(days=days))


LIVES = (
    _life(
        1,
        "too young",
        "applicant-talk-held",
        [(1, "application-deferred", "branch", {"cause": "under-age"})],
        days=60,
        only=("application-submitted",),
        born_on=date(2008, 11, 20),
    ),
    _life(
        2,
        "not talked to",
        "applicant-talk-held",
        [(3, "public-notice-opened", "branch", {"point": "activist"})],
        days=45,
    ),
    _life(
        3,
        "left alone",
        "cultivation-contact-assigned",
        [
            (
                60,
                "cultivation-contact-assigned",
                "branch",
                {"contact_id": "m-4", "order": "first", "full_member": False},
            ),
            (
                100,
                "cultivation-contact-assigned",
                "branch",
                {"contact_id": "m-2", "order": "first", "full_member": True},
            ),
        ],
        days=480,
        leaves_on=date(2028, 2, 1),
    ),
    _life(
        4,
        "in another branch",
        "thought-report-received",
        [(1, "unit-change-reported", "branch", {"to_unit": "other-branch"})],
        days=45,
    ),
    _life(
        5,
        "not decided",
        "pre-review-passed",
        [(45, "pre-review-passed", "college", {}), (90, "admission-resolution-adopted", "branch", {})],
        days=280,
        leaves_on=date(2032, 2, 1),
    ),
    _life(
        6,
        "not converted",
        "admission-filed",
        [
            (430, "conversion-resolved", "branch", {"outcome": "convert"}),
            (540, "conversion-approved", "college", {"standing_from": date(2029, 10, 16)}),
        ],
        days=565,
    ),
    _life(
        7,
        "away",
        "dossier-filed",
        [
            (30, "member-certificate-issued", "branch", {"until": date(2030, 2, 1)}),
            (32, "procedure-defect-opened", "college", {"reason": "名册缺页", "concerns": 4}),
            (33, "transferred-out", "branch", {"to_unit": "other-branch"}),
            (60, "member-lost-contact", "branch", {}),
            (250, "membership-stopped", "branch", {}),
        ],
        days=250 + 735,
        only=MILESTONES,
    ),
    _life(
        8,
        "abroad",
        "dossier-filed",
        [
            (1, "relationship-retained", "branch", {"until": date(2030, 2, 15)}),
            (2, "abroad-retention-approved", "branch", {}),
            (1840, "returned-from-abroad", "branch", {}),
        ],
        days=1840 + 45,
        only=MILESTONES,
    ),
)
