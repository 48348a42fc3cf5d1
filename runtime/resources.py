"""What a process works with: the log, the views, the rulebooks and the vault, opened together."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from domain.path import TOPICS
from eventlog.mapping import EventMapping
from eventlog.migrations import migrate
from eventlog.postgres import open_log
from registry.access.looks import Looks, migrate_access, open_looks, prune
from registry.desk import Desk
from registry.keys.postgres import PostgresKeys, Wrapping, migrate_keys, open_keys
from registry.letters import LetterTexts, Links, load_letters
from registry.recipients import DEPARTMENT
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.settings import Settings, SettingsError
from views.store import Views, migrate_views, open_views

COLLECT = (50_000, 20, 50)
"""How often Python looks for cycles, which hardly any of our objects form: its own measure (700, 10, 10), made for small
programs, has it go through all facts in memory so often that a batch of evidence takes half as long again."""

ROLE = "jieti_app"
"""May append and read, whatever more the login that takes it on could do."""

KEEPER = "jieti_keeper"
"""May make, read and destroy keys through the functions meant for it."""

LOG = logging.getLogger("jieti.keys")


@dataclass(frozen=True, slots=True)
class Resources:
    """What the use cases need, the views beside it, and the texts of letters with where their links lead."""

    desk: Desk
    views: Views
    looks: Looks
    letters: LetterTexts
    links: Links


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything for a migrated database.

    Raises SettingsError, RulebookError, LogUnavailable and ViewsUnavailable when it cannot be opened now.
    """
    dsn = log_address(settings)
    if settings.identity_key is None:
        raise SettingsError("JIETI_IDENTITY_KEY must be set: names are sealed with it.")
    rulebooks = load_rulebooks(policy_file(settings.school))
    gc.set_threshold(*COLLECT)
    async with (
        open_log(dsn, role=ROLE) as log,
        open_views(dsn, role=ROLE) as views,
        open_key_store(settings) as keys,
        open_looks(dsn, role=ROLE) as looks,
    ):
        vault = Vault(settings.identity_key, keys)
        desk = Desk(log, EventMapping(TOPICS), rulebooks, vault, partial(views.units_of, DEPARTMENT))
        yield Resources(desk, views, looks, load_letters(settings.school, rulebooks), Links(settings.reached_at))


@asynccontextmanager
async def open_key_store(settings: Settings) -> AsyncIterator[PostgresKeys]:
    """Open the key store. Raises SettingsError, and KeysUnavailable when it cannot be reached now."""
    if not settings.keys_database_url:
        LOG.info("the keys of sealed values are kept beside the log: set JIETI_KEYS_DATABASE_URL to part them")
    if settings.wrapping_key:
        wrapping = Wrapping([(one.key_id, one.key) for one in settings.wrapping_key])
    elif settings.identity_key:  # only where the keys are beside the log, which is for tests and rehearsals
        wrapping = Wrapping([("identity", Vault(settings.identity_key).derived("wrapping"))])
    else:
        raise SettingsError("JIETI_WRAPPING_KEY must be set: it wraps the keys of sealed values.")
    async with open_keys(settings.keys_database_url or log_address(settings), wrapping, role=KEEPER) as keys:
        yield keys


async def migrate_all(settings: Settings) -> None:
    """Bring the databases of the log and of the keys up to date, in the roles that own them. May be done by several processes at once."""
    connection = await asyncpg.connect(settings.database_admin_url or log_address(settings))
    try:
        await migrate(connection)
        await migrate_views(connection)
        await migrate_access(connection)
    finally:
        await connection.close()
    connection = await asyncpg.connect(_keys_admin(settings))
    try:
        await migrate_keys(connection)
    finally:
        await connection.close()


async def prune_looks(settings: Settings) -> int:
    """Remove the looks that have stood for three years, in the role that owns them; tell how many."""
    connection = await asyncpg.connect(settings.database_admin_url or log_address(settings))
    try:
        return await prune(connection)
    finally:
        await connection.close()


def _keys_admin(settings: Settings) -> str:
    if settings.keys_database_url:
        return settings.keys_database_admin_url or settings.keys_database_url
    return settings.database_admin_url or log_address(settings)


async def create_database(server: str, name: str, *, again: bool = False) -> None:
    """Create a database that belongs to nobody else; `server` is an address on the same server, in a role that may.

    With `again`, one that is there stays.
    """
    connection = await asyncpg.connect(server)
    try:
        if again and await connection.fetchval("select true from pg_database where datname = $1", name):
            return
        quoted = await connection.fetchval("select quote_ident($1)", name)
        await connection.execute(f"create database {quoted}")
    finally:
        await connection.close()


def log_address(settings: Settings) -> str:
    """How to reach the log. Raises SettingsError where it is not known."""
    if settings.database_url is None:
        raise SettingsError("JIETI_DATABASE_URL must be set; `jieti demo` starts a PostgreSQL and says where it is.")
    return settings.database_url


def policy_file(school: str) -> Path:
    """The file of a school's policy. Raises SettingsError where there is none."""
    path = HERE / f"policy-{school}.yaml"
    if not path.exists():
        raise SettingsError(f"JIETI_SCHOOL must name a policy in rulebooks/, and there is no {path.name}.")
    return path
