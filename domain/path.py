"""The streams of the log as aggregates: a person's path, a unit, a unit's term … each a list of its facts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.utils import register_topic

from domain.facts import KINDS, Fact, Opening


class Subject(Aggregate):
    """Whatever a stream is about. It knows its facts and nothing else: `judge` says what they mean."""

    NAME: ClassVar[str]
    """Stands in the opening fact instead of the class's place in the code."""

    @property
    def facts(self) -> list[Fact]:
        """All facts in the order of their recording. (An annotated attribute would become a field of the opening.)"""
        facts: list[Fact] = self.__dict__.setdefault("_facts", [])
        return facts

    @classmethod
    def open(cls, kind: type[Opening], subject_id: UUID, timestamp: datetime, **said: Any) -> Self:
        """Make a new subject by its opening fact. Raises TypeError when fields are wrong."""
        if kind.SUBJECT != cls.NAME:
            message = f"{kind.__name__} does not open a {cls.NAME}"
            raise TypeError(message)
        make: Callable[..., Opening] = kind
        fact = make(
            originator_id=subject_id,
            originator_version=1,
            originator_topic=cls.NAME,
            timestamp=timestamp,
            **said,
        )
        subject = cast("Self", fact.mutate(None))
        subject.pending_events.append(fact)
        return subject

    def add(self, kind: type[Fact], timestamp: datetime, **said: Any) -> None:
        """Add a fact that was recorded at `timestamp` (aware UTC). Raises TypeError when fields are wrong."""
        self.trigger_event(kind, timestamp=timestamp, **said)


class Path(Subject):
    """One person's way from applicant to full member (发展历程)."""

    NAME = "path"


class Unit(Subject):
    """A branch, committee, community, group or dormitory (党组织)."""

    NAME = "unit"


class Term(Subject):
    """A unit in a semester (学期): what it owes there, what it did, and what that came to."""

    NAME = "term"


class Recipient(Subject):
    """Somebody who can be reminded (收件人), a student or one of the staff, with their addresses."""

    NAME = "recipient"


SUBJECTS = (Path, Unit, Term, Recipient)
"""All that a stream can be about."""

for subject in SUBJECTS:
    register_topic(subject.NAME, subject)

TOPICS: Mapping[str, type] = {**KINDS, **{subject.NAME: subject for subject in SUBJECTS}}
"""Every name that may stand in the log, with its class: the only ones through which it is read."""
