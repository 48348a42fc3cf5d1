"""The signer: reads the log in a role that may only read, seals what is new, asks the witnesses, and says how it is."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime

from eventlog import durable
from eventlog.keyring import Keyring, add_key
from eventlog.log import Log, LogUnavailable
from eventlog.notes import SigningKey
from eventlog.postgres import open_log
from eventlog.published import NotSealed, Published, Status, say_status
from eventlog.sealing import Refused, Sealer
from eventlog.tree import TileMissing
from eventlog.verify import ED25519
from runtime.clock import now
from runtime.cosigning import Asking
from runtime.settings import Settings, SettingsError

ROLE = "jieti_signer"
"""May read the log, and nothing else."""

LOOK_SECONDS = 5.0
"""How often it says how it is, looks whether its keys have changed, and asks witnesses that were away."""

AWAY_SECONDS = 2.0

Say = Callable[[str], None]


def new_key(settings: Settings) -> SigningKey:
    """Make a key for this log; if it has one already, both sign from now on. Raises BadKey."""
    return add_key(settings.signing_keys, settings.origin, ED25519)


def read_keys(settings: Settings) -> Keyring:
    """The keys that sign. Raises SettingsError, BadKey."""
    try:
        ring = Keyring.read(settings.signing_keys)
    except OSError as error:
        path = settings.signing_keys
        raise SettingsError(f"{path}: {error.strerror}. `jieti signer --new-key` makes the signer's key.") from None
    for key in ring.keys:
        if (key.name, key.kind) != (settings.origin, ED25519):
            raise SettingsError(f"{settings.signing_keys} has a key of {key.name}, and the log is {settings.origin}.")
    if not ring.keys:
        raise SettingsError(f"{settings.signing_keys} holds no key.")
    return ring


async def run(settings: Settings, *, stop: asyncio.Event, say: Say) -> None:
    """Seal until told to stop. A log that is away is waited for, and so is a disk; tiles that vanish are made again.

    Raises Refused where the log is no extension of what was signed: nothing more is signed then, and the published
    status says so. Raises SettingsError, BadKey, and InUse where another signer works with the same state.
    """
    if settings.database_url is None:
        raise SettingsError("JIETI_DATABASE_URL must be set, for a login that may take on the role jieti_signer.")
    read_keys(settings)  # before anything is waited for
    with durable.alone(settings.signed):
        work = _Work(settings, say)
        while not stop.is_set():
            try:
                async with open_log(settings.database_url, role=ROLE, readers=2) as log:
                    await work.seal_until(stop, log)
            except (LogUnavailable, TileMissing, NotSealed, OSError) as error:
                work.hindered(str(error) or type(error).__name__)
                await _first(asyncio.sleep(AWAY_SECONDS), stop.wait())
            except Refused as refusal:
                work.tell(refused=str(refusal))
                raise


class _Work:
    """What the signer knows from one look to the next."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._asking = Asking(settings.witnesses, Published(settings.published), say)
        last = Published(settings.published).status()
        self._size = last.size if last else 0
        self._log_size = last.log_size if last else 0
        self._sealed_at: datetime | None = last.sealed_at if last else None
        self._hindrance = ""

    async def seal_until(self, stop: asyncio.Event, log: Log) -> None:
        """Look, seal what is due, ask the witnesses; again and again. Raises Refused, LogUnavailable."""
        told = self._settings
        sealer = Sealer(
            log,
            origin=told.origin,
            keys=read_keys(told),
            state=told.signed,
            folder=told.published,
            witnesses=[one.vkey for one in told.witnesses],
        )
        self._size = sealer.promise.size
        await sealer.begin(self._say)
        first_waits_since = 0.0
        while not stop.is_set():
            sealer.keys = read_keys(told)
            waiting = await sealer.look()
            first_waits_since = (first_waits_since or time.monotonic()) if waiting else 0.0
            left = told.seal_seconds - (time.monotonic() - first_waits_since)
            if sealer.keys_changed or waiting >= told.seal_entries or (waiting and left <= 0):
                promise = await sealer.seal()
                self._say(f"sealed {promise.size} entries, root {promise.root.hex()}")
                self._sealed_at, waiting, first_waits_since = now(), 0, 0.0
            self._size, self._log_size = sealer.promise.size, sealer.promise.size + waiting
            if cosigned := await self._asking.cosigned(sealer.promise):
                sealer.publish(cosigned)
            self.tell()
            self._hindrance = ""
            enough = told.seal_entries if waiting else 1
            seconds = min(left, LOOK_SECONDS) if waiting else LOOK_SECONDS
            await _first(log.wait(self._size + enough - 1, seconds=seconds), stop.wait())

    def hindered(self, error: str) -> None:
        """Say what keeps it from its work: once in words, and in the status for as long as that can be written."""
        if error != self._hindrance:
            self._say(error)
        self._hindrance = error
        with suppress(OSError):
            self.tell(error=error)

    def tell(self, *, refused: str = "", error: str = "") -> None:
        """Write the status, for the API and whoever watches."""
        status = Status(
            origin=self._settings.origin,
            size=self._size,
            log_size=self._log_size,
            sealed_at=self._sealed_at,
            seen_at=now(),
            refused=refused,
            error=error,
            witnesses=self._asking.told(),
        )
        say_status(self._settings.published, status)


async def _first(*things: Coroutine[object, object, object]) -> None:
    """Wait for one of several things; the others are not waited for. What it raises is raised."""
    tasks = [asyncio.ensure_future(one) for one in things]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
