"""Reads what a school's policy makes stricter in the national editions, and refuses what would loosen them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

from domain.checks import Check
from domain.checks.days import Earliest, Within
from domain.checks.strictness import STRICTER, asks_less, shorter
from domain.judgement import Severity
from domain.ladderlines import read_escalate, read_rungs
from domain.rulebook import Duty, Edition, Rule, Tightening
from domain.rulelines import read_capabilities, sources
from domain.rulewords import PARAMETERS, bilingual, period, verify_fields
from domain.spot import RulebookError, Spot

GRAVITY: tuple[Severity, ...] = ("warn", "finding", "override", "block")
"""How grave a breach is, from the least on: a policy may go up, never down."""


def read_tightenings(spot: Spot, policy: str, editions: Sequence[Edition]) -> Iterator[Tightening]:
    """Read the list `tighten`: national rules and obligations by their ids, with what is stricter here."""
    seen: set[tuple[str, str]] = set()
    for one in spot.list():
        said = one.map()
        if ("rule" in said) == ("obligation" in said):
            raise one.wrong("name either the `rule` or the `obligation` that is made stricter")
        what = "rule" if "rule" in said else "obligation"
        for edition, was in _named(said, what, editions):
            if (edition.name, was.id) in seen:
                raise one.wrong(f"{was.id!r} of {edition.name} is tightened twice")
            seen.add((edition.name, was.id))
            now = _rule(one, was, edition) if isinstance(was, Rule) else _duty(one, was, edition)
            if isinstance(now, Rule):
                refuse_contradiction(one, now, edition)
            yield Tightening(edition.name, was, replace(now, tightened_by=policy))


def refuse_drops(spot: Spot, editions: Sequence[Edition]) -> None:
    """Refuse a policy that would do without a national rule or obligation."""
    for one in spot.list():
        for edition in editions:
            entries: list[Rule | Duty] = [*edition.rules, *edition.duties]
            for entry in entries:
                if entry.id == one.text():
                    raise one.wrong(f"{_source(entry, edition)}: a policy adds and tightens, and drops nothing")
        raise one.wrong(f"{one.text()!r} is no national rule, and a policy drops nothing")


def refuse_less(spot: Spot, added: Rule, editions: Sequence[Edition]) -> None:
    """Refuse an added rule that asks the same as a national one, and less of it: people would go by it."""
    for edition in editions:
        for rule in edition.rules:
            same = set(added.on) & set(rule.on) and added.where == rule.where
            if same and asks_less(added.check, rule.check):
                raise spot.wrong(f"{added.id!r} asks less than {_source(rule, edition)}, which stands all the same")


def refuse_later(spot: Spot, added: Duty, editions: Sequence[Edition]) -> None:
    """Refuse an added obligation that asks the same as a national one, and later: people would go by its day."""
    for edition in editions:
        for duty in edition.duties:
            same = (added.since, added.due_from, added.until) == (duty.since, duty.due_from, duty.until)
            counted = bool(added.due_workdays) == bool(duty.due_workdays)
            if same and counted and set(added.stages) & set(duty.stages):
                later = shorter(added.due, duty.due) is False or added.due_workdays > duty.due_workdays
                if later and not duty.tells:
                    raise spot.wrong(
                        f"{added.id!r} is due later than {_source(duty, edition)}, which stands all the same"
                    )


def refuse_contradiction(spot: Spot, new: Rule, edition: Edition) -> None:
    """Refuse a rule that leaves no day: so soon after something as a national one says that it may not be yet."""
    for rule in edition.rules:
        if rule.id != new.id and set(new.on) & set(rule.on) and (not rule.where or rule.where == new.where):
            for late, early in ((new.check, rule.check), (rule.check, new.check)):
                if _leaves_no_day(late, early):
                    raise spot.wrong(
                        f"{new.id!r} contradicts {_source(rule, edition)}: no day is late enough for the one and early "
                        "enough for the other"
                    )


def _leaves_no_day(late: Check, early: Check) -> bool:
    """Whether the last day that one check leaves always comes before the first that another does."""
    if not isinstance(late, Within) or not isinstance(early, Earliest) or late.field or early.of or early.unless:
        return False
    return late.since == early.since and shorter(early.limit, late.limit) is False


def read_less_capable(spot: Spot, editions: Sequence[Edition]) -> dict[str, frozenset[str]]:
    """Read what is left to kinds of unit: nothing that the national editions do not leave to them."""
    found = read_capabilities(spot, whole=False)
    for kind, words in found.items():
        for edition in editions:
            granted = edition.capabilities[kind]
            for word in sorted(words):
                if word not in granted and word.removesuffix("-if-authorised") not in granted:
                    allowed = ", ".join(sorted(granted)) or "nothing"
                    raise spot.map()[kind].wrong(
                        f"{edition.name} does not let a {kind} {word!r}, and a policy grants nothing; "
                        f"nationally it may: {allowed}"
                    )
    return found


def _source(entry: Rule | Duty, edition: Edition) -> str:
    return f"{entry.id} of {edition.name} ({', '.join(entry.sources)})"


def _named(said: Mapping[str, Spot], what: str, editions: Sequence[Edition]) -> list[tuple[Edition, Rule | Duty]]:
    """The national entries of an id, in every edition that has it or in the one that is named."""
    among = editions
    if "edition" in said:
        name = said["edition"].one_of([one.name for one in editions], "an edition")
        among = [one for one in editions if one.name == name]
    known: dict[str, list[tuple[Edition, Rule | Duty]]] = {}
    for edition in among:
        for entry in edition.rules if what == "rule" else edition.duties:
            known.setdefault(entry.id, []).append((edition, entry))
    return known[said[what].one_of(known, f"a national {what}{' of ' + among[0].name if len(among) == 1 else ''}")]


def _loosens(at: Spot, said: str, entry: Rule | Duty, edition: Edition, national: object) -> RulebookError:
    return at.wrong(f"{said} loosens {_source(entry, edition)}, which says {national}: a policy may only tighten")


def _incomparable(at: Spot, said: str, entry: Rule | Duty, edition: Edition, national: object) -> RulebookError:
    return at.wrong(
        f"{said} cannot be compared with {national} of {_source(entry, edition)}: it would ask more on some days and "
        "less on others; say it in the same terms"
    )


def _rule(spot: Spot, was: Rule, edition: Edition) -> Rule:
    """A national rule made stricter in its parameters or its severity."""
    verb = was.check.NAME
    may = STRICTER.get(verb, {})
    known = [item.name for item in fields(cast("Any", was.check))]
    said = spot.map(("rule", "edition", "severity", "source", "text", *known), ("rule", "source"))
    check, changed = was.check, [name for name in known if name in said]
    for name in changed:
        if name not in may:
            ways = f"; these can: {', '.join(may)}" if may else "; its severity can"
            raise said[name].wrong(f"{name!r} of {verb} in {_source(was, edition)} cannot be made stricter{ways}")
        value, old = PARAMETERS[verb][name](said[name]), getattr(was.check, name)
        answer = may[name](value, old)
        if answer is not True:
            refused = _loosens if answer is False else _incomparable
            raise refused(said[name], f"{name}: {_shown(value)}", was, edition, _shown(old))
        check = cast("Check", replace(cast("Any", check), **{name: value}))
    verify_fields(check, said, tuple(topic for topic in was.on if topic != "any"))
    severity = was.severity
    if "severity" in said:
        severity = cast("Severity", said["severity"].one_of(GRAVITY, "a severity"))
        if GRAVITY.index(severity) < GRAVITY.index(was.severity):
            raise _loosens(said["severity"], f"severity: {severity}", was, edition, was.severity)
    if (check, severity) == (was.check, was.severity):
        raise spot.wrong(f"nothing here is stricter than {_source(was, edition)}")
    text = bilingual(said["text"]) if "text" in said else was.text
    return replace(was, check=check, severity=severity, text=text, sources=_with(was, said))


def _duty(spot: Spot, was: Duty, edition: Edition) -> Duty:
    """A national obligation that is due earlier, or told more often or to more."""
    parts = ("obligation", "edition", "due", "remind", "remind_workdays", "escalate")
    said = spot.map((*parts, "source", "text"), ("obligation", "source"))
    now = _due(said["due"], was, edition) if "due" in said else was
    remind, remind_workdays = read_rungs(said)
    for name, rungs, old in (("remind", remind, was.remind), ("remind_workdays", remind_workdays, was.remind_workdays)):
        if name in said and not set(old) <= set(rungs):
            raise _loosens(said[name], f"{name}: {_shown(rungs)}", was, edition, _shown(old))
    now = replace(now, remind=remind or was.remind, remind_workdays=remind_workdays or was.remind_workdays)
    if "escalate" in said:
        escalate = read_escalate(said["escalate"], was.owed_by)
        if escalate[: len(was.escalate)] != was.escalate:
            raise _loosens(said["escalate"], f"escalate: {_shown(escalate)}", was, edition, _shown(was.escalate))
        now = replace(now, escalate=escalate)
    if now == was:
        raise spot.wrong(f"nothing here is stricter than {_source(was, edition)}")
    return replace(now, text=bilingual(said["text"]) if "text" in said else was.text, sources=_with(was, said))


def _due(spot: Spot, was: Duty, edition: Edition) -> Duty:
    """An earlier due day. Where something is only told that may now be done, working days may grow and not shrink."""
    said = spot.map(("years", "months", "days", "workdays"))
    if bool(was.due_workdays) != ("workdays" in said):
        terms = "workdays" if was.due_workdays else "years, months or days"
        raise spot.wrong(f"{_source(was, edition)} is due in {terms}; say it in the same terms")
    if was.due_workdays:
        days = said["workdays"].whole()
        if (days < was.due_workdays) if was.tells else (days > was.due_workdays):
            raise _loosens(spot, f"workdays: {days}", was, edition, was.due_workdays)
        return replace(was, due_workdays=days)
    due = period(spot)
    answer = shorter(due, was.due)
    if answer is not True:
        refused = _loosens if answer is False else _incomparable
        raise refused(spot, f"due: {due}", was, edition, was.due)
    return replace(was, due=due)


def _with(was: Rule | Duty, said: Mapping[str, Spot]) -> tuple[str, ...]:
    """The national sources, and after them the school's."""
    return tuple(dict.fromkeys((*was.sources, *sources(said["source"]))))


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nobody"
    return f"{value:g}" if isinstance(value, float) else str(value)
