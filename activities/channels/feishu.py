"""Feishu 飞书: the robot of a group. Source: open.feishu.cn, "自定义机器人使用指南"."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from activities.channels.base import Delivery, Message
from activities.channels.fitting import fitted
from activities.channels.reaching import Answer
from activities.channels.robot import Robot, judged

GATEWAY = "https://open.feishu.cn"

TEXT_BYTES = 9_000
"""The gateway takes a body of 20 kB, in which a character may be written with two."""

LATER = {"11232": 60.0}
"""Asked too often, or at an hour at which everybody asks."""


def signature(secret: str, timestamp_s: int) -> str:
    """The signature of a moment: HMAC-SHA256 of nothing, under the seconds, a line feed and the secret."""
    mac = hmac.new(f"{timestamp_s}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class FeishuRobot(Robot):
    """A group's robot. The gateway allows 100 messages in a minute and 5 in a second, fewer on the full and half hour."""

    limits = ((60, 60.0), (4, 1.0))

    def asked(self, message: Message, moment: datetime) -> tuple[str, Mapping[str, Any]]:
        """A card, as plain texts know no links; moment and signature stand in the body."""
        text = fitted(message.markdown, message.link, message.language, TEXT_BYTES, markdown=True)
        card = {
            "header": {"title": {"tag": "plain_text", "content": message.subject}},
            "elements": [{"tag": "markdown", "content": text}],
        }
        body: dict[str, Any] = {"msg_type": "interactive", "card": card}
        if self._secret:
            timestamp = int(moment.timestamp())
            body |= {"timestamp": str(timestamp), "sign": signature(self._secret, timestamp)}
        return self._url, body

    def verdict(self, answer: Answer) -> Delivery:
        """`code`, or in older answers `StatusCode`, of an answer that has status 200 whatever it says."""
        code = str(answer.said.get("code", answer.said.get("StatusCode", "")))
        detail = str(answer.said.get("msg", answer.said.get("StatusMessage", "")))
        return judged(answer, code, detail, LATER, self._url, self._url.rpartition("/")[2], self._secret)
