"""Fixtures for the channels: a mail server, the gateways of the chats, and messages to one person and to a group."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from activities.channels.base import Message
from tests.gateways import Gateway, MailHouse, gateway, mail_server

LINK = "https://jieti.example.edu.cn/paths/8f14e45f/steps/S07"


def letter(key: str = "letter-1", text: str = "请于3月9日前完成半年考察。", **more: object) -> Message:
    """A letter to one person."""
    given: dict[str, object] = {"key": key, "subject": "本周有一项待办", "text": text, "link": LINK, **more}
    return Message(**given)  # type: ignore[arg-type]  # fields by their names


def counts(key: str = "group-1", markdown: str = "本周有 **6** 人需要办理。", **more: object) -> Message:
    """What a group is told."""
    given: dict[str, object] = {"key": key, "subject": "待办提醒", "markdown": markdown, "link": LINK, "group": True}
    return Message(**{**given, **more})  # type: ignore[arg-type]  # fields by their names


@pytest.fixture
async def house() -> AsyncIterator[MailHouse]:
    """A mail server without TLS."""
    async with mail_server() as server:
        yield server


@pytest.fixture
async def chats() -> AsyncIterator[Gateway]:
    """The gateways of the chats, without TLS."""
    async with gateway() as one:
        yield one


HERE = (ip_network("127.0.0.0/8"),)
"""What may be reached although it is inside: this machine."""


class Watch:
    """A watch that runs when it is told to."""

    def __init__(self) -> None:
        """At nought."""
        self.seconds = 0.0

    def __call__(self) -> float:
        """Read it."""
        return self.seconds
