"""The WeCom app that writes to one member: its token, its members, and what the gateway calls success."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from activities.channels.reaching import Web
from activities.channels.wecom import TEXT_BYTES, WeComApp
from tests.activities.channels.conftest import HERE, LINK, Watch, letter
from tests.gateways import AGENT_ID, CORP_ID, CORP_SECRET, Gateway, Reply

TOKEN, SEND = "/cgi-bin/gettoken", "/cgi-bin/message/send"


@asynccontextmanager
async def app_of(chats: Gateway, *, secret: str = CORP_SECRET, watch: Watch | None = None) -> AsyncIterator[WeComApp]:
    """The app; the gateway knows the member zhangsan."""
    chats.members.add("zhangsan")
    one = WeComApp(
        "wecom", Web(HERE, answer_s=5), CORP_ID, AGENT_ID, secret, base=chats.url(""), monotonic=watch or Watch()
    )
    try:
        yield one
    finally:
        await one.close()


def paths(chats: Gateway) -> list[str]:
    """Which addresses were asked, in order."""
    return [asked.path for asked in chats.asked]


async def test_a_member_is_written_to(chats: Gateway) -> None:
    """The gateway's name for the message is the receipt; the token is asked for once."""
    async with app_of(chats) as app:
        first = await app.send("zhangsan", letter("a"))
        await app.send("zhangsan", letter("b"))
    assert (first.outcome, first.code, first.provider_id) == ("accepted", "0", "m1")
    assert chats.told[0] == f"请于3月9日前完成半年考察。\n{LINK}"
    assert paths(chats) == [TOKEN, SEND, SEND]
    assert chats.asked[1].said["enable_duplicate_check"] == 1


async def test_an_unknown_member_is_refused_though_the_answer_is_a_success(chats: Gateway) -> None:
    """`errcode` 0 with the member among the invalid ones has reached nobody."""
    async with app_of(chats) as app:
        for unknown in ("lisi", "LiSi"):
            delivery = await app.send(unknown, letter())
            assert (delivery.outcome, delivery.code) == ("refused", "invaliduser")
            assert "lisi" not in delivery.detail.lower()
        assert (await app.send("ZhangSan", letter())).outcome == "accepted"


async def test_an_old_token_is_renewed_once_for_all(chats: Gateway) -> None:
    """When the gateway forgets it, the message goes out with a new one, and ten at a time fetch one between them."""
    async with app_of(chats) as app:
        await app.send("zhangsan", letter("a"))
        chats.forget_tokens()
        deliveries = await asyncio.gather(*(app.send("zhangsan", letter(f"b{n}")) for n in range(10)))
    assert {one.outcome for one in deliveries} == {"accepted"}
    assert paths(chats).count(TOKEN) == 2
    assert len(chats.told) == 11


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_token_that_stays_wrong_is_not_asked_for_for_ever(chats: Gateway, code: int) -> None:
    """One renewal, one more try, and then the gateway's code is the answer."""
    async with app_of(chats) as app:
        chats.answer(SEND, Reply(said={"errcode": code, "errmsg": "invalid access_token"}))
        delivery = await app.send("zhangsan", letter())
    assert (delivery.outcome, delivery.code) == ("refused", str(code))
    assert paths(chats) == [TOKEN, SEND, TOKEN, SEND]


async def test_a_token_is_renewed_before_it_ends(chats: Gateway) -> None:
    """After two hours, less five minutes, the next message fetches another."""
    watch = Watch()
    async with app_of(chats, watch=watch) as app:
        await app.send("zhangsan", letter("a"))
        watch.seconds = 6_899
        await app.send("zhangsan", letter("b"))
        watch.seconds = 6_900
        await app.send("zhangsan", letter("c"))
    assert paths(chats) == [TOKEN, SEND, SEND, TOKEN, SEND]


@pytest.mark.parametrize("lasts", [None, "two hours", {}, -1])
async def test_a_token_of_a_gateway_that_counts_strangely_is_used(chats: Gateway, lasts: object) -> None:
    """How long it lasts may be said in any way; what stands in it does not change where the message goes."""
    token = "a&agentid=1#\n"
    chats.tokens.add(token)
    chats.answer(TOKEN, Reply(said={"errcode": 0, "access_token": token, "expires_in": lasts}))
    async with app_of(chats) as app:
        assert (await app.send("zhangsan", letter())).outcome == "accepted"


async def test_an_app_that_is_not_let_in_refuses_nobody(chats: Gateway) -> None:
    """A wrong secret concerns the app, not the letter, which waits; the secret is not repeated with the reason."""
    async with app_of(chats, secret="falsch") as app:
        delivery = await app.send("zhangsan", letter())
        check = await app.check()
    assert (delivery.outcome, delivery.code) == ("later", "40001")
    assert (check.outcome, check.code) == ("later", "40001")
    assert "falsch" not in delivery.detail


async def test_a_member_is_told_no_more_than_the_gateway_passes_on(chats: Gateway) -> None:
    """What is over 30 a minute the gateway drops and calls accepted: all that we call accepted has been told."""
    async with app_of(chats) as app:
        deliveries = [await app.send("zhangsan", letter(f"l{n}")) for n in range(40)]
        chats.members.add("lisi")
        other = await app.send("lisi", letter())
    accepted = [one for one in deliveries if one.outcome == "accepted"]
    assert len(accepted) == 25
    assert {one.code for one in deliveries if one not in accepted} == {"pace"}
    assert other.outcome == "accepted"
    assert len(chats.told) == 26


async def test_a_long_letter_fits(chats: Gateway) -> None:
    """The gateway takes it, and the link is whole."""
    async with app_of(chats) as app:
        delivery = await app.send("zhangsan", letter(text="逾期事项：" * 500))
    assert delivery.outcome == "accepted"
    assert chats.told[0].endswith(LINK)
    assert TEXT_BYTES - 3 <= len(chats.told[0].encode()) <= TEXT_BYTES


@pytest.mark.parametrize("everybody", ["@all", "zhangsan|lisi", ""])
async def test_a_letter_goes_to_one_member(chats: Gateway, everybody: str) -> None:
    """An address that the gateway would take for everybody, or for two, is refused before it is asked."""
    async with app_of(chats) as app:
        delivery = await app.send(everybody, letter())
    assert (delivery.outcome, delivery.code) == ("refused", "address")
    assert chats.asked == []


async def test_too_often_is_later(chats: Gateway) -> None:
    """The gateway's limit for the whole house puts off."""
    async with app_of(chats) as app:
        chats.answer(SEND, Reply(said={"errcode": 45009, "errmsg": "reach max api daily quota limit"}))
        delivery = await app.send("zhangsan", letter())
    assert (delivery.outcome, delivery.code, delivery.retry_after_s) == ("later", "45009", 60.0)


async def test_the_secret_and_the_token_are_shown_nowhere(chats: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    """Both stand in addresses that the libraries beneath would log."""
    caplog.set_level("DEBUG")
    async with app_of(chats) as app:
        deliveries = [await app.send("zhangsan", letter()), await app.check()]
        shown = [repr(app), caplog.text, *map(repr, deliveries)]
    assert not any(CORP_SECRET in one or "token-1" in one or "zhangsan" in one for one in shown)
