"""A witness at an address: what arrives over HTTP is bounded, and what is wrong with it is said."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from eventlog.notes import SigningKey, checkpoint_body, note
from eventlog.verify import COSIGNATURE, ED25519, key_of
from eventlog.witnessing import MOST_REQUEST_BYTES, Witness, request_of
from runtime.clock import now
from runtime.witness import witnessing

KEY = SigningKey("w.example", COSIGNATURE, bytes(32))


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A witness that knows no log."""
    witness = Witness(KEY, (), tmp_path / "seen")
    with witnessing("127.0.0.1", 0, witness, now) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


def test_what_cannot_be_written_down_is_not_signed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With a full disk the log is told that it is the witness's fault, and its operator why."""
    log, body = SigningKey("log.example", ED25519, bytes(32)), checkpoint_body("log.example", 1, bytes(32))
    witness = Witness(KEY, [key_of(log.vkey)], tmp_path / "seen")
    (tmp_path / "seen").mkdir()  # a folder in the place of the file
    sent = request_of(0, [], note(body, [log.line(body)])).decode()
    with witnessing("127.0.0.1", 0, witness, now) as url:
        parts = urlsplit(url)
        head = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {len(sent.encode())}\r\n\r\n"
        assert told((str(parts.hostname), parts.port or 0), head + sent).split()[1] == "500"
    assert "cannot be written down" in capfd.readouterr().err


def told(address: tuple[str, int], request: str) -> str:
    """The first line of the answer to a request that is sent as it stands."""
    with closing(socket.create_connection(address, 10)) as line, line.makefile("rb") as answer:
        line.sendall(request.encode())
        return answer.readline().decode().strip()


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (str(MOST_REQUEST_BYTES + 1), 413),
        ("0" * 10 + "9" * 12, 413),
        ("9" * 5000, 413),
        ("-1", 411),
        ("", 411),
        ("\u0663", 411),
        ("3", 400),
    ],
)
def test_no_more_is_read_than_a_request_may_have(address: tuple[str, int], length: str, status: int) -> None:
    """However the length is written, one that is too large is refused before anything is read."""
    request = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {length}\r\n\r\nold"
    assert told(address, request).split()[1] == str(status)


def test_other_addresses_are_not_there(address: tuple[str, int]) -> None:
    """There is one thing to ask for."""
    assert told(address, "POST /other HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\n\r\nold").split()[1] == "404"
