"""Where reminders are measured: people who come of age today, their paths, the floor, the bare client, and a quiet time."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from time import perf_counter
from uuid import UUID

import aiosmtplib
from temporalio.client import Client

from bench.harness import Row
from bench.mail_sink import HOST as MAIL_HOST
from bench.mail_sink import Sink
from bench.school import HOME, SECRETARY, days_ago
from bench.servers import environment, process
from bench.timer_flow import BareReminder
from domain.calendar import SHANGHAI
from domain.receipt import Asked
from registry.batch import record_all
from registry.desk import Desk
from registry.drafting import asking, path_of
from runtime.clock import now
from runtime.engine import Engine
from runtime.resources import Resources
from runtime.settings import Settings
from workflows.contract import workflow_id

BENCH = "reminders"
STARTS_A_SECOND = 25
"""How many bare workflows are started in a second at the least."""

HEAVIER, SLOWER = 4.0, 1.5
"""How many times as long a path takes to start, at the most, as a bare workflow does, and as the paths before did."""

AT_ONCE, TOGETHER = 200, 32
CONNECTIONS = 4
"""Of the mail channel, and of the bare client."""

PATIENCE_SECONDS = 1800.0
SAMPLE = 500
LOOK_SECONDS = 0.25
SETTLING_SECONDS = 5.0
"""After a start, before it is quiet."""

MIDDLE_SECONDS = 0.02
"""How often to look whether half is out."""


@dataclass(frozen=True, slots=True)
class Told:
    """When all that fell due at a moment was done, seconds after it, and the lateness of each.

    `once` are the paths that have the reminder once in the log, `entries` all such entries, `mails` all that came, under so
    many `letters`, their Message-IDs; `killed_at` is how many had come when the worker was killed.
    """

    seconds: float
    late: Sequence[float]
    reminded: int = 0
    once: int = 0
    entries: int = 0
    mails: int = 0
    letters: int = 0
    killed_at: int = 0

    @property
    def well(self) -> bool:
        """Whether each was told, and stands once; a mail that came again came under the same Message-ID."""
        return self.reminded == self.once == self.entries == self.letters == len(self.late)


class Yard:
    """Where it is measured: servers, a mail server, and a client of Temporal."""

    def __init__(
        self, settings: Settings, resources: Resources, sink: Sink, client: Client, head_start_s: float
    ) -> None:
        """Measure here. Moments lie so many seconds behind the time that starting the workflows takes."""
        self._head_start_s = head_start_s
        self._settings, self._resources, self._sink, self._client = settings, resources, sink, client
        self._path_ids: list[UUID] = []
        self._path_s = HEAVIER / STARTS_A_SECOND

    async def floor(self, wanted: int) -> Told:
        """As many workflows, each with one timer and one activity."""
        told = replace(self._settings, task_queue="bare")
        async with process(["-m", "bench.timer_worker"], environment(told), pipes=True) as worker:
            moment = self._moment_in(wanted / STARTS_A_SECOND)
            client = await Client.connect(told.temporal_address or "", namespace=told.temporal_namespace)

            async def start(n: int) -> None:
                await client.start_workflow(BareReminder.run, moment, id=f"bare-reminder/{n}", task_queue="bare")

            begun = perf_counter()
            await _side_by_side(start, wanted)
            self._path_s = (perf_counter() - begun) / wanted * HEAVIER
            await _until(moment)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while int(await _asked(worker, b"count\n")) < wanted:
                    await asyncio.sleep(LOOK_SECONDS)
            late = [at - moment.timestamp() for at in json.loads(await _asked(worker, b"dump\n"))]
        return Told(max(late), late)

    async def ours(self, wanted: int, *, first: int, kill: bool = False) -> Told:
        """Paths whose people come of age today; each of them is told so by mail."""
        path_ids = await self._paths(wanted, first)
        self._path_ids += path_ids
        engine, killed_at = Engine(self._client, self._settings.task_queue), 0
        async with AsyncExitStack() as stack:
            worker = await stack.enter_async_context(self._worker())
            moment = self._moment_in(wanted * self._path_s)
            _remind_at(worker, moment)
            begun = perf_counter()
            await engine.nudge(path_ids)
            await self._known(path_ids)
            self._path_s = (perf_counter() - begun) / wanted * SLOWER
            if not kill:  # nothing is timed then: who comes too late falls due at once
                await _until(moment)
            async with asyncio.timeout(PATIENCE_SECONDS):
                if kill:
                    while (killed_at := await self._sink.count()) < wanted // 2:
                        await asyncio.sleep(MIDDLE_SECONDS)
                    worker.send_signal(signal.SIGKILL)
                    await worker.wait()
                    _remind_at(await stack.enter_async_context(self._worker()), moment)
                while not all(await self._sent(path_ids)):
                    await asyncio.sleep(LOOK_SECONDS)
        came, _ = await self._sink.dump()
        firsts: dict[str, float] = {}
        for at, _, to in sorted(came):
            firsts.setdefault(to, at - moment.timestamp())
        sent = await self._sent(path_ids)
        return Told(
            seconds=max(firsts.values()),
            late=list(firsts.values()),
            reminded=wanted,
            once=sent.count(1),
            entries=sum(sent),
            mails=len(came),
            letters=len({letter for _, letter, _ in came}),
            killed_at=killed_at,
        )

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A worker that has everything open, and waits to be told when its school reminds."""
        more = {
            "JIETI_CHANNELS_FILE": str(self._settings.channels_file),
            "JIETI_GATHER_SECONDS": str(self._settings.gather_seconds),
        }
        env = {**environment(self._settings), **more}
        async with process(["-m", "bench.reminders_worker"], env, pipes=True) as started:
            assert started.stdout is not None
            await started.stdout.readline()
            yield started

    def _moment_in(self, seconds: float) -> datetime:
        """A moment at which the workflows will have been started, if that takes so many seconds."""
        return (now() + timedelta(seconds=self._head_start_s + seconds)).replace(microsecond=0)

    async def _paths(self, wanted: int, first: int) -> list[UUID]:
        """Write into the log people who applied too young and can be reached, and their paths."""
        desk, born = self._resources.desk, _eighteen_years_before(days_ago(0))
        made: list[UUID] = []
        for start in range(first, first + wanted, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, first + wanted))
            asked = [one for n in numbers for one in _applicant(desk, f"{n:08}", born)]
            await record_all(desk, asked, now())
            made += [path_of(desk.vault.person(f"{n:08}"), 1) for n in numbers]
        return made

    async def _known(self, path_ids: Sequence[UUID]) -> None:
        """Wait until the workflows know their alarm."""
        for path_id in path_ids[-TOGETHER:]:
            handle = self._client.get_workflow_handle(workflow_id(path_id))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while "LogVersion" not in {pair.key.name for pair in (await handle.describe()).typed_search_attributes}:
                    await asyncio.sleep(LOOK_SECONDS)

    async def _sent(self, path_ids: Sequence[UUID]) -> list[int]:
        """How many reminders of each of these paths stand in the log."""
        heads = await self._resources.desk.log.heads(path_ids)
        return [head.version - FACTS for head in heads.values()]

    async def bare(self, wanted: int) -> float:
        """The same mails, sent by the SMTP client alone."""
        _, content = await self._sink.dump()
        waiting = iter(range(wanted))

        async def line() -> None:
            async with aiosmtplib.SMTP(hostname=MAIL_HOST, port=self._sink.port, start_tls=False) as client:
                for n in waiting:
                    await client.sendmail("jieti@example.edu.cn", [f"{n:08}@example.com"], content)

        begun = perf_counter()
        await asyncio.gather(*(line() for _ in range(CONNECTIONS)))
        took = perf_counter() - begun
        await self._sink.dump()
        return took

    async def idle(self, seconds: float) -> list[Row]:
        """Nothing is due: a worker serves, and the paths sleep."""
        far = now() + timedelta(hours=1)
        async with self._worker() as worker:
            _remind_at(worker, far)
            await asyncio.sleep(min(SETTLING_SECONDS, seconds))
            size, events = await self._resources.desk.log.size(), await self._events()
            await asyncio.sleep(seconds)
            more, meanwhile = await self._resources.desk.log.size() - size, await self._events() - events
        return [
            Row(
                BENCH,
                f"{len(self._path_ids):,} paths asleep for {seconds:g} s",
                f"{more} entries\n{meanwhile} events",
                target="none",
                met=not more and not meanwhile,
                note=f"events of the histories of {min(SAMPLE, len(self._path_ids))} of them, a workflow task being three. "
                "Nothing in them depends on how long it lasts",
            )
        ]

    async def _events(self) -> int:
        """How many events the histories of a sample have."""
        step = max(len(self._path_ids) // SAMPLE, 1)
        found = 0
        for path_id in self._path_ids[::step]:
            found += (await self._client.get_workflow_handle(workflow_id(path_id)).describe()).history_length
        return found


FACTS = 2
"""Of a path before its reminder."""


def _applicant(desk: Desk, student: str, born: date) -> list[Asked]:
    """Somebody who applied too young, was asked to come again, and can be reached by mail."""
    path_id, recipient_id = path_of(desk.vault.person(student), 1), desk.vault.other(student)
    said = {"student_no": student, "name": f"同学{student}", "home_unit": HOME, "born_on": born, "by_unit": HOME}
    told: list[tuple[UUID, str, int, dict[str, object]]] = [
        (recipient_id, "recipient-registered", 40, {"number": student, "name": f"同学{student}"}),
        (recipient_id, "address-given", 40, {"channel": "mail", "address": f"{student}@example.com"}),
        (path_id, "application-submitted", 30, said),
        (path_id, "application-deferred", 29, {"by_unit": HOME, "cause": "under-age"}),
    ]
    return [
        asking(
            desk,
            stream_id,
            topic,
            {"effective_on": days_ago(days), "reason": "from the papers", **more},
            actor=SECRETARY.id,
            capacity=SECRETARY.role,
            key=topic,
            mode="record",
            source="bench",
        )
        for stream_id, topic, days, more in told
    ]


def _eighteen_years_before(day: date) -> date:
    return day.replace(year=day.year - 18, day=min(day.day, 28) if day.month == 2 else day.day)


def _remind_at(worker: asyncio.subprocess.Process, moment: datetime) -> None:
    """Tell a worker when its school reminds."""
    assert worker.stdin is not None
    worker.stdin.write(f"{moment.astimezone(SHANGHAI).time().isoformat()}\n".encode())


async def _until(moment: datetime) -> None:
    """Wait for a moment. Raises RuntimeError if it has passed: what is measured from it would be too short."""
    left = (moment - now()).total_seconds()
    if left < 0:
        message = f"the workflows were started {-left:.0f} s too late; this machine is busy"
        raise RuntimeError(message)
    await asyncio.sleep(left)


async def _side_by_side(act: Callable[[int], Awaitable[None]], wanted: int) -> None:
    waiting = iter(range(wanted))

    async def turn() -> None:
        for n in waiting:
            await act(n)

    await asyncio.gather(*(turn() for _ in range(TOGETHER)))


async def _asked(one: asyncio.subprocess.Process, line: bytes) -> bytes:
    assert one.stdin is not None
    assert one.stdout is not None
    one.stdin.write(line)
    return await one.stdout.readline()
