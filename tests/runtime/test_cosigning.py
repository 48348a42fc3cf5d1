"""Witnesses that answer nonsense, or too slowly: it is said, and the signer goes on."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from eventlog.notes import SigningKey
from eventlog.published import Published
from eventlog.sealing import Promise
from eventlog.verify import COSIGNATURE
from eventlog.witnessing import SIZE, TEXT
from runtime import cosigning
from runtime.cosigning import Asking
from runtime.settings import WitnessAt
from tests.eventlog.sealed_log import SealedLog

KEY = SigningKey("w.example", COSIGNATURE, bytes(32))
Answering = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def answering(answer: Answering) -> Iterator[WitnessAt]:
    """Somebody at an address who answers as told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield WitnessAt(f"http://127.0.0.1:{server.server_address[1]}", KEY.vkey)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, body: str, kind: str = TEXT) -> Answering:
    """Answer this."""

    def answer(line: BaseHTTPRequestHandler) -> None:
        line.send_response(status)
        line.send_header("Content-Type", kind)
        line.end_headers()
        line.wfile.write(body.encode())

    return answer


def drips(line: BaseHTTPRequestHandler) -> None:
    """Begin an answer, and send a byte of it now and then."""
    try:
        while True:
            line.wfile.write(b"H")
            time.sleep(0.02)
    except OSError:
        return


async def asked(home: Path, answer: Answering) -> tuple[Promise, str | None, str]:
    """Seal five entries, and ask a witness that answers so: what was sealed, what it cosigned, what is said of it."""
    held = SealedLog(home)
    promise = (await held.sealed(5)).promise
    with answering(answer) as witness:
        asking = Asking([witness], Published(held.folder), lambda _: None)
        return promise, await asking.cosigned(promise), asking.told()[0].error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(409, "9" * 5000, SIZE), "it answers 409"),
        (says(409, "-1\n", SIZE), "it answers 409"),
        (says(409, "3\n", SIZE), "now one size and now another"),
        (says(409, "6\n", SIZE), "has seen 6 entries.*two logs"),
        (says(409, "5\n", SIZE), "another log of 5 entries.*two logs"),
        (says(409, "0\n", SIZE), "now one size and now another"),
        (says(422, "no\n"), "not how this log begins: two logs"),
        (says(200, ""), "not signed with the key"),
        (says(200, "what\u2028ever\n"), "no cosignature: not a signed note"),
        (says(302, ""), "it answers 302"),
        (drips, "H"),
    ],
    ids=map(str, range(11)),
)
async def test_an_answer_that_is_none_is_said(
    tmp_path: Path, answer: Answering, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a witness answers, or however slowly, the signer is told in a sentence and nothing of it is published."""
    monkeypatch.setattr(cosigning, "SECONDS", 0.5)
    begun = time.monotonic()
    _, cosigned, told = await asked(tmp_path, answer)
    assert cosigned is None
    assert told
    assert re.search(error, told)
    assert time.monotonic() - begun < 20


async def test_a_moment_that_no_clock_shows_is_no_cosignature(tmp_path: Path) -> None:
    """A cosignature must state a time that can be read; one that does is taken."""
    promise = (await SealedLog(tmp_path / "same").sealed(5)).promise
    body = promise.note.partition("\n\n")[0] + "\n"
    assert "9999" in (await asked(tmp_path / "late", says(200, KEY.line(body, 2**62))))[2]
    _, cosigned, error = await asked(tmp_path / "well", says(200, KEY.line(body, 1_800_000_000)))
    assert (cosigned, error) == (promise.note + KEY.line(body, 1_800_000_000), "")
