"""What happens to every request before and after it is answered: its id, its size, its headers, its line in the log."""

import logging
import re
import time
from collections.abc import Mapping
from secrets import token_hex

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import looking, viewer
from api.answers import unsaid
from api.problems import MEDIA_TYPE, BodyTooLarge, Internal, Problem, Unavailable
from registry.access.looks import LooksUnavailable

LOG = logging.getLogger("jieti.api")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        """Answer by `app` what is not larger than `most_bytes`."""
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; everything else goes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        answered, begun = Answered(scope, send, request_id, looking.begin()), time.monotonic()
        try:
            self._refuse_large(scope)
            await self._app(scope, self._counting(receive), answered)
        except Problem as problem:
            await answered.problem(problem)
        except Exception:
            LOG.exception("request_id=%s %s %s failed", request_id, scope["method"], unsaid(scope["path"]))
            if answered.status:
                raise  # the answer has begun: all that can be done is to break it off
            await answered.problem(Internal("the details stand in the log of the server"))
        answered.log()
        scope["app"].state.measures.answered(scope, answered.status, time.monotonic() - begun)

    def _refuse_large(self, scope: Scope) -> None:
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            raise self._too_large()

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"at most {self._most} bytes are read")

    def _counting(self, receive: Receive) -> Receive:
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._most:
                raise self._too_large()
            return message

        return counted


class Answered:
    """Sends the answer with the headers that every answer has, and remembers what was answered."""

    def __init__(self, scope: Scope, send: Send, request_id: str, seen: looking.Seen) -> None:
        """Answer the request of this scope, which shows what is `seen`."""
        self.status = 0
        self._scope = scope
        self._send = send
        self._id = request_id
        self._seen = seen
        self._withheld = False
        """Whether a problem was answered in the place of what the application says."""

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer. Who is shown a person's data is written down before the first part goes out."""
        if message["type"] == "http.response.start":
            if message["status"] < 400:  # noqa: PLR2004 - where refusals begin
                try:
                    await self._write_down()
                except Problem as problem:
                    self._withheld = True
                    await self.problem(problem)
                    return
            self.status = message["status"]
            headers = MutableHeaders(raw=message["headers"])
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._scope["path"] == viewer.DOCS:
                headers["Content-Security-Policy"] = viewer.POLICY
            headers["X-Request-Id"] = self._id
            message["headers"] = headers.raw
        elif self._withheld:
            return
        await self._send(message)

    async def _write_down(self) -> None:
        actor = self._scope["state"].get("actor")
        if actor is None:
            return
        looks = looking.looks_of(self._scope, self._seen, actor)
        try:
            await self._scope["app"].state.house.looks.write(looks)
        except LooksUnavailable as error:
            raise Unavailable(str(error), headers={"Retry-After": "2"}) from error

    async def problem(self, problem: Problem) -> None:
        """Answer with a problem document."""
        self._scope["state"]["problem"] = problem
        body = orjson.dumps(problem.body(self._scope["path"], self._id))
        headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **problem.headers}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self({"type": "http.response.start", "status": problem.STATUS, "headers": raw})
        await self._send({"type": "http.response.body", "body": body})

    def log(self) -> None:
        """Write one line for a request that was refused: what and why, never whom it was about."""
        if self.status < 400:  # noqa: PLR2004 - where refusals begin
            return
        state = self._scope["state"]
        actor, problem = state.get("actor"), state.get("problem")
        LOG.warning(
            "request_id=%s %s %s %d %s actor=%s",
            self._id,
            self._scope["method"],
            unsaid(self._scope["path"]),
            self.status,
            problem.NAME if problem else "-",
            actor.id if actor else "-",
        )
