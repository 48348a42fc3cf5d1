"""Mail over SMTP: a few connections that stay open, and the server's reply as the verdict."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path

import aiosmtplib

from activities.channels.base import Delivery, Message
from activities.channels.envelope import mail_of
from activities.channels.fitting import said
from activities.channels.reaching import believing
from domain.addresses import mail_address

IDLE_S = 60.0
"""A connection that nobody has used for so long is not used again: servers close what idles."""

GREYLISTED_S, AWAY_S, LOGIN_S = 300.0, 60.0, 300.0
"""After how long to try again: what a server puts off; one that is not there; one that does not let us in."""

QUIT_S = 2.0
FIRST_PASSING, GOING_AWAY, FIRST_LASTING = 400, 421, 500

BROKEN = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail, how it is reached, and as whom.

    `tls` is starttls, implicit or none; `ca` are certificates (PEM) that are believed beside the system's.
    """

    host: str
    port: int
    sender: Address
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    connections: int = 4
    timeout_s: float = 30.0


class _NotTaken(Exception):
    """The connection ended before the server had the mail: nothing has been sent."""


@dataclass(slots=True)
class _Line:
    """A connection, and when it was last used."""

    client: aiosmtplib.SMTP
    used_at: float


class Mail:
    """Sends each mail over one of a few connections, each opened when it is needed and again when it was dropped."""

    group = False

    def __init__(
        self,
        name: str,
        server: MailServer,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """The clock dates the mails."""
        self.name = name
        self._server, self._clock, self._monotonic = server, clock, monotonic
        self._free: list[_Line] = []
        self._slots = asyncio.Semaphore(server.connections)
        self._context = None if server.tls == "none" else believing(server.ca)

    def __repr__(self) -> str:
        """Nothing that is secret."""
        return f"Mail({self.name!r}, {self._server.host!r})"

    async def send(self, to: str, message: Message) -> Delivery:
        """Hand a mail over to the server. Dropped before it had the mail: later; after that: unknown."""
        try:
            receiver = mail_address(to)
        except ValueError as error:
            return Delivery("refused", code="address", detail=f"this is not {error}")
        async with self._slots:
            # Made in its turn: a thousand letters at once would keep everybody waiting for the first of them.
            mail = mail_of(self._server.sender, receiver, message, self._clock())
            content, provider_id = mail.as_bytes(), str(mail["Message-ID"])
            while True:
                line = self._taken()
                fresh = line is None
                try:
                    line = line or await self._opened()
                    return await self._spoken(line, receiver, content, provider_id)
                except _NotTaken as error:
                    if fresh:
                        return Delivery("later", code="dropped", detail=str(error), retry_after_s=AWAY_S)
                except aiosmtplib.SMTPException as error:
                    return _not_opened(error)

    def _taken(self) -> _Line | None:
        """A connection that is open, as far as one can tell."""
        while self._free:
            line = self._free.pop()
            if line.client.is_connected and self._monotonic() - line.used_at < IDLE_S:
                return line
            line.client.close()
        return None

    async def _opened(self) -> _Line:
        """A new connection. Raises SMTPException."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            # The sender's domain: the machine's own name may be one that no server believes.
            local_hostname=server.sender.domain,
            timeout=server.timeout_s,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            tls_context=self._context,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPException:
            raise
        except OSError as error:  # the certificate, where TLS begins later
            raise aiosmtplib.SMTPConnectError(str(error)) from None
        return _Line(client, self._monotonic())

    async def _spoken(self, line: _Line, to: str, mail: bytes, provider_id: str) -> Delivery:
        """Say one mail. Raises _NotTaken where the connection ended before the server had all of it to answer for."""
        client, handed_over = line.client, False
        try:
            await client.mail(self._server.sender.addr_spec)
            await client.rcpt(to)
            handed_over = True
            reply = await client.data(mail)
        except aiosmtplib.SMTPResponseException as refusal:
            if not handed_over and (refusal.code == GOING_AWAY or refusal.code < FIRST_PASSING):
                client.close()
                raise _NotTaken("the server is going away, or speaks no SMTP") from None
            await self._reset(line)
            return _judged(refusal, to, provider_id)
        except BROKEN as error:
            client.close()
            if not handed_over:
                raise _NotTaken("the connection ended before the mail was sent") from None
            detail = f"the mail was sent, and the server has not answered: {type(error).__name__}"
            return Delivery("unknown", code="no-answer", provider_id=provider_id, detail=detail)
        except BaseException:
            client.close()
            raise
        self._back(line)
        return Delivery("accepted", code=said(f"{reply.code} {reply.message}", to), provider_id=provider_id)

    async def _reset(self, line: _Line) -> None:
        """Begin anew on the same connection after a refusal."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await line.client.rset()
            self._back(line)

    def _back(self, line: _Line) -> None:
        line.used_at = self._monotonic()
        self._free.append(line)

    async def check(self) -> Delivery:
        """Connect and log in, and send nothing."""
        try:
            line = await self._opened()
        except aiosmtplib.SMTPException as error:
            return _not_opened(error)
        self._back(line)
        how = {"starttls": "with STARTTLS", "implicit": "with TLS", "none": "without TLS"}[self._server.tls]
        who = f", and has let {self._server.user} in" if self._server.user else ""
        return Delivery("accepted", detail=f"{self._server.host}:{self._server.port} answers {how}{who}")

    async def close(self) -> None:
        """Take leave of the server on every connection."""
        lines, self._free = self._free, []
        for line in lines:
            with suppress(aiosmtplib.SMTPException, OSError):
                await line.client.quit(timeout=QUIT_S)
            line.client.close()


def _judged(refusal: aiosmtplib.SMTPResponseException, to: str, provider_id: str) -> Delivery:
    """A reply in the four hundreds puts off, one in the five hundreds refuses (RFC 5321, 4.2.1); others say nothing."""
    code = said(f"{refusal.code} {refusal.message}", to)
    if refusal.code >= FIRST_LASTING:
        return Delivery("refused", code=code, detail="the mail server has refused it")
    if refusal.code >= FIRST_PASSING:
        return Delivery("later", code=code, detail="the mail server has put it off", retry_after_s=GREYLISTED_S)
    detail = "the mail was sent, and the server has answered something that is no reply"
    return Delivery("unknown", code="no-answer", provider_id=provider_id, detail=detail)


def _not_opened(error: aiosmtplib.SMTPException) -> Delivery:
    """No connection, so no message was judged: it waits until somebody has put the connection right."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        detail = "the mail server does not take the user and the password of the channel file"
        return Delivery("later", code=str(error.code), detail=detail, retry_after_s=LOGIN_S)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        detail = f"the mail server does not want to be spoken to: {said(error.message)}"
        return Delivery("later", code=str(error.code), detail=detail, retry_after_s=AWAY_S)
    detail = f"the mail server cannot be reached: {said(error.message)}"
    return Delivery("later", code="not-reached", detail=detail, retry_after_s=AWAY_S)
