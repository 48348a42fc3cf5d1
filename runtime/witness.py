"""A witness at an address: HTTP around `eventlog.witnessing`, with nothing but a key, a state file and the logs' keys."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from eventlog.witnessing import MOST_REQUEST_BYTES, Reply, Witness

SECONDS = 10.0
"""How long a request may be silent: whoever sends nothing does not keep a place."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET

    def __init__(self, address: tuple[str, int], witness: Witness, clock: Callable[[], datetime]) -> None:
        self.witness = witness
        self.clock = clock
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "jieti-witness"
    sys_version = ""
    timeout = SECONDS
    server: _Server

    def do_POST(self) -> None:
        """Answer add-checkpoint."""
        length = self.headers.get("Content-Length", "")
        if self.path.rstrip("/") != "/add-checkpoint":
            self._reply(Reply(404, "POST /add-checkpoint is all there is\n"), last=True)
        elif not length.isascii() or not length.isdecimal():
            self._reply(Reply(411, "say how long the request is, in Content-Length\n"), last=True)
        elif len(length) > len(str(MOST_REQUEST_BYTES)) or int(length) > MOST_REQUEST_BYTES:
            self._reply(Reply(413, f"a request has at most {MOST_REQUEST_BYTES} bytes\n"), last=True)
        else:
            request = self.rfile.read(int(length))
            try:
                reply = self.server.witness.add_checkpoint(request, int(self.server.clock().timestamp()))
            except OSError as error:
                self.log_error("nothing is signed, because it cannot be written down: %s", error)
                reply = Reply(500, "this witness cannot write down what it would sign: its operator must look\n")
            self._reply(reply)

    def do_GET(self) -> None:
        """Say that it is there."""
        self._reply(Reply(200, "a witness: POST /add-checkpoint, as C2SP tlog-witness says\n"))

    def _reply(self, reply: Reply, *, last: bool = False) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        if last:  # what stands in the body was not read
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def witnessing(host: str, port: int, witness: Witness, clock: Callable[[], datetime]) -> Iterator[str]:
    """Answer at an address while this is open; gives the address. Raises OSError where the port is taken."""
    server = _Server((host, port), witness, clock)
    thread = Thread(target=server.serve_forever, name="witness")
    thread.start()
    try:
        yield f"http://{host if ':' not in host else f'[{host}]'}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
