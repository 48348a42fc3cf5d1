"""Ports of this machine: the one that is wanted, or another if it is taken."""

import socket

from runtime.embedded import ServerFailed


def free(host: str, port: int) -> int:
    """The port, or another one if it is taken. Raises ServerFailed where none is free."""
    for wanted in (port, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, wanted))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    message = f"no port is free at {host}"
    raise ServerFailed(message)
