"""The shape of what an author says of a fact, made from the fact's own class: for HTTP, files and Temporal alike."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from domain.facts import KINDS, Fact, Sealed, said
from domain.personal import SEALED

MOST_TEXT = 500
"""Characters in a text of a fact: a fact says what happened, documents are kept elsewhere."""


LINE = Field(min_length=1, max_length=MOST_TEXT, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
"""What a text of a fact is: one line, not empty, without control characters."""


class UnknownFact(Exception):
    """There is no such kind of fact; the catalogue lists them all."""


class WrongShape(Exception):
    """What was said does not fit the fact: `faults` tells field by field what is expected."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        """Take (field, what is expected) pairs."""
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults))
        self.faults = faults


def kind_of(topic: str) -> type[Fact]:
    """Find a kind of fact by its topic. Raises UnknownFact."""
    try:
        return KINDS[topic]
    except KeyError:
        raise UnknownFact(topic) from None


@cache
def shape(topic: str) -> type[BaseModel]:
    """Make the model of what an author says. Raises UnknownFact."""
    kind = kind_of(topic)
    hints = get_type_hints(kind, include_extras=True)
    made: dict[str, Any] = {}
    for item in said(kind):
        default = ... if item.default is MISSING else item.default
        made[item.name] = (_lined(hints[item.name]), default)
    config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, title=kind.__name__)
    return create_model(kind.__name__, __config__=config, __doc__=kind.__doc__, **made)


def _lined(hint: Any) -> Any:
    """The same type, with every text in it held to one line."""
    if hint is str or (get_origin(hint) is Annotated and get_args(hint)[0] is str):
        return Annotated[hint, LINE]
    if hint == str | None:
        return Annotated[str, LINE] | None
    if hint == tuple[str, ...]:
        return tuple[Annotated[str, LINE], ...]
    return hint


def _model(topic: str, values: Mapping[str, Any]) -> BaseModel:
    try:
        return shape(topic).model_validate(values)
    except ValidationError as error:
        faults = [(".".join(map(str, one["loc"])) or topic, one["msg"]) for one in error.errors()]
        raise WrongShape(faults) from None


def fit(topic: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn JSON values, or typed ones, into the typed fields of a fact. Raises UnknownFact or WrongShape."""
    model = _model(topic, values)
    return {name: getattr(model, name) for name in type(model).model_fields}


def plain(topic: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields as JSON values, in one form for equal meanings: what a request's digest covers."""
    return _model(topic, values).model_dump(mode="json", exclude_none=True)


@cache
def sealed_fields(kind: type[Fact]) -> Mapping[str, str]:
    """The fields of a kind that are sealed, with their groups."""
    here = {item.name for item in fields(kind)}
    found = {name: group for name, group in SEALED[kind.SUBJECT].items() if name in here}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        marks = (
            [mark for mark in get_args(hint)[1:] if isinstance(mark, Sealed)] if get_origin(hint) is Annotated else []
        )
        if marks:
            found[name] = marks[0].group
    return found


def stand_in(value: Any) -> Any:
    """What takes the place of a sealed value, a text or several, where a shape is checked."""
    return "sealed" if isinstance(value, str) else ("sealed",) * len(value)
