"""The workshop: repairs of paths, looked at before they are done, done only while they are legal, and recorded on the path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.calendar import civil_day
from domain.causes import CAUSES
from domain.facts import KINDS, Fact
from domain.facts.repairing import RepairApplied
from domain.receipt import Alarm, Asked
from domain.repairs import ACTS, Act
from eventlog.log import KeyReused
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.due import due
from registry.record import TRIES, Contended, record
from registry.repairing import Moved, append_repair, drafts
from registry.sealing import sealed
from registry.shape import WrongShape
from registry.shelf import Loaded
from runtime.legal import Choices, Offer, offer, offers
from runtime.releasing import builds
from runtime.repair import Applied, Preview, Repair, Timer
from runtime.repairing import NotLegal, Repairing
from runtime.scene import Scene, scene, told_of
from runtime.standing import Standing, points
from workflows.contract import workflow_id

ASKED_FOR = ("reset", "move")
"""Acts for which Temporal has to be asked what there is to choose from."""

UNRECORDED = {"unknown-path": "there is no such unit", "key-reused": "the key was used there for something else"}
"""Why a fact about a unit was not recorded, by the kind of its outcome."""

CURRENT = "current"
"""Stands for whichever build is current: a workflow that was moved to one build is free again."""

DIGESTED = ("cause", "act", "reason", "actor", "reference", "approved_by", "said", "mailroom")


class Workshop:
    """Repairs at one desk, through one client of Temporal, or without one: then only what is a fact can be repaired."""

    def __init__(self, desk: Desk, repairing: Repairing | None, clock: Callable[[], datetime]) -> None:
        """Work at this desk."""
        self._desk, self._repairing, self._clock = desk, repairing, clock

    async def scene(self, loaded: Loaded, mailroom: str = "") -> Scene:
        """What is the matter with a path or another stream now, or with a mailroom. Raises LogUnavailable."""
        client = self._repairing.client if self._repairing else None
        return await scene(self._desk, client, loaded, self._clock(), mailroom)

    async def offers(self, stands: Scene, cause: str) -> Sequence[Offer]:
        """All acts for a cause, the legal ones first, each with what there is to choose from or why it is not legal."""
        return offers(stands, cause, {act: await self._found(stands, act) for act in ASKED_FOR})

    async def _found(self, stands: Scene, act: str) -> Choices:
        """What Temporal has to be asked for before an act can be offered."""
        if self._repairing is None or stands.seen is None or not stands.seen.running:
            return ()
        if act == "reset":
            back = await points(self._repairing.client, stands.seen)
            return [{"point": one.event, "at": one.at.isoformat(), "after": one.after} for one in back]
        free = [{"build": CURRENT}] if stands.seen.pinned else []
        return [*free, *({"build": build} for build in await builds(self._repairing.client))]

    async def preview(self, asked: Repair) -> Preview:
        """Look at a repair without doing it. Raises NotLegal, Moved, WrongShape, EngineUnavailable, LogUnavailable."""
        asked = self._named(asked)
        loaded = await self._desk.load(asked.path_id)
        stands = await self.scene(loaded, asked.mailroom)
        chosen = await self._chosen(asked, stands)
        now, act = self._clock(), ACTS[asked.act]
        facts = await drafts(self._desk, self._questions(chosen, stands.seen, "–"), loaded, now)
        after = await due(self._desk, Loaded(loaded.entries, [*loaded.facts, *facts]), now)
        return Preview(loaded.head.version, facts, _timers(stands, act, after), told_of(after), act)

    async def apply(self, asked: Repair) -> Applied:
        """Do a repair and record it, once for its key.

        Raises NotLegal or Moved with nothing done, WrongShape, KeyReused; EngineUnavailable, LogUnavailable, Contended
        for what may be asked again with the same key.
        """
        asked = self._named(asked)
        loaded = await self._desk.load(asked.path_id)
        if earlier := await self._earlier(asked, loaded):
            return earlier
        if ACTS[asked.act].technical:
            return await self._act(asked)
        stands = await self.scene(loaded, asked.mailroom)
        chosen = await self._chosen(asked, stands)
        questions = self._questions(chosen, stands.seen, _recorded_as(chosen))
        here = [one for one in questions if one.path_id == asked.path_id]
        for one in questions:
            if one.path_id != asked.path_id:  # the unit's own stream: its key makes it once
                await drafts(self._desk, here, loaded, self._clock())
                outcome = await record(self._desk, one, self._clock())
                if outcome.kind != "recorded":
                    raise NotLegal(f"{one.topic}: {UNRECORDED.get(outcome.kind, outcome.kind)}")
        written = await append_repair(self._desk, here, loaded, self._clock())
        fact = self._desk.loaded([*loaded.entries, *written.entries]).facts[len(loaded.entries)]
        return Applied(written.entries[0], _repair(fact), written.repeated)

    async def _act(self, asked: Repair) -> Applied:
        """Act on the workflow, then record that it was done. Cut off in between, the same key goes on from there."""
        repairing = self._needed()
        async with repairing.holding(asked.mailroom or asked.path_id, f"{asked.actor}:{asked.key}") as hold:
            loaded = await self._desk.load(asked.path_id)
            if earlier := await self._earlier(asked, loaded):
                return earlier
            stands = await self.scene(loaded, asked.mailroom)
            done = False
            try:
                chosen = await self._chosen(asked, stands)
            except NotLegal:
                if not hold.begun:
                    raise
                chosen, done = asked, True  # it was done before we were cut off, and has freed the path
            # What cannot be recorded is not done either.
            await drafts(self._desk, self._questions(chosen, stands.seen, "–"), loaded, self._clock())
            if stands.seen is not None and not done:
                hold.acted = True
                await self._do(repairing, chosen, stands.subject, stands.seen)
            after = await self.scene(loaded, asked.mailroom)
            (question,) = self._questions(chosen, stands.seen, str(after.seen))
            return await self._record(question)

    async def _record(self, question: Asked) -> Applied:
        """What was done is recorded whatever else has come onto the path meanwhile."""
        for _ in range(TRIES):
            loaded = await self._desk.load(question.path_id)
            try:
                written = await append_repair(self._desk, [question], loaded, self._clock())
            except Moved:
                continue
            fact = self._desk.loaded([*loaded.entries, *written.entries]).facts[-1]
            return Applied(written.entries[0], _repair(fact), written.repeated)
        raise Contended(f"path {question.path_id} changed {TRIES} times while a repair was recorded")

    async def _do(self, repairing: Repairing, asked: Repair, subject: str, seen: Standing) -> None:
        said, key = asked.said, f"{asked.actor}:{asked.key}"
        why = f"repair: {asked.act} for {asked.cause}"  # the reason itself is about a person, and stays in the log
        match asked.act:
            case "nudge":
                await repairing.nudge(asked.path_id, subject)
            case "restart":
                await repairing.restart(asked.path_id, seen, why, subject)
            case "reset":
                await repairing.reset(seen, said["point"], why, key=key, without=said.get("without", ()))
            case "retry-now":
                await repairing.retry_now(seen, said["activity"])
            case "pause":
                await repairing.pause(seen, said["activity"], why, key=key)
            case "unpause":
                await repairing.unpause(seen, said["activity"])
            case "move":
                await repairing.move(seen, None if said["build"] == CURRENT else said["build"])

    async def _chosen(self, asked: Repair, stands: Scene) -> Repair:
        """The repair with everything said that its act needs. Raises NotLegal, Moved, WrongShape."""
        if asked.version is not None and asked.version != stands.loaded.head.version:
            raise Moved
        act = ACTS[asked.act]
        found = {asked.act: await self._found(stands, asked.act)} if asked.act in ASKED_FOR else {}
        there = offer(stands, asked.cause, asked.act, found)
        if not there.legal:
            raise NotLegal(f"{act.en} ({act.name}): {there.why.en}")
        second = (asked.approved_by or "").strip()
        if act.dates and (not second or second.casefold() == asked.actor.casefold()):
            raise WrongShape(
                [("approved_by", f"what may change a day takes a second person, other than {asked.actor!r}")]
            )
        said = {**(there.choices[0] if there.choices else {}), **asked.said}
        faults = [(f"said.{name}", "is not a name of this act") for name in asked.said if name not in act.names]
        if there.choices and not any(_fits(said, choice, act) for choice in there.choices):
            faults.append(("said", "is none of what is offered: GET the repairs of the path"))
        if "topic" in act.names and said.get("topic") not in act.topics:
            faults.append(("said.topic", f"one of {', '.join(act.topics)}"))
        if faults:
            raise WrongShape(faults)
        return replace(asked, said={name: said[name] for name in act.names if name in said})

    def _needed(self) -> Repairing:
        if self._repairing is None:
            raise NotLegal("no Temporal is set for this process: JIETI_TEMPORAL_ADDRESS")
        return self._repairing

    def _questions(self, asked: Repair, seen: Standing | None, after: str) -> list[Asked]:
        """What is asked of the log: that the repair was applied, and the fact of the procedure that it is made of, if any."""
        first = self._question(asked, seen, after)
        return [first] if ACTS[asked.act].technical else [first, self._asking(asked, *self._domain(asked))]

    def _question(self, asked: Repair, seen: Standing | None, after: str) -> Asked:
        said: dict[str, Any] = {"cause": asked.cause, "act": asked.act, "reason": asked.reason, "after": after}
        said["before"] = str(seen) if ACTS[asked.act].technical else CAUSES[asked.cause].en
        said |= {"reference": asked.reference, "approved_by": asked.approved_by}
        said["workflow"] = None if seen is None or seen.workflow_id == workflow_id(asked.path_id) else seen.workflow_id
        return self._asking(asked, asked.path_id, RepairApplied.TOPIC, said)

    def _asking(self, asked: Repair, stream: UUID, topic: str, said: Mapping[str, Any]) -> Asked:
        """One fact of a repair: recorded as something that has happened, under the repair's own key and digest."""
        values = {"effective_on": civil_day(self._clock()), **said}
        question = asking(
            self._desk,
            stream,
            topic,
            values,
            actor=asked.actor,
            capacity=asked.capacity,
            key=asked.key,
            mode="record",
        )
        return replace(question, request=asked.digest)

    def _named(self, asked: Repair) -> Repair:
        """The repair with the digest of all that was asked for."""
        whole = {name: getattr(asked, name) for name in DIGESTED}
        return replace(asked, digest=self._desk.vault.request({**whole, "path_id": str(asked.path_id)}))

    def _domain(self, asked: Repair) -> tuple[UUID, str, dict[str, Any]]:
        """The fact that a repair is made of, where it is one of the procedure."""
        if asked.act in ("remind-again", "resend"):
            return asked.path_id, "reminder-asked-again", {"reason": asked.reason, **asked.said}
        topic, said = asked.said["topic"], dict(asked.said.get("said", {}))
        stream = asked.path_id if KINDS[topic].SUBJECT == "path" else unit_stream(str(said.pop("unit_id", "")))
        second = {"approved_by": asked.approved_by} if asked.approved_by else {}
        return stream, topic, {"reason": asked.reason, **second, **said}

    async def _earlier(self, asked: Repair, loaded: Loaded) -> Applied | None:
        """What an earlier request with this key did. Raises KeyReused for a key of something else."""
        key = f"{asked.actor}:{asked.key}"
        at = next((n for n, entry in enumerate(loaded.entries) if entry.key == key), None)
        if at is None:
            return None
        entry, fact = loaded.entries[at], loaded.facts[at]
        (question,) = await sealed(self._desk, [self._question(asked, None, "–")])
        if not isinstance(fact, RepairApplied) or entry.request.hex() != question.request:
            raise KeyReused(key)
        return Applied(entry, fact, repeated=True)


def _fits(said: Mapping[str, Any], choice: Mapping[str, Any], act: Act) -> bool:
    return all(str(said.get(name)) == str(choice[name]) for name in act.names if name in choice)


def _recorded_as(asked: Repair) -> str:
    topic = asked.said.get("topic", "reminder-asked-again")
    return f"{topic} recorded"


def _timers(stands: Scene, act: Act, after: Alarm) -> list[Timer]:
    """What becomes of the workflow's timer: what is set now, and what will be."""
    if act.name in ("retry-now", "pause", "unpause", "move") or stands.mailroom:
        return []
    was = stands.seen.wake_at if stands.seen and stands.seen.running else None
    anew = act.name in ("restart", "reset") or was != after.wake
    found = [("dropped", was), ("set", after.wake)] if anew else []
    return [Timer(what, at) for what, at in found if at]


def _repair(fact: Fact) -> RepairApplied:
    if not isinstance(fact, RepairApplied):
        raise TypeError(fact)
    return fact
