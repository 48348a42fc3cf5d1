"""The other side of the channels, on real sockets of this machine: a mail server, and the gateways of three chats.

    async with mail_server() as server:                 # an SMTP server that keeps what it gets
        … Mail("mail", server.reached("jieti@example.edu.cn"), now)
        server.answer("RCPT", "550 5.1.1 no such user")  # from now on; server.as_usual() ends it
        server.drop("DATA")                              # the connection ends when the mail has come in
        server.received[0].mail["Message-ID"]

    async with gateway() as chats:                       # WeCom, DingTalk, Feishu and a webhook
        chats.url("/cgi-bin/webhook/send?key=" + ROBOT)  # the key that they know
        chats.clock.later(60)                            # their limits go by this clock
        chats.told                                       # what the groups and members got to see

They refuse what the real ones refuse, in the same words, so far as those are published: more than so many messages in a
minute, texts with too many bytes, wrong signatures, old tokens, unknown members. See docs/reminders.md for the sources.
"""

import asyncio
import base64
import email.policy
import hashlib
import hmac
import json
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from activities.channels.envelope import sender_of
from activities.channels.mail import MailServer

HOST = "127.0.0.1"
DROP = "drop"


# --- mail ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """A mail that the server has taken, as it came in."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail, read."""
        return BytesParser(policy=email.policy.default).parsebytes(self.raw)


@dataclass
class MailHouse:
    """An SMTP server that keeps what it gets. What it is told, it does from then on, with every connection."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    delay_s: float = 0.0
    users: dict[str, str] = field(default_factory=dict)
    certificate: Path | None = None
    _replies: dict[str, str] = field(default_factory=dict)
    _put_off: set[str] | None = None
    _open: set[asyncio.Transport] = field(default_factory=set)

    def reached(self, sender: str = "jieti@example.edu.cn", **more: Any) -> MailServer:
        """How it is reached, by one who writes as `sender`."""
        how: dict[str, Any] = {"tls": "starttls", "ca": self.certificate} if self.certificate else {"tls": "none"}
        return MailServer(host=HOST, port=self.port, sender=sender_of(sender), **{**how, **more})

    def answer(self, stage: str, reply: str) -> None:
        """Answer MAIL, RCPT or DATA (when the mail has come in) with this reply from now on."""
        self._replies[stage] = reply

    def drop(self, stage: str) -> None:
        """End the connection at MAIL, RCPT, or DATA, from now on. A mail that has come in by then is kept."""
        self._replies[stage] = DROP

    def greylist(self) -> None:
        """Put every recipient off once, from now on."""
        self._put_off = set()

    def as_usual(self) -> None:
        """Take everything at once again."""
        self._replies.clear()
        self._put_off, self.delay_s = None, 0.0

    def drop_all(self) -> None:
        """End all connections that are open, as a server that is started again does."""
        for transport in list(self._open):
            transport.abort()

    # What aiosmtpd calls:

    async def handle_MAIL(  # noqa: N802 - so it is called
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a sender."""
        envelope.mail_from = address
        return await self._said(server, "MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - so it is called
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient."""
        if self._put_off is not None and address not in self._put_off:
            self._put_off.add(address)
            return "451 4.7.1 Greylisted, please try again later"
        reply = await self._said(server, "RCPT", "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - so it is called
        """Take a mail, unless it is refused."""
        reply = self._replies.get("DATA", "")
        if not reply or reply == DROP:
            content = envelope.original_content or b""
            self.received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return await self._said(server, "DATA", f"250 2.0.0 Ok: queued as {len(self.received):06X}")

    async def _said(self, server: SMTP, stage: str, usual: str) -> str:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        reply = self._replies.get(stage, usual)
        if reply == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return reply if reply != DROP else usual

    def let_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: Any) -> AuthResult:
        """Look whether a user's password is the right one."""
        known = isinstance(who, LoginPassword) and self.users.get(who.login.decode()) == who.password.decode()
        return AuthResult(success=known, handled=known)


@asynccontextmanager
async def mail_server(tls_in: Path | None = None, users: Mapping[str, str] | None = None) -> AsyncIterator[MailHouse]:
    """A mail server at a free port. With STARTTLS where `tls_in` is a directory for its certificate; with a login
    where there are `users` (which takes TLS)."""
    house = MailHouse(users=dict(users or {}))
    context = None
    if tls_in:
        house.certificate, context = certified(tls_in)

    class Connection(SMTP):
        """One connection."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            if self._original_transport is None:
                house.connections += 1
                house._open.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            house._open -= {self.transport}
            super().connection_lost(error)

    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return Connection(
            house,
            hostname="mail.example.edu.cn",
            tls_context=context,
            require_starttls=context is not None,
            auth_required=bool(users),
            authenticator=house.let_in,
            loop=loop,
        )

    server = await loop.create_server(connection, HOST, 0)
    house.port = server.sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.close()
        house.drop_all()
        await server.wait_closed()


def certified(home: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine made for a day: the file that believes in it, and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.DNSName("hook.example"), x509.IPAddress(IPv4Address(HOST))]
    )
    begun = datetime.fromtimestamp(time.time(), UTC) - timedelta(hours=1)  # noqa: TID251 - a certificate is for real clocks
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    believed, whole = home / "certificate.pem", home / "key.pem"
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    believed.write_bytes(public)
    whole.write_bytes(public + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(whole)
    return believed, context


# --- chats ---------------------------------------------------------------------------------------------------------


class Clock:
    """The gateways' clock: real, and as much later as it is told."""

    def __init__(self) -> None:
        """At the present."""
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead  # noqa: TID251 - a gateway looks at its own clock

    def later(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._ahead += seconds


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered: as JSON, or as these bytes; None for the status ends the connection instead."""

    status: int | None = 200
    said: Any = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


Answering = Callable[[Asked], Reply]

ROBOT, SECRET, WEBHOOK_SECRET = "8d777f385d3dfec8", "SECfixed", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CORP_ID, AGENT_ID, CORP_SECRET = "ww1234", 1000002, "app-secret"


class Gateway:
    """WeCom, DingTalk, Feishu and a webhook at one port."""

    def __init__(self) -> None:
        """Knowing the robot `ROBOT`, the secrets above and no member."""
        self.port, self.scheme, self.certificate = 0, "http", None  # type: int, str, Path | None
        self.clock = Clock()
        self.asked: list[Asked] = []
        self.told: list[str] = []
        self.members: set[str] = set()
        self.tokens: set[str] = set()
        self.instead: dict[str, Reply] = {}
        self._times: dict[str, list[float]] = defaultdict(list)
        self._banned_until: dict[str, float] = {}
        self._issued = 0
        self.closing = asyncio.Event()

    def url(self, path: str, host: str = HOST) -> str:
        """The address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answer(self, path: str, reply: Reply) -> None:
        """Answer a path with this from now on, whatever is asked."""
        self.instead[path] = reply

    def forget_tokens(self) -> None:
        """Let no token be worth anything, as after two hours."""
        self.tokens.clear()

    def _reply(self, asked: Asked) -> Reply:
        known: dict[str, Answering] = {
            "/cgi-bin/webhook/send": self._wecom_robot,
            "/cgi-bin/gettoken": self._wecom_token,
            "/cgi-bin/message/send": self._wecom_app,
            "/robot/send": self._dingtalk,
            f"/open-apis/bot/v2/hook/{ROBOT}": self._feishu,
            "/hook": self._webhook,
        }
        self.asked.append(asked)
        if asked.path in self.instead:
            return self.instead[asked.path]
        answer = known.get(asked.path)
        return answer(asked) if answer else Reply(404, {"message": "nothing is here"})

    def _count(self, who: str, seconds: float) -> int:
        """How often somebody has come in the last so many seconds, this time included."""
        now = self.clock.now()
        self._times[who] = [one for one in self._times[who] if one > now - 60] + [now]
        return sum(one > now - seconds for one in self._times[who])

    def _wecom_robot(self, asked: Asked) -> Reply:
        if asked.query.get("key") != ROBOT:
            return Reply(said={"errcode": 93000, "errmsg": "invalid webhook url, hint: [1]"})
        if self._count("wecom", 60) > 20:
            return Reply(said={"errcode": 45009, "errmsg": "api freq out of limit, hint: [1]"})
        kind = asked.said["msgtype"]
        text, limit = asked.said[kind]["content"], {"markdown": 4096, "text": 2048}[kind]
        if len(text.encode()) > limit:
            return Reply(
                said={
                    "errcode": 40058,
                    "errmsg": f"{kind}.content exceed max length {limit}. invalid Request Parameter",
                }
            )
        self.told.append(text)
        return Reply(said={"errcode": 0, "errmsg": "ok"})

    def _wecom_token(self, asked: Asked) -> Reply:
        if asked.query != {"corpid": CORP_ID, "corpsecret": CORP_SECRET}:
            return Reply(said={"errcode": 40001, "errmsg": f"invalid credential {asked.query.get('corpsecret')}"})
        self._issued += 1
        token = f"token-{self._issued}"
        self.tokens.add(token)
        return Reply(said={"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200})

    def _wecom_app(self, asked: Asked) -> Reply:
        if asked.query.get("access_token") not in self.tokens:
            return Reply(said={"errcode": 42001, "errmsg": "access_token expired, hint: [1]"})
        member, text = asked.said["touser"], asked.said["text"]["content"]
        if len(text.encode()) > 2048:
            return Reply(said={"errcode": 40058, "errmsg": "text.content exceed max length 2048"})
        if member.lower() not in self.members:  # it knows them however they are written, and answers in small letters
            return Reply(said={"errcode": 0, "errmsg": "ok", "invaliduser": member.lower(), "msgid": "none"})
        if self._count(f"member {member}", 60) <= 30:  # what is beyond is dropped, and nobody is told
            self.told.append(text)
        return Reply(said={"errcode": 0, "errmsg": "ok", "msgid": f"m{len(self.told)}"})

    def _dingtalk(self, asked: Asked) -> Reply:
        timestamp, now = asked.query.get("timestamp", "0"), self.clock.now()
        mac = hmac.digest(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), "sha256")
        fresh = abs(now - int(timestamp) / 1000) < 3600
        if asked.query.get("access_token") != ROBOT:
            return Reply(said={"errcode": 300005, "errmsg": "token is not exist"})
        if not fresh or asked.query.get("sign") != base64.b64encode(mac).decode():
            return Reply(said={"errcode": 310000, "errmsg": "sign not match"})
        if now < self._banned_until.get("dingtalk", 0) or self._count("dingtalk", 60) > 20:
            self._banned_until.setdefault("dingtalk", now + 600)
            return Reply(said={"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})
        if len(asked.body) > 20_000 or not asked.said["markdown"]["title"]:
            return Reply(said={"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"})
        self.told.append(asked.said["markdown"]["text"])
        return Reply(said={"errcode": 0, "errmsg": "ok"})

    def _feishu(self, asked: Asked) -> Reply:
        timestamp = asked.said.get("timestamp", "0")
        mac = hmac.digest(f"{timestamp}\n{SECRET}".encode(), b"", "sha256")
        fresh = abs(self.clock.now() - int(timestamp)) < 3600
        if not fresh or asked.said.get("sign") != base64.b64encode(mac).decode():
            return Reply(
                said={"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
            )
        if self._count("feishu", 60) > 100 or self._count("feishu a second", 1) > 5:
            return Reply(
                said={"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}
            )
        if len(asked.body) > 20_480:
            return Reply(said={"code": 9499, "msg": "Bad Request", "data": {}})
        self.told.append(asked.said["card"]["elements"][0]["content"])
        return Reply(said={"code": 0, "msg": "success", "StatusCode": 0, "StatusMessage": "success", "data": {}})

    def _webhook(self, asked: Asked) -> Reply:
        key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
        signed = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if right not in asked.headers["webhook-signature"].split(" "):
            return Reply(401, {"message": "no signature of ours"})
        self.told.append(asked.said["data"]["text"])
        return Reply(202, {"message": "thank you"})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after another."""
        try:
            while asked := await _request(reader):
                reply = self._reply(asked)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.closing.wait(), reply.delay_s)
                if reply.status is None:
                    break
                body = reply.raw if reply.raw is not None else json.dumps(reply.said, ensure_ascii=False).encode()
                head = [f"HTTP/1.1 {reply.status} so", f"content-length: {len(body)}", "content-type: application/json"]
                head += [f"{name}: {value}" for name, value in reply.headers.items()]
                writer.write("\r\n".join([*head, "", ""]).encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    parts = urlsplit(target)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


@asynccontextmanager
async def gateway(tls_in: Path | None = None) -> AsyncIterator[Gateway]:
    """The gateways at a free port; over TLS where `tls_in` is a directory for their certificate."""
    one = Gateway()
    context = None
    if tls_in:
        one.certificate, context = certified(tls_in)
        one.scheme = "https"
    serving: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving[task] = writer
        try:
            await one.serve(reader, writer)
        finally:
            del serving[task]

    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        one.closing.set()
        for writer in serving.values():
            writer.transport.abort()
        await asyncio.gather(*serving, return_exceptions=True)
        await server.wait_closed()
