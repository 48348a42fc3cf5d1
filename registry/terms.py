"""What may be said of a unit's term: on a day that lies in it, about what the school's policy knows."""

from collections.abc import Iterable, Sequence

from domain.correcting import as_corrected
from domain.facts import Fact
from domain.facts.dormitories import (
    DormConsequenceDecided,
    DormInspectionRecorded,
    DormObjectionDecided,
    DormObjectionRaised,
)
from domain.facts.terms import ActivityHeld, TermJobDone, TermOpened
from domain.rulebook import Rulebooks
from domain.termrules import Semester, TermRules
from domain.terms import judge_term
from registry.shape import WrongShape


def refuse_unless_in_term(rulebooks: Rulebooks, facts: Sequence[Fact], fact: Fact) -> None:
    """Raise WrongShape for an activity or a job that the policy does not know, or on a day outside of the term."""
    if isinstance(fact, DormObjectionRaised | DormObjectionDecided | DormConsequenceDecided):
        _refuse_unless_inspected(rulebooks, facts, fact)
    if not isinstance(fact, ActivityHeld | TermJobDone | DormInspectionRecorded):
        return
    rules, opened = rulebooks.policy.terms, as_corrected(facts)[0]
    if rules is None or not isinstance(opened, TermOpened):
        raise WrongShape([("effective_on", "the school's policy keeps no terms, or this is none")])
    faults = list(_unknown(rules, opened, fact))
    if not isinstance(fact, TermJobDone) and (fault := _outside(rulebooks.policy.semesters, opened, fact)):
        faults.append(("effective_on", fault))
    if faults:
        raise WrongShape(faults)


def _unknown(rules: TermRules, opened: TermOpened, fact: Fact) -> Iterable[tuple[str, str]]:
    if isinstance(fact, ActivityHeld) and fact.activity not in rules.activities:
        yield "activity", _none_such("activity that counts", fact.activity, rules.activities)
    if isinstance(fact, ActivityHeld) and fact.participants is not None and fact.participants < 0:
        yield "participants", "how many took part is 0 or more"
    if isinstance(fact, DormInspectionRecorded) and opened.by_kind != "dormitory":
        yield "grade", f"a {opened.by_kind} is not inspected: record it in the term of a dormitory"
    jobs = [job.id for job in rules.jobs_of(opened.by_kind or "")]
    if isinstance(fact, TermJobDone) and fact.job not in jobs:
        yield "job", _none_such(f"job of a {opened.by_kind} in a term", fact.job, jobs)


def _none_such(what: str, said: str, known: Iterable[str]) -> str:
    return f"the school's policy knows no {what} {said!r}; it knows: {', '.join(sorted(known)) or 'none'}"


def _outside(semesters: Sequence[Semester], opened: TermOpened, fact: Fact) -> str:
    """In which term a day lies, if not in this one; empty where it does."""
    term = next((one for one in semesters if one.name == opened.term), None)
    start, end = (term.start, term.end) if term else (opened.starts_on, opened.ends_on)
    if max(start, opened.effective_on) <= fact.effective_on <= end:
        return ""
    other = next((one for one in semesters if one.start <= fact.effective_on <= one.end), None)
    if other and other.name != opened.term:
        return f"that day lies in the term {other.name}: record it there"
    return f"that day lies outside of the unit's days in {opened.term}, {max(start, opened.effective_on)} to {end}"


def _refuse_unless_inspected(
    rulebooks: Rulebooks,
    facts: Sequence[Fact],
    fact: DormObjectionRaised | DormObjectionDecided | DormConsequenceDecided,
) -> None:
    """Raise WrongShape for a word about an inspection that there is not, or that comes before it may."""
    known = judge_term(rulebooks, facts, fact.effective_on, find=False)
    one = next((one for one in known.inspections if one.version == fact.inspection), None)
    if one is None:
        told = ", ".join(str(each.version) for each in known.inspections) or "none"
        raise WrongShape([("inspection", f"there is no inspection of version {fact.inspection}; there are: {told}")])
    if isinstance(fact, DormObjectionDecided) and one.objection == "none":
        raise WrongShape([("inspection", f"nobody has objected to the inspection of {one.on}")])
    if isinstance(fact, DormConsequenceDecided):
        jobs = [job.id for job in (rulebooks.policy.terms.jobs if rulebooks.policy.terms else ()) if job.upon]
        if fact.job not in jobs:
            raise WrongShape([("job", _none_such("consequence of an inspection", fact.job, jobs))])
        if fact.mode == "authorise" and fact.applies and fact.effective_on <= one.objectable_until:
            raise WrongShape([("effective_on", f"objections may come until {one.objectable_until}: decide after that")])
        if fact.mode == "authorise" and fact.applies and one.objection == "open":
            raise WrongShape([("inspection", "an objection is open: decide on it first")])
