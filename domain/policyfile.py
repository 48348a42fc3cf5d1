"""Reads a school's policy: what it sets for itself, what it adds, and what it makes stricter; loosening is refused."""

from collections.abc import Sequence

from domain.ladderlines import read_reminding
from domain.quiet import Reminding
from domain.rulebook import Duty, Edition, Policy, Rule
from domain.rulelines import by_id, flag, read_duty, read_rule, words_of
from domain.rulewords import bilingual
from domain.spot import Spot, read_spot
from domain.termfile import read_semesters, read_terms
from domain.tightening import (
    read_less_capable,
    read_tightenings,
    refuse_contradiction,
    refuse_drops,
    refuse_later,
    refuse_less,
)

BASES = ("later-of-decision-and-filing", "decision", "filing")
"""From which day a school counts the year of cultivation."""

SETS = ("cultivation_basis", "written_opinions", "remote_meetings", "semesters", "reminders")
"""What a school decides that no rule could say."""


def read_policy(file: str, text: str, editions: Sequence[Edition]) -> Policy:
    """Read a school's policy against the national editions, in order of their coming into force.

    Raises RulebookError with the line of whatever is wrong, and of whatever asks for less than a national edition.
    """
    parts = ("policy", "title", "in_force_from", *SETS, "capabilities", "tighten", "rules", "obligations", "terms")
    whole = read_spot(file, text)
    if "drop" in whole.map():
        refuse_drops(whole.map()["drop"], editions)
    said = whole.map(parts, ("policy", "title"))
    words = words_of(editions[-1].capabilities)
    rules: dict[str, Rule] = {}
    duties: dict[str, Duty] = {}
    if "rules" in said:
        taken = _taken(editions, [[*edition.rules] for edition in editions], "rule")
        rules = by_id(said["rules"], lambda one: _added(one, editions, words), taken)
    if "obligations" in said:
        taken = _taken(editions, [[*edition.duties] for edition in editions], "obligation")
        duties = by_id(said["obligations"], lambda one: _owed(one, editions), taken)
    name = said["policy"].text()
    semesters = read_semesters(said["semesters"]) if "semesters" in said else ()
    return Policy(
        name=name,
        title=bilingual(said["title"]),
        in_force_from=said["in_force_from"].day() if "in_force_from" in said else None,
        cultivation_basis=(
            said["cultivation_basis"].one_of(BASES, "a basis") if "cultivation_basis" in said else BASES[0]
        ),
        written_opinions=flag(said, "written_opinions"),
        remote_meetings=flag(said, "remote_meetings"),
        semesters=semesters,
        terms=read_terms(said["terms"], semesters) if "terms" in said else None,
        reminding=read_reminding(said["reminders"], semesters) if "reminders" in said else Reminding(),
        rules=tuple(rules.values()),
        duties=tuple(duties.values()),
        tightenings=tuple(read_tightenings(said["tighten"], name, editions)) if "tighten" in said else (),
        capabilities=read_less_capable(said["capabilities"], editions) if "capabilities" in said else {},
    )


def _added(spot: Spot, editions: Sequence[Edition], words: Sequence[str]) -> Rule:
    rule = read_rule(spot, editions[-1].steps, words)
    refuse_less(spot, rule, editions)
    for edition in editions:
        refuse_contradiction(spot, rule, edition)
    return rule


def _owed(spot: Spot, editions: Sequence[Edition]) -> Duty:
    duty = read_duty(spot, editions[-1].stages, editions[-1].steps)
    refuse_later(spot, duty, editions)
    return duty


def _taken(editions: Sequence[Edition], entries: Sequence[Sequence[Rule | Duty]], what: str) -> dict[str, str]:
    """The ids that are national, with what to say to a school that takes one for itself."""
    return {
        one.id: f"{one.id!r} is a national {what}, of {edition.name} ({', '.join(one.sources)}): a policy does not say it "
        f"anew; to make it stricter, name it under `tighten`, to add another, give that a name of its own"
        for edition, own in zip(editions, entries, strict=True)
        for one in own
    }
