"""Everything on one machine: both servers, a worker and the API, kept running until told to stop.

The data directory stays between runs. Whoever is killed comes back: a child by the supervisor, the supervisor by the
next start, which ends what it left behind. For several machines there is docker-compose.yml.
"""

import asyncio
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace

from runtime.embedded import ServerFailed, child, postgres, temporal
from runtime.embedded.child import Child
from runtime.keys import with_keys
from runtime.ports import free
from runtime.postbox.placing import POSTBOX, place_postbox
from runtime.resources import Resources, create_database, migrate_all, open_resources
from runtime.running import Running, forget, note
from runtime.settings import Settings
from runtime.signer import new_key

LADDER = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0))
LEFTOVER = ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0))
"""What an earlier supervisor left behind has lost its servers already: it has nothing to finish."""

SEAL_SECONDS, GATHER_SECONDS = 1, 3
"""How long an entry waits to be sealed, and a letter for more to tell, where somebody is watching."""

LOOK_SECONDS = 0.2
MOST_PATIENCE_SECONDS = 10.0
READY_SECONDS = 60.0
KEYS = "jieti_keys"
"""The database of the keys in the embedded PostgreSQL."""

Say = Callable[[str], None]


def environment(settings: Settings) -> Mapping[str, str]:
    """The settings as the environment of a child: it starts with what this process was told and made."""
    values = {
        "data_dir": settings.data_dir,
        "school": settings.school,
        "database_url": settings.database_url,
        "temporal_address": settings.temporal_address,
        "temporal_namespace": settings.temporal_namespace,
        "temporal_tls": settings.temporal_tls or None,
        "temporal_tls_ca": settings.temporal_tls_ca,
        "temporal_tls_cert": settings.temporal_tls_cert,
        "temporal_tls_key": settings.temporal_tls_key,
        "temporal_api_key": settings.temporal_api_key,
        "payload_key": ",".join(f"{one.key_id}:{one.key.hex()}" for one in settings.payload_key),
        "token_key": settings.token_key.hex() if settings.token_key else None,
        "identity_key": settings.identity_key.hex() if settings.identity_key else None,
        "keys_database_url": settings.keys_database_url,
        "wrapping_key": ",".join(f"{one.key_id}:{one.key.hex()}" for one in settings.wrapping_key) or None,
        "origin": settings.origin,
        "seal_dir": settings.published,
        "signer_key_file": settings.signing_keys,
        "signer_state": settings.signed,
        "seal_seconds": settings.seal_seconds,
        "seal_entries": settings.seal_entries,
        "gather_seconds": settings.gather_seconds,
        "give_up_days": settings.give_up_days,
        "witnesses": ",".join(f"{one.url} {one.vkey}" for one in settings.witnesses) or None,
        "task_queue": settings.task_queue,
        "build_id": settings.build_id,
        "max_body_bytes": settings.max_body_bytes,
        "channels_file": settings.channels_file,
        "log_level": settings.log_level,
        "public_url": settings.public_url,
    }
    return {f"JIETI_{name.upper()}": str(value) for name, value in values.items() if value is not None}


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    say: Say,
    prepare: Callable[[Resources], Awaitable[None]],
    ready: Callable[[Settings, Running], None],
) -> None:
    """Run everything until `stop` is set. `prepare` fills an empty log; `ready` is told once the API answers.

    Raises ServerFailed, SettingsError, RulebookError when something cannot start.
    """
    settings = _with_all_keys(replace(settings, data_dir=settings.data_dir.absolute()))
    embedded = not settings.database_url and not settings.keys_database_url
    with child.holding(settings.data_dir):
        async with _servers(settings, say) as (settings, ui):
            if embedded:
                await create_database(settings.database_url or "", KEYS, again=True)
            await migrate_all(settings)
            async with open_resources(settings) as resources:
                await prepare(resources)
            port = free(settings.api_host, settings.api_port)
            if settings.api_port not in (0, port):
                say(f"Port {settings.api_port} is taken: the API listens on {port}.")
            address = f"http://{settings.api_host}:{port}"
            told = replace(settings, public_url=settings.public_url or address)
            async with asyncio.TaskGroup() as keeping:
                mails = None
                if settings.channels_file is None:
                    box = place_postbox(settings.data_dir)
                    told, mails = replace(told, channels_file=box.channels_file), box.page
                    keeping.create_task(_keep_child(POSTBOX, box.command, told, say, stop))
                    await _answering(mails, stop)  # a letter that finds nobody waits for a minute
                for name, command in _commands(settings.api_host, port).items():
                    keeping.create_task(_keep_child(name, command, told, say, stop))
                await _answering(f"{address}/health", stop)
                if not stop.is_set():
                    running = _running(settings, address, ui, mails)
                    note(running)
                    ready(settings, running)
                await stop.wait()
            forget(settings.data_dir)


def _with_all_keys(settings: Settings) -> Settings:
    """Make what keys there are not yet, the signer's too; and seal and gather promptly."""
    if not settings.signing_keys.exists():
        new_key(settings)
    seal, gather = min(settings.seal_seconds, SEAL_SECONDS), min(settings.gather_seconds, GATHER_SECONDS)
    return with_keys(replace(settings, seal_seconds=seal, gather_seconds=gather))


def _running(settings: Settings, address: str, ui: str | None, mails: str | None) -> Running:
    database, engine, keys = settings.database_url, settings.temporal_address, settings.keys_database_url
    return Running(address, ui, str(settings.data_dir), database or "", engine or "", keys or "", mails)


def _commands(host: str, port: int) -> Mapping[str, list[str]]:
    uvicorn = ["uvicorn", "--factory", "api.main:app", "--host", host, "--port", str(port), "--no-access-log"]
    return {
        "worker": [sys.executable, "-m", "worker"],
        "signer": [sys.executable, "-m", "cli", "signer"],
        "api": [sys.executable, "-m", *uvicorn, "--log-level", "warning", "--timeout-graceful-shutdown", "5"],
    }


@asynccontextmanager
async def _servers(settings: Settings, say: Say) -> AsyncIterator[tuple[Settings, str | None]]:
    """Start the servers that the settings do not name, both at a time, and keep them running while this is open."""
    closing = asyncio.Event()  # not when we are told to stop: those who work with them end first
    started: list[asyncio.Future[None]] = []
    keepers: list[asyncio.Task[None]] = []
    at: dict[str, str | None] = {"database": settings.database_url, "temporal": settings.temporal_address, "ui": None}
    at["keys"] = settings.keys_database_url
    home = settings.data_dir

    @asynccontextmanager
    async def keep_postgres() -> AsyncIterator[Child]:
        async with postgres(home / "postgres") as one:
            at["database"] = one.dsn()
            at["keys"] = at["keys"] or one.dsn(database=KEYS)
            yield one.server

    @asynccontextmanager
    async def keep_temporal() -> AsyncIterator[Child]:
        # Started again, it is where its clients know it.
        port, ui_port = _port(at["temporal"]) or 7233, _port(at["ui"]) or 8233
        async with temporal(
            home / "temporal", namespace=settings.temporal_namespace, port=port, ui_port=ui_port
        ) as one:
            at["temporal"], at["ui"] = one.address, one.ui
            yield one.server

    wanted = [("PostgreSQL", keep_postgres)] if not settings.database_url else []
    wanted += [("Temporal", keep_temporal)] if not settings.temporal_address else []
    for name, opened in wanted:
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        started.append(first)
        keepers.append(asyncio.create_task(_keep(name, opened, first, say, closing)))
    try:
        await asyncio.gather(*started)
        settings = replace(settings, database_url=at["database"], keys_database_url=at["keys"])
        yield replace(settings, temporal_address=at["temporal"]), at["ui"]
    finally:
        closing.set()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _keep(
    name: str,
    opened: Callable[[], AbstractAsyncContextManager[Child]],
    first: asyncio.Future[None],
    say: Say,
    stop: asyncio.Event,
) -> None:
    """Keep a server running; `first` is done when it has started for the first time, or could not."""
    patience = 1.0
    while not stop.is_set():
        try:
            async with opened() as server:
                if not first.done():
                    first.set_result(None)
                lasted = await _ended(server, stop)
                patience = 1.0 if lasted > MOST_PATIENCE_SECONDS else patience
        except (ServerFailed, OSError) as error:
            if not first.done():
                first.set_exception(error)
                return
            say(f"{name}: {error}")
        if not stop.is_set():
            say(f"{name} has ended and is started again.")
            await _pause(patience, stop)
            patience = min(2 * patience, MOST_PATIENCE_SECONDS)


async def _keep_child(name: str, command: Sequence[str], settings: Settings, say: Say, stop: asyncio.Event) -> None:
    """Keep one of our own processes running."""
    home = settings.data_dir / name

    @asynccontextmanager
    async def opened() -> AsyncIterator[Child]:
        with child.holding(home):
            await child.end_leftover(home, LEFTOVER)
            process = child.start(
                f"the {name}", command, home=home, last_will=signal.SIGTERM, environment=environment(settings)
            )
            try:
                yield process
            finally:
                await process.end(LADDER)

    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await _keep(f"The {name}", opened, first, say, stop)
    first.result()


async def _ended(server: Child, stop: asyncio.Event) -> float:
    """Wait until a child has ended or we are told to stop; returns how many seconds it has lasted."""
    begun = time.monotonic()
    while server.runs() and not stop.is_set():
        await _pause(LOOK_SECONDS, stop)
    return time.monotonic() - begun


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _answering(address: str, stop: asyncio.Event) -> None:
    """Wait until the API answers. Raises ServerFailed after a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while not stop.is_set() and not await asyncio.to_thread(_answers, address):
        if time.monotonic() > deadline:
            message = f"{address} does not answer; the logs of api and worker in the data directory say why"
            raise ServerFailed(message)
        await _pause(0.05, stop)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
            return True
    except OSError:
        return False


def _port(address: str | None) -> int:
    return int((address or ":0").rpartition(":")[2].rstrip("/"))
