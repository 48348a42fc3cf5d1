"""A changed rulebook: every verdict of a campus made again, and whom the change touches, on two cores."""

import re
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from uuid import UUID, uuid5

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.harness import Row, Sizes, number
from bench.servers import database
from commands.demonstration import load_sample
from domain.facts.application import ApplicationSubmitted
from domain.path import TOPICS
from eventlog.entry import Append, Draft, Entry
from eventlog.log import EMPTY
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from eventlog.postgres import open_log
from registry.comparing import PROCESSES, Totals, compare
from registry.desk import Desk
from registry.rulebooks import HERE, Texts, texts_in
from registry.vault import Vault
from runtime.resources import ROLE
from sample.school import TODAY

CAMPUS = 50_000
SECONDS = 60.0
AT_ONCE = 200
"""Paths that are written in one transaction."""

STRICTER = """
tighten:
  - {rule: INSPECT_6M, limit: {months: 5}, source: [UP]}
  - {rule: TALK_1M, limit: {days: 21}, source: [UP]}
  - {obligation: half-year-inspection, due: {months: 5}, source: [UP]}
"""
"""What the school of the sample changes."""

NAMESPACE = UUID("5f0a4c1e-2f0b-5a83-9a0e-c0ffee50c001")
PERSON = re.compile(rb'"person_id":\{"_type_":"uuid","_data_":"[^"]*"\}')


@dataclass(frozen=True, slots=True)
class Life:
    """The entries of one student of the sample school, told again for others under other ids."""

    entries: Sequence[Entry]

    def again(self, copy: int) -> Append:
        """The whole path as one append of another person."""
        stream_id = uuid5(NAMESPACE, f"{copy}/{self.entries[0].stream_id}")
        person = b'"person_id":{"_type_":"uuid","_data_":"%s"}' % str(uuid5(stream_id, "person")).encode()
        drafts = [Draft(one.topic, one.payload) for one in self.entries]
        drafts[0] = Draft(drafts[0].topic, PERSON.sub(person, drafts[0].payload))
        first = self.entries[0]
        return Append(stream_id, EMPTY.version, EMPTY.digest, "campus", first.request, first.recorded_at, drafts)


async def lives() -> list[Life]:
    """The lives of the sample school, imported as anybody imports a school, in a log in memory."""
    log = MemoryLog()
    books = texts_in(HERE, HERE / "policy-sample.yaml").read()
    await load_sample(Desk(log, EventMapping(TOPICS), books, Vault(bytes(32))))
    streams: dict[UUID, list[Entry]] = {}
    for entry in await log.after(0, limit=await log.size()):
        streams.setdefault(entry.stream_id, []).append(entry)
    return [Life(found) for found in streams.values() if found[0].topic == ApplicationSubmitted.TOPIC]


def campus(known: Sequence[Life], count: int) -> Iterator[Append]:
    """So many paths, the lives of the sample again and again."""
    copies = (life.again(copy) for copy in range(count) for life in known)
    return islice(copies, count)


def bar(words: str) -> Progress:
    """Progress on standard error."""
    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def changed() -> tuple[Texts, Texts]:
    """The sample school's rulebooks, and the same with a policy that tightens."""
    before = texts_in(HERE, HERE / "policy-sample.yaml")
    assert before.policy
    name, text = before.policy
    return before, replace(before, policy=(name, text + STRICTER))


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Write a campus into a log in PostgreSQL, and judge all of it, from the rows to what differs."""
    count = sizes.paths if sizes.quick else CAMPUS
    async with database() as (_, settings):
        dsn = settings.database_url or ""
        async with open_log(dsn, role=ROLE) as log:
            known = await lives()
            with bar("writing the campus") as progress:
                task = progress.add_task("", total=count)
                appends = campus(known, count)
                while some := list(islice(appends, AT_ONCE)):
                    await log.append_all(some)
                    progress.advance(task, len(some))
            size = await log.size()
        before, after = changed()
        whole = await compared(dsn, size, count, (None, after))
        touched = await compared(dsn, size, count, (before, after))
    facts = whole.totals.facts / whole.totals.paths
    return [
        row(f"{count:,} paths of {facts:.0f} facts: every verdict made again", whole, "findings, steps, obligations"),
        row(f"{count:,} paths of {facts:.0f} facts: whom a change touches", touched, touched_note(touched.totals)),
    ]


@dataclass(frozen=True, slots=True)
class Took:
    """One pass over the log: what was counted, how long it took, and the time of all processors of its processes."""

    totals: Totals
    seconds: float
    processors: float


def row(what: str, took: Took, note: str) -> Row:
    """A line of the table."""
    count = took.totals.paths
    return Row(
        "campus",
        what,
        f"{took.seconds:.1f} s",
        target=f"< {SECONDS:.0f} s" if count == CAMPUS else "–",
        met=took.seconds < SECONDS if count == CAMPUS else None,
        note=f"from rows in PostgreSQL on, {PROCESSES} processes; {note}; {number(count / took.seconds, 'paths/s')}; "
        f"processor time of the processes {took.processors:.0f} s, of PostgreSQL beside it not counted; at most "
        f"{memory(resource.RUSAGE_CHILDREN)} MB in a process, {memory(resource.RUSAGE_SELF)} MB here",
    )


def touched_note(totals: Totals) -> str:
    """How many paths differ."""
    return f"judged twice, under what concerns the change; {totals.touched:,} paths differ"


async def compared(dsn: str, size: int, count: int, sets: tuple[Texts | None, Texts]) -> Took:
    """Go through the whole log; the seconds begin before the processes do."""
    totals = Totals()
    begun, spent = time.perf_counter(), children()
    with bar("judging") as progress:
        task = progress.add_task("", total=count)
        async for part in compare(partial(open_log, dsn, role=ROLE, readers=1), size, sets, TODAY):
            totals.add(part)
            progress.update(task, completed=totals.paths)
    return Took(totals, time.perf_counter() - begun, children() - spent)


def children() -> float:
    """The processor time of all processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(whose: int) -> str:
    """The most memory that a process held, in megabytes."""
    most = resource.getrusage(whose).ru_maxrss
    return f"{most / (1 << 20 if sys.platform == 'darwin' else 1 << 10):,.0f}"
