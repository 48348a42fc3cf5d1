"""Apprise: what it sends is unknown, because it takes refusals for success; here it is seen doing so."""

import pytest

from activities.channels.apprising import Apprising
from activities.channels.reaching import Web
from activities.channels.wecom import WeComRobot
from runtime.clock import now
from tests.activities.channels.conftest import HERE, counts, letter
from tests.gateways import ROBOT, Gateway, Reply


def address(chats: Gateway, to: str = "{to}") -> str:
    """An address of Apprise that posts JSON to the gateway."""
    return f"json://127.0.0.1:{chats.port}/anything/{to}"


async def test_what_apprise_sends_is_unknown(chats: Gateway) -> None:
    """It reaches the one whose address is put in; what became of it nobody says."""
    chats.answer("/anything/zhangsan", Reply(said={}))
    one = Apprising("other", address(chats))
    delivery = await one.send("zhangsan", letter())
    assert (delivery.outcome, delivery.code, one.group) == ("unknown", "apprise", False)
    (asked,) = chats.asked
    assert asked.path == "/anything/zhangsan"
    assert "半年考察" in asked.said["message"]


async def test_what_apprise_cannot_send_is_refused(chats: Gateway) -> None:
    """So that a person sees it and can have it sent again."""
    delivery = await Apprising("other", address(chats)).send("zhangsan", letter())
    assert delivery.outcome == "refused"


async def test_an_address_without_a_place_for_somebody_is_a_groups(chats: Gateway) -> None:
    """No letter to one person goes there."""
    chats.answer("/anything/all", Reply(said={}))
    one = Apprising("other", address(chats, "all"))
    assert one.group
    assert (await one.send("zhangsan", letter())).code == "not-for-a-group"
    assert (await one.send("", counts())).outcome == "unknown"


async def test_an_address_stays_one_address(chats: Gateway) -> None:
    """Whatever stands in somebody's address adds no part to the address that is asked."""
    one = Apprising("other", address(chats))
    await one.send("a/../b?x=1&overflow=split@c", letter())
    assert [asked.query for asked in chats.asked] == [{}]
    assert chats.asked[0].path.startswith("/anything/")
    assert "/b" not in chats.asked[0].path


def test_what_apprise_does_not_know_is_refused() -> None:
    """An address that nobody understands is told where it is entered."""
    with pytest.raises(ValueError, match="does not understand"):
        Apprising("other", "nosuchservice://key")


async def test_apprise_takes_a_gateways_refusal_for_success(
    chats: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The same refusal, `errcode` 93000 in an answer of status 200: Apprise says sent, our own adapter says refused.

    That is why there are adapters of our own (docs/decisions/0010). When this fails, Apprise has learned it.
    """
    apprise_robot = pytest.importorskip("apprise.plugins.wecombot").NotifyWeComBot
    monkeypatch.setattr(apprise_robot, "notify_url", chats.url("/cgi-bin/webhook/send?key={key}"), raising=False)
    caplog.set_level("DEBUG")
    one = Apprising("robot", "wecombot://unknownkey")
    theirs = await one.send("", counts())
    web = Web(HERE)
    ours = WeComRobot("robot", web, chats.url("/cgi-bin/webhook/send?key=unknownkey"), clock=now)
    own = await ours.send("", counts())
    await ours.close()
    assert [asked.query for asked in chats.asked] == [{"key": "unknownkey"}] * 2
    assert chats.told == []
    assert (theirs.outcome, own.outcome, own.code) == ("unknown", "refused", "93000")
    assert ROBOT not in caplog.text
    assert "unknownkey" not in caplog.text
