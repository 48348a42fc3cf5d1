"""The one way a fact gets into the log: load, look for the key, judge, append."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.correcting import as_corrected
from domain.facts import Fact, Opening, Transition
from domain.facts.application import ApplicationSubmitted, BirthDateCorrected
from domain.facts.correcting import FactCorrected
from domain.judge import weigh
from domain.judgement import Finding
from domain.path import Path
from domain.receipt import Alarm, Asked, Outcome, Receipt
from domain.state import with_state
from eventlog.entry import Append, Entry, place
from eventlog.log import Head, KeyReused, StreamMoved
from registry.desk import Desk
from registry.drafting import draft
from registry.due import looked
from registry.restraint import refuse_unless_fits
from registry.sealing import sealed
from registry.shape import WrongShape, kind_of
from registry.shelf import Loaded
from registry.terms import refuse_unless_in_term

TRIES = 5
"""How often a request is judged anew because others were quicker, before it is given back to its sender."""


class Contended(Exception):
    """The path is changing too fast just now; the same request with the same key may be sent again."""


async def record(desk: Desk, asked: Asked, now: datetime, *, loaded: Loaded | None = None) -> Outcome:
    """Record one fact, or refuse it: refusals, repeats and mismatches are outcomes.

    `now` (aware UTC) is the moment of recording; the day on which the fact counts is its own. Raises UnknownFact and
    WrongShape for what cannot be a fact, Shredded for a person whose keys were destroyed; LogUnavailable, KeysUnavailable
    and Contended for what may be sent again with the same key.
    `loaded` is the path as the caller has just read it. Only a decision's receipt has an alarm: the workflow that asked
    needs it, and after evidence the follower of the log looks whether it has changed.
    """
    for _ in range(TRIES):
        loaded = loaded or await desk.load(asked.path_id)
        asked = await _at_the_door(desk, asked, loaded)
        outcome, fact, findings = await _decide(desk, asked, loaded, now)
        if fact is None:
            return outcome
        try:
            written = await desk.log.append(appended(desk, asked, loaded.head, fact))
        except StreamMoved:
            loaded = None
            continue
        except KeyReused:
            return Outcome("key-reused")
        if not written.repeated:
            desk.grown(loaded, written.entries[0], fact)
            return _recorded(desk, asked, written.entries[0], before=loaded.facts, fact=fact, findings=findings)
        loaded = None
    message = f"path {asked.path_id} changed {TRIES} times while this was judged"
    raise Contended(message)


async def ask(desk: Desk, asked: Asked, now: datetime) -> Outcome:
    """Give the outcome that `record` would give, and store nothing. Its receipt has position 0."""
    loaded = await desk.load(asked.path_id)
    asked = await _at_the_door(desk, asked, loaded, keep=False)
    outcome, fact, findings = await _decide(desk, asked, loaded, now)
    if fact is None:
        return outcome
    (entry,) = place(appended(desk, asked, loaded.head, fact))
    recorded = _recorded(desk, asked, entry, before=loaded.facts, fact=fact, findings=findings)
    return replace(recorded, confidence=outcome.confidence)


async def _at_the_door(desk: Desk, asked: Asked, loaded: Loaded, *, keep: bool = True) -> Asked:
    """Seal what is said, for a path that there is or will be: no key is made for any other."""
    if asked.sealed or not (loaded.entries or issubclass(kind_of(asked.topic), Opening)):
        return asked
    (one,) = await sealed(desk, [asked], keep=keep)
    return one


async def _decide(
    desk: Desk, asked: Asked, loaded: Loaded, now: datetime
) -> tuple[Outcome, Fact | None, Sequence[Finding]]:
    """Either an outcome that is final, or the fact to be written and its findings."""
    known = _earlier(desk, asked, loaded)
    opens = issubclass(kind_of(asked.topic), Opening)
    version = loaded.head.version
    if known:
        return known, None, ()
    if opens == bool(version):
        return Outcome("already-open" if opens else "unknown-path", version=version), None, ()
    if loaded.facts and not kind_of(asked.topic).stands_in(loaded.facts[0].SUBJECT):  # a fact about something else
        return Outcome("unknown-path", version=version), None, ()
    if asked.version is not None and asked.version != version:
        return Outcome("stale", version=version), None, ()
    fact = await draft(desk, asked, version + 1, now, loaded.facts)
    refuse_unless_fits(desk, loaded.facts, fact)
    refuse_unless_in_term(desk.rulebooks, loaded.facts, fact)
    refuse_before_birth(loaded.facts, fact)
    verdict = weigh(desk.rulebooks, loaded.facts, fact)
    outcome = Outcome("refused", findings=verdict.findings, version=version, confidence=verdict.confidence)
    if asked.mode == "authorise" and not verdict.allowed:
        return outcome, None, ()
    return outcome, with_state(desk.rulebooks, loaded.facts, fact), verdict.findings


def refuse_before_birth(facts: Sequence[Fact], fact: Fact) -> None:
    """Raise WrongShape for a fact, or what a correction makes of one, that counts before the person was born."""
    read = as_corrected([*facts, fact])
    born = [one.born_on for one in read if isinstance(one, ApplicationSubmitted | BirthDateCorrected)]
    about = {fact.originator_version, fact.corrects if isinstance(fact, FactCorrected) else 0}
    if born and any(one.effective_on < born[-1] for one in read if one.originator_version in about):
        raise WrongShape([("effective_on", f"the person was born later, on {born[-1]}")])


def _earlier(desk: Desk, asked: Asked, loaded: Loaded) -> Outcome | None:
    """What an earlier request with this key was told, if there was one.

    This look comes before judging: after a lost answer the path has moved, and would now refuse what it accepted.
    """
    entry = next((one for one in loaded.entries if one.key == asked.key), None)
    if entry is None:
        return None
    if entry.request.hex() != asked.request:
        return Outcome("key-reused", version=loaded.head.version)
    before, fact = loaded.facts[: entry.version - 1], loaded.facts[entry.version - 1]
    findings = weigh(desk.rulebooks, before, fact).findings
    outcome = _recorded(desk, asked, entry, before=before, fact=fact, findings=findings)
    return replace(outcome, receipt=replace(outcome.receipt, repeated=True)) if outcome.receipt else outcome


def _recorded(
    desk: Desk, asked: Asked, entry: Entry, *, before: Sequence[Fact], fact: Fact, findings: Sequence[Finding]
) -> Outcome:
    decides = issubclass(kind_of(asked.topic), Transition) and kind_of(asked.topic).SUBJECT == Path.NAME
    return Outcome(
        "recorded",
        Receipt(
            path_id=asked.path_id,
            topic=asked.topic,
            position=entry.position,
            version=entry.version,
            digest=entry.digest.hex(),
            request=asked.request,
            recorded_at=entry.recorded_at,
            findings=tuple(findings),
            alarm=looked(desk, [*before, fact], entry.recorded_at).alarm if decides else Alarm(),
        ),
        tuple(findings),
        entry.version,
    )


def appended(desk: Desk, asked: Asked, head: Head, fact: Fact) -> Append:
    """Put a fact into the form in which the log takes it."""
    return desk.mapping.to_append([fact], head, key=asked.key, request=bytes.fromhex(asked.request))
