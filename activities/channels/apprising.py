"""Everything that Apprise knows and we do not: sent by it, and recorded as unknown, for it does not know either.

docs/decisions/0010 says what it takes for success.
"""

import asyncio
from urllib.parse import quote

import apprise

from activities.channels.base import Delivery, Message, not_for_a_group
from activities.channels.reaching import be_quiet

PLACE = "{to}"
ANSWER_S = 30.0


class Apprising:
    """One address of Apprise. With `{to}` in it, it reaches one person; without, everybody who is there."""

    def __init__(self, name: str, url: str) -> None:
        """Raises ValueError for what Apprise does not understand as one address: it would send to each of several."""
        be_quiet()
        self.name, self._url = name, url
        self.group = PLACE not in url
        servers = list(self._sender("somebody"))
        if len(servers) != 1:
            raise ValueError("Apprise does not understand this address, or takes it for several")
        self.schemes: frozenset[str] = frozenset(servers[0].schemas())  # type: ignore[no-untyped-call]  # Apprise types half of itself

    def __repr__(self) -> str:
        """Nothing that is secret."""
        return f"Apprising({self.name!r})"

    def _sender(self, to: str) -> apprise.Apprise:
        sender = apprise.Apprise()
        sender.add(self._url.replace(PLACE, quote(to, safe="")))
        return sender

    async def send(self, to: str, message: Message) -> Delivery:
        """Have Apprise send it: unknown if it says that it has, refused if it says that it could not."""
        if self.group and not message.group:
            return not_for_a_group(self.name)
        sender = self._sender(to)
        body = message.text or message.markdown
        if message.link and message.link not in body:
            body = f"{body}\n{message.link}"
        try:
            async with asyncio.timeout(ANSWER_S):
                done = await sender.async_notify(title=message.subject, body=body)
        except TimeoutError:
            return Delivery("unknown", code="no-answer", detail="Apprise has not come back")
        if not done:
            return Delivery("refused", code="apprise", detail="Apprise says that it could not send it")
        return Delivery(
            "unknown", code="apprise", detail="Apprise has sent it; what the gateway answered it does not tell"
        )

    async def check(self) -> Delivery:
        """It cannot be tried without sending something."""
        kind = "everybody who reads there" if self.group else "one person at a time"
        return Delivery("accepted", detail=f"Apprise understands the address; it reaches {kind}, and is not tried")

    async def close(self) -> None:
        """Nothing is open."""
