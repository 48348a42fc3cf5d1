"""Every obligation of the rulebooks, on the real engine: at its rungs, to a real mail server, as judged, and once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

import pytest

from activities.channels.mail import Mail
from activities.mailroom import at_once
from activities.paths import Paths
from domain.calendar import moment_on
from domain.facts.reminding import ReminderSent
from domain.ladder import UP_DAYS
from registry.batch import record_all
from registry.drafting import asking, path_of
from runtime.clock import now
from runtime.rehearsal.people import populate
from runtime.rehearsal.scene import NAME, Scene, open_scene
from runtime.rehearsal.telling import establish
from tests.domain.given import rulebooks, story
from tests.gateways import Received, mail_server
from tests.runtime.lives import LIVES, Life
from tests.runtime.mornings import OFFICE_OPENS, Sent, looked_at_every_morning
from workflows.contract import workflow_id
from workflows.path import Path

COURSE = story("course")
UNITS = {str(unit["unit_id"]): unit for unit in COURSE.units}
pytestmark = pytest.mark.timeout(240)  # years of eight lives, told for all tests by whichever comes first

Rung = tuple[str, str, int, str]
"""Obligation, role, days, and whether it says that it climbed."""


@dataclass(frozen=True)
class Lived:
    """What stands in the log as told after each life, and the mails that came of all of them."""

    told: Sequence[Sequence[ReminderSent]]
    mails: Sequence[Received]


@pytest.fixture(scope="module")
async def lived() -> Lived:
    """All lives, one after another on one engine."""
    async with mail_server() as server:
        mail = Mail("mail", server.reached("jieti@example.edu.cn"), now)
        begins = moment_on(min(life.recorded[0][0] for life in LIVES), OFFICE_OPENS)
        async with open_scene(
            begins, workflow=Path, activities=lambda desk: Paths(desk, at_once(desk, {"mail": mail}))
        ) as scene:
            for unit in COURSE.units:
                await establish(scene, unit)
            for life in LIVES:
                await populate(scene.desk, replace(COURSE, facts=life.facts), begins, actor=NAME)
            told = [await live(scene, life) for life in LIVES]
        await mail.close()
    return Lived(told, server.received)


async def live(scene: Scene, life: Life) -> list[ReminderSent]:
    """Bring facts in on their days; between them the path's own timers fire. Answers what was told."""
    path_id = path_of(scene.desk.vault.person(life.facts[0].says["student_no"]), 1)
    scene.clock.begin(moment_on(life.recorded[0][0], OFFICE_OPENS))
    for n, (day, together) in enumerate(life.recorded):
        await reach(scene, moment_on(day, OFFICE_OPENS))
        asked = [
            asking(
                scene.desk,
                path_id,
                one.topic,
                {"effective_on": one.day, "by_unit": one.by_unit, **one.says},
                actor=NAME,
                capacity=NAME,
                key=f"{n}/{nth}",
                mode="record",
            )
            for nth, one in enumerate(together)
        ]
        await record_all(scene.desk, asked, await scene.clock.now())
        await scene.engine.nudge([path_id])
        scene.clock.watch(workflow_id(path_id))
    await reach(scene, moment_on(life.until, OFFICE_OPENS))
    return [fact for fact in (await scene.desk.load(path_id)).facts if isinstance(fact, ReminderSent)]


async def reach(scene: Scene, moment: datetime) -> None:
    """Let time go by, from one alarm of the path to the next."""
    reached = None
    while reached is None or reached < moment:
        await scene.settled()
        reached = await scene.clock.forward(moment)


def reminders(told: Sequence[ReminderSent]) -> list[Sent]:
    """Each reminder once, however many were told of it."""
    sent = [Sent(one.effective_on, one.obligation, one.owed_by, one.due_on, one.rung_days, one.kind) for one in told]
    return [each for each, _ in groupby(sent)]


def rungs() -> set[Rung]:
    """The rungs of every obligation, of each edition and of the policy, up to the last role that it climbs to."""
    books, found = rulebooks(), set[Rung]()
    for duty in (duty for edition in books.editions for duty in books.duties_of(edition)):
        assert not duty.remind_workdays
        found |= {(duty.id, duty.owed_by, days, "owed") for days in duty.remind}
        for n, role in enumerate(duty.escalate, 1):
            days = max(duty.remind) + UP_DAYS * n
            found |= {(duty.id, role, days, "owed"), (duty.id, duty.owed_by, days, "climbed")}
    return found


def test_every_obligation_is_reminded_at_all_its_rungs(lived: Lived) -> None:
    """No rung of any obligation in the rulebooks is left out: one that is added there needs a life here."""
    told = {(one.obligation, one.owed_by, one.rung_days, one.kind) for life in lived.told for one in life}
    assert rungs() - told == set()
    assert len({rung[0] for rung in rungs()}) > 30


@pytest.mark.parametrize("number", range(len(LIVES)), ids=[life.name for life in LIVES])
def test_what_was_told_is_what_judge_says(lived: Lived, number: int) -> None:
    """The log has what somebody who judges the path every morning would have told, each on its day, and nothing else."""
    life = LIVES[number]
    assert reminders(lived.told[number]) == list(looked_at_every_morning(life.recorded, life.until, UNITS))


def test_nobody_is_told_twice_and_everything_told_is_a_mail(lived: Lived) -> None:
    """In the log each rung stands once for each who was told; each of them got one mail, under an id of its own."""
    told = [one for life in lived.told for one in life]
    stands = {
        (one.originator_id, one.obligation, one.due_on, one.owed_by, one.rung_days, one.kind, one.recipient)
        for one in told
    }
    assert len(stands) == len(told)
    assert {one.outcome for one in told} == {"accepted"}
    assert {one.letter for one in told} == {letter_of(mail) for mail in lived.mails}
    assert len(lived.mails) == len(told)


def letter_of(mail: Received) -> str:
    """The id of the letter that a mail is."""
    return str(mail.mail["Message-ID"]).strip("<>").partition("@")[0]
