"""The linter's own rules, read from `rules.yaml`; every mistake in it is told with its line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_type_hints

from domain.facts import KINDS
from domain.judgement import Confidence, Severity
from domain.spot import Spot, read_spot
from domain.words import Text
from registry.linting import attending, crossing
from registry.linting.headings import headings
from registry.linting.verbs import Verb

FILE = Path(__file__).parent / "rules.yaml"

Weight = Severity | Literal["unread", "note"]
"""How grave a remark is. unread: a cell that could not be read, so that nothing was judged by it · note: to be known."""

WEIGHTS: Sequence[Weight] = ("block", "override", "finding", "unread", "warn", "note")
"""The gravest first."""

GRAVE = frozenset(WEIGHTS[:4])
"""What makes a check end with findings; the rest is shown only."""


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A rule of the linter; one about the reading itself has no verb."""

    id: str
    severity: Weight
    text: Text
    sources: tuple[str, ...] = ("A",)
    confidence: Confidence = "sure"
    verb: Verb | None = None


VERBS: Mapping[str, type[Verb]] = {
    verb.NAME: verb
    for verb in (
        crossing.NotAfter,
        crossing.Spaced,
        crossing.InTurn,
        crossing.Stages,
        crossing.OutsideNotice,
        crossing.OnWorkday,
        crossing.AfterBirth,
        crossing.NotToCome,
        crossing.Since,
        crossing.Waits,
        crossing.Ends,
        attending.Withdraws,
        attending.FullMembers,
    )
}
READERS: Mapping[Any, Callable[[Spot], Any]] = {
    str: Spot.text,
    int: Spot.whole,
    date: Spot.day,
    tuple[str, ...]: lambda spot: tuple(one.text() for one in spot.list()),
}
NAMES_KINDS = frozenset({"of", "first", "then", "from_", "but"})


@cache
def paper_rules() -> Mapping[str, PaperRule]:
    """Read all rules by their id. Raises RulebookError."""
    parts = read_spot(FILE.name, FILE.read_text(encoding="utf-8")).map(("papers", "reading"), ("papers", "reading"))
    read = [*(_rule(one) for one in parts["papers"].list()), *(_reading(one) for one in parts["reading"].list())]
    return {one.id: one for one in read}


def _rule(spot: Spot) -> PaperRule:
    must = ("id", "severity", "source", "text")
    said = spot.map((*must, "confidence", *VERBS), must)
    verbs = [name for name in said if name in VERBS]
    if len(verbs) != 1:
        raise spot.wrong(f"exactly one verb is expected, of {', '.join(VERBS)}")
    known = said.get("confidence")
    return PaperRule(
        id=said["id"].text(),
        severity=cast("Weight", said["severity"].one_of(WEIGHTS, "a severity")),
        text=_text(said["text"]),
        sources=tuple(one.text() for one in said["source"].list()),
        confidence=cast("Confidence", known.one_of(get_args(Confidence), "a confidence")) if known else "sure",
        verb=_verb(verbs[0], said[verbs[0]]),
    )


def _reading(spot: Spot) -> PaperRule:
    must = ("id", "severity", "text")
    said = spot.map(must, must)
    return PaperRule(
        said["id"].text(), cast("Weight", said["severity"].one_of(WEIGHTS, "a severity")), _text(said["text"])
    )


def _text(spot: Spot) -> Text:
    said = spot.map(("zh", "en"), ("zh", "en"))
    return Text(said["zh"].text(), said["en"].text())


def _verb(name: str, spot: Spot) -> Verb:
    kind = cast("Any", VERBS[name])
    hints = get_type_hints(kind)
    known = {item.name.rstrip("_"): item for item in fields(kind)}
    said = spot.map(tuple(known) or ("",), [key for key, item in known.items() if item.default is MISSING])
    values: dict[str, Any] = {}
    for key, one in said.items():
        item = known[key]
        values[item.name] = READERS[hints[item.name]](one)
        if item.name in NAMES_KINDS:
            _known_kinds(one, values[item.name])
    return cast("Verb", kind(**values))


def _known_kinds(spot: Spot, said: str | tuple[str, ...]) -> None:
    known = {*KINDS, *headings().titles}
    for name in (said,) if isinstance(said, str) else said:
        if name.partition(".")[0] not in known:
            raise spot.wrong(f"{name!r} is neither a kind of fact nor a paper of headings.yaml")
