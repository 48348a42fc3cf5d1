"""What can go wrong with a request, each as an RFC 9457 problem with members of its own and a page that explains it."""
# Longer than 300 lines: whoever reads the list of problems reads it whole.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from api.grounds import FindingShown, Ground

MEDIA_TYPE = "application/problem+json"
BASE = "/problems/"

PROBLEMS: dict[str, type["Problem"]] = {}
"""Every problem by its name, the last part of its type's address."""


@dataclass(eq=False)
class Problem(Exception):
    """A request that cannot be answered as it stands.

    The first line of a class's docstring is its title; the rest says what to do. Fields are members of the answer.
    """

    NAME: ClassVar[str] = ""
    STATUS: ClassVar[int] = 400

    detail: str
    headers: dict[str, str] = field(default_factory=dict, kw_only=True)

    def __init_subclass__(cls, *, name: str, status: int) -> None:
        """Register the problem under its name."""
        super().__init_subclass__()
        cls.NAME, cls.STATUS = name, status
        PROBLEMS[name] = cls

    @classmethod
    def title(cls) -> str:
        """The problem in one sentence."""
        return (cls.__doc__ or "").strip().split("\n")[0].rstrip(".")

    @classmethod
    def remedy(cls) -> str:
        """What to do about it."""
        return " ".join((cls.__doc__ or "").strip().split("\n")[1:]).strip()

    @classmethod
    def members(cls) -> list[str]:
        """The names of what this problem tells beside RFC 9457's own members."""
        return [item.name for item in fields(cls) if item.name not in {"detail", "headers"}]

    def body(self, instance: str, request_id: str) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": f"{BASE}{self.NAME}",
            "title": self.title(),
            "status": self.STATUS,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
            **{name: getattr(self, name) for name in self.members()},
        }


# --- the request itself ------------------------------------------------------------------------------------------


class MalformedBody(Problem, name="malformed-body", status=400):
    """The body is not JSON in UTF-8.
    Send one JSON object, encoded as UTF-8.
    """


class BadHeader(Problem, name="bad-header", status=400):
    """A header of the request is missing or cannot be read.
    The detail names the header and gives an example of what it looks like.
    """


class BadCursor(Problem, name="bad-cursor", status=400):
    """The cursor does not belong to this list.
    Begin again without one and follow the `next` addresses as they are given.
    """


class BodyTooLarge(Problem, name="body-too-large", status=413):
    """The body is larger than this server reads.
    Split it: evidence may be sent in several batches.
    """


class UnsupportedMediaType(Problem, name="unsupported-media-type", status=415):
    """The body is not declared as JSON.
    Send `Content-Type: application/json`.
    """


@dataclass(eq=False)
class WrongShape(Problem, name="wrong-shape", status=422):
    """What was sent does not fit what is expected.
    `faults` tells field by field what is expected there.
    """

    faults: Sequence[Mapping[str, str]]


class KeyReused(Problem, name="key-reused", status=422):
    """The idempotency key was used before, for another request.
    A key belongs to one request and all its repetitions. Make a new one for something new.
    """


# --- who asks ----------------------------------------------------------------------------------------------------


class NotSignedIn(Problem, name="not-signed-in", status=401):
    """The request carries no valid token.
    Send `Authorization: Bearer` with a token made by `jieti token`.
    """


@dataclass(eq=False)
class RoleMayNot(Problem, name="role-may-not", status=403):
    """The actor's role may not do this.
    `roles` names the roles that may.
    """

    role: str
    roles: Sequence[str]


class Restricted(Problem, name="restricted", status=403):
    """The data of this person are restricted.
    They are stored and not used, until the restriction is lifted. The organisation department says why.
    """


class PurposeRequired(Problem, name="purpose-required", status=428):
    """Whoever reads this has to say for what.
    Send the header `Purpose`; the detail lists what it may be.
    """


class NotDueYet(Problem, name="not-due", status=409):
    """The keys cannot be destroyed now.
    The detail says from what day on, or that nobody has asked for it.
    """


class PersonShredded(Problem, name="person-shredded", status=409):
    """The keys of this person's data were destroyed.
    Nothing more is recorded here. A person who applies again gets another path.
    """


@dataclass(eq=False)
class NotYourUnit(Problem, name="not-your-unit", status=403):
    """The unit does not lie at or below the actor's own.
    Somebody of that unit, or of one above it, can do this.
    """

    unit: str
    your_unit: str


# --- what is asked for -------------------------------------------------------------------------------------------


class NotFound(Problem, name="not-found", status=404):
    """There is nothing at this address.
    The API is described at /docs.
    """


class MethodNotAllowed(Problem, name="method-not-allowed", status=405):
    """This address does not take this method.
    The header Allow names those that it takes.
    """


@dataclass(eq=False)
class UnknownFact(Problem, name="unknown-fact", status=404):
    """There is no such kind of fact.
    GET /v1/catalogue/facts lists all kinds; `near` names similar ones.
    """

    topic: str
    near: Sequence[str]


@dataclass(eq=False)
class UnknownPath(Problem, name="unknown-path", status=404):
    """There is no such path.
    POST /v1/paths opens one; GET /v1/paths lists those that are there.
    """

    paths: Sequence[UUID | str]


class UnknownUnit(Problem, name="unknown-unit", status=404):
    """There is no such unit.
    GET /v1/units lists all units.
    """


class UnknownTerm(Problem, name="unknown-term", status=404):
    """The unit has no such term.
    GET /v1/units/{unit_id}/terms lists those that it has begun; a term is begun by the unit's own clock.
    """


class UnknownRecipient(Problem, name="unknown-recipient", status=404):
    """There is no such recipient.
    POST /v1/recipients registers one; GET /v1/recipients lists who holds a post.
    """


@dataclass(eq=False)
class NotSealedYet(Problem, name="not-sealed", status=404):
    """There is no checkpoint yet that covers this.
    The signer seals what is new within a minute: ask again after the seconds in Retry-After. `sealed` is how many entries
    the latest checkpoint covers.
    """

    sealed: int


@dataclass(eq=False)
class AlreadyOpen(Problem, name="already-open", status=409):
    """This is open already.
    `path` is the address of what there is.
    """

    path: str


@dataclass(eq=False)
class Stale(Problem, name="stale", status=412):
    """The path has changed since you looked at it.
    Read it again and decide again; `version` is how far it has come.
    """

    version: int


class VersionRequired(Problem, name="version-required", status=428):
    """A decision that ends a path must name the version of the path that it was made on.
    Send `If-Match` with the ETag of GET /v1/paths/{path_id}.
    """


class RepairNeedsVersion(Problem, name="repair-needs-version", status=428):
    """A repair must name the version of the path that it was decided on.
    Send `If-Match` with the ETag of GET /v1/paths/{path_id}/repairs.
    """


class RepairNotLegal(Problem, name="repair-not-legal", status=409):
    """The repair cannot be done as things stand now.
    Nothing was done. GET /v1/paths/{path_id}/repairs lists what can, and why the rest cannot.
    """


# --- what the rules say ------------------------------------------------------------------------------------------


@dataclass(eq=False)
class RuleBroken(Problem, name="rule-broken", status=409):
    """A rule does not allow this.
    `rule` and `sources` say which. What has happened already can be recorded all the same, with `mode=record`.
    """

    rule: str
    edition: str
    sources: Sequence[str]
    confidence: str
    arithmetic: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    rests_on: Sequence[Ground]
    start: date | None
    earliest: date | None
    latest: date | None
    missing: Sequence[str]
    provisional: bool
    findings: Sequence[FindingShown]
    help: str


class StepTooEarly(RuleBroken, name="step-too-early", status=409):
    """The day for this step has not come.
    `earliest` is the first day on which it may be done, by the rule and the arithmetic given.
    """


class MissingEvidence(RuleBroken, name="missing-evidence", status=409):
    """Something that must stand before this step is not there.
    `missing` lists the facts that must be recorded first.
    """


class OutOfStage(RuleBroken, name="out-of-stage", status=409):
    """The path does not stand at a stage that allows this decision.
    GET the address in `help` for what is open now.
    """


class PathClosed(RuleBroken, name="path-closed", status=409):
    """The path is closed and takes no more decisions.
    A person who applies again gets a new path: POST /v1/paths.
    """


# --- ourselves ---------------------------------------------------------------------------------------------------


class Internal(Problem, name="internal", status=500):
    """Something went wrong on our side.
    Nothing is known to be written. The same request with the same key may be sent again; quote `request_id` when you ask.
    """


class Unavailable(Problem, name="unavailable", status=503):
    """Something that this request needs cannot be reached just now.
    Nothing is half done. Send the same request with the same key again after the seconds in Retry-After.
    """
