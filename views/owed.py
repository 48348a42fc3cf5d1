"""What is owed on each path, one row an obligation."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from views.rows import Judged


@dataclass(frozen=True, slots=True)
class OwedRow:
    """An obligation of a path as it was judged last. It is late on any day after `due_on`, unless it only `tells`.

    Nothing in it tells of the person. `rests_on` are versions of the path's facts, `changed_at` (UTC) is when the newest of
    them was recorded.
    """

    path_id: UUID
    obligation: str
    step: str
    owed_by: str
    since: date
    start: date | None
    due_on: date
    tells: bool
    zh: str
    en: str
    edition: str
    sources: tuple[str, ...]
    confidence: str
    provisional: bool
    tightened_by: str
    rests_on: tuple[int, ...]
    changed_at: datetime


def owed_rows(path: Judged) -> list[OwedRow]:
    """All that is owed on a path; nothing on one that is closed."""
    recorded = {fact.originator_version: fact.timestamp for fact in path.facts}
    return [
        OwedRow(
            path_id=path.path_id,
            obligation=one.id,
            step=one.step,
            owed_by=one.owed_by,
            since=one.since,
            start=one.start,
            due_on=one.due_on,
            tells=one.tells,
            zh=one.zh,
            en=one.en,
            edition=one.edition,
            sources=one.sources,
            confidence=one.confidence,
            provisional=one.provisional,
            tightened_by=one.tightened_by,
            rests_on=one.rests_on,
            changed_at=max((recorded[version] for version in one.rests_on), default=path.facts[0].timestamp),
        )
        for one in path.known.obligations
    ]
