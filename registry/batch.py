"""Evidence in bulk: many facts about many paths in one transaction, judged when somebody looks."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from domain.facts import Fact, Opening, Transition
from domain.facts.correcting import Correction
from domain.facts.reminding import ReminderAskedAgain, ReminderSnoozed
from domain.receipt import Asked
from domain.state import with_state
from eventlog.entry import Append
from eventlog.log import EMPTY, Head, StreamMoved, Written
from registry.desk import Desk
from registry.drafting import draft
from registry.record import TRIES, Contended
from registry.restraint import refuse_unless_fits
from registry.sealing import sealed
from registry.shape import kind_of

OF_REMINDERS = (ReminderSnoozed, ReminderAskedAgain)
"""What changes when somebody is told, and therefore fits what is owed, or is refused here too."""


class Unplaced(Exception):
    """Some facts have no place: `paths` are unknown ones, or ones already open that should be opened. Nothing is written."""

    def __init__(self, paths: Sequence[UUID]) -> None:
        """Take the paths."""
        super().__init__(", ".join(map(str, paths)))
        self.paths = paths


class NotEvidence(Exception):
    """A decision is asked of the path's workflow one by one; it cannot come in a batch."""


async def record_evidence(desk: Desk, asked: Sequence[Asked], now: datetime) -> Sequence[Written]:
    """Record a batch of evidence: all of it, or none. Raises NotEvidence beside what `record_all` raises."""
    decisions = [one.topic for one in asked if issubclass(kind_of(one.topic), Transition)]
    if decisions:
        raise NotEvidence(", ".join(sorted(set(decisions))))
    return await record_all(desk, asked, now)


async def record_all(desk: Desk, asked: Sequence[Asked], now: datetime) -> Sequence[Written]:
    """Record facts as they happened, unjudged. Those about one path become one append, under the first one's key.

    Answers one `Written` a path, in the order in which the paths first came. Raises Unplaced, UnknownFact, WrongShape,
    KeyReused, Shredded, LogUnavailable, KeysUnavailable, Contended; then nothing is written.
    """
    by_path = _by_path(asked)
    for turn in range(TRIES):
        heads = await desk.log.heads(list(by_path))
        unknown = [path_id for path_id, group in by_path.items() if not _opens(group) and not heads[path_id].version]
        if unknown:
            raise Unplaced(unknown)
        if turn == 0:
            by_path = _by_path(await sealed(desk, asked))
        appends = [await _append(desk, group, heads[path_id], now) for path_id, group in by_path.items()]
        try:
            written = await desk.log.append_all(appends)
        except StreamMoved:
            await _placed(desk, by_path)
            continue
        for path_id, group in by_path.items():
            desk.forget(path_id, kind_of(group[0].topic).SUBJECT)
        return written
    message = f"one of {len(by_path)} paths changed {TRIES} times while the batch was written"
    raise Contended(message)


def _by_path(asked: Sequence[Asked]) -> dict[UUID, list[Asked]]:
    found: dict[UUID, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.path_id, []).append(one)
    return found


async def _append(desk: Desk, group: Sequence[Asked], head: Head, now: datetime) -> Append:
    at = EMPTY if _opens(group) else head
    # Most of what comes in batches speaks for itself; these speak of what came before.
    speaks = (Correction, Transition, *OF_REMINDERS)
    reads = not _opens(group) and any(issubclass(kind_of(one.topic), speaks) for one in group)
    loaded = await desk.load(group[0].path_id) if reads else None
    known = list(loaded.facts) if loaded else []
    stands = loaded is not None and any(entry.key == group[0].key for entry in loaded.entries)
    facts: list[Fact] = []
    for n, one in enumerate(group, 1):
        fact = await draft(desk, one, at.version + n, now, known)
        if isinstance(fact, OF_REMINDERS) and not stands:
            refuse_unless_fits(desk, known, fact)
        facts.append(with_state(desk.rulebooks, known, fact))
        known.append(facts[-1])
    joined = sha256("".join(one.request for one in group).encode()).digest()
    request = joined if len(group) > 1 else bytes.fromhex(group[0].request)
    return desk.mapping.to_append(facts, at, key=group[0].key, request=request)


async def _placed(desk: Desk, by_path: dict[UUID, list[Asked]]) -> None:
    """After a stream moved: was it a race, or is a path to be opened that is open?"""
    heads = await desk.log.heads(list(by_path))
    already = [path_id for path_id, group in by_path.items() if _opens(group) and heads[path_id].version]
    if already:
        raise Unplaced(already)


def _opens(group: Sequence[Asked]) -> bool:
    return issubclass(kind_of(group[0].topic), Opening)
