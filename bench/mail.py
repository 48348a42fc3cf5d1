"""Mail: our channel beside the bare SMTP client that it is made with, sending the same mails to the same server."""

import asyncio
from collections.abc import Sequence
from email.headerregistry import Address
from time import perf_counter

import aiosmtplib

from activities.channels.base import Message
from activities.channels.envelope import mail_of
from activities.channels.mail import Mail, MailServer
from bench.harness import Load, Row, Sizes, at_least, compared, interleaved
from bench.mail_sink import HOST, Sink, mail_sink
from runtime.clock import now

CONNECTIONS = 4
MAILS = 1_000
SENDER = Address(addr_spec="jieti@example.edu.cn")
TEXT = "您有一项待办：请于3月9日前完成半年考察。\n依据：《中国共产党发展党员工作细则》第十条。\n" * 8
HTML = "<p>您有一项待办：请于<b>3月9日</b>前完成半年考察。</p>\n" * 8
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n" * 8


async def measure(sizes: Sizes) -> Sequence[Row]:
    """Send so many mails through the channel, then as many as the bare client, in turns."""
    count = 100 if sizes.quick else MAILS
    letters = [Message(f"letter-{n}", f"您有{n}项待办", text=TEXT, html=HTML, calendar=CALENDAR) for n in range(count)]
    async with mail_sink() as sink:
        server = MailServer(HOST, sink.port, SENDER, tls="none", connections=CONNECTIONS)
        loads = await interleaved(
            sizes.rounds,
            {"channel": lambda: _channel(server, sink, letters), "bare": lambda: _bare(sink, letters)},
        )
    rates = tuple([one.rate for one in loads[name]] for name in ("channel", "bare"))
    note = f"{count} mails with HTML and calendar, made as they go, over {CONNECTIONS} connections to aiosmtpd in a process of its own"
    return [compared("mail", "mails sent", (rates[0], rates[1]), "/s", at_least(0.9), note=note)]


async def _channel(server: MailServer, sink: Sink, letters: Sequence[Message]) -> Load:
    """Our channel, from the letter to the server's reply."""
    mail = Mail("mail", server, now)
    begun = perf_counter()
    answers = await asyncio.gather(*(mail.send(_to(n), one) for n, one in enumerate(letters)))
    seconds = perf_counter() - begun
    await mail.close()
    lost = [one for one in answers if one.outcome != "accepted"]
    assert not lost, lost[0]
    await _each_once(sink, len(letters))
    return Load(seconds, [0.0] * len(letters))


async def _bare(sink: Sink, letters: Sequence[Message]) -> Load:
    """As many connections of the client, each sending its share of the same mails."""

    async def share(first: int) -> None:
        async with aiosmtplib.SMTP(
            hostname=HOST, port=sink.port, local_hostname=SENDER.domain, start_tls=False
        ) as client:
            for n in range(first, len(letters), CONNECTIONS):
                await client.send_message(mail_of(SENDER, _to(n), letters[n], now()))

    begun = perf_counter()
    await asyncio.gather(*(share(first) for first in range(CONNECTIONS)))
    seconds = perf_counter() - begun
    await _each_once(sink, len(letters))
    return Load(seconds, [0.0] * len(letters))


async def _each_once(sink: Sink, count: int) -> None:
    came, _ = await sink.dump()
    assert len(came) == len({message_id for _, message_id, _ in came}) == count


def _to(number: int) -> str:
    return f"student{number}@example.edu.cn"
