"""Asking a gateway over HTTPS: only at an address outside the house, no redirect, no long answer, no secret in a log."""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any

import httpx2
import orjson

from activities.channels.base import Delivery

CONNECT_S, ANSWER_S = 5.0, 20.0
LONGEST_ANSWER_BYTES = 65_536
RETRY_S, LONGEST_RETRY_S = 60.0, 3_600.0
"""After how long to ask again where it is not said; and the longest that a gateway may have us wait."""

REDIRECTION, V6 = 3, 6

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

NAT64, UNICAST = IPv6Network("64:ff9b::/96"), IPv6Network("2000::/3")
"""IPv4 behind a translator; and all of IPv6 that is routed (RFC 4291, 2.4), which is all that is asked."""

ISATAP, ISATAP_MASK = 0x5EFE, 0xFDFFFFFF
"""What stands before the IPv4 address in the lower half of an address that tunnels to it (RFC 5214, 6.1)."""

LOUD = ("httpx2", "httpcore2", "apprise", "urllib3", "requests")
"""Loggers that write whole addresses; the address of a robot is its password."""


class Failed(Exception):
    """The other side was not asked, or did not answer; `delivery` says what that means for the message."""

    def __init__(self, delivery: Delivery) -> None:
        """With what is to be answered."""
        super().__init__(delivery.detail)
        self.delivery = delivery


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered: its status, and the JSON object in its body (empty where it was none)."""

    status: int
    said: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None


def be_quiet() -> None:
    """Keep the libraries from writing addresses into the log."""
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@lru_cache(maxsize=8)
def believing(ca: Path | None) -> ssl.SSLContext:
    """How certificates are checked: against the system's, and against those of a PEM file beside them.

    Reading the system's takes longer than a connection, and all channels can share them.
    """
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(ca)
    return context


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, each once. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def inside(address: str) -> str | None:
    """What makes an address one that nobody outside should have us ask; None for one of the public network."""
    ip = _really(ipaddress.ip_address(address.partition("%")[0]))
    kinds = {
        "a loopback address": ip.is_loopback,
        "the unspecified address": ip.is_unspecified,
        "a multicast address": ip.is_multicast,
        "a link-local address, where machines find their own secrets": ip.is_link_local,
        "an address of a private or reserved network": not ip.is_global or (ip.version == V6 and ip not in UNICAST),
    }
    return next((kind for kind, applies in kinds.items() if applies), None)


def _really(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address only wraps."""
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        before = int(ip) >> 32
        if ip in NAT64 or (before == 0 and int(ip) > 1) or before & ISATAP_MASK == ISATAP:
            wrapped = IPv4Address(int(ip) & 0xFFFFFFFF)
        return wrapped or ip
    return ip


def _allowed(address: str, allowed: Sequence[Network]) -> bool:
    ip = _really(ipaddress.ip_address(address.partition("%")[0]))
    return any(ip in network for network in allowed) and not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)


class Checked(httpx2.AsyncBaseTransport):
    """Resolves a name once, looks at every address, and connects to one of those: no second look-up can change it."""

    def __init__(self, below: httpx2.AsyncBaseTransport, allowed: Sequence[Network], resolve: Resolve) -> None:
        """Before a transport; `allowed` are networks inside the house that may be reached."""
        self._below, self._allowed, self._resolve = below, allowed, resolve

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send to the first address that takes the connection. The certificate is that of the name."""
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self.addresses(host, port)
        for last, address in enumerate(addresses, 1):
            asked = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._below.handle_async_request(asked)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if last == len(addresses):
                    raise
        raise httpx2.ConnectError("the name has no address")

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, if we may ask it. Raises Failed: for one that is inside, or a name nobody knows."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            detail = f"the name {host} cannot be resolved"
            raise Failed(Delivery("later", code="no-address", detail=detail, retry_after_s=RETRY_S)) from None
        for address in addresses:
            kind = inside(address)
            if kind and not _allowed(address, self._allowed):
                detail = f"{host} is {kind} ({address}), which is never asked; `internal` in the channel file lists exceptions"
                raise Failed(Delivery("refused", code="internal-address", detail=detail))
        return addresses

    async def aclose(self) -> None:
        """Close what is below."""
        await self._below.aclose()


class Web:
    """One gateway's connections. A connection was checked for one name, so each channel has a Web of its own."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        ca: Path | None = None,
        resolve: Resolve = resolved,
        answer_s: float = ANSWER_S,
    ) -> None:
        """`ca` are certificates (PEM) that are believed besides the system's."""
        be_quiet()
        self._tls = believing(ca)
        self._answer_s = answer_s
        below = httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        self._transport = Checked(below, allowed, resolve)
        self._http = httpx2.AsyncClient(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(answer_s, connect=CONNECT_S),
            headers={"user-agent": "jieti", "accept-encoding": "identity"},
        )

    async def post(self, url: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post a JSON body. Raises Failed where nothing was asked, or no answer came that one could read."""
        return await self._ask(
            "POST", url, content, {"content-type": "application/json; charset=utf-8", **(headers or {})}
        )

    async def get(self, url: str) -> Answer:
        """Ask for what is at an address. Raises Failed."""
        return await self._ask("GET", url, None, {})

    async def _ask(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        request = self._http.build_request(method, url, content=content, headers=dict(headers))
        try:
            async with asyncio.timeout(self._answer_s):
                response = await self._http.send(request, stream=True)
                try:
                    return _read(response, await _body(response))
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            detail = f"{request.url.host} does not take connections"
            raise Failed(Delivery("later", code="not-reached", detail=detail, retry_after_s=RETRY_S)) from None
        except (httpx2.HTTPError, TimeoutError, OSError) as error:
            detail = f"{request.url.host} was asked and did not answer: {type(error).__name__}"
            raise Failed(Delivery("unknown", code="no-answer", detail=detail)) from None

    async def reach(self, url: str) -> Delivery:
        """Look whether somebody answers at an address, with the right certificate; nothing is asked."""
        parts = httpx2.URL(url)
        tls, port = parts.scheme == "https", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            address = (await self._transport.addresses(parts.host, port))[0]
            name = parts.host if tls else None
            opening = asyncio.open_connection(address, port, ssl=self._tls if tls else None, server_hostname=name)
            _, writer = await asyncio.wait_for(opening, CONNECT_S)
            writer.close()
        except Failed as failed:
            return failed.delivery
        except (OSError, TimeoutError) as error:
            detail = f"{parts.host} does not take connections: {type(error).__name__}"
            return Delivery("later", code="not-reached", detail=detail)
        return Delivery(
            "accepted", detail=f"{parts.host} answers; whether the key is right shows when something is sent"
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()


async def _body(response: httpx2.Response) -> bytes:
    """The body. Raises Failed for one that is longer than any verdict."""
    body = b""
    async for part in response.aiter_raw():
        body += part
        if len(body) > LONGEST_ANSWER_BYTES:
            raise Failed(
                Delivery("unknown", code=str(response.status_code), detail="the answer is too long to be read")
            )
    return body


def _read(response: httpx2.Response, body: bytes) -> Answer:
    """The answer, if it is one. Raises Failed for a redirect."""
    if response.status_code // 100 == REDIRECTION:
        detail = "it redirects, and redirects are not followed: put the last address into the channel file"
        raise Failed(Delivery("refused", code=str(response.status_code), detail=detail))
    after = response.headers.get("retry-after", "")
    try:
        said = orjson.loads(body)  # which refuses what is nested so deep that reading it would end the process
    except ValueError:
        said = {}
    wait = min(float(after), LONGEST_RETRY_S) if after.isascii() and after.isdecimal() else None
    return Answer(response.status_code, said if isinstance(said, dict) else {}, wait)
