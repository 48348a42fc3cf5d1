"""Asks witnesses to cosign checkpoints (C2SP tlog-witness): the log's side. A witness that is away holds nothing up."""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from eventlog.published import NotSealed, Published, WitnessSeen
from eventlog.sealing import Promise
from eventlog.tree import TileMissing
from eventlog.verify import Forged, Signature, Unreadable, key_of, open_note
from eventlog.witnessing import SIZE, request_of
from runtime.settings import WitnessAt

SECONDS = 5.0
FIRST_PATIENCE_SECONDS, MOST_PATIENCE_SECONDS = 5.0, 60.0
MOST_ANSWER_BYTES = 65_536
LAST_SECOND = 253_402_300_799  # of the year 9999
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n?")


class NotCosigned(Exception):
    """The witness has not cosigned; the message says why."""


@dataclass
class Asked:
    """How it stands with one witness. `size` is what it has seen of us, as far as we know."""

    at: WitnessAt
    size: int = 0
    line: str = ""
    seen: WitnessSeen | None = None
    error: str = ""
    again_at: float = 0.0
    patience: float = FIRST_PATIENCE_SECONDS


@dataclass
class Asking:
    """The witnesses of a log, asked for every checkpoint that it publishes."""

    witnesses: Sequence[WitnessAt]
    published: Published
    say: Callable[[str], None]
    asked: list[Asked] = field(init=False)
    of: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Nobody has been asked yet."""
        self.asked = [Asked(one) for one in self.witnesses]

    async def cosigned(self, promise: Promise) -> str | None:
        """The checkpoint with all cosignatures that it has, if one more has come; None if none has."""
        if self.of != promise.note:
            self.of = promise.note
            for one in self.asked:
                self._recall(one, promise)
        loop = asyncio.get_running_loop()
        due = [one for one in self.asked if not one.line and one.again_at <= loop.time()]
        came = await asyncio.gather(*(self._try(one, promise, loop) for one in due))
        return promise.note + "".join(one.line for one in self.asked) if any(came) else None

    def told(self) -> list[WitnessSeen]:
        """How it stands with each, for the signer's status."""
        return [
            WitnessSeen(
                key_of(one.at.vkey).name, one.seen.size if one.seen else 0, one.seen.at if one.seen else None, one.error
            )
            for one in self.asked
        ]

    def _recall(self, one: Asked, promise: Promise) -> None:
        """Begin with the line that the published checkpoint has of a witness, if it is of this very tree."""
        one.line = ""
        note = self.published.note().decode(errors="replace")
        if note.partition("\n\n")[0] == promise.note.partition("\n\n")[0]:
            with suppress(NotCosigned):
                one.line, signature = _cosignature(promise.note, note.partition("\n\n")[2], one.at.vkey)
                one.seen, one.size = _seen(signature, promise.size), promise.size

    async def _try(self, one: Asked, promise: Promise, loop: asyncio.AbstractEventLoop) -> bool:
        try:
            line, signature = await asyncio.to_thread(self._ask, one, promise)
        except (NotCosigned, NotSealed, TileMissing, OSError, HTTPException) as error:
            said = str(error) or type(error).__name__
            if said != one.error:
                self.say(f"the witness at {one.at.url} has not cosigned: {said}")
            one.error, one.again_at = said, loop.time() + one.patience
            one.patience = min(2 * one.patience, MOST_PATIENCE_SECONDS)
            return False
        if one.error:
            self.say(f"the witness at {one.at.url} cosigns again")
        one.line, one.seen, one.size = line, _seen(signature, promise.size), promise.size
        one.error, one.patience = "", FIRST_PATIENCE_SECONDS
        return True

    def _ask(self, one: Asked, promise: Promise) -> tuple[str, Signature]:
        """Ask once, and once more where the witness says that it remembers another size than we thought."""
        for _ in range(2):
            proof = self.published.consistency(one.size, promise.size)
            status, kind, body = _post(one.at.url, request_of(one.size, proof, promise.note))
            if status == 200:  # noqa: PLR2004 - done
                return _cosignature(promise.note, body, one.at.vkey)
            if status == 422:  # noqa: PLR2004 - our proof, which leads to what we have signed, does not begin with its root
                raise NotCosigned(f"what it has seen of {one.size} entries is not how this log begins: two logs?")
            found = _SIZE.fullmatch(body)
            size = int(found[1]) if found else None
            if status != 409 or kind != SIZE or size is None:  # noqa: PLR2004 - it remembers another size
                raise NotCosigned(f"it answers {status}: {body[:200].strip()}")
            if size > promise.size:
                raise NotCosigned(
                    f"it has seen {size} entries of this log, and we have signed {promise.size}: two logs?"
                )
            if size == one.size == promise.size:
                raise NotCosigned(f"it holds another log of {size} entries under this name and key: two logs?")
            one.size = size
        raise NotCosigned("it remembers now one size and now another")


def _seen(signature: Signature, size: int) -> WitnessSeen:
    moment = None if signature.time is None else datetime.fromtimestamp(signature.time, UTC)
    return WitnessSeen(signature.key.name, size, moment, "")


def _cosignature(note: str, body: str, vkey: str) -> tuple[str, Signature]:
    """The line of the witness's answer that is its own, checked. Raises NotCosigned."""
    key = key_of(vkey)
    for line in body.splitlines(keepends=True):
        try:
            _, signatures = open_note(f"{note}{line}".encode(), [key])
        except (Forged, Unreadable) as error:
            raise NotCosigned(f"its answer is no cosignature: {error}") from None
        if signatures and (signatures[0].time or 0) > LAST_SECOND:
            raise NotCosigned("the moment that it states is beyond the year 9999")
        if signatures:
            return line, signatures[0]
    raise NotCosigned(f"its answer is not signed with the key {vkey}")


def _post(url: str, request: bytes) -> tuple[int, str, str]:
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=SECONDS)
    connection.connect()
    late = Timer(SECONDS, _hang_up, [connection.sock])
    late.start()
    try:
        connection.request("POST", f"{parts.path}/add-checkpoint", request, {"Content-Type": "text/plain"})
        answer: HTTPResponse = connection.getresponse()
        body = answer.read(MOST_ANSWER_BYTES).decode(errors="replace")
        return answer.status, answer.headers.get_content_type(), body
    finally:
        late.cancel()
        connection.close()


def _hang_up(line: socket.socket) -> None:
    """Whoever answers byte by byte holds nothing up either: each of them alone would come in time."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
