"""The channel file: which channels there are, and which of them is tried first; and opening them all."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from activities.channels.apprising import Apprising
from activities.channels.base import Channel, Configured, Console
from activities.channels.dingtalk import DingTalkRobot
from activities.channels.entry import Around, Entry, network_of
from activities.channels.envelope import sender_of
from activities.channels.feishu import FeishuRobot
from activities.channels.mail import Mail, MailServer
from activities.channels.webhook import Webhook, key_of
from activities.channels.wecom import GATEWAY, WeComApp, WeComRobot
from domain.recipients import CHANNELS
from domain.spot import RulebookError, Spot, read_spot

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PORTS: Mapping[str, int] = {"starttls": 587, "implicit": 465, "none": 25}
MOST_CONNECTIONS, MOST_SECONDS = 32, 300

OURS = {
    "mailto": "mail",
    "mailtos": "mail",
    "wechat": "wecom-app",
    "wecombot": "wecom-robot",
    "dingtalk": "dingtalk-robot",
    "feishu": "feishu-robot",
    "lark": "feishu-robot",
    **dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), "webhook"),
}
"""What Apprise can do as well, and we do better."""


@asynccontextmanager
async def open_channels(file: Path | None, clock: Callable[[], datetime]) -> AsyncIterator[Mapping[str, Configured]]:
    """All channels by their names, the one to be tried first in front; the console where there is no channel file.

    The clock (aware UTC) dates mails and signatures. Raises RulebookError, with the line, for a file that cannot be used.
    """
    channels = read_channels(file, clock) if file else {"console": Console()}
    async with AsyncExitStack() as closing:
        for channel in channels.values():
            closing.push_async_callback(channel.close)
        yield channels


@dataclass(frozen=True, slots=True)
class Group:
    """Who reads a channel of a group: those who work for a unit, told in a language on these days of the week (0: Monday)."""

    channel: str
    unit: str
    days: frozenset[int]
    language: Literal["zh", "en"]


def read_groups(file: Path | None, channels: Mapping[str, Channel]) -> tuple[Group, ...]:
    """The groups of a channel file whose channels have been read. Raises RulebookError with line and remedy."""
    if file is None:
        return ()
    top = read_spot(file.name, file.read_text(encoding="utf-8")).map()
    found: dict[str, Group] = {}
    for spot in top["groups"].list() if "groups" in top else []:
        said = spot.map(allowed=("channel", "unit", "on", "language"), required=("channel", "unit"))
        name = said["channel"].one_of(channels, "a channel of this file")
        if not channels[name].group:
            raise said["channel"].wrong(f"{name!r} reaches one person; only what a group reads is told counts")
        if name in found:
            raise said["channel"].wrong(
                f"{name!r} belongs to {found[name].unit!r} already: a group is told of one unit"
            )
        on = [one.one_of(WEEKDAYS, "a day of the week") for one in said["on"].list()] if "on" in said else ["monday"]
        language = said["language"].one_of(("zh", "en"), "a language") if "language" in said else "zh"
        days = frozenset(WEEKDAYS.index(day) for day in on)
        found[name] = Group(name, said["unit"].text().strip(), days, "en" if language == "en" else "zh")
    return tuple(found.values())


def read_channels(file: Path, clock: Callable[[], datetime]) -> Mapping[str, Configured]:
    """The channels of a file; nothing is connected yet. Raises RulebookError with line and remedy."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"{file}: this cannot be read as a text: {type(error).__name__}") from None
    top = read_spot(file.name, text).map(allowed=("prefer", "internal", "channels", "groups"), required=("channels",))
    allowed = [network_of(spot) for spot in top["internal"].list()] if "internal" in top else []
    around = Around(file.absolute().parent, allowed, clock)
    found: dict[str, Configured] = {}
    for name, spot in top["channels"].map().items():
        if not name.isprintable() or not name.strip():
            raise spot.wrong("a channel needs a name")
        entry = Entry(name, spot, around)
        channel = found[name] = KINDS[entry.kind.one_of(KINDS, "a kind of channel")](entry)
        if name not in CHANNELS and not channel.group and not isinstance(channel, Console):
            known = ", ".join(CHANNELS)
            raise spot.wrong(f"no recipient has an address under {name!r}: what reaches one person is called {known}")
    return _ordered(found, list(top["prefer"].list()) if "prefer" in top else [])


def _ordered(found: Mapping[str, Configured], prefer: list[Spot]) -> Mapping[str, Configured]:
    """The preferred ones in front, in their order; the others after them, as they stand in the file."""
    first: list[str] = []
    for spot in prefer:
        name = spot.one_of(found, "a channel of this file")
        if name in first:
            raise spot.wrong(f"{name!r} stands here twice")
        if found[name].group:
            raise spot.wrong(f"{name!r} is read by a group; only what reaches one person can be preferred for one")
        first.append(name)
    return {name: found[name] for name in [*first, *(one for one in found if one not in first)]}


def _console(entry: Entry) -> Configured:
    entry.keys(())
    return Console(entry.name)


def _mail(entry: Entry) -> Configured:
    entry.keys(("host", "from"), ("port", "tls", "user", "password", "ca", "connections", "timeout_seconds"))
    tls = entry.one_of("tls", list(PORTS))
    try:
        sender = sender_of(entry.text("from"))
    except ValueError as error:
        raise entry.wrong(
            "from", f"{error} is expected here; a name may stand before it: 组织部 <jieti@example.edu.cn>"
        ) from None
    host, user, password = entry.host("host"), entry.text("user"), entry.secret("password")
    if bool(user) != bool(password):
        raise entry.wrong("user", "user and password belong together: give both or neither")
    if user and tls == "none" and host not in {"127.0.0.1", "::1", "localhost"}:
        raise entry.wrong("tls", "a password is not sent without TLS: write starttls or implicit")
    server = MailServer(
        host=host,
        port=entry.whole("port", PORTS[tls], 1, 65_535),
        sender=sender,
        tls=tls,
        user=user,
        password=password,
        ca=entry.ca(),
        connections=entry.whole("connections", 4, 1, MOST_CONNECTIONS),
        timeout_s=entry.whole("timeout_seconds", 30, 1, MOST_SECONDS),
    )
    return Mail(entry.name, server, entry.around.clock)


def _wecom_robot(entry: Entry) -> Configured:
    entry.keys(("url",), ("ca",))
    return WeComRobot(entry.name, entry.web(), entry.url("url"), clock=entry.around.clock)


def _wecom_app(entry: Entry) -> Configured:
    entry.keys(("corp_id", "agent_id", "secret"), ("base", "ca"))
    return WeComApp(
        entry.name,
        entry.web(),
        entry.text("corp_id"),
        entry.whole("agent_id", 0, 1, 10**9),
        entry.secret("secret"),
        base=entry.url("base", GATEWAY).rstrip("/"),
    )


def _dingtalk_robot(entry: Entry) -> Configured:
    entry.keys(("url",), ("secret", "ca"))
    return DingTalkRobot(
        entry.name, entry.web(), entry.url("url"), secret=entry.secret("secret"), clock=entry.around.clock
    )


def _feishu_robot(entry: Entry) -> Configured:
    entry.keys(("url",), ("secret", "ca"))
    return FeishuRobot(
        entry.name, entry.web(), entry.url("url"), secret=entry.secret("secret"), clock=entry.around.clock
    )


def _webhook(entry: Entry) -> Configured:
    entry.keys(("url", "secret"), ("group", "ca"))
    try:
        keys = [key_of(secret) for secret in entry.secrets("secret")]
    except ValueError:
        raise entry.wrong(
            "secret", "whsec_ and 24 to 64 bytes in base64 are expected here: openssl rand -base64 32"
        ) from None
    if not keys:
        raise entry.wrong("secret", "a secret is expected here")
    return Webhook(entry.name, entry.web(), entry.url("url"), keys, entry.around.clock, group=entry.flag("group"))


def _apprise(entry: Entry) -> Configured:
    entry.keys(("url",))
    url = entry.secret("url")
    _refuse_ours(entry, {url.partition(":")[0].lower()})
    try:
        channel = Apprising(entry.name, url)
    except ValueError as error:
        raise entry.wrong("url", f"{error}; its documentation lists what it knows") from None
    _refuse_ours(entry, channel.schemes)  # it knows some gateways by their own https:// addresses
    return channel


def _refuse_ours(entry: Entry, schemes: Collection[str]) -> None:
    if kind := next((OURS[one] for one in sorted(schemes) if one in OURS), None):
        raise entry.wrong("url", f"for this there is the kind {kind}, which reads the gateway's own verdict")


KINDS: Mapping[str, Callable[[Entry], Configured]] = {
    "mail": _mail,
    "wecom-app": _wecom_app,
    "wecom-robot": _wecom_robot,
    "dingtalk-robot": _dingtalk_robot,
    "feishu-robot": _feishu_robot,
    "webhook": _webhook,
    "apprise": _apprise,
    "console": _console,
}
