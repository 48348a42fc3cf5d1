"""The robots of group chats against gateways of this machine that refuse as the real ones do."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from activities.channels import dingtalk, feishu
from activities.channels.dingtalk import DingTalkRobot
from activities.channels.feishu import FeishuRobot
from activities.channels.fitting import LONGEST_SAYING
from activities.channels.pace import PATIENCE_S, Pace
from activities.channels.reaching import Web
from activities.channels.robot import Robot
from activities.channels.wecom import WeComRobot
from runtime.clock import now
from tests.activities.channels.conftest import HERE, LINK, Watch, counts, letter
from tests.gateways import ROBOT, SECRET, Gateway, Reply

Made = Callable[..., Robot]
PATHS = {
    WeComRobot: f"/cgi-bin/webhook/send?key={ROBOT}",
    DingTalkRobot: f"/robot/send?access_token={ROBOT}",
    FeishuRobot: f"/open-apis/bot/v2/hook/{ROBOT}",
}
KINDS = list(PATHS)
LIMITS = {WeComRobot: (20, "45009"), DingTalkRobot: (20, "130101"), FeishuRobot: (5, "11232")}


@asynccontextmanager
async def robot(
    chats: Gateway, kind: type[Robot], *, pace: Pace | None = None, secret: str = SECRET, answer_s: float = 5
) -> AsyncIterator[Robot]:
    """A robot of a kind; without a pace of its own unless one is given."""
    web = Web(HERE, answer_s=answer_s)
    one = kind("group", web, chats.url(PATHS[kind]), clock=now, secret=secret, pace=pace or Pace())
    try:
        yield one
    finally:
        await one.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_is_told_counts_and_a_link(chats: Gateway, kind: type[Robot]) -> None:
    """What was told is accepted by the gateway's own verdict, and the link is in it."""
    async with robot(chats, kind) as one:
        delivery = await one.send("", counts())
    assert (delivery.outcome, delivery.code) == ("accepted", "0")
    assert chats.told == [f"本周有 **6** 人需要办理。\n[{LINK}]({LINK})"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_letter_to_one_person_never_reaches_a_group(chats: Gateway, kind: type[Robot]) -> None:
    """A letter may name people: it is refused before anything is asked of the gateway."""
    async with robot(chats, kind) as one:
        delivery = await one.send("", letter(text="张三 的半年考察", markdown="张三 的半年考察"))
    assert (delivery.outcome, delivery.code) == ("refused", "not-for-a-group")
    assert chats.asked == []


def test_a_group_message_holds_nothing_but_counts_and_a_link() -> None:
    """One that carried a letter's text, page or calendar could not even be made."""
    for more in ({"text": "张三"}, {"html": "<p>张三</p>"}, {"calendar": "BEGIN:VCALENDAR"}):
        with pytest.raises(ValueError, match="counts and a link"):
            counts(**more)


@pytest.mark.parametrize("kind", KINDS)
async def test_more_than_the_gateway_allows_is_later(chats: Gateway, kind: type[Robot]) -> None:
    """The gateway counts as it says it does; the refusal in an answer of status 200 is read, and waited for."""
    limit, code = LIMITS[kind]
    async with robot(chats, kind) as one:
        outcomes = [(await one.send("", counts(f"g{n}"))).outcome for n in range(limit)]
        one._pace = Pace()
        delivery = await one.send("", counts("one-too-many"))
    assert outcomes == ["accepted"] * limit
    assert (delivery.outcome, delivery.code) == ("later", code)
    assert len(chats.told) == limit


@pytest.mark.parametrize(("kind", "count"), [(WeComRobot, 15), (DingTalkRobot, 15)])
async def test_our_own_pace_stays_below_the_gateways(chats: Gateway, kind: type[Robot], count: int) -> None:
    """After so many in a minute the next is `later`, with how long; the gateway is not even asked."""
    watch = Watch()
    async with robot(chats, kind, pace=Pace(*kind.limits, monotonic=watch)) as one:
        for n in range(count):
            assert (await one.send("", counts(f"g{n}"))).outcome == "accepted"
        watch.seconds = 20
        waiting = await one.send("", counts("next"))
        assert (waiting.outcome, waiting.code, waiting.retry_after_s) == ("later", "pace", 40.0)
        assert len(chats.asked) == count
        watch.seconds = 60
        assert (await one.send("", counts("next"))).outcome == "accepted"


async def test_a_ban_of_ten_minutes_is_respected(chats: Gateway) -> None:
    """Who was shut out by DingTalk asks nothing until the ten minutes are over, and is let in then."""
    watch = Watch()
    async with robot(chats, DingTalkRobot, pace=Pace(monotonic=watch)) as one:
        for n in range(20):
            await one.send("", counts(f"g{n}"))
        delivery = await one.send("", counts("one-too-many"))
        assert (delivery.outcome, delivery.code, delivery.retry_after_s) == ("later", "130101", 600.0)
        asked = len(chats.asked)
        watch.seconds = 599 - PATIENCE_S
        chats.clock.later(599)
        early = await one.send("", counts("early"))
        assert (early.outcome, early.code, early.retry_after_s) == ("later", "pace", 1.0 + PATIENCE_S)
        assert len(chats.asked) == asked
        watch.seconds = 601
        chats.clock.later(2)
        assert (await one.send("", counts("on-time"))).outcome == "accepted"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_text_is_cut_so_that_the_gateway_takes_it(chats: Gateway, kind: type[Robot]) -> None:
    """Three thousand characters are nine thousand bytes: what the gateway takes ends with a sign and the whole link."""
    async with robot(chats, kind) as one:
        delivery = await one.send("", counts(markdown="党支部需要办理的事项，" * 400))
    assert delivery.outcome == "accepted"
    assert chats.told[0].endswith(f"……（未完，全文见链接）\n[{LINK}]({LINK})")


@pytest.mark.parametrize(("kind", "code"), [(DingTalkRobot, "310000"), (FeishuRobot, "19021")])
async def test_a_wrong_secret_is_refused(chats: Gateway, kind: type[Robot], code: str) -> None:
    """The gateway checks the signature, and its refusal is recorded with its code."""
    async with robot(chats, kind, secret="SECother") as one:
        delivery = await one.send("", counts())
    assert (delivery.outcome, delivery.code) == ("refused", code)


def test_the_signatures_are_those_of_another_program() -> None:
    """Both kinds, against what openssl makes of the same secret and moment.

    DingTalk: printf '%s\\n%s' 1700000000123 SECfixed | openssl dgst -sha256 -hmac SECfixed -binary | base64
    Feishu: printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY -binary | base64, where KEY is the hex of
    '1700000000\\nSECfixed'.
    """
    assert dingtalk.signature("SECfixed", 1700000000123) == "iSL9mvnAn7Okjj/aqHixZY6zQTPU/3QDf4QUUzacfx0="
    assert feishu.signature("SECfixed", 1700000000) == "6LohQ9OCSWXWPBtSZUk0qVMCy0Jj+CTbkEHDnZv7GH8="


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (Reply(200, raw=b"<html>a login page</html>"), "unknown", "200"),
        (Reply(500, {}), "unknown", "500"),
        (Reply(503, {}), "later", "503"),
        (Reply(429, {}, headers={"retry-after": "7"}), "later", "429"),
        (Reply(429, {}, headers={"retry-after": "9" * 400}), "later", "429"),
        (Reply(404, {}), "refused", "404"),
        (Reply(302, {}, headers={"location": "http://169.254.169.254/"}), "refused", "302"),
        (Reply(200, raw=b"[" * 70_000), "unknown", "200"),
        (Reply(200, raw=b"[" * 50_000), "unknown", "200"),
        (Reply(None), "unknown", "no-answer"),
        (Reply(delay_s=1.0, said={}), "unknown", "no-answer"),
        (Reply(200, {"errcode": 93000, "code": 19001, "errmsg": f"no {ROBOT}", "msg": f"no {ROBOT}"}), "refused", None),
        (Reply(200, {"errcode": f"{ROBOT}\n" * 99, "code": f"{ROBOT}\n" * 99}), "refused", None),
    ],
    ids=[
        "page",
        "500",
        "503",
        "429",
        "for ever",
        "404",
        "redirect",
        "endless",
        "deep",
        "dropped",
        "silent",
        "no",
        "long",
    ],
)
async def test_whatever_the_gateway_answers_is_told(
    chats: Gateway, kind: type[Robot], reply: Reply, outcome: str, code: str | None
) -> None:
    """No answer raises; only a clear verdict is taken for one; a robot's key is not repeated, whoever repeats it."""
    chats.answer(PATHS[kind].partition("?")[0], reply)
    async with robot(chats, kind, answer_s=0.5) as one:
        delivery = await one.send("", counts())
    assert delivery.outcome == outcome
    assert code in {None, delivery.code}
    assert ROBOT not in f"{delivery.detail} {delivery.code}"
    assert len(delivery.code or "") <= LONGEST_SAYING
    if wait := reply.headers.get("retry-after"):
        assert delivery.retry_after_s == min(float(wait), 3_600)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there_is_later(chats: Gateway, kind: type[Robot]) -> None:
    """A gateway that takes no connection was not told anything."""
    chats.port = 1
    async with robot(chats, kind) as one:
        assert (await one.send("", counts())).outcome == "later"
        assert (await one.check()).outcome == "later"


@pytest.mark.parametrize("kind", KINDS)
async def test_keys_and_secrets_are_shown_nowhere(
    chats: Gateway, kind: type[Robot], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by the channel nor by what the libraries beneath it log."""
    caplog.set_level("DEBUG")
    async with robot(chats, kind) as one:
        deliveries = [await one.send("", counts()), await one.check()]
        shown = [repr(one), caplog.text, *map(repr, deliveries)]
    assert not any(ROBOT in part or SECRET in part for part in shown)
