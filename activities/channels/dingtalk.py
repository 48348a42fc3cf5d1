"""DingTalk 钉钉: the robot of a group. Source: open.dingtalk.com, "自定义机器人发送群消息", "自定义机器人安全设置"."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from activities.channels.base import Delivery, Message
from activities.channels.fitting import fitted
from activities.channels.reaching import Answer
from activities.channels.robot import Robot, judged

GATEWAY = "https://oapi.dingtalk.com"

TEXT_BYTES = 9_000
"""The gateway takes a body of 20,000 bytes, in which a character may be written with two."""

BAN_S = 600.0
LATER = {"-1": 30.0, "130101": BAN_S}
"""Busy; more than 20 in a minute, for which the robot is shut out for ten."""


def signature(secret: str, timestamp_ms: int) -> str:
    """The signature of a moment: HMAC-SHA256 under the secret of the milliseconds, a line feed and the secret."""
    mac = hmac.new(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class DingTalkRobot(Robot):
    """A group's robot. The gateway allows 20 messages in a minute."""

    limits = ((15, 60.0),)

    def asked(self, message: Message, moment: datetime) -> tuple[str, Mapping[str, Any]]:
        """A message in Markdown with the title it must have; moment and signature stand in the address."""
        text = fitted(message.markdown, message.link, message.language, TEXT_BYTES, markdown=True)
        body = {"msgtype": "markdown", "markdown": {"title": message.subject, "text": text}}
        if not self._secret:
            return self._url, body
        timestamp = int(moment.timestamp() * 1000)
        signed = urlencode({"timestamp": timestamp, "sign": signature(self._secret, timestamp)})
        return f"{self._url}&{signed}", body

    def verdict(self, answer: Answer) -> Delivery:
        """`errcode` of an answer that has status 200 whatever it says."""
        code, detail = str(answer.said.get("errcode", "")), str(answer.said.get("errmsg", ""))
        return judged(answer, code, detail, LATER, self._url, self._url.rpartition("access_token=")[2], self._secret)
