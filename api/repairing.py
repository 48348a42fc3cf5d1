"""How repairs are shown: what is the matter with a path, each act with why it is legal or not, a preview, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.actors import Role
from runtime.standing import Attempts


@dataclass(frozen=True, slots=True)
class ActShown:
    """An act of repair. Where it is not `legal` for the cause, `why` says so. `choices` are what `said` may hold, if anything.

    `yours` tells whether you may do it; with `second_person` it takes `approved_by`.
    """

    act: str
    zh: str
    en: str
    does_zh: str
    does_en: str
    legal: bool
    why_zh: str
    why_en: str
    second_person: bool
    said: Sequence[str]
    choices: Sequence[Mapping[str, Any]]
    roles: Sequence[Role]
    yours: bool


@dataclass(frozen=True, slots=True)
class CauseHere:
    """A cause for which the path is stuck now, told with what it rests on, and every act for it, the legal ones first."""

    cause: str
    zh: str
    en: str
    since: date | datetime | None
    told_zh: str
    told_en: str
    by_hand_zh: str
    by_hand_en: str
    acts: Sequence[ActShown]


@dataclass(frozen=True, slots=True)
class WorkflowHere:
    """How the path's workflow stands. `away` says why Temporal did not answer, if it did not."""

    status: str
    run_id: str
    wakes_at: datetime | None
    task_attempt: int
    activities: Sequence[Attempts]
    build: str
    pinned: str
    away: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """What is the matter with a path and what frees it. `repaired` is how often it was repaired, for ever."""

    path_id: UUID
    version: int
    repaired: int
    workflow: WorkflowHere
    causes: Sequence[CauseHere]


@dataclass(frozen=True, slots=True)
class EntryPlanned:
    """A fact that the repair appends."""

    topic: str
    title: str
    stream: UUID
    version: int


@dataclass(frozen=True, slots=True)
class TimerPlanned:
    """A moment at which the workflow wakes, `set` or `dropped`."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder that goes out once the repair is done, to a role."""

    owed_by: str
    obligation: str
    due_on: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """What the repair would do. Nothing was done; send it again without `preview`, with If-Match and a key, to do it."""

    path_id: UUID
    version: int
    does_zh: str
    does_en: str
    entries: Sequence[EntryPlanned]
    timers: Sequence[TimerPlanned]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True)
class AppliedShown:
    """A repair that was done: where it stands in the log, and how things stood before and after."""

    path_id: UUID
    cause: str
    act: str
    before: str
    after: str
    version: int
    position: int
    digest: str
    repeated: bool
