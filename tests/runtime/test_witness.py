"""A witness at an address: what arrives over HTTP is bounded, and what is wrong with it is said."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from eventlog.notes import SigningKey
from eventlog.verify import COSIGNATURE
from eventlog.witnessing import MOST_REQUEST_BYTES, Witness
from runtime.clock import now
from runtime.witness import witnessing


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A witness that knows no log."""
    witness = Witness(SigningKey("w.example", COSIGNATURE, bytes(32)), (), tmp_path / "seen")
    with witnessing("127.0.0.1", 0, witness, now) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


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
