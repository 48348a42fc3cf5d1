"""What all robots of group chats have in common: counts and a link alone, the gateway's pace, its own verdict."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from activities.channels.base import Delivery, Message, not_for_a_group
from activities.channels.fitting import said
from activities.channels.pace import Pace
from activities.channels.reaching import RETRY_S, Answer, Failed, Web

ASKED_WRONGLY, TOO_MANY, SERVER_ERROR, UNAVAILABLE = 400, 429, 500, 503


def encoded(body: Mapping[str, Any]) -> bytes:
    """A body as it is sent: Chinese as it is, which is a third of what escapes take."""
    return orjson.dumps(body)


def judged(answer: Answer, code: str, detail: str, later: Mapping[str, float], *hidden: str) -> Delivery:
    """Read a gateway's verdict: its `code` (0 is accepted), or its status where it gave none. Both are cut to one line.

    `later` says after how many seconds a message may be sent again that was refused with such a code. What is `hidden`
    is not repeated.
    """
    code = said(code, *hidden)
    if code == "0" and answer.status < SERVER_ERROR:
        return Delivery("accepted", code=code, detail=said(detail, *hidden))
    if code in later:
        return Delivery("later", code=code, detail=said(detail, *hidden), retry_after_s=later[code])
    if code:
        return Delivery("refused", code=code, detail=said(detail, *hidden))
    status = str(answer.status)
    if answer.status in {TOO_MANY, UNAVAILABLE}:
        return Delivery("later", code=status, detail="too busy", retry_after_s=answer.retry_after_s or RETRY_S)
    if ASKED_WRONGLY <= answer.status < SERVER_ERROR:
        return Delivery("refused", code=status, detail="refused without a reason")
    return Delivery("unknown", code=status, detail="the answer holds no verdict")


class Robot(ABC):
    """A robot in a group chat, known by an address that is its password and, with most, a secret that signs."""

    group = True
    limits: tuple[tuple[int, float], ...]
    """The pace that is kept: (how many, in how many seconds), below what the gateway allows."""

    def __init__(
        self,
        name: str,
        web: Web,
        url: str,
        *,
        clock: Callable[[], datetime],
        secret: str = "",
        pace: Pace | None = None,
    ) -> None:
        """With its address, and a secret or nothing; the clock is for signatures."""
        self.name = name
        self._web, self._url, self._secret, self._clock = web, url, secret, clock
        self._pace = pace or Pace(*self.limits)

    def __repr__(self) -> str:
        """Nothing that is secret."""
        return f"{type(self).__name__}({self.name!r})"

    async def send(self, to: str, message: Message) -> Delivery:
        """Tell the group. There is one address only, so `to` is not looked at."""
        del to
        if not message.group:
            return not_for_a_group(self.name)
        if wait := await self._pace.turn():
            return Delivery("later", code="pace", detail="the robot has told enough for now", retry_after_s=wait)
        url, body = self.asked(message, self._clock())
        try:
            answer = await self._web.post(url, encoded(body))
        except Failed as failed:
            return failed.delivery
        delivery = self.verdict(answer)
        if delivery.retry_after_s:
            self._pace.hold(delivery.retry_after_s)
        return delivery

    async def check(self) -> Delivery:
        """Look whether the gateway answers; whether it knows the robot shows only when something is sent."""
        return await self._web.reach(self._url)

    async def close(self) -> None:
        """Close its connections."""
        await self._web.close()

    @abstractmethod
    def asked(self, message: Message, moment: datetime) -> tuple[str, Mapping[str, Any]]:
        """The address and the body with which the gateway is asked."""

    @abstractmethod
    def verdict(self, answer: Answer) -> Delivery:
        """What the gateway has answered."""
