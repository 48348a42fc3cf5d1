"""Opening what is sealed, for whoever may see it, and remembering who was shown what.

A request gathers what it shows; `api/edge.py` has it written down before the answer goes out.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import Scope

from api.actors import Actor, Role
from api.problems import BadHeader
from api.rights import SEES
from domain.facts import Fact
from registry.access.looks import Look
from registry.keys.ring import name_of
from registry.sealing import texts_of
from registry.shape import sealed_fields
from registry.vault import Opener, Vault

PURPOSES: Mapping[str, str] = {
    "procedure": "a step of the procedure is prepared or recorded",
    "guidance": "the person is guided and cultivated",
    "supervision": "the work of a unit is supervised",
    "audit": "the keeping of the rules is audited",
    "dispute": "an objection, an appeal or a disciplinary matter is dealt with",
    "own-data": "the person, or somebody for them, reads what is stored about them",
    "data-protection": "a request about personal data is dealt with",
    "operation": "the system is kept running",
}
"""For what somebody may look: a closed list, so that no purpose says anything about a person."""

USUAL: Mapping[Role, str] = {
    "branch-secretary": "procedure",
    "organiser": "procedure",
    "counsellor": "guidance",
    "superior-secretary": "supervision",
    "organisation-department": "supervision",
    "auditor": "audit",
    "admin": "operation",
    "system": "operation",
    "person": "own-data",
}
"""What a role looks for when its request does not say."""

SECRET_QUERY = frozenset({"cursor"})
"""What of an address is not kept: where a list goes on is of no interest, and names a path."""


@dataclass(slots=True)
class Seen:
    """What a request has shown so far, person by person, and of a list how many."""

    groups: dict[UUID, set[str]] = field(default_factory=dict)
    listed: int | None = None


_SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)


def begin() -> Seen:
    """Begin to remember what this request shows."""
    seen = Seen()
    _SEEN.set(seen)
    return seen


def listed(count: int) -> None:
    """Remember that a list of so many persons is shown."""
    if (seen := _SEEN.get()) is not None:
        seen.listed = count


@dataclass(frozen=True, slots=True)
class Shown:
    """Opens values for one reader. Made by `opening`."""

    opener: Opener
    sees: frozenset[str]

    def value(self, subject: UUID, group: str, value: Any) -> Any:
        """A sealed value, a text or several, as this reader sees it: None where it is not for them or is shredded."""
        if value is None or group not in self.sees:
            return None
        self.remember(subject, group)
        opened = [self.opener.open(subject, text) for text in texts_of(value)]
        return opened[0] if isinstance(value, str) else opened

    def remember(self, subject: UUID, group: str) -> None:
        """Remember that this reader is shown values of a group about a person."""
        if (seen := _SEEN.get()) is not None:
            seen.groups.setdefault(subject, set()).add(group)

    def fields(self, fact: Fact, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a fact's fields, those that are sealed as this reader sees them."""
        sealed = sealed_fields(type(fact))
        return {
            name: self.value(fact.originator_id, sealed[name], value) if name in sealed else value
            for name, value in values.items()
        }


async def opening(vault: Vault, actor: Actor, values: Iterable[Any]) -> Shown:
    """Get at hand what opens these values, as far as the actor may see them. Raises KeysUnavailable."""
    sees = SEES[actor.role]
    return Shown(await vault.opener(_texts(values) if sees else ()), sees)


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if value is not None:
            yield from texts_of(value)


def sealed_in(facts: Sequence[Fact]) -> Iterable[Any]:
    """All that stands sealed in these facts, in what corrections say too."""
    for fact in facts:
        for name in sealed_fields(type(fact)):
            yield getattr(fact, name)
        for value in getattr(fact, "says", {}).values():
            if isinstance(value, str | tuple):
                yield from (text for text in texts_of(value) if name_of(text))


def purpose_of(scope: Scope, role: Role) -> str:
    """For what a request looks: its Purpose header, or what its role usually looks for. Raises BadHeader."""
    given = Headers(scope=scope).get("purpose")
    if given is None:
        return USUAL[role]
    if given not in PURPOSES:
        raise BadHeader(f"Purpose must be one of {', '.join(PURPOSES)}, not {given!r}")
    return given


def looks_of(scope: Scope, seen: Seen, actor: Actor) -> list[Look]:
    """What is to be written down of a request that is answered: nothing if it shows no person's data."""
    route = f"{scope['method']} {getattr(scope.get('route'), 'path', '?')}"
    named = scope.get("path_params", {})
    read = named.get("path_id", named.get("recipient_id")) if scope["method"] in ("GET", "HEAD") else None
    if not seen.groups and seen.listed is None and read is None:
        return []
    purpose = purpose_of(scope, actor.role)
    whole = [(path_id, tuple(sorted(groups))) for path_id, groups in seen.groups.items()]
    if read is not None and (path_id := _id(read)) is not None and path_id not in seen.groups:
        whole.append((path_id, ()))
    looks = [Look(actor.id, actor.role, actor.unit, route, purpose, path_id, groups) for path_id, groups in whole]
    if seen.listed is not None:
        asked = _asked(scope)
        looks.append(Look(actor.id, actor.role, actor.unit, route, purpose, None, (), seen.listed, asked))
    return looks


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _asked(scope: Scope) -> str:
    """How a list was narrowed; that a student number was given, and not which."""
    query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] not in SECRET_QUERY]
    query += [("student_no", "given")] if "student-no" in Headers(scope=scope) else []
    return urlencode(query)[:500]
