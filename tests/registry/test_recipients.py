"""Who is told a reminder: by role, by post, up the tree, and why those before them are not told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from domain.receipt import Reminder
from eventlog.log import Log
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.keys.store import MemoryKeys
from registry.recipients import SEATS, UP, Resolved, Unreached, recipients_of, unreachable
from registry.record import record
from registry.shape import WrongShape
from registry.subjects import shred
from tests.registry.lin import LIN, NOW

DAY = date(2026, 3, 2)
LIN_NO = str(LIN["student_no"])


@dataclass
class House:
    """A university with a department, a college, a general branch and a branch in which Lin's path is open."""

    desk: Desk
    numbers: "count[int]" = field(default_factory=count)

    async def say(self, stream_id: UUID, topic: str, **said: Any) -> None:
        """Record something that happened."""
        said = {"effective_on": "2025-01-01", "reason": "补录", **said}
        how: dict[str, Any] = {"actor": "t", "capacity": "admin", "key": f"k{next(self.numbers)}", "mode": "record"}
        outcome = await record(self.desk, asking(self.desk, stream_id, topic, said, **how), NOW)
        assert outcome.kind == "recorded", outcome

    async def unit(self, unit_id: str, kind: str, superior: str | None) -> None:
        """Set up a unit."""
        said = {"unit_id": unit_id, "unit_kind": kind, "name": unit_id, "name_en": unit_id, "superior": superior}
        await self.say(unit_stream(unit_id), "unit-established", **said)

    async def post(self, unit_id: str, post: str, number: str, *, mail: bool = True, **said: Any) -> None:
        """Appoint somebody, who is registered, with an address or without."""
        await self.say(unit_stream(unit_id), "appointed", number=number, post=post, **said)
        await self.somebody(number, mail=mail)

    async def somebody(self, number: str, *, mail: bool = True) -> UUID:
        """Register somebody, with an address or without."""
        one = self.desk.vault.other(number)
        if not (await self.desk.load(one)).facts:
            await self.say(one, "recipient-registered", number=number, name=f"某{number}")
            if mail:
                await self.say(one, "address-given", channel="mail", address=f"{number}@x.example")
        return one

    async def told(self, owed_by: str, *, on: datetime = NOW, kind: Any = "owed") -> Resolved:
        """Whom a reminder on Lin's path reaches."""
        loaded = await self.desk.load(path_of(self.desk.vault.person(LIN_NO), 1))
        return await recipients_of(self.desk, loaded, reminder(owed_by, kind), on)

    async def numbers_told(self, owed_by: str) -> list[str]:
        """The same by the names of mailboxes."""
        return mailboxes(await self.told(owed_by))

    @property
    def lin(self) -> UUID:
        """Lin's path."""
        return path_of(self.desk.vault.person(LIN_NO), 1)


def reminder(owed_by: str, kind: Any = "owed") -> Reminder:
    """Something owed by a role."""
    return Reminder("TALK", "S02", owed_by, DAY, 0, "谈话", "talk", kind=kind)


def mailboxes(found: Resolved) -> list[str]:
    """Whom it reaches, by the first part of their addresses."""
    return [one.addresses["mail"].partition("@")[0] for one in found.found]


@pytest.fixture
async def house(desk: Desk) -> House:
    """The house with Lin's path, and nobody in any post."""
    made = House(desk)
    await made.unit("uni", "university-committee", None)
    await made.unit("uni-org", "organisation-department", "uni")
    await made.unit("college", "college-committee", "uni")
    await made.unit("general", "general-branch", "college")
    await made.unit("b", "branch", "general")

    async def departments() -> Sequence[str]:
        return ["uni-org"]

    made.desk = replace(desk, departments=departments)
    await made.say(made.lin, "application-submitted", **{**LIN, "home_unit": "b", "by_unit": "b"})
    return made


async def test_the_applicant_is_told_under_their_own_number(house: House) -> None:
    """Number and address are opened for that moment; what goes on outside is the pseudonym."""
    await house.somebody(LIN_NO)
    (found,) = (await house.told("applicant")).found
    assert (found.recipient_id, found.role, found.unit) == (house.desk.vault.other(LIN_NO), "applicant", "b")
    assert (found.addresses, found.name, found.language) == ({"mail": f"{LIN_NO}@x.example"}, f"某{LIN_NO}", "zh")
    assert LIN_NO not in repr(found)


async def test_contacts_and_introducers_are_those_of_the_day(house: House) -> None:
    """Who has ended is not told, who lost the rights of a member neither; two contacts are both told."""
    for number in ("m1", "m2", "m3"):
        await house.somebody(number)
    for number, order in (("m1", "first"), ("m2", "second"), ("m3", "first")):
        said = {"contact_id": number, "order": order, "full_member": True, "effective_on": "2026-03-02"}
        await house.say(house.lin, "cultivation-contact-assigned", **said)
    await house.say(
        house.lin, "cultivation-contact-ended", contact_id="m3", cause="replaced", effective_on="2026-03-03"
    )
    assert await house.numbers_told("contacts") == ["m1", "m2"]
    members = ["m2", "m3"]
    await house.say(
        house.lin, "introducers-confirmed", introducers=members, full_members=True, effective_on="2026-03-03"
    )
    await house.say(house.lin, "introducer-rights-lost", introducer_id="m2", effective_on="2026-03-04")
    assert await house.numbers_told("introducers") == ["m3"]


async def test_a_committee_is_told_by_turns(house: House) -> None:
    """The secretary, else the deputy, else the members; a committee's secretary and organisers together."""
    await house.post("b", "committee-member", "member")
    assert (await house.told("branch-committee")).passed_over == ("branch-committee:vacant",)
    assert await house.numbers_told("branch-committee") == ["member"]
    await house.post("b", "deputy-secretary", "deputy")
    assert await house.numbers_told("branch-committee") == ["deputy"]
    await house.post("b", "branch-secretary", "head")
    assert mailboxes(found := await house.told("branch-committee")) == ["head"]
    assert found.passed_over == ()
    await house.post("college", "secretary", "s")
    await house.post("college", "organiser", "o1")
    await house.post("college", "organiser", "o2", mail=False)
    found = await house.told("superior-committee")
    assert (mailboxes(found), found.passed_over) == (["s", "o1"], ("superior-committee:no-address",))


async def test_it_goes_up_until_somebody_is_reached(house: House) -> None:
    """Each unit above in its turn; the department hangs beside the line; in the end nobody, and all reasons are kept."""
    ladder = (
        "contacts:vacant",
        "branch-secretary:no-address",
        "general-branch:left",
        "superior-committee:unregistered",
    )
    await house.post("b", "branch-secretary", "silent", mail=False)
    await house.post("general", "secretary", "gone")
    await house.say(house.desk.vault.other("gone"), "recipient-left")
    await house.say(unit_stream("college"), "appointed", number="unknown", post="secretary")
    found = await house.told("contacts")
    assert (found.found, found.passed_over) == ((), (*ladder, "organisation-department:vacant"))
    await house.post("uni-org", "department-staff", "staff")
    found = await house.told("contacts")
    assert (mailboxes(found), found.found[0].unit, found.passed_over) == (["staff"], "uni-org", ladder)
    await house.say(house.desk.vault.other("gone"), "recipient-returned", effective_on="2026-03-01")
    assert await house.numbers_told("contacts") == ["gone"]


async def test_nobody_is_told_to_deal_with_themselves(house: House) -> None:
    """The secretary whose own path it is does not hold the talk with themselves: the next one is told."""
    await house.post("b", "branch-secretary", LIN_NO)
    await house.post("b", "deputy-secretary", "deputy")
    found = await house.told("branch-secretary")
    assert (mailboxes(found), found.passed_over) == (["deputy"], ("branch-secretary:self",))
    assert await house.numbers_told("applicant") == [LIN_NO]


async def test_that_it_climbed_is_told_to_the_one_it_climbed_from(house: House) -> None:
    """Who cannot be reached is not told through somebody above, who is reminded anyway."""
    await house.post("general", "secretary", "above")
    assert await house.numbers_told("branch-secretary") == ["above"]
    found = await house.told("branch-secretary", kind="climbed")
    assert (found.found, found.passed_over) == ((), ("branch-secretary:vacant",))


async def test_who_held_the_post_yesterday_is_not_told_today(house: House) -> None:
    """The day of sending decides, not the day on which something was owed; the new one holds it from their day on."""
    await house.post("b", "branch-secretary", "old")
    end = {"number": "old", "post": "branch-secretary", "cause": "graduated"}
    await house.say(unit_stream("b"), "appointment-ended", effective_on="2026-03-01", **end)
    await house.post("b", "branch-secretary", "new", effective_on="2026-03-01")
    before = NOW.replace(year=2026, month=2, day=27)
    assert mailboxes(await house.told("branch-secretary", on=before)) == ["old"]
    assert mailboxes(await house.told("branch-secretary")) == ["new"]


async def test_a_dissolved_unit_tells_nobody(house: House) -> None:
    """Whoever sat there sits there no longer: the next unit above is told."""
    await house.post("general", "secretary", "above")
    await house.post("b", "branch-secretary", "head")
    assert await house.numbers_told("branch-secretary") == ["head"]
    await house.say(unit_stream("b"), "unit-dissolved", effective_on="2026-03-01")
    assert await house.numbers_told("branch-secretary") == ["above"]
    assert await unreachable(house.desk, "b", NOW) == []


async def test_addresses_by_channel_and_the_newest_counts(house: House) -> None:
    """Another address of a channel takes the place of the first; one that was withdrawn is none."""
    one = await house.somebody(LIN_NO)
    await house.say(one, "address-given", channel="wecom", address="linxy")
    await house.say(one, "address-given", channel="mail", address="Lin@NEW.example", effective_on="2026-03-01")
    (found,) = (await house.told("applicant")).found
    assert found.addresses == {"mail": "Lin@new.example", "wecom": "linxy"}
    await house.say(one, "address-withdrawn", channel="mail", effective_on="2026-03-02")
    (found,) = (await house.told("applicant")).found
    assert found.addresses == {"wecom": "linxy"}


async def test_whose_keys_are_gone_is_not_told(house: House) -> None:
    """Destroyed keys leave nobody to tell, whether the fact that says so has come or not."""
    one = await house.somebody(LIN_NO)
    await house.say(house.lin, "path-withdrawn", effective_on="2026-03-02")
    asked = {"effective_on": "2026-03-02", "basis": "consent-withdrawn", "approved_by": "wang"}
    await house.say(house.lin, "shredding-requested", **asked)
    later = NOW + timedelta(days=40)
    assert (await shred(house.desk, house.lin, later)).keys >= 3
    facts = (await house.desk.load(one)).facts
    assert (facts[-1].TOPIC, facts[-1].approved_by) == ("recipient-shredded", "wang")
    found = await house.told("applicant", on=later)
    assert found.found == ()
    keys = house.desk.vault.keys
    assert isinstance(keys, MemoryKeys)
    assert not [name for name in keys.kept if name[0] in keys.gone]


async def test_posts_through_which_nobody_is_reached_are_told(house: House) -> None:
    """Vacant ones that must not be, and holders of any post who cannot be told, each with the reason."""
    assert await unreachable(house.desk, "b", NOW) == [Unreached("branch-secretary", "vacant")]
    await house.post("b", "branch-secretary", "silent", mail=False)
    await house.post("b", "counsellor", "fine")
    assert await unreachable(house.desk, "b", NOW) == [
        Unreached("branch-secretary", "no-address", house.desk.vault.other("silent"))
    ]
    assert {one.post for one in await unreachable(house.desk, "college", NOW)} == {"secretary", "organiser"}
    assert await unreachable(house.desk, "nowhere", NOW) == []


async def test_a_fact_stands_in_a_stream_of_what_it_is_about(house: House) -> None:
    """An address is none of a path's, and a talk none of a recipient's."""
    one = await house.somebody("m1")
    talk = {"effective_on": "2026-03-02", "held_by": "x", "post": "secretary"}
    mail = {"effective_on": "2026-03-02", "channel": "mail", "address": "a@x.example"}
    for stream_id, topic, said in ((one, "applicant-talk-held", talk), (house.lin, "address-given", mail)):
        asked = asking(house.desk, stream_id, topic, said, actor="t", capacity="admin", key=topic, mode="record")
        assert (await record(house.desk, asked, NOW)).kind == "unknown-path"


async def test_what_stands_of_a_recipient_is_sealed_apart(house: House) -> None:
    """In the log nothing of it can be read; and it is not under the key by which other people's facts name them."""
    one = await house.somebody("m1")
    log: Log = house.desk.log
    stored = b"".join(entry.payload for entry in await log.stream(one)).decode()
    assert "某m1" not in stored
    assert "m1@x.example" not in stored
    assert one.hex not in stored


async def test_a_post_needs_its_unit(house: House) -> None:
    """A branch has no organiser, and what has not been held cannot end."""
    for topic, more in (("appointed", {}), ("appointment-ended", {"cause": "other"})):
        with pytest.raises(WrongShape):
            await house.say(unit_stream("b"), topic, number="x", post="organiser", **more)


def test_every_role_ends_at_the_department() -> None:
    """From wherever one begins, the ladder of roles comes to its end."""
    for role in {*SEATS, "applicant", "contacts", "introducers"}:
        seen = [role]
        while (above := UP.get(seen[-1])) is not None:
            assert above not in seen
            seen.append(above)
        assert seen[-1] == "organisation-department"
