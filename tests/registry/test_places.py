"""Places with terms of their own: who is told what they owe, and what may not hang at them."""

from dataclasses import replace
from typing import Any

import pytest

from domain.termclock import term_stream
from registry.desk import unit_stream
from registry.drafting import asking
from registry.recipients import Unreached, recipients_of, unreachable
from registry.record import record
from registry.shape import WrongShape
from tests.domain.test_quotas import school
from tests.registry.lin import LIN, NOW
from tests.registry.test_recipients import House, house, mailboxes, reminder

__all__ = ["house"]

TERM = "trial"


@pytest.fixture
async def dorm(house: House) -> House:
    """The same house with a community, a building and a dormitory below the general branch, whose term has begun."""
    for unit, kind, superior in (
        ("east", "community", "general"),
        ("b7", "building", "east"),
        ("d1", "dormitory", "b7"),
    ):
        await house.unit(unit, kind, superior)
    said: dict[str, Any] = {"unit_id": "d1", "by_unit": "d1", "term": TERM, "effective_on": "2025-09-07"}
    await house.say(term_stream("d1", TERM), "term-opened", starts_on="2025-09-07", ends_on="2026-06-17", **said)
    return house


async def told(house: House, owed_by: str) -> list[str]:
    """Whom a reminder about the dormitory's term reaches."""
    loaded = await house.desk.load(term_stream("d1", TERM))
    return mailboxes(await recipients_of(house.desk, loaded, reminder(owed_by), NOW))


async def test_the_head_of_a_place_owes_for_it(dorm: House) -> None:
    """Its own head, else that of the larger place, else the organisation of the Party to which it all belongs."""
    await dorm.post("general", "secretary", "above")
    assert await told(dorm, "unit-head") == ["above"]
    await dorm.post("east", "head", "of-east")
    assert await told(dorm, "unit-head") == ["of-east"]
    await dorm.post("d1", "head", "of-room")
    assert await told(dorm, "unit-head") == ["of-room"]


async def test_a_secretary_owes_for_the_places_of_their_organisation(dorm: House) -> None:
    """The nearest organisation of the Party above a place answers for it, whoever heads the place."""
    await dorm.post("d1", "head", "of-room")
    await dorm.post("general", "secretary", "above")
    assert await told(dorm, "branch-secretary") == ["above"]


async def test_a_community_without_a_head_is_told(dorm: House) -> None:
    """A community and a leader's office must have somebody; a dormitory may go without."""
    assert await unreachable(dorm.desk, "east", NOW) == [Unreached("head", "vacant")]
    assert await unreachable(dorm.desk, "d1", NOW) == []


async def test_no_path_and_no_branch_hang_at_a_place(dorm: House) -> None:
    """A dormitory is nobody's branch, and no branch stands below a community."""
    lin = {**LIN, "student_no": "2099", "home_unit": "d1", "by_unit": "b"}
    with pytest.raises(WrongShape, match="no organisation of the Party"):
        await dorm.say(dorm.desk.vault.person("2099"), "application-submitted", **lin)
    with pytest.raises(WrongShape, match="stands below another organisation"):
        await dorm.unit("b9", "branch", "east")
    said = {"unit_id": "d2", "unit_kind": "dormitory", "name": "2", "name_en": "2", "superior": "b7"}
    with pytest.raises(WrongShape, match="approves nothing"):
        await dorm.say(unit_stream("d2"), "unit-established", approves=True, **said)


async def test_what_is_said_of_an_inspection_fits_it(dorm: House) -> None:
    """Only a dormitory is inspected, on a day of its term; nothing applies before its time, or to what is not there."""
    dorm.desk = replace(dorm.desk, rulebooks=school("electronic"))
    term = term_stream("d1", TERM)
    inspection = {"grade": "fail", "criterion": "hygiene", "inspector": "branch"}
    with pytest.raises(WrongShape, match="outside of the unit's days"):
        await dorm.say(term, "dorm-inspection-recorded", effective_on="2025-09-01", **inspection)
    await dorm.say(term, "dorm-inspection-recorded", effective_on="2026-02-23", **inspection)
    with pytest.raises(WrongShape, match="nobody has objected"):
        await dorm.say(term, "dorm-objection-decided", effective_on="2026-02-24", inspection=2, upheld=True)
    decision: dict[str, Any] = {"job": "public-criticism", "applies": True, "reason": "r"}
    for said, message in (
        ({"inspection": 7}, "there is no inspection of version 7; there are: 2"),
        ({"inspection": 2, "job": "fine"}, "knows no consequence of an inspection 'fine'"),
        ({"inspection": 2}, "objections may come until 2026-02-28"),
    ):
        values = {"effective_on": "2026-02-27", **decision, **said}
        asked = asking(dorm.desk, term, "dorm-consequence-decided", values, actor="t", capacity="admin", key="c")
        with pytest.raises(WrongShape, match=message):
            await record(dorm.desk, asked, NOW)
    await dorm.say(term, "dorm-objection-raised", effective_on="2026-02-24", inspection=2)
    entry = (await dorm.desk.load(term)).entries[-1]
    assert "补录" not in entry.payload.decode()
