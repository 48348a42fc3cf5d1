"""Many reminders that fall due in the same minute: told by mail, each once, with a worker killed in the middle."""

import json
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bench.harness import Row, Sizes, at_most, number, percentile
from bench.mail_sink import HOST as MAIL_HOST
from bench.mail_sink import Sink, mail_sink
from bench.reminding import BENCH, CONNECTIONS, Told, Yard
from bench.school import School
from bench.servers import both_servers
from runtime.client import connect
from runtime.resources import open_resources


async def measure(sizes: Sizes, *, kill: bool = True) -> Sequence[Row]:
    """Temporal's own floor, then ours; the bare client; quiet; then as many again with the worker killed in the middle.

    Without `kill` that last round is left out: it waits until Temporal takes a worker for dead.
    """
    wanted = sizes.reminders
    async with both_servers() as (settings, _), mail_sink() as sink, AsyncExitStack() as stack:
        told = replace(settings, channels_file=_channels(stack, sink), gather_seconds=sizes.gather_seconds)
        resources = await stack.enter_async_context(open_resources(told))
        await School(resources.desk).establish()
        yard = Yard(told, resources, sink, await connect(told), sizes.head_start_seconds)
        floor = await yard.floor(wanted)
        ours = await yard.ours(wanted, first=0)
        bare = await yard.bare(wanted)
        idle = await yard.idle(sizes.idle_seconds)
        killed = [await yard.ours(wanted, first=wanted, kill=True)] if kill else []
    return [*_table(wanted, floor, ours, bare), *map(_once, [*killed, ours]), *idle]


def _channels(stack: AsyncExitStack, sink: Sink) -> Path:
    """A channel file with one mail server."""
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jieti-bench-"))) / "channels.yaml"
    mail = {"kind": "mail", "host": MAIL_HOST, "port": sink.port, "tls": "none", "from": "jieti@example.edu.cn"}
    path.write_text(json.dumps({"channels": {"mail": {**mail, "connections": CONNECTIONS}}}), encoding="utf-8")
    return path


def _table(wanted: int, floor: Told, ours: Told, bare: float) -> list[Row]:
    ratio = ours.seconds / floor.seconds
    limit = at_most(1.3)
    return [
        Row(
            BENCH,
            f"{wanted:,} reminders due in the same minute: until the last mail is out",
            number(ours.seconds, "s"),
            number(floor.seconds, "s"),
            ratio=ratio,
            target=str(limit),
            met=limit.met(ratio),
            note="theirs: as many workflows on the same server whose timers fire at one moment, each with one activity that "
            "does nothing. Ours: timer, judged, handed over, judged, written, sent by SMTP to another process, recorded",
        ),
        Row(
            BENCH,
            "lateness of a reminder: mail received after its moment",
            f"{number(percentile(ours.late, 0.5), 's')} p50\n{number(percentile(ours.late, 0.99), 's')} p99",
            f"{number(percentile(floor.late, 0.5), 's')} p50\n{number(percentile(floor.late, 0.99), 's')} p99",
            note="one letter a recipient: a mailroom gathers until nothing has come for a while",
        ),
        Row(
            BENCH,
            "the same mails by the bare SMTP client",
            number(ours.seconds, "s"),
            number(bare, "s"),
            ratio=ours.seconds / bare,
            note=f"aiosmtplib, {CONNECTIONS} connections, nothing but sending",
        ),
    ]


def _once(told: Told) -> Row:
    how = "with a worker killed in the middle" if told.killed_at else "in the round that was timed"
    killed = f"kill -9 when {told.killed_at:,} mails were out, then started again; {told.seconds:.1f} s in all. "
    again = told.mails - told.letters
    return Row(
        BENCH,
        f"none lost, none twice, {how}",
        f"{told.once:,} of {told.reminded:,} once in the log\n{told.letters:,} letters, {again:,} mails again",
        target="each once",
        met=told.well,
        note=(killed if told.killed_at else "") + "A mail may come again under the same Message-ID, an entry never",
    )
