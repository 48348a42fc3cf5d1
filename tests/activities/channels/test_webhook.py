"""Signed webhooks: what is signed and how, and what an answer means."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from activities.channels.reaching import Web
from activities.channels.webhook import Webhook, key_of, signatures, webhook_id_of
from runtime.clock import now
from tests.activities.channels.conftest import HERE, counts, letter
from tests.gateways import WEBHOOK_SECRET, Gateway, Reply

OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@asynccontextmanager
async def hook(
    chats: Gateway, secrets: Sequence[str] = (WEBHOOK_SECRET,), *, group: bool = False
) -> AsyncIterator[Webhook]:
    """A webhook to the gateway's."""
    keys = [key_of(one) for one in secrets]
    one = Webhook("hook", Web(HERE, answer_s=0.5), chats.url("/hook"), keys, now, group=group)
    try:
        yield one
    finally:
        await one.close()


def test_the_signature_is_the_published_one() -> None:
    """The test vector of the specification's own libraries (github.com/standard-webhooks/standard-webhooks)."""
    made = signatures([key_of(WEBHOOK_SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_what_is_posted_is_signed_and_accepted(chats: Gateway) -> None:
    """Id, moment and signature come with it; the id is made from the key, so that a repetition is known again."""
    async with hook(chats) as one:
        delivery = await one.send("2026001", letter("reminder/S07/2026-03-09/-7"))
        await one.send("2026001", letter("reminder/S07/2026-03-09/-7"))
    assert (delivery.outcome, delivery.code) == ("accepted", "202")
    first, again = chats.asked
    assert first.headers["webhook-id"] == again.headers["webhook-id"] == delivery.provider_id
    assert first.headers["webhook-id"] == webhook_id_of("reminder/S07/2026-03-09/-7")
    assert "." not in first.headers["webhook-id"]
    assert first.said["type"] == "reminder.due"
    assert first.said["data"]["to"] == "2026001"
    assert first.said["timestamp"].endswith("Z")


@pytest.mark.parametrize("secrets", [(OTHER, WEBHOOK_SECRET), (WEBHOOK_SECRET, OTHER)])
async def test_keys_are_changed_without_a_gap(chats: Gateway, secrets: Sequence[str]) -> None:
    """While both keys are given, whoever knows one of them takes it."""
    async with hook(chats, secrets) as one:
        assert (await one.send("2026001", letter())).outcome == "accepted"


async def test_a_key_that_they_do_not_know_is_refused(chats: Gateway) -> None:
    """Their refusal is ours."""
    async with hook(chats, (OTHER,)) as one:
        delivery = await one.send("2026001", letter())
    assert (delivery.outcome, delivery.code) == ("refused", "401")


async def test_a_group_is_told_no_address(chats: Gateway) -> None:
    """A webhook that a group reads takes counts only."""
    async with hook(chats, group=True) as one:
        assert (await one.send("2026001", letter())).code == "not-for-a-group"
        assert (await one.send("2026001", counts())).outcome == "accepted"
    assert [asked.said["data"]["to"] for asked in chats.asked] == [None]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(204, raw=b""), "accepted"),
        (Reply(400, {"message": "no"}), "refused"),
        (Reply(410, {}), "refused"),
        (Reply(302, {}, headers={"location": "http://10.0.0.1/"}), "refused"),
        (Reply(500, {}), "later"),
        (Reply(408, {}), "later"),
        (Reply(429, {}, headers={"retry-after": "9"}), "later"),
        (Reply(None), "later"),
        (Reply(delay_s=2.0, said={}), "later"),
        (Reply(200, raw=b"x" * 100_000), "unknown"),
    ],
    ids=["204", "400", "410", "redirect", "500", "408", "429", "dropped", "silent", "endless"],
)
async def test_the_status_is_the_verdict(chats: Gateway, reply: Reply, outcome: str) -> None:
    """As the specification has it: anything but success is tried again, unless it says that it never will be one."""
    chats.answer("/hook", reply)
    async with hook(chats) as one:
        delivery = await one.send("2026001", letter())
    assert delivery.outcome == outcome
    assert delivery.retry_after_s == {"later": 9.0 if reply.status == 429 else 60.0}.get(outcome)


def test_a_key_has_the_length_that_is_asked_for() -> None:
    """Short keys and what is no base64 are refused."""
    for wrong in ("whsec_" + base64.b64encode(b"short").decode(), "whsec_§", "", OTHER + OTHER):
        with pytest.raises(ValueError):  # noqa: PT011 - base64 says it in its words
            key_of(wrong)


async def test_secrets_are_shown_nowhere(chats: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the key nor the address, which may hold one."""
    caplog.set_level("DEBUG")
    async with hook(chats) as one:
        deliveries = [await one.send("2026001", letter()), await one.check()]
        shown = [repr(one), caplog.text, *map(repr, deliveries)]
    assert not any(WEBHOOK_SECRET.removeprefix("whsec_") in part or "2026001" in part for part in shown)
