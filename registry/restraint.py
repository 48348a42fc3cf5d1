"""What may be recorded beside what stands: of a person's own data, of posts, of recipients; and nothing once shredded."""

from collections.abc import Iterator, Sequence

from domain.facts import Fact
from domain.facts.personal import (
    PersonRestricted,
    PersonShredded,
    RestrictionLifted,
    ShreddingRequested,
    ShreddingWithdrawn,
)
from domain.facts.reminding import ReminderAskedAgain, ReminderSnoozed
from domain.facts.units import Appointed, AppointmentEnded
from domain.judge import judge
from domain.path import Recipient, Unit
from domain.personal import personal_state
from domain.recipients import recipient_faults
from domain.snoozing import asked_again_faults, snooze_faults
from domain.units import appointment_faults, place_faults
from registry.desk import Desk
from registry.due import looked
from registry.retention import disputed
from registry.shape import WrongShape


def refuse_unless_fits(desk: Desk, facts: Sequence[Fact], fact: Fact) -> None:
    """Raise WrongShape for a fact that does not fit what its stream says: how a person's data stand, who holds a post."""
    if faults := list(_faults(desk, facts, fact)):
        raise WrongShape(faults)
    state = personal_state(facts)
    if state.shredded:
        raise WrongShape([("path", "the keys of this person's data were destroyed; nothing more is recorded here")])
    match fact:
        case PersonRestricted() if state.restricted:
            raise WrongShape([("path", "the data of this person are restricted already")])
        case PersonRestricted() if not fact.reason:
            raise WrongShape([("reason", "say why the data of this person are no longer used")])
        case RestrictionLifted() if not state.restricted:
            raise WrongShape([("path", "the data of this person are not restricted")])
        case ShreddingRequested():
            _refuse_request(desk, facts, fact, waiting=bool(state.request))
        case ShreddingWithdrawn() if not state.request:
            raise WrongShape([("path", "no request to destroy the keys of this person's data waits")])
        case PersonShredded() if fact.requested != state.request or not state.request:
            raise WrongShape([("requested", "it does not name the request that waits")])
        case _:
            pass


def _faults(desk: Desk, facts: Sequence[Fact], fact: Fact) -> Iterator[tuple[str, str]]:
    if isinstance(fact, ReminderSnoozed):
        yield from snooze_faults(desk.rulebooks, looked(desk, facts, fact.timestamp).obligations, fact)
    elif isinstance(fact, ReminderAskedAgain):
        yield from asked_again_faults(desk.rulebooks, looked(desk, facts, fact.timestamp).obligations, facts, fact)
    elif isinstance(fact, Appointed | AppointmentEnded):
        yield from appointment_faults(facts, fact)
    elif fact.SUBJECT == Unit.NAME:
        yield from place_faults(facts, fact)
    elif fact.SUBJECT == Recipient.NAME:
        yield from recipient_faults(facts, fact)


def _refuse_request(desk: Desk, facts: Sequence[Fact], fact: ShreddingRequested, *, waiting: bool) -> None:
    if waiting:
        raise WrongShape([("path", "a request to destroy the keys of this person's data waits already")])
    second = (fact.approved_by or "").strip()
    if not second or second.casefold() == fact.recorded_by.casefold():
        raise WrongShape([("approved_by", "a second person has to agree that the keys are destroyed: name them")])
    if not judge(desk.rulebooks, facts, fact.effective_on, find=False, steps=False).closed:
        message = (
            "the path is open: its data have a purpose. Close it or let it be withdrawn first, or restrict the data"
        )
        raise WrongShape([("path", message)])
    if dispute := disputed(facts):
        raise WrongShape([("path", f"a dispute is open ({dispute}); until it ends the data may only be restricted")])
