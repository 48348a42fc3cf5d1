"""What may be said of a unit's term: on a day that lies in it, about what the school's policy knows."""

from collections.abc import Iterable, Sequence

from domain.correcting import as_corrected
from domain.facts import Fact
from domain.facts.terms import ActivityHeld, TermJobDone, TermOpened
from domain.rulebook import Rulebooks
from domain.termrules import Semester, TermRules
from registry.shape import WrongShape


def refuse_unless_in_term(rulebooks: Rulebooks, facts: Sequence[Fact], fact: Fact) -> None:
    """Raise WrongShape for an activity or a job that the policy does not know, or on a day outside of the term."""
    if not isinstance(fact, ActivityHeld | TermJobDone):
        return
    rules, opened = rulebooks.policy.terms, as_corrected(facts)[0]
    if rules is None or not isinstance(opened, TermOpened):
        raise WrongShape([("effective_on", "the school's policy keeps no terms, or this is none")])
    faults = list(_unknown(rules, opened, fact))
    if isinstance(fact, ActivityHeld) and (fault := _outside(rulebooks.policy.semesters, opened, fact)):
        faults.append(("effective_on", fault))
    if faults:
        raise WrongShape(faults)


def _unknown(rules: TermRules, opened: TermOpened, fact: ActivityHeld | TermJobDone) -> Iterable[tuple[str, str]]:
    if isinstance(fact, ActivityHeld) and fact.activity not in rules.activities:
        yield "activity", _none_such("activity that counts", fact.activity, rules.activities)
    if isinstance(fact, ActivityHeld) and fact.participants is not None and fact.participants < 0:
        yield "participants", "how many took part is 0 or more"
    jobs = [job.id for job in rules.jobs_of(opened.by_kind or "")]
    if isinstance(fact, TermJobDone) and fact.job not in jobs:
        yield "job", _none_such(f"job of a {opened.by_kind} in a term", fact.job, jobs)


def _none_such(what: str, said: str, known: Iterable[str]) -> str:
    return f"the school's policy knows no {what} {said!r}; it knows: {', '.join(sorted(known)) or 'none'}"


def _outside(semesters: Sequence[Semester], opened: TermOpened, fact: ActivityHeld) -> str:
    """In which term a day lies, if not in this one; empty where it does."""
    term = next((one for one in semesters if one.name == opened.term), None)
    start, end = (term.start, term.end) if term else (opened.starts_on, opened.ends_on)
    if max(start, opened.effective_on) <= fact.effective_on <= end:
        return ""
    other = next((one for one in semesters if one.start <= fact.effective_on <= one.end), None)
    if other and other.name != opened.term:
        return f"that day lies in the term {other.name}: record it there"
    return f"that day lies outside of the unit's days in {opened.term}, {max(start, opened.effective_on)} to {end}"
