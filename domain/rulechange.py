"""What two sets of rulebooks say otherwise, book by book and rule by rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from domain.rulebook import Duty, Edition, Policy, Rule, Rulebooks
from domain.rulesaid import edition_said, flat, plain, policy_said


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two sets of rulebooks say otherwise: in which book, of which rule, what; None where it is not."""

    book: str
    id: str
    name: str
    before: Any
    after: Any


def changes(before: Rulebooks, after: Rulebooks) -> Iterator[Change]:
    """What one set says otherwise than another, book by book and rule by rule.

    Editions are compared by their names; where each set has one only, those two are.
    """
    old, new = ({one.name: one for one in books.editions} for books in (before, after))
    if len(old) == len(new) == 1:
        [(was, only_old)], [(now, only_new)] = old.items(), new.items()
        name = was if was == now else f"{was} → {now}"
        old, new = {name: only_old}, {name: only_new}
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            yield Change(name, "", "edition", one and one.title.en, other and other.title.en)
        else:
            yield from _values(name, "", _edition(one), _edition(other))
            yield from _entries(name, (*one.rules, *one.duties), (*other.rules, *other.duties))
    policy = before.policy.name if before.policy.name == after.policy.name else "policy"
    yield from _values(policy, "", _policy(before.policy), _policy(after.policy))
    mine, theirs = before.policy, after.policy
    yield from _entries(policy, (*mine.rules, *mine.duties), (*theirs.rules, *theirs.duties))


def _edition(one: Edition) -> dict[str, Any]:
    said = edition_said(one)
    named = {f"step {step.id}": plain(_fields(step)) for step in said.steps}
    named |= {f"move {move.fact}": plain(_fields(move)) for move in said.moves}
    return {"in_force_from": said.in_force_from, "capabilities": said.capabilities, "stages": said.stages} | named


def _policy(one: Policy) -> dict[str, Any]:
    names = ("name", "in_force_from", "cultivation_basis", "written_opinions", "remote_meetings", "capabilities")
    said = policy_said(one)
    terms = [f"{term.name} {term.start} – {term.end}" for term in said.semesters]
    reminders = {f"reminders {name}": value for name, value in said.reminders.items()}
    return {name: getattr(said, name) for name in names} | {"semesters": terms} | reminders


def _fields(said: Any) -> dict[str, Any]:
    return {item.name: getattr(said, item.name) for item in fields(said)}


def _entries(book: str, before: Sequence[Rule | Duty], after: Sequence[Rule | Duty]) -> Iterator[Change]:
    old, new = ({one.id: flat(one) for one in entries} for entries in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            yield from _values(book, name, old[name], new[name])
        else:
            kept = old.get(name) or new[name]
            said = f"{kept['en']} ({', '.join(kept['sources'])})"
            yield Change(book, name, "rule", said if name in old else None, said if name in new else None)


def _values(book: str, entry: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Change(book, entry, name, before.get(name), after.get(name))


def concerning(before: Rulebooks, after: Rulebooks) -> tuple[Rulebooks, Rulebooks]:
    """Two sets without the rules and obligations that can make no difference between them.

    Where both read a path alike (the same stages, moves, steps, capabilities, days and settings of the school), a rule
    that both have finds the same under both. What stays are those that differ, and all that have a say in the days of
    the same steps. Two sets that read a path otherwise come back as they are.
    """
    if _grounds(before) != _grounds(after):
        return before, after
    pairs = list(zip(before.editions, after.editions, strict=True))
    pairs += zip(before.before_policy, after.before_policy, strict=True)
    edition_rules = [(one.rules, other.rules) for one, other in pairs]
    rules = _odd([*edition_rules, (before.policy.rules, after.policy.rules)])
    edition_duties = [(one.duties, other.duties) for one, other in pairs]
    duties = _odd([*edition_duties, (before.policy.duties, after.policy.duties)])
    topics = {topic for rule in rules for topic in rule.on}
    owed = {duty.step for duty in duties}
    touched = [
        step
        for edition in before.editions
        for step in edition.steps.values()
        if "any" in topics or step.id in owed or not topics.isdisjoint(ref.topic for ref in step.done_by)
    ]
    steps = {step.id for step in touched}
    kept = topics | {ref.topic for step in touched for ref in step.done_by}
    return _only(before, kept, steps), _only(after, kept, steps)


def _grounds(books: Rulebooks) -> object:
    """Everything but rules and obligations: what decides how a path is read."""
    bare = replace(books.policy, name="", title=books.editions[0].title, rules=(), duties=(), tightenings=())
    named = [(one.name, one.in_force_from, one.stages, one.moves, one.steps) for one in books.editions]
    return named, [one.capabilities for one in books.editions], bare, books.workdays


def _odd(pairs: Sequence[tuple[Sequence[Any], Sequence[Any]]]) -> list[Any]:
    """What stands on one side of a pair only."""
    return [one for mine, theirs in pairs for one in (*mine, *theirs) if (one in mine) != (one in theirs)]


def _only(books: Rulebooks, topics: set[str], steps: set[str]) -> Rulebooks:
    def rules(known: Sequence[Rule]) -> tuple[Rule, ...]:
        # What is asked of any fact has a say in the days of a step only where it belongs to one.
        return tuple(one for one in known if not topics.isdisjoint(one.on) or ("any" in one.on and one.step != "all"))

    def duties(known: Sequence[Duty]) -> tuple[Duty, ...]:
        return tuple(one for one in known if one.step in steps)

    def edition(known: Edition) -> Edition:
        return replace(known, rules=rules(known.rules), duties=duties(known.duties))

    return replace(
        books,
        editions=[edition(one) for one in books.editions],
        before_policy=[edition(one) for one in books.before_policy],
        policy=replace(books.policy, rules=rules(books.policy.rules), duties=duties(books.policy.duties)),
    )
