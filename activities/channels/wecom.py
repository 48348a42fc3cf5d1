"""WeCom 企业微信: the robot of a group, and the app that writes to one member.

Source: developer.work.weixin.qq.com, "群机器人配置说明", "发送应用消息", "获取access_token", "全局错误码".
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from activities.channels.base import Delivery, Message
from activities.channels.fitting import fitted, said
from activities.channels.pace import Pace
from activities.channels.reaching import Answer, Failed, Web
from activities.channels.robot import Robot, encoded, judged

GATEWAY = "https://qyapi.weixin.qq.com"

MARKDOWN_BYTES, TEXT_BYTES = 4_096, 2_048

LATER = {"-1": 30.0, "45009": 60.0, "45033": 10.0}
"""Busy; asked too often; too many at once."""

STALE_TOKEN = {"40014", "42001"}
MEMBER_LIMIT = (25, 60.0)
"""Of the 30 a minute that a member gets. What is sent beyond that is dropped, and nobody is told."""

REPEAT_S = 14_400
"""So long the gateway itself drops a repetition of the same text: the longest it allows."""

TOKEN_S, EARLY_S = 7_200, 300.0
"""So long a token lasts where it is not said; and so long before it ends, another is asked for."""


class WeComRobot(Robot):
    """A group's robot. The gateway allows 20 messages in a minute; it has no signature, its key is in the address."""

    limits = ((15, 60.0),)

    def asked(self, message: Message, moment: datetime) -> tuple[str, Mapping[str, Any]]:
        """A message in Markdown."""
        del moment
        text = fitted(message.markdown, message.link, message.language, MARKDOWN_BYTES, markdown=True)
        return self._url, {"msgtype": "markdown", "markdown": {"content": text}}

    def verdict(self, answer: Answer) -> Delivery:
        """`errcode` of an answer that has status 200 whatever it says."""
        return verdict(answer, self._url, self._url.rpartition("key=")[2])


def verdict(answer: Answer, *hidden: str) -> Delivery:
    """What `errcode` and `errmsg` say."""
    return judged(answer, str(answer.said.get("errcode", "")), str(answer.said.get("errmsg", "")), LATER, *hidden)


class WeComApp:
    """An app of the house that writes to a member; the address is the member's id in WeCom."""

    group = False

    def __init__(
        self,
        name: str,
        web: Web,
        corp_id: str,
        agent_id: int,
        secret: str,
        *,
        base: str = GATEWAY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """With the house's id, the app's number and secret."""
        self.name = name
        self._web, self._base, self._corp_id, self._agent_id, self._secret = web, base, corp_id, agent_id, secret
        self._monotonic = monotonic
        self._paces: dict[str, Pace] = {}
        self._token, self._token_ends = "", 0.0
        self._renewing = asyncio.Lock()

    def __repr__(self) -> str:
        """Nothing that is secret."""
        return f"WeComApp({self.name!r})"

    async def send(self, to: str, message: Message) -> Delivery:
        """Write to one member. An address that means everybody, or several, is refused."""
        if not to or "|" in to or to.startswith("@"):
            return Delivery("refused", code="address", detail="this is not the id of one member")
        if wait := await self._pace(to).turn():
            return Delivery("later", code="pace", detail="the member has been told enough for now", retry_after_s=wait)
        try:
            token = await self._current(stale="")
            answer = await self._asked(token, to, message)
            if str(answer.said.get("errcode")) in STALE_TOKEN:
                token = await self._current(stale=token)
                answer = await self._asked(token, to, message)
        except Failed as failed:
            return failed.delivery
        return self._verdict(answer, token, to)

    def _pace(self, member: str) -> Pace:
        """A member's own; those who have not been told anything lately are forgotten."""
        if member not in self._paces:
            self._paces = {one: pace for one, pace in self._paces.items() if not pace.idle}
            self._paces[member] = Pace(MEMBER_LIMIT, monotonic=self._monotonic)
        return self._paces[member]

    async def _asked(self, token: str, to: str, message: Message) -> Answer:
        text = fitted(message.text or message.markdown, message.link, message.language, TEXT_BYTES)
        body = {
            "touser": to,
            "msgtype": "text",
            "agentid": self._agent_id,
            "text": {"content": text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REPEAT_S,
        }
        asked = urlencode({"access_token": token})
        return await self._web.post(f"{self._base}/cgi-bin/message/send?{asked}", encoded(body))

    def _verdict(self, answer: Answer, token: str, to: str) -> Delivery:
        """An answer may say that all went well, and name the member it has not reached."""
        delivery = verdict(answer, token, self._secret, to)
        lists = ("invaliduser", "unlicenseduser")  # which names members in small letters, however they were written to
        missed = [one for one in lists if to.lower() in str(answer.said.get(one, "")).lower().split("|")]
        if delivery.outcome == "accepted" and missed:
            return Delivery(
                "refused", code=missed[0], detail="the app may not write to this member, or does not know them"
            )
        if delivery.outcome == "accepted":
            return Delivery("accepted", code="0", provider_id=str(answer.said.get("msgid", "")) or None)
        return delivery

    async def _current(self, stale: str) -> str:
        """The token, asked for anew where it is `stale` or ends soon. Raises Failed: without one nothing can be sent."""
        async with self._renewing:
            if self._token in {"", stale} or self._monotonic() >= self._token_ends:
                self._token = ""
                asked = urlencode({"corpid": self._corp_id, "corpsecret": self._secret})
                answer = await self._web.get(f"{self._base}/cgi-bin/gettoken?{asked}")
                code, token = str(answer.said.get("errcode", answer.status)), str(answer.said.get("access_token", ""))
                if code != "0" or not token:
                    # That concerns the app, not the message: it waits until somebody has put the app right.
                    detail = f"WeCom gives the app no token: {said(str(answer.said.get('errmsg', '')), self._secret)}"
                    raise Failed(Delivery("later", code=code, detail=detail, retry_after_s=LATER.get(code, 300.0)))
                self._token, lasts = token, answer.said.get("expires_in")
                self._token_ends = self._monotonic() + (lasts if isinstance(lasts, int) else TOKEN_S) - EARLY_S
            return self._token

    async def check(self) -> Delivery:
        """Ask for a token: who gets one may send."""
        try:
            await self._current(stale=self._token)
        except Failed as failed:
            return failed.delivery
        return Delivery("accepted", detail="WeCom knows the app and has given it a token")

    async def close(self) -> None:
        """Close its connections."""
        await self._web.close()
