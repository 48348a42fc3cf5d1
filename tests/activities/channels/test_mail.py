"""Mail against a real server of this machine: what it says is what is answered, and nothing is sent twice."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.channels.mail import Mail
from domain.addresses import mail_address
from runtime.clock import now
from tests.activities.channels.conftest import LINK, letter
from tests.gateways import HOST, MailHouse, mail_server

TO = "zhangsan@example.edu.cn"
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


@asynccontextmanager
async def mailing(house: MailHouse, **more: object) -> AsyncIterator[Mail]:
    """The channel to a server."""
    mail = Mail("mail", house.reached(**more), now)  # type: ignore[arg-type]  # fields by their names
    try:
        yield mail
    finally:
        await mail.close()


async def test_a_mail_is_accepted_with_the_servers_own_words(house: MailHouse) -> None:
    """The reply is the code, the Message-ID is the receipt, and it stands in the mail that came in."""
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter("letter-1"))
    assert (delivery.outcome, delivery.code) == ("accepted", "250 2.0.0 Ok: queued as 000001")
    assert delivery.provider_id == "<letter-1@example.edu.cn>"
    (received,) = house.received
    assert (received.sender, received.to) == ("jieti@example.edu.cn", (TO,))
    assert received.mail["Message-ID"] == delivery.provider_id


async def test_a_mail_has_text_html_and_calendar_and_says_what_it_is(house: MailHouse) -> None:
    """Chinese comes out as it went in; no answering machine answers; the letter says where it can be stopped."""
    async with mailing(house) as mail:
        message = letter(html="<p>半年考察</p>", calendar=CALENDAR, stop_link="https://jieti.example.edu.cn/stop")
        await mail.send(TO, message)
    sent = house.received[0].mail
    assert sent["Subject"] == "本周有一项待办"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    text, html, calendar = sent.iter_parts()
    assert text.get_content().strip() == message.text
    assert html.get_content().strip() == "<p>半年考察</p>"
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar.get_content().replace("\n", "\r\n").replace("\r\r", "\r").startswith("BEGIN:VCALENDAR")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Unsubscribe"] == "<https://jieti.example.edu.cn/stop>"
    assert sent["Date"].datetime.tzinfo is not None
    assert house.received[0].raw.isascii()


async def test_a_repetition_has_the_same_message_id(house: MailHouse) -> None:
    """Whoever gets a letter twice after a crash has one letter, for their mail program too."""
    async with mailing(house) as mail:
        for key in ("reminder/S07/2026-03-09/-7", "reminder/S07/2026-03-09/-7", "reminder/S07/2026-03-09/-1"):
            await mail.send(TO, letter(key))
    first, again, other = (one.mail["Message-ID"] for one in house.received)
    assert first == again != other
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.edu\.cn>", first)


async def test_nothing_in_a_letter_becomes_a_header(house: MailHouse) -> None:
    """Line ends in a subject or an address add no recipient and no header."""
    smuggled = "会议\r\nBcc: everybody@example.edu.cn\r\n\r\n正文"
    async with mailing(house) as mail:
        await mail.send(TO, letter(subject=smuggled, stop_link="https://a.example/\r\nBcc: b@example.edu.cn"))
        for wrong in ("a@b.cn\r\nRCPT TO:<c@d.cn>", "a@b.cn, c@d.cn", '"a\r\nb"@c.cn', "<a@b.cn> SIZE=1", "", "nobody"):
            refused = await mail.send(wrong, letter())
            assert (refused.outcome, refused.code) == ("refused", "address")
    (received,) = house.received
    assert received.to == (TO,)
    assert received.mail["Bcc"] is None
    assert received.mail["Subject"] == "会议 Bcc: everybody@example.edu.cn 正文"


async def test_a_subject_is_one_line_for_every_reader(house: MailHouse) -> None:
    """What only some take for the end of a line is none in a letter; an address that would be garbled is left out."""
    async with mailing(house) as mail:
        await mail.send(TO, letter(subject="会议\x85Bcc: a@b.cn", stop_link=f"https://a.example/{'x' * 56}"))
        await mail.send(TO, letter(stop_link=f"https://a.example/{'x' * 57}"))
    first, second = (one.mail for one in house.received)
    assert first["Subject"] == "会议 Bcc: a@b.cn"
    assert first["List-Unsubscribe"].strip() == f"<https://a.example/{'x' * 56}>"
    assert b"=?utf-8?q?=3Chttps" not in house.received[0].mail.as_bytes()
    assert second["List-Unsubscribe"] is None


async def test_a_senders_name_may_be_chinese(house: MailHouse) -> None:
    """The name is shown as it was written, and the address beside it is the address."""
    async with mailing(house, sender="党委组织部（提醒） <jieti@example.edu.cn>") as mail:
        await mail.send(TO, letter())
    (who,) = house.received[0].mail["From"].addresses
    assert (who.display_name, who.addr_spec) == ("党委组织部（提醒）", "jieti@example.edu.cn")


def test_an_address_is_one_address() -> None:
    """A domain in Chinese is written as mail servers know it; what is none is refused with what is expected."""
    assert mail_address(" zhang.san+dang@清华大学.中国 ") == "zhang.san+dang@xn--xkry9kk1bz66a.xn--fiqs8s"
    for wrong in ("张三@example.cn", "a@b", "a@@b.cn", ".a@b.cn", "a@-b.cn", "a" * 65 + "@b.cn", f"a@{'b' * 250}.cn"):
        with pytest.raises(ValueError, match="mail address"):
            mail_address(wrong)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_what_the_server_refuses_is_refused(house: MailHouse, stage: str) -> None:
    """A reply of the five hundreds is the verdict, wherever it comes; the connection serves the next mail."""
    house.answer(stage, "550 5.1.1 no such user zhangsan@example.edu.cn here")
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
        assert (delivery.outcome, delivery.code) == ("refused", "550 5.1.1 no such user … here")
        house.as_usual()
        assert (await mail.send(TO, letter())).outcome == "accepted"
    assert house.connections == 1


async def test_what_the_server_puts_off_is_sent_again(house: MailHouse) -> None:
    """Greylisting is `later`, and the second time it is taken."""
    house.greylist()
    async with mailing(house) as mail:
        first = await mail.send(TO, letter())
        assert (first.outcome, first.retry_after_s) == ("later", 300.0)
        assert first.code is not None
        assert first.code.startswith("451 4.7.1")
        assert (await mail.send(TO, letter())).outcome == "accepted"


async def test_nobody_there_is_later() -> None:
    """A server that is not started takes it when it is."""
    async with mail_server() as house:
        pass
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("later", "not-reached")


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
async def test_dropped_before_the_mail_is_later(house: MailHouse, stage: str) -> None:
    """Nothing has been sent by then, so it may be sent again."""
    house.drop(stage)
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("later", "dropped")
    assert house.received == []


async def test_dropped_after_the_mail_is_unknown_and_not_sent_again(house: MailHouse) -> None:
    """The server has it, and has not said so: nobody can know, and nobody gets it twice."""
    house.drop("DATA")
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code, delivery.provider_id) == (
        "unknown",
        "no-answer",
        "<letter-1@example.edu.cn>",
    )
    assert len(house.received) == 1


async def test_a_server_that_goes_away_is_later(house: MailHouse) -> None:
    """421 before the mail was said: the connection is given up, and nothing was sent."""
    house.answer("RCPT", "421 4.3.2 going down for maintenance")
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("later", "dropped")


async def test_an_answer_that_is_none_leaves_it_unknown(house: MailHouse) -> None:
    """The mail was handed over, and what came back is no reply: it may have been taken."""
    house.answer("DATA", "well, well")
    async with mailing(house) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("unknown", "no-answer")


async def test_a_silent_server_does_not_hold_us_up(house: MailHouse) -> None:
    """Who does not answer in time has not taken the mail, as long as it was not sent."""
    house.delay_s = 5
    async with mailing(house, timeout_s=0.2) as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("later", "dropped")


async def test_a_server_that_was_started_again_is_connected_to_again(house: MailHouse) -> None:
    """A connection that was dropped while nobody used it costs no mail and no wait."""
    async with mailing(house, connections=2) as mail:
        await asyncio.gather(*(mail.send(TO, letter(f"a{n}")) for n in range(4)))
        house.drop_all()
        deliveries = await asyncio.gather(*(mail.send(TO, letter(f"b{n}")) for n in range(4)))
    assert {one.outcome for one in deliveries} == {"accepted"}
    assert len(house.received) == 8
    assert house.connections == 4


async def test_many_mails_share_a_few_connections(house: MailHouse) -> None:
    """A hundred mails at a time, and the server sees three connections; each mail comes in once."""
    async with mailing(house, connections=3) as mail:
        deliveries = await asyncio.gather(*(mail.send(TO, letter(f"letter-{n}")) for n in range(100)))
    assert {one.outcome for one in deliveries} == {"accepted"}
    assert house.connections == 3
    assert len({one.mail["Message-ID"] for one in house.received}) == len(house.received) == 100


async def test_a_mail_given_up_leaves_no_connection_half_spoken(house: MailHouse) -> None:
    """A sending that is cancelled in the middle is not continued by the next one."""
    async with mailing(house, connections=1) as mail:
        house.delay_s = 0.5
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mail.send(TO, letter("given-up")), 0.2)
        house.as_usual()
        assert (await mail.send(TO, letter("next"))).outcome == "accepted"
    assert [one.mail["Message-ID"] for one in house.received] == ["<next@example.edu.cn>"]


async def test_with_starttls_and_a_login(tmp_path: Path) -> None:
    """The certificate is checked, the password goes through TLS, and a wrong one is nobody's refusal."""
    async with mail_server(tls_in=tmp_path, users={"jieti": "geheim"}) as house:
        async with mailing(house, user="jieti", password="geheim") as mail:
            assert "has let jieti in" in (await mail.check()).detail
            assert (await mail.send(TO, letter())).outcome == "accepted"
        async with mailing(house, user="jieti", password="falsch") as mail:
            delivery = await mail.send(TO, letter())
            assert (delivery.outcome, delivery.code) == ("later", "535")
        async with mailing(house, ca=None) as mail:
            unbelieved = await mail.send(TO, letter())
            assert (unbelieved.outcome, unbelieved.code) == ("later", "not-reached")
    assert len(house.received) == 1


async def test_without_starttls_nothing_is_said_to_who_should_have_it(house: MailHouse) -> None:
    """A server that offers no TLS where it was asked for gets neither the password nor the mail."""
    async with mailing(house, tls="starttls") as mail:
        delivery = await mail.send(TO, letter())
    assert (delivery.outcome, delivery.code) == ("later", "not-reached")
    assert house.received == []


async def test_the_password_is_shown_nowhere(house: MailHouse, caplog: pytest.LogCaptureFixture) -> None:
    """Not by the channel, not by its server, not by what is logged or answered."""
    caplog.set_level("DEBUG")
    async with mailing(house, user="jieti", password="geheim") as mail:
        deliveries = [await mail.send(TO, letter()), await mail.check()]
        shown = [repr(mail), repr(mail._server), str(vars(mail)), caplog.text, *map(repr, deliveries)]
    assert not any("geheim" in one for one in shown)
    assert LINK not in repr(letter())
    assert HOST in repr(mail)
