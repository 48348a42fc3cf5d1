"""The key store in PostgreSQL: wrapped keys in a database of their own, a small memory of those used lately."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from secrets import token_bytes
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.migrations import Connection, apply_migrations, migrations_in
from eventlog.server import Server, reaching
from registry.keys.ring import KEY_BYTES, NONCE_BYTES, KeyName
from registry.keys.store import KeysUnavailable, Shredded, Stock

QUERY_SECONDS = 30.0

REMEMBERED_SECONDS = 5.0
"""How long a key that was read is used again. A notice of its destruction makes it shorter."""

MOST_REMEMBERED = 20_000
REWRAPPED = 2000
"""Keys that are wrapped anew in one statement."""

_GONE = "JT010"
_FETCH = """
    select k.subject, k.grp, k.kek_id, k.wrapped
      from unnest($1::uuid[], $2::text[]) as w(subject, grp)
      join keys.data_key k using (subject, grp)
"""


class WrappingKeyMissing(Exception):
    """A key is wrapped by one that the settings do not name, or the one of that name is another."""


async def migrate_keys(connection: Connection) -> None:
    """Bring the key store's tables up to date. The connection needs CREATE on the database and CREATEROLE."""
    await apply_migrations(connection, "keys", migrations_in("registry.keys"))


class Wrapping:
    """Wraps data keys under the first key of the settings, and unwraps under whichever is named."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Take (id, key of 32 bytes) pairs, the newest first."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys}
        self.newest = keys[0][0]

    def wrap(self, name: KeyName, key: bytes) -> bytes:
        """Wrap a data key, bound to its name."""
        nonce = token_bytes(NONCE_BYTES)
        return nonce + self._ciphers[self.newest].encrypt(nonce, key, _bound(name, self.newest))

    def unwrap(self, name: KeyName, key_id: str, wrapped: bytes) -> bytes:
        """Unwrap a data key. Raises WrappingKeyMissing."""
        try:
            return self._ciphers[key_id].decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(name, key_id))
        except (KeyError, InvalidTag):
            message = f"a key is wrapped by {key_id!r}, which JIETI_WRAPPING_KEY does not have or has another under"
            raise WrappingKeyMissing(message) from None


def _bound(name: KeyName, key_id: str) -> bytes:
    return name[0].bytes + f"{name[1]}/{key_id}".encode()


@asynccontextmanager
async def open_keys(dsn: str, wrapping: Wrapping, *, role: str | None = None) -> AsyncIterator["PostgresKeys"]:
    """Open the key store of a migrated database. Raises KeysUnavailable when it cannot be reached now."""
    server = Server(dsn, role, KeysUnavailable)
    pool = await server.pool("jieti keys", 4, query_seconds=QUERY_SECONDS)
    store = PostgresKeys(pool, wrapping, partial(server.connect, "jieti keys ear"))
    try:
        yield store
    finally:
        store.stop()
        pool.terminate()


class PostgresKeys:
    """Keys in PostgreSQL. Made by `open_keys`."""

    def __init__(self, pool: Any, wrapping: Wrapping, connect: Callable[[], Awaitable[Any]]) -> None:
        """Keep keys through this pool, and hear what is destroyed through a connection of its own."""
        self._pool = pool
        self._connect = connect
        self._wrapping = wrapping
        self._remembered: dict[KeyName, tuple[float, bytes]] = {}
        self._ear: Any = None
        self._listening = asyncio.Lock()

    async def make(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names; those that do not exist are made. Raises Shredded, KeysUnavailable."""
        found = await self.fetch(wanted)
        lacking = [name for name in dict.fromkeys(wanted) if name not in found]
        if not lacking:
            return found
        wraps = [self._wrapping.wrap(name, token_bytes(KEY_BYTES)) for name in lacking]
        subjects, groups = [name[0] for name in lacking], [name[1] for name in lacking]
        with reaching(KeysUnavailable):
            try:
                await self._pool.execute(
                    "select keys.make($1, $2, $3, $4)", subjects, groups, self._wrapping.newest, wraps
                )
            except asyncpg.PostgresError as error:
                if error.sqlstate != _GONE:
                    raise
                raise Shredded(UUID(error.detail)) from None
        return found | await self.fetch(lacking)  # another may have been quicker: theirs is the key

    async def fetch(self, wanted: Sequence[KeyName]) -> dict[KeyName, bytes]:
        """The keys of these names, as far as there are any. Raises KeysUnavailable, WrappingKeyMissing."""
        await self._listen()
        fresh = monotonic() - REMEMBERED_SECONDS
        found = {name: at[1] for name in wanted if (at := self._remembered.get(name)) and at[0] > fresh}
        lacking = [name for name in dict.fromkeys(wanted) if name not in found]
        if not lacking:
            return found
        now = monotonic()
        with reaching(KeysUnavailable):
            rows = await self._pool.fetch(_FETCH, [name[0] for name in lacking], [name[1] for name in lacking])
        if len(self._remembered) + len(rows) > MOST_REMEMBERED:
            self._remembered.clear()
        for row in rows:
            name = (UUID(bytes=row["subject"].bytes), row["grp"])
            found[name] = self._wrapping.unwrap(name, row["kek_id"], row["wrapped"])
            self._remembered[name] = (now, found[name])
        return found

    async def destroy(self, subject: UUID, moment: datetime) -> int:
        """Destroy all keys of a subject for ever and tell how many there were. Once done, doing it again is 0."""
        with reaching(KeysUnavailable):
            count: int = await self._pool.fetchval("select keys.destroy($1, $2)", subject, moment)
        self._forget(subject)
        return count

    async def present(self, wanted: Sequence[KeyName]) -> set[KeyName]:
        """Which of these keys exist, asked of the database."""
        with reaching(KeysUnavailable):
            rows = await self._pool.fetch(_FETCH, [name[0] for name in wanted], [name[1] for name in wanted])
        return {(UUID(bytes=row["subject"].bytes), row["grp"]) for row in rows}

    async def destroyed(self, subjects: Sequence[UUID]) -> set[UUID]:
        """Which of these subjects have had their keys destroyed through the function meant for it."""
        with reaching(KeysUnavailable):
            rows = await self._pool.fetch("select subject from keys.destroyed where subject = any($1)", list(subjects))
        return {UUID(bytes=row["subject"].bytes) for row in rows}

    async def stock(self) -> Stock:
        """Count."""
        query = "select expected, (select count(*) from keys.data_key) as present from keys.tally"
        with reaching(KeysUnavailable):
            row = await self._pool.fetchrow(query)
        return Stock(row["expected"], row["present"])

    async def rewrap(self) -> int:
        """Wrap all keys that an older key of the settings wraps under the newest; tell how many there were."""
        done = 0
        query = "select subject, grp, kek_id, wrapped from keys.data_key where kek_id <> $1 limit $2"
        while True:
            with reaching(KeysUnavailable):
                rows = await self._pool.fetch(query, self._wrapping.newest, REWRAPPED)
            if not rows:
                return done
            names = [(UUID(bytes=row["subject"].bytes), row["grp"]) for row in rows]
            old = [row["wrapped"] for row in rows]
            wraps = [
                self._wrapping.wrap(name, self._wrapping.unwrap(name, row["kek_id"], row["wrapped"]))
                for name, row in zip(names, rows, strict=True)
            ]
            with reaching(KeysUnavailable):
                done += await self._pool.fetchval(
                    "select keys.rewrap($1, $2, $3, $4, $5)",
                    [name[0] for name in names],
                    [name[1] for name in names],
                    old,
                    self._wrapping.newest,
                    wraps,
                )

    async def _listen(self) -> None:
        """Hear of destroyed keys. As long as nobody listens, nothing is remembered."""
        if self._ear is not None and not self._ear.is_closed():
            return
        self._remembered.clear()
        async with self._listening:
            if self._ear is not None and not self._ear.is_closed():
                return
            with reaching(KeysUnavailable):
                self._ear = await self._connect()
                await self._ear.add_listener("keys", self._heard)

    def _heard(self, _connection: object, _pid: int, _channel: str, subject: str) -> None:
        self._forget(UUID(subject))

    def _forget(self, subject: UUID) -> None:
        for name in [name for name in self._remembered if name[0] == subject]:
            del self._remembered[name]

    def stop(self) -> None:
        """Listen no longer."""
        if self._ear is not None:
            self._ear.terminate()
