"""What may be recorded and by which rules it is judged: kinds of facts and rules, in both languages, with sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.actors import Role
from api.answers import BASE, Json
from api.examples import example
from api.house import AnyActor, InHouse
from api.rights import BY_ITSELF, OURS, who_may
from domain.facts import Fact, Opening, Transition
from domain.judgement import Confidence, Severity
from domain.rulebook import Rule
from registry.shape import shape

router = APIRouter(prefix=f"{BASE}/catalogue", tags=["catalogue"])

Class = Literal["opening", "transition", "evidence"]


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of fact: what it means, who records it, what its author says, and an example of it."""

    topic: str
    zh: str
    en: str
    about: str
    kind: Class
    by_hand: bool
    roles: Sequence[Role]
    fields: Mapping[str, Any]
    example: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule of an edition, or of the school's policy, with its source and how well that is known."""

    id: str
    edition: str
    step: str
    on: Sequence[str]
    check: str
    severity: Severity
    sources: Sequence[str]
    confidence: Confidence
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All kinds of facts."""

    items: Sequence[FactKind]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules in force one edition after another; `digest` names this very set of rulebooks."""

    digest: str
    items: Sequence[RuleShown]


@router.get("/facts", response_model=Facts, operation_id="list_kinds_of_facts")
async def list_facts(_actor: AnyActor) -> Response:
    """List all kinds of facts."""
    return Json(_facts())


@router.get("/rules", response_model=Rules, operation_id="list_rules")
async def list_rules(
    house: InHouse,
    _actor: AnyActor,
    edition: Annotated[str | None, Query(examples=["cpc-2026"])] = None,
    topic: Annotated[str | None, Query(description="Only rules that are asked on this kind of fact")] = None,
) -> Response:
    """List the rules."""
    books = house.desk.rulebooks
    named = [(one.name, one.rules) for one in books.editions] + [(books.policy.name, books.policy.rules)]
    items = [
        _rule(name, rule)
        for name, rules in named
        for rule in rules
        if edition in (None, name) and (topic is None or topic in rule.on or "any" in rule.on)
    ]
    return Json(Rules(books.digest, items))


def _rule(edition: str, rule: Rule) -> RuleShown:
    return RuleShown(
        id=rule.id,
        edition=edition,
        step=rule.step,
        on=rule.on,
        check=rule.check.NAME,
        severity=rule.severity,
        sources=rule.sources,
        confidence=rule.confidence,
        zh=rule.text.zh,
        en=rule.text.en,
    )


@cache
def _facts() -> Facts:
    return Facts(list(_kinds()))


def _kinds() -> Iterator[FactKind]:
    for topic, kind in sorted(OURS.items()):
        yield FactKind(
            topic=topic,
            zh=kind.TITLE,
            en=first_line(kind),
            about=kind.SUBJECT,
            kind=class_of(kind),
            by_hand=topic not in BY_ITSELF,
            roles=who_may(topic),
            fields=shape(topic).model_json_schema(),
            example=example(topic),
        )


def first_line(kind: type[Fact]) -> str:
    """What a kind of fact says, in a sentence."""
    return (kind.__doc__ or "").strip().split("\n")[0]


def class_of(kind: type[Fact]) -> Class:
    """Whether a kind opens, is a decision, or evidence."""
    if issubclass(kind, Opening):
        return "opening"
    return "transition" if issubclass(kind, Transition) else "evidence"
