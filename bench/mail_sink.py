"""A mail server that takes everything and remembers when: a process of its own, so that it is not what is measured.

Prints its port. Answers each line of standard input with a line: `count` with a number, `dump` with all that came, in
JSON: the moment (seconds since 1970), the Message-ID, the receiver; and the first mail as it was.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.servers import process
from runtime.clock import now

HOST = "127.0.0.1"


@dataclass
class Kept:
    """What came in."""

    came: list[tuple[float, str, str]] = field(default_factory=list)
    first: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's own name
        """Keep when it came and what it is called."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        head = content.partition(b"\r\n\r\n")[0].decode(errors="replace")
        named = next((line for line in head.split("\r\n") if line.lower().startswith("message-id:")), "")
        self.came.append((now().timestamp(), named.partition(":")[2].strip(), envelope.rcpt_tos[0]))
        self.first = self.first or content.decode(errors="replace")
        return "250 OK"


async def _serve() -> None:
    kept, loop = Kept(), asyncio.get_running_loop()
    server = await loop.create_server(partial(SMTP, kept, enable_SMTPUTF8=True), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        if line.strip() == b"count":
            print(len(kept.came), flush=True)
        else:
            print(json.dumps({"came": kept.came, "first": kept.first}), flush=True)
            kept.came.clear()
    server.close()


class Sink:
    """The mail server, as those see it who ask it."""

    def __init__(self, started: asyncio.subprocess.Process, port: int) -> None:
        """Speak to this process."""
        self._process, self.port = started, port

    async def count(self) -> int:
        """How many mails have come."""
        return int(await self._ask(b"count\n"))

    async def dump(self) -> tuple[list[tuple[float, str, str]], str]:
        """All that came since the last dump, and the first mail of all."""
        told = json.loads(await self._ask(b"dump\n"))
        return [(at, name, to) for at, name, to in told["came"]], told["first"]

    async def _ask(self, line: bytes) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        return await self._process.stdout.readline()


@asynccontextmanager
async def mail_sink() -> AsyncIterator[Sink]:
    """Start the mail server."""
    async with process(["-m", "bench.mail_sink"], {}, pipes=True) as started:
        assert started.stdout is not None
        yield Sink(started, int(await started.stdout.readline()))


if __name__ == "__main__":
    asyncio.run(_serve())
