"""A reminder that was refused, brought about in a demo: a letter to somebody invented, and all that is left of them put away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.calendar import DAY, civil_day
from domain.facts import KINDS, Fact, Transition
from domain.facts.reminding import ReminderAskedAgain, ReminderSent
from domain.path import Path
from registry.drafting import asking, path_of
from registry.record import record
from runtime.breaking import LOOK_SECONDS, PATIENCE_SECONDS, Site
from runtime.clock import now
from runtime.engine import Engine
from runtime.postbox.keeping import Postbox
from runtime.postbox.placing import POSTBOX

NAME = "演习同学"
BEGAN = timedelta(days=6)
"""So long ago they applied, too young; no entry is late yet."""

CALM_SECONDS = 6.0
"""So long without a mail is longer than a demo gathers a letter."""


@asynccontextmanager
async def refused(site: Site) -> AsyncIterator[None]:
    """Have a reminder refused that tells an invented applicant to apply again; from then on the mail server accepts.

    At the end their path is withdrawn. If the reminder was asked for again, it is waited for, and must come once.
    """
    desk, postbox = site.resources.desk, Postbox(site.home / POSTBOX)
    number = f"drill-{await desk.log.size()}"
    address, recipient_id = f"{number}@students.example", desk.vault.other(number)
    path_id = path_of(desk.vault.person(number), 1)
    await _no_mail_under_way(site, postbox)
    await site.choose()
    unit = next(iter((await site.resources.views.rows(site.hit)).values())).unit
    site.hit = (path_id,)
    postbox.answer = "refuse"
    try:
        try:
            await _open(site, number, address, unit)
            await _until(site, path_id, lambda facts: _outcomes(facts) == ["refused"])
        finally:
            postbox.answer = "accept"
        yield
        if any(isinstance(fact, ReminderAskedAgain) for fact in (await desk.load(path_id)).facts):
            await _until(site, path_id, lambda facts: len(_outcomes(facts)) > 1)
            mails = sum(one.message["To"] == address for one in postbox.newest(len(postbox.numbers())))
            told = _outcomes((await desk.load(path_id)).facts)
            if (told, mails) != (["refused", "accepted"], 1):
                site.wrong = f"the reminder was {', '.join(told)}, and came {mails} times"
    finally:
        for stream_id, topic in ((path_id, "path-withdrawn"), (recipient_id, "recipient-left")):
            if (await desk.load(stream_id)).facts:
                await _say(site, stream_id, topic, {"effective_on": civil_day(now())})


async def _no_mail_under_way(site: Site, postbox: Postbox) -> None:
    """Wait until no other letter would be refused too: a demo that has just started sends many. Raises TimeoutError."""
    await site.quiet()
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        seen: list[int] | None = None
        while seen != (seen := postbox.numbers()):
            await asyncio.sleep(CALM_SECONDS)


async def _open(site: Site, number: str, address: str, unit: str) -> None:
    """Register somebody invented, who applied too young and has come of age since."""
    vault, day = site.resources.desk.vault, civil_day(now())
    began, recipient_id, path_id = day - BEGAN, vault.other(number), path_of(vault.person(number), 1)
    person = {"student_no": number, "name": NAME, "born_on": _eighteen_before(day - DAY)}
    told: list[tuple[UUID, str, Mapping[str, Any]]] = [
        (recipient_id, "recipient-registered", {"number": number, "name": NAME}),
        (recipient_id, "address-given", {"channel": "mail", "address": address}),
        (path_id, "application-submitted", {**person, "home_unit": unit, "by_unit": unit}),
        (path_id, "application-deferred", {"by_unit": unit, "cause": "under-age"}),
    ]
    for stream_id, topic, said in told:
        await _say(site, stream_id, topic, {"effective_on": began, **said})


def _eighteen_before(day: date) -> date:
    """The birthday of somebody who came of age on a day, or up to three before: overdue, it is told whatever the hour is."""
    return day.replace(year=day.year - 18, day=min(day.day, 28))


def _outcomes(facts: Sequence[Fact]) -> list[str]:
    """What became of each reminder."""
    return [fact.outcome for fact in facts if isinstance(fact, ReminderSent)]


async def _until(site: Site, path_id: UUID, true: Callable[[Sequence[Fact]], bool]) -> None:
    """Wait until it is true of the facts of a path. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true((await site.resources.desk.load(path_id)).facts):
            await asyncio.sleep(LOOK_SECONDS)


async def _say(site: Site, stream_id: UUID, topic: str, said: Mapping[str, Any]) -> None:
    """Record a fact in the way of its kind, with the reason that it is a drill. Raises RuntimeError where it is not taken."""
    asked = asking(
        site.resources.desk,
        stream_id,
        topic,
        {**said, "reason": "演习 · a drill"},
        actor="drill",
        capacity="system",
        key=topic,
        mode="record",
        source="drill",
    )
    if issubclass(KINDS[topic], Transition) and KINDS[topic].SUBJECT == Path.NAME:
        outcome = await Engine(site.client, site.settings.task_queue).transition(asked)
    else:
        outcome = await record(site.resources.desk, asked, now())
    if outcome.receipt is None:
        message = f"{topic} was not recorded: {outcome.kind}"
        raise RuntimeError(message)
