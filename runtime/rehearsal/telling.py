"""Tells a story on the real engine: every fact on its day, and between the facts the path's own timers."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import groupby
from time import monotonic
from typing import Any

from domain.calendar import civil_day, moment_on
from domain.facts import KINDS, Opening, Transition
from domain.facts.reminding import ReminderSent
from domain.judge import judge
from domain.receipt import Outcome
from domain.story import Story, Told
from domain.words import Text
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.record import record
from runtime.rehearsal.counting import count, verify
from runtime.rehearsal.lines import Act, Begun, Ended, Line, Moved, NewEdition, Reminded, Summary
from runtime.rehearsal.people import populate
from runtime.rehearsal.scene import NAME, SETTLE_SECONDS, Scene, open_scene
from workflows.contract import PathActivities, workflow_id

OFFICE_OPENS = time(10)
"""When the facts of a day begin to be recorded: the reminders of its morning have gone out."""


async def rehearse(
    story: Story, tell: Callable[[Line], None], *, workflow: type, activities: Callable[[Desk], PathActivities]
) -> Summary:
    """Tell a story from its opening to its last fact, each line as it happens; the last line is the summary.

    `workflow` and `activities` are those that a worker serves. Raises ValueError for a story that does not begin with
    an opening, WrongShape for one that says what no fact can say, ServerFailed, EngineUnavailable, LogBroken.
    """
    if not story.facts or not issubclass(KINDS[story.facts[0].topic], Opening):
        raise ValueError(f"the story {story.name} does not begin with the opening of a path")
    started = monotonic()
    begins = moment_on(story.facts[0].day, OFFICE_OPENS)
    async with open_scene(begins, workflow=workflow, activities=activities) as scene:
        for unit in story.units:
            await establish(scene, unit)
        people = await populate(scene.desk, story, await scene.clock.now(), actor=NAME)
        tell(Begun(story.title, len(story.units), people, NAME, monotonic() - started))
        telling = Telling(scene, story, tell)
        for number, (told, tried) in enumerate(_script(story), 1):
            await telling.act(told, key=f"{NAME}/{number}", tried=tried)
        summary = await telling.summary(monotonic() - started)
    tell(summary)
    return summary


def _script(story: Story) -> Iterator[tuple[Told, bool]]:
    """All that is done, in order: what was tried comes before the facts of its day."""
    attempts = sorted(story.attempts, key=lambda one: one.told.day)
    for told in story.facts:
        while attempts and attempts[0].told.day <= told.day:
            yield attempts.pop(0).told, True
        yield told, False
    yield from ((one.told, True) for one in attempts)


async def establish(scene: Scene, unit: Mapping[str, Any]) -> None:
    """Set up a unit, which was there before the story."""
    moment = await scene.clock.now()
    said = {**unit, "effective_on": date(civil_day(moment).year - 1, 1, 1)}
    stream = unit_stream(unit["unit_id"])
    asked = asking(scene.desk, stream, "unit-established", said, actor=NAME, capacity=NAME, key=NAME)
    await record(scene.desk, asked, moment)


class Telling:
    """One story as it is being told."""

    def __init__(self, scene: Scene, story: Story, tell: Callable[[Line], None]) -> None:
        """Begin before the first fact."""
        self._scene = scene
        self._tell = tell
        self._units = {str(unit["unit_id"]): Text(unit["name"], unit["name_en"]) for unit in story.units}
        self._path_id = path_of(scene.desk.vault.person(story.facts[0].says["student_no"]), 1)
        self._day = story.facts[0].day
        self._begins = self._day
        self._stage = ""
        self._seen = 0
        self._ended = False
        self._lines: list[Line] = []

    async def act(self, told: Told, *, key: str, tried: bool) -> None:
        """Let time go by until the day of an act, then ask for it; tell what came of it."""
        await self._until(moment_on(told.day, OFFICE_OPENS))
        outcome = await self._ask(told, key)
        await self._remember(before=outcome.receipt.version if outcome.receipt else None)
        self._say(
            Act(
                day=told.day,
                topic=told.topic,
                text=Text(KINDS[told.topic].TITLE, told.topic.replace("-", " ")),
                by=self._units.get(told.by_unit or "", Text("", "")),
                way="transition" if issubclass(KINDS[told.topic], Transition) else "evidence",
                verdict=outcome.kind,
                version=outcome.version,
                findings=outcome.findings,
                astray=tried == (outcome.kind == "recorded"),
            )
        )
        if outcome.receipt:
            await self._look()

    async def _until(self, moment: datetime) -> None:
        """Let time go by, from one alarm of the path to the next."""
        reached = None
        while reached is None or reached < moment:
            await self._scene.settled()
            reached = await self._scene.clock.forward(moment)
            await self._remember()

    async def _ask(self, told: Told, key: str) -> Outcome:
        """Ask the path's workflow for a transition; put evidence into the log at the moment that it is for the path."""
        scene = self._scene
        said = {"effective_on": told.day, "by_unit": told.by_unit, **told.says}
        asked = asking(scene.desk, self._path_id, told.topic, said, actor=NAME, capacity=NAME, key=key)
        if not issubclass(KINDS[told.topic], Transition):
            return await record(scene.desk, asked, await scene.clock.now())
        outcome = await scene.engine.transition(asked)
        scene.clock.watch(workflow_id(self._path_id))
        return outcome

    async def _remember(self, before: int | None = None) -> None:
        """Tell the reminders that stand in the log and were not told yet, up to a version of the path."""
        facts = (await self._scene.desk.load(self._path_id)).facts
        upto = len(facts) if before is None else before - 1
        sent = [fact for fact in facts[self._seen : upto] if isinstance(fact, ReminderSent)]
        for _, told in groupby(sent, lambda one: (one.obligation, one.owed_by, one.due_on, one.rung_days, one.kind)):
            self._say(self._reminded(list(told)))
        self._seen = max(upto, before or 0)

    def _reminded(self, told: Sequence[ReminderSent]) -> Reminded:
        """A reminder, from the facts that say to whom it was told."""
        fact = told[0]
        return Reminded(
            day=fact.effective_on,
            obligation=fact.obligation,
            text=self._duty(fact.obligation, fact.effective_on),
            owed_by=fact.owed_by,
            due_on=fact.due_on,
            rung_days=fact.rung_days,
            version=told[-1].originator_version,
            told=tuple(one.recipient for one in told if one.recipient and one.outcome == "accepted"),
        )

    def _duty(self, obligation: str, day: date) -> Text:
        books = self._scene.desk.rulebooks
        duties = books.duties_of(books.on(day))
        return next((duty.text for duty in duties if duty.id == obligation), Text(obligation, obligation))

    async def _look(self) -> None:
        """Tell whether the path has come to another stage, and whether it has ended."""
        desk = self._scene.desk
        known = judge(desk.rulebooks, (await desk.load(self._path_id)).facts, self._day)
        stage = desk.rulebooks.on(self._day).stages[known.stage]
        if known.stage != self._stage:
            self._stage = known.stage
            self._say(Moved(self._day, known.stage, stage))
        if known.closed and not self._ended:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._scene.client.get_workflow_handle(workflow_id(self._path_id)).result()
            self._ended = True
            self._say(Ended(self._day, known.outcome, stage, known.moments))

    def _say(self, line: Act | Reminded | Moved | Ended) -> None:
        """Tell a line, after the editions that came into force before it."""
        for edition in self._scene.desk.rulebooks.editions:
            if self._day < edition.in_force_from <= line.day:
                self._tell(NewEdition(edition.in_force_from, edition.name, edition.title))
        self._day = max(self._day, line.day)
        self._lines.append(line)
        self._tell(line)

    async def summary(self, seconds: float) -> Summary:
        """Count what came of it, from the log and from Temporal's history. Raises LogBroken."""
        await self._scene.settled()
        await self._remember()
        desk = self._scene.desk
        verified = await verify(desk.log)
        loaded = await desk.load(self._path_id)
        counted = await count(self._scene.client, workflow_id(self._path_id))
        acts = [line for line in self._lines if isinstance(line, Act)]
        return Summary(
            facts=len(loaded.facts),
            transitions=sum(line.way == "transition" and line.verdict == "recorded" for line in acts),
            reminders=sum(isinstance(fact, ReminderSent) for fact in loaded.facts),
            refusals=sum(line.verdict == "refused" for line in acts),
            astray=sum(line.astray for line in acts),
            wakes=counted.wakes,
            runs=counted.runs,
            events=counted.events,
            days=(self._day - self._begins).days,
            seconds=seconds,
            verified=verified,
            head=loaded.head.digest.hex(),
            ended=self._ended,
        )
