"""The entries of rulebook files: rules, steps, moves and obligations, each read with the line of its mistake."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args

from domain.checks import CHECKS
from domain.facts import KINDS, Transition
from domain.facts.units import OrganisationKind
from domain.judgement import Confidence, Severity
from domain.ladderlines import above, read_escalate, read_rungs
from domain.rulebook import Duty, Move, Rule, Step
from domain.rulewords import anchor, bilingual, check, conditions, field_of, kind, names, period, ref, role
from domain.spot import Spot
from domain.words import Text

ENDINGS = ("completed", "cancelled", "removed", "not-recognised", "withdrawn", "closed")
"""How a path can end; every stage must lead on to the first."""


def confidence(said: Mapping[str, Spot]) -> Confidence:
    if "confidence" not in said:
        return "sure"
    return cast("Confidence", said["confidence"].one_of(get_args(Confidence), "a confidence"))


def sources(spot: Spot) -> tuple[str, ...]:
    """Read where a rule comes from; it must come from somewhere."""
    found = names(spot)
    if not found:
        raise spot.wrong(
            "a rule without a source is nobody's rule; name an article, the flow chart (FC) or who says so"
        )
    return found


def flag(said: Mapping[str, Spot], name: str) -> bool:
    """Read true or false, false where it is left out."""
    return name in said and said[name].flag()


def refs(said: Mapping[str, Spot], name: str) -> tuple[Any, ...]:
    return tuple(ref(one) for one in said[name].list()) if name in said else ()


def read_rule(spot: Spot, steps: Mapping[str, Step], words: Sequence[str]) -> Rule:
    """Read one rule: of an edition, or one that a school adds."""
    allowed = ("id", "step", "on", "severity", "source", "confidence", "text", "where", *CHECKS)
    said = spot.map(allowed, ("id", "step", "on", "severity", "source", "text"))
    verbs = [name for name in said if name in CHECKS]
    if len(verbs) != 1:
        raise spot.wrong(f"a rule uses exactly one check; here: {', '.join(verbs) or 'none'}")
    on = tuple(one.one_of(["any", *KINDS], "a kind of fact") for one in said["on"].list())
    topics = tuple(topic for topic in on if topic != "any")
    return Rule(
        id=said["id"].text(),
        step=said["step"].one_of(["all", *steps], "a step"),
        on=on,
        check=check(verbs[0], said[verbs[0]], topics, words),
        severity=cast("Severity", said["severity"].one_of(get_args(Severity), "a severity")),
        sources=sources(said["source"]),
        text=bilingual(said["text"]),
        confidence=confidence(said),
        where=conditions(said.get("where"), topics),
    )


def read_step(spot: Spot, stages: Mapping[str, Text]) -> Step:
    """Read one numbered step."""
    must = ("id", "stage", "title", "acts", "done_by")
    said = spot.map((*must, "with", "repeats", "optional"), must)
    return Step(
        id=said["id"].text(),
        stage=said["stage"].one_of(stages, "a stage"),
        title=bilingual(said["title"]),
        acts=role(said["acts"]),
        done_by=refs(said, "done_by"),
        with_=tuple(kind(one) for one in said["with"].list()) if "with" in said else (),
        repeats=flag(said, "repeats"),
        optional=flag(said, "optional"),
    )


def read_move(spot: Spot, stages: Mapping[str, Text]) -> Move:
    """Read where a transition leads."""
    said = spot.map(("fact", "from", "to", "closes", "pending", "decides"), ("fact", "from"))
    topic = kind(said["fact"])
    if not issubclass(KINDS[topic], Transition):
        raise said["fact"].wrong(f"{topic!r} is not a transition, so it cannot move a path")
    if ("to" in said) == ("closes" in said):
        raise spot.wrong("a move has either `to` or `closes`")
    return Move(
        fact=topic,
        from_=tuple(one.one_of(["none", *stages], "a stage") for one in said["from"].list()),
        to=said["to"].one_of(["same", *stages], "a stage") if "to" in said else "",
        closes=said["closes"].one_of(ENDINGS, "an ending") if "closes" in said else "",
        pending=flag(said, "pending"),
        decides=ref(said["decides"]) if "decides" in said else None,
    )


def read_duty(spot: Spot, stages: Mapping[str, Text], steps: Mapping[str, Step]) -> Duty:
    """Read one obligation: of an edition, or one that a school adds."""
    must = ("id", "step", "owed_by", "since", "due", "until", "stages", "text", "source")
    said = spot.map(
        (*must, "remind", "remind_workdays", "escalate", "recurs", "tells", "extended_by", "ends", "confidence"), must
    )
    due = said["due"].map(("years", "months", "days", "workdays", "after"))
    extended_by = kind(said["extended_by"]) if "extended_by" in said else ""
    if extended_by:
        field_of(said["extended_by"], extended_by, "until")
    owed_by, tells = role(said["owed_by"]), flag(said, "tells")
    remind, remind_workdays = read_rungs(said)
    climbs = () if tells else above(owed_by)
    return Duty(
        id=said["id"].text(),
        step=said["step"].one_of(steps, "a step"),
        owed_by=owed_by,
        since=anchor(said["since"]),
        due=period(said["due"], "workdays", "after"),
        until=refs(said, "until"),
        stages=tuple(one.one_of(stages, "a stage") for one in said["stages"].list()),
        text=bilingual(said["text"]),
        sources=sources(said["source"]),
        remind=remind,
        remind_workdays=remind_workdays,
        escalate=read_escalate(said["escalate"], owed_by) if "escalate" in said else climbs,
        recurs=flag(said, "recurs"),
        tells=tells,
        due_from=anchor(due["after"]) if "after" in due else None,
        due_workdays=due["workdays"].whole() if "workdays" in due else 0,
        extended_by=extended_by,
        ends=refs(said, "ends"),
        confidence=confidence(said),
    )


def by_id(spot: Spot, read: Callable[[Spot], Any], taken: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read a list of entries by their names: none twice, and none that is `taken`, with what to say of it."""
    found: dict[str, Any] = {}
    for one in spot.list():
        made = read(one)
        name = getattr(made, "id", None) or made.fact
        if alike(name) in {alike(other) for other in found}:
            raise one.wrong(f"{name!r} is given twice")
        same = next((other for other in taken or () if alike(other) == alike(name)), None)
        if taken and same:
            raise one.wrong(taken[same])
        found[name] = made
    return found


def alike(name: str) -> str:
    """A name as people read it: in whatever letter case or width, with whatever marks between."""
    return re.sub(r"[^0-9a-z]", "", unicodedata.normalize("NFKC", name).casefold()) or name


def read_capabilities(spot: Spot, *, whole: bool = True) -> dict[str, frozenset[str]]:
    """Read what each kind of organisation may do; with `whole`, every kind is there. Places may do nothing."""
    kinds = get_args(OrganisationKind)
    return {name: frozenset(names(one)) for name, one in spot.map(kinds, kinds if whole else ()).items()}


def words_of(capabilities: Mapping[str, frozenset[str]]) -> list[str]:
    """All that any unit may do, with and without authority."""
    return sorted({word.removesuffix("-if-authorised") for words in capabilities.values() for word in words})
