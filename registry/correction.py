"""What a correction says, compared with the entry that it corrects: it must name one, fit its kind, and say something new."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.correcting import Mark, corrected, marks
from domain.facts import Fact, Opening, said
from domain.facts.correcting import Correction, FactCorrected
from domain.facts.reminding import ReminderSent
from domain.facts.terms import TermClosed, TermCutShort, TermOpened
from registry.importing.cells import BadCell, reader
from registry.importing.rows import hints
from registry.shape import WrongShape, fit, sealed_fields, stand_in

WHOSE = "student_no"
"""The number of a person decides whose path it is, and its address."""


def target_of(kind: type[Correction], values: Mapping[str, Any], before: Sequence[Fact], actor: str) -> Fact:
    """The entry that a correction is about, as it reads now. Raises WrongShape where it cannot be corrected so."""
    name = "corrects" if issubclass(kind, FactCorrected) else "retracts"
    version: int = values[name]
    found = next((fact for fact in before if fact.originator_version == version), None)
    if str(values["approved_by"]).casefold() == actor.casefold():
        raise WrongShape([("approved_by", f"a second person approves a correction, and {actor!r} is recording it")])
    if found is None:
        raise WrongShape([(name, f"there is no version {version}; the path has the versions 1 to {len(before)}")])
    mark = marks(before).get(version, Mark())
    if fault := _untouchable(found, mark, corrects=name == "corrects"):
        raise WrongShape([(name, f"version {version} {fault}")])
    return corrected(found, mark.says)


def _untouchable(fact: Fact, mark: Mark, *, corrects: bool) -> str:
    """Why an entry is not corrected, or not retracted; empty where it may be."""
    if mark.retracted_by:
        return f"was retracted by version {mark.retracted_by}; to bring it back, retract that version"
    if isinstance(fact, ReminderSent):
        return "is a reminder that was sent, which nobody recorded by hand"
    if isinstance(fact, TermOpened | TermCutShort | TermClosed):
        return "was recorded by the unit's clock, as its days came; what comes later is recorded all the same"
    if corrects and isinstance(fact, Correction):
        return "is itself a correction: correct the entry that it corrects once more, or retract this one"
    if not corrects and isinstance(fact, Opening):
        return "opened the path: close the path instead (path-closed, cause opened-in-error)"
    return ""


def whole(target: Fact, says: Mapping[str, Any]) -> dict[str, Any]:
    """All that the entry says once it is corrected, typed. A text is read as a cell of a spreadsheet is.

    Raises WrongShape for a field that the kind has not, a value that does not fit, and where nothing would change.
    """
    types = hints(target.TOPIC)
    faults = [(f"says.{name}", _not_a_field(name, list(types))) for name in says if name not in types or name == WHOSE]
    if faults or not says:
        raise WrongShape(faults or [("says", f"at least one field of {target.TOPIC} with its right value is expected")])
    now = {item.name: getattr(target, item.name) for item in said(type(target))}
    now |= {name: stand_in(now[name]) for name in sealed_fields(type(target)) if now[name] is not None}
    try:
        typed = fit(target.TOPIC, {**now, **{name: _read(name, types[name], value) for name, value in says.items()}})
    except WrongShape as error:
        raise WrongShape([(f"says.{name}", fault) for name, fault in error.faults]) from None
    return typed


def _not_a_field(name: str, known: Sequence[str]) -> str:
    if name == WHOSE:
        return "the number decides whose path it is: close this one as opened in error, and open another"
    return f"the entry has no such field; it has {', '.join(known)}"


def _read(name: str, hint: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return reader(hint)(value)
    except BadCell as error:
        raise WrongShape([(name, str(error))]) from None
