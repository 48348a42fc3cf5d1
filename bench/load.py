"""The client of the HTTP benchmarks, a process of its own: raw HTTP/1.1 on asyncio, so that it is not what is measured.

Reads one job a line from standard input, in JSON, and answers each with a line: seconds, times of all requests.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import count

from bench.harness import Load, closed_loop
from bench.servers import process

WHOLE = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Job:
    """So many clients POST for so many seconds, to the targets in turn, each request under a key of its own.

    With `own`, each client has its share of the targets to itself. Any status but 201 ends it.
    """

    port: int
    clients: int
    seconds: float
    targets: Sequence[str]
    bodies: Sequence[str]
    name: str
    token: str = ""
    own: bool = False


class Wrong(Exception):
    """A request was answered otherwise than expected."""


class Connection(asyncio.Protocol):
    """Sends one request at a time and waits for the end of its answer."""

    def __init__(self) -> None:
        """Begin unconnected."""
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or Wrong("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._heard += data
        head, end, body = self._heard.partition(WHOLE)
        if not end or self._answer is None:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(body) >= length:
            self._heard = b""
            self._answer.set_result((int(head[9:12]), body))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


async def work(job: Job) -> Load:
    """Do one job. Raises Wrong."""
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", job.port))[1] for _ in range(job.clients)]
    authorization = f"Authorization: Bearer {job.token}\r\n" if job.token else ""
    head = f"HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{authorization}"
    parts = [
        (target.encode(), f"{head}Content-Length: {len(body.encode())}\r\n".encode(), body.encode())
        for target in job.targets
        for body in job.bodies
    ]
    numbers = count()
    turns = [count(client, job.clients) if job.own else numbers for client in range(job.clients)]

    async def act(client: int) -> None:
        target, middle, body = parts[next(turns[client]) % len(parts)]
        key = b"Idempotency-Key: %s-%d\r\n\r\n" % (job.name.encode(), next(numbers))
        status, answer = await connections[client].send(b"POST %s %s%s%s" % (target, middle, key, body))
        if status != 201:
            message = f"{target.decode()} was answered {status}: {answer[:1000].decode()}"
            raise Wrong(message)

    try:
        return await closed_loop(job.clients, job.seconds, act)
    finally:
        for connection in connections:
            if connection._transport:  # noqa: SLF001 - our own class
                connection._transport.close()  # noqa: SLF001 - our own class


class Loader:
    """Gives jobs to the client's process."""

    def __init__(self, started: asyncio.subprocess.Process) -> None:
        """Speak to this process."""
        self._process = started

    async def load(self, job: Job) -> Load:
        """Have a job done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            message = "the client has ended; its message stands above"
            raise Wrong(message)
        return Load(**json.loads(line))


@asynccontextmanager
async def loader() -> AsyncIterator[Loader]:
    """Start the client's process."""
    async with process(["-m", "bench.load"], {}, pipes=True) as started:
        yield Loader(started)


async def _serve() -> None:
    for line in sys.stdin:
        answer = await work(Job(**json.loads(line)))
        print(json.dumps({"seconds": answer.seconds, "took": answer.took}), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
