"""The demo's mail server and its page: what comes is kept, bounded and shown, and can do nothing to who looks at it."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from runtime.postbox.keeping import Postbox
from runtime.postbox.placing import place_postbox
from tests.engine import until

EVIL = (
    '<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script><a href="https://x.example">x</a>'
)


def mail(subject: str, **more: str) -> EmailMessage:
    """A mail with a text and an HTML part."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "阶梯 <jieti@qingshan.example>", "li@staff.example", subject
    made["Message-ID"] = more.get("message_id", "<one@qingshan.example>")
    made.set_content("纯文本 <b>")
    made.add_alternative(EVIL, subtype="html")
    return made


class Running:
    """A postbox that runs."""

    def __init__(self, home: Path, smtp: int, page: str) -> None:
        """Speak to it there."""
        self.box, self.smtp = Postbox(home), smtp
        self.http = httpx2.AsyncClient(base_url=page, timeout=10)

    async def send(self, message: EmailMessage) -> str:
        """Send a mail; returns the server's words."""
        _, said = await aiosmtplib.send(message, hostname="127.0.0.1", port=self.smtp, start_tls=False)
        return said


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """The process as the demo starts it."""
    place = place_postbox(tmp_path)
    process = await asyncio.create_subprocess_exec(*place.command, cwd=Path(__file__).parents[2])
    made = Running(tmp_path / "postbox", int(place.command[4]), place.page)
    try:

        async def answers() -> bool:
            with suppress(httpx2.HTTPError):
                return (await made.http.get("/")).status_code == 200
            return False

        await until(answers)
        yield made
    finally:
        await made.http.aclose()
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def test_a_mail_is_kept_and_shown_and_can_do_nothing(running: Running) -> None:
    """Text, headers and HTML are there; the HTML stands in a frame that runs no script, and all else is escaped."""
    assert await running.send(mail("办理 <script>")) == "2.0.0 kept as 1"
    listed = await running.http.get("/")
    assert "办理 &lt;script&gt;" in listed.text
    assert "<script" not in listed.text
    shown = await running.http.get("/mails/1")
    for words in ("纯文本 &lt;b&gt;", "&lt;one@qingshan.example&gt;", "text/html", 'src="/mails/1/html"', "sandbox="):
        assert words in shown.text
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    html = await running.http.get("/mails/1/html")
    assert html.headers["Content-Security-Policy"].startswith("sandbox allow-popups ")
    assert "allow-scripts" not in html.headers["Content-Security-Policy"]
    assert '<head><base target="_blank">' in html.text
    raw = await running.http.get("/mails/1/raw")
    assert raw.headers["Content-Type"].startswith("text/plain")
    assert (await running.http.get("/mails/2")).status_code == 404


async def test_it_refuses_and_puts_off_when_told_to_and_not_by_a_foreign_page(running: Running) -> None:
    """By the button as by the file; a page of somebody else, and another name of this machine, are not answered."""
    for answer, code in (("refuse", 550), ("later", 451)):
        told = await running.http.post(f"/answer/{answer}", headers={"Origin": str(running.http.base_url).rstrip("/")})
        assert (told.status_code, running.box.answer) == (303, answer)
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await running.send(mail("no"))
        assert refused.value.recipients[0].code == code
        assert f'class="control {answer}"' in (await running.http.get("/")).text
    running.box.answer = "accept"
    assert await running.send(mail("yes")) == "2.0.0 kept as 1"
    foreign = await running.http.post("/answer/refuse", headers={"Origin": "https://x.example"})
    assert (foreign.status_code, running.box.answer) == (403, "accept")
    assert (await running.http.post("/answer/burn")).status_code == 404
    assert (await running.http.get("/", headers={"Host": "x.example"})).status_code == 400


def test_the_newest_are_kept_whatever_came(tmp_path: Path) -> None:
    """Beyond the bound the oldest goes and numbers go on; what is no mail at all can still be listed."""
    box = Postbox(tmp_path, most_kept=3)
    assert [box.keep(raw) for raw in (b"", b"\xff\xfe not a mail", b"Subject: =?x?q?y?=\n\n", bytes(mail("四")))] == [
        1,
        2,
        3,
        4,
    ]
    assert Postbox(tmp_path, most_kept=3).numbers() == [4, 3, 2]
    assert [str(one.message["Subject"]) for one in box.newest(1)] == ["四"]
    assert all(one.message.items() is not None for one in box.newest(9))
    assert oct((tmp_path / "mails" / "00000004.eml").stat().st_mode)[-3:] == "600"


def test_ports_that_are_taken_are_replaced(tmp_path: Path) -> None:
    """Two demos on one machine: the second page is elsewhere, and its channel file names its own server."""
    with socket.socket() as first:
        with suppress(OSError):
            first.bind(("127.0.0.1", 8025))
        place = place_postbox(tmp_path)
    assert place.page != "http://127.0.0.1:8025/"
    assert f"port: {place.command[4]}," in place.channels_file.read_text(encoding="utf-8")
    assert place.command[0] == sys.executable
