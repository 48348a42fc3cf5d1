"""What rows about recipients and posts are held to, beside what stands in the log and in the rows before them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.addresses import address
from domain.facts import Fact
from domain.facts.units import Appointed, AppointmentEnded
from domain.recipients import recipient_on
from domain.units import appointment_faults
from registry.importing.rows import Said
from registry.importing.standing import Standing
from registry.keys.ring import name_of
from registry.shape import WrongShape
from registry.vault import Vault

_changed: Callable[..., Appointed | AppointmentEnded] = replace


class Seats:
    """Who holds which post at each unit, by the log and by the rows read so far; people are known by pseudonyms."""

    def __init__(self, vault: Vault) -> None:
        """Begin with nothing read."""
        self._vault = vault
        self._facts: dict[str, list[Fact]] = {}

    def take(self, unit_id: str, standing: Sequence[Fact], fact: Appointed | AppointmentEnded) -> None:
        """Take an appointment whose number is not sealed yet. Raises WrongShape where something stands against it."""
        known = self._facts.setdefault(unit_id, [_pseudonymous(one) for one in standing])
        asked = _changed(fact, originator_version=len(known) + 1, number=str(self._vault.other(fact.number)))
        if faults := list(appointment_faults(known, asked)):
            raise WrongShape(faults)
        known.append(asked)


def _pseudonymous(fact: Fact) -> Fact:
    if isinstance(fact, Appointed | AppointmentEnded) and (name := name_of(fact.number)):
        return _changed(fact, number=str(name[0]))
    return fact


async def stands_already(vault: Vault, standing: Standing, said: Sequence[Said], day: date) -> frozenset[int]:
    """Which facts of a recipient's row say nothing new on a day, by their places. Raises WrongShape for another's number."""
    state = recipient_on(standing.loaded.facts, day) if standing.loaded else None
    if state is None:
        return frozenset()
    opener = await vault.opener([state.name, *state.addresses.values()])
    name = opener.open(standing.stream_id, state.name)
    if name is None:
        raise WrongShape([("number", "the name and addresses that stood under this number were destroyed")])
    if str(said[0].values["name"]).replace(" ", "") != name.replace(" ", ""):
        raise WrongShape([("name", "this number is registered under another name")])
    addresses = {channel: opener.open(standing.stream_id, text) or "" for channel, text in state.addresses.items()}
    return frozenset({0, *_known(said, addresses)})


def _known(said: Sequence[Said], addresses: Mapping[str, str]) -> Iterator[int]:
    """The places of addresses that stand, in the form in which they are kept."""
    for place, fact in enumerate(said[1:], 1):
        try:
            if address(fact.values["channel"], fact.values["address"]) == addresses.get(fact.values["channel"]):
                yield place
        except ValueError:  # it is none, which is told when it is tried
            continue
