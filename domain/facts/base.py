"""What every fact has in common: the day it counts, who recorded it, for which unit, and how."""

from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from typing import Any, ClassVar, Literal

from eventsourcing.domain import AggregateEvent, CanInitAggregate
from eventsourcing.utils import register_topic

Mode = Literal["authorise", "record"]
"""*authorise*: it was asked before it was done, and allowed. *record*: it had happened already."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Marks a field whose value is about a person and stands in the log sealed, under a key of its own group.

    No decision depends on such a value: `judge` never opens it.
    """

    group: Literal["identity", "contact", "text", "special"]


About = Literal["path", "unit", "term", "recipient"]
"""What a stream can be about, by the name under which its class stands in its opening fact."""

KINDS: dict[str, type["Fact"]] = {}
"""Every kind of fact by its topic: the only names through which a stored fact becomes an object again."""


def optional(default: Any = None) -> Any:
    """Declare a field that may be left out; old facts lack it, so it always has a default."""
    return field(default=default, kw_only=True)


class Fact(AggregateEvent):
    """Something that happened, and the day on which it counts.

    `effective_on` is a civil day in Asia/Shanghai. `timestamp` (from the library) is the moment of recording, aware
    UTC. `recorded_by` is the actor's id and `capacity` the role it acted in. `by_unit` is the unit whose act this
    is; its kind and authority on that day are stamped beside it, so that a dossier can be judged by itself.
    """

    TOPIC: ClassVar[str] = "fact"
    SUBJECT: ClassVar[About] = "path"
    ALSO: ClassVar[tuple[About, ...]] = ()
    """What else a stream can be about in which such a fact stands."""

    TITLE: ClassVar[str] = ""
    """The Chinese term of the procedure, for the console and letters."""

    effective_on: date
    recorded_by: str
    capacity: str
    mode: Mode = optional("authorise")
    by_unit: str | None = optional()
    by_kind: str | None = optional()
    by_authority: bool = optional(default=False)
    by_committee: bool | None = optional()
    reason: str | None = optional()
    source: str | None = optional()
    approved_by: str | None = optional()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register the kind under its topic, which never depends on where the class stands."""
        super().__init_subclass__(**kwargs)
        if "TOPIC" in cls.__dict__:
            if KINDS.get(cls.TOPIC, cls).__qualname__ != cls.__qualname__:
                message = f"the topic {cls.TOPIC!r} is taken by {KINDS[cls.TOPIC].__name__}"
                raise TypeError(message)
            KINDS[cls.TOPIC] = cls
            register_topic(cls.TOPIC, cls)

    @classmethod
    def stands_in(cls, subject: str) -> bool:
        """Tell whether such a fact has its place in a stream that is about this."""
        return subject == cls.SUBJECT or subject in cls.ALSO

    def apply(self, aggregate: Any) -> None:
        """Join the facts of the path or unit: one handler for every kind."""
        aggregate.facts.append(self)


class Transition(Fact):
    """A decision that opens, moves or closes a path: it is asked of the path's workflow.

    `state_digest` says where the path stood once it was made (`difference.state_digest`), and `rulebooks_digest` under
    which rulebooks that was judged: whoever reads the facts years later can tell whether they still mean the same.
    """

    state_digest: str | None = optional()
    rulebooks_digest: str | None = optional()


class Opening(CanInitAggregate[Any], Transition):
    """The first fact of a stream."""

    originator_topic: str


STAMPED = frozenset(item.name for item in fields(Fact)) - {"effective_on", "by_unit", "reason", "approved_by"} | {
    "originator_topic",
    "person_id",
    "not_before",
    "rulebooks_digest",
    "state_digest",
}
"""What the recorder fills in; everything else of a fact is what its author says."""


def said(kind: type[Fact]) -> list[Field[Any]]:
    """List the fields of a kind that its author fills in: the HTTP body, the spreadsheet's columns, the form."""
    return [item for item in fields(kind) if item.name not in STAMPED]


def required(item: Field[Any]) -> bool:
    """Tell whether a field must be given."""
    return item.default is MISSING and item.default_factory is MISSING
